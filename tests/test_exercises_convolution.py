"""The exercises of ch05/01 and 02: references checked another way, plausible answers that nobody listed."""

import numpy as np
import pytest
from reader import drawn, named
from scipy import linalg, ndimage, signal

from dlnotes import exercises
from dlnotes.exercises.judging import judge


def test_the_correlation_is_that_of_scipy_and_pytorch():
    torch = pytest.importorskip("torch")
    for (x, w), want in drawn("cross_correlation_2d"):
        np.testing.assert_allclose(signal.correlate2d(x, w, "valid"), want, atol=1e-12)
        theirs = torch.nn.functional.conv2d(torch.tensor(x)[None, None], torch.tensor(w)[None, None])
        np.testing.assert_allclose(theirs[0, 0].numpy(), want, atol=1e-12)


def test_the_matrix_times_a_vector_is_the_correlation_around_a_circle():
    for (w, n), C in drawn("circulant_matrix"):
        v = np.random.default_rng(n).normal(size=n)
        around = np.array([v[np.arange(i, i + len(w)) % n] @ w for i in range(n)])
        np.testing.assert_allclose(C @ v, around, atol=1e-12)
        if len(w) <= n:
            first_column = np.append(w, np.zeros(n - len(w)))[-np.arange(n)]
            np.testing.assert_array_equal(C, linalg.circulant(first_column))


def test_the_bill_is_that_of_a_layer_of_pytorch():
    torch = pytest.importorskip("torch")
    for (h, w, c, k, f), (parameters, products) in drawn("convolution_costs"):
        layer = torch.nn.Conv2d(c, k, f)
        assert sum(part.numel() for part in layer.parameters()) == parameters
        outputs = layer(torch.zeros(1, c, h, w)).numel()
        assert outputs * layer.weight[0].numel() == products
    assert exercises.reference("convolution_costs")(32, 32, 3, 4, 4) == (196, 161_472)


def test_two_passes_are_the_correlation_with_the_product():
    for (x, down, across), want in drawn("separable_filter"):
        full = signal.correlate2d(x, np.outer(down, across), "valid")
        np.testing.assert_allclose(full, want, atol=1e-12)


def test_the_slopes_are_an_eighth_of_scipys():
    for (x,), (across, down) in drawn("sobel_slopes"):
        inside = slice(1, -1), slice(1, -1)
        np.testing.assert_allclose(ndimage.sobel(x, 1)[inside] / 8, across, atol=1e-12)
        np.testing.assert_allclose(ndimage.sobel(x, 0)[inside] / 8, down, atol=1e-12)


def test_the_kernel_is_the_trace_of_autograds_hessian():
    torch = pytest.importorskip("torch")
    sigma, radius = 1.3, 2

    def bell(place):
        return torch.exp(-(place**2).sum() / (2 * sigma**2)) / (2 * np.pi * sigma**2)

    kernel = exercises.reference("laplacian_of_gaussian")(sigma, radius)
    for (i, j), value in np.ndenumerate(kernel):
        place = torch.tensor([i - radius, j - radius], dtype=torch.float64)
        hessian = torch.autograd.functional.hessian(bell, place)
        assert float(torch.trace(hessian)) == pytest.approx(value, abs=1e-14)


def weighted_slopes(x):
    across = [a * (row[2:] - row[:-2]) for row in x for a in (1, 2, 1)]
    down = [a * (column[2:] - column[:-2]) for column in x.T for a in (1, 2, 1)]
    summed = [
        np.array([sum(rows[3 * i + 4 * j] for j in range(3)) / 8 for i in range(len(rows) // 3 - 2)])
        for rows in (across, down)
    ]
    return summed[0], summed[1].T


RIGHT = {
    "cross_correlation_2d": lambda x, w: np.einsum(
        "pquv,uv", np.lib.stride_tricks.sliding_window_view(x, w.shape), w
    ),
    "circulant_matrix": lambda w, n: sum(
        one * np.roll(np.eye(n), j, axis=1) for j, one in enumerate(w)
    ),
    "convolution_costs": lambda h, w, c, k, f: (
        k * (1 + c * f**2), float(k * c * f**2 * np.prod([len(range(n - f + 1)) for n in (h, w)]))
    ),
    "separable_filter": lambda x, down, across: np.array(
        [np.correlate(column, down) for column in np.array([np.correlate(row, across) for row in x]).T]
    ).T,
    "sobel_slopes": weighted_slopes,
    "laplacian_of_gaussian": lambda sigma, radius: np.array([
        [((x * x + y * y) / sigma**4 - 2 / sigma**2) * np.exp(-(x * x + y * y) / 2 / sigma**2)
         / (2 * np.pi * sigma**2) for x in range(-radius, radius + 1)] for y in range(-radius, radius + 1)
    ]),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_another_right_answer_passes(name):
    assert judge(named(RIGHT[name], name)).state == "pass"


WRONG = {
    "cross_correlation_2d": lambda x, w: signal.correlate2d(x, w, "same"),
    "circulant_matrix": lambda w, n: np.eye(n) * w[0],
    "convolution_costs": lambda h, w, c, k, f: ((f * f * c + 1) * k, f * c * k * h * w),
    "separable_filter": lambda x, down, across: signal.convolve2d(x, np.outer(down, across), "valid"),
    "sobel_slopes": lambda x: tuple(slope[1:-1, 1:-1] / 8 for slope in np.gradient(x)),
    "laplacian_of_gaussian": lambda sigma, radius: -np.eye(2 * radius + 1) / sigma**2,
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_plausible_answer_that_nobody_listed_fails(name):
    assert judge(named(WRONG[name], name)).state == "fail"


def test_a_right_answer_that_calls_scipy_is_not_by_hand():
    answer = named(lambda x, w: signal.correlate2d(x, w, "valid"), "cross_correlation_2d")
    verdict = judge(answer)
    assert verdict.state == "fail" and "scipy" in verdict.reason
