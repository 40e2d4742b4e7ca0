"""The exercises of ch03/02_multilayer_perceptron: against PyTorch, answers nobody foresaw, and by hand."""

import os
import subprocess
import sys

import numpy as np
import pytest
from sandboxed import need_sandbox

from dlnotes import exercises
from dlnotes.exercises import judge
from dlnotes.exercises.registry import cases
from dlnotes.grading import examine, package

torch = pytest.importorskip("torch")
BACKWARD = "ch03.multilayer_perceptron.backward"
SEEDS = (0, 3, (83122, 7))
BY_HAND = """
import numpy as np

def softmax(s):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def mlp_backward(params, x, labels):
    # torch would do this in one line: loss.backward()
    layers, a = [], x  # not dlnotes.layers
    for k in range(0, len(params), 2):
        W, b = params[k], params[k + 1]
        layers.append((W, a))
        s = np.einsum("ij,nj->ni", W, a) + b
        a = np.tanh(s)
    delta = softmax(s)
    delta[np.arange(len(x)), labels] -= 1
    delta /= len(x)
    grads = []
    while layers:
        W, a = layers.pop()
        grads = [np.einsum("ni,nj->ij", delta, a), delta.sum(0)] + grads
        delta = np.einsum("ni,ij->nj", delta, W) * (1 - a * a)
    return grads
"""
BY_PULLBACKS = """
import numpy as np
from dlnotes import losses

def network(depth):
    from dlnotes.layers import chain, mlp, tanh
    return chain(*mlp(depth, tanh))

def mlp_backward(params, x, labels):
    pairs = [params[k:k + 2] for k in range(0, len(params), 2)]
    nested = [pairs[0]]
    for pair in pairs[1:]:
        nested += [(), pair]
    s, back = network(len(pairs))(x, tuple(nested))
    _, grads = back(losses.cross_entropy(s, labels)[1])
    return [part for pair in grads for part in pair]
"""


def mlp_by_autograd(params, x, labels):
    tensors = [torch.tensor(each, requires_grad=True) for each in params]
    a = torch.tensor(x)
    for k in range(0, len(tensors), 2):
        s = torch.nn.functional.linear(a, tensors[k], tensors[k + 1])
        a = torch.tanh(s)
    torch.nn.functional.cross_entropy(s, torch.tensor(labels)).backward()
    return tuple(each.grad.numpy() for each in tensors)


def softmax_by_autograd(a, da):
    s = torch.tensor(np.log(a), requires_grad=True)
    torch.softmax(s, dim=1).backward(torch.tensor(da))
    return s.grad.numpy()


def unit_by_autograd(a, w, delta):
    s = torch.tensor(np.log(a / (1 - a)), requires_grad=True)
    (torch.sigmoid(s) * torch.tensor(w)).backward(torch.tensor(delta))
    return s.grad.numpy()


def counts_of_modules(sizes):
    linear = [torch.nn.Linear(int(j), int(i)) for j, i in zip(sizes[:-1], sizes[1:], strict=True)]
    parameters = sum(each.numel() for layer in linear for each in layer.parameters())
    return parameters, parameters + sum(layer.out_features for layer in linear)


INDEPENDENT = {
    "fully_connected_counts": counts_of_modules,
    "logistic_unit_delta": unit_by_autograd,
    "softmax_output_delta": softmax_by_autograd,
    "mlp_backward": mlp_by_autograd,
}


def named(name, answer):
    def reader(*given):
        return answer(*given)

    reader.__name__ = name
    return reader


def written(text, name="mlp_backward"):
    """The function of the reader who wrote this in a notebook."""
    scope = {"__name__": "__main__"}
    exec(text, scope)
    return scope[name]


