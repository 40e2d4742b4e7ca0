"""What `verify` lets pass, what it catches, and in which words: its output is part of stored pages."""

import warnings
from functools import partial

import numpy as np
import pytest

from dlnotes import layers, losses, verify

RNG = np.random.default_rng(21)
X, W, B = RNG.normal(size=(5, 3)), RNG.normal(size=(4, 3)), RNG.normal(size=4)


def check(layer, x=X, params=(W, B)):
    """`verify.layer` with a generator of its own."""
    verify.layer(layer, x, params, np.random.default_rng(0))


def linear_with(back):
    """`linear` with another pullback: back(delta, x, W)."""

    def layer(x, params):
        W, b = params
        return x @ W.T + b, lambda delta: back(delta, x, W)

    return layer


def test_a_right_layer_gets_a_line_for_each_gradient(capsys):
    check(layers.linear)
    assert capsys.readouterr().out.splitlines() == [
        "dx (5, 3) ok to 1e-07",
        "dparams[0] (4, 3) ok to 1e-07",
        "dparams[1] (4,) ok to 1e-07",
    ]


# name, the planted bug as back(delta, x, W), what must be said
BUGS = [
    (
        "a transposed gradient",
        lambda delta, x, W: (delta @ W, (x.T @ delta, delta.sum(axis=0))),
        "dparams[0] has shape (3, 4), want (4, 3): transposed?",
    ),
    (
        "a mean for the sum",
        lambda delta, x, W: (delta @ W, (delta.T @ x, delta.mean(axis=0))),
        "dparams[1] is 5 times too small",
    ),
    (
        "a wrong sign",
        lambda delta, x, W: (-delta @ W, (delta.T @ x, delta.sum(axis=0))),
        "dx has the wrong sign",
    ),
    (
        "a factor of 2",
        lambda delta, x, W: (delta @ W, (2 * delta.T @ x, delta.sum(axis=0))),
        "dparams[0] is 2 times too large",
    ),
    (
        "a factor of -3",
        lambda delta, x, W: (delta @ W, (-3 * delta.T @ x, delta.sum(axis=0))),
        "dparams[0] has the wrong sign and is 3 times too large",
    ),
    (
        "a missing sum over the samples",
        lambda delta, x, W: (delta @ W, (delta.T @ x, delta)),
        "dparams[1] has shape (5, 4), want (4,): not summed over the samples?",
    ),
    (
        "a gradient of zeros",
        lambda delta, x, W: (0 * delta @ W, (delta.T @ x, delta.sum(axis=0))),
        "dx is zero everywhere",
    ),
    (
        "NaN",
        lambda delta, x, W: (delta @ W, (delta.T @ x, delta.sum(axis=0) * np.nan)),
        "dparams[1] has entries that are NaN or infinite",
    ),
    (
        "a single wrong entry",
        lambda delta, x, W: (delta @ W, (delta.T @ x, delta.sum(axis=0) + [0, 0, 1, 0])),
        "dparams[1] is wrong in 1 of 4 entries, most at [2]",
    ),
    ("dx alone", lambda delta, x, W: delta @ W, "back: got ndarray, want the pair (dx, grads)"),
    ("a flat result", lambda delta, x, W: (delta @ W, delta.T @ x, delta.sum(axis=0)), "back: got 3 values"),
    (
        "a forgotten gradient",
        lambda delta, x, W: (delta @ W, (delta.T @ x,)),
        "grads: got (array), want (array, array), as params are",
    ),
    (
        "None for a gradient",
        lambda delta, x, W: (delta @ W, (delta.T @ x, None)),
        "grads: got (array, NoneType), want (array, array)",
    ),
    (
        "None for dx",
        lambda delta, x, W: (None, (delta.T @ x, delta.sum(axis=0))),
        "dx: got NoneType, want array",
    ),
]


@pytest.mark.parametrize(("back", "words"), [bug[1:] for bug in BUGS], ids=[bug[0] for bug in BUGS])
def test_planted_bugs_are_caught_and_named(back, words):
    with pytest.raises(AssertionError) as finding:
        check(linear_with(back))
    assert words in str(finding.value)


@pytest.mark.parametrize(("back", "words"), [bug[1:] for bug in BUGS], ids=[bug[0] for bug in BUGS])
def test_pytorch_names_planted_bugs_alike(back, words):
    F = pytest.importorskip("torch").nn.functional
    with pytest.raises(AssertionError) as finding:
        verify.against_torch(linear_with(back), F.linear, X, W, B, rng=np.random.default_rng(0))
    assert words in str(finding.value)


@pytest.mark.parametrize("back", [None, X])
def test_a_back_that_is_no_function_is_named(back):
    with pytest.raises(
        AssertionError, match=r"^the layer: got \(array, .*\), want the pair \(y, back\) of an"
    ):
        check(lambda x, params: (x, back), params=())


@pytest.mark.parametrize(
    ("got", "hinted"),
    [((1,), False), ((5,), False), ((1, 4), False), ((4, 4), False), ((5, 4), True), ((2, 5, 4), True)],
)
def test_a_missing_sum_is_guessed_only_where_there_is_something_to_sum(got, hinted):
    words = verify.difference(np.ones(got), np.ones(got[1:]))
    assert words.endswith("not summed over the samples?") is hinted


