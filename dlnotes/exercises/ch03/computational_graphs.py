"""Exercises of ch03/04_computational_graphs."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake
from dlnotes.verify import gradient


def _rows(rng):
    n, k = rng.permutation([4, 5, 6, 7])[:2]
    return rng.normal(size=(n, k)), rng.normal(size=n)


def _ties(rng):
    """Rows without a single winner, and one where only losers are equal."""
    x, dy = _rows(rng)
    x[0, 1] = x[0].max()
    x[0, 2] = x[0, 1]
    x[1, 0] = x[1, 3] = np.abs(x[1]).max() + 0.5
    x[2, :2] = x[2].min() - 0.5
    return x, dy


def _all_negative(rng):
    x, dy = _rows(rng)
    return -np.abs(x), dy


def _square_rows(rng):
    return rng.normal(size=(5, 5)), rng.normal(size=5)


@exercise(
    "ch03.computational_graphs.max_gate",
    title="A max gate with many inputs",
    points=3,
    sources="EE147 Backpropagation",
    by_hand=True,
    arguments=_rows,
    hidden=[_ties, _all_negative, _square_rows],
    hints=[
        "Take one row. If its largest entry is nudged, how far does y move? And if another one is?",
        "x == x.max(axis=1, keepdims=True) is True where a row has its largest entry, maybe more than once.",
        "How often it is True in a row tells whether somebody won. Then each row is scaled with its own dy.",
    ],
)
def max_gate_back(x, dy):
    """The gradient dx (n, k), where y (n,) is the largest entry of each row of x (n, k); dy (n,).

    The winner of a row gets its dy, the others 0.  Without a single winner all get 0, as in EE147.
    By hand, with NumPy alone.
    """
    largest = x == x.max(axis=1, keepdims=True)
    won = largest.sum(axis=1) == 1
    return largest * (won * dy)[:, None]


def _largest(x):
    return x == x.max(axis=1, keepdims=True)


@mistake(max_gate_back, "in a tie all of the largest get dy: in EE147 nobody wins a tie")
def _tie_to_all(x, dy):
    return _largest(x) * dy[:, None]


@mistake(
    max_gate_back, "in a tie the first of the largest gets dy, as argmax has it: in EE147 nobody wins a tie"
)
def _tie_to_first(x, dy):
    dx = np.zeros_like(x)
    dx[np.arange(len(x)), x.argmax(axis=1)] = dy
    return dx


@mistake(max_gate_back, "in a tie the largest share dy, as in PyTorch's amax: EE147 gives 0 to all of them")
def _tie_is_shared(x, dy):
    largest = _largest(x)
    return largest / largest.sum(axis=1, keepdims=True) * dy[:, None]


@mistake(max_gate_back, "a row gets nothing as soon as two losers are equal: only a tie at the top counts")
def _any_tie(x, dy):
    distinct = [len(np.unique(row)) == len(row) for row in x]
    return _largest(x) * (dy * distinct)[:, None]


@mistake(max_gate_back, "it routes dy to the smallest entry: that would be a min gate")
def _min_gate(x, dy):
    return max_gate_back(-x, dy)


@mistake(max_gate_back, "all entries of a row get dy: that is what an add gate does")
def _add_gate(x, dy):
    return np.ones(x.shape) * dy[:, None]


@mistake(max_gate_back, "it passes the mask on without the upstream gradient dy")
def _without_upstream(x, dy):
    return max_gate_back(x, np.ones(len(x)))


@mistake(max_gate_back, "it multiplies dy by the winner's value: a nudge of the winner moves y just as far")
def _times_value(x, dy):
    return x * max_gate_back(x, dy)


@mistake(max_gate_back, "it lets the largest absolute value win: -3 is less than 1")
def _by_magnitude(x, dy):
    return max_gate_back(np.abs(x), dy)


@mistake(max_gate_back, "it compares each entry with 0, as a ReLU does, and not with the others of its row")
def _relus(x, dy):
    return dy[:, None] * (x > 0)


@mistake(max_gate_back, "one entry of the whole array wins: each row has a winner of its own")
def _one_winner(x, dy):
    return (x == x.max()) * dy[:, None]


@mistake(max_gate_back, "the winners are those of the columns: y has an entry for each row")
def _columns(x, dy):
    largest = x == x.max(axis=0)
    return largest * (largest.sum(axis=0) == 1) * dy[:, None]


@mistake(max_gate_back, "that is y, the way forward: the way back is asked for, an entry for each of x")
def _forward(x, dy):
    return x.max(axis=1)


def _graph(rng, *, inputs=2, nodes=7, repeated=False, stray=False):
    """A graph of scalar nodes in which each one reaches the last, and its local derivatives."""
    parents = [()] * inputs
    while len(parents) < nodes - 1:
        parents.append(tuple(int(one) for one in rng.choice(len(parents), 2, replace=False)))
    if repeated:
        parents[-1] = (parents[-1][0],) * 2
    used = {one for each in parents for one in each}
    loose = [number for number in range(len(parents)) if number not in used]
    if stray:
        parents.insert(inputs, (0, 1))  # nobody uses it
        parents = [tuple(one + (one >= inputs) for one in each) if each else each for each in parents]
        parents[inputs] = (0, 1)
        loose = [one + (one >= inputs) for one in loose]
    parents.append(tuple(loose) if len(loose) > 1 else (loose[0], 0))
    slopes = [tuple(float(slope) for slope in rng.normal(size=len(each))) for each in parents]
    return tuple(parents), tuple(slopes)


def _any_graph(rng):
    return _graph(rng, inputs=int(rng.integers(2, 4)), nodes=int(rng.integers(7, 10)))


def _squares(rng):
    return _graph(rng, repeated=True)


def _dead_end(rng):
    return _graph(rng, stray=True)


def _chain(rng):
    n = int(rng.integers(4, 7))
    slopes = tuple((float(slope),) for slope in rng.normal(size=n))
    return ((), *((k,) for k in range(n))), ((), *slopes)


@exercise(
    "ch03.computational_graphs.sweep",
    title="The sweep back",
    points=4,
    sources="GBC (6.49), Algorithm 6.2",
    by_hand=True,
    arguments=_any_graph,
    hidden=[_squares, _dead_end, _chain],
    hints=[
        "Keep a table with a gradient for each node: 1 for the last one, 0 for all others to begin with.",
        "Walk from the last node to the first. When you come to a node its gradient is complete: why?",
        "Then add, for each of its parents, its own gradient times the slope of that slot. Add, not set.",
    ],
)
def backward_sweep(parents, slopes):
    """The gradient of the last node with respect to every node: an array (n,).

    Node k was computed from the nodes parents[k], a tuple of numbers below k, () for an input; one
    node may stand there twice.  slopes[k][slot] is the local derivative of k by parents[k][slot].
    By hand, with NumPy alone.
    """
    grads = np.zeros(len(parents))
    grads[-1] = 1
    for k in reversed(range(len(parents))):
        for parent, slope in zip(parents[k], slopes[k], strict=True):
            grads[parent] += grads[k] * slope
    return grads


def _swept(parents, slopes, step, *, back=True, start=None):
    grads = np.zeros(len(parents)) if start is None else start
    grads[-1] = 1
    numbers = range(len(parents))
    for k in reversed(numbers) if back else numbers:
        for slot, (parent, slope) in enumerate(zip(parents[k], slopes[k], strict=True)):
            step(grads, k, parent, slope, slot)
    return grads


@mistake(
    backward_sweep, "a later path replaces what an earlier one brought: where paths meet, gradients add up"
)
def _overwrites(parents, slopes):
    def step(grads, k, parent, slope, slot):
        grads[parent] = grads[k] * slope

    return _swept(parents, slopes, step)


@mistake(
    backward_sweep, "it keeps what the first path brought and drops the others: where paths meet, they add up"
)
def _first_path(parents, slopes):
    seen = set()

    def step(grads, k, parent, slope, slot):
        if parent not in seen:
            grads[parent] = grads[k] * slope
            seen.add(parent)

    return _swept(parents, slopes, step)


@mistake(
    backward_sweep,
    "only the parents of the last node get anything: in which order must the nodes pass on what they got?",
)
def _forward_walk(parents, slopes):
    def step(grads, k, parent, slope, slot):
        grads[parent] += grads[k] * slope

    return _swept(parents, slopes, step, back=False)


@mistake(backward_sweep, "a node that is named twice is served once: each input slot is an edge of its own")
def _slots_merged(parents, slopes):
    def step(grads, k, parent, slope, slot):
        if parent not in parents[k][:slot]:
            grads[parent] += grads[k] * slope

    return _swept(parents, slopes, step)


@mistake(backward_sweep, "for a node that is named twice it takes the first slope for both slots")
def _slot_looked_up(parents, slopes):
    def step(grads, k, parent, slope, slot):
        grads[parent] += grads[k] * slopes[k][parents[k].index(parent)]

    return _swept(parents, slopes, step)


@mistake(backward_sweep, "it adds up the local slopes: each has to be multiplied by the gradient of its node")
def _local_alone(parents, slopes):
    def step(grads, k, parent, slope, slot):
        grads[parent] += slope

    return _swept(parents, slopes, step)


@mistake(backward_sweep, "it passes the gradient on without the local slope: it counts the paths")
def _paths(parents, slopes):
    def step(grads, k, parent, slope, slot):
        grads[parent] += grads[k]

    return _swept(parents, slopes, step)


@mistake(backward_sweep, "every node starts with gradient 1: only the last one does")
def _all_ones(parents, slopes):
    def step(grads, k, parent, slope, slot):
        grads[parent] += grads[k] * slope

    return _swept(parents, slopes, step, start=np.ones(len(parents)))


@mistake(
    backward_sweep, "a node that nobody uses starts with 1 like the last one: it does not move the output"
)
def _every_end(parents, slopes):
    used = {one for each in parents for one in each}

    def step(grads, k, parent, slope, slot):
        grads[parent] += grads[k] * slope

    return _swept(parents, slopes, step, start=np.array([float(k not in used) for k in range(len(parents))]))


@mistake(backward_sweep, "the last node has gradient 0, and with it all others: where does the sweep begin?")
def _starts_with_nothing(parents, slopes):
    return np.zeros(len(parents))


@mistake(backward_sweep, "along a path the slopes are added: they multiply")
def _sums_along_paths(parents, slopes):
    def step(grads, k, parent, slope, slot):
        grads[parent] += grads[k] + slope

    return _swept(parents, slopes, step)


@mistake(backward_sweep, "only the first parent of each node gets its share")
def _first_slot(parents, slopes):
    def step(grads, k, parent, slope, slot):
        if slot == 0:
            grads[parent] += grads[k] * slope

    return _swept(parents, slopes, step)


@mistake(
    backward_sweep, "only the gradients of the inputs are there: those of the nodes between are wanted, too"
)
def _inputs_alone(parents, slopes):
    return backward_sweep(parents, slopes)[[k for k, each in enumerate(parents) if not each]]


@mistake(backward_sweep, "the gradients stand in the order of the walk: entry k belongs to node k")
def _in_order_of_the_walk(parents, slopes):
    return backward_sweep(parents, slopes)[::-1]


def _matrix(rng):
    n, d = rng.permutation([2, 3, 4, 5])[:2]
    return rng.normal(size=(n, d)), rng.normal(size=(n, n))


def _square(rng):
    return tuple(rng.normal(size=(2, 3, 3)))


def _symmetric_upstream(rng):
    A, G = _matrix(rng)
    return A, G + G.T


def _large_entry(rng):
    """An entry so large that all differences are rounded away."""
    A, G = _matrix(rng)
    A[0, 0] = 1e25
    return A, G


@exercise(
    "ch03.computational_graphs.gram",
    title="A matrix that meets itself",
    points=3,
    sources="GBC 6.5.6, (6.54)",
    by_hand=True,
    arguments=_matrix,
    hidden=[_square, _symmetric_upstream, _large_entry],
    hints=[
        "Call the second factor B for a moment: C = A B with B = A^T. What are the gradients of A and of B?",
        "B is a transposed copy of A: what comes back to B is transposed on its way on to A.",
        "A stands in two places, so that two gradients meet at it. You know what happens where paths meet.",
    ],
)
def gram_bprop(A, G):
    """The gradient dA (n, d) of C = A @ A.T, given G (n, n), the gradient with respect to C.

    A (n, d).  C holds the inner products of the rows of A.  G need not be symmetric.
    By hand, with NumPy alone.
    """
    return G @ A + G.T @ A


@mistake(gram_bprop, "it has what comes back from the first factor alone: A stands in two places")
def _first_factor(A, G):
    return G @ A


@mistake(gram_bprop, "it has what comes back from the second factor alone: A stands in two places")
def _second_factor(A, G):
    return G.T @ A


@mistake(gram_bprop, "it takes what comes back from both factors for the same: that needs a symmetric G")
def _doubled(A, G):
    return 2 * G @ A


@mistake(gram_bprop, "it takes G^T A for both factors: that needs a symmetric G")
def _doubled_transposed(A, G):
    return 2 * G.T @ A


@mistake(
    gram_bprop, "that is a central difference: where large numbers meet small ones its steps are rounded away"
)
def _central_differences(A, G):
    return gradient(lambda A: np.sum(G * (A @ A.T)), A)


@mistake(gram_bprop, "it averages the two that meet: where paths meet, gradients add up")
def _average(A, G):
    return (G + G.T) @ A / 2


@mistake(gram_bprop, "it subtracts the two that meet: where paths meet, gradients add up")
def _difference(A, G):
    return (G - G.T) @ A


@mistake(gram_bprop, "it is transposed: a gradient has the shape of what it belongs to")
def _transposed(A, G):
    return A.T @ (G + G.T)


@mistake(gram_bprop, "G was forgotten, or taken for ones: the upstream gradient has to come in")
def _ones(A, G):
    return 2 * np.ones(G.shape) @ A


@mistake(gram_bprop, "G was replaced by C: the gradient that comes from above is not the value")
def _value(A, G):
    return 2 * A @ A.T @ A


@mistake(gram_bprop, "that is 2 A, the gradient of the sum of the squares of A: G does not occur in it")
def _like_a_square(A, G):
    return 2 * A


@mistake(
    gram_bprop, "it pulls back only the squared lengths on the diagonal of C: the rows meet each other, too"
)
def _diagonal(A, G):
    return 2 * np.diag(G)[:, None] * A


@mistake(gram_bprop, "that is C, the way forward: the way back is asked for")
def _forward_product(A, G):
    return A @ A.T


def _decayed_unit(rng):
    return tuple(float(one) for one in [*rng.normal(size=3), rng.uniform(0.1, 0.9), rng.uniform(0.2, 0.9)])


def _no_decay(rng):
    return *_decayed_unit(rng)[:4], 0.0


def _strong_decay(rng):
    return *_decayed_unit(rng)[:4], float(rng.uniform(3, 5))


@exercise(
    "ch03.computational_graphs.decay",
    title="A printed list, repaired",
    points=3,
    sources="EE147 Discussion Problems D4.1, D4.2, Fig 18",
    by_hand=True,
    arguments=_decayed_unit,
    hidden=[_no_decay, _strong_decay],
    hints=[
        "Draw the graph: w goes into m = w x and into R. Two gradients come back to it. Which are they?",
        "On the branch of the data: from L comes y - t, the sigmoid multiplies by y (1 - y), m by x.",
        "On the other: nudge R by 1, and L + lam R moves by lam. R = w^2 / 2 then multiplies by w.",
    ],
)
def decayed_unit_gradients(x, w, b, t, lam):
    """The gradients (dw, db) of L + lam R: five numbers in, two out.

    z = w x + b,  y = sigmoid(z),  L = (y - t)^2 / 2,  R = w^2 / 2.  The lecture's list has
    dL_reg/dR = 1, which is wrong.  By hand, with NumPy alone.
    """
    y = 1 / (1 + np.exp(-(w * x + b)))
    dz = (y - t) * y * (1 - y)
    return dz * x + lam * w, dz


def _dz(x, w, b, t):
    y = 1 / (1 + np.exp(-(w * x + b)))
    return (y - t) * y * (1 - y)


@mistake(
    decayed_unit_gradients, "that is the list as printed: nudge R by 1, and by how much does L + lam R move?"
)
def _as_printed(x, w, b, t, lam):
    dz = _dz(x, w, b, t)
    return dz * x + w, dz


@mistake(decayed_unit_gradients, "w gets nothing from the decay: it stands in R, too")
def _data_alone(x, w, b, t, lam):
    dz = _dz(x, w, b, t)
    return dz * x, dz


@mistake(decayed_unit_gradients, "the decay replaces what the data say: at w two gradients meet")
def _decay_alone(x, w, b, t, lam):
    return lam * w, _dz(x, w, b, t)


@mistake(decayed_unit_gradients, "the decay is twice too strong: R has a factor one half")
def _without_half(x, w, b, t, lam):
    dz = _dz(x, w, b, t)
    return dz * x + 2 * lam * w, dz


@mistake(decayed_unit_gradients, "the decay is half of what it is: the derivative of w^2 / 2 is w")
def _half_decay(x, w, b, t, lam):
    dz = _dz(x, w, b, t)
    return dz * x + lam * w / 2, dz


@mistake(decayed_unit_gradients, "b is decayed as well: R holds w alone")
def _bias_decayed(x, w, b, t, lam):
    dz = _dz(x, w, b, t)
    return dz * x + lam * w, dz + lam * b


@mistake(decayed_unit_gradients, "the slope of the sigmoid is missing on the way from y to z")
def _no_slope(x, w, b, t, lam):
    dy = 1 / (1 + np.exp(-(w * x + b))) - t
    return dy * x + lam * w, dy


@mistake(decayed_unit_gradients, "the slope of the sigmoid is taken from z: it is y (1 - y)")
def _slope_of_z(x, w, b, t, lam):
    z = w * x + b
    dz = (1 / (1 + np.exp(-z)) - t) * z * (1 - z)
    return dz * x + lam * w, dz


@mistake(decayed_unit_gradients, "the error has the wrong sign: L grows with y where y is above t")
def _target_minus_output(x, w, b, t, lam):
    dz = -_dz(x, w, b, t)
    return dz * x + lam * w, dz


@mistake(decayed_unit_gradients, "the gradient of w lacks x: the product w x hands each input the other one")
def _without_input(x, w, b, t, lam):
    dz = _dz(x, w, b, t)
    return dz + lam * w, dz


@mistake(decayed_unit_gradients, "the product hands w itself back: it has to hand over the other input")
def _own_value(x, w, b, t, lam):
    dz = _dz(x, w, b, t)
    return dz * w + lam * w, dz


@mistake(decayed_unit_gradients, "the error is missing: 1 instead of y - t comes back from L")
def _no_error(x, w, b, t, lam):
    y = 1 / (1 + np.exp(-(w * x + b)))
    return y * (1 - y) * x + lam * w, y * (1 - y)


@mistake(decayed_unit_gradients, "the data's gradient is twice too large: L has a factor one half")
def _square_without_half(x, w, b, t, lam):
    dz = 2 * _dz(x, w, b, t)
    return dz * x + lam * w, dz


@mistake(decayed_unit_gradients, "the two stand in the wrong order: the gradient of w comes first")
def _bias_first(x, w, b, t, lam):
    dz = _dz(x, w, b, t)
    return dz, dz * x + lam * w


@mistake(decayed_unit_gradients, "lam multiplies the data's gradient as well: it weighs R alone")
def _decay_of_everything(x, w, b, t, lam):
    dz = _dz(x, w, b, t)
    return lam * (dz * x + w), lam * dz
