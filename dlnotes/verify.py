"""Does the mathematics hold?  Central differences, equations with their number, and PyTorch.

Each check prints a line when it holds, with the bound that was met rather than the error that was measured,
so that stored pages do not change; otherwise it raises an `AssertionError` in words.

Choose generic points.  At zeros, ones, positive inputs only, 1x1 kernels or a gradient `dy` of ones, wrong
pullbacks pass; so does a wrong output with the pullback that belongs to it, unless compared with PyTorch.
"""

import numpy as np

from dlnotes import arguments
from dlnotes.autodiff import Dual
from dlnotes.optimizers import pack


def gradient(f, x, h=1e-5):
    """df/dx of a scalar function by central differences, (f(x + h e) - f(x - h e)) / 2h in each entry."""
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[index] = h
        grad[index] = (f(x + e) - f(x - e)) / (2 * h)
    return grad


def jacobian(layer, x, params=()):
    """dy/dx of each sample by backward passes with unit vectors, one for each entry of an output row.

    x (n, d), y (n, k);  J (n, k, d), from k passes that serve all samples at once: rows must not depend on
    each other, as they do in batch normalization.  Other axes are kept: J has the axes of y, then those of
    a sample.      DLNN (4.85)
    """
    y, back = _pair("the layer", layer(x, params), "(y, back)")
    J = np.empty((*y.shape, *x.shape[1:]))
    for entry in np.ndindex(y.shape[1:]):
        dy = np.zeros_like(y)
        dy[:, *entry] = 1
        J[:, *entry], _ = _pair("back", back(dy), "(dx, grads)")
    return J


def hessian_vector(gradient, theta, v):
    """H v = d/dr gradient(theta + r v) at r = 0, exact and without H: Pearlmutter's trick.

    gradient(theta) -> (w,) runs forward and backward, here on dual numbers: twice its cost, whatever w is.
    theta, v (w,).      DLNN 4.9, (8.45); GBC (6.59)
    """
    arguments.shape("v", v, theta.shape)
    product = gradient(Dual(theta, v))  # a plain array where the gradient is constant
    return product.tangent if isinstance(product, Dual) else np.zeros_like(theta)


def hessian(gradient, theta):
    """H, (w, w): column i is `hessian_vector` with the i-th unit vector.      DLNN (4.88)"""
    return np.stack([hessian_vector(gradient, theta, e) for e in np.eye(theta.size)], axis=1)


def relative_error(a, b, floor=1e-3):
    """||a - b|| / (||a|| + ||b||); below `floor` the error is absolute, for gradients that are 0."""
    return float(np.linalg.norm(a - b) / max(np.linalg.norm(a) + np.linalg.norm(b), floor))


def difference(got, want, *, tolerance=1e-7):
    """What seems to be wrong with the array `got`, in words that do not tell `want`; None where it is `want`.

    Recognizes a shape that is transposed or not summed, a transposed array, the sign, a constant factor or
    offset.
    """
    if got.shape != want.shape:
        wanted = f"want {want.shape}" if want.ndim else "but one number is wanted"
        return f"has shape {got.shape}, {wanted}" + _hint(got.shape, want.shape)
    if not np.isfinite(got).all():
        return "has entries that are NaN or infinite"
    counts = _is_whole(got) and _is_whole(want)  # they are right or wrong, never rounded
    if np.array_equal(got, want) or not counts and relative_error(got, want) <= tolerance:
        return None
    if not counts and (np.abs(got - want) <= 1e-4 * np.abs(want)).all():
        return "is not exact enough"
    if np.abs(got).max() <= 1e-12 * np.abs(want).max():
        return "is zero everywhere" if got.size > 1 else "is zero"
    if _is_whole(got) and not _is_whole(want) and (got == np.trunc(want)).all():
        return "has its decimals cut off: an array of integers?" if got.ndim else "has its decimals cut off"
    if got.ndim > 1 and got.T.shape == want.shape and relative_error(got.T, want) <= tolerance:
        return "is transposed"
    factor = np.vdot(want, got) / np.vdot(want, want) if want.any() else 0.0  # fits got = factor * want best
    one = len(np.unique(want[want != 0])) < 2  # any number is some multiple of another, and would tell it
    if (not one or _simple(factor)) and relative_error(got, factor * want) <= tolerance:
        scaling = "" if abs(factor - 1) < 1e-4 else _scaling(factor)
        if scaling or not counts:
            return scaling or "is not exact enough"
    if got.size == 1:
        return "has the wrong value"
    error = np.abs(got - want)
    if not one and np.ptp(got - want) <= tolerance * error.max():
        return f"is off by the same {np.mean(got - want):.4g} everywhere"
    place = [int(index) for index in np.unravel_index(error.argmax(), error.shape)]
    return f"is wrong in {(error > 1e-3 * error.max()).sum()} of {error.size} entries, most at {place}"


