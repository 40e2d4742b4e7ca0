"""The exercises of ch08/02: references against samples and the core, and answers that nobody listed."""

from functools import partial

import numpy as np
import pytest
from reader import drawn, named

from dlnotes import exercises, layers, meanfield
from dlnotes.exercises.judging import judge


def test_the_moments_are_those_of_a_sample():
    rng = np.random.default_rng(0)
    for arguments, (mean, variance) in drawn("weighted_sum_moments", seeds=range(1)):
        mean_w, var_w, mean_x, var_x = arguments
        shape = 20_000, len(mean_w)
        w = mean_w + np.sqrt(var_w) * rng.normal(size=shape)
        s = (w * (mean_x + np.sqrt(var_x) * rng.normal(size=shape))).sum(axis=1)
        assert abs(s.mean() - mean) < 5 * s.std() / np.sqrt(20_000)
        np.testing.assert_allclose(s.var(), variance, rtol=0.1)


def test_the_variances_are_those_of_the_core():
    for (moment, widths, variances, slope), want in drawn("leaky_forward_variances"):
        f = partial(layers.leaky_relu, slope=slope)
        q = meanfield.forward(f, moment, depth=len(variances), gain=widths[:-1] * variances)
        np.testing.assert_allclose(want, q)


def test_the_delta_moments_are_those_of_the_core():
    for (moment, widths, variances, slope), want in drawn("leaky_delta_moments"):
        f = partial(layers.leaky_relu, slope=slope)
        moments = meanfield.backward(f, np.ones(len(variances)), gain=widths[2:] * variances[1:])
        np.testing.assert_allclose(want, moment * moments)


def test_the_variance_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    W = torch.nn.init.xavier_normal_(torch.empty(300, 500), gain=torch.nn.init.calculate_gain("tanh"))
    variance, _, _ = exercises.reference("glorot_factors")(500, 300, 5 / 3)
    np.testing.assert_allclose(float(W.var()), variance, rtol=0.02)


def by_loop(moment, widths, variances, slope):
    q, found = moment, []
    for layer, variance in enumerate(variances):
        q = q * widths[layer] * variance * (1 if layer == 0 else 0.5 + 0.5 * slope**2)
        found.append(q)
    return np.array(found)


def back_by_loop(moment, widths, variances, slope):
    found = [moment]
    for layer in range(len(variances) - 1, 0, -1):
        found.insert(0, found[0] * widths[layer + 1] * variances[layer] * (0.5 + 0.5 * slope**2))
    return np.array(found)


def by_second_moments(mean_w, var_w, mean_x, var_x):
    second = (mean_w**2 + var_w) * (mean_x**2 + var_x)
    return np.sum(mean_w * mean_x), np.sum(second - (mean_w * mean_x) ** 2)


def by_the_mean_fan(fan_in, fan_out, torch_gain):
    mean = np.mean([fan_in, fan_out])
    return torch_gain**2 / mean, fan_in * torch_gain**2 / mean, fan_out * torch_gain**2 / mean


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (by_second_moments, "weighted_sum_moments"),
        (by_loop, "leaky_forward_variances"),
        (back_by_loop, "leaky_delta_moments"),
        (by_the_mean_fan, "glorot_factors"),
    ],
)
def test_other_right_ways_pass(answer, name):
    assert judge(named(answer, name)).state == "pass"


def crossed(mean_w, var_w, mean_x, var_x):
    return mean_w @ mean_x, mean_w**2 @ var_w + mean_x**2 @ var_x + var_w @ var_x


def slope_of_half(moment, widths, variances, slope):
    return moment * np.cumprod(widths[:-1] * variances * np.where(np.arange(len(variances)), slope**2 / 2, 1))


def without_the_last(moment, widths, variances, slope):
    return back_by_loop(moment, widths, variances, slope)[1:]


def with_the_activation(fan_in, fan_out, torch_gain):
    variance = 2 * torch_gain**2 / (fan_in + fan_out)
    return variance, fan_in * variance / torch_gain**2, fan_out * variance / torch_gain**2


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (crossed, "weighted_sum_moments"),
        (slope_of_half, "leaky_forward_variances"),
        (without_the_last, "leaky_delta_moments"),
        (with_the_activation, "glorot_factors"),
    ],
)
def test_plausible_answers_that_nobody_listed_fail(answer, name):
    assert judge(named(answer, name)).state == "fail"
