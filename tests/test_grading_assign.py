"""Assigning: a complete course of nbgrader, whose release has the stubs and nothing else of an exercise."""

import contextlib
import functools
import operator
import os
import re
import subprocess
import sys
import warnings

import nbformat
import pytest
from nbgrader import api
from private import answers, found, lines, said, text_of, words
from sandboxed import need_sandbox

from dlnotes.book import ROOT, chapters
from dlnotes.exercises import find
from dlnotes.grading import assign, cells, course, examine, submission

PAGE = """
# %% [markdown]
# # A page
#
# See [the next page](02_next.ipynb), [a place here](#A-page), [another](03_other.ipynb#Top),
# [away](../ch00/01_a.ipynb) and [the web](https://example.org/a.ipynb).

# %%
import numpy as np
from dlnotes.exercises import check, use

# %% tags=["exercise:perceptron_update"]
{stub}

# %% tags=["check:perceptron_update"]
check(perceptron_update)

# %% tags=["covers:perceptron-learning-rule"]
rule = use(perceptron_update)

# %%
def moved(w):
    return rule(w, np.ones(2), 1, 0.5)

# %%
w = moved(np.zeros(2))

# %%
w = np.arange(2.0)

# %%
print(w)

# %% [markdown] tags=["question:ch02.perceptron.why"]
# ## Why?
#
# What moves the first weight?
#
# *Your answer:*
"""
NEXT = """# %% [markdown] tags=["question:ch02.next.what"]
# What comes after [the page](01_page.ipynb)?
#
# *Your answer:*
"""
VERSION_OF_GRADEBOOK = api.get_alembic_version
UNSURE = [5, 6, 7]  # the numbers of the cells that need what the student writes
STUB = 'def helped(x):\n    """Twice x, and one."""\n    raise NotImplementedError("your code here")'


@pytest.fixture(autouse=True, scope="module")
def _ask_once_for_the_version_of_the_gradebook():
    """nbgrader starts a program for it with every new gradebook."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "get_alembic_version", functools.cache(VERSION_OF_GRADEBOOK))
        patch.setenv("DLNOTES_PROGRESS", os.devnull)  # the course's settings would set it
        yield


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A book of three pages, and nothing that is slow to run."""
    folder = tmp_path / "book" / "notebooks" / "ch02_single"
    folder.mkdir(parents=True)
    page = PAGE.format(stub=find("perceptron_update").stub).lstrip()
    (folder / "01_page.py").write_text(page, encoding="utf-8")
    (folder / "02_next.py").write_text(NEXT, encoding="utf-8")
    (folder / "03_read.py").write_text("# %% [markdown]\n# # Nothing to do\n", encoding="utf-8")
    sources = chapters.sources(tmp_path / "book")
    monkeypatch.setattr(chapters, "sources", lambda: sources)
    return tmp_path / "course"


@pytest.fixture(scope="module")
def course_of_all(tmp_path_factory):
    """A course with the whole book handed out."""
    folder = tmp_path_factory.mktemp("all") / "course"
    for chapter in sorted({source.parent.name.partition("_")[0] for source in assign.offered()}):
        assign.assign(folder, chapter)
    return folder


def read(path):
    return nbformat.read(path, 4)


def by_id(notebook):
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells}


def validate(path):
    """What nbgrader's own validator, which runs it, finds wrong with the notebook at `path`."""
    from nbgrader.validator import Validator

    with contextlib.chdir(path.parent):
        return Validator().validate(str(path))


# ---------------------------------------------------------------- one small page


def test_a_page_becomes_a_solved_source_and_a_release_with_its_stub(book):
    assign.assign(book, "ch02", ["01_page"])
    source, release = (read(book / step / "ch02" / "01_page.ipynb") for step in ("source", "release"))
    answer, test, question = "ch02-perceptron-update-answer", "ch02-perceptron-update", "ch02-perceptron-why"
    stub = find("perceptron_update").stub
    assert by_id(release)[answer].source == stub
    assert by_id(release)[test].source == "check(perceptron_update)"
    assert by_id(release)[question].source == "## Why?\n\nWhat moves the first weight?\n\n*Your answer:*"
    assert "### BEGIN SOLUTION\n    if y * (w @ x) <= 0:\n" in by_id(source)[answer].source
    assert 'assert judge(perceptron_update).state == "pass"' in by_id(source)[test].source
    kinds = {
        name: (one.metadata.nbgrader.solution, one.metadata.nbgrader.grade, one.metadata.nbgrader.locked)
        for name, one in by_id(release).items()
    }
    assert kinds.pop(answer) == (True, False, False)
    assert kinds.pop(test) == (False, True, True)
    assert kinds.pop(question) == (True, True, False)
    assert set(kinds.values()) == {(False, False, True)}
    assert by_id(release)[question].metadata.get("editable", True) is True
    assert by_id(release)[test].metadata.editable is by_id(release)["cell-01"].metadata.editable is False


