"""Exercises of ch03/04: the references against PyTorch, and plausible answers that nobody listed."""

import numpy as np
import pytest

from dlnotes.exercises import find, judging, reference
from dlnotes.exercises.registry import cases


def drawn(name):
    return [arguments for arguments, _ in cases(find(name))]


def tensors(*arrays):
    torch = pytest.importorskip("torch")
    return [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays]


def test_the_way_back_through_a_gram_matrix_is_pytorch_s():
    torch = pytest.importorskip("torch")
    for A, G in drawn("gram_bprop"):
        (a,) = tensors(A)
        (a @ a.T).backward(torch.tensor(G))
        np.testing.assert_allclose(reference("gram_bprop")(A, G), a.grad.numpy(), rtol=1e-10, atol=1e-10)


def test_the_repaired_list_is_pytorch_s():
    torch = pytest.importorskip("torch")
    for arguments in drawn("decayed_unit_gradients"):
        x, w, b, t, lam = tensors(*arguments)
        ((torch.sigmoid(w * x + b) - t) ** 2 / 2 + lam * w**2 / 2).backward()
        got = reference("decayed_unit_gradients")(*arguments)
        np.testing.assert_allclose(got, [w.grad.item(), b.grad.item()], rtol=1e-10, atol=1e-12)


def test_the_sweep_is_pytorch_s_on_sums_of_scaled_nodes():
    for parents, slopes in drawn("backward_sweep"):
        nodes = []
        for made, scale in zip(parents, slopes, strict=True):
            if made:
                nodes.append(sum(slope * nodes[parent] for parent, slope in zip(made, scale, strict=True)))
            else:
                nodes += tensors(1.0)
            nodes[-1].retain_grad()
        nodes[-1].backward()
        want = [0.0 if node.grad is None else node.grad.item() for node in nodes]
        np.testing.assert_allclose(reference("backward_sweep")(parents, slopes), want, rtol=1e-10, atol=1e-12)


def test_without_ties_the_max_gate_is_pytorch_s():
    torch = pytest.importorskip("torch")
    for x, dy in drawn("max_gate_back"):
        (tensor,) = tensors(x)
        tensor.max(dim=1).values.backward(torch.tensor(dy))
        won = (x == x.max(axis=1, keepdims=True)).sum(axis=1) == 1
        got = reference("max_gate_back")(x, dy)
        np.testing.assert_array_equal(got[won], tensor.grad.numpy()[won])
        assert not got[~won].any()


def test_the_cases_have_what_the_text_insists_on():
    tops = [(x == x.max(axis=1, keepdims=True)).sum(axis=1) for x, _ in drawn("max_gate_back")]
    assert {1, 2, 3} <= set(np.concatenate(tops))
    graphs = [parents for parents, _ in drawn("backward_sweep")]
    assert any(len(set(made)) < len(made) for parents in graphs for made in parents)
    assert any(set(range(len(parents) - 1)) - {one for made in parents for one in made} for parents in graphs)


def gathered(parents, slopes):
    """GBC (6.49) as it stands: each node asks its consumers."""
    n = len(parents)
    grads = [0.0] * (n - 1) + [1.0]
    for j in range(n - 2, -1, -1):
        for i in range(j + 1, n):
            grads[j] += sum(grads[i] * slopes[i][k] for k in range(len(parents[i])) if parents[i][k] == j)
    return np.array(grads)


def by_matrix(parents, slopes):
    """All paths at once: (1 - S)^-1, where S[i, j] is the slope of i by j."""
    S = np.zeros((len(parents), len(parents)))
    for i, made in enumerate(parents):
        np.add.at(S[i], list(made), slopes[i])
    return np.linalg.inv(np.eye(len(parents)) - S)[-1]


def by_sorting(x, dy):
    dx = np.zeros(x.shape)
    for row, order in enumerate(x.argsort(axis=1)):
        if x[row, order[-1]] > x[row, order[-2]]:
            dx[row, order[-1]] = dy[row]
    return dx


def entry_by_entry(A, G):
    return np.einsum("nm,md->nd", G, A) + np.einsum("mn,md->nd", G, A)


def stepwise(x, w, b, t, lam):
    y = 1 / (1 + np.exp(-(w * x + b)))
    g = y - t
    dm = y * (1 - y) * g
    return x * dm + w * lam, dm


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("backward_sweep", gathered),
        ("backward_sweep", by_matrix),
        ("max_gate_back", by_sorting),
        ("gram_bprop", entry_by_entry),
        ("decayed_unit_gradients", stepwise),
    ],
)
def test_another_way_to_the_right_answer_passes(name, answer, monkeypatch):
    monkeypatch.setattr(answer, "__name__", name)
    assert judging.judge(answer).state == "pass"


def drops_the_last_row(x, dy):
    dx = reference("max_gate_back")(x, dy)
    dx[-1] = 0
    return dx


def skips_inputs(parents, slopes):
    grads = reference("backward_sweep")(parents, slopes)
    return np.array([grad if made else 0.0 for grad, made in zip(grads, parents, strict=True)])


def of_the_cross_entropy(x, w, b, t, lam):
    dz = 1 / (1 + np.exp(-(w * x + b))) - t
    return dz * x + lam * w, dz


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("max_gate_back", drops_the_last_row),
        ("backward_sweep", skips_inputs),
        ("decayed_unit_gradients", of_the_cross_entropy),
        ("gram_bprop", lambda A, G: np.tril(G + G.T) @ A),
    ],
)
def test_a_wrong_answer_that_nobody_listed_fails(name, answer, monkeypatch):
    monkeypatch.setattr(answer, "__name__", name)
    assert judging.judge(answer).state == "fail"
