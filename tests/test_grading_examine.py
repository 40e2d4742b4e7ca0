"""A submission becomes verdicts: what each answer earns, and that nothing malformed earns anything."""

import copy
import json
import random
import resource

import pytest
from sandboxed import BOUND, GRADIENT, IMPORTS, SOLVED, UPDATE, need_sandbox, states, stub, unit, verdicts

from dlnotes.exercises import codec, find, judging, names
from dlnotes.exercises.registry import cases
from dlnotes.grading import examine, sandbox
from dlnotes.grading.borrowed import borrowed
from dlnotes.grading.sandbox import LIMITS, Run, SandboxError

EXERCISE = find(UPDATE)
WANTED = cases(EXERCISE, [83122])


@pytest.fixture(autouse=True, scope="module")
def _sandbox():
    need_sandbox()


def _verdict(text, key=UPDATE, **cells):
    return verdicts(examine.examine(unit({key: text}, **cells)))[key]


def test_what_is_solved_passes():
    result = examine.examine(unit(SOLVED))
    assert result["student"] == "ada" and result["assignment"] == "ch02"
    assert states(result) == ["pass"] * 3
    assert json.loads(json.dumps(result)) == result


def test_each_answer_has_its_own_state():
    wrong = "def perceptron_gradient(w, x, y):\n    wrong = y * (x @ w) <= 0\n    return y[wrong] @ x[wrong]"
    found = verdicts(examine.examine(unit({UPDATE: stub(UPDATE), GRADIENT: wrong})))
    assert found[UPDATE]["state"] == "todo"
    assert found[GRADIENT]["state"] == "fail" and "the sign is turned" in found[GRADIENT]["reason"]
    assert found[BOUND] == {"state": "missing", "reason": "there is no answer"}


def test_an_empty_page_needs_no_sandbox(monkeypatch):
    monkeypatch.setattr(sandbox, "run", lambda *task, **settings: pytest.fail("it was run"))
    assert states(examine.examine(unit({}))) == ["missing"] * 3


@pytest.mark.parametrize(
    ("text", "state", "reason"),
    [
        ("def perceptron_update(w, x, y, lr)\n    return w", "fail", "SyntaxError"),
        ("def perceptron_updated(w, x, y, lr):\n    return w", "missing", "no function perceptron_update"),
        ("perceptron_update = 3", "missing", "no function perceptron_update"),
        (
            "def perceptron_update(w, x, y, lr):\n    return nonsense",
            "fail",
            "name 'nonsense' is not defined",
        ),
        ("def perceptron_update(w, x):\n    return w", "fail", "positional arguments"),
        ("def perceptron_update(w, x, y, lr):\n    w = w + lr * y * x", "fail", "is a `return` missing?"),
        (
            "import no_such_module\ndef perceptron_update(w, x, y, lr):\n    return no_such_module.f(w)",
            "fail",
            "No module named 'no_such_module'",
        ),
    ],
)
def test_reasons(text, state, reason):
    verdict = _verdict(text)
    assert verdict["state"] == state and reason in verdict["reason"]


def test_an_error_is_shown_with_the_line_of_the_student():
    verdict = _verdict("def perceptron_update(w, x, y, lr):\n    return w @ x[:2]")
    assert verdict["reason"].endswith("in the line  return w @ x[:2]")


def test_cells_that_are_not_python_do_no_harm():
    magic = "%matplotlib inline\n!pip install numpy\n"
    assert _verdict(magic + SOLVED[UPDATE], before=["%load_ext autoreload", IMPORTS])["state"] == "pass"
    timed = "%%time" + SOLVED[UPDATE] + "get_ipython().run_line_magic('time', '1')\ndisplay(1)"
    assert _verdict(timed)["state"] == "pass"


def test_a_helper_of_one_answer_is_not_that_of_another():
    answers = {
        UPDATE: "def helper():\n    return 1\n"
        + SOLVED[UPDATE].replace("return w +", "return w * helper() +"),
        GRADIENT: "def helper():\n    return -1\n"
        + SOLVED[GRADIENT].replace("return -y", "return helper() * y"),
    }
    assert states(examine.examine(unit(answers)))[:2] == ["pass", "pass"]