def test_links_to_pages_that_are_not_handed_out_become_text(book):
    assign.assign(book, "ch02")
    text = read(book / "release" / "ch02" / "01_page.ipynb").cells[0].source
    assert text.endswith(
        "See [the next page](02_next.ipynb), [a place here](#A-page), another,\n"
        "away and [the web](https://example.org/a.ipynb)."
    )
    assign.assign(book, "ch02", ["01_page"])
    assert "See the next page, [a place" in read(book / "release" / "ch02" / "01_page.ipynb").cells[0].source
    assert not (book / "release" / "ch02" / "02_next.ipynb").exists()


def test_cells_that_need_an_unsolved_exercise_may_raise_and_no_others(book):
    assign.assign(book, "ch02", ["01_page"])
    release = read(book / "release" / "ch02" / "01_page.ipynb")
    tagged = [chapters.tags(cell).count("raises-exception") for cell in release.cells]
    assert [number for number, count in enumerate(tagged, start=1) if count] == UNSURE
    assert chapters.tags(release.cells[4]) == ["covers:perceptron-learning-rule", "raises-exception"]


@pytest.mark.parametrize(
    ("texts", "unsure"),
    [
        (["f = use(g)", "a = f(1)", "b = a", "a = 2", "c = a"], [0, 1, 2]),
        (["def h():\n    return use(g)(1)", "x = 1", "y = [h() for _ in range(x)]"], [0, 2]),
        (["x = use(g)(1)", "def h(x):\n    return x", "y = h(2)"], [0]),
        (["def use(g):\n    return g", "print('use')", "a.use(1)"], []),
        (["from dlnotes.exercises import check, use", "use(f)(2)"], [1]),
    ],
)
def test_what_needs_an_answer_is_followed_through_the_names(texts, unsure):
    assert cells._unsure([nbformat.v4.new_code_cell(text) for text in texts]) == unsure


OFFSET = 1


@functools.cache
def _doubled(x):
    """Twice x."""
    return operator.mul(2, x)


def helped(x):
    """Twice x, and one."""
    # the comment stays
    return sum(_doubled(one) for one in [x]) + OFFSET


def test_the_solution_brings_what_it_uses_from_its_module():
    exercise = find("perceptron_update")._replace(name="helped", reference=helped, stub=STUB)
    assert cells.solution(exercise) == (
        "    import operator\n"
        "    OFFSET = 1\n"
        "    def _doubled(x):\n"
        '        """Twice x."""\n'
        "        return operator.mul(2, x)\n"
        "\n"
        "    # the comment stays\n"
        "    return sum(_doubled(one) for one in [x]) + OFFSET"
    )


def test_points_are_the_books_or_the_teachers(book):
    made = assign.assign(book, "ch02", points={"ch02.perceptron.why": 4.5})
    pages = {page["name"]: page for page in made["notebooks"]}
    assert pages["01_page"]["exercises"] == {"ch02.perceptron.update": 2}
    assert pages["01_page"]["questions"] == {"ch02.perceptron.why": 4.5}
    assert pages["02_next"]["exercises"] == {} and pages["02_next"]["questions"] == {"ch02.next.what": 2}
    assert "03_read" not in pages
    release = by_id(read(book / "release" / "ch02" / "01_page.ipynb"))
    assert release["ch02-perceptron-update"].metadata.nbgrader.points == 2
    assert release["ch02-perceptron-why"].metadata.nbgrader.points == 4.5
    scores = {"ch02-perceptron-update": 2, "ch02-perceptron-why": 4.5, "ch02-next-what": 2}
    assert worth(book, "ch02") == scores


