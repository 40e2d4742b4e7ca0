"""The exercises on forward mode, adjoints, Jacobians and Hessians: their references against PyTorch."""

import numpy as np
import pytest
from reader import fits_and_is_wrong

from dlnotes.exercises import find
from dlnotes.exercises.registry import cases

torch = pytest.importorskip("torch")


def drawn(name, seed=3):
    """The arguments and wants of an exercise, with the arguments as tensors."""
    for arguments, want in cases(find(name), seed):
        yield [tensors(each) for each in arguments], want


def tensors(argument):
    if isinstance(argument, tuple):
        return tuple(map(tensors, argument))
    return torch.tensor(argument) if isinstance(argument, np.ndarray) else argument


def test_network_tangent_is_the_jvp_of_pytorch():
    for (x, dx, W1, b1, W2, b2), want in drawn("network_tangent"):
        network = lambda x: torch.tanh(x @ W1.T + b1) @ W2.T + b2  # noqa: E731, B023
        for one, other in zip(torch.autograd.functional.jvp(network, x, dx), want, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-12)


def test_adjoint_gradient_is_that_of_autograd():
    for (E, b, c, db, dE), want in drawn("adjoint_gradient"):
        p = torch.zeros(len(want), dtype=float, requires_grad=True)
        (c @ torch.linalg.solve(E + torch.tensordot(p, dE, 1), b + db @ p)).backward()
        np.testing.assert_allclose(p.grad, want, rtol=1e-10, atol=1e-12)


def test_recurrence_gradient_is_that_of_autograd():
    for (W, v, x, c), want in drawn("recurrence_gradient"):
        W.requires_grad_(), x.requires_grad_()
        for row in x:
            v = torch.tanh(W @ v + row)
        (c @ v).backward()
        np.testing.assert_allclose(W.grad, want[0], atol=1e-12)
        np.testing.assert_allclose(x.grad, want[1], atol=1e-12)


def test_network_jacobian_is_that_of_pytorch():
    for (x, W1, b1, W2, b2), want in drawn("network_jacobian"):
        network = lambda x: torch.tanh(x @ W1.T + b1) @ W2.T + b2  # noqa: E731, B023
        for sample, own in zip(x, want, strict=True):
            np.testing.assert_allclose(torch.autograd.functional.jacobian(network, sample), own, atol=1e-12)


def test_deep_layer_derivative_is_that_of_autograd():
    for (v, A, b, n), want in drawn("deep_layer_derivative"):

        def network(matrix):
            out = v  # noqa: B023
            for layer, bias in enumerate(b):  # noqa: B023
                out = (matrix if layer == n - 1 else A[layer]) @ out + bias  # noqa: B023
                out = out if layer == len(A) - 1 else torch.relu(out)  # noqa: B023
            return out

        np.testing.assert_allclose(torch.autograd.functional.jacobian(network, A[n - 1]), want, atol=1e-12)


def test_tanh_hessian_vector_is_that_of_double_backprop():
    for (W, u, x, y, V, q), want in drawn("tanh_hessian_vector"):

        def risk(W, u):
            return ((torch.tanh(x @ W.T) @ u - y) ** 2).sum() / 2  # noqa: B023

        _, products = torch.autograd.functional.hvp(risk, (W, u), (V, q))
        for one, other in zip(products, want, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-10)


WRONG = {  # right shape, wrong numbers, and on nobody's list
    "adjoint_gradient": lambda E, b, c, db, dE: c @ np.linalg.inv(E) @ (db - (dE @ b).T / 2),
    "network_jacobian": lambda x, W1, b1, W2, b2: np.einsum(
        "kh,nh,hd->nkd", W2, 1 / (1 + np.abs(x @ W1.T + b1)), W1
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_plausible_answer_that_nobody_listed_fails(name):
    assert fits_and_is_wrong(name, WRONG[name])