@pytest.mark.parametrize("name", INDEPENDENT)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_reference_agrees_with_pytorch(name, seed):
    for arguments, want in cases(exercises.find(name), seed):
        got = INDEPENDENT[name](*arguments)
        for one, other in zip(got, want, strict=True) if isinstance(want, tuple) else [(got, want)]:
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("fully_connected_counts", lambda sizes: (np.prod(sizes), sizes.sum()), ""),
        ("fully_connected_counts", lambda sizes: sum(sizes[1:] * (sizes[:-1] + 1)), "2 values are wanted"),
        ("fully_connected_counts", lambda sizes: counts_of_modules(sizes)[::-1], "swapped"),
        ("logistic_unit_delta", lambda a, w, delta: a * (1 - a) * sum(w) * sum(delta), "wrong"),
        ("logistic_unit_delta", lambda a, w, delta: a * (a - 1) * (w @ delta), "sign"),
        ("softmax_output_delta", lambda a, da: a - (da > 0), "wrong"),
        ("softmax_output_delta", lambda a, da: softmax_by_autograd(a.T, da.T).T, ""),
        ("softmax_output_delta", lambda a, da: a * (1 - a) * da, "that is the printed rule"),
        ("mlp_backward", lambda *given: mlp_by_autograd(*given)[::2], "values are wanted"),
        ("mlp_backward", lambda *given: mlp_by_autograd(*given)[::-1], ""),
        (
            "mlp_backward",
            lambda params, x, y: mlp_by_autograd(params[:-1] + (0 * params[-1],), x, y),
            "wrong",
        ),
        ("mlp_backward", lambda params, x, y: [None] * len(params), "values are wanted"),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong(name, answer, told):
    verdict = judge(named(name, answer))
    assert verdict.state == "fail" and told in verdict.reason


@pytest.mark.usefixtures("by_any_means")
@pytest.mark.parametrize("name", INDEPENDENT)
def test_a_right_answer_passes_however_it_is_written(name):
    assert all(judge(named(name, INDEPENDENT[name]), seed) == ("pass", "") for seed in SEEDS)


# ---------------------------------------------------------------- by hand


def test_a_backward_pass_by_hand_may_mention_torch_and_have_a_variable_called_layers():
    assert judge(written(BY_HAND)) == ("pass", "")


@pytest.mark.parametrize(
    ("answer", "used"),
    [
        (named("mlp_backward", mlp_by_autograd), "torch"),
        (written(BY_PULLBACKS), "dlnotes.l"),
    ],
)
def test_a_right_backward_pass_that_is_not_by_hand_fails_and_is_told_what_it_uses(answer, used):
    verdict = judge(answer)
    assert verdict.state == "fail" and f"uses {used}" in verdict.reason
    assert "to be written by hand" in verdict.reason


def test_the_pullbacks_would_have_been_right():
    answer = written(BY_PULLBACKS)
    for arguments, want in cases(exercises.find("mlp_backward")):
        for one, other in zip(answer(*arguments), want, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-12)


def test_the_student_edition_refuses_them_as_well(tmp_path):
    package.student_tree(tmp_path)
    check = "check(mlp_backward)"
    script = "\n".join(["from dlnotes.exercises import check", BY_PULLBACKS, check, BY_HAND, check])
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(tmp_path), "DLNOTES_PROGRESS": str(tmp_path / "progress")},
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    refused, passed = done.stdout.splitlines()
    assert refused.startswith("✗ mlp_backward: fail - it uses network, which uses dlnotes.l")
    assert passed.startswith("✓ mlp_backward: pass")


@pytest.mark.parametrize(
    ("text", "before", "state", "reason"),
    [
        (BY_HAND, "import torch\nfrom dlnotes import layers", "pass", ""),
        (BY_PULLBACKS, "", "fail", "it uses network, which uses dlnotes.l"),
        (
            BY_HAND.replace("np.tanh(s)", "f.tanh(s)[0]"),
            "import dlnotes.layers as f",
            "fail",
            "it uses dlnotes",
        ),
        (BY_HAND.replace("np.tanh(s)", "f(s)"), "exec('import numpy; f = numpy.tanh')", "fail", "it uses f:"),
    ],
    ids=["by hand", "by pullbacks", "by a layer of ours", "by something that no cell explains"],
)
def test_grading_refuses_what_check_refuses(text, before, state, reason):
    need_sandbox()
    page = {
        "name": "02_multilayer_perceptron", "file": "02_multilayer_perceptron.ipynb", "cells": [before, text],
        "answers": {BACKWARD: 1}, "questions": {}, "notes": [], "exercises": [BACKWARD],
    }  # fmt: skip
    unit = {"student": "ada", "assignment": "ch03", "pages": [page], "seed": [83122]}
    (found,) = examine.examine(unit)["pages"]
    verdict = found["verdicts"][BACKWARD]
    assert verdict["state"] == state and verdict["reason"].startswith(reason)
