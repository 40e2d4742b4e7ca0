"""Activations: what a unit makes of its pre-activation `s`, entry by entry; `softmax`, row by row."""

import math

import numpy as np

from dlnotes import arguments


def identity(s, params=()):
    """Activation a = s, that of a linear neuron.      DLNN (A.13), (A.14)"""
    s = _floating(s, params)
    return s, lambda da: (da, ())


def sigmoid(s, params=()):
    """Activation a = 1 / (1 + exp(-s)), elementwise.      DLNN (4.34), (A.1); GBC (3.30)

    Its derivative is a (1 - a), DLNN (4.72).  The other form, in (A.16), is printed with a misplaced square.
    """
    s = _floating(s, params)
    e = np.exp(np.where(s < 0, s, -s))  # whichever cannot overflow; -|s| would have no derivative at 0
    a = np.where(s < 0, e, 1) / (1 + e)

    def back(da):
        return da * a * (1 - a), ()  # delta = dR/da * sigmoid'(s)

    return a, back


def tanh(s, params=()):
    """Activation a = tanh(s), elementwise.      DLNN (A.2), (A.5); GBC 6.3.2"""
    s = _floating(s, params)
    a = np.tanh(s)

    def back(da):
        return da * (1 - a**2), ()  # delta = dR/da * tanh'(s)

    return a, back


def relu(s, params=()):
    """Activation a = max(s, 0), elementwise.      DLNN (A.6); GBC (6.36); MEDL (5.17)

    At s = 0 the derivative is 0, as in PyTorch and EE147; DLNN (A.7) and MEDL take 1.
    """
    s = _floating(s, params)

    def back(da):
        return da * (s > 0), ()  # delta = dR/da * relu'(s)

    return np.maximum(s, 0), back


def leaky_relu(s, params=(), *, slope=0.01):
    """Activation a = s where s > 0, else slope * s.      DLNN (A.8); GBC 6.3.1; Strang VII.3 (6); MEDL 5.3

    Slope 0 is `relu`, 1 `identity`, -1 `absolute`.  The max(slope * s, s) of EE147 is the same for slopes up
    to 1 only, and Strang's ReLU(c s) = c ReLU(s) holds for c >= 0 only.  At s = 0 the derivative is `slope`,
    as in PyTorch; DLNN (A.9) takes 1.  Infinite entries are refused.
    """
    s, slope = _finite(s, params), _option("slope", slope)
    right = s > 0

    def back(da):
        return np.where(right, da, slope * da), ()

    return np.where(right, s, slope * s), back


def elu(s, params=(), *, alpha=1.0):
    """Activation a = s where s > 0, else alpha (exp(s) - 1).      DLNN (A.10), (A.11) with lambda = 1

    EE147 prints max(alpha (exp(s) - 1), s), which is exp(s) - 1 everywhere for alpha = 1.  At s = 0 the
    derivative is `alpha`, as in PyTorch: any alpha but 1 makes a corner there.
    """
    s, alpha = _floating(s, params), _option("alpha", alpha)
    below = np.where(s > 0, 0, s)  # exp cannot overflow, and expm1 loses no digits near 0

    def back(da):
        return np.where(s > 0, da, da * alpha * np.exp(below)), ()

    return np.where(s > 0, s, alpha * np.expm1(below)), back