def test_a_name_that_no_statement_binds_is_found_by_running_the_whole_notebook():
    hidden = "exec('def right(w, x, y):\\n    return y * (w @ x) > 0')"
    text = "def perceptron_update(w, x, y, lr):\n    return w if right(w, x, y) else w + lr * y * x"
    result = examine.examine(unit({UPDATE: text}, before=[IMPORTS, hidden]))
    assert states(result)[0] == "pass"
    assert result["pages"][0]["notes"] == ["perceptron_update: the whole notebook was run for it"]


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("from dlnotes import learners\nlearners.perceptron_bound(x)", ["learners.perceptron_bound"]),
        ("from dlnotes.losses import log_softmax as f\ng = f", ["losses.log_softmax"]),
        ("def f():\n    import dlnotes.losses\n    return dlnotes.losses.hinge(1)", ["losses.hinge"]),
        ("import dlnotes.losses as L\nL.hinge(1).x", ["losses.hinge"]),
        ("from dlnotes.losses import *\nhinge(1)", ["losses.*"]),
        ("__import__('dlnotes.losses').losses.hinge", ["losses"]),
        ("from dlnotes import learners\ngetattr(learners, 'x')", ["learners"]),
        ("import dlnotes\ngetattr(dlnotes, 'x')", ["dlnotes"]),
        ("from dlnotes.exercises import check\ncheck(1)", []),
        ("from dlnotes import learners, plots", []),
        ("import numpy as np\nnp.dot(1, 2)", []),
        ("import numpy as np, math, torch\nmath.exp(np.pi)", []),
        ("import torch\ntorch.tensor(1).exp()", ["torch.tensor"]),
        (
            "from scipy.special import expit as f, softmax\nsoftmax(f(1))",
            ["scipy.special.expit", "scipy.special.softmax"],
        ),
        (
            "from torch.nn import functional as F\nfrom dlnotes import losses\nF.relu(losses.x)",
            ["losses.x", "torch.nn.functional.relu"],
        ),
        ("import importlib\nimportlib.import_module('torch')\n__import__('jax')", ["jax", "torch"]),
        ("f(1)(2)\n__import__()\n__import__(name)", []),
        ("def f():\n    'as in dlnotes.losses'\n    losses.hinge", []),
        ("def f(:", []),
        ("x = " + "-" * 50_000 + "1", []),
    ],
)
def test_what_is_used_of_the_package_is_found_in_the_text(text, used):
    ours, others = borrowed([text])
    assert ours + others == used


def test_the_package_called_for_an_answer_is_noted_and_costs_nothing():
    text = "def update_bound(w_hat, x, y):\n    return learners.perceptron_bound(x, y, w_hat)"
    result = examine.examine(unit(SOLVED | {BOUND: text}, before=[IMPORTS, "from dlnotes import learners"]))
    assert states(result) == ["pass"] * 3
    assert result["pages"][0]["notes"] == ["update_bound calls learners.perceptron_bound"]


def test_another_package_is_noted_if_the_answer_passes_and_whatever_its_functions_are_called():
    before = [IMPORTS, "from scipy import special\nimport scipy.linalg as la"]
    right = "def update_bound(w_hat, x, y):\n    la.norm(w_hat)\n    return %s(learned(w_hat, x, y))"
    learned = SOLVED[BOUND].replace("def update_bound", "def learned")
    result = examine.examine(unit(SOLVED | {BOUND: f"{learned}\n\n\n{right % 'float'}"}, before=before))
    assert states(result) == ["pass"] * 3
    assert result["pages"][0]["notes"] == ["update_bound calls scipy.linalg.norm"]
    wrong = right % "la.norm"
    result = examine.examine(
        unit({BOUND: f"{learned}\n\n\n{wrong.replace('return', 'return 2 *')}"}, before=before)
    )
    assert states(result)[-1] == "fail"
    assert result["pages"][0]["notes"] == []


def test_an_answer_that_ended_its_process_is_noted_and_no_other():
    text = "def update_bound(w_hat, x, y):\n    os._exit(0)"
    result = examine.examine(unit(SOLVED | {BOUND: text}))
    assert states(result) == ["pass", "pass", "fail"]
    assert result["pages"][0]["notes"] == ["update_bound: it ended the process"]


def test_an_answer_that_is_stopped_or_wants_processes_is_noted():
    limits = LIMITS._replace(answer=1, wall=5)
    for attack, words in [
        ("while True: pass", "does not end"),
        ("os.fork()", "it "),
        ("bytearray(2**40)", "MemoryError"),
    ]:
        text = f"def update_bound(w_hat, x, y):\n    {attack}"
        [note] = examine.examine(unit({BOUND: text}), limits=limits)["pages"][0]["notes"]
        assert note.startswith("update_bound: it ") and words in note


def test_every_exercise_survives_the_way_into_the_sandbox_and_back():
    for name in names():
        exercise = find(name)
        wanted = cases(exercise, [1, 2])
        for arguments, _ in wanted:
            there = codec.decode(json.loads(json.dumps(codec.encode(arguments))))
            assert [type(one) for one in there] == [type(one) for one in arguments], name
            assert codec.encode(there) == codec.encode(arguments), name
        found = [judging.call(exercise.reference, arguments) for arguments, _ in wanted]
        back = [
            one._replace(value=codec.decode(json.loads(json.dumps(codec.encode(one.value))))) for one in found
        ]
        assert judging.assess(exercise, wanted, back).state == "pass", name