def test_where_one_number_is_wanted_no_shape_is():
    assert verify.difference(np.ones(8), np.array(1.0)) == "has shape (8,), but one number is wanted"
    assert verify.difference(np.array(1.0), np.ones(8)) == "has shape (), want (8,)"


def test_every_wrong_gradient_is_named():
    with pytest.raises(AssertionError) as finding:
        check(linear_with(lambda delta, x, W: (-delta @ W, (delta.T @ x, delta.mean(axis=0)))))
    assert str(finding.value) == "dx has the wrong sign\ndparams[1] is 5 times too small"


def test_a_transposed_square_gradient_is_named():
    square = RNG.normal(size=(3, 3))
    with pytest.raises(AssertionError, match=r"^dparams\[0\] is transposed$"):
        check(
            linear_with(lambda delta, x, W: (delta @ W, (x.T @ delta, delta.sum(axis=0)))),
            params=(square, B[:3]),
        )


def test_a_relu_that_passes_every_gradient_is_caught():
    def leaky(s, params=()):
        return np.maximum(s, 0), lambda da: (da, ())

    blocked = (X < 0).sum()
    with pytest.raises(AssertionError, match=rf"^dx is wrong in {blocked} of 15 entries, most at \[.*\]$"):
        check(leaky, params=())


def test_a_sigmoid_with_the_derivative_of_its_output_is_caught():
    def sigmoid(s, params=()):
        a, _ = layers.sigmoid(s)
        return a, lambda da: (da * layers.sigmoid(a)[0] * (1 - layers.sigmoid(a)[0]), ())

    with pytest.raises(AssertionError, match=r"^dx is wrong in \d+ of 15 entries"):
        check(sigmoid, params=())


def test_an_array_of_two_rows_is_not_taken_for_the_pair():
    def layer(x, params=()):
        return 2 * x, lambda dy: 2 * dy

    with pytest.raises(AssertionError, match=r"^back: got ndarray, want the pair \(dx, grads\)$"):
        check(layer, X[:2], ())


def test_a_layer_that_returns_no_pullback_is_named():
    with pytest.raises(AssertionError, match=r"^the layer: got ndarray, want the pair \(y, back\)$"):
        check(lambda x, params: x, params=())


def test_a_layer_that_changes_its_arguments_is_refused():
    def relu(s, params=()):
        s[s < 0] = 0
        return s, lambda da: (da * (s > 0), ())

    def tanh(s, params=()):
        a = np.tanh(s)

        def back(da):
            da *= 1 - a**2
            return da, ()

        return a, back

    for layer in (relu, tanh):
        with pytest.raises(ValueError, match="read-only"):
            check(layer, params=())


def test_a_gradient_that_is_zero_is_not_called_wrong():
    def centered(x, params):
        """A shift before the mean is taken off: its gradient is exactly 0."""
        (b,) = params
        y = x + b

        def back(dy):
            dx = dy - dy.mean(axis=0)
            return dx, (dx.sum(axis=0),)

        return y - y.mean(axis=0), back

    check(centered, params=(B[:3],))


def test_float32_layers_are_checked_in_float64():
    check(layers.linear, X.astype(np.float32), (W.astype(np.float32), B.astype(np.float32)))


def test_central_differences_of_a_cubic():
    x = RNG.normal(size=(2, 3))
    np.testing.assert_allclose(verify.gradient(lambda x: np.sum(x**3), x), 3 * x**2, atol=1e-9)


def test_the_relative_error_is_absolute_below_its_floor():
    assert verify.relative_error(np.array([1.0]), np.array([3.0])) == 0.5
    assert verify.relative_error(np.array([1e-9]), np.array([-1e-9])) == pytest.approx(2e-6)
    assert verify.relative_error(np.zeros(2), np.zeros(2)) == 0


def test_an_equation_that_holds_prints_its_source_and_the_bound(capsys):
    verify.equation("DLNN (4.12)", np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-12]))
    verify.equation("DLNN (4.51)", np.array([1.0, 1.0]), 1, tolerance=1e-7)
    verify.equation("GBC (3.5)", 1e6, 1e6 + 1e-6)
    assert capsys.readouterr().out.splitlines() == [
        "DLNN (4.12) holds to 1e-10",
        "DLNN (4.51) holds to 1e-07",
        "GBC (3.5) holds to 1e-10",
    ]


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ([1.0, 2.0], [1.0, 2.5], "does not hold to 1e-10: the sides differ by 0.2"),
        ([1.0, np.nan], [1.0, 2.0], "does not hold to 1e-10"),
        ([[1.0], [2.0]], [1.0, 2.0], "does not hold: left has shape (2, 1), right (2,)"),
        ([1.0, 1.0 + 1e-9], 1.0, "does not hold to 1e-10: the sides differ by 1e-09"),
    ],
)
def test_an_equation_that_does_not_hold_is_told_with_its_source(left, right, words):
    with pytest.raises(AssertionError) as finding:
        verify.equation("DLNN (4.12)", left, right)
    assert str(finding.value).startswith(f"DLNN (4.12) {words}")


