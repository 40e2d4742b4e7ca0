"""The live figures of chapter 0: every control is moved, and what they compute is true."""

import numpy as np
import pytest

from dlnotes import datasets, learners
from dlnotes.live import start, sweep


def strangers(x, labels):
    return labels[learners.nearest_neighbors(x, x, 2)[:, 1]] != labels


def toy(name, noise):
    draw = datasets.spirals if name == "spirals" else datasets.rings
    return draw(np.random.default_rng(1), 60, noise=noise)


def growth(years, doubling):
    return 2 ** (years / doubling)


def descend(scale, lr):
    w = [0.0]
    for _ in range(30):
        w.append(w[-1] - lr * scale * 2 * (w[-1] - 2.0))
    return np.array(w)


FIGURES = {
    "playground": lambda: start.playground(["rings", "spirals"], toy, strangers),
    "network_growth": lambda: start.network_growth(growth),
    "loss_scaling": lambda: start.loss_scaling(descend, {"sum": 1.0, "mean": 0.05}, best=2.0, curvature=2.0),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


def test_two_names_of_one_data_set_are_found_out_by_the_sweep():
    with pytest.raises(AssertionError, match="name: the picture is the same"):
        sweep(start.playground(["rings", "the same rings"], toy, strangers))


def test_noise_makes_strangers_of_neighbors():
    compute = FIGURES["playground"]().compute
    assert not compute("rings", 0.0)["strangers"].any()
    assert compute("rings", 2.0)["strangers"].sum() > 10


def test_brain_size_is_reached_after_as_many_doublings_as_it_takes():
    year = FIGURES["network_growth"]().compute(doubling=2.4, start=10)["year"]
    assert year == pytest.approx(2015 + 2.4 * np.log2(1e11 / 1e7))
    twice = FIGURES["network_growth"]().compute(doubling=2.4, start=20)["year"]
    assert year - twice == pytest.approx(2.4)
    assert FIGURES["network_growth"]().compute(doubling=6.0, start=1)["year"] < 2115


def test_only_the_slowest_doubling_that_arrives_in_time_reaches_the_goal():
    explorer = FIGURES["network_growth"]()
    for doubling, verdict in [(1.7, "Not yet"), (1.8, "Right"), (1.9, "Not yet")]:
        explorer.set(doubling=doubling, start=10)
        explorer.register.click()
        assert verdict in explorer.verdict.value


def test_the_mean_takes_twenty_times_the_rate_of_the_sum():
    explorer = FIGURES["loss_scaling"]()
    total = explorer.compute("sum", 0.9)
    mean = explorer.compute("mean", 18.0)
    np.testing.assert_allclose(total["w"], mean["w"])
    assert total["ratio"] == pytest.approx(mean["ratio"])


def test_descent_diverges_exactly_where_the_readout_says_so():
    explorer = FIGURES["loss_scaling"]()
    for lr in (0.1, 0.9, 1.1):
        arrays = explorer.compute("sum", lr)
        moved_away = abs(arrays["w"][-1] - 2) > abs(arrays["w"][0] - 2)
        assert moved_away == (arrays["ratio"] > 1)
