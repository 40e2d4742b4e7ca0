"""The live figures of activation functions: every control is moved, and what they claim is true."""

from contextlib import suppress
from functools import lru_cache, partial

import numpy as np
import pytest
from reader import verdict

from dlnotes import datasets, initialization, layers, losses, optimizers, training
from dlnotes.live import activations, sweep


def with_slope(layer):
    def f(s):
        a, back = layer(s)
        return a, back(np.ones_like(s))[0]

    return f


KINDS = {"ReLU": layers.relu, "leaky ReLU": layers.leaky_relu, "ELU": layers.elu, "sigmoid": layers.sigmoid}
FUNCTIONS = {name: with_slope(layer) for name, layer in KINDS.items()}
FAMILY = {
    "leaky ReLU": lambda s, parameter: with_slope(partial(layers.leaky_relu, slope=parameter))(s),
    "SELU": lambda s, parameter: with_slope(layers.selu)(s),
    "tanh": lambda s, parameter: with_slope(layers.tanh)(s),
}
X, Y = datasets.moons(np.random.default_rng(1), 80)
X = (X - X.mean(axis=0)) / X.std(axis=0)


def pre_activations(name, scale, depth=5, width=100):
    rng, found = np.random.default_rng(4), []
    a = rng.normal(size=(200, width))
    for _ in range(depth):
        found.append(a @ rng.normal(scale=scale / np.sqrt(width), size=(width, width)))
        a, _ = FUNCTIONS[name](found[-1])
    return found


@lru_cache
def train(name, bias, lr, shake=0.0):
    """The page's network; `shake` moves its first weights a little."""
    stack, rng, rows = layers.mlp(3, KINDS[name]), np.random.default_rng(3), []
    (W, b), _, (V, c), *rest = initialization.mlp(rng, 2, 12, 12, 1, init=initialization.he)
    params = ((W + shake * rng.normal(size=W.shape), b + bias), (), (V, c + bias), *rest)
    rule, net, loss = partial(optimizers.sgd, lr=lr), layers.chain(*stack), losses.binary_cross_entropy
    with suppress(ValueError):
        for row, after in training.steps(net, loss, params, (X, Y), rule, rng=rng, batch=80, epochs=121):
            seen, _ = layers.trace(stack, params, X, loss, Y)
            rows.append({"risk": row["risk"], "s": seen[1:4:2]})
            params = after
    return rows


