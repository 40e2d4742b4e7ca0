"""The exercises of ch03/08_more_hidden_units: references against PyTorch, and answers nobody foresaw."""

import numpy as np
import pytest

from dlnotes import exercises, layers
from dlnotes.exercises.registry import cases

torch = pytest.importorskip("torch")


def gradients(f, da, *arrays):
    """The gradients of f(*arrays) by autograd, for the cotangent da."""
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    f(*tensors).backward(torch.tensor(da))
    return tuple(tensor.grad.numpy() for tensor in tensors)


def first_of_the_largest(x, W, b):
    s = torch.einsum("nj,ikj->nik", x, W) + b
    winner = torch.tensor(s.detach().numpy().argmax(axis=2))
    return s.gather(2, winner[:, :, None])[:, :, 0]


def bells(x, W, sigma):
    return torch.exp(-((x[:, None] - W) ** 2).sum(dim=2) / sigma**2)


INDEPENDENT = {
    "swish_pullback": lambda s, da: gradients(torch.nn.functional.silu, da, s),
    "maxout_pullback": lambda x, W, b, da: gradients(first_of_the_largest, da, x, W, b),
    "rbf_pullback": lambda x, W, sigma, da: gradients(bells, da, x, W, sigma),
}


def all_cases(name):
    for seed in range(5):
        yield from cases(exercises.find(name), seed)


@pytest.mark.parametrize("name", INDEPENDENT)
def test_the_reference_agrees_with_pytorch(name):
    for arguments, want in all_cases(name):
        want = want if isinstance(want, tuple) else (want,)
        for one, other in zip(INDEPENDENT[name](*arguments), want, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def in_the_core(layer):
    """An answer that takes the book's own layer apart."""

    def answer(x, *rest):
        *params, da = rest
        dx, grads = layer(x, tuple(params))[1](da)
        return (dx, *grads) if grads else dx

    return answer


@pytest.mark.parametrize(
    ("name", "layer"),
    [("swish_pullback", layers.swish), ("maxout_pullback", layers.maxout), ("rbf_pullback", layers.rbf)],
)
def test_the_layer_of_the_core_is_right_but_not_by_hand(name, layer, request):
    answer = in_the_core(layer)
    answer.__name__ = name
    assert exercises.judge(answer).reason.startswith("it uses dlnotes.layers")
    request.getfixturevalue("by_any_means")
    assert exercises.judge(answer) == ("pass", "")


def loop_over_samples(x, W, b, da):
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros_like(b)
    for n in range(len(x)):
        for i in range(len(W)):
            k = np.argmax(W[i] @ x[n] + b[i])
            dx[n] += da[n, i] * W[i, k]
            dW[i, k] += da[n, i] * x[n]
            db[i, k] += da[n, i]
    return dx, dW, db


def test_a_loop_over_samples_and_units_passes():
    loop_over_samples.__name__ = "maxout_pullback"
    assert exercises.judge(loop_over_samples) == ("pass", "")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("swish_pullback", lambda s, da: da * (s > 0)),
        ("swish_pullback", lambda s, da: da / (1 + np.exp(-1.702 * s))),
        ("maxout_pullback", lambda x, W, b, da: (da @ W.max(axis=1), np.zeros_like(W), np.zeros_like(b))),
        ("rbf_pullback", lambda x, W, sigma, da: (np.zeros_like(x), np.zeros_like(W), np.zeros_like(sigma))),
    ],
)
def test_a_plausible_answer_that_nobody_listed_fails(name, answer):
    answer.__name__ = name
    assert exercises.judge(answer).state == "fail"
