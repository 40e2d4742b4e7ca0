"""The live figures of initialization schemes: every control is moved, and what they say is true."""

import math
from functools import partial

import numpy as np
import pytest

from dlnotes import initialization, layers, meanfield
from dlnotes.live import initialization_schemes, sweep

RULES = {
    "2/(I+J)": initialization.fan_average,
    "1/J": initialization.fan_in,
    "1/I": initialization.fan_out,
}
UNITS = {"linear": layers.identity, "ReLU": layers.relu, "tanh": layers.tanh, "SELU": layers.selu}
WIDTHS = {"64, 64": [64] * 51, "64, 256": [64, 256] * 25 + [64]}


def one_layer(scheme, size, inputs):
    draw = np.random.default_rng(4)
    x = draw.choice([-1.0, 1.0], size=(8, inputs))
    option = {"limit" if scheme == "uniform" else "std": size}
    W, b = getattr(initialization, scheme)(draw, inputs, 500, **option)
    return W, layers.linear(x, (W, b))[0]


def both_ways(rule, activation, widths, gain):
    f, fan, widths = UNITS[activation], RULES[rule], np.array(WIDTHS[widths])
    draw = np.random.default_rng(0)
    x, pull = draw.normal(size=(16, widths[0])), draw.normal(size=(16, widths[-1]))
    init = partial(initialization.scaled, gain=gain, fan=fan)
    params = initialization.mlp(draw, *widths.tolist(), init=init)
    passed = layers.trace(layers.mlp(50, f), params, x, lambda s, pull: (0.0, pull), pull)
    s, delta = ([np.sqrt((each**2).mean()) for each in way[1::2]] for way in passed)
    variance = gain / np.array([fan(*pair) for pair in zip(widths[:-1], widths[1:], strict=True)])
    q = meanfield.forward(f, 1.0, depth=50, gain=widths[:-1] * variance)
    back = meanfield.backward(f, q, gain=(widths[1:] * variance)[1:])
    return {
        "s": np.array(s),
        "delta": np.array(delta),
        "s_theory": np.sqrt(q),
        "delta_theory": np.sqrt(back),
    }


FIGURES = {
    "sampler": lambda: initialization_schemes.sampler(one_layer, ["uniform", "normal", "truncated_normal"]),
    "through_depth": lambda: initialization_schemes.through_depth(
        both_ways, list(RULES), list(UNITS), list(WIDTHS)
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


def reaches(explorer, **values):
    explorer.set(**values)
    explorer.register.click()
    return "Right" in explorer.verdict.value


def test_the_goal_of_the_sampler_is_a_limit_of_the_root_of_three_by_the_inputs():
    explorer = FIGURES["sampler"]()
    assert not reaches(explorer)
    assert not reaches(explorer, scheme="uniform", inputs=400, size=0.09)
    assert not reaches(explorer, scheme="uniform", inputs=100, size=0.1)
    assert not reaches(explorer, scheme="normal", size=0.17)
    assert reaches(explorer, scheme="uniform", size=0.17)
    assert math.isclose(0.17, math.sqrt(3 / 100), rel_tol=0.02)


def test_pre_activations_of_uniform_weights_have_the_bell_of_normal_ones():
    compute = FIGURES["sampler"]().compute
    uniform = compute("uniform", 0.17, 100)
    normal = compute("normal", 0.17 / math.sqrt(3), 100)
    np.testing.assert_allclose(uniform["heights"][1], normal["heights"][1], atol=0.1)
    assert uniform["heights"][1].max() > 0.35  # a flat one of this spread has 0.29
    assert np.abs(one_layer("uniform", 0.17, 100)[1]).max() > math.sqrt(6) * 1.2  # where a triangle would end


def test_bars_are_densities_of_all_also_of_what_lies_outside():
    heights = FIGURES["sampler"]().compute("normal", 0.5, 25)["heights"]
    W, s = one_layer("normal", 0.5, 25)
    for each, values, end in zip(heights, (W, s), (1, 4.5), strict=True):
        inside = (np.abs(values) < end).mean()
        assert math.isclose(each.sum() * 2 * end / len(each), inside) and inside < 1


def test_what_is_off_the_axis_is_not_drawn():
    explorer = FIGURES["through_depth"]()
    explorer.set(activation="ReLU", gain=0.25)
    lines = explorer.figure.figure.axes[0].lines
    (dots,) = [line.get_ydata() for line in lines if line.get_label() == "a network"]
    assert 10 < len(dots) < 40 and dots.min() > initialization_schemes.LOW


def test_the_predict_answer_of_the_depth_is_true_in_network_and_theory():
    compute = FIGURES["through_depth"]().compute
    for who in ("", "_theory"):

        def drift(rule, who=who):
            found = compute(rule, "linear", "64, 256", 1.0)
            found = {name: found[name + who] for name in ("s", "delta")}
            return initialization_schemes.lost(found)

        assert all(1 / 3 < factor < 3 for factor in drift("1/J"))
        assert all(factor < 0.02 for factor in drift("2/(I+J)"))


def test_the_goal_of_the_depth_takes_one_fan_or_a_larger_gain():
    explorer = FIGURES["through_depth"]()
    assert not reaches(explorer)
    assert not reaches(explorer, activation="ReLU", gain=2.0)  # equal widths
    assert not reaches(explorer, widths="64, 256", rule="2/(I+J)", gain=2.0)  # what EE147 prints
    assert reaches(explorer, rule="1/J", gain=2.0)
    assert not reaches(explorer, rule="1/J", gain=1.0)


def test_what_is_lost_is_measured_over_pairs_of_layers():
    found = {"s": np.array([1.0, 4.0, 7.0, 8.0, 2.0]), "delta": np.array([3.0, 12.0, 5.0, 1.0, 9.0])}
    np.testing.assert_allclose(initialization_schemes.lost(found), (2, 2))
