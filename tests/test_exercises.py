"""The exercises: each stub is todo, each reference passes, each wrong answer fails with its reason."""

import numpy as np
import pytest

from dlnotes import exercises
from dlnotes.exercises.diagnose import diagnose
from dlnotes.exercises.registry import EXERCISES, exercise

NAMES = exercises.names()


def renamed(name, function):
    function.__name__ = name
    return function


@pytest.mark.parametrize("name", NAMES)
def test_a_stub_is_todo(name):
    def stub(*arguments):
        raise NotImplementedError("your code here")

    assert exercises.judge(renamed(name, stub)).state == "todo"


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_passes(name):
    assert exercises.judge(exercises.reference(name)) == ("pass", "")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda want: None, "return"),
        (lambda want: tuple(-part for part in want) if isinstance(want, tuple) else -want, "wrong sign"),
        (lambda want: tuple(3 * part for part in want) if isinstance(want, tuple) else 3 * want, "too large"),
    ],
    ids=["nothing", "sign", "factor"],
)
def test_a_wrong_answer_fails_with_its_reason(name, answer, reason):
    solve = exercises.reference(name)
    want = solve(*EXERCISES[name].arguments(np.random.default_rng(0)))
    first = want[0] if isinstance(want, tuple) else want
    if not np.any(first) or np.asarray(first).dtype.kind not in "fi":
        pytest.skip("zero has no sign and no factor, and neither has a truth value")
    verdict = exercises.judge(renamed(name, lambda *arguments: answer(solve(*arguments))))
    assert verdict.state == "fail"
    assert reason in verdict.reason


@pytest.mark.parametrize("name", NAMES)
def test_arguments_are_generic_and_the_same_for_the_same_seed(name):
    once, again, other = (EXERCISES[name].arguments(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert diagnose(once, again) is None
    assert diagnose(once, other) is not None


@pytest.mark.parametrize(
    "mistake",
    [
        lambda w, x, y, lr: w + lr * y * x if y * (w @ x) < 0 else w,
        lambda w, x, y, lr: w + 0.3 * y * x if y * (w @ x) <= 0 else w,
        lambda w, x, y, lr: w + lr * y * x,
        lambda w, x, y, lr: w + lr * y * x if np.sign(w @ x) * y == -1 else w,
        lambda w, x, y, lr: w - lr * y * x if y * (w @ x) <= 0 else w,
    ],
    ids=["start at zero", "fixed rate", "always", "printed test", "sign"],
)
def test_no_known_mistake_passes_for_the_perceptron_rule(mistake):
    assert exercises.judge(renamed("perceptron_update", mistake)).state == "fail"


def test_a_sample_on_the_line_counts_as_wrong_in_the_gradient():
    def perceptron_gradient(w, x, y):
        wrong = y * (x @ w) < 0
        return -(x[wrong] * y[wrong, None]).sum(axis=0)

    assert exercises.judge(perceptron_gradient).state == "fail"


HINGE_MISTAKES = {
    "silent_samples": [
        lambda w, x, y: y * (x @ w) > 0,  # as Strang VII.5 prints it
        lambda w, x, y: y * (x @ w) > 1,
        lambda w, x, y: x @ w >= 1,
    ],
    "corridor_width": [lambda w: 2 / np.linalg.norm(w), lambda w: 1 / np.linalg.norm(w[1:])],
    "soft_margin": [
        lambda w, x, y, strength: _soft_margin(w, x, y, strength, penalized=w),
        lambda w, x, y, strength: _soft_margin(w, x, y, strength, inside=y * (x @ w) <= 1),
        lambda w, x, y, strength: _soft_margin(w, x, y, strength / 2),
    ],
    "multiclass_hinge_gradient": [
        lambda W, x, labels: _mask(W, x, labels, 1e-9).T @ x / len(x),  # counts a class on the kink
        lambda W, x, labels: _mask(W, x, labels, -1).T @ x / len(x),  # asks for no lead
        lambda W, x, labels: np.maximum(_mask(W, x, labels, 0), 0).T @ x / len(x),
    ],
}


def _soft_margin(w, x, y, strength, penalized=None, inside=None):
    penalized = np.append(0, w[1:]) if penalized is None else penalized
    inside = y * (x @ w) < 1 if inside is None else inside
    objective = np.maximum(0, 1 - y * (x @ w)).mean() + strength * penalized @ penalized
    return objective, -(y * inside) @ x / len(x) + 2 * strength * penalized


def _mask(W, x, labels, more):
    s, own = x @ W.T, np.eye(len(W))[labels] == 1
    mask = np.where(own, 0, 1 + more + s - s[own][:, None] > 0).astype(float)
    return mask - own * mask.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("name", "mistake"), [(name, one) for name, mistakes in HINGE_MISTAKES.items() for one in mistakes]
)
def test_no_known_mistake_passes_for_the_hinge_loss(name, mistake):
    assert exercises.judge(renamed(name, mistake)).state == "fail"


def _log_softmax(s, exp=np.exp, log=np.log):
    shifted = s - s.max(axis=1, keepdims=True)
    return shifted - log(exp(shifted).sum(axis=1, keepdims=True))


@pytest.mark.parametrize(
    "mistake",
    [
        lambda s: s - s.max(axis=1, keepdims=True),
        lambda s: _log_softmax(s, log=np.log2),
        lambda s: _log_softmax(s, log=np.log10),
        lambda s: _log_softmax(s, exp=np.exp2, log=np.log2),
        lambda s: np.log(np.exp(_log_softmax(s))),
        lambda s: s - np.log(np.exp(s).sum(axis=1, keepdims=True)),
    ],
    ids=["no log-sum", "log2", "log10", "base 2", "by way of p", "as it is printed"],
)
def test_no_known_mistake_passes_for_the_log_softmax(mistake):
    with np.errstate(all="ignore"):
        assert exercises.judge(renamed("log_softmax", mistake)).state == "fail"


def test_an_argument_changed_in_place_fails():
    def perceptron_update(w, x, y, lr):
        if y * (w @ x) <= 0:
            w += lr * y * x
        return w

    assert "in place" in exercises.judge(perceptron_update).reason


def test_an_error_is_named_without_a_traceback(capsys):
    def update_bound(w_hat, x, y):
        return x @ y

    exercises.check(update_bound)
    printed = capsys.readouterr().out
    assert printed.startswith("✗ update_bound: fail - it stops with ValueError")
    assert "Traceback" not in printed


def test_check_prints_one_line_for_each_state(capsys):
    def update_bound(w_hat, x, y):
        raise NotImplementedError

    exercises.check(update_bound)
    exercises.check(exercises.reference("update_bound"))
    todo, passed = capsys.readouterr().out.splitlines()
    assert todo.startswith("○ update_bound: todo")
    assert passed == "✓ update_bound: pass"


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="got 'no_such', want the name of an exercise: .*update_bound"):
        exercises.find("no_such")


