"""Exercises of ch05/10_seeing_what_cnns_learn."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _tenths(rng, *shape):
    """Numbers with one decimal, none of them 0: sums of products have two."""
    return rng.choice([-1, 1], size=shape) * rng.integers(1, 30, size=shape) / 10


def _picture_and_pair(rng):
    u, v = int(rng.integers(2, 4)), int(rng.integers(3, 5))
    h, w = u + int(rng.integers(2, 4)), v + int(rng.integers(1, 3))
    return _tenths(rng, h, w), _tenths(rng, 2, u, v)


def _negative_picture(rng):
    x, pair = _picture_and_pair(rng)
    return -np.abs(x), np.abs(pair)


def _picture_of_one_window(rng):
    x, pair = _picture_and_pair(rng)
    return x[: pair.shape[1], : pair.shape[2]], pair


def _second_cell_silent(rng):
    x, pair = _picture_and_pair(rng)
    return x, np.stack([pair[0], 0 * pair[1]])


@exercise(
    "ch05.seeing_what_cnns_learn.complex_cells",
    title="A layer of complex cells",
    points=2,
    sources="GBC 9.10",
    arguments=_picture_and_pair,
    hidden=[_negative_picture, _picture_of_one_window, _second_cell_silent],
    hints=[
        "First the two simple cells: each is a filter, and slides over the picture like a convolution.",
        "At each place that gives two numbers, s0 and s1. How long is the vector (s0, s1)?",
        "Sum filter times window for both filters at each place; then square, add up, take the root.",
    ],
    by_hand=True,
)
def complex_cells(x, pair):
    """A complex cell at every place of x where it fits, from a pair of simple cells; NumPy alone.

    x (h, w), a picture;  pair (2, u, v), filters of simple cells;  returns (h - u + 1, w - v + 1).
    """
    windows = np.lib.stride_tricks.sliding_window_view(x, pair.shape[1:])
    return np.sqrt((np.tensordot(windows, pair, axes=([2, 3], [1, 2])) ** 2).sum(axis=-1))


def _simple_cells(x, pair):
    """Both responses at each place, (p, q, 2)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, pair.shape[1:])
    return np.einsum("pquv,kuv->pqk", windows, pair)


@mistake(
    complex_cells, "the root is missing: that is the energy, which grows with the square of the contrast"
)
def _energy(x, pair):
    return (_simple_cells(x, pair) ** 2).sum(axis=2)


@mistake(complex_cells, "it adds up the two responses as they are: where their signs differ they cancel")
def _plain_sum(x, pair):
    return _simple_cells(x, pair).sum(axis=2)


@mistake(
    complex_cells, "it adds up absolute values: that sum changes with the phase, the root of squares hardly"
)
def _absolute_sum(x, pair):
    return np.abs(_simple_cells(x, pair)).sum(axis=2)


@mistake(complex_cells, "the larger of the two is taken: the root of the sum of the squares is asked for")
def _larger_one(x, pair):
    return np.abs(_simple_cells(x, pair)).max(axis=2)


@mistake(complex_cells, "it has the first simple cell alone")
def _first_cell(x, pair):
    return np.abs(_simple_cells(x, pair)[..., 0])


@mistake(complex_cells, "it squares a mean where a sum is asked for: it is smaller by the root of 2")
def _root_of_mean(x, pair):
    return np.sqrt((_simple_cells(x, pair) ** 2).mean(axis=2))


@mistake(
    complex_cells,
    "the filters are turned round: the cells look at the picture with their filters as they are",
)
def _filters_turned(x, pair):
    return np.sqrt((_simple_cells(x, pair[:, ::-1, ::-1]) ** 2).sum(axis=2))


@mistake(complex_cells, "the pixels are squared before they are summed: a simple cell adds up first")
def _squared_too_early(x, pair):
    windows = np.lib.stride_tricks.sliding_window_view(x, pair.shape[1:])
    return np.sqrt(np.einsum("pquv,kuv->pq", windows**2, pair**2))


@mistake(complex_cells, "negative responses are cut off: a complex cell answers to dark and bright alike")
def _rectified(x, pair):
    return np.sqrt((np.maximum(0, _simple_cells(x, pair)) ** 2).sum(axis=2))


def _noise_and_responses(rng):
    """White noise of some strength, and responses with an offset."""
    n, h, w = int(rng.integers(6, 12)), int(rng.integers(2, 4)), int(rng.integers(4, 6))
    spread = float(rng.integers(2, 5)) / 2
    return rng.normal(scale=spread, size=(n, h, w)), rng.normal(3.0, 2.0, size=n), spread**2


