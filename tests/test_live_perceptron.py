"""The live figures of the perceptron: every control is moved, and what they compute is true."""

import numpy as np
import pytest

from dlnotes import datasets, learners
from dlnotes.live import perceptron, sweep

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
GATES = {"AND": [-1, -1, -1, 1], "XOR": [-1, 1, 1, -1]}


def answers(x, w):
    return np.sign(learners.with_bias(x) @ w)


def corridor(margin):
    x, labels = datasets.separable(np.random.default_rng(5), 30, margin=margin)
    return x + 1, 2 * labels - 1


def learn(x, y):
    return learners.perceptron(learners.with_bias(x), y, max_epochs=30)


def line_exists(x, y):
    return learners.svm_qp(x, y).converged


def proof(margin):
    x, y = corridor(margin)
    x1, w_hat = learners.with_bias(x), np.array([-1.4, 0.6, 0.8])
    w_hat = w_hat / np.linalg.norm(w_hat)
    w = np.array([row["w"] for row in learn(x, y).history])
    gamma, longest = (y * (x1 @ w_hat)).min(), np.linalg.norm(x1, axis=1).max()
    return {"progress": w @ w_hat, "norm": np.linalg.norm(w, axis=1), "gamma": gamma, "longest": longest}


FIGURES = {
    "threshold_unit": lambda: perceptron.threshold_unit(answers, CORNERS, GATES),
    "perceptron_steps": lambda: perceptron.perceptron_steps(corridor, learn, line_exists),
    "convergence_theorem": lambda: perceptron.convergence_theorem(proof, margins=[0.05, 0.3]),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


def test_the_goal_of_the_threshold_unit_is_reached_by_the_weights_of_and():
    explorer = FIGURES["threshold_unit"]()
    explorer.register.click()
    assert "Not yet" in explorer.verdict.value
    explorer.set(gate="AND", w1=1.0, w2=1.0, bias=-1.5)
    explorer.register.click()
    assert "AND with 0 of 4 corners wrong" in explorer.verdict.value


def test_the_best_that_a_line_can_do_for_xor_reaches_the_goal():
    explorer = FIGURES["threshold_unit"]()
    explorer.set(gate="XOR", w1=1.0, w2=1.0, bias=-0.5)
    explorer.register.click()
    assert "Right" in explorer.verdict.value


def test_a_corner_on_the_line_is_wrong_at_every_scale():
    compute = FIGURES["threshold_unit"]().compute
    for scale in (0.25, 0.5, 1.0):
        assert compute("AND", scale, scale, -2 * scale)["wrong"].sum() == 1


def test_no_setting_of_the_threshold_unit_gets_all_of_xor_right():
    explorer = FIGURES["threshold_unit"]()
    tried = [(w1, w2, b) for w1 in (-2, -1, 1, 2) for w2 in (-2, -1, 1, 2) for b in np.arange(-3, 3.1, 0.5)]
    wrong = [explorer.compute("XOR", *weights)["wrong"].sum() for weights in tried]
    assert min(wrong) == 1


def test_the_last_step_of_a_separable_run_has_no_mistakes():
    arrays = FIGURES["perceptron_steps"]().compute(step=100, margin=0.2, click="+1", samples="")
    assert arrays["row"]["mistakes"] == 0
    assert "converged" in arrays["message"]


def test_a_click_adds_a_sample_of_the_chosen_class():
    explorer = FIGURES["perceptron_steps"]()
    explorer.set(click="-1")
    explorer.press(0.3, 0.5)
    *_, label = explorer.values["samples"].split(",")
    assert label == "-1"
    assert len(explorer.arrays["x"]) == 31


@pytest.mark.parametrize(
    ("samples", "verdict"),
    [
        ("0,0,+1", "Right"),
        ("", "0 samples were added, want one"),
        ("0,0,+1 2,2,-1", "2 samples were added, want one"),
        ("2.5,2.5,+1", "a line still exists"),
    ],
)
def test_the_goal_asks_for_one_sample_after_which_no_line_is_left(samples, verdict):
    explorer = FIGURES["perceptron_steps"]()
    explorer.set(samples=samples)
    explorer.register.click()
    assert verdict in explorer.verdict.value


def test_some_margin_reaches_the_goal_of_the_theorem_and_the_first_does_not():
    explorer = FIGURES["convergence_theorem"]()
    explorer.register.click()
    assert "Not yet" in explorer.verdict.value
    explorer.set(margin=0.6)
    explorer.register.click()
    assert "Right" in explorer.verdict.value


@pytest.mark.parametrize("line", ["1,2", "1,2,3,4", "a,b,c", "0.5,0.5,2"])
def test_samples_typed_wrong_are_named_in_the_red_box(line):
    explorer = FIGURES["perceptron_steps"]()
    explorer.set(samples=line)
    assert f"your samples: got {line!r}" in explorer.picture.error
    explorer.register.click()
    assert "Not yet" in explorer.verdict.value


def test_samples_may_be_typed_with_blanks_after_the_commas():
    explorer = FIGURES["perceptron_steps"]()
    explorer.set(samples="1, 2, +1  0 ,0,-1")
    assert len(explorer.arrays["x"]) == 32


def test_play_stops_where_the_run_ends():
    explorer = FIGURES["perceptron_steps"]()
    explorer.player.playing = True
    for _ in range(140):
        if explorer.player.playing:
            explorer.drive("tick")
    assert not explorer.player.playing
    assert explorer.values["step"] == explorer.arrays["row"]["update"] + 1


def test_a_verdict_disappears_when_the_setting_moves():
    explorer = FIGURES["threshold_unit"]()
    explorer.register.click()
    explorer.set(gate="XOR")
    assert explorer.verdict.value == ""


@pytest.mark.parametrize("margin", [0.05, 0.2, 0.6])
def test_the_run_ends_before_the_two_bounds_cross(margin):
    arrays = FIGURES["convergence_theorem"]().compute(margin=margin)
    tau = np.arange(1, len(arrays["norm"]) + 1)
    assert (arrays["progress"] >= tau * arrays["gamma"] - 1e-9).all()
    assert (arrays["norm"] <= np.sqrt(tau) * arrays["longest"] + 1e-9).all()
    assert len(tau) <= (arrays["longest"] / arrays["gamma"]) ** 2