def layer(layer, x, params, rng):
    """Compare the pullback of a layer, chain or block at (x, params) with central differences, in float64.

    What is differentiated is the sum of dy * y for a random dy: its gradients are what `back(dy)` must
    return.  Prints a line for each gradient, or raises an `AssertionError` that says of each wrong one what
    seems to be the matter.  A layer that changes its arguments in place meets a `ValueError`: read-only.
    """
    theta, unpack = pack(params)
    x, theta = x.astype(float), theta.astype(float)
    theta.setflags(write=False)
    _, dy, got = _pulled_back(layer, x, unpack(theta), rng)

    want_x = gradient(lambda x: np.sum(dy * layer(x, params)[0]), x)
    want_theta = gradient(lambda theta: np.sum(dy * layer(x, unpack(theta))[0]), theta)
    want = {"dx": want_x} | _named("dparams", unpack(want_theta))
    _compare(got, want, 1e-7)
    for name, array in want.items():
        print(f"{name} {array.shape} ok to 1e-07")


def equation(source, left, right, *, tolerance=1e-10):
    """Check left = right, numbers or arrays, entry by entry; a number is compared with every entry.

    `source` is the place in the book, as in "DLNN (4.12)".  The tolerance is relative to entries of `right`
    beyond 1, absolute below; infinity equals nothing.
    """
    left, right = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    for name, side in (("left", left), ("right", right)):
        if side.size == 0:
            raise ValueError(f"{name}: got shape {side.shape}, want at least one entry")
    if left.ndim and right.ndim and left.shape != right.shape:
        raise AssertionError(f"{source} does not hold: left has shape {left.shape}, right {right.shape}")
    with np.errstate(invalid="ignore"):
        error = np.abs(left - right) / np.maximum(1, np.abs(right))
    if not np.all(error <= tolerance):  # NaN is not
        raise AssertionError(
            f"{source} does not hold to {_bound(tolerance)}: the sides differ by {error.max():.3g}"
        )
    print(f"{source} holds to {_bound(tolerance)}")


def _bound(tolerance):
    """A tolerance in one digit, or in as many as it has."""
    short = f"{tolerance:.0e}"
    return short if float(short) == tolerance else f"{tolerance:g}"


def claim(source, statement, truth):
    """Check what a book says in words: `claim("GBC 5.7.3", "the tree needs four cuts", cuts == 4)`."""
    if not isinstance(truth, (bool, np.bool)):
        raise ValueError(f"truth: got {type(truth).__name__}, want True or False")
    if not truth:
        raise AssertionError(f"{source}: {statement} ... false")
    print(f"{source}: {statement} ... true")


def against_torch(layer, torch_function, *arrays, rng):
    """Compare layer(x, params) and its pullback with PyTorch and its autograd, in float64.

    arrays x, *params;  torch_function(x, *params) computes the same of tensors.  Prints one line, or raises
    an `AssertionError` as `verify.layer` does.
    """
    import torch

    x, *params = [array.astype(float) for array in arrays]
    y, dy, got = _pulled_back(layer, x, tuple(params), rng)

    tensors = [torch.tensor(array, requires_grad=True) for array in (x, *params)]
    output = torch_function(*tensors)
    output.backward(torch.tensor(dy))
    want_x, *want_grads = [tensor.grad.numpy() for tensor in tensors]
    want = {"output": output.detach().numpy(), "dx": want_x} | _named("dparams", want_grads)
    _compare({"output": y} | got, want, 1e-12)
    print(f"{arguments.name_of(layer)} agrees with PyTorch to 1e-12: output and {len(tensors)} gradients")