FIGURES = {
    "saturation": lambda: activations.saturation(
        pre_activations, {"sigmoid": FUNCTIONS["sigmoid"], "ReLU": FUNCTIONS["ReLU"]}
    ),
    "while_it_trains": lambda: activations.while_it_trains(train, FUNCTIONS),
    "tangent": lambda: activations.tangent(FAMILY),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


def test_the_saturated_share_of_relu_is_one_half_at_every_scale():
    explorer = FIGURES["saturation"]()
    for scale in (0.1, 1.0, 10.0):
        np.testing.assert_allclose(explorer.compute("ReLU", scale)["shares"], 0.5, atol=0.06)


def test_the_sigmoid_saturates_first_in_its_first_layer():
    explorer = FIGURES["saturation"]()
    for scale in (1.6, 2.0, 5.0, 10.0):
        shares = explorer.compute("sigmoid", scale)["shares"]
        assert shares[0] == shares.max()


def test_the_largest_scale_with_little_saturation_is_one_stop_of_the_slider():
    explorer = FIGURES["saturation"]()
    assert "Not yet" in verdict(explorer)
    assert "Not yet" in verdict(explorer, scale=1.0)
    assert "Not yet" in verdict(explorer, scale=1.6)
    assert "Not yet" in verdict(explorer, scale=1.3, activation="ReLU")
    assert "Right" in verdict(explorer, scale=1.3, activation="sigmoid")


def test_what_is_orange_is_flat_and_nothing_is_counted_twice():
    explorer = FIGURES["saturation"]()
    explorer.set(scale=5.0)
    ax = explorer.figure.figure.axes[0]
    alive, flat = (patch.get_data().values for patch in ax.patches)
    assert ((alive == 0) | (flat == 0)).all()
    assert flat[0] > 0 and flat[len(flat) // 2] == 0 < alive[len(flat) // 2]


@pytest.mark.parametrize("shake", [0, 1e-12, 1e-6])
def test_at_rate_4_about_half_of_the_relus_of_layer_1_die_which_lived_at_the_start(shake):
    explorer = activations.while_it_trains(partial(train, shake=shake), FUNCTIONS)
    dead = explorer.compute(120, "ReLU", 0.0, 4.0)["dead"]
    assert dead[0].tolist() == [0, 0]
    assert 4 <= dead[-1][0] <= 8
    assert (np.diff(dead[:, 0]) >= 0).all()  # in layer 1 none comes back


def test_relus_that_are_dead_at_the_start_stay_dead():
    explorer = FIGURES["while_it_trains"]()
    for bias in (-3.0, -2.0, -1.0):
        dead = explorer.compute(0, "ReLU", bias, 0.5)["dead"][:, 0]
        assert dead[0] > 0
        assert (dead == dead[0]).all()


def test_leaky_relus_never_die():
    explorer = FIGURES["while_it_trains"]()
    for bias in (-3.0, 0.0):
        assert explorer.compute(0, "leaky ReLU", bias, 2.0)["dead"].max() == 0


def test_the_goal_of_training_is_reached_by_leaky_relus_and_not_by_relus():
    explorer = FIGURES["while_it_trains"]()
    assert "Not yet" in verdict(explorer)
    assert "Not yet" in verdict(explorer, lr=4.0, step=120)
    assert "Not yet" in verdict(explorer, activation="leaky ReLU", step=119)
    assert "Right" in verdict(explorer, step=120)


def test_a_run_that_diverges_says_where_it_broke_off():
    explorer = FIGURES["while_it_trains"]()
    explorer.set(activation="ELU", lr=4.0, step=120)
    assert explorer.error is None
    assert explorer.picture.readout.startswith("The run diverged and broke off after step")
    assert "dead:" not in explorer.picture.readout  # a slope that underflowed to 0 is no death
    assert "Not yet" in verdict(explorer)


def test_the_tangent_touches_the_curve_with_its_slope():
    explorer = FIGURES["tangent"]()
    explorer.set(function="tanh", s=0.5)
    (line,) = [one for one in explorer.figure.figure.axes[0].lines if one.get_label() == "its tangent"]
    (x0, x1), (y0, y1) = line.get_data()
    slope = (y1 - y0) / (x1 - x0)
    assert slope == pytest.approx(1 - np.tanh(0.5) ** 2)
    assert y0 + slope * (0.5 - x0) == pytest.approx(np.tanh(0.5))


def test_leaky_relu_with_slope_minus_1_is_the_absolute_value():
    arrays = FIGURES["tangent"]().compute("leaky ReLU", -1.0, -1.5)
    assert (arrays["value"], arrays["steepness"]) == (1.5, -1)


def test_a_jump_of_the_derivative_is_not_joined():
    arrays = FIGURES["tangent"]().compute("leaky ReLU", 0.25, 1.0)
    assert np.isnan(arrays["slope"]).sum() == 1
    assert set(arrays["slope"][~np.isnan(arrays["slope"])]) == {0.25, 1.0}


def test_only_selu_just_left_of_0_is_as_steep_as_the_goal_wants():
    explorer = FIGURES["tangent"]()
    assert "Not yet" in verdict(explorer)
    assert "Not yet" in verdict(explorer, function="leaky ReLU", parameter=1.75)
    assert "Not yet" in verdict(explorer, function="SELU", parameter=0.25, s=0.125)
    assert "Right" in verdict(explorer, s=-0.125)