SELU_LAMBDA, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""The two constants of `selu`: with them a standard normal s has an activation of mean 0 and variance 1."""


def selu(s, params=()):
    """Activation a = lambda elu(s), alpha = 1.67326 and lambda = 1.0507.      DLNN (10.19), (A.10), (A.11)

    Its range begins at -lambda alpha = -1.7581, and its slope is steepest, 1.7581, just left of 0, which is
    also what it is at 0; on the right it is lambda.
    """
    a, elu_back = elu(s, params, alpha=SELU_ALPHA)

    def back(da):
        return elu_back(SELU_LAMBDA * da)

    return SELU_LAMBDA * a, back


def softplus(s, params=()):
    """Activation a = log(1 + exp(s)), a smooth `relu`.      GBC (3.31), 6.3.3; EE147; MEDL 5.3

    Its derivative is the sigmoid, GBC (3.37).
    """
    s = _floating(s, params)

    def back(da):
        slope, _ = sigmoid(s)
        return da * slope, ()

    return np.logaddexp(0, s), back  # which does not overflow


def softsign(s, params=()):
    """Activation a = s / (1 + |s|), which saturates much later than tanh.      MEDL 5.3"""
    s = _finite(s, params)
    size = 1 + np.abs(s)

    def back(da):
        return da / size**2, ()

    return s / size, back


def hard_tanh(s, params=()):
    """Activation a = max(-1, min(1, s)).      GBC 6.3.3

    At s = -1 and s = 1 the derivative is 0, as in PyTorch.
    """
    s = _floating(s, params)

    def back(da):
        return da * (np.abs(s) < 1), ()

    return np.clip(s, -1, 1), back


def swish(s, params=()):
    """Activation a = s sigmoid(s); PyTorch calls it SiLU.      MEDL 5.2, 5.3"""
    s = _finite(s, params)
    gate, _ = sigmoid(s)

    def back(da):
        return da * gate * (1 + s * (1 - gate)), ()

    return s * gate, back


def gelu(s, params=()):
    """Activation a = s Phi(s), Phi the distribution function of the standard normal.      MEDL 5.2

    The exact form, by the error function: PyTorch's `approximate="none"`.
    """
    from scipy.special import ndtr  # Phi

    s = _finite(s, params)
    gate = ndtr(s)

    def back(da):
        density = np.exp(-0.5 * s * s) / math.sqrt(2 * math.pi)
        return da * (gate + s * density), ()

    return s * gate, back


def arctan(s, params=()):
    """Activation a = arctan(s), elementwise.      MEDL 5.3"""
    s = _floating(s, params)

    def back(da):
        return da / (1 + s * s), ()

    return np.arctan(s), back


def absolute(s, params=()):
    """Activation a = |s|, elementwise.      GBC 6.3.1

    At s = 0 the derivative is 0, as in PyTorch.
    """
    s = _floating(s, params)

    def back(da):
        return da * np.sign(s), ()

    return np.abs(s), back


def cosine(s, params=()):
    """Activation a = cos(s), elementwise: behind `linear`, a unit cos(W x + b).      GBC 6.3.3"""
    s = _finite(s, params)

    def back(da):
        return -da * np.sin(s), ()

    return np.cos(s), back


def softmax(s, params=()):
    """Probabilities p_k = exp(s_k) / sum_l exp(s_l) of each row of `s`.

    s (n, k);  p (n, k).      DLNN (4.49), (A.17); GBC (6.29); MEDL (5.18)

    Refuses infinite entries, too.  The pullback multiplies by the Jacobian diag(p) - p p^T of DLNN (A.18)
    without building it.
    """
    arguments.parameters(params)
    arguments.finite(s=s)
    arguments.shape("s", s, ("n", "k"))
    s = arguments.floating(s)
    e = np.exp(s - s.max(axis=1, keepdims=True))  # the shift cancels, and exp cannot overflow: GBC 4.1
    p = e / e.sum(axis=1, keepdims=True)

    def back(dp):
        return p * (dp - (dp * p).sum(axis=1, keepdims=True)), ()

    return p, back


def _floating(s, params):
    """What activations accept, as floating point."""
    arguments.parameters(params)
    if type(s) is np.ndarray and s.dtype.kind == "f" and s.size and not math.isnan(arguments.largest(s)):
        return s
    arguments.numbers(s=s)
    return arguments.floating(s)


def _finite(s, params):
    """What activations accept that have no value at infinity, as floating point."""
    arguments.parameters(params)
    arguments.finite(s=s)
    return arguments.floating(s)


def _option(name, value):
    """A number that shapes an activation, as Python's float, so that float32 stays float32."""
    if not math.isfinite(value):
        raise ValueError(f"{name}: got {value}, want a finite number")
    return float(value)
