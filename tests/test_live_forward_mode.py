"""The live figures of forward mode and adjoints: every control is moved, and what they compute is true."""

from fractions import Fraction

import numpy as np
import pytest
from reader import verdict

from dlnotes.live import forward_mode, sweep


def orders(m, n, p, q):
    return (m * n * p, m * p * q), (n * p * q, m * n * q)


def run(n, keep):
    return {
        "kept": list(range(0, n, keep)),
        "again": [i % keep for i in range(n)],
        "forward": (n - 1) // keep * keep,
    }


def evaluations(explorer, n, keep):
    arrays = explorer.compute(n=n, keep=keep)
    return tuple(arrays["costs"][arrays["keep"] - 1])


FIGURES = {
    "product_order": lambda: forward_mode.product_order(orders),
    "store_or_recompute": lambda: forward_mode.store_or_recompute(run),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_of_the_figure_moves_it(name):
    sweep(FIGURES[name]())


@pytest.mark.parametrize("name", FIGURES)
def test_the_goal_is_not_reached_at_the_start(name):
    assert "Not yet" in verdict(FIGURES[name]())


def test_a_single_column_makes_the_input_side_cheaper_where_the_reader_starts():
    explorer = FIGURES["product_order"]()
    left_first, right_first = explorer.compute(**explorer.values | {"q": 1})["costs"].sum(axis=1)
    assert right_first < left_first
    assert explorer.predict.options[explorer.predict.answer] == "A (B C)"


@pytest.mark.parametrize("sizes", [(3, 2, 4, 12), (4, 3, 6, 12), (3, 12, 4, 2)])
def test_four_different_sizes_with_equal_costs_reach_the_goal(sizes):
    m, n, p, q = sizes
    assert Fraction(1, q) + Fraction(1, n) == Fraction(1, m) + Fraction(1, p)
    assert "Right" in verdict(FIGURES["product_order"](), m=m, n=n, p=p, q=q)


def test_equal_sizes_do_not_reach_the_goal():
    explorer = FIGURES["product_order"]()
    assert "two of the four sizes are the same" in verdict(explorer, m=5, n=5, p=5, q=5)
    assert "Not yet" in verdict(explorer, m=1, n=2, p=3, q=4)


def test_the_bars_of_the_orders_are_as_long_as_their_costs():
    explorer = FIGURES["product_order"]()
    explorer.set(m=2, n=3, p=5, q=7)
    bars = [patch.get_width() for patch in explorer.figure.figure.axes[1].patches]
    np.testing.assert_allclose(bars, [30, 105, 70, 42])


def test_all_kept_takes_n_minus_one_evaluations_and_none_kept_a_triangle():
    explorer = FIGURES["store_or_recompute"]()
    for n in (2, 3, 24, 48):
        assert evaluations(explorer, n, 1) == (n, n - 1)
        assert evaluations(explorer, n, n) == (1, n * (n - 1) // 2)


def test_doubling_the_chain_takes_about_four_times_the_evaluations():
    explorer = FIGURES["store_or_recompute"]()
    short, long = (evaluations(explorer, n, n)[1] for n in (24, 48))
    assert (short, long) == (276, 1128)
    assert explorer.predict.options[explorer.predict.answer] == "grow about fourfold"


def test_more_values_kept_than_there_are_is_all_of_them():
    explorer = FIGURES["store_or_recompute"]()
    assert evaluations(explorer, 6, 40) == evaluations(explorer, 6, 6)


@pytest.mark.parametrize(("keep", "words"), [(5, "Right"), (6, "Right"), (4, "Not yet"), (7, "Not yet")])
def test_about_the_square_root_of_the_chain_reaches_the_goal(keep, words):
    assert words in verdict(FIGURES["store_or_recompute"](), n=36, keep=keep)