@pytest.mark.parametrize(("left", "right", "name"), [([], [], "left"), ([], 1.0, "left"), (1.0, [], "right")])
def test_an_equation_without_entries_is_refused(left, right, name):
    with pytest.raises(ValueError, match=rf"^{name}: got shape \(0,\), want at least one entry$"):
        verify.equation("DLNN (4.12)", left, right)


def test_an_equation_between_infinities_does_not_hold_and_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(AssertionError, match="does not hold"):
            verify.equation("DLNN (4.12)", [1.0, np.inf], [1.0, np.inf])


def test_a_claim_is_printed_when_true_and_raised_when_false(capsys):
    verify.claim("GBC 5.7.3", "the tree needs four cuts", np.int64(4) == 4)
    assert capsys.readouterr().out == "GBC 5.7.3: the tree needs four cuts ... true\n"
    with pytest.raises(AssertionError, match=r"^GBC 5\.7\.3: the tree needs three cuts \.\.\. false$"):
        verify.claim("GBC 5.7.3", "the tree needs three cuts", False)


@pytest.mark.parametrize("truth", [np.ones(3), (False, "a reason"), "no", None])
def test_a_claim_takes_only_true_or_false(truth):
    with pytest.raises(ValueError, match="want True or False$"):
        verify.claim("GBC 5.7.3", "anything", truth)


def test_agreement_with_pytorch_is_one_line(capsys):
    F = pytest.importorskip("torch").nn.functional
    verify.against_torch(layers.linear, F.linear, X, W, B, rng=np.random.default_rng(0))
    verify.loss_against_torch(losses.cross_entropy, F.cross_entropy, X, np.array([0, 1, 2, 0, 1]))
    total = partial(F.cross_entropy, reduction="sum")
    verify.loss_against_torch(
        partial(losses.cross_entropy, reduction="sum"), total, X, np.array([0, 1, 2, 0, 1])
    )
    assert capsys.readouterr().out.splitlines() == [
        "linear agrees with PyTorch to 1e-12: output and 3 gradients",
        "cross_entropy agrees with PyTorch to 1e-12: risk and delta",
        "cross_entropy agrees with PyTorch to 1e-12: risk and delta",
    ]


def test_a_wrong_output_with_its_own_pullback_is_seen_by_pytorch_alone():
    F = pytest.importorskip("torch").nn.functional

    def doubled(x, params):
        W, b = params
        return 2 * x @ W.T + b, lambda delta: (2 * delta @ W, (2 * delta.T @ x, delta.sum(axis=0)))

    check(doubled)
    with pytest.raises(
        AssertionError, match=r"^output is wrong .*\ndx is 2 times too large\ndparams\[0\] is 2"
    ):
        verify.against_torch(doubled, F.linear, X, W, B, rng=np.random.default_rng(0))


def test_a_loss_that_differs_from_pytorch_is_told():
    F = pytest.importorskip("torch").nn.functional
    with pytest.raises(AssertionError, match="^risk is 1.5 times too large\ndelta is 1.5 times too large$"):
        verify.loss_against_torch(losses.squared_error, F.mse_loss, X, RNG.normal(size=(5, 3)))


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (3.000001, 3.0, "is not exact enough"),
        (59733.0, 59732.0, "has the wrong value"),
        (138_357_545.0, 138_357_544.0, "has the wrong value"),
        ([59733.0, 6.0], [59732.0, 6.0], "is wrong in 1 of 2 entries, most at [0]"),
        ([0.0, 2.0, -1.0], [0.7, 2.2, -1.9], "has its decimals cut off: an array of integers?"),
        ([3.000001, 6.000002], [3.0, 6.0], "is not exact enough"),
        ([1.0000005, 2e-9], [1.0, 1e-9], "is not exact enough"),
        (5e-320, 3.0, "is zero"),
        ([0.0, 1e-300], [1.0, 2.0], "is zero everywhere"),
    ],
)
def test_a_difference_too_small_or_too_large_for_a_factor_still_has_words(got, want, words):
    assert verify.difference(np.array(got), np.array(want)) == words


@pytest.mark.parametrize("factor", [3.7, 1e12, 1e17, 0.0123])
@pytest.mark.parametrize("want", [[0.9405], [0.0, 0.9405, 0.0], [0.9405, 0.9405]])
def test_a_difference_never_tells_the_only_number_that_is_wanted(factor, want):
    want = np.array(want)
    for got in (factor * np.sign(want), want + factor, np.full(want.shape, factor)):
        words = verify.difference(got, want)
        assert words and "times" not in words and "same" not in words


@pytest.mark.parametrize(
    ("tolerance", "bound"), [(1e-10, "1e-10"), (3e-4, "3e-04"), (0.15, "0.15"), (0.25, "0.25")]
)
def test_the_bound_that_is_printed_is_the_one_that_was_held(tolerance, bound, capsys):
    verify.equation("it", 1.0, 1.0, tolerance=tolerance)
    assert capsys.readouterr().out == f"it holds to {bound}\n"
