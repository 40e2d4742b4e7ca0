"""Exercises of ch03/05_forward_mode_and_adjoints."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake
from dlnotes.verify import gradient


def _network(rng):
    """Samples, a direction for each, and the parameters of two layers; no two sizes the same."""
    n, d, h, k = rng.permutation([2, 3, 4, 5, 6, 7])[:4]
    x, dx = rng.normal(size=(2, n, d))
    return x, dx, rng.normal(size=(h, d)), rng.normal(size=h), rng.normal(size=(k, h)), rng.normal(size=k)


def _square_network(rng):
    """All layers have one size, where W and its transpose both have a shape that fits."""
    x, dx = rng.normal(size=(2, 3, 4))
    (W1, W2), (b1, b2) = rng.normal(size=(2, 4, 4)), rng.normal(size=(2, 4))
    return x, dx, W1, b1, W2, b2


def _one_input_moves(rng):
    """The direction of one sweep of forward mode: a unit vector, the same for all samples."""
    x, dx, *params = _network(rng)
    return x, np.zeros_like(dx) + np.eye(x.shape[1])[rng.integers(x.shape[1])], *params


def _high_outputs(rng):
    """Outputs so large that a small change of them is rounded away: a tangent does not depend on b2."""
    *arguments, b2 = _network(rng)
    return *arguments, 1e17 * np.sign(b2)


@exercise(
    "ch03.forward_mode_and_adjoints.tangent",
    title="One sweep through a network",
    points=2,
    sources="GBC 6.5.9; Strang VII.3",
    by_hand=True,
    arguments=_network,
    hidden=[_square_network, _one_input_moves, _high_outputs],
    hints=[
        "Compute s, a and y as always, and after each of them what its derivative is: ds, da, dy.",
        "W1 x + b1 is linear in x. What is left of it when x + dx is put in and x taken away?",
        "For the hidden layer da = (1 - a**2) * ds; nothing is ever multiplied from the output side.",
    ],
)
def network_tangent(x, dx, W1, b1, W2, b2):
    """The pair (y, dy): y = W2 tanh(W1 x + b1) + b2 of each row of x, and its derivative along dx.

    x, dx (n, d);  W1 (h, d), b1 (h,);  W2 (k, h), b2 (k,);  y, dy (n, k).  One sweep, forward only.
    By hand, with NumPy alone.
    """
    a, da = np.tanh(x @ W1.T + b1), dx @ W1.T
    return a @ W2.T + b2, ((1 - a**2) * da) @ W2.T


@mistake(
    network_tangent, "it adds the biases to the tangents: they do not move with x, so their derivative is 0"
)
def _biases_in_the_tangent(x, dx, W1, b1, W2, b2):
    a = np.tanh(x @ W1.T + b1)
    return a @ W2.T + b2, ((1 - a**2) * (dx @ W1.T + b1)) @ W2.T + b2


@mistake(network_tangent, "it adds the hidden bias to the tangent: it does not move with x")
def _hidden_bias_in_the_tangent(x, dx, W1, b1, W2, b2):
    a = np.tanh(x @ W1.T + b1)
    return a @ W2.T + b2, ((1 - a**2) * (dx @ W1.T + b1)) @ W2.T


@mistake(network_tangent, "it adds the output bias to the tangent: it does not move with x")
def _output_bias_in_the_tangent(x, dx, W1, b1, W2, b2):
    a = np.tanh(x @ W1.T + b1)
    return a @ W2.T + b2, ((1 - a**2) * (dx @ W1.T)) @ W2.T + b2


@mistake(network_tangent, "it sends dx through the tanh: a tangent goes through its derivative at s")
def _tanh_of_the_tangent(x, dx, W1, b1, W2, b2):
    return np.tanh(x @ W1.T + b1) @ W2.T + b2, np.tanh(dx @ W1.T) @ W2.T


@mistake(network_tangent, "the tangent passes the hidden layer as if there were no tanh")
def _no_derivative(x, dx, W1, b1, W2, b2):
    return np.tanh(x @ W1.T + b1) @ W2.T + b2, dx @ W1.T @ W2.T


@mistake(network_tangent, "it takes 1 - s**2 for the derivative of tanh: at s = 3 that would be -8")
def _squares_s(x, dx, W1, b1, W2, b2):
    s = x @ W1.T + b1
    return np.tanh(s) @ W2.T + b2, ((1 - s**2) * (dx @ W1.T)) @ W2.T


@mistake(network_tangent, "it takes a (1 - a) for the derivative: that is the sigmoid's, not tanh's")
def _derivative_of_the_sigmoid(x, dx, W1, b1, W2, b2):
    a = np.tanh(x @ W1.T + b1)
    return a @ W2.T + b2, (a * (1 - a) * (dx @ W1.T)) @ W2.T


@mistake(
    network_tangent,
    "dy is y(x + dx) - y(x): that has a curved part, too; a derivative has only the linear one",
)
def _difference(x, dx, W1, b1, W2, b2):
    y, moved = [np.tanh(each @ W1.T + b1) @ W2.T + b2 for each in (x, x + dx)]
    return y, moved - y


@mistake(network_tangent, "dy is the output at x + dx: the output at x is still in it")
def _moved_output(x, dx, W1, b1, W2, b2):
    y, moved = [np.tanh(each @ W1.T + b1) @ W2.T + b2 for each in (x, x + dx)]
    return y, moved


@mistake(network_tangent, "it returns (dy, y): the output comes first")
def _turned_round(x, dx, W1, b1, W2, b2):
    return network_tangent(x, dx, W1, b1, W2, b2)[::-1]


@mistake(network_tangent, "it returns dy alone: the output y belongs to the pair")
def _tangent_alone(x, dx, W1, b1, W2, b2):
    return network_tangent(x, dx, W1, b1, W2, b2)[1]


@mistake(
    network_tangent,
    "that is a central difference: where large numbers meet small ones its steps are rounded away",
)
def _central_difference(x, dx, W1, b1, W2, b2):
    h, y = 1e-5, [np.tanh(x @ W1.T + b1) @ W2.T + b2]
    y += [np.tanh((x + step * dx) @ W1.T + b1) @ W2.T + b2 for step in (h, -h)]
    return y[0], (y[1] - y[2]) / (2 * h)


def _system(rng):
    """E v = b and how E and b move with each of the parameters; E is far from symmetric and from singular."""
    n, m = rng.permutation([3, 4, 5, 6])[:2]
    E = rng.normal(size=(n, n)) + (3 + n) * np.eye(n)
    b, c = rng.normal(size=(2, n))
    return E, b, c, rng.normal(size=(n, m)), rng.normal(size=(m, n, n))


def _fixed_matrix(rng):
    """The parameters are in b alone, as in Strang (9)-(12)."""
    E, b, c, db, dE = _system(rng)
    return E, b, c, db, 0 * dE


def _fixed_right_side(rng):
    """The parameters are in E alone."""
    E, b, c, db, dE = _system(rng)
    return E, b, c, 0 * db, dE


def _as_many_parameters(rng):
    """As many parameters as unknowns, where db and its transpose both have a shape that fits."""
    n = 4
    E = rng.normal(size=(n, n)) + (3 + n) * np.eye(n)
    return E, *rng.normal(size=(2, n)), rng.normal(size=(n, n)), rng.normal(size=(n, n, n))


def _large_right_side(rng):
    """A right side so large that a small change of it is rounded away; the parameters are in b alone."""
    E, b, c, db, dE = _system(rng)
    return E, 1e17 * (b + 2 * np.sign(b)), c, db, 0 * dE


@exercise(
    "ch03.forward_mode_and_adjoints.adjoint",
    title="The adjoint method",
    points=4,
    sources="Strang VII.3 (9)-(12)",
    by_hand=True,
    arguments=_system,
    hidden=[_fixed_matrix, _fixed_right_side, _as_many_parameters, _large_right_side],
    hints=[
        "Start with the parameters in b alone: one solve for lambda, then one product with db.",
        "Differentiate E v = b by p_k: dE_k v + E dv = db_k. So where db_k stood, db_k - dE_k v stands now.",
        "Two solves in all: E v = b, and E^T lambda = c. Then lambda^T (db_k - dE_k v) for each k.",
    ],
)
def adjoint_gradient(E, b, c, db, dE):
    """dF/dp (m,) of F = c^T v, where E(p) v = b(p): the adjoint method.

    E (n, n), b (n,), c (n,);  db (n, m): column k is db/dp_k;  dE (m, n, n): dE[k] is dE/dp_k.
    By hand, with NumPy alone.
    """
    v, adjoint = np.linalg.solve(E, b), np.linalg.solve(E.T, c)
    return adjoint @ (db - (dE @ v).T)


@mistake(
    adjoint_gradient, "it solves E lambda = c without the transpose: that is right for a symmetric E only"
)
def _not_transposed(E, b, c, db, dE):
    v, adjoint = np.linalg.solve(E, b), np.linalg.solve(E, c)
    return adjoint @ (db - (dE @ v).T)


@mistake(adjoint_gradient, "it leaves out dE: when E moves, v moves, although b stays")
def _fixed(E, b, c, db, dE):
    return np.linalg.solve(E.T, c) @ db


@mistake(adjoint_gradient, "it leaves out db: when b moves, v moves, although E stays")
def _only_matrix(E, b, c, db, dE):
    return -np.linalg.solve(E.T, c) @ (dE @ np.linalg.solve(E, b)).T


@mistake(
    adjoint_gradient, "it adds what comes from dE: differentiate E v = b and see on which side it ends up"
)
def _adds(E, b, c, db, dE):
    v, adjoint = np.linalg.solve(E, b), np.linalg.solve(E.T, c)
    return adjoint @ (db + (dE @ v).T)


@mistake(adjoint_gradient, "it multiplies dE by b: what E multiplies is v, the solution")
def _with_b(E, b, c, db, dE):
    return np.linalg.solve(E.T, c) @ (db - (dE @ b).T)


@mistake(adjoint_gradient, "it multiplies the changes by c itself: c weighs v, lambda weighs the right side")
def _weights_of_v(E, b, c, db, dE):
    return c @ (db - (dE @ np.linalg.solve(E, b)).T)


@mistake(adjoint_gradient, "it multiplies v by each dE from the left: the rows of dE belong to the equations")
def _from_the_left(E, b, c, db, dE):
    v, adjoint = np.linalg.solve(E, b), np.linalg.solve(E.T, c)
    return adjoint @ (db - (v @ dE).T)


@mistake(adjoint_gradient, "it solves for v with the transposed matrix: only lambda has E^T")
def _both_transposed(E, b, c, db, dE):
    v, adjoint = np.linalg.solve(E.T, b), np.linalg.solve(E.T, c)
    return adjoint @ (db - (dE @ v).T)


@mistake(adjoint_gradient, "that is dv/dp, an entry for each unknown: F weighs them with c")
def _all_unknowns(E, b, c, db, dE):
    return np.linalg.solve(E, db - (dE @ np.linalg.solve(E, b)).T)


@mistake(adjoint_gradient, "it returns F itself, not its derivatives")
def _value(E, b, c, db, dE):
    return c @ np.linalg.solve(E, b)


@mistake(
    adjoint_gradient, "it returns lambda: the derivatives are lambda^T times the change of the right side"
)
def _adjoint_alone(E, b, c, db, dE):
    return np.linalg.solve(E.T, c)


@mistake(
    adjoint_gradient,
    "that is a central difference: where large numbers meet small ones its steps are rounded away",
)
def _central_differences(E, b, c, db, dE):
    def value(p):
        return c @ np.linalg.solve(E + np.tensordot(p, dE, 1), b + db @ p)

    return gradient(value, np.zeros(len(dE)))


def _recurrence(rng):
    """A recurrence of generic sizes: more steps than entries, and the reverse."""
    steps, d = rng.permutation([2, 3, 4, 5, 6])[:2]
    return 0.8 * rng.normal(size=(d, d)), rng.normal(size=d), rng.normal(size=(steps, d)), rng.normal(size=d)


def _one_step(rng):
    W, v, x, c = _recurrence(rng)
    return W, v, x[:1], c


def _single_unit(rng):
    """One number that is fed back: W is 1 x 1."""
    return rng.normal(size=(1, 1)), rng.normal(size=1), rng.normal(size=(4, 1)), rng.normal(size=1)


def _weights_that_cancel(rng):
    """One step whose weights are so large that a small change is rounded away; x takes back what they add.

    The start begins with 1, and all else are multiples of 1/16: the pre-activation is exact.
    """
    W, v, x, c = _one_step(rng)
    W, v, x = (np.round(16 * part) / 16 for part in (W, v, x))
    W[:, 0], v[0] = 2.0**42, 1
    return W, v, x - W[:, 0], c


@exercise(
    "ch03.forward_mode_and_adjoints.recurrence",
    title="Back through the steps",
    points=4,
    sources="Strang VII.3 (13), (14)",
    by_hand=True,
    arguments=_recurrence,
    hidden=[_one_step, _single_unit, _weights_that_cancel],
    hints=[
        "Run forward and keep every v. Then walk back, with delta = dF/ds of the step where you stand.",
        "At a step s = W v + x: delta is (1 - v_n**2) times what comes back, and goes on as W^T delta.",
        "dx of this step is delta; dW gets one more outer product, delta times the v that entered the step.",
    ],
)
def recurrence_gradient(W, v, x, c):
    """The pair of dF/dW (d, d) and dF/dx (t, d): F = c^T v_t, where v_n = tanh(W v_{n-1} + x_n).

    W (d, d), shared by all steps;  v (d,), the start v_0;  x (t, d), a row for each step;  c (d,).
    By hand, with NumPy alone.
    """
    states = [v]
    for row in x:
        states.append(np.tanh(W @ states[-1] + row))
    dv, dW, dx = c, np.zeros_like(W), np.zeros_like(x)
    for n in reversed(range(len(x))):
        dx[n] = (1 - states[n + 1] ** 2) * dv
        dW += np.outer(dx[n], states[n])
        dv = W.T @ dx[n]
    return dW, dx


def _walk(W, v, x, c, *, slope=None, product=None, back=None, start=None):
    """The reference with parts replaced: slope(before, after), product(dx, before, after), back(W, dx)."""
    slope = slope or (lambda before, after: 1 - after**2)
    product = product or (lambda dx, before, after: np.outer(dx, before))
    states = [v]
    for row in x:
        states.append(np.tanh(W @ states[-1] + row))
    dv, products, dx = c if start is None else start, [], np.zeros_like(x)
    for n in reversed(range(len(x))):
        dx[n] = slope(states[n], states[n + 1]) * dv
        products.append(product(dx[n], states[n], states[n + 1]))
        dv = back(W, dx[n]) if back else W.T @ dx[n]
    return products, dx


@mistake(
    recurrence_gradient, "dW has the last step only: W is used in every step, and each use adds its share"
)
def _last_step(W, v, x, c):
    products, dx = _walk(W, v, x, c)
    return products[0], dx


@mistake(
    recurrence_gradient, "dW has the first step only: W is used in every step, and each use adds its share"
)
def _first_step(W, v, x, c):
    products, dx = _walk(W, v, x, c)
    return products[-1], dx


@mistake(recurrence_gradient, "dW is the mean over the steps: uses of a shared parameter add up")
def _mean(W, v, x, c):
    products, dx = _walk(W, v, x, c)
    return np.mean(products, axis=0), dx


@mistake(recurrence_gradient, "it goes back with W where W^T is needed")
def _not_transposed_back(W, v, x, c):
    products, dx = _walk(W, v, x, c, back=lambda W, dx: W @ dx)
    return sum(products), dx


@mistake(
    recurrence_gradient,
    "it takes the derivative of tanh at the v that enters the step, not the one that leaves",
)
def _slope_too_early(W, v, x, c):
    products, dx = _walk(W, v, x, c, slope=lambda before, after: 1 - before**2)
    return sum(products), dx


@mistake(recurrence_gradient, "it leaves the derivative of tanh out, as if the steps were linear")
def _linear_steps(W, v, x, c):
    products, dx = _walk(W, v, x, c, slope=lambda before, after: 1.0)
    return sum(products), dx


@mistake(
    recurrence_gradient, "dW multiplies with the v that leaves the step: W multiplied the one that enters"
)
def _wrong_state(W, v, x, c):
    products, dx = _walk(W, v, x, c, product=lambda dx, before, after: np.outer(dx, after))
    return sum(products), dx


@mistake(recurrence_gradient, "dW is transposed: its rows belong to delta, its columns to the v that enters")
def _transposed(W, v, x, c):
    products, dx = _walk(W, v, x, c, product=lambda dx, before, after: np.outer(before, dx))
    return sum(products), dx


@mistake(recurrence_gradient, "nothing is passed back: each step gets c itself, as if it were the last")
def _every_step_last(W, v, x, c):
    products, dx = _walk(W, v, x, c, back=lambda W, dx: c)
    return sum(products), dx


@mistake(recurrence_gradient, "the steps go back without W: what leaves a step goes through W into the next")
def _without_weights(W, v, x, c):
    products, dx = _walk(W, v, x, c, back=lambda W, dx: dx)
    return sum(products), dx


@mistake(recurrence_gradient, "the rows of dx are in the order of the walk back: the last step stands first")
def _reversed_rows(W, v, x, c):
    products, dx = _walk(W, v, x, c)
    return sum(products), dx[::-1]


@mistake(
    recurrence_gradient, "dx is summed over the steps: each x_n is used once, and has a gradient of its own"
)
def _summed_inputs(W, v, x, c):
    products, dx = _walk(W, v, x, c)
    return sum(products), dx.sum(axis=0)


@mistake(
    recurrence_gradient,
    "that is a central difference: where large numbers meet small ones its steps are rounded away",
)
def _differences_of_f(W, v, x, c):
    def value(W, x):
        state = v
        for row in x:
            state = np.tanh(W @ state + row)
        return c @ state

    return gradient(lambda W: value(W, x), W), gradient(lambda x: value(W, x), x)
