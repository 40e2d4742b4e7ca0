"""The live figure of mean field theory: every control is moved, and what it computes is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes import initialization, layers, meanfield
from dlnotes.live import mean_field, sweep

DEPTH, DRAW = 10, np.random.default_rng(3)
NORMALS = [DRAW.normal(size=(256, 256)) for _ in range(DEPTH)]
INPUTS, ENDS = DRAW.normal(size=(32, 256)), DRAW.normal(size=(32, 256))
FANS = {"1/J": "fan_in", "1/I": "fan_out", "2/(I+J)": "fan_average"}


def both_ways(activation, shape, width, rule, gain):
    """As on the page: ten layers with the same normal numbers, and the prediction."""
    f, taper = getattr(layers, activation), 4.0 if shape == "narrowing 4:1" else 1.0
    widths = np.round(width * taper ** (-np.arange(DEPTH + 1) / DEPTH)).astype(int)
    fans = getattr(initialization, FANS[rule])(widths[:-1], widths[1:])
    a, above, passed, deltas = INPUTS[:, :width], ENDS[:, : widths[-1]], [], []
    for normals, fan_out, fan in zip(NORMALS, widths[1:], fans, strict=True):
        W = np.sqrt(gain / fan) * normals[:fan_out, : a.shape[1]]
        a, back = f(a @ W.T, ())
        passed.append((a, W, back))
    for _, W, back in reversed(passed):
        deltas.append(back(above)[0])
        above = deltas[-1] @ W
    variances = gain / fans
    q = meanfield.forward(f, 1.0, depth=DEPTH, gain=widths[:-1] * variances)
    moments = meanfield.backward(f, q, gain=widths[2:] * variances[1:]) * meanfield.chi(f, q[-1])
    return {
        "a": [a for a, _, _ in passed],
        "delta": deltas[::-1],
        "a_rms": np.sqrt(meanfield.propagation(f, q)),
        "delta_rms": np.sqrt(moments),
    }


@pytest.fixture
def histograms():
    return mean_field.histograms(both_ways, ["tanh", "relu", "sigmoid", "selu"], list(FANS))


def ratios(arrays):
    a, delta = arrays["a_rms"], arrays["delta_rms"]
    return a[-1] / a[0], delta[0] / delta[-1]


def test_every_control_moves_the_figure(histograms):
    sweep(histograms)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "selu"])
@pytest.mark.parametrize("rule", list(FANS))
def test_what_is_predicted_is_measured_in_a_wide_network(histograms, activation, rule):
    histograms.set(activation=activation, rule=rule, gain=1.5, shape="narrowing 4:1")
    arrays = histograms.arrays
    for name in ("a", "delta"):
        np.testing.assert_allclose(arrays[f"{name}_rms"], arrays[f"{name}_predicted"], rtol=0.4)


def test_each_row_counts_all_values_also_those_beyond_the_axes(histograms):
    histograms.set(activation="relu", gain=4.0)
    assert (histograms.arrays["a"].sum(axis=1) == 32 * 256).all()
    assert histograms.arrays["a"][-1, -1] > 500  # at the edge
    assert (histograms.arrays["delta"].sum(axis=1) < 32 * 256).all()  # those of silent units are 0


def test_the_predicted_answer_is_true_deltas_grow_at_gain_4(histograms):
    assert histograms.values["activation"] == "tanh" and histograms.values["gain"] == 1.0
    assert histograms.predict.options[histograms.predict.answer] == "they grow"
    assert ratios(histograms.arrays)[1] < 0.5
    histograms.set(gain=4.0)
    assert ratios(histograms.arrays)[1] > 2


def test_the_goal_can_be_reached_with_each_rule_and_is_not_at_the_start(histograms):
    assert "Not yet" in verdict(histograms)
    assert "Not yet" in verdict(histograms, activation="relu", shape="narrowing 4:1")
    gains = np.round(np.arange(0.25, 4.01, 0.05), 2).tolist()
    for rule in FANS:
        reached = [gain for gain in gains if "Right" in verdict(histograms, rule=rule, gain=gain)]
        assert 1 <= len(reached) <= 8
    assert "narrow" in verdict(histograms, gain=reached[0], width=16)
    assert "equal widths" in verdict(histograms, gain=reached[0], width=256, shape="equal widths")
