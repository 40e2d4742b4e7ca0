"""Automatic differentiation: derivatives of whatever is written in NumPy, exact and without a formula.

Reverse mode is a tape of `Node`s: every operation remembers its pullback, and one walk back, `backward`,
gives the gradients of one number with respect to everything.  `lift` puts any layer of this package on it.

Forward mode is a `Dual`, a value with its tangent: one sweep along one direction, and nothing remembered.
Layers, losses and even pullbacks run on Duals as they are; a gradient on Duals gives H v.

A function such as `np.exp(w @ x).sum() * 2` runs on arrays, Nodes and Duals alike.  There are no other names
to learn: `+ - * / ** @`, the ufuncs of `PARTIALS`, `.sum()`, `.T`, `.reshape()` and `[index]`.
"""

from dlnotes.autodiff.dual import Dual as Dual
from dlnotes.autodiff.dual import jvp as jvp
from dlnotes.autodiff.operations import PARTIALS as PARTIALS
from dlnotes.autodiff.operations import Arithmetic as Arithmetic
from dlnotes.autodiff.operations import broadcast as broadcast
from dlnotes.autodiff.operations import matmul as matmul
from dlnotes.autodiff.operations import operation as operation
from dlnotes.autodiff.operations import reshape as reshape
from dlnotes.autodiff.operations import take as take
from dlnotes.autodiff.operations import total as total
from dlnotes.autodiff.operations import transpose as transpose
from dlnotes.autodiff.operations import unbroadcast as unbroadcast
from dlnotes.autodiff.tape import Node as Node
from dlnotes.autodiff.tape import as_layer as as_layer
from dlnotes.autodiff.tape import backward as backward
from dlnotes.autodiff.tape import consumers as consumers
from dlnotes.autodiff.tape import lift as lift
from dlnotes.autodiff.tape import lift_loss as lift_loss
from dlnotes.autodiff.tape import order as order
from dlnotes.autodiff.tape import record as record
