"""Exercises of ch05/09: references against PyTorch and NumPy, and other right answers."""

import numpy as np
import pytest
from reader import drawn, named

from dlnotes.exercises import reference
from dlnotes.exercises.judging import judge

biases, fourier, haar = map(reference, ["border_biases", "correlation_by_fourier", "haar_inverse"])


def test_with_the_biases_pytorchs_layer_answers_a_flat_picture_with_one_number():
    torch = pytest.importorskip("torch")
    for (W, b, value, size), want in drawn("border_biases"):
        flat = torch.full((1, 1, *size), value, dtype=torch.float64)
        padding = tuple(side // 2 for side in W.shape)
        s = torch.nn.functional.conv2d(flat, torch.tensor(W)[None, None], padding=padding)[0, 0].numpy()
        np.testing.assert_allclose(s + want, value * W.sum() + b)
        assert want[size[0] // 2, size[1] // 2] == pytest.approx(b)


def test_the_correlation_is_numpys_and_its_spectrum_that_of_all_windows_around_the_circle():
    for (x, w), (real, imaginary, s) in drawn("correlation_by_fourier"):
        np.testing.assert_allclose(s, np.correlate(x, w, "valid"), atol=1e-12)
        around = np.correlate(np.append(x, x[: len(w) - 1]), w, "valid")
        np.testing.assert_allclose(real + 1j * imaginary, np.fft.fft(around), atol=1e-12)


@pytest.mark.parametrize("lazy", [lambda x, w: np.correlate(x, w, "valid"), lambda x, w: loop(x, w)])
def test_a_correlation_without_a_transform_does_not_pass(lazy):
    assert judge(named(lazy, "correlation_by_fourier")).state == "fail"


def loop(x, w):
    return np.array([sum(w * x[i : i + len(w)]) for i in range(len(x) - len(w) + 1)])


def test_a_spectrum_of_complex_numbers_is_told_what_is_wanted():
    spectrum = named(lambda x, w: (*2 * [np.fft.fft(x) * np.fft.fft(w, len(x)).conj()], loop(x, w)),
                     "correlation_by_fourier")  # fmt: skip
    assert "value 1 of 3 is complex, but real numbers are wanted" in judge(spectrum).reason


def forward(v, levels):
    pieces = []
    for _ in range(levels):
        pieces.append((v[::2] - v[1::2]) / np.sqrt(2))
        v = (v[::2] + v[1::2]) / np.sqrt(2)
    return np.concatenate([v, *pieces[::-1]])


def test_the_inverse_undoes_the_transform():
    rng = np.random.default_rng(0)
    for m, levels in [(128, 3), (12, 2), (16, 4), (6, 1)]:
        v = rng.normal(size=m)
        np.testing.assert_allclose(haar(forward(v, levels), levels), v)


def biases_by_loops(W, b, value, size):
    out, (r, s) = np.full(size, b), (side // 2 for side in W.shape)
    for i, j in np.ndindex(size):
        for down, right in np.ndindex(W.shape):
            row, column = i + down - r, j + right - s
            if not (0 <= row < size[0] and 0 <= column < size[1]):
                out[i, j] += value * W[down, right]
    return out


def turned_kernel(x, w):
    """The turned kernel laid on the circle so that it ends at place 0."""
    m, k = len(x), len(w)
    turned = np.roll(np.append(w[::-1], np.zeros(m - k)), 1 - k)
    spectrum = np.fft.fft(x) * np.fft.fft(turned)
    return spectrum.real, spectrum.imag, np.fft.irfft(spectrum[: m // 2 + 1], m)[: m - k + 1]


def with_a_matrix_of_waves(x, w):
    m, k = len(x), len(w)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(m), np.arange(m)) / m)
    spectrum = (waves @ x) * (waves.conj()[:, :k] @ w)
    return [spectrum.real, spectrum.imag, (waves.conj() @ spectrum).real[: m - k + 1] / m]


def by_matrix(c, levels):
    """With the inverse of the matrix of the transform."""
    columns = []
    for unit in np.eye(len(c)):
        v, pieces = unit, []
        for _ in range(levels):
            v, difference = (v[::2] + v[1::2]) / np.sqrt(2), (v[::2] - v[1::2]) / np.sqrt(2)
            pieces = [difference, *pieces]
        columns.append(np.concatenate([v, *pieces]))
    return np.linalg.solve(np.array(columns).T, c)


def in_place(c, levels):
    """From coarse to fine in one array."""
    v, n = np.array(c), len(c) >> levels
    for _ in range(levels):
        p, q = v[:n] + v[n : 2 * n], v[:n] - v[n : 2 * n]
        v[0 : 2 * n : 2], v[1 : 2 * n : 2] = p / 2**0.5, q / 2**0.5
        n *= 2
    return v


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("border_biases", biases_by_loops),
        ("correlation_by_fourier", turned_kernel),
        ("correlation_by_fourier", with_a_matrix_of_waves),
        ("haar_inverse", by_matrix),
        ("haar_inverse", in_place),
    ],
)
def test_other_right_answers_pass(name, answer):
    assert judge(named(answer, name)) == ("pass", "")