def test_a_submission_takes_less_than_a_second_of_cpu():
    examine.examine(unit(SOLVED))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    examine.examine(unit(SOLVED))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1


def test_without_a_sandbox_there_is_no_verdict(monkeypatch):
    def refuse(*task, **settings):
        raise SandboxError("no sandbox")

    monkeypatch.setattr(sandbox, "run", refuse)
    with pytest.raises(SandboxError):
        examine.examine(unit(SOLVED))


def test_unsafe_judges_the_same():
    assert states(examine.examine(unit(SOLVED), unsafe=True)) == ["pass"] * 3


RIGHT = {
    "key": UPDATE,
    "errors": [],
    "outcomes": [
        judging.call(EXERCISE.reference, arguments)._asdict()
        | {"value": codec.encode(EXERCISE.reference(*arguments))}
        for arguments, _ in WANTED
    ],
}
ARRAY = RIGHT["outcomes"][0]["value"]
JUNK = [None, True, -1, 1e308, float("nan"), 10**400, "", "\ud800\x1b[31m<b>", [], [[]], {}, {"key": UPDATE}]
JUNK += [{"tuple": 3}, {"value": []}, {"other": {}}, {"array": "", "dtype": "O", "shape": [10**30, 0]}]
JUNK += [ARRAY | {"shape": [3, 1]}, ARRAY | {"dtype": "<U6"}, ARRAY | {"array": "!"}, ARRAY | {"shape": "3"}]
JUNK += [{"value": {"tuple": [ARRAY]}}, {"value": 10**400}, {"value": "1.5"}, {"tuple": [{"value": 1}] * 9}]


def _said(monkeypatch, messages, ending=""):
    monkeypatch.setattr(sandbox, "run", lambda *task, **settings: Run(messages, ending))
    result = examine.examine(unit({UPDATE: SOLVED[UPDATE]}), limits=LIMITS)
    json.dumps(result).encode()
    return verdicts(result)[UPDATE]


def test_results_that_are_right_pass_and_none_are_a_fail(monkeypatch):
    assert _said(monkeypatch, [RIGHT])["state"] == "pass"
    assert _said(monkeypatch, [RIGHT], "it ended the process")["state"] == "pass"  # afterwards
    assert _said(monkeypatch, []) == {"state": "fail", "reason": examine.UNREADABLE}
    assert _said(monkeypatch, [], "it ended the process")["reason"] == "it ended the process"
    assert _said(monkeypatch, [RIGHT | {"outcomes": []}])["state"] == "fail"
    assert _said(monkeypatch, [RIGHT | {"outcomes": RIGHT["outcomes"][:-1]}])["state"] == "fail"
    assert _said(monkeypatch, [RIGHT | {"outcomes": RIGHT["outcomes"] * 2}])["state"] == "fail"
    assert _said(monkeypatch, [RIGHT | {"key": GRADIENT}])["state"] == "fail"
    assert _said(monkeypatch, [RIGHT | {"key": [1]}, RIGHT])["state"] == "pass"


def test_claims_earn_nothing(monkeypatch):
    claims = {"state": "pass", "verdict": "pass", "points": 2, "score": 2}
    assert _said(monkeypatch, [{"key": UPDATE} | claims])["state"] == "fail"
    assert _said(monkeypatch, [RIGHT | claims | {"outcomes": "pass"}])["state"] == "fail"


def test_no_junk_raises_or_passes(monkeypatch):
    rng = random.Random(5)
    for _ in range(400):
        message = copy.deepcopy(RIGHT)
        outcome = rng.choice(message["outcomes"])
        holder = rng.choice([message, outcome, outcome["value"]])
        field = rng.choice(sorted(holder))
        holder[field] = rng.choice(JUNK)
        verdict = _said(monkeypatch, [message])
        harmless = (
            holder[field] == RIGHT.get(field) or field == "errors" and holder[field] in ([], [[]], "", {})
        )
        assert verdict["state"] != "pass" or harmless or field in ("errors", "words"), (field, holder[field])
        assert verdict["reason"].isprintable() or not verdict["reason"]
        assert len(verdict["reason"]) <= examine.LONGEST


def test_deep_data_is_a_fail(monkeypatch):
    deep = {"value": 1}
    for _ in range(900):
        deep = {"tuple": [deep]}
    outcomes = [one | {"value": deep} for one in RIGHT["outcomes"]]
    assert _said(monkeypatch, [RIGHT | {"outcomes": outcomes}])["state"] == "fail"