def loss_against_torch(loss, torch_loss, output, target):
    """Compare risk and delta of loss(output, target) with PyTorch and its autograd, in float64."""
    import torch

    risk, delta = loss(output.astype(float), target)
    tensor = torch.tensor(output, dtype=torch.float64, requires_grad=True)
    torch_risk = torch_loss(tensor, torch.tensor(target))
    torch_risk.backward()
    want = {"risk": torch_risk.detach().numpy(), "delta": tensor.grad.numpy()}
    _compare({"risk": np.array(risk), "delta": delta}, want, 1e-12)
    print(f"{arguments.name_of(loss)} agrees with PyTorch to 1e-12: risk and delta")


def _pulled_back(layer, x, params, rng):
    """The output of a layer, a random dy, and what `back(dy)` makes of it, by name: {"dx": ..., ...}."""
    x.setflags(write=False)
    y, back = _pair("the layer", layer(x, params), "(y, back)")
    if not isinstance(y, np.ndarray) or not callable(back):
        got = f"({_outline(y)}, {_outline(back)})"
        raise AssertionError(f"the layer: got {got}, want the pair (y, back) of an array and a function")
    dy = np.asarray(rng.normal(size=y.shape))
    dy.setflags(write=False)
    dx, grads = _pair("back", back(dy), "(dx, grads)")
    if not isinstance(dx, np.ndarray):
        raise AssertionError(f"dx: got {_outline(dx)}, want array")
    if _outline(grads) != _outline(params):
        raise AssertionError(f"grads: got {_outline(grads)}, want {_outline(params)}, as params are")
    return y, dy, {"dx": dx} | _named("dparams", grads)


def _pair(name, result, wanted):
    """Refuse anything but a tuple of two: an array of two rows would unpack by accident."""
    if not isinstance(result, tuple) or len(result) != 2:
        got = f"{len(result)} values" if isinstance(result, tuple) else type(result).__name__
        raise AssertionError(f"{name}: got {got}, want the pair {wanted}")
    return result


def _outline(tree):
    """A nest of arrays in words: "(array, (array, array))"."""
    if isinstance(tree, (tuple, list)):
        return "(" + ", ".join(map(_outline, tree)) + ")"
    return "array" if isinstance(tree, np.ndarray) else type(tree).__name__


def _named(name, tree):
    """The arrays of a nest by their place: {"dparams[0]": ..., "dparams[1][0]": ...}."""
    if isinstance(tree, np.ndarray):
        return {name: tree}
    named = {}
    for index, branch in enumerate(tree):
        named |= _named(f"{name}[{index}]", branch)
    return named


def _compare(got, want, tolerance):
    """Raise an `AssertionError` with a line for each array in `got` that is not as in `want`."""
    wrong = [(name, difference(got[name], array, tolerance=tolerance)) for name, array in want.items()]
    lines = [f"{name} {words}" for name, words in wrong if words]
    if lines:
        raise AssertionError("\n".join(lines))


def _is_whole(x):
    """Whether all entries are whole numbers, of a size at which floats can also be others."""
    return (x == np.rint(x)).all() and (np.abs(x) < 2**53).all()


def _hint(got, want):
    """What a wrong shape looks like."""
    if got == want[::-1]:
        return ": transposed?"
    if got and want and got[0] > 1 and got[1:] == want and got[0] != want[0]:
        return ": not summed over the samples?"
    return ""


def _simple(factor):
    """Is a factor, or its inverse, a small multiple of 1/2?"""
    doubled = 2 * max(abs(factor), 1 / abs(factor)) if factor else 0.5
    return doubled < 100 and abs(doubled - round(doubled)) < 1e-6


def _scaling(factor):
    """A constant factor in words."""
    size = abs(factor)
    sign = ["has the wrong sign"] if factor < 0 else []
    if size > 1 + 1e-6:
        return " and ".join([*sign, f"is {size:.4g} times too large"])
    if size < 1 - 1e-6:
        return " and ".join([*sign, f"is {1 / size:.4g} times too small"])
    return "".join(sign)
