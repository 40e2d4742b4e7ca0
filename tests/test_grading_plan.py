"""The program for an answer: what it needs of its page, and no more."""

import pytest

from dlnotes.book import chapters, twins
from dlnotes.exercises import find
from dlnotes.grading import plan, source

KEY = "ch02.perceptron.update"
NAME = "perceptron_update"
IMPORTS = """import matplotlib.pyplot as plt
import numpy as np
from dlnotes import datasets, learners, live, losses
from dlnotes.exercises import check"""


def page(*cells, at=-1):
    return {"cells": list(cells), "answers": {KEY: at % len(cells)}}


def answer(expression):
    return f"def {NAME}():\n    return {expression}"


def value(*cells, at=-1):
    """What the answer returns, called after its program, on a page of these cells; its own is at `at`."""
    namespace = {}
    for text in plan.program(page(*cells, at=at), KEY):
        exec(text, namespace)
    return namespace[NAME]()


def test_an_answer_that_needs_nothing_is_alone():
    assert plan.program(page(IMPORTS, "w = 1", answer("1"), at=2), KEY) == [answer("1")]


def test_imports_are_cut_down_to_the_names_that_are_needed():
    cells = IMPORTS, answer("np.array(learners.__name__)")
    assert plan.program(page(*cells), KEY)[0] == "\nimport numpy as np\nfrom dlnotes import learners"
    assert plan.plan(page(*cells), KEY) == [0, 1]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("import numpy as np, sys", "import numpy as np"),
        ("import numpy, numpy.linalg as la, sys", "import numpy.linalg as la"),
        ("import os.path, os, sys", "import os.path; import os"),
        ("from math import (\n    sin,  # of x\n    cos as np,\n)", "from math import cos as np"),
        ("try:\n    import numpy as np\nexcept ImportError:\n    import sys", None),
        ("import sys; import numpy as np", None),
        (
            "from __future__ import annotations\nimport numpy as np, sys",
            "from __future__ import annotations\nimport numpy as np",
        ),
    ],
)
def test_an_import_that_stands_alone_is_cut_down(text, kept):
    program = plan.program(page(text, answer("np, la, os")), KEY)
    assert program[0] == (text if kept is None else kept)


def test_pictures_checks_and_scratch_stay_out():
    scratch = f"check({NAME})\nprint({NAME}())\nfor k in range(3):\n    plt.plot(w)\nwhile True: pass"
    below = "figure, ax = plt.subplots()\nlive.perceptron.steps(helper, w)\nplots.points(w)"
    cells = IMPORTS, "w = [4]\nplt.plot(w)", f"{answer('w')}\n{scratch}", below
    assert plan.program(page(*cells, at=2), KEY) == ["w = [4]", answer("w")]


@pytest.mark.parametrize(
    ("cells", "want"),
    [
        (["one = 1", "two = one + 1", answer("two")], 2),
        (["def helper(): return other()", "def other(): return 3", answer("helper()")], 3),
        (["class Base:\n    size = 2", "class Layer(Base):\n    pass", answer("Layer().size")], 2),
        (["import functools", f"@functools.cache\n{answer('5')}"], 5),
        (["from math import *", answer("floor(pi)")], 3),
        (["from numpy import *", answer("sum([[1], [2]], axis=0)[0]")], 3),
        (["table = {}", "for k in range(3):\n    table[k] = k", answer("table[2]")], 2),
        (["table = []", "table.append(4)", answer("table[0]")], 4),
        (
            [
                "import random",
                "table = [2, 1]",
                "random.Random(1).shuffle(table)\ntable.sort()",
                answer("table"),
            ],
            [1, 2],
        ),
        (["import numpy as np", "a = np.zeros(2)", "np.copyto(a, 7)", answer("a[0]")], 7),
        (["n = 1", "n += 2", answer("n")], 3),
        (["n = 1\nn = n + 1", "del n", "n = 8", answer("n")], 8),
        (["class Box: pass", "box = Box()", "box.size = 6", answer("box.size")], 6),
        (["def setup():\n    global w\n    w = 9", "setup()", answer("w")], 9),
        (["if (n := 4) > 3:\n    m = n", answer("m + n")], 8),
        (["with open('/dev/null') as file:\n    text = file.read()", answer("text")], ""),
        (["(a, *b), c = (1, 2), 3", answer("b + [c]")], [2, 3]),
        (["match [1, 2]:\n    case [first, *_]:\n        pass", answer("first")], 1),
        (["w = 2", f"w2 = [w for _ in range(2)]\n{answer('w2')}"], [2, 2]),
        (["x = 5", f"def {NAME}(x=x):\n    return [y for y in [x]][0]"], 5),
        (["x = 1; y = 2", "z = x; z2 = y", answer("z + z2")], 3),
        (["scale = 2", "perceptron_update = lambda: scale"], 2),
        (["def rule(): return 7", f"{NAME} = rule"], 7),
        ([answer("1"), f"first = {NAME}", f"{NAME} = lambda: first() + 1"], 2),
        ([f"{answer('done.n')}", "class Done: n = 3", f"{NAME}.n = 1\ndone = Done"], 3),
    ],
    ids=lambda value: (
        value[0].partition("\n")[0] if isinstance(value, list) and value and isinstance(value[0], str) else ""
    ),
)
def test_what_an_answer_needs_is_run(cells, want):
    at = next(
        n for n, text in reversed(list(enumerate(cells))) if f"def {NAME}" in text or text.startswith(NAME)
    )
    assert value(*cells, at=at) == want