def test_the_course_remembers_what_each_question_asks(book):
    [page] = assign.assign(book, "ch02", ["02_next"])["notebooks"]
    assert page["prompts"] == {"ch02.next.what": "What comes after the page?\n\n*Your answer:*"}
    assert (
        read(book / "release" / "ch02" / "02_next.ipynb").cells[0].source == page["prompts"]["ch02.next.what"]
    )


def worth(folder, name):
    """{grade_id: points} in the gradebook."""
    with api.Gradebook(f"sqlite:///{folder / 'gradebook.db'}", folder.name) as gradebook:
        notebooks = gradebook.find_assignment(name).notebooks
        return {cell.name: cell.max_score for notebook in notebooks for cell in notebook.grade_cells}


def test_assigned_again_it_is_replaced_and_keeps_its_seed(book):
    first = assign.assign(book, "ch02")
    again = assign.assign(book, "ch02", ["01_page"], points={"ch02.perceptron.why": 0}, per_student=True)
    assert again["seed"] == first["seed"] and again["per_student"] is True
    assert [path.name for path in (book / "source" / "ch02").iterdir()] == ["01_page.ipynb"]
    assert worth(book, "ch02") == {"ch02-perceptron-update": 2, "ch02-perceptron-why": 0}
    assert course.load(book) == {"assignments": {"ch02": again}}


def test_assigned_again_it_keeps_the_points_that_are_not_named(book):
    assign.assign(book, "ch02", points={"ch02.perceptron.update": 7, "ch02.perceptron.why": 4.5})
    assign.assign(book, "ch02", points={"ch02.perceptron.why": 3})
    made = assign.assign(book, "ch02")
    assert worth(book, "ch02") == {
        "ch02-perceptron-update": 7,
        "ch02-perceptron-why": 3,
        "ch02-next-what": 2,
    }
    assert made["notebooks"][0]["exercises"] == {"ch02.perceptron.update": 7}
    other = assign.assign(book, "ch02", ["01_page"], name="week1")
    assert other["notebooks"][0]["exercises"] == {"ch02.perceptron.update": 2}


def test_assignments_live_side_by_side_each_with_its_seed(book):
    assign.assign(book, "ch02", ["01_page"], name="week1")
    assign.assign(book, "ch02", ["02_next"], name="week2")
    assignments = course.load(book)["assignments"]
    assert list(assignments) == ["week1", "week2"]
    assert assignments["week1"]["seed"] != assignments["week2"]["seed"]
    assert worth(book, "week1") == {"ch02-perceptron-update": 2, "ch02-perceptron-why": 2}
    assert worth(book, "week2") == {"ch02-next-what": 2}


def test_a_teachers_own_settings_and_files_stay(book):
    assign.assign(book, "ch02")
    settings = "c = get_config()\nc.IncludeHeaderFooter.header = 'source/header.ipynb'\n"
    (book / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    header = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Due on Friday")])
    nbformat.write(header, book / "source" / "header.ipynb")
    (book / "source" / "ch02" / "data.csv").write_text("1,2\n", encoding="utf-8")
    assign.assign(book, "ch02")
    assert (book / "nbgrader_config.py").read_text(encoding="utf-8") == settings
    assert read(book / "release" / "ch02" / "01_page.ipynb").cells[0].source == "Due on Friday"
    assert (book / "release" / "ch02" / "data.csv").read_text(encoding="utf-8") == "1,2\n"


def test_nbgraders_validator_accepts_source_and_release(book):
    assign.assign(book, "ch02", ["01_page"])
    assert validate(book / "source" / "ch02" / "01_page.ipynb") == {}
    flaws = validate(book / "release" / "ch02" / "01_page.ipynb")
    assert [one["source"].splitlines()[0] for one in flaws.pop("failed")] == ["## Why?"]  # not answered
    assert flaws == {}


def test_what_succeeds_is_silent_and_needs_no_active_environment(book, capfd, monkeypatch):
    monkeypatch.setattr(api, "get_alembic_version", VERSION_OF_GRADEBOOK)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assign.assign(book, "ch02", ["01_page"])
    assert capfd.readouterr() == ("", "")
    assert os.environ["PATH"] == "/usr/bin:/bin"


def test_the_folder_that_one_stands_in_stays_the_same(book, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assign.assign("here", "ch02", ["01_page"])
    assert os.getcwd() == str(tmp_path)
    assert (tmp_path / "here" / "release" / "ch02" / "01_page.ipynb").exists()


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        (("ch09",), {}, "chapter: got 'ch09', want one of ch02"),
        (("ch02", ["03_read"]), {}, "notebook: got '03_read', want one of 01_page, 02_next"),
        (("ch02",), {"points": {"why": 3}}, "points: got 'why', want one of ch02.perceptron.update, ch02"),
        (("ch02",), {"points": {"ch02.perceptron.why": -1}}, "points: got -1 for ch02.perceptron.why, want"),
        (("ch02",), {"points": {"ch02.perceptron.why": float("nan")}}, "points: got nan for"),
        (("ch02",), {"name": "../up"}, "name: got '../up', want letters"),
    ],
)
def test_a_slip_is_refused_before_anything_is_written(book, arguments, settings, message):
    with pytest.raises(ValueError, match=message):
        assign.assign(book, *arguments, **settings)
    assert not book.exists()


