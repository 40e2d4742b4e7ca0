"""Exercises of ch03/08_more_hidden_units."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake

# ---------------------------------------------------------------- swish


def _batch(rng):
    n, k = rng.integers(5, 8), rng.integers(2, 5)
    return 2 * rng.normal(size=(n, k)), rng.normal(size=(n, k))


def _far_out(rng):
    """Some pre-activations so large, or so small, that an exponential overflows."""
    s, da = _batch(rng)
    s[0], s[1] = 1000 * rng.uniform(1, 2), -1000 * rng.uniform(1, 2)
    return s, da


def _around_zero(rng):
    s, da = _batch(rng)
    s[0] = 0
    s[1:] /= 10
    return s, da


@exercise(
    "ch03.more_hidden_units.swish",
    title="A unit with a gate of its own",
    points=2,
    sources="MEDL 5.2, 5.3; DLNN (4.72)",
    by_hand=True,
    arguments=_batch,
    hidden=[_far_out, _around_zero],
    hints=[
        "swish is a product of two functions of s. Which rule of calculus belongs to a product?",
        "One part: s is differentiated, the gate stays. Other part: the gate is differentiated, s stays.",
        "With p = sigmoid(s) the gate's slope is p (1 - p), DLNN (4.72). Add both parts; then use da.",
    ],
)
def swish_pullback(s, da):
    """ds (n, k) of a = s * sigmoid(s), from s (n, k) up to +-2000 and da (n, k).

    By hand, with NumPy alone.
    """
    gate = (1 + np.tanh(s / 2)) / 2
    return da * (gate + s * gate * (1 - gate))


def _gate(s):
    return (1 + np.tanh(s / 2)) / 2


@mistake(swish_pullback, "it takes the gate for a constant, but the gate depends on s as well")
def _constant_gate(s, da):
    return da * _gate(s)


@mistake(swish_pullback, "it differentiates the gate only: the factor s in front changes, too")
def _gate_only(s, da):
    return da * s * _gate(s) * (1 - _gate(s))


@mistake(swish_pullback, "it multiplies the two slopes: a product is differentiated one factor at a time")
def _product_of_slopes(s, da):
    return da * _gate(s) * (1 - _gate(s))


@mistake(swish_pullback, "it uses the sigmoid's rule on a: that rule is for a = sigmoid(s)")
def _rule_of_the_sigmoid(s, da):
    a = s * _gate(s)
    return da * a * (1 - a)


@mistake(swish_pullback, "its second part has lost the 1 - p: for large s it should fade away")
def _does_not_fade(s, da):
    return da * (_gate(s) + s * _gate(s))


@mistake(swish_pullback, "the slope of the gate has the wrong sign in it: the gate opens as s grows")
def _gate_closes(s, da):
    return da * (_gate(s) - s * _gate(s) * (1 - _gate(s)))


@mistake(swish_pullback, "that is the slope alone: what comes from behind, da, is missing")
def _slope_alone(s, da):
    return swish_pullback(s, np.ones_like(da))


@mistake(swish_pullback, "that is the value of swish times da: its derivative is asked for")
def _value(s, da):
    return da * s * _gate(s)


@mistake(swish_pullback, "for s = 1000 it divides infinity by infinity: write the sigmoid with exp(-s)")
def _overflows(s, da):
    gate = np.exp(s) / (1 + np.exp(s))
    return da * (gate + s * gate * (1 - gate))


# ---------------------------------------------------------------- maxout


def _pieces(rng):
    """x (n, j), W (i, k, j), b (i, k), da (n, i), no two of the sizes the same."""
    n, i, k, j = rng.integers(7, 10), 2, rng.integers(3, 5), rng.integers(5, 7)
    return tuple(rng.normal(size=size) for size in [(n, j), (i, k, j), (i, k), (n, i)])


def _one_piece_never_wins(rng):
    x, W, b, da = _pieces(rng)
    b[:, rng.integers(b.shape[1])] -= 100
    return x, W, b, da


def _ties(rng):
    """The last piece of each unit is the same as the one before."""
    x, W, b, da = _pieces(rng)
    W[:, -1], b[:, -1] = W[:, -2], b[:, -2]
    b[:, -2:] += 1
    return x, W, b, da


def _biases_decide(rng):
    x, W, b, da = _pieces(rng)
    return x, W / 4, 3 * b, da


@exercise(
    "ch03.more_hidden_units.maxout",
    title="The winner takes it",
    points=4,
    sources="GBC (6.37)",
    by_hand=True,
    arguments=_pieces,
    hidden=[_one_piece_never_wins, _ties, _biases_decide],
    hints=[
        "For one sample and one unit: only the largest piece shows in a. What do the others get?",
        "Make ds (n, i, k): da where a piece won, 0 elsewhere; argmax(axis=2) says which one won.",
        'Each piece is linear: ds times W for dx, ds times x for dW: np.einsum("nik,nj->ikj", ds, x).',
    ],
)
def maxout_pullback(x, W, b, da):
    """dx (n, j), dW (i, k, j), db (i, k) of the maxout units a = max over k of W x + b.

    x (n, j), W (i, k, j), b (i, k), da (n, i).  Of several largest pieces the first has won.
    By hand, with NumPy alone.
    """
    s = np.einsum("nj,ikj->nik", x, W) + b
    won = np.arange(b.shape[1]) == s.argmax(axis=2)[:, :, None]
    ds = won * da[:, :, None]
    return np.einsum("nik,ikj->nj", ds, W), np.einsum("nik,nj->ikj", ds, x), ds.sum(axis=0)


def _through(ds, x, W):
    """The pullback of the affine pieces."""
    return np.einsum("nik,ikj->nj", ds, W), np.einsum("nik,nj->ikj", ds, x), ds.sum(axis=0)


def _values(x, W, b):
    return np.einsum("nj,ikj->nik", x, W) + b


def _won(s):
    return np.arange(s.shape[2]) == s.argmax(axis=2)[:, :, None]


@mistake(maxout_pullback, "all pieces get the gradient, as if a were their sum: only the largest one shows")
def _sum_of_all(x, W, b, da):
    return _through(np.ones_like(_values(x, W, b)) * da[:, :, None], x, W)


@mistake(maxout_pullback, "the gradient is shared out among all pieces, as if a were their mean")
def _mean_of_all(x, W, b, da):
    return _through(np.ones_like(_values(x, W, b)) * da[:, :, None] / W.shape[1], x, W)


@mistake(maxout_pullback, "the smallest piece gets the gradient: the unit takes the largest")
def _smallest(x, W, b, da):
    return _through(_won(-_values(x, W, b)) * da[:, :, None], x, W)


@mistake(maxout_pullback, "it lets one piece win for the whole batch: every sample has a winner of its own")
def _one_for_the_batch(x, W, b, da):
    s = _values(x, W, b)
    return _through(_won(np.broadcast_to(s.mean(axis=0), s.shape)) * da[:, :, None], x, W)


@mistake(maxout_pullback, "pieces that tie all get the whole gradient: that is more than came in")
def _all_winners(x, W, b, da):
    s = _values(x, W, b)
    return _through((s == s.max(axis=2, keepdims=True)) * da[:, :, None], x, W)


@mistake(maxout_pullback, "pieces that tie share the gradient, as in PyTorch's amax: here the first one wins")
def _shared(x, W, b, da):
    s = _values(x, W, b)
    won = s == s.max(axis=2, keepdims=True)
    return _through(won / won.sum(axis=2, keepdims=True) * da[:, :, None], x, W)


@mistake(maxout_pullback, "of pieces that tie it takes the last one: the first is asked for")
def _last(x, W, b, da):
    s = _values(x, W, b)
    return _through(_won(s[:, :, ::-1])[:, :, ::-1] * da[:, :, None], x, W)


@mistake(maxout_pullback, "it compares the pieces without their biases")
def _without_bias(x, W, b, da):
    return _through(_won(_values(x, W, 0 * b)) * da[:, :, None], x, W)


@mistake(maxout_pullback, "it compares the sizes of the pieces: -3 is smaller than 1")
def _largest_size(x, W, b, da):
    return _through(_won(np.abs(_values(x, W, b))) * da[:, :, None], x, W)


@mistake(maxout_pullback, "its dW and db are means over the samples: what the samples ask for adds up")
def _averaged(x, W, b, da):
    dx, dW, db = maxout_pullback(x, W, b, da)
    return dx, dW / len(x), db / len(x)


@mistake(maxout_pullback, "its gradients leave out da: what comes from behind is missing")
def _without_da(x, W, b, da):
    return maxout_pullback(x, W, b, np.ones_like(da))


# ---------------------------------------------------------------- radial basis functions


def _templates(rng):
    """x (n, j), W (i, j), sigma (i,), da (n, i), no two of the sizes the same."""
    n, i, j = rng.integers(6, 9), rng.integers(2, 4), rng.integers(4, 6)
    x, W, da = (rng.normal(size=size) for size in [(n, j), (i, j), (n, i)])
    return x, W, rng.uniform(2, 4, size=i), da


def _on_the_template(rng):
    x, W, sigma, da = _templates(rng)
    x[: len(W)] = W
    return x, W, sigma, da


def _narrow(rng):
    x, W, sigma, da = _templates(rng)
    return x, W, sigma / 3, da


@exercise(
    "ch03.more_hidden_units.rbf",
    title="A unit that answers to a place",
    points=3,
    sources="GBC 6.3.3",
    by_hand=True,
    arguments=_templates,
    hidden=[_on_the_template, _narrow],
    hints=[
        "Go back in two steps: through a = exp(-q), then through q = ||W_i - x||² / sigma_i².",
        "dq = -da a. And q depends on x and on W_i through their difference only: opposite gradients.",
        "dq/dx = 2 (x - W_i) / sigma_i², dq/dsigma_i = -2 q / sigma_i. Sum over units for dx, else samples.",
    ],
)
def rbf_pullback(x, W, sigma, da):
    """dx (n, j), dW (i, j), dsigma (i,) of the units a = exp(-||W_i - x||² / sigma_i²).

    x (n, j), W (i, j), sigma (i,), da (n, i).  There is no factor ½ in the exponent.
    By hand, with NumPy alone.
    """
    away = x[:, None] - W
    q = (away**2).sum(axis=2) / sigma**2
    dq = -da * np.exp(-q)
    pull = 2 * away * (dq / sigma**2)[:, :, None]
    return pull.sum(axis=1), -pull.sum(axis=0), -2 * (dq * q).sum(axis=0) / sigma


def _bells(x, W, sigma):
    """The difference (n, i, j), the exponent (n, i), the activation (n, i)."""
    away = x[:, None] - W
    q = (away**2).sum(axis=2) / sigma**2
    return away, q, np.exp(-q)


@mistake(rbf_pullback, "that is the pullback of exp(-||W - x||² / (2 sigma²)): GBC's unit has no ½")
def _with_half(x, W, sigma, da):
    dx, dW, dsigma = rbf_pullback(x, W, np.sqrt(2) * sigma, da)
    return dx, dW, np.sqrt(2) * dsigma


@mistake(rbf_pullback, "dW points the way of dx: W and x come in with opposite signs")
def _same_sign(x, W, sigma, da):
    dx, dW, dsigma = rbf_pullback(x, W, sigma, da)
    return dx, -dW, dsigma


@mistake(rbf_pullback, "dx and dW have lost the minus of the exponent: far samples would be more welcome")
def _lost_minus(x, W, sigma, da):
    dx, dW, dsigma = rbf_pullback(x, W, sigma, da)
    return -dx, -dW, dsigma


@mistake(rbf_pullback, "dsigma has the wrong sign: a wider bell answers more")
def _narrower(x, W, sigma, da):
    dx, dW, dsigma = rbf_pullback(x, W, sigma, da)
    return dx, dW, -dsigma


@mistake(rbf_pullback, "all three are half as long: the derivative of a square has a 2")
def _lost_two(x, W, sigma, da):
    return tuple(grad / 2 for grad in rbf_pullback(x, W, sigma, da))


@mistake(rbf_pullback, "it has no exponential: a itself is a factor of its derivative")
def _lost_a(x, W, sigma, da):
    _, _, a = _bells(x, W, sigma)
    return rbf_pullback(x, W, sigma, da / a)


@mistake(rbf_pullback, "it leaves out da: what comes from behind is missing")
def _lost_da(x, W, sigma, da):
    return rbf_pullback(x, W, sigma, np.ones_like(da))


@mistake(rbf_pullback, "dx and dW are divided by sigma, not by its square")
def _one_sigma(x, W, sigma, da):
    away, q, a = _bells(x, W, sigma)
    pull = -2 * away * (da * a / sigma)[:, :, None]
    return pull.sum(axis=1), -pull.sum(axis=0), rbf_pullback(x, W, sigma, da)[2]


@mistake(rbf_pullback, "dsigma is the gradient for 1 / sigma² or the like: differentiate by sigma itself")
def _by_the_precision(x, W, sigma, da):
    dx, dW, dsigma = rbf_pullback(x, W, sigma, da)
    return dx, dW, -dsigma * sigma**3 / 2


@mistake(rbf_pullback, "dW and dsigma are means over the samples: what the samples ask for adds up")
def _averaged_bells(x, W, sigma, da):
    dx, dW, dsigma = rbf_pullback(x, W, sigma, da)
    return dx, dW / len(x), dsigma / len(x)


@mistake(rbf_pullback, "dsigma is one number: every unit has a width of its own")
def _one_width(x, W, sigma, da):
    dx, dW, dsigma = rbf_pullback(x, W, sigma, da)
    return dx, dW, dsigma.sum()
