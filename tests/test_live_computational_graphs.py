"""The live figures of computational graphs: every control is moved, and what they show is true."""

import numpy as np
import pytest

from dlnotes.autodiff import Node, lift, record
from dlnotes.layers import sigmoid
from dlnotes.live import computational_graphs, sweep


def variables(**values):
    return [Node(value, name=name) for name, value in values.items()]


def product(x, y, z):
    x, y, z = variables(x=x, y=y, z=z)
    return record((x + y) * z)


def strang(x, y):
    x, y = variables(x=x, y=y)
    return record(x**2 * (x + y))


def unit(w0, x0, w1, x1, w2):
    names = ["$w_0$", "$x_0$", "$w_1$", "$x_1$", "$w_2$"]
    w0, x0, w1, x1, w2 = variables(**dict(zip(names, (w0, x0, w1, x1, w2), strict=True)))
    return record(1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2))))


def decayed(x, w, b, t, lam):
    x, w, b, t, lam = variables(x=x, w=w, b=b, t=t, λ=lam)
    return record((lift(sigmoid)(w * x + b) - t) ** 2 / 2 + lam * (w**2 / 2))


FIGURES = {
    "gates": lambda: computational_graphs.gates(product),
    "sweeps": lambda: computational_graphs.sweeps(strang),
    "neuron": lambda: computational_graphs.neuron(unit),
    "weight_decay": lambda: computational_graphs.weight_decay(decayed),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("gates", {"y": -2.0}),
        ("sweeps", {"y": -3.0, "step": 10}),
        ("neuron", {"x0": 3.0, "x1": -0.5}),
        ("weight_decay", {"lam": 0.58}),
    ],
)
def test_the_goal_is_reached_there_and_not_at_the_start(name, found):
    explorer = FIGURES[name]()
    explorer.register.click()
    assert "Not yet" in explorer.verdict.value
    explorer.set(**found)
    explorer.register.click()
    assert "Right" in explorer.verdict.value


def test_the_goal_of_the_sweeps_asks_for_all_steps_and_for_no_zero():
    explorer = FIGURES["sweeps"]()
    for near in ({"y": -3.0, "step": 9}, {"x": 0.0, "step": 10}, {"y": 3.0, "step": 10}):
        explorer.set(**near)
        explorer.register.click()
        assert "Not yet" in explorer.verdict.value


def grads(explorer, **values):
    tape = explorer.compute(**(explorer.values | values))
    return dict(zip(tape["names"], tape["grads"], strict=True))


def test_raising_z_changes_the_gradients_of_x_y_and_their_sum_alone():
    explorer = FIGURES["gates"]()
    before, after = grads(explorer), grads(explorer, z=6.0)
    assert {name for name in before if before[name] != after[name]} == {"x", "y", "+"}


def test_a_nudge_of_x_moves_f_six_times_as_far_as_one_of_y():
    at = grads(FIGURES["sweeps"]())
    assert at["x"] == 6 * at["y"] == 24


def test_a_surer_neuron_has_smaller_gradients_of_its_weights():
    explorer = FIGURES["neuron"]()
    before, after = grads(explorer), grads(explorer, w2=3.0)
    assert all(abs(after[name]) < abs(before[name]) / 50 for name in ("$w_0$", "$w_1$", "$w_2$"))


def test_no_setting_gives_the_first_weight_a_larger_gradient_than_the_goal():
    explorer = FIGURES["neuron"]()
    settings = np.random.default_rng(1).uniform(-3, 3, size=(200, 5))
    names = list(explorer.controls)
    assert max(grads(explorer, **dict(zip(names, each, strict=True)))["$w_0$"] for each in settings) < 0.75


def test_the_decay_alone_can_move_without_changing_the_gradient_of_the_bias():
    explorer = FIGURES["weight_decay"]()
    before = grads(explorer)["b"]
    assert grads(explorer, lam=0.9)["b"] == before
    assert grads(explorer, w=1.5)["b"] != before != grads(explorer, t=0.25)["b"]


def readout(explorer, step):
    explorer.set(step=step)
    return explorer.picture.readout


def test_the_steps_tell_value_by_value_and_then_gradient_by_gradient():
    explorer = FIGURES["sweeps"]()
    assert readout(explorer, 0) == "nothing is known yet but the inputs"
    assert readout(explorer, 2) == "forward, node 2 of 5: ^ 2 gives 4"
    assert readout(explorer, 5) == "forward, node 5 of 5: × gives 20"
    assert readout(explorer, 6) == "backward, at ×: it starts with 1; 0 of 5 edges walked"
    assert readout(explorer, 7) == "backward, at +: 4; 1 of 5 edges walked"
    assert readout(explorer, 10) == "backward, at x: 20 + 4 = 24; 5 of 5 edges walked"


def test_a_number_shows_once_its_node_was_visited_and_with_its_gradient_what_it_passes_back():
    explorer = FIGURES["sweeps"]()
    shown = []
    for step in range(11):
        explorer.set(step=step)
        shown.append(sum(text.get_text() != "" for text in explorer.figure.figure.axes[0].texts) - 7)
    assert np.diff(shown).tolist() == [1] * 5 + [1 + 2, 1 + 2, 1, 1 + 1, 1]


def test_the_lecture_s_numbers_stand_at_the_neuron():
    at = grads(FIGURES["neuron"]())
    want = {"$w_0$": -0.1966, "$x_0$": 0.1966, "$w_1$": 0.3932, "$x_1$": 0.3932, "$w_2$": 0.1966}
    for name, grad in want.items():
        assert round(float(at[name]), 4) == grad