def test_a_folder_that_is_no_course_is_left_alone(book):
    book.mkdir()
    (book / "thesis.tex").touch()
    with pytest.raises(ValueError, match="course: got .*, which has no homework.json"):
        assign.assign(book, "ch02")
    assert [path.name for path in book.iterdir()] == ["thesis.tex"]


def test_a_path_that_nbgrader_would_take_for_a_pattern_is_refused(book):
    with pytest.raises(ValueError, match=r"course: got .*, want a path without"):
        assign.assign(book.parent / "course [2026]", "ch02")


def test_an_installation_without_notebooks_says_so(book, monkeypatch):
    monkeypatch.setattr(chapters, "sources", lambda: [])
    with pytest.raises(ValueError, match="notebooks: got none in .*, want a checkout of the repository"):
        assign.assign(book, "ch02")


def test_what_nbgrader_says_is_shown_when_it_fails_and_the_course_can_be_mended(book):
    source = chapters.sources()[1]
    page = source.read_text(encoding="utf-8")
    source.write_text(page + "\n# %%\n### BEGIN SOLUTION\n### END SOLUTION\n", encoding="utf-8")
    with pytest.raises(ValueError, match="(?s)nbgrader could not make the release: .*non-solution cell"):
        assign.assign(book, "ch02")
    assert course.load(book) == {"assignments": {}}
    source.write_text(page, encoding="utf-8")
    assert assign.assign(book, "ch02")["notebooks"]


