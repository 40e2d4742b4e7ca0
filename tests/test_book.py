"""The book as data: tables, references, the search, the concordance and its guards."""

import hashlib
import re

import pytest

from dlnotes.book import chapters, concordance, find, places, tables

SYSTEMS = tables.table("systems")
BOOK = find.entries()

# ---------------------------------------------------------------- tables


def test_every_table_has_a_seal_and_every_seal_is_unbroken():
    folder = tables.data_folder()
    assert {path.name for path in folder.glob("*.csv")} == set(tables.seals(folder))
    assert tables.broken_seals(folder) == []


def test_a_seal_is_written_for_a_changed_table_and_for_a_new_one(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"text\n```\n{'0' * 64}  b.csv\n```\nmore\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("id\n1\n", encoding="utf-8")
    (tmp_path / "a.csv").touch()
    assert tables.broken_seals(tmp_path) == ["b.csv"]
    tables.seal(tmp_path / "b.csv")
    tables.seal(tmp_path / "a.csv")
    digests = [hashlib.sha256(content).hexdigest() for content in (b"", b"id\n1\n")]
    assert (
        readme.read_text(encoding="utf-8")
        == f"text\n```\n{digests[0]}  a.csv\n{digests[1]}  b.csv\n```\nmore\n"
    )
    assert tables.broken_seals(tmp_path) == []


def test_ids_are_unique_and_every_erratum_that_is_named_exists():
    errata = [row["id"] for row in tables.table("errata")]
    ids = [row["id"] for row in SYSTEMS]
    assert len(set(ids)) == len(ids) and len(set(errata)) == len(errata)
    named = {one for row in SYSTEMS for one in row["erratum"].split("; ") if one}
    assert named and named <= set(errata)


def test_every_number_in_a_place_can_be_read():
    unread = re.compile(r"\(\d+\.\d+\)|(?<![\w.(])\d+\.\d+")
    for row in SYSTEMS:
        for book in tables.BOOKS:
            if unread.search(row[book]):
                assert places.references(row[book]), (row["id"], row[book])


# ---------------------------------------------------------------- references


def read(text):
    """The references in `text`, as short as they are readable."""
    names = [(one.kind, ".".join(one.first), ".".join(one.last)) for one in places.references(text)]
    return [f"{kind} {first}" + (f" to {last}" if last != first else "") for kind, first, last in names]


@pytest.mark.parametrize(
    "text, want",
    [
        ("4.2.4 (4.24)-(4.28), (4.30)", ["section 4.2.4", "equation 4.24 to 4.28", "equation 4.30"]),
        ("4.3.1, Fig 4.2, 4.3; 5.1", ["section 4.3.1", "figure 4.2", "figure 4.3", "section 5.1"]),
        ("VII.1 (playground), Problems VII.1.11-1.17", ["section VII.1", "problem VII.1.11 to VII.1.17"]),
        ("D.2, Tables D.2, D.4", ["section D.2", "table D.2", "table D.4"]),
        ("5.2 (p = 1000, r = 500) Alg 5.1", ["section 5.2", "algorithm 5.1"]),
        ("VII.2 (3 of 3x3 vs 7x7), 7-vector", ["section VII.2"]),
        ("Long Short-Term Memory", []),
    ],
)
def test_references_are_read_as_the_tables_write_them(text, want):
    assert read(text) == want


@pytest.mark.parametrize(
    "asked, held, want",
    [
        ("(4.26)", "(4.24)-(4.28)", 2.5),
        ("(4.24)", "(4.24)", 3),
        ("(4.3)", "(4.24)-(4.28)", 0),  # 4.3 is no 4.30
        ("(4.10)", "(4.9)-(4.11)", 2.5),
        ("(4.26)", "4.26", 0),
        ("4.2", "4.2.3", 2),
        ("4.2.3", "4.2", 1),
        ("4.2", "4.1-4.7", 1.5),
        ("4.2", "4", 0),
        ("VII.5", "VII.4", 0),
        ("Fig 4.5", "Fig 4.5", 3),
        ("Fig 4.5", "4.5", 0),
    ],
)
def test_a_reference_answers_what_it_is_contains_or_belongs_to(asked, held, want):
    assert places.match(*places.references(asked), *places.references(held)) == want


# ---------------------------------------------------------------- search


def ids(text):
    return [entry.system["id"] for entry in find.search(text, BOOK)]


@pytest.mark.parametrize(
    "text, want",
    [
        ("DLNN 4.23", "perceptron-learning-rule"),
        ("DLNN (4.26)", "perceptron-convergence"),
        ("Klambauer eq. 4.12", "normal-equations"),
        ("dlnn fig 4.5", "perceptron-update-geometry"),
        ("GBC Alg 4.1", "linear-regression-gradient-descent"),
        ("Goodfellow et al. 5.7.3", "k-nearest-neighbours"),
        ("strang vii.5 (1)", "binary-hinge-loss"),
        ("MEDL Theorem 5.1", "universal-approximation"),
        ("EE147 Fig 12", "worked-scalar-graphs"),
        ("softmax temperature", "softmax-temperature"),
        ("K NEAREST neighbors", "k-nearest-neighbours"),
        ("LeNet-5", "lenet"),
        ("dropout", "dropout"),
        ("convergence theorem", "perceptron-convergence"),
        ("batch norm", "batch-normalisation"),
        ("weight norm", "weight-normalisation"),
        ("He", "init-he"),
        ("GBC 8.23", "init-glorot"),
        ("MEDL 5.38", "batch-normalisation"),
        ("MEDL 5.6", "batch-normalisation"),
        ("SELU", "selu"),
        ("VGG", "vgg"),
        ("im2col", "convolution-2d"),
        ("receptive field", "receptive-field"),
        ("Toeplitz", "toeplitz-convolution"),
        ("transposed convolution", "transposed-conv-stretched"),
    ],
)
def test_the_first_answer_is_the_one_that_was_meant(text, want):
    assert ids(text)[0] == want


def test_a_section_finds_its_parts_and_what_only_contains_it_gives_way():
    assert {"perceptron-model", "perceptron-loss", "perceptron-convergence"} <= set(ids("DLNN 4.2"))
    assert "loss-scaling-conventions" not in ids("DLNN 4.2")
    assert ids("DLNN 4.2.9") == ["loss-scaling-conventions"]


def test_a_book_and_a_term_find_what_this_book_has():
    found = find.search("GBC svm", BOOK)
    assert found and all(entry.system["GBC"] for entry in found)


@pytest.mark.parametrize("text", ["", "DLNN", "DLNN 4.999", "GBC Alg 99", "xyzzy", "the of"])
def test_nothing_is_found_where_nothing_is_meant(text):
    assert ids(text) == []


def test_what_is_no_system_is_found_in_the_sections_that_speak_of_it(page):
    page.write_text(PAGE.replace("# ```\n# # no", "# A dense net.\n# ```\n# # no"), encoding="utf-8")
    assert find.mentions("dense net", [page]) == [(page, "Errors")]
    assert find.mentions("dense nest", [page]) == [] == find.mentions("DLNN 4.999 dense", [page])


def test_suggestions_are_near_what_was_asked():
    assert find.suggestions("DLNN eq 4.29", BOOK)[0] in ("DLNN (4.28)", "DLNN (4.30)")
    assert "softmax temperature" in find.suggestions("sofmax temprature", BOOK)


def described(entry, **errata):
    return "\n".join(find.describe(entry, errata))


@pytest.fixture
def entry():
    """A system that one cell of an unknown notebook shows, and that one erratum touches."""
    system = dict.fromkeys(SYSTEMS[0], "") | {"system": "Perceptron", "DLNN": "4.2", "erratum": "DLNN-7"}
    row = {"chapter": "ch99", "notebook": "01_page", "cell": "12", "heading": "The rule"}
    return find.Entry(system, [row])


def test_an_answer_names_the_cell_the_five_places_and_the_error(entry):
    erratum = {"book": "DLNN", "place": "(4.20)", "severity": "wrong", "printed": "sign", "corrected": "w x"}
    text = described(entry, **{"DLNN-7": erratum})
    assert "ch99 01_page, cell 12: The rule" in text
    assert "DLNN 4.2 · GBC – · Strang – · EE147 – · MEDL –" in text
    assert "! DLNN (4.20) (wrong): sign → w x" in text


def test_the_cells_below_one_heading_are_one_line(entry):
    entry.system["erratum"] = ""
    entry.cells.append(entry.cells[0] | {"cell": "14"})
    assert "ch99 01_page, cells 12, 14: The rule\n" in described(entry)


def test_a_notebook_that_is_not_written_yet_is_marked_so(entry):
    entry.system["erratum"] = ""
    entry.cells[0]["cell"] = ""
    assert "ch99 01_page: not written yet" in described(entry)


# ---------------------------------------------------------------- concordance

PAGE = """# %% [markdown]
# # A page

# %% tags=["covers:perceptron-model", "live"]
1 + 1

# %% [markdown]
# ## Errors
# ```
# # no heading
# ```

# %% tags=["covers:perceptron-loss"]
2 + 2
"""
CORE = [dict.fromkeys(SYSTEMS[0], "") | {"id": name, "chapter": "ch02", "notebook": "02_page", "tier": "core"}
        for name in ("perceptron-model", "perceptron-loss")]  # fmt: skip


@pytest.fixture
def page(tmp_path):
    """The source of a notebook that covers two systems."""
    path = tmp_path / "notebooks" / "ch02_topic" / "02_page.py"
    path.parent.mkdir(parents=True)
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_the_concordance_names_cell_and_nearest_heading(page):
    assert chapters.sources(page.parents[2]) == [page]
    rows = concordance.rows(CORE, concordance.covered([page]))
    assert [(row["id"], row["cell"], row["heading"]) for row in rows] == [
        ("perceptron-model", "2", "A page"),
        ("perceptron-loss", "4", "Errors"),
    ]


def test_a_system_that_no_cell_shows_has_a_row_with_an_empty_cell():
    (row,) = concordance.rows(CORE[:1], {})
    assert row["notebook"] == "02_page" and row["cell"] == "" == row["heading"]


def test_a_page_that_covers_all_of_its_systems_has_no_problem(page):
    assert concordance.problems(CORE, [page]) == []


def test_a_tag_that_names_no_system_is_a_problem(page):
    page.write_text(PAGE.replace("perceptron-loss", "perceptron-los"), encoding="utf-8")
    problems = concordance.problems(CORE, [page])
    assert "02_page, cell 4: covers:perceptron-los names no row of data/systems.csv" in problems


def test_a_core_system_that_its_notebook_leaves_out_is_a_problem(page):
    page.write_text(PAGE.replace("covers:perceptron-loss", "live"), encoding="utf-8")
    (problem,) = concordance.problems(CORE, [page])
    assert problem.startswith("02_page: no cell is tagged covers:perceptron-loss")


def test_what_lies_beyond_or_in_an_unwritten_notebook_may_be_left_out(page):
    beyond = CORE[0] | {"id": "more", "tier": "beyond"}
    unwritten = CORE[0] | {"id": "later", "notebook": "03_next"}
    assert concordance.problems([*CORE, beyond, unwritten], [page]) == []


def test_every_tag_of_the_book_names_a_system_and_no_core_system_is_left_out():
    assert concordance.problems(SYSTEMS, chapters.sources()) == []


def test_the_stored_concordance_is_up_to_date():
    stored = (tables.data_folder() / "concordance.csv").read_text(encoding="utf-8")
    assert stored == concordance.current(), "run make notebooks"
