"""The live figures of linear pieces: every control is moved, and what they count is true."""

import numpy as np
import pytest
from reader import verdict

from dlnotes import arrangements, pieces
from dlnotes.live import linear_pieces, sweep

NORMALS = np.array([[1, 0], [0, 1], [1, 1], [-1, 1], [2, 1]])
LIES = {
    "in general position": (NORMALS, np.array([1, 1, -1, -0.5, -0.5])),
    "parallel": (np.ones((5, 2)), np.array([2, 1, 0, -1, -2])),
    "through one point": (NORMALS, np.zeros(5)),
}


def network(folds, seed, spread):
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(folds, 2)), spread * rng.normal(size=folds)
    return hidden, (), (rng.normal(size=(1, folds)), np.zeros(1))


def fold(z):
    return 2 * np.abs(z) - 1


def inside(z):
    return (z - 0.2) @ np.array([1, -0.7]) > 0.1


FIGURES = {
    "moving_fold": lambda: linear_pieces.moving_fold(
        LIES, arrangements.regions, pieces.polygons, arrangements.flat_pieces
    ),
    "folded_surface": lambda: linear_pieces.folded_surface(
        network, pieces.polygons, arrangements.flat_pieces
    ),
    "folding": lambda: linear_pieces.folding(fold, inside),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


# ---------------------------------------------------------------- the moving fold


@pytest.mark.parametrize("others", range(6))
def test_a_new_fold_in_general_position_makes_one_piece_more_than_there_are_others(others):
    explorer = FIGURES["moving_fold"]()
    explorer.set(others=others, turn="flat /", shift=0.75)
    assert len(explorer.arrays["cut"]) == others + 1
    assert explorer.arrays["total"] == explorer.arrays["most"] == arrangements.flat_pieces(others + 1, 2)


def test_no_lie_turn_or_shift_makes_more_pieces_than_the_formula_allows_nor_more_new_ones():
    explorer = FIGURES["moving_fold"]()
    for lie in LIES:
        for turn in linear_pieces.TURNS:
            for shift in (-1.5, 0.0, 0.75, 2.0):
                arrays = explorer.compute(lie, 5, turn, shift)
                assert arrays["total"] <= arrays["most"]
                assert len(arrays["cut"]) <= 6


@pytest.mark.parametrize(
    ("values", "before", "new"),
    [
        ({"lie": "parallel", "others": 5, "turn": "\\", "shift": 0.5}, 6, 1),
        ({"lie": "parallel", "others": 5, "turn": "\\", "shift": 1.0}, 6, 0),  # it coincides with another
        ({"lie": "parallel", "others": 5, "turn": "/", "shift": 0.0}, 6, 6),
        ({"lie": "through one point", "others": 4, "turn": "flat /", "shift": 0.0}, 8, 2),
        ({"lie": "in general position", "others": 4, "turn": "|", "shift": 2.0}, 11, 3),
        ({"lie": "in general position", "others": 0, "turn": "–", "shift": 0.0}, 1, 1),
    ],
)
def test_special_positions_are_told_exactly(values, before, new):
    explorer = FIGURES["moving_fold"]()
    explorer.set(**values)
    assert f"{before} pieces before, {new} new: {before + new} pieces" in explorer.picture.readout


def test_new_pieces_beside_the_picture_are_counted_and_mentioned():
    explorer = FIGURES["moving_fold"]()
    explorer.set(others=5, turn="steep \\", shift=3.75)
    assert "outside the picture" in explorer.picture.readout


def test_the_names_of_the_turns_are_those_of_the_lines():
    for turn, normal in zip(linear_pieces.TURNS, linear_pieces.NORMALS, strict=True):
        along = np.array([-normal[1], normal[0]])
        slope = along[1] / along[0] if along[0] else np.inf
        assert ("\\" in turn) == (slope < 0)
        assert ("/" in turn) == (0 < slope < np.inf)
        assert ("steep" in turn) == (1 < abs(slope) < np.inf)
        assert ("flat" in turn) == (0 < abs(slope) < 1)


def test_a_click_lays_the_new_fold_through_the_place():
    explorer = FIGURES["moving_fold"]()
    assert explorer.click(2.1, -1.0, explorer.values | {"turn": "|"}) == {"shift": 2.0}
    assert explorer.click(9.0, 9.0, explorer.values | {"turn": "\\"}) == {"shift": 4.0}


def test_three_new_pieces_beside_four_folds_reach_the_goal_and_the_start_does_not():
    explorer = FIGURES["moving_fold"]()
    assert "Not yet" in verdict(explorer)
    assert "Not yet" in verdict(explorer, others=4, turn="|", shift=0.0)
    assert "Right" in verdict(explorer, others=4, turn="|", shift=2.0)
    assert "Not yet" in verdict(explorer, lie="through one point")


def test_six_new_pieces_are_the_answer_to_the_question():
    explorer = FIGURES["moving_fold"]()
    assert explorer.compute("in general position", 5, "flat /", 0.75)["total"] == 16 + 6
    explorer.options.index = 1
    assert "Right" in explorer.prediction.value


# ---------------------------------------------------------------- the folded surface


@pytest.mark.parametrize("folds", range(1, 7))
def test_no_surface_has_more_pieces_than_the_formula_allows(folds):
    explorer = FIGURES["folded_surface"]()
    for seed in range(0, 20, 3):
        for spread in (0.0, 0.25, 1.0):
            arrays = explorer.compute(folds, seed, spread)
            assert len(arrays["pieces"]) <= arrays["most"]
            if spread == 0:
                assert len(arrays["pieces"]) == 2 * folds


def test_the_surface_is_the_graph_of_the_network_and_has_no_gaps():
    arrays = FIGURES["folded_surface"]().compute(5, 1, 0.25)
    corners = np.vstack([one.corners for one in arrays["pieces"]])
    heights = np.concatenate(arrays["heights"])
    (W, b), _, (out, _) = network(5, 1, 0.25)
    F = np.maximum(corners @ W.T + b, 0) @ out[0]
    np.testing.assert_allclose(heights, F / np.abs(F).max(), atol=1e-12)


def test_some_weights_of_five_units_reach_the_goal():
    explorer = FIGURES["folded_surface"]()
    assert "Not yet" in verdict(explorer)
    assert "Right" in verdict(explorer, folds=5, seed=1, spread=0.25)


# ---------------------------------------------------------------- folding


@pytest.mark.parametrize("depth", range(6))
def test_each_layer_doubles_the_pieces(depth):
    explorer = FIGURES["folding"]()
    explorer.set(depth=depth)
    assert f": {2**depth} pieces; one layer of {2 * depth} ReLUs" in explorer.picture.readout


def test_the_shape_is_mirrored_at_each_fold():
    explorer = FIGURES["folding"]()
    for depth in (1, 3):
        shape = explorer.compute(depth)["inside"].reshape(384, 384)
        np.testing.assert_array_equal(shape, shape[::-1])
        np.testing.assert_array_equal(shape, shape[:, ::-1])
    assert not np.array_equal(explorer.compute(0)["inside"].reshape(384, 384)[::-1], shape)


def test_five_layers_are_the_first_that_twenty_units_side_by_side_cannot_match():
    explorer = FIGURES["folding"]()
    assert "Not yet" in verdict(explorer)
    assert "Not yet" in verdict(explorer, depth=4)
    assert "Right" in verdict(explorer, depth=5)
