"""Exercises of ch05/10: references against PyTorch and a cell with a known filter; other right ways."""

import numpy as np
import pytest

from dlnotes.exercises import find
from dlnotes.exercises.judging import judge
from dlnotes.exercises.registry import cases

torch = pytest.importorskip("torch")


def each(name):
    return [(arguments, find(name).reference(*arguments)) for arguments, _ in cases(find(name))]


def test_complex_cells_are_a_convolution_layer_and_the_length_of_its_two_channels():
    for (x, pair), c in each("complex_cells"):
        s = torch.nn.functional.conv2d(torch.tensor(x)[None, None], torch.tensor(pair)[:, None])[0]
        np.testing.assert_allclose(c, torch.linalg.vector_norm(s, dim=0), atol=1e-12)


def test_the_average_finds_the_filter_of_a_cell():
    rng = np.random.default_rng(0)
    w, stimuli = rng.normal(size=(3, 4)), rng.normal(scale=1.5, size=(200_000, 3, 4))
    responses = 7 + np.tensordot(stimuli, w, axes=2)
    found = find("response_average").reference(stimuli, responses, 1.5**2)
    np.testing.assert_allclose(found, w, atol=0.03)


def complex_cells(x, pair):
    (_, u, v), (h, w) = pair.shape, x.shape
    c = np.zeros((h - u + 1, w - v + 1))
    for p, q in np.ndindex(c.shape):
        window = x[p : p + u, q : q + v]
        c[p, q] = np.hypot(np.sum(pair[0] * window), np.sum(pair[1] * window))
    return c


def response_average(stimuli, responses, variance):
    n = len(stimuli)
    total = sum((r - responses.mean()) * image for r, image in zip(responses, stimuli, strict=True))
    return total / (n * variance)


@pytest.mark.parametrize("answer", [complex_cells, response_average])
def test_other_right_ways_pass(answer):
    assert judge(answer) == ("pass", "")