def test_two_exercises_cannot_share_a_name():
    with pytest.raises(ValueError, match="twice"):
        exercise(arguments=tuple)(renamed("update_bound", lambda: None))


WANT = np.array([[1.0, 2.0], [3.0, 5.0]])


@pytest.mark.parametrize(
    ("got", "want", "reason"),
    [
        (None, WANT, "is a `return` missing"),
        ("text", WANT, "is a str"),
        (np.ones((3, 2)), np.ones((2, 3)), "transposed?"),
        (np.ones(3), np.ones(4), "has shape (3,), want (4,)"),
        (-WANT, WANT, "wrong sign"),
        (WANT.T, WANT, "is transposed"),
        (WANT / 5, WANT, "5 times too small"),
        (WANT * 2, WANT, "2 times too large"),
        (WANT + 1, WANT, "off by the same 1 everywhere"),
        (np.array([[1, 2], [3, 6.0]]), WANT, "wrong in 1 of 4 entries, most at [1, 1]"),
        (WANT * np.nan, WANT, "entries that are NaN"),
        ((WANT, WANT), WANT, "a tuple of 2, but one array"),
        (WANT, (WANT, WANT), "2 values are wanted"),
        ((WANT, -WANT), (WANT, WANT), "value 2 of 2 has the wrong sign"),
        (np.array([[1, 9], [3, 6.0]]), WANT, "2 of 4 entries"),
        (3.1, 3.0, "has the wrong value"),
        (-3.0, 3.0, "wrong sign"),
        (1.5, 3.0, "2 times too small"),
        (np.zeros(5, bool), np.array([True, False, True, True, False]), "wrong in 3 of 5 entries"),
        (0.0, 3.0, "is zero"),
        (WANT * 1j, WANT, "is complex, but real numbers are wanted"),
        (3.0 + 0j, 3.0, "is complex"),
    ],
)
def test_diagnose_says_what_is_wrong(got, want, reason):
    assert reason in diagnose(got, want)


def test_an_array_of_one_number_is_told_its_shape_and_nothing_of_a_sum():
    assert diagnose(np.array([3.0]), 3.0) == "the result has shape (1,), want ()"


def test_a_tensor_that_wants_its_gradient_is_told_and_does_not_stop_the_page():
    torch = pytest.importorskip("torch")
    assert "is a Tensor" in diagnose(torch.tensor(WANT, requires_grad=True), WANT)


def test_diagnose_is_silent_where_nothing_is_wrong():
    assert diagnose(WANT + 1e-12, WANT) is None
    assert diagnose((1, WANT), (1.0, WANT)) is None
