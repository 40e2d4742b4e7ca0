"""Exercises of ch03/07_activation_functions."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _batch(rng):
    """Pre-activations of both signs, and what comes from behind: (n, k) each."""
    n, k = rng.integers(5, 8), rng.integers(2, 5)
    return 1.5 * rng.normal(size=(n, k)), rng.normal(size=(n, k))


# ---------------------------------------------------------------- the scaled sigmoid


def _scaled(rng):
    s, da = _batch(rng)
    return np.tanh(s / 2), da


def _saturated(rng):
    """Units at both ends of the range, exactly, and one in the middle."""
    a, da = _scaled(rng)
    a[0, 0], a[1, 0], a[2, 0] = -1, 1, 0
    return a, da


@exercise(
    "ch03.activation_functions.scaled_sigmoid",
    title="A slope from the cached activation",
    points=2,
    sources="MEDL 5.3; DLNN (4.72), (A.3)",
    by_hand=True,
    arguments=_scaled,
    hidden=[_saturated],
    hints=[
        "Call the plain sigmoid p. What is p, if you only have a? And what is da/ds, written with p?",
        "p is (1 + a) / 2, and a grows twice as fast as p, whose slope is DLNN (4.72).",
        "Put p into 2 p (1 - p) and multiply out: only the square of a is left. Then the pullback needs da.",
    ],
)
def scaled_sigmoid_pullback(a, da):
    """ds (n, k) of the scaled sigmoid a = 2 sigmoid(s) - 1, from its output a (n, k) and da (n, k).

    The pre-activations s are gone: a layer that remembers a need not keep them.
    By hand, with NumPy alone.
    """
    return da * (1 - a**2) / 2


@mistake(scaled_sigmoid_pullback, "that is the rule of the plain sigmoid, whose output lies between 0 and 1")
def _plain_rule(a, da):
    return da * a * (1 - a)


@mistake(scaled_sigmoid_pullback, "it doubles the plain rule, but puts in the scaled output instead")
def _doubled_rule(a, da):
    return 2 * da * a * (1 - a)


@mistake(scaled_sigmoid_pullback, "that is the rule of tanh: this curve is tanh as well, but of what?")
def _tanh_rule(a, da):
    return da * (1 - a**2)


@mistake(scaled_sigmoid_pullback, "that is the slope of the plain sigmoid: this one rises twice as high")
def _not_doubled(a, da):
    return da * (1 - a**2) / 4


@mistake(scaled_sigmoid_pullback, "it takes a for s: a has been through the function already")
def _once_more(a, da):
    return da * (1 - np.tanh(a / 2) ** 2) / 2


@mistake(scaled_sigmoid_pullback, "that is the slope alone: what comes from behind, da, is missing")
def _slope_alone(a, da):
    return (1 - a**2) / 2


@mistake(scaled_sigmoid_pullback, "it squares the wrong thing: where a is -1 the unit is saturated, too")
def _square_of_the_difference(a, da):
    return da * (1 - a) ** 2 / 2


@mistake(scaled_sigmoid_pullback, "that slope grows from 0 to 1 with a: it is the plain sigmoid itself")
def _sigmoid_itself(a, da):
    return da * (1 + a) / 2


@mistake(scaled_sigmoid_pullback, "it divides by the slope: that would bring ds back to da")
def _the_other_way(a, da):
    return 2 * da / (1 - a**2)


# ---------------------------------------------------------------- the exponential linear unit, repaired


def _exponential(rng):
    return (*_batch(rng), rng.uniform(0.4, 0.9))


def _alpha_above_one(rng):
    s, da, _ = _exponential(rng)
    return s, da, rng.uniform(1.5, 2.5)


def _far_out(rng):
    """Some pre-activations so large that e^s is infinite, and some so small that it is 0."""
    s, da, alpha = _exponential(rng)
    s[0], s[1], s[2:4] = 1e3 * rng.uniform(1, 2), -1e3 * rng.uniform(1, 2), 3 * np.abs(s[2:4]) + 1
    return s, da, alpha


def _corner(rng):
    s, da, alpha = _exponential(rng)
    s[rng.integers(2, size=s.shape) > 0] = 0
    return s, da, alpha


@exercise(
    "ch03.activation_functions.elu",
    title="A misprint, repaired",
    points=3,
    sources="EE147 Nonlinear Activation Functions; DLNN (A.10), (A.11)",
    by_hand=True,
    arguments=_exponential,
    hidden=[_far_out, _alpha_above_one, _corner],
    hints=[
        "The straight side is the one with s > 0, whatever alpha is: no maximum has to be taken.",
        "On the other side, differentiate alpha (exp(s) - 1): the constant falls away, alpha does not.",
        "np.where chooses entry by entry, twice: once for the activation, once for its slope. Then use da.",
    ],
)
def elu_repaired(s, da, alpha):
    """Forward and back of the exponential linear unit: the pair a (n, k), ds (n, k).

    a = s where s > 0, else alpha (exp(s) - 1), alpha > 0; s (n, k) up to +-2000, da (n, k).
    At s = 0 the derivative is alpha, as in PyTorch.  By hand, with NumPy alone.
    """
    below = np.minimum(s, 0)
    a = np.maximum(s, 0) + alpha * np.expm1(below)
    return a, da * np.where(s > 0, 1, alpha * np.exp(below))


@mistake(elu_repaired, "that is the printed maximum: on the right the exponential is above the line")
def _printed(s, da, alpha):
    curve = alpha * (np.exp(s) - 1)
    return np.maximum(curve, s), da * np.where(curve > s, alpha * np.exp(s), 1)


@mistake(elu_repaired, "its activation is right, but its slopes are those of the printed maximum")
def _slope_of_the_printed(s, da, alpha):
    a, _ = elu_repaired(s, da, alpha)
    return a, da * np.where(alpha * (np.exp(s) - 1) > s, alpha * np.exp(s), 1)


@mistake(elu_repaired, "with a minimum it is no ELU either: for alpha above 1 the line cuts in on the left")
def _minimum(s, da, alpha):
    curve = alpha * (np.exp(s) - 1)
    return np.minimum(curve, s), da * np.where(curve < s, alpha * np.exp(s), 1)


@mistake(elu_repaired, "at s = 0 its slope is 1, that of the right side: the other one is asked for")
def _slope_one_at_zero(s, da, alpha):
    a, _ = elu_repaired(s, da, alpha)
    return a, da * np.where(s >= 0, 1, alpha * np.exp(np.minimum(s, 0)))


@mistake(elu_repaired, "its slope on the left has lost alpha")
def _slope_without_alpha(s, da, alpha):
    a, _ = elu_repaired(s, da, alpha)
    return a, da * np.where(s > 0, 1, np.exp(np.minimum(s, 0)))


@mistake(elu_repaired, "its slope on the left is a, which is negative there: the curve rises")
def _slope_is_a(s, da, alpha):
    a, _ = elu_repaired(s, da, alpha)
    return a, da * np.where(s > 0, 1, a)


@mistake(elu_repaired, "its slope on the left is a + 1: that is right for alpha = 1 only")
def _slope_for_alpha_one(s, da, alpha):
    a, _ = elu_repaired(s, da, alpha)
    return a, da * np.where(s > 0, 1, a + 1)


@mistake(
    elu_repaired, "it hides one side behind a factor 0, but 0 times infinity is no number: s may be 2000"
)
def _masked(s, da, alpha):
    curve = alpha * (np.exp(s) - 1)
    return (s > 0) * s + (s <= 0) * curve, da * ((s > 0) + (s <= 0) * alpha * np.exp(s))


@mistake(elu_repaired, "on the left it forgets the -1: the two sides do not meet at 0")
def _does_not_meet(s, da, alpha):
    a, ds = elu_repaired(s, da, alpha)
    return np.where(s > 0, a, a + alpha), ds


@mistake(elu_repaired, "its second part is the slope alone: what comes from behind, da, is missing")
def _slope_without_da(s, da, alpha):
    a, slope = elu_repaired(s, np.ones_like(da), alpha)
    return a, slope


@mistake(elu_repaired, "it returns the two the other way round: the activation comes first")
def _other_way_round(s, da, alpha):
    a, ds = elu_repaired(s, da, alpha)
    return ds, a


# ---------------------------------------------------------------- the slope that is learned


def _parametric(rng):
    s, da = _batch(rng)
    s[0], s[1] = -np.abs(s[0]) - 0.1, np.abs(s[1]) + 0.1  # both signs in every feature
    return s, rng.uniform(0.1, 0.8, size=s.shape[1]), da


def _one_sided_features(rng):
    """One feature that is positive for all samples, and one that is negative for all."""
    s, alpha, da = _parametric(rng)
    s[:, 0], s[:, 1] = np.abs(s[:, 0]) + 0.1, -np.abs(s[:, 1]) - 0.1
    return s, alpha, da


def _parametric_at_zero(rng):
    s, alpha, da = _parametric(rng)
    s[rng.integers(2, size=s.shape) > 0] = 0
    return s, alpha, da


def _slopes_of_any_sign(rng):
    s, alpha, da = _parametric(rng)
    return s, 2 * rng.normal(size=alpha.shape), da


@exercise(
    "ch03.activation_functions.prelu",
    title="The gradient of a slope",
    points=3,
    sources="GBC 6.3.1; MEDL 5.3",
    by_hand=True,
    arguments=_parametric,
    hidden=[_one_sided_features, _parametric_at_zero, _slopes_of_any_sign],
    hints=[
        "Write a = max(s, 0) + alpha min(s, 0). Differentiate by s, then by alpha.",
        "The derivative of one entry by alpha is min(s, 0): nothing where s is positive.",
        "All samples share the slope of a feature: what they ask of it is added up, down the columns.",
    ],
)
def prelu_pullback(s, alpha, da):
    """The pair ds (n, k), dalpha (k,) of a = s where s > 0, else alpha * s.

    s (n, k), da (n, k), alpha (k,), one for each feature.
    At s = 0 the derivative by s is alpha, as in PyTorch.  By hand, with NumPy alone.
    """
    return np.where(s > 0, da, alpha * da), (da * np.minimum(s, 0)).sum(axis=0)


@mistake(prelu_pullback, "its dalpha counts positive s, too: a does not depend on alpha there")
def _counts_all(s, alpha, da):
    ds, _ = prelu_pullback(s, alpha, da)
    return ds, (da * s).sum(axis=0)


@mistake(prelu_pullback, "its dalpha comes from the positive side: there a is s, whatever alpha is")
def _wrong_side(s, alpha, da):
    ds, _ = prelu_pullback(s, alpha, da)
    return ds, (da * np.maximum(s, 0)).sum(axis=0)


@mistake(prelu_pullback, "its dalpha has an entry for each sample: they share the slope, so it all adds up")
def _not_added_up(s, alpha, da):
    ds, _ = prelu_pullback(s, alpha, da)
    return ds, da * np.minimum(s, 0)


@mistake(prelu_pullback, "its dalpha is a mean over the samples: if one is due, da has been divided already")
def _averaged(s, alpha, da):
    ds, dalpha = prelu_pullback(s, alpha, da)
    return ds, dalpha / len(s)


@mistake(prelu_pullback, "its dalpha is one number: every feature has a slope of its own")
def _one_number(s, alpha, da):
    ds, dalpha = prelu_pullback(s, alpha, da)
    return ds, dalpha.sum()


@mistake(prelu_pullback, "its dalpha counts the negative entries, and forgets how far below 0 they are")
def _forgets_s(s, alpha, da):
    ds, _ = prelu_pullback(s, alpha, da)
    return ds, (da * (s < 0)).sum(axis=0)


@mistake(prelu_pullback, "its dalpha does not use da: what comes from behind is missing")
def _forgets_da(s, alpha, da):
    ds, _ = prelu_pullback(s, alpha, da)
    return ds, np.minimum(s, 0).sum(axis=0)


@mistake(prelu_pullback, "its dalpha is multiplied by alpha: a is linear in alpha, so alpha falls away")
def _times_alpha(s, alpha, da):
    ds, dalpha = prelu_pullback(s, alpha, da)
    return ds, alpha * dalpha


@mistake(prelu_pullback, "its dalpha takes the size of s: negative s pull the other way")
def _size_of_s(s, alpha, da):
    ds, dalpha = prelu_pullback(s, alpha, da)
    return ds, -dalpha


@mistake(prelu_pullback, "its ds is 1 times da at s = 0: there the slope is alpha")
def _one_at_the_corner(s, alpha, da):
    _, dalpha = prelu_pullback(s, alpha, da)
    return np.where(s >= 0, da, alpha * da), dalpha


@mistake(prelu_pullback, "its ds is that of ReLU: where s is negative, alpha lets a part through")
def _relu(s, alpha, da):
    _, dalpha = prelu_pullback(s, alpha, da)
    return da * (s > 0), dalpha


@mistake(prelu_pullback, "its ds has alpha on the positive side, where the slope is 1")
def _alpha_on_the_right(s, alpha, da):
    _, dalpha = prelu_pullback(s, alpha, da)
    return np.where(s > 0, alpha * da, da), dalpha
