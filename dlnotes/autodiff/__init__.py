"""Automatic differentiation: derivatives of whatever is written in NumPy, exact and without a formula.

Reverse mode is a tape of `Node`s: every operation remembers its pullback, and one walk back, `backward`,
gives the gradients of one number with respect to everything.  `lift` puts any layer of this package on it.

Forward mode is a `Dual`, a value with its tangent: one sweep along one direction, and nothing remembered.
Layers, losses and even pullbacks run on Duals as they are; a gradient on Duals gives H v.

A function such as `np.exp(w @ x).sum() * 2` runs on arrays, Nodes and Duals alike.  There are no other names
to learn: `+ - * / ** @`, the ufuncs of `PARTIALS`, `.sum()`, `.T`, `.reshape()` and `[index]`.  What they are
made of, each with its pullback, is in `operations`.
"""

from dlnotes.autodiff.dual import Dual, jvp
from dlnotes.autodiff.operations import PARTIALS, Arithmetic
from dlnotes.autodiff.tape import Node, as_layer, backward, consumers, lift, lift_loss, order, record

__all__ = [
    "PARTIALS",
    "Arithmetic",
    "Dual",
    "Node",
    "as_layer",
    "backward",
    "consumers",
    "jvp",
    "lift",
    "lift_loss",
    "order",
    "record",
]
