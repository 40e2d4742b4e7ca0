"""Initial parameters have the shapes and the variances that their docstrings promise."""

import numpy as np
import pytest

from dlnotes.initialization import glorot, he, lecun, normal, zeros

INITS = pytest.mark.parametrize(
    ("init", "variance"),
    [(zeros, 0), (normal, 0.01**2), (lecun, 1 / 300), (glorot, 2 / (300 + 500)), (he, 2 / 300)],
)


@INITS
def test_weights_are_out_by_in_with_mean_0_and_the_promised_variance(init, variance):
    W, b = init(np.random.default_rng(0), 300, 500)
    assert (W.shape, b.shape) == ((500, 300), (500,))
    assert not b.any()
    np.testing.assert_allclose(W.var(), variance, rtol=0.02)  # the standard error is 0.004
    np.testing.assert_allclose(W.mean(), 0, atol=0.02 * np.sqrt(variance))


@INITS
def test_the_same_seed_gives_the_same_weights(init, variance):
    first, again = (init(np.random.default_rng(5), 4, 3)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)


@INITS
@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (2.0, 3)])
def test_sizes_that_are_no_counts_are_refused(init, variance, sizes):
    with pytest.raises(ValueError, match=r"^fan_(in|out): got .*, want a whole number >= 1$"):
        init(np.random.default_rng(0), *sizes)


def test_the_spread_of_normal_weights_is_an_option():
    W, _ = normal(np.random.default_rng(0), 300, 500, std=2.0)
    np.testing.assert_allclose(W.std(), 2, rtol=0.01)
