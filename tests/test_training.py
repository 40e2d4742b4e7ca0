"""Training by steps: reproducible, read-only, told when data are unfit or the run diverges; and `fit`."""

import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from dlnotes.initialization import glorot, zeros
from dlnotes.layers import chain, linear, tanh
from dlnotes.losses import accuracy, cross_entropy, squared_error
from dlnotes.optimizers import adam, leaves, pack, scheduled, sgd
from dlnotes.training import batches, fit, steps

NET = chain(linear, tanh, linear)
X = np.random.default_rng(1).normal(size=(100, 3))
LABELS = (X[:, 0] * X[:, 1] > 0).astype(int)


def start(dtype=float):
    """The same parameters each time."""
    rng = np.random.default_rng(2)
    return [
        tuple(a.astype(dtype) for a in glorot(rng, 3, 8)),
        (),
        tuple(a.astype(dtype) for a in glorot(rng, 8, 2)),
    ]


def run(rule=adam, *, data=(X, LABELS), params=None, seed=3, **options):
    """All that `steps` yields."""
    rng = np.random.default_rng(seed)
    return list(steps(NET, cross_entropy, params or start(), data, rule, rng=rng, **options))


def fitted(**options):
    """The same run through `fit`, three epochs long."""
    rng = np.random.default_rng(3)
    return fit(NET, cross_entropy, start(), (X, LABELS), adam, rng=rng, epochs=3, **options)


def test_batches_hold_every_row_once_in_random_order():
    rng = np.random.default_rng(4)
    epoch = list(batches(np.arange(10) * 2, np.arange(10), 4, rng))
    assert [len(x) for x, _ in epoch] == [4, 4, 2]
    x, y = (np.concatenate(parts) for parts in zip(*epoch, strict=True))
    np.testing.assert_array_equal(x, 2 * y)
    np.testing.assert_array_equal(np.sort(y), np.arange(10))
    assert not np.array_equal(y, np.arange(10))


def test_batches_of_no_rows_and_of_unequal_data_are_refused():
    with pytest.raises(ValueError, match="^size: got 0, want a whole number >= 1$"):
        next(batches(X, LABELS, 0, np.random.default_rng(0)))
    with pytest.raises(ValueError, match="^y: got 99 rows, want 100, as many as x has$"):
        next(batches(X, LABELS[:99], 8, np.random.default_rng(0)))


def test_rows_count_steps_and_epochs_from_1():
    rows = [row for row, _ in run(batch=40, epochs=2)]
    assert [(row["step"], row["epoch"]) for row in rows] == [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 2)]
    assert all(type(row[key]) is float for row in rows for key in ("risk", "grad_norm"))


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    (first, again, other) = run(seed=3), run(seed=3), run(seed=5)
    assert [row for row, _ in first] == [row for row, _ in again]
    assert [row for row, _ in first] != [row for row, _ in other]
    np.testing.assert_array_equal(pack(first[-1][1])[0], pack(again[-1][1])[0])


def test_one_full_batch_step_is_gradient_descent():
    params = start()
    output, back = NET(X, params)
    risk, delta = cross_entropy(output, LABELS)
    theta, _ = pack(params)
    grad, _ = pack(back(delta)[1])

    [(row, after)] = run(partial(sgd, lr=0.5), batch=100, epochs=1)
    np.testing.assert_allclose(row["risk"], risk, rtol=1e-13)
    np.testing.assert_allclose(row["grad_norm"], np.linalg.norm(grad), rtol=1e-13)
    np.testing.assert_allclose(pack(after)[0], theta - 0.5 * grad, rtol=1e-12, atol=1e-15)


def test_training_lowers_the_risk():
    rows = [row for row, _ in run(partial(adam, lr=0.05), epochs=40)]
    assert np.mean([row["risk"] for row in rows[-4:]]) < 0.5 * np.mean([row["risk"] for row in rows[:4]])


def test_earlier_parameters_stay_what_they_were():
    history = run(epochs=2)
    thetas = [pack(params)[0] for _, params in history]
    assert len({theta.tobytes() for theta in thetas}) == len(history)


def test_the_parameters_given_are_neither_changed_nor_frozen():
    params = start()
    before = pack(params)[0]
    run(params=params, epochs=1)
    np.testing.assert_array_equal(pack(params)[0], before)
    assert all(array.flags.writeable for array in leaves(params))


def test_yielded_parameters_are_read_only():
    _, params = run(epochs=1)[-1]
    with pytest.raises(ValueError, match="read-only"):
        params[0][0][:] = 0


def test_a_rule_that_changes_theta_in_place_is_refused():
    def in_place(theta, grad, state=None):
        theta -= 0.1 * grad
        return theta, state

    with pytest.raises(ValueError, match="^step 1: .*read-only"):
        run(in_place)


def test_a_rule_that_changes_the_shape_of_theta_is_refused_with_its_step():
    def rule(theta, grad, state=None):
        return (theta if state is None else theta[:, None]) - 0.1, 1

    with pytest.raises(ValueError, match=r"^step 2: theta: got shape \(50, 1\), want \(50,\)$"):
        run(rule)


def test_a_transposed_gradient_is_refused():
    def mine(x, params):
        s, back = linear(x, params)

        def mine_back(delta):
            dx, (dW, db) = back(delta)
            return dx, (dW.T, db)

        return s, mine_back

    params = zeros(np.random.default_rng(0), 3, 2)
    with pytest.raises(ValueError) as refusal:
        fit(mine, cross_entropy, params, (X, LABELS), sgd, rng=np.random.default_rng(0))
    assert str(refusal.value) == "step 1: grads: got arrays of shapes [(3, 2), (2,)], want [(2, 3), (2,)]"