def test_settings_that_are_gone_are_written_anew(book):
    assign.assign(book, "ch02")
    (book / "nbgrader_config.py").unlink()
    assign.assign(book, "ch02")
    assert "ClearSolutions" in (book / "nbgrader_config.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("nbgrader_config.py", r"course: got .*nbgrader_config\.py, which stops with SyntaxError"),
        ("gradebook.db", r"course: got a gradebook, .*gradebook\.db, that cannot be read"),
    ],
)
def test_a_damaged_course_is_refused_by_the_name_of_its_file(book, file, message):
    assign.assign(book, "ch02")
    (book / file).write_text("a b c\n" * 200, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        assign.assign(book, "ch02")


@pytest.fixture(params=["handed in", "graded"])
def submitted(request, book):
    """The course with a submission that lies in its folder, or only in its gradebook."""
    assign.assign(book, "ch02", ["01_page"])
    if request.param == "handed in":
        (book / "submitted" / "ada" / "ch02").mkdir(parents=True)
        return book
    warnings.simplefilter("ignore")  # of nbgrader's own session
    with api.Gradebook(f"sqlite:///{book / 'gradebook.db'}", book.name) as gradebook:
        gradebook.add_student("ada")
        gradebook.add_submission("ch02", "ada")
    return book


def test_with_submissions_words_and_points_may_change(submitted):
    source = chapters.sources()[0]
    source.write_text(source.read_text(encoding="utf-8").replace("A page", "The page"), encoding="utf-8")
    assign.assign(submitted, "ch02", ["01_page"], points={"ch02.perceptron.update": 7})
    assert worth(submitted, "ch02")["ch02-perceptron-update"] == 7
    assert "# The page" in read(submitted / "release" / "ch02" / "01_page.ipynb").cells[0].source


@pytest.mark.parametrize("change", ["notebook", "cell"])
def test_with_submissions_cells_may_not_come_or_go(submitted, change):
    if change == "cell":
        source = chapters.sources()[0]
        source.write_text(source.read_text(encoding="utf-8") + "\n# %%\nprint()\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in submitted.rglob("*.ipynb")}
    with pytest.raises(ValueError, match="got other cells for ch02, which has submissions .*another --name"):
        assign.assign(submitted, "ch02", () if change == "notebook" else ["01_page"])
    assert {path: path.read_bytes() for path in submitted.rglob("*.ipynb")} == before
    assign.assign(submitted, "ch02", name="again")


# ---------------------------------------------------------------- the whole book


def releases(folder):
    """{page: its release} of all assignments."""
    return {path.stem: read(path) for path in folder.glob("release/*/*.ipynb")}


def test_every_page_is_handed_out_with_its_stubs_checks_and_points(course_of_all):
    released = releases(course_of_all)
    assignments = course.load(course_of_all)["assignments"]
    pages = [page for assignment in assignments.values() for page in assignment["notebooks"]]
    assert [page["name"] for page in pages] == [source.stem for source in assign.offered()]
    assert sum(len(page["exercises"]) for page in pages) >= 20
    for page in pages:
        graded = by_id(released[page["name"]])
        for key, points in page["exercises"].items():
            exercise = find(key)
            assert points == exercise.points
            assert graded[course.answer_id(key)].source == exercise.stub
            assert graded[course.grade_id(key)].source == f"check({exercise.name})"
            assert graded[course.grade_id(key)].metadata.nbgrader.points == points
        assert all(graded[course.grade_id(key)].cell_type == "markdown" for key in page["questions"])


def asked():
    """The keys of all questions in words."""
    return [task.key for tasks in assign.offered().values() for task in tasks if task.kind == "question"]


def test_every_question_has_a_model_answer_and_every_answer_its_question():
    assert sorted(answers()) == sorted(asked()) and len(asked()) >= 34
    files = {path.parent.name: path for path in ROOT.glob("dlnotes/exercises/ch??/answers.md")}
    headings = {
        chapter: [line[3:] for line in path.read_text(encoding="utf-8").splitlines() if line[:3] == "## "]
        for chapter, path in files.items()
    }
    assert sorted(sum(headings.values(), [])) == sorted(asked())  # none of them twice
    assert all(key.startswith(f"{chapter}.") for chapter, keys in headings.items() for key in keys)


@pytest.mark.parametrize("key", answers())
def test_a_model_answer_has_some_lines_and_says_how_to_split_the_points(key):
    *rows, gap, points = answers()[key].splitlines()
    assert 4 <= len(rows) <= 8 and all(rows) and gap == ""
    assert re.fullmatch(r"Points: one for .+, one for .+\.", points)
    assert all(len(row) <= 100 and row.startswith(("- ", "  ")) for row in rows) and len(points) <= 100
    assert not [row for row in rows if re.match(r"  ([-+*]|\d+[.)]) ", row)]  # Markdown: a list in a list
    assert len(points.split(", one for ")) == cells.QUESTION_POINTS


def test_a_graders_copy_has_the_model_answers_and_the_release_what_was_asked(course_of_all):
    source = {path.stem: by_id(read(path)) for path in course_of_all.glob("source/*/*.ipynb")}
    release = {page: by_id(notebook) for page, notebook in releases(course_of_all).items()}
    model = "{}\n\n### BEGIN SOLUTION\n{}\n### END SOLUTION"
    seen = []
    for assignment in course.load(course_of_all)["assignments"].values():
        for page in assignment["notebooks"]:
            for key, prompt in page["prompts"].items():
                question, line = prompt.rsplit("\n\n", 1)
                assert line == cells.ANSWER
                cell = source[page["name"]][course.grade_id(key)]
                assert cell.source == model.format(question, answers()[key])
                assert release[page["name"]][course.grade_id(key)].source == prompt
                seen.append(key)
    assert seen == asked()


def test_no_line_of_a_model_answer_is_where_students_look(course_of_all):
    assert len(said()) > 200
    assert said() <= set().union(*(found(text_of(path)) for path in course_of_all.glob("source/*/*.ipynb")))
    shared = [path for path in course_of_all.glob("release/**/*") if path.is_file()]
    for path in [*shared, *chapters.sources(), course_of_all / "homework.json"]:
        assert not said() & found(text_of(path)), path


def test_all_metadata_is_what_nbgrader_wants(course_of_all):
    from nbgrader.nbgraderformat import MetadataValidator

    for path in [*course_of_all.glob("source/*/*.ipynb"), *course_of_all.glob("release/*/*.ipynb")]:
        nbformat.validate(read(path))
        MetadataValidator().validate_nb(read(path))


def test_nothing_private_is_in_any_release(course_of_all):
    assert len(lines()) > 500 and len(words()) > 100
    shown = {}
    for path in [path for path in course_of_all.glob("release/**/*") if path.is_file()]:
        source = next(source for source in chapters.sources() if source.stem == path.stem)
        shown[path.stem] = found(text_of(path))
        assert shown[path.stem] <= found(text_of(source)), path.stem  # what the book's own page shows
    assert len(set().union(*shown.values())) <= 25


def test_what_is_private_would_be_seen(course_of_all):
    seen = [found(text_of(path)) for path in course_of_all.glob("source/*/*.ipynb")]
    assert all(seen) and "return w + lr * y * x" in set().union(*seen)


def test_no_secret_seed_is_in_any_notebook(course_of_all):
    seeds = [str(one["seed"]) for one in course.load(course_of_all)["assignments"].values()]
    assert not [path for path in course_of_all.rglob("*.ipynb") for seed in seeds if seed in text_of(path)]


def test_the_model_solutions_handed_in_unchanged_pass(course_of_all):
    need_sandbox()
    for name, assignment in course.load(course_of_all)["assignments"].items():
        handed_in = submission.read(course_of_all / "source" / name, assignment)
        keys = [list(page["exercises"]) for page in assignment["notebooks"]]
        pages = [page | {"exercises": one} for page, one in zip(handed_in["pages"], keys, strict=True)]
        result = examine.examine({"student": "ada", "assignment": name, "pages": pages, "seed": [5]})
        verdicts = {key: one for page in result["pages"] for key, one in page["verdicts"].items()}
        assert set(verdicts) == {key for one in keys for key in one}
        assert {key: one for key, one in verdicts.items() if one["state"] != "pass"} == {}
        assert "calls" not in str([page["notes"] for page in result["pages"]])


# ---------------------------------------------------------------- nbgrader alone


def test_plain_nbgrader_refuses_to_run_a_submission_and_would_give_a_solved_one_full_points(tmp_path):
    folder = tmp_path / "my course"
    [page] = assign.assign(folder, "ch02", ["02_perceptron"])["notebooks"]
    source, release = (read(folder / step / "ch02" / "02_perceptron.ipynb") for step in ("source", "release"))
    for name, cell in by_id(release).items():
        if name.endswith("-answer") and "bound" not in name:  # one stays unsolved
            cell.source = by_id(source)[name].source
    path = folder / "submitted" / "ada" / "ch02" / "02_perceptron.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(release, path)
    home = os.environ | {"JUPYTER_CONFIG_DIR": str(tmp_path), "DLNOTES_STATIC": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "nbgrader", "autograde", "ch02"]
    refused = subprocess.run(command, cwd=folder, env=home, capture_output=True, text=True)
    assert refused.returncode == 1 and "use `dlnotes homework grade`" in refused.stderr
    assert "Traceback" not in refused.stderr and not (folder / "autograded").exists()
    command.append("--Autograde.exporter_class=nbconvert.exporters.NotebookExporter")
    graded = subprocess.run(command, cwd=folder, env=home, capture_output=True, text=True)
    assert graded.returncode == 0, graded.stderr
    wanted = page["exercises"] | {"ch02.perceptron.bound": 0} | dict.fromkeys(page["questions"], 0)
    wanted = {course.grade_id(key): points for key, points in wanted.items()}
    assert sum(wanted.values()) >= 5 and scores_of(folder, "ch02", "ada") == wanted


def scores_of(folder, name, student):
    """{grade_id: score} in the gradebook."""
    with api.Gradebook(f"sqlite:///{folder / 'gradebook.db'}", folder.name) as gradebook:
        notebooks = gradebook.find_submission(name, student).notebooks
        return {grade.name: grade.score for notebook in notebooks for grade in notebook.grades}
