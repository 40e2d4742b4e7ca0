"""The exercises of ch03/07_activation_functions: references against PyTorch, and answers nobody foresaw."""

import numpy as np
import pytest

from dlnotes import exercises
from dlnotes.exercises.registry import cases

torch = pytest.importorskip("torch")
F = torch.nn.functional


def pulled_back(f, da, *arrays):
    """f(*arrays) and its gradients by autograd for the cotangent da."""
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    a = f(*tensors)
    a.backward(torch.tensor(da))
    return [a.detach().numpy(), *(tensor.grad.numpy() for tensor in tensors)]


def scaled_sigmoid(a, da):
    with np.errstate(divide="ignore"):
        s = 2 * np.arctanh(a)
    return pulled_back(lambda s: 2 * torch.sigmoid(s) - 1, da, np.clip(s, -800, 800))[1]


INDEPENDENT = {
    "scaled_sigmoid_pullback": scaled_sigmoid,
    "elu_repaired": lambda s, da, alpha: tuple(pulled_back(lambda s: F.elu(s, alpha), da, s)),
    "prelu_pullback": lambda s, alpha, da: tuple(pulled_back(F.prelu, da, s, alpha)[1:]),
}


@pytest.mark.parametrize("name", INDEPENDENT)
def test_the_reference_agrees_with_pytorch(name):
    for seed in range(5):
        for arguments, want in cases(exercises.find(name), seed):
            got = INDEPENDENT[name](*arguments)
            pairs = zip(got, want, strict=True) if isinstance(want, tuple) else [(got, want)]
            for one, other in pairs:
                np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def judged(name, answer):
    answer.__name__ = name
    return exercises.judge(answer)


RIGHT = {  # other ways to be right
    "scaled_sigmoid_pullback": lambda a, da: 2 * da * (1 + a) / 2 * (1 - (1 + a) / 2),
    "elu_repaired": lambda s, da, alpha: (
        np.where(s > 0, s, alpha * (np.exp(s) - 1)),
        np.where(s > 0, da, da * alpha * np.exp(s)),
    ),
    "prelu_pullback": lambda s, alpha, da: [
        da * ((s > 0) + alpha * (s <= 0)),
        np.einsum("nk,nk->k", da, s * (s < 0)),
    ],
}


@pytest.mark.parametrize("name", RIGHT)
def test_another_way_to_write_it_passes(name):
    assert judged(name, RIGHT[name]) == ("pass", "")


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("scaled_sigmoid_pullback", lambda a, da: da * (1 - np.abs(a)), "is wrong in"),
        ("elu_repaired", lambda s, da, alpha: np.where(s > 0, s, alpha * np.expm1(s)), "2 values are wanted"),
        ("prelu_pullback", lambda s, alpha, da: np.where(s > 0, da, alpha * da), "2 values are wanted"),
        ("prelu_pullback", lambda s, alpha, da: (da * (s > 0), da * np.minimum(s, 0)), "value 1 of 2"),
    ],
)
def test_a_plausible_answer_that_nobody_listed_fails(name, answer, words):
    verdict = judged(name, answer)
    assert verdict.state == "fail"
    assert words in verdict.reason