@pytest.mark.parametrize(
    "rule", [sgd, adam, partial(sgd, lr=np.float64(0.1)), scheduled(adam, lambda t: np.exp(-t))]
)
def test_float32_stays_float32(rule):
    history = run(rule, data=(X.astype(np.float32), LABELS), params=start(np.float32), epochs=1)
    assert {array.dtype.name for _, params in history for array in leaves(params)} == {"float32"}


def test_integer_parameters_train_as_float64():
    params = (np.zeros((1, 3), int), np.zeros(1, int))
    data = X, X @ np.array([[1.0], [2.0], [3.0]])
    trained, _ = fit(linear, squared_error, params, data, sgd, rng=np.random.default_rng(0), epochs=80)
    np.testing.assert_allclose(trained[0], [[1, 2, 3]], atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": (X[:99], LABELS)}, "y: got 100 rows, want 99, as many as x has"),
        ({"data": (np.array(1.0), LABELS)}, "x: got a single number, want one row for each sample"),
        ({"data": (X[:0], LABELS[:0])}, "x: got shape (0, 3), want at least one entry"),
        ({"data": (np.where(X > 2, np.nan, X), LABELS)}, "x: got NaN in"),
        ({"data": (X.tolist(), LABELS)}, "x: got list, want a NumPy array of numbers"),
        ({"batch": 0}, "batch: got 0, want a whole number >= 1"),
        ({"batch": 2.5}, "batch: got 2.5, want a whole number >= 1"),
        ({"epochs": -1}, "epochs: got -1, want a whole number >= 1"),
        ({"data": (X, LABELS + 1)}, "step 1: target: got labels 1 ... 2, want 0 ... 1"),
        ({"data": (X[:, :2], LABELS)}, "step 1: layer 1 of 3: x: got shape (32, 2), want (n, 3)"),
    ],
)
def test_unfit_data_and_options_are_refused(change, message):
    with pytest.raises(ValueError) as refusal:
        run(**change)
    assert str(refusal.value).startswith(message)


def test_a_diverging_run_names_its_first_step_that_is_not_finite():
    params = zeros(np.random.default_rng(0), 3, 1)
    diverging = steps(
        linear,
        squared_error,
        params,
        (X, LABELS),
        partial(sgd, lr=50.0),
        rng=np.random.default_rng(0),
        epochs=99,
    )
    rows = []
    with pytest.raises(ValueError) as refusal:
        for row, _ in diverging:
            rows.append(row)
    assert all(np.isfinite(row["risk"]) for row in rows)
    assert str(refusal.value).startswith(f"step {len(rows) + 1}: got risk inf")
    assert str(refusal.value).endswith("want finite numbers: lower the learning rate")


def test_fit_returns_the_last_parameters_and_the_whole_history():
    expected = run(epochs=3)
    params, history = fitted()
    assert history == [row for row, _ in expected]
    np.testing.assert_array_equal(pack(params)[0], pack(expected[-1][1])[0])


def test_measurements_join_every_so_many_rows():
    def measure(params):
        return {"accuracy": accuracy(NET(X, params)[0], LABELS)}

    _, history = fitted(measure=measure, every=5)
    assert [row["step"] for row in history if "accuracy" in row] == [5, 10]


def test_an_interruption_loses_neither_history_nor_parameters(capsys):
    expected = run(epochs=3)
    calls = []

    def measure(params):
        calls.append(params)
        if len(calls) == 7:
            raise KeyboardInterrupt
        return {}

    params, history = fitted(measure=measure, every=1)
    assert history == [row for row, _ in expected[:7]]
    np.testing.assert_array_equal(pack(params)[0], pack(expected[6][1])[0])
    assert capsys.readouterr().out == (
        "Interrupted after step 7: returning the parameters and the history so far.\n"
    )


def test_an_interruption_in_a_step_returns_what_the_step_before_left(capsys):
    def rule(theta, grad, state=0):
        if state == 4:
            raise KeyboardInterrupt
        return theta - 0.1 * grad, (state or 0) + 1

    params, history = fit(NET, cross_entropy, start(), (X, LABELS), rule, rng=np.random.default_rng(3))
    assert len(history) == 4
    assert not np.array_equal(pack(params)[0], pack(start())[0])
    assert capsys.readouterr().out.startswith("Interrupted after step 4")


FIT = """
import numpy as np
from dlnotes.initialization import zeros
from dlnotes.layers import linear
from dlnotes.losses import squared_error
from dlnotes.optimizers import sgd
from dlnotes.training import fit
rng = np.random.default_rng(0)
x = rng.normal(size=(20, 2))
fit(linear, squared_error, zeros(rng, 2, 1), (x, x[:, 0]), sgd, rng=rng)
"""


def test_fit_prints_nothing_where_nobody_watches():
    done = subprocess.run([sys.executable, "-c", FIT], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("static", ["", "1"])
def test_fit_shows_a_bar_in_a_terminal_unless_pages_are_stored(static, monkeypatch):
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    monkeypatch.setenv("DLNOTES_STATIC", static)
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    subprocess.run([sys.executable, "-c", FIT], stderr=follower, check=True, timeout=60)
    os.write(follower, b"end")  # something to read even if there is no bar
    shown = ""
    while not shown.endswith("end"):
        shown += os.read(leader, 10_000).decode()
    os.close(leader)
    os.close(follower)
    assert ("0/10" in shown) is (static == "")
