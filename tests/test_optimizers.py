"""Rules against PyTorch and their papers; packing and unpacking."""

from functools import partial
from typing import NamedTuple

import numpy as np
import pytest

from dlnotes.optimizers import adam, leaves, momentum, newton, pack, scheduled, sgd

RNG = np.random.default_rng(11)
HESSIAN = np.array(
    [[3.0, 0.4, 0.1], [0.4, 2.0, 0.3], [0.1, 0.3, 1.0]]
)  # of a quadratic with its minimum at 0
START = np.array([1.5, -0.7, 0.3])


class Damped:
    """What PyTorch lacks: theta <- theta - (20 H)^-1 g."""

    def __init__(self, torch, tensors):
        (self.tensor,), self.H, self.torch = tensors, torch.tensor(20 * HESSIAN), torch

    def zero_grad(self):
        self.tensor.grad = None

    def step(self):
        with self.torch.no_grad():
            self.tensor -= self.torch.linalg.solve(self.H, self.tensor.grad)


# name, our rule, the optimizer of PyTorch that takes the same steps
CASES = [
    ("sgd", partial(sgd, lr=0.05), lambda torch, p: torch.optim.SGD(p, lr=0.05)),
    (
        "momentum",
        partial(momentum, lr=0.3, beta=0.8),
        lambda torch, p: torch.optim.SGD(p, lr=0.3 * (1 - 0.8), momentum=0.8),
    ),
    ("adam", partial(adam, lr=0.05), lambda torch, p: torch.optim.Adam(p, lr=0.05)),
    (
        "adam with other knobs",
        partial(adam, lr=0.02, beta1=0.7, beta2=0.95, eps=1e-3),
        lambda torch, p: torch.optim.Adam(p, lr=0.02, betas=(0.7, 0.95), eps=1e-3),
    ),
    ("newton", partial(newton, hessian=lambda theta: 20 * HESSIAN), Damped),
]
RULES = pytest.mark.parametrize(
    ("rule", "reference"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)


@RULES
def test_fifty_steps_are_those_of_pytorch(rule, reference):
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(START, requires_grad=True)
    optimizer = reference(torch, [tensor])
    theta, state = START, None
    for _ in range(50):
        theta, state = rule(theta, HESSIAN @ theta, state)
        optimizer.zero_grad()
        (0.5 * tensor @ torch.tensor(HESSIAN) @ tensor).backward()
        optimizer.step()
        np.testing.assert_allclose(theta, tensor.detach().numpy(), rtol=1e-12, atol=1e-14)


@RULES
def test_float32_stays_float32_in_theta_and_state(rule, reference):
    theta, state = START.astype(np.float32), None
    for _ in range(3):
        theta, state = rule(theta, HESSIAN.astype(np.float32) @ theta, state)
    remembered = (
        [state] if isinstance(state, np.ndarray) else [m for m in state or () if isinstance(m, np.ndarray)]
    )
    assert {array.dtype.name for array in [theta, *remembered]} == {"float32"}


@RULES
def test_rules_change_nothing_in_place(rule, reference):
    theta, grad, state = START.copy(), HESSIAN @ START, None
    for array in (theta, grad):
        array.setflags(write=False)
    _, state = rule(theta, grad, state)
    once, _ = rule(theta, grad, state)
    again, _ = rule(theta, grad, state)
    np.testing.assert_array_equal(once, again)


def test_first_adam_step_has_length_lr_in_every_coordinate():
    theta, _ = adam(np.zeros(3), np.array([3.0, -0.01, 500.0]), lr=0.1)
    np.testing.assert_allclose(theta, [-0.1, 0.1, -0.1], rtol=1e-5)


def test_momentum_averages_the_gradients_with_weights_that_sum_to_one():
    theta, state = np.zeros(1), None
    for _ in range(300):
        theta, state = momentum(theta, np.array([2.0]), state, beta=0.9)
    np.testing.assert_allclose(state, 2.0, rtol=1e-12)


def test_one_newton_step_solves_a_quadratic():
    theta, _ = newton(START, HESSIAN @ START, hessian=lambda theta: HESSIAN)
    np.testing.assert_allclose(theta, 0, atol=1e-14)


def test_newton_goes_to_a_saddle():
    saddle = np.diag([2.0, -2.0])
    theta, _ = newton(np.array([1.0, 0.5]), saddle @ [1.0, 0.5], hessian=lambda theta: saddle)
    np.testing.assert_array_equal(theta, [0, 0])


def test_newton_refuses_a_singular_or_misshapen_hessian():
    with pytest.raises(ValueError, match="^hessian: got a singular matrix, want an invertible one$"):
        newton(START, START, hessian=lambda theta: np.zeros((3, 3)))
    with pytest.raises(ValueError, match=r"^hessian: got shape \(3,\), want \(3, 3\)$"):
        newton(START, START, hessian=lambda theta: theta)


def test_a_scheduled_rule_takes_the_learning_rate_of_its_step():
    rule = scheduled(sgd, lambda t: 1 / (1 + t))
    theta, state, path = np.zeros(1), None, []
    for _ in range(3):
        theta, state = rule(theta, np.ones(1), state)
        path.append(theta[0])
    np.testing.assert_allclose(path, [-1, -1 - 1 / 2, -1 - 1 / 2 - 1 / 3])


def test_a_scheduled_rule_keeps_the_state_of_the_rule_inside():
    constant = scheduled(adam, lambda t: 0.05)
    theta, state, plain, plain_state = START, None, START, None
    for _ in range(5):
        theta, state = constant(theta, HESSIAN @ theta, state)
        plain, plain_state = adam(plain, HESSIAN @ plain, plain_state, lr=0.05)
    np.testing.assert_array_equal(theta, plain)


def test_a_scheduled_rule_keeps_float32_when_the_schedule_returns_a_numpy_float():
    theta, _ = scheduled(sgd, lambda t: np.cos(t))(np.ones(2, np.float32), np.ones(2, np.float32))
    assert theta.dtype == np.float32


def nest():
    """Parameters as they come: tuples and lists in each other, nothing in some."""
    return [(RNG.normal(size=(3, 2)), RNG.normal(size=3)), (), [[(RNG.normal(size=(2, 2, 2)),)], ()]]


def test_unpack_undoes_pack():
    params = nest()
    theta, unpack = pack(params)
    again = unpack(theta)
    assert theta.shape == (3 * 2 + 3 + 8,)
    assert [type(branch) for branch in again] == [tuple, tuple, list]
    assert again[1] == ()
    for one, other in zip(leaves(params), leaves(again), strict=True):
        np.testing.assert_array_equal(one, other)


class Layer(NamedTuple):
    W: np.ndarray
    b: np.ndarray


def test_named_tuples_keep_their_names():
    params = [Layer(RNG.normal(size=(2, 3)), RNG.normal(size=2)), ()]
    theta, unpack = pack(params)
    again = unpack(2 * theta)
    assert type(again[0]) is Layer
    np.testing.assert_array_equal(again[0].W, 2 * params[0].W)
    np.testing.assert_array_equal(again[0].b, 2 * params[0].b)


def test_unpacked_arrays_are_views_and_theta_is_a_copy():
    params = nest()
    theta, unpack = pack(params)
    assert all(np.shares_memory(theta, array) for array in leaves(unpack(theta)))
    assert not any(np.shares_memory(theta, array) for array in leaves(params))


def test_theta_of_a_single_array_is_a_copy_too():
    W = RNG.normal(size=(2, 3))
    theta, unpack = pack(W)
    assert not np.shares_memory(theta, W)
    np.testing.assert_array_equal(unpack(theta), W)


def test_no_parameters_make_an_empty_theta():
    theta, unpack = pack([(), ()])
    assert theta.shape == (0,)
    assert unpack(theta) == [(), ()]


def test_unpack_refuses_a_theta_of_another_size():
    _, unpack = pack(nest())
    with pytest.raises(ValueError, match=r"^theta: got shape \(16,\), want \(17,\)$"):
        unpack(np.zeros(16))


def test_pack_refuses_what_is_no_array():
    with pytest.raises(ValueError, match="^params: got float, want arrays in tuples and lists$"):
        pack([(np.ones((2, 2)), 0.0)])
    with pytest.raises(ValueError, match="^params: got str, want arrays in tuples and lists$"):
        pack("W")
