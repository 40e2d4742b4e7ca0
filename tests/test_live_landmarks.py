"""The live figures of landmark networks: every control is moved, and what they compute is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes import landmarks as networks
from dlnotes.architectures import Branches, Conv, Pool, table, total
from dlnotes.live import landmarks, sweep

CHAINS = {name: networks.NETWORKS[name] for name in ("AlexNet", "ZFNet", "VGG-16", "VGG-19")}


def stack_costs(C, k, n):
    """Both counted by `table`."""
    rows = table([Conv(C, k, padding=k // 2, bias=False)] * n, (C, 63, 63))
    (single,) = table([Conv(C, rows[-1].field, padding=31, bias=False)], (C, 63, 63))[1:]
    return {"field": rows[-1].field, "stack": total(rows), "single": single.parameters}


def module_costs(C, F):
    """Both counted by `table`, for one pixel."""

    def work(*path):
        return total(table(list(path), (C, 1, 1)), "multiply_adds")

    channels = {"1 x 1": 128, "3 x 3": 192, "5 x 5": 96, "pool": C}
    direct = {"1 x 1": 128 * C, "3 x 3": 9 * 192 * C, "5 x 5": 25 * 96 * C, "pool": 0}
    reduced = {"1 x 1": work(Conv(128, 1)), "pool": work(Pool(1), Conv(F, 1))}
    reduced["3 x 3"] = work(Conv(F, 1)) + 9 * 192 * F
    reduced["5 x 5"] = work(Conv(F, 1)) + 25 * 96 * F
    return {"direct": (direct, channels), "reduced": (reduced, channels | {"pool": F})}


def curves():
    """Invented runs in which depth hurts plain networks, and which end at 0.2, 0.4, 2 against 0.1."""
    ends = {(4, "plain"): 0.2, (16, "plain"): 0.4, (48, "plain"): 2.0}
    ends |= {(depth, "residual"): 0.1 for depth in (4, 16, 48)}
    rng = np.random.default_rng(0)
    return {
        (depth, kind): (np.linspace(2.3, end, 11), rng.uniform(1e-5, 0.1, size=(11, depth // 2)))
        for (depth, kind), end in ends.items()
    }


FIGURES = {
    "layers": lambda: landmarks.layers(table, CHAINS),
    "stack": lambda: landmarks.stack(stack_costs),
    "inception": lambda: landmarks.inception(module_costs),
    "degradation": lambda: landmarks.degradation(curves(), 10),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


# ---------------------------------------------------------------- layer by layer


def test_the_bars_are_the_counts_of_the_table():
    figure = FIGURES["layers"]()
    for name, (spec, side) in CHAINS.items():
        arrays = figure.compute(network=name, side=side)
        np.testing.assert_array_equal(arrays["parameters"], arrays["printed parameters"])
        assert arrays["multiply_adds"].sum() == total(table(spec, (3, side, side)), "multiply_adds")
    assert figure.picture.readout.startswith("224 x 224: 61.0 MB")
    assert "138.36 M parameters, 89.4% of them dense" in figure.picture.readout


def test_half_the_side_leaves_four_tenths_of_vgg():
    figure = FIGURES["layers"]()
    whole, half = (figure.compute("VGG-16", side)["parameters"].sum() for side in (224, 112))
    assert figure.predict.options[figure.predict.answer] == "about four tenths"
    assert 0.35 < half / whole < 0.45


def test_vgg_keeps_100_mb_at_larger_images_alone():
    figure = FIGURES["layers"]()
    assert "Not yet" in verdict(figure)
    found = [side for side in range(96, 353, 8) if "Right" in verdict(figure, side=side)]
    assert found and all(280 < side < 295 for side in found)
    assert "Not yet" in verdict(figure, network="VGG-19", side=found[0])


# ---------------------------------------------------------------- stacks


def test_four_layers_are_the_first_with_less_than_half_of_the_weights():
    figure = FIGURES["stack"]()
    assert figure.predict.options[figure.predict.answer] == "four"
    ratios = {n: (a := figure.compute(64, 3, n))["stack"] / a["single"] for n in range(1, 6)}
    assert [n for n, ratio in ratios.items() if ratio < 0.5] == [4, 5]
    assert ratios[3] == pytest.approx(27 / 49)


def test_only_stacks_of_1_x_1_have_more_weights_than_one_layer():
    figure = FIGURES["stack"]()
    assert "Not yet" in verdict(figure)
    assert "Right" in verdict(figure, k=1, n=2)
    assert "Not yet" in verdict(figure, k=2, n=5) and "Not yet" in verdict(figure, k=1, n=1)


# ---------------------------------------------------------------- inception


def test_the_factor_of_the_reduction_depends_on_the_channels():
    figure = FIGURES["inception"]()
    assert figure.arrays["factor"] == pytest.approx(4256 * 256 / (320 * 256 + 264192))
    assert "a factor of 3.15" in figure.picture.readout
    assert figure.predict.options[figure.predict.answer] == "cost more than they save"
    figure.set(C=64)
    assert figure.arrays["factor"] < 1


def test_a_factor_of_4_takes_about_355_channels():
    figure = FIGURES["inception"]()
    assert "Not yet" in verdict(figure)
    assert "Right" in verdict(figure, C=352)
    assert "Not yet" in verdict(figure, C=256, F=48)


def test_the_module_of_the_figure_puts_out_the_channels_of_its_paths():
    F, C = 64, 256
    paths = [Conv(128, 1)], [Conv(F, 1), Conv(192, padding=1)], [Conv(F, 1), Conv(96, 5, padding=2)]
    (row,) = table([Branches((*paths, [Pool(3, 1, 1), Conv(F, 1)]))], (C, 28, 28))[1:]
    arrays = FIGURES["inception"]().compute(C, F)
    assert row.shape[0] == arrays["reduced"][1].sum()
    assert row.multiply_adds == 28 * 28 * arrays["reduced"][0].sum()


# ---------------------------------------------------------------- degradation


def test_the_answer_is_read_off_the_runs_and_not_shown_at_the_start():
    figure = FIGURES["degradation"]()
    assert figure.predict.options[figure.predict.answer] == "higher"
    assert figure.values == {"depth": 4, "step": 100}
    swapped = {(52 - depth if depth != 16 else 16, kind): run for (depth, kind), run in curves().items()}
    other = landmarks.degradation(
        {key: (risks, swapped[key][1][:, : key[0] // 2]) for key, (risks, _) in swapped.items()}, 10
    )
    assert other.predict.options[other.predict.answer].startswith("lower")


def test_the_goal_is_the_first_step_at_the_risk_of_the_shallow_network():
    figure = FIGURES["degradation"]()
    assert "Not yet" in verdict(figure)
    found = [step for step in range(0, 101, 10) if "Right" in verdict(figure, depth=48, step=step)]
    risks, wanted = curves()[48, "residual"][0], 0.2
    assert found == [10 * int(np.argmax(risks <= wanted))]
    assert "Not yet" in verdict(figure, depth=16)


def test_who_is_not_there_yet_is_told_what_is_missing():
    runs = curves()
    runs[48, "residual"] = 2.3 * 0.5 ** np.arange(11), runs[48, "residual"][1]
    figure = landmarks.degradation(runs, 10)
    assert "16 layers, step 100: risk 0.100; take 48 layers" in verdict(figure, depth=16, step=100)
    assert "step 30: risk 0.287 is above 0.200" in verdict(figure, depth=48, step=30)
    assert "Right" in verdict(figure, depth=48, step=40)
    assert "is below 0.200, but an earlier step was there already" in verdict(figure, depth=48, step=50)