def test_names_are_bound_as_in_a_run_from_the_top_to_the_answer():
    """Below the answer the page goes on to use the names of its imports for other things."""
    assert value("w = 1", "w = 2", answer("w"), "w = 3", at=2) == 2
    assert value(answer("w"), "w = 3", "w = 4", at=0) == 3
    assert (
        value("from dlnotes import losses", answer("losses.__name__"), "losses = [1]", at=1)
        == "dlnotes.losses"
    )


def test_what_is_bound_below_comes_before_what_needs_it_at_once():
    assert value("def helper(n=size): return n", answer("helper()"), "size = base + 1", "base = 1", at=1) == 2
    program = plan.program(page(answer("size"), "size = 1", at=0), KEY)
    assert program == [answer("size"), "size = 1"]  # needed when it is called, no sooner


def test_cells_in_a_circle_are_run_in_the_order_of_the_page():
    program = plan.program(page(answer("a"), "a = b", "b = c", "c = a", at=0), KEY)
    assert sorted(program) == sorted([answer("a"), "a = b", "b = c", "c = a"])


def test_another_answer_is_a_helper_and_its_stub_is_none():
    solved, stub = "def update_bound():\n    return 6", find("update_bound").stub
    assert value(solved, stub, answer("update_bound()")) == 6
    assert value(stub, answer("update_bound()"), solved, at=1) == 6
    assert plan.plan(page(stub, answer("update_bound()")), KEY) == [0, 1]


def test_a_stub_pasted_below_in_the_same_cell_changes_nothing():
    assert value(f"{answer('5')}\n\n\n{find(NAME).stub}") == 5


def test_lines_stay_where_they_are():
    cell = f"import numpy as np\nx = '''\x0c\u2028'''\n\nprint(x)\n{answer('np.pi')}\nprint(x)"
    (text,) = plan.program(page(cell), KEY)
    assert text.split("\n")[4:] == answer("np.pi").split("\n")
    assert text.split("\n")[:4] == ["import numpy as np", "", "", ""]


def test_a_broken_answer_is_handed_out_as_it_is():
    assert plan.program(page("import numpy as np", f"def {NAME}(:\n  pass"), KEY) == [f"def {NAME}(:\n  pass"]


def test_no_answer_has_no_program():
    nothing = {"cells": [answer("1")], "answers": {}}
    assert (plan.plan(nothing, KEY), plan.program(nothing, KEY)) == ([], [])


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("  %time x = 1\n  y = %time 3\n  z = !ls", "x = 1\ny = 3\nz = None"),
        ("for k in a:\n    !ls {k}\n    %timeit k", "for k in a:\n    pass\n    pass"),
        ("?print\nprint??\nx.y?", "pass\npass\npass"),
        ("%%time\nx = 1\n%run other.py", "\nx = 1\npass"),
        ("\n%%capture out\nx = 1", "\n\nx = 1"),
        ("%%bash\nrm -rf /\n", "\n\n"),
        ("%%HTML\n<b>", "\n"),
        ("x = 7 \\\n  % 4", "x = 7 \\\n  % 4"),
        ("text = '''\n%time\n'''", "text = '''\n%time\n'''"),
    ],
)
def test_magics_become_plain_python_line_by_line(text, plain):
    code = source.read(text)
    assert ("\n".join(code.lines), code.flaw) == (plain, "")


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("x = 1\nprint 'x'", "line 2: Missing parentheses"),
        ("%time\nx = = 1", "line 2: invalid syntax"),
        ("return 1", "line 1: this belongs into a function"),
        ("def f(x):\n    global x", "line 2: name 'x' is parameter and global"),
        ("x = '\0'", ""),
    ],
)
def test_a_flaw_names_its_line(text, flaw):
    assert source.read(text).flaw.startswith(flaw)
    assert source.read(text).flaw


@pytest.mark.parametrize(
    "body",
    [
        "raise NotImplementedError",
        "raise NotImplementedError()",
        "# YOUR CODE HERE\n    raise NotImplementedError()",
        "pass",
        "...",
    ],
)
def test_a_stub_is_known_by_its_body(body):
    assert source.read(f'def f(x):\n    """What it does."""\n    {body}').functions == {"f": False}
    assert source.read(f"def f(x):\n    {body}\n    return x").functions == {"f": True}


@pytest.mark.parametrize("path", chapters.sources(), ids=lambda path: path.stem)
def test_solved_pages_need_no_picture(path):
    """On every page of the book the program for an answer imports neither matplotlib nor live figures."""
    cells, answers = [], {}
    for cell in twins.draft(path).cells:
        for name in chapters.tagged(cell, "exercise"):
            exercise = find(name)
            answers[exercise.key] = len(cells)
            cell.source = f"def {name}(*arguments):\n    return np.zeros(3), arguments"
        if cell.cell_type == "code":
            cells.append(cell.source)
    for key, at in answers.items():
        program = plan.program({"cells": cells, "answers": answers}, key)
        assert len(program) == 2 and at in plan.plan({"cells": cells, "answers": answers}, key)
        assert program[0].strip() == "import numpy as np"
