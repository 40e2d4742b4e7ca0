"""Exercises of ch02/07_hinge_loss_and_svm."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _weights_and_samples(rng):
    """Weights with a bias, samples on all sides of the corridor, and labels of both kinds."""
    n, d = rng.integers(8, 13), rng.integers(4, 7)
    w, x = 0.7 * rng.normal(size=d), rng.normal(size=(n, d))
    w[0], x[:, 0] = rng.choice([-1, 1]) * rng.uniform(0.6, 0.9), 1
    return w, x, np.where(np.arange(n) % 3 == 0, -1, 1)


def _two_on_the_kink(rng):
    """In a sample of each label y s is exactly 1; a third lies exactly on the line."""
    w, x, y = _weights_and_samples(rng)
    w[:2] = [0.25, 0.5]
    x[3:6, 1:], x[3:6, 1] = 0, [-2.5, 1.5, -0.5]
    return w, x, y


@exercise(
    "ch02.hinge_loss_and_svm.silent",
    title="Correct a printed sentence",
    points=1,
    sources="Strang VII.5",
    arguments=_weights_and_samples,
    hidden=[_two_on_the_kink],
    hints=[
        "When is max(0, 1 - y s) zero? Look at the kink of the hinge in the figure.",
        "1 - y s must not be positive. What does that ask of y s, and does equality count?",
        "s = x @ w is a number for each sample; compare y s with the place of the kink, the kink included.",
    ],
)
def silent_samples(w, x, y):
    """True for each sample without hinge loss: booleans (n,).

    w (d + 1,), the bias first; x (n, d + 1), its column 0 is 1; y (n,) in {-1, 1}
    """
    return y * (x @ w) >= 1


@mistake(silent_samples, "it is the printed sentence: a sample on the correct side with y s = 0.5 costs 0.5")
def _printed(w, x, y):
    return y * (x @ w) > 0


@mistake(silent_samples, "it asks for the correct side, the line included: a sample on the line costs 1")
def _printed_with_line(w, x, y):
    return y * (x @ w) >= 0


@mistake(silent_samples, "it leaves out the samples exactly on the kink: their loss is 0 as well")
def _strict(w, x, y):
    return y * (x @ w) > 1


@mistake(silent_samples, "it does not look at the labels: beyond the wrong edge a sample is far from silent")
def _without_labels(w, x, y):
    return x @ w >= 1


@mistake(silent_samples, "it takes every sample outside the corridor, the wrong side of it included")
def _either_side(w, x, y):
    return np.abs(x @ w) >= 1


@mistake(silent_samples, "it marks the samples that have a loss: those without are wanted")
def _loud(w, x, y):
    return y * (x @ w) < 1


@mistake(silent_samples, "it leaves the bias out of s: column 0 of x is the input of w[0]")
def _without_bias(w, x, y):
    return y * (x[:, 1:] @ w[1:]) >= 1


@mistake(silent_samples, "it measures the distance from the line, y s / |w|: the loss looks at y s")
def _by_distance(w, x, y):
    return y * (x @ w) / np.linalg.norm(w[1:]) >= 1


@mistake(silent_samples, "it lists the places of the silent samples: wanted is true or false for each")
def _places(w, x, y):
    return np.flatnonzero(y * (x @ w) >= 1)


@mistake(silent_samples, "it is the loss of each sample: is it zero, true or false?")
def _losses(w, x, y):
    return np.maximum(0, 1 - y * (x @ w))


def _bias_and_weights(rng):
    return (np.append(rng.choice([-1, 1]) * rng.uniform(0.5, 3), rng.normal(size=rng.integers(2, 6))),)


def _one_feature(rng):
    """A single weight, and a negative one: a width is positive."""
    return (np.array([rng.normal(), -rng.uniform(0.2, 3)]),)


@exercise(
    "ch02.hinge_loss_and_svm.width",
    title="The width of a corridor",
    points=2,
    sources="Strang VII.5",
    arguments=_bias_and_weights,
    hidden=[_one_feature],
    hints=[
        "The lines are parallel, so walk at a right angle: along the weights, the bias not among them.",
        "A step of length 1 that way changes s by the length of the weights. How far is it from -1 to 1?",
        "s has to change by 2. Divide by the length of w[1:].",
    ],
)
def corridor_width(w):
    """The distance between s = -1 and s = +1, a number.  w (d + 1,), the bias first.

    Strang VII.5
    """
    return 2 / np.linalg.norm(w[1:])


@mistake(corridor_width, "it counts the bias as a weight: the bias shifts the corridor, no more")
def _with_bias(w):
    return 2 / np.linalg.norm(w)


@mistake(corridor_width, "it needs two weights, w[1] and w[2]: there may be one of them, or five")
def _two_weights(w):
    return 2 / np.hypot(w[1], w[2])


@mistake(corridor_width, "it stops after w[2]: all weights but the bias count")
def _first_two(w):
    return 2 / np.linalg.norm(w[1:3])


@mistake(corridor_width, "it goes from the middle to one edge: the corridor has two halves")
def _half(w):
    return 1 / np.linalg.norm(w[1:])


@mistake(corridor_width, "it divides by the square of a length: with w doubled it must be half as wide")
def _squared(w):
    return 2 / (w[1:] @ w[1:])


@mistake(corridor_width, "it grows with the weights: the shortest weights make the widest corridor")
def _grows(w):
    return 2 * np.linalg.norm(w[1:])


@mistake(corridor_width, "it leaves out the last weight: the bias comes first")
def _bias_last(w):
    return 2 / np.linalg.norm(w[:-1])


@mistake(corridor_width, "it adds up the weights: that is not the length of a vector")
def _sum_of_weights(w):
    return 2 / w[1:].sum()


@mistake(corridor_width, "it adds up the sizes of the weights: that is another norm, p = 1")
def _sum_of_sizes(w):
    return 2 / np.abs(w[1:]).sum()


@mistake(corridor_width, "that is how far the line s = 0 is from the origin, not the edges from each other")
def _from_the_origin(w):
    return np.abs(w[0]) / np.linalg.norm(w[1:])


@mistake(corridor_width, "it divides by each weight: one number is wanted")
def _each_weight(w):
    return 2 / w[1:]


def _samples_and_strength(rng):
    return *_weights_and_samples(rng), rng.uniform(0.1, 0.9)


def _kink_and_strength(rng):
    return *_two_on_the_kink(rng), rng.uniform(0.1, 0.9)


def _all_silent(rng):
    """No sample has a loss: only the penalty is left."""
    w, x, y, strength = _samples_and_strength(rng)
    away = y * rng.uniform(1.5, 3, size=len(y)) - x @ w
    x[:, 1:] += away[:, None] * w[1:] / (w[1:] @ w[1:])
    return w, x, y, strength


@exercise(
    "ch02.hinge_loss_and_svm.soft_margin",
    title="The soft margin",
    points=4,
    sources="Strang VII.5 (1)",
    arguments=_samples_and_strength,
    hidden=[_kink_and_strength, _all_silent],
    hints=[
        "Two parts, each with a value and a slope: the mean hinge loss, and strength times a squared length.",
        "A sample with y s < 1 adds -y x / n to the slope, any other nothing. What is the slope of a square?",
        "For the second part take a copy of w with 0 in place of the bias: its square, and twice itself.",
    ],
)
def soft_margin(w, x, y, strength):
    """The objective, a number, and its subgradient, an array like w.  Strang VII.5 (1)

    w (d + 1,), the bias first; x (n, d + 1), its column 0 is 1; y (n,) in {-1, 1}
    """
    inside, penalized = y * (x @ w) < 1, np.append(0, w[1:])
    objective = np.maximum(0, 1 - y * (x @ w)).mean() + strength * penalized @ penalized
    return objective, -(y * inside) @ x / len(x) + 2 * strength * penalized


def _hinge(w, x, y):
    """The mean hinge loss and its subgradient."""
    return np.maximum(0, 1 - y * (x @ w)).mean(), -(y * (y * (x @ w) < 1)) @ x / len(x)


def _penalty(w, strength):
    penalized = np.append(0, w[1:])
    return strength * penalized @ penalized, 2 * strength * penalized


@mistake(soft_margin, "it penalizes the bias: the line may lie where it likes, at no price")
def _bias_penalized(w, x, y, strength):
    (loss, slope) = _hinge(w, x, y)
    return loss + strength * w @ w, slope + 2 * strength * w


@mistake(soft_margin, "its objective leaves the bias free, its subgradient does not")
def _bias_in_the_slope(w, x, y, strength):
    (loss, slope), (price, _) = _hinge(w, x, y), _penalty(w, strength)
    return loss + price, slope + 2 * strength * w


@mistake(soft_margin, "its subgradient leaves the bias free, its objective does not")
def _bias_in_the_objective(w, x, y, strength):
    (loss, slope), (_, more) = _hinge(w, x, y), _penalty(w, strength)
    return loss + strength * w @ w, slope + more


@mistake(soft_margin, "exactly on the kink it takes the slope -y x: here the text asks for 0")
def _kink_counts(w, x, y, strength):
    (loss, _), (price, more) = _hinge(w, x, y), _penalty(w, strength)
    return loss + price, -(y * (y * (x @ w) <= 1)) @ x / len(x) + more


@mistake(soft_margin, "it has half the penalty: there is no factor 1/2 in Strang (1)")
def _half_penalty(w, x, y, strength):
    (loss, slope), (price, more) = _hinge(w, x, y), _penalty(w, strength / 2)
    return loss + price, slope + more


@mistake(soft_margin, "its objective is right; the slope of the penalty, a square, lacks a factor")
def _two_forgotten(w, x, y, strength):
    (loss, slope), (price, more) = _hinge(w, x, y), _penalty(w, strength)
    return loss + price, slope + more / 2


@mistake(soft_margin, "its penalty is the length of the weights, not the square of it")
def _length(w, x, y, strength):
    (loss, slope), length = _hinge(w, x, y), np.linalg.norm(w[1:])
    return loss + strength * length, slope + strength * np.append(0, w[1:]) / length


@mistake(soft_margin, "its subgradient is right; the penalty in its objective is a length, not a square")
def _length_in_the_objective(w, x, y, strength):
    (loss, slope), (_, more) = _hinge(w, x, y), _penalty(w, strength)
    return loss + strength * np.linalg.norm(w[1:]), slope + more


@mistake(soft_margin, "it sums the hinge losses: Strang (1) has their mean")
def _summed(w, x, y, strength):
    (loss, slope), (price, more) = _hinge(w, x, y), _penalty(w, strength)
    return len(x) * loss + price, len(x) * slope + more


@mistake(soft_margin, "its subgradient is a mean over the samples, its objective a sum")
def _objective_summed(w, x, y, strength):
    (loss, slope), (price, more) = _hinge(w, x, y), _penalty(w, strength)
    return len(x) * loss + price, slope + more


@mistake(soft_margin, "its objective is a mean over the samples, its subgradient a sum")
def _slope_summed(w, x, y, strength):
    (loss, slope), (price, more) = _hinge(w, x, y), _penalty(w, strength)
    return loss + price, len(x) * slope + more


@mistake(soft_margin, "the hinge's part of its subgradient has the wrong sign: the loss falls along y x")
def _hinge_turned(w, x, y, strength):
    (loss, slope), (price, more) = _hinge(w, x, y), _penalty(w, strength)
    return loss + price, more - slope


@mistake(soft_margin, "in its subgradient only wrong samples pull: inside the corridor right ones do, too")
def _only_mistakes(w, x, y, strength):
    (loss, _), (price, more) = _hinge(w, x, y), _penalty(w, strength)
    return loss + price, -(y * (y * (x @ w) < 0)) @ x / len(x) + more


@mistake(soft_margin, "in its subgradient every sample pulls, also those without loss")
def _all_pull(w, x, y, strength):
    (loss, _), (price, more) = _hinge(w, x, y), _penalty(w, strength)
    return loss + price, -y @ x / len(x) + more


@mistake(soft_margin, "in its subgradient it divides by the number of samples that pull: a mean is over all")
def _mean_of_inside(w, x, y, strength):
    (loss, _), (price, more), inside = _hinge(w, x, y), _penalty(w, strength), y * (x @ w) < 1
    return loss + price, -(y[inside, None] * x[inside]).mean(axis=0) + more


@mistake(soft_margin, "its subgradient leaves out the price of long weights")
def _price_without_slope(w, x, y, strength):
    (loss, slope), (price, _) = _hinge(w, x, y), _penalty(w, strength)
    return loss + price, slope


@mistake(soft_margin, "its objective leaves out the price of long weights")
def _slope_without_price(w, x, y, strength):
    (loss, slope), (_, more) = _hinge(w, x, y), _penalty(w, strength)
    return loss, slope + more


@mistake(soft_margin, "the price of long weights is missing, in the objective and in its subgradient")
def _no_price(w, x, y, strength):
    return _hinge(w, x, y)


@mistake(soft_margin, "it never looks at the labels: the hinge falls with y s, not with s")
def _no_labels(w, x, y, strength):
    (loss, slope), (price, more) = _hinge(w, x, np.ones_like(y)), _penalty(w, strength)
    return loss + price, slope + more


@mistake(soft_margin, "its hinge looks at s instead of y s: the labels stand in the slope alone")
def _labels_in_the_slope(w, x, y, strength):
    (loss, _), (price, more) = _hinge(w, x, np.ones_like(y)), _penalty(w, strength)
    return loss + price, -(y * (x @ w < 1)) @ x / len(x) + more


@mistake(soft_margin, "it sets the bias of the caller's w to 0: a second name is no copy")
def _alias(w, x, y, strength):
    loss, slope = _hinge(w, x, y)
    penalized = w
    penalized[0] = 0
    return loss + strength * penalized @ penalized, slope + 2 * strength * penalized


def _scores_and_labels(rng):
    """Weights of k classes, samples, and labels."""
    k, d, n = rng.integers(4, 6), rng.integers(2, 4), rng.integers(7, 12)
    return rng.normal(size=(k, d)), rng.normal(size=(n, d)), rng.permutation(np.arange(n) % k)


def _exactly_one_behind(rng):
    """In one sample class 0 is exactly 1 behind the label, class 2."""
    W, x, labels = _scores_and_labels(rng)
    W[[0, 2], 0], x[6, 0], x[6, 1:], labels[6] = [0.25, 1.25], 1, 0, 2
    return W, x, labels


def _all_satisfied(rng):
    """Every sample leads by more than 1: nothing is left to learn."""
    k, n = rng.integers(4, 6), rng.integers(7, 12)
    labels = rng.permutation(np.arange(n) % k)
    return rng.uniform(3, 5) * np.eye(k), np.eye(k)[labels] + 0.1 * rng.normal(size=(n, k)), labels


@exercise(
    "ch02.hinge_loss_and_svm.mask",
    title="The mask",
    points=4,
    sources="EE147 Hinge Loss Gradient",
    arguments=_scores_and_labels,
    hidden=[_exactly_one_behind, _all_satisfied],
    hints=[
        "Start with 1 + s_k - s_label for all samples and classes at once, (n, k). Where is it positive?",
        "There the mask has a 1. The label's own entry needs care: what must each row add up to?",
        "Put minus the number of its rivals at the label. Transpose the mask, multiply by x, mind the mean.",
    ],
)
def multiclass_hinge_gradient(W, x, labels):
    """dR/dW (k, d) of the mean multiclass hinge loss; a class exactly 1 behind adds nothing.

    W (k, d), x (n, d), labels (n,) in 0 ... k - 1.  EE147 Hinge Loss Gradient
    """
    rows, s = np.arange(len(x)), x @ W.T
    mask = (1 + s - s[rows, labels][:, None] > 0).astype(float)
    mask[rows, labels] = 0
    mask[rows, labels] = -mask.sum(axis=1)
    return mask.T @ x / len(x)


def _rivals(W, x, labels, lead=1):
    """1 for each wrong class that is less than `lead` behind the label: (n, k); and the label, one-hot."""
    s, own = x @ W.T, np.eye(len(W))[labels]
    return (lead + s - (s * own).sum(axis=1, keepdims=True) > 0) * (1 - own), own


def _masked(rivals, own):
    return rivals - own * rivals.sum(axis=1, keepdims=True)


@mistake(multiclass_hinge_gradient, "it counts a class exactly 1 behind, which here adds nothing")
def _kink_counts_too(W, x, labels):
    return _masked(*_rivals(W, x, labels, lead=1 + 1e-9)).T @ x / len(x)


@mistake(
    multiclass_hinge_gradient, "it counts only classes that lead: those less than 1 behind have a loss, too"
)
def _no_lead(W, x, labels):
    return _masked(*_rivals(W, x, labels, lead=0)).T @ x / len(x)


@mistake(multiclass_hinge_gradient, "the right class gets nothing: each rival pushes it up as well")
def _label_forgotten(W, x, labels):
    rivals, _ = _rivals(W, x, labels)
    return rivals.T @ x / len(x)


@mistake(multiclass_hinge_gradient, "the right class gets a single -1, however many rivals it has")
def _label_once(W, x, labels):
    rivals, own = _rivals(W, x, labels)
    return (rivals - own * rivals.any(axis=1, keepdims=True)).T @ x / len(x)


@mistake(multiclass_hinge_gradient, "the right class gets -1 always, with many rivals and with none")
def _label_always(W, x, labels):
    rivals, own = _rivals(W, x, labels)
    return (rivals - own).T @ x / len(x)


@mistake(
    multiclass_hinge_gradient, "the number of its rivals has the wrong sign: it pushes the right class down"
)
def _label_plus(W, x, labels):
    rivals, own = _rivals(W, x, labels)
    return (rivals + own * rivals.sum(axis=1, keepdims=True)).T @ x / len(x)


@mistake(multiclass_hinge_gradient, "it counts the right class among its own rivals")
def _own_rival(W, x, labels):
    rivals, own = _rivals(W, x, labels)
    return (_masked(rivals, own) - own).T @ x / len(x)


@mistake(multiclass_hinge_gradient, "it leaves a 1 at the right class, which should be pushed up")
def _own_entry(W, x, labels):
    rivals, own = _rivals(W, x, labels)
    return (rivals + own).T @ x / len(x)


@mistake(multiclass_hinge_gradient, "it takes the strongest rival alone: every one counts")
def _strongest_only(W, x, labels):
    rivals, own = _rivals(W, x, labels)
    strongest = np.where(own, -np.inf, x @ W.T).argmax(axis=1)
    return _masked(rivals * np.eye(len(W))[strongest], own).T @ x / len(x)


@mistake(multiclass_hinge_gradient, "it sums over the samples: the loss is their mean")
def _sum_over_samples(W, x, labels):
    return _masked(*_rivals(W, x, labels)).T @ x


@mistake(
    multiclass_hinge_gradient, "it divides by the number of classes, too, as PyTorch does: here only by n"
)
def _as_in_torch(W, x, labels):
    return _masked(*_rivals(W, x, labels)).T @ x / len(x) / len(W)


@mistake(multiclass_hinge_gradient, "its signs are turned: the right class is pushed down, the others up")
def _signs_exchanged(W, x, labels):
    return -_masked(*_rivals(W, x, labels)).T @ x / len(x)


@mistake(multiclass_hinge_gradient, "its rows are the features: a row of W belongs to a class")
def _feature_rows(W, x, labels):
    return x.T @ _masked(*_rivals(W, x, labels)) / len(x)


@mistake(
    multiclass_hinge_gradient,
    "it weighs the rivals with their losses: a hinge's slope is 1 where it is positive",
)
def _weighed_with_losses(W, x, labels):
    rivals, own = _rivals(W, x, labels)
    s = x @ W.T
    return _masked(rivals * (1 + s - (s * own).sum(axis=1, keepdims=True)), own).T @ x / len(x)


@mistake(multiclass_hinge_gradient, "that is the gradient of softmax and cross-entropy")
def _softmax(W, x, labels):
    p = np.exp(x @ W.T - (x @ W.T).max(axis=1, keepdims=True))
    return (p / p.sum(axis=1, keepdims=True) - np.eye(len(W))[labels]).T @ x / len(x)