def _no_offset(rng):
    stimuli, responses, variance = _noise_and_responses(rng)
    return stimuli, responses - responses.mean(), variance


def _large_offset(rng):
    stimuli, responses, variance = _noise_and_responses(rng)
    return stimuli, responses + 50, variance


def _strong_noise(rng):
    stimuli, responses, variance = _noise_and_responses(rng)
    return 4 * stimuli, responses, 16 * variance


@exercise(
    "ch05.seeing_what_cnns_learn.average",
    title="The filter from an average",
    points=2,
    sources="GBC 9.10",
    arguments=_noise_and_responses,
    hidden=[_no_offset, _large_offset, _strong_noise],
    hints=[
        "What does the response have in common with one pixel? Their covariance tells.",
        "For white noise the covariance of the response with a pixel is its weight, times the variance.",
        "Take the mean off the responses, weigh each stimulus with what is left, average, and divide.",
    ],
    by_hand=True,
)
def response_average(stimuli, responses, variance):
    """The filter (h, w) of a cell: covariance of response and pixel, by the variance; NumPy alone.

    stimuli (n, h, w), white noise of mean 0 and this variance;  responses (n,), with an offset.
    The covariance is a mean over the n stimuli.
    """
    left = responses - responses.mean()
    return np.tensordot(left, stimuli, axes=1) / len(responses) / variance


def _weighed(weights, stimuli):
    return np.einsum("n,nhw->hw", weights, stimuli)


@mistake(
    response_average, "the offset is still in the responses: it weighs all stimuli alike, which adds noise"
)
def _with_offset(stimuli, responses, variance):
    return _weighed(responses, stimuli) / len(stimuli) / variance


@mistake(response_average, "it is a sum over the stimuli: twice as many would give twice the filter")
def _summed_stimuli(stimuli, responses, variance):
    return _weighed(responses - responses.mean(), stimuli) / variance


@mistake(response_average, "it is not divided by the variance: stronger noise would give a stronger filter")
def _without_variance(stimuli, responses, variance):
    return _weighed(responses - responses.mean(), stimuli) / len(stimuli)


@mistake(response_average, "it is divided by the standard deviation: the covariance has the variance in it")
def _by_deviation(stimuli, responses, variance):
    return _weighed(responses - responses.mean(), stimuli) / len(stimuli) / np.sqrt(variance)


@mistake(response_average, "it multiplies by the variance, which makes strong noise count twice")
def _times_variance(stimuli, responses, variance):
    return _weighed(responses - responses.mean(), stimuli) / len(stimuli) * variance


@mistake(response_average, "it averages the stimuli without their responses: of white noise nothing is left")
def _stimuli_alone(stimuli, responses, variance):
    return stimuli.mean(axis=0) / variance


@mistake(
    response_average, "it averages the stimuli with a response above the mean: how far above counts, too"
)
def _above_the_mean(stimuli, responses, variance):
    return stimuli[responses > responses.mean()].mean(axis=0) / variance


@mistake(response_average, "it is divided by the variance of the responses: that of the pixels is asked for")
def _by_spread_of_responses(stimuli, responses, variance):
    return _weighed(responses - responses.mean(), stimuli) / len(stimuli) / responses.var()


@mistake(
    response_average,
    "it divides by the variance of just these stimuli: that of the noise is known, and given",
)
def _by_variance_of_the_stimuli(stimuli, responses, variance):
    return _weighed(responses - responses.mean(), stimuli) / len(stimuli) / stimuli.var()


@mistake(
    response_average, "it divides each pixel by its own variance: that of the noise is one number, and given"
)
def _by_variance_of_each_pixel(stimuli, responses, variance):
    return _weighed(responses - responses.mean(), stimuli) / len(stimuli) / stimuli.var(axis=0)


@mistake(response_average, "it solves a linear system, as above: for white noise an average is enough")
def _least_squares(stimuli, responses, variance):
    design = np.column_stack([stimuli.reshape(len(stimuli), -1), np.ones(len(stimuli))])
    return np.linalg.lstsq(design, responses)[0][:-1].reshape(stimuli.shape[1:])


@mistake(response_average, "it divides by n - 1: a mean over the n stimuli is asked for")
def _one_less(stimuli, responses, variance):
    return _weighed(responses - responses.mean(), stimuli) / (len(stimuli) - 1) / variance
