"""A network unit by unit, one number at a time: DLNN 4.6.

Units have numbers: 0 is the constant 1 that biases are weights of, 1 ... D are the inputs, then come all
others.  A network is its weights, {(i, j): w_ij}, one for each connection, which leads from unit j to unit i.
Units that feed no other are the outputs; they stay linear, because the losses take pre-activations.

This is the slow and transparent form; `layers.chain` is the fast one, and both give the same numbers.
"""

import numpy as np

from dlnotes import arguments


def weights(params):
    """The unit view {(i, j): w_ij} of the parameters of a multilayer perceptron, from `initialization.mlp`.

    params (W, b) for each linear layer, W (i, j), b (i,), and () for each activation between;  the units of a
    layer get the next numbers, in the order of its rows;  w_i0 is the bias of unit i.      DLNN 4.6.1
    """
    w, first, j = {}, 1, "j"
    for number, own in enumerate(params, start=1):
        if len(own) == 0:
            continue
        if len(own) != 2 or np.ndim(own[0]) != 2:
            raise ValueError(
                f"params: got no pair W (i, j), b (i,) in layer {number}, want linear layers and ()"
            )
        W, b = own
        arguments.shape(f"W of layer {number}", W, ("i", j))
        arguments.shape(f"b of layer {number}", b, W.shape[:1])
        j, here = len(W), first + W.shape[1]  # the number of the layer's first unit
        for row, bias in enumerate(b):
            w[here + row, 0] = float(bias)
            w |= {(here + row, first + column): float(weight) for column, weight in enumerate(W[row])}
        first = here
    return w


def matrix(w):
    """w_ij as a matrix (Q + 1, Q + 1), NaN where there is no connection: rows i and columns j from 0 on.

    Q is the largest number of a unit.
    """
    _table(w)
    size = 1 + max(max(pair) for pair in w)
    table = np.full((size, size), np.nan)
    for pair, weight in w.items():
        table[pair] = weight
    return table


def levels(w):
    """{unit: its layer}, lowest first: 1 where nothing comes in, else one above the highest that does.

    Raises a `ValueError` where units feed each other in a circle.  The feed-forward condition of DLNN (4.61),
    w_ij = 0 unless unit j is in a lower layer than unit i, is printed the wrong way around.
    """
    _table(w)
    sources, found = _neighbors(w, 0), {}
    waiting = sorted({unit for pair in w for unit in pair} - {0})
    while waiting:
        ready = [i for i in waiting if all(j in found or j == 0 for j in sources[i])]
        if not ready:
            raise ValueError(f"w: got a circle among the units {waiting}, want layers")
        found |= {i: 1 + max((found[j] for j in sources[i] if j), default=0) for i in ready}
        waiting = [i for i in waiting if i not in found]
    return found


def forward(w, x, f):
    """The forward pass for one sample x (d,): (s, a, slope), each {unit: number}.

    DLNN (4.59), (4.60), Algorithm 4.1; MEDL (5.7)

    s_i = sum_j w_ij a_j, where j = 0 is the bias;  a_i, f'(s_i) = f(s_i), but a_i = s_i at the outputs.
    The first unit that something leads to has the number d + 1.
    """
    _table(w)
    sources, targets = _neighbors(w, 0), _neighbors(w, 1)
    d = min(i for i, _ in w) - 1
    arguments.shape("x", x, (d,))
    arguments.finite(x=x)
    if deaf := [unit for unit in sources if unit > d and not sources[unit]]:
        raise ValueError(f"w: got no connection to unit {deaf[0]}, want one: the inputs are 1 ... {d}")
    s, a, slope = {}, {0: 1.0} | dict(enumerate(x, start=1)), {}
    for i in levels(w):
        if i not in a:
            s[i] = sum(w[i, j] * a[j] for j in sources[i])
            a[i], slope[i] = f(s[i]) if targets[i] else (s[i], 1.0)
    return s, a, slope


def backward(w, a, slope, delta):
    """The backward pass for one sample: (delta, grad).      DLNN (4.68), (4.71), Algorithm 4.2

    delta {output: dL/ds} comes from the loss, and comes back with those of the hidden units:
    delta_j = f'(s_j) sum_i delta_i w_ij.  grad {(i, j): dL/dw_ij}, which is delta_i a_j, also for the biases,
    j = 0, which the printed algorithm forgets.
    """
    delta, targets = dict(delta), _neighbors(w, 1)
    for j in reversed(levels(w)):
        if j in slope and j not in delta:  # inputs have no slope
            delta[j] = slope[j] * sum(delta[i] * w[i, j] for i in targets[j])
    return delta, {(i, j): delta[i] * a[j] for i, j in w}


def _table(w):
    """Refuse anything but connections {(i, j): w_ij} that lead from a unit 0, 1, ... to a unit 1, 2, ..."""
    if not isinstance(w, dict) or not w:
        got = "none" if isinstance(w, dict) else type(w).__name__
        raise ValueError(f"w: got {got}, want connections {{(i, j): w_ij}}")
    for i, j in w:
        if i < 1 or j < 0:
            raise ValueError(f"w: got a connection {i, j}, want i >= 1 and j >= 0")


def _neighbors(w, side):
    """{unit: the units at the other ends of its connections}: it hears them for side 0, they it for 1."""
    found = {unit: [] for pair in w for unit in pair}
    for pair in w:
        found[pair[side]].append(pair[1 - side])
    return found
