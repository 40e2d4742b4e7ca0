"""The exercises of ch02/02, 06 and 07: references checked another way, special cases, answers of readers."""

import warnings

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import binom

from dlnotes import exercises, learners, losses, verify
from dlnotes.exercises.judging import judge
from dlnotes.exercises.registry import cases

SEEDS = range(5)


def rule_by_cases(w, x, y, lr):
    s = sum(weight * feature for weight, feature in zip(w, x, strict=True))
    right = s > 0 if y == 1 else s < 0
    return [weight + (0 if right else lr * y * feature) for weight, feature in zip(w, x, strict=True)]


def batch_by_the_rule(w, x, y):
    """What the on-line rule would add for each sample alone, seen from the same w, with the sign turned."""
    return sum(w - rule_by_cases(w, sample, label, 1.0) for sample, label in zip(x, y, strict=True))


def bound_by_loops(w_hat, x, y):
    """DLNN (4.28) and (4.33) meet at this tau, for w_hat scaled to length 1."""
    unit = w_hat / np.sqrt(sum(w_hat**2))
    gamma = min(label * sum(unit * sample) for sample, label in zip(x, y, strict=True))
    return max(sum(sample**2) for sample in x) / gamma**2


def votes_by_counting(neighbors, labels, classes):
    shares = np.zeros((len(neighbors), classes))
    for row, asked in zip(shares, neighbors, strict=True):
        for neighbor in asked:
            row[labels[neighbor]] += 1 / len(asked)
    return shares


def majority_neighbor_by_neighbor(wrong):
    """The chances of 0, 1, 2, ... wrong ones, updated with one neighbor after the other."""
    chances = np.ones(1)
    for chance in wrong:
        chances = np.convolve(chances, [1 - chance, chance])
    return sum(chance for count, chance in enumerate(chances) if 2 * count > len(wrong))


def gap_between_edges(w):
    """From the point of s = -1 nearest to the origin to the one of s = 1."""
    ends = [(s - w[0]) * np.linalg.pinv(w[None, 1:])[:, 0] for s in (-1, 1)]
    return np.linalg.norm(ends[1] - ends[0])


def soft_margin_by_loops(w, x, y, strength):
    value, slope = 0.0, np.zeros(len(w))
    for sample, label in zip(x, y, strict=True):
        if label * (w @ sample) < 1:
            value += (1 - label * (w @ sample)) / len(x)
            slope -= label * sample / len(x)
    for j in range(1, len(w)):
        value += strength * w[j] ** 2
        slope[j] += 2 * strength * w[j]
    return value, slope


def multiclass_by_loops(W, x, labels):
    dW = np.zeros(W.shape)
    for sample, label in zip(x, labels, strict=True):
        for k in set(range(len(W))) - {label}:
            if 1 + W[k] @ sample - W[label] @ sample > 0:
                dW[k] += sample / len(x)
                dW[label] -= sample / len(x)
    return dW


INDEPENDENT = {
    "perceptron_update": rule_by_cases,
    "perceptron_gradient": batch_by_the_rule,
    "update_bound": bound_by_loops,
    "squared_distances": lambda queries, x: cdist(queries, x, "sqeuclidean"),
    "vote_shares": votes_by_counting,
    "majority_error": majority_neighbor_by_neighbor,
    "silent_samples": lambda w, x, y: [losses.hinge(s, label)[0] == 0 for s, label in one_by_one(w, x, y)],
    "corridor_width": gap_between_edges,
    "soft_margin": soft_margin_by_loops,
    "multiclass_hinge_gradient": multiclass_by_loops,
}


def one_by_one(w, x, y):
    return zip((x @ w)[:, None], y[:, None], strict=True)


@pytest.mark.parametrize("name", INDEPENDENT)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_reference_agrees_with_an_independent_way_to_its_result(name, seed):
    for arguments, want in cases(exercises.find(name), seed):
        found = INDEPENDENT[name](*arguments)
        pairs = zip(found, want, strict=True) if isinstance(want, tuple) else [(found, want)]
        for one, other in pairs:
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", INDEPENDENT)
def test_a_reference_warns_of_nothing_on_its_own_cases(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(cases(exercises.find(name), 7)) > 16


RISKS = {  # of the first argument, where no sample is on a kink
    "perceptron_gradient": lambda w, x, y: losses.perceptron_loss(x @ w, y, reduction="sum")[0],
    "multiclass_hinge_gradient": lambda W, x, labels: losses.multiclass_hinge(x @ W.T, labels)[0],
    "soft_margin": lambda w, x, y, c: losses.hinge(x @ w, y)[0] + c * w[1:] @ w[1:],
}


@pytest.mark.parametrize("name", RISKS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_gradient_is_the_one_of_central_differences(name, seed):
    one = exercises.find(name)
    w, *rest = one.arguments(np.random.default_rng(seed))
    got = one.reference(w, *rest)
    slope = got[1] if isinstance(got, tuple) else got
    np.testing.assert_allclose(slope, verify.gradient(lambda w: RISKS[name](w, *rest), w), atol=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_perceptron_needs_no_more_updates_than_the_bound_allows(seed):
    w_hat, x, y = exercises.find("update_bound").arguments(np.random.default_rng(seed))
    run = learners.perceptron(x, y, max_epochs=1000)
    assert run.converged
    assert 1 <= len(run.history) <= exercises.reference("update_bound")(w_hat, x, y)


def test_the_majority_of_the_example_is_the_one_of_the_catalog():
    """EE147 D3.1 and its sequel: one neighbor is wrong with .1, every other one with .2."""
    majority = exercises.reference("majority_error")
    for others, want in {0: 0.1, 2: 0.072, 4: 0.04256, 6: 0.025152}.items():
        assert majority(np.array([0.1] + others * [0.2])) == pytest.approx(want, abs=1e-12)
    assert majority(np.full(7, 0.3)) == pytest.approx(binom(7, 0.3).sf(3), abs=1e-12)


def special(name):
    """The cases of each function in `hidden` of an exercise, a list each, by the function's name."""
    one, rng = exercises.find(name), np.random.default_rng(11)
    return {make.__name__: [make(rng) for _ in range(20)] for make in one.hidden}


def test_the_special_samples_of_the_perceptron_lie_where_they_should():
    update = special("perceptron_update")
    assert {y * (w @ x) for w, x, y, _ in update["_exactly_on_the_line"]} == {0}
    assert all(np.any(w) for w, *_ in update["_exactly_on_the_line"])
    assert not any(np.any(w) for w, *_ in update["_start_at_zero"])
    assert all(0 < y * (w @ x) < 0.5 for w, x, y, _ in update["_barely_right"])
    assert all(-0.5 < y * (w @ x) < 0 for w, x, y, _ in update["_barely_wrong"])
    assert all(y * (w @ x) > 1 for w, x, y, _ in update["_clearly_right"])
    gradient = special("perceptron_gradient")
    for w, x, y in gradient["_two_on_the_line"]:
        assert sorted(y[x @ w == 0]) == [-1, 1]
    assert all((y * (x @ w) > 0).all() for w, x, y in gradient["_all_right"])


def test_the_special_samples_of_the_bound_lie_where_they_should():
    bound = special("update_bound")
    assert all(set(y) == {-1} for _, _, y in bound["_one_class"])
    for w_hat, x, y in bound["_closest_is_longest"]:
        assert (y * (x @ w_hat)).argmin() == np.linalg.norm(x, axis=1).argmax() == 2
    everything = [found for made in bound.values() for found in made]
    assert all((y * (x @ w_hat) > 0).all() for w_hat, x, y in everything)


def test_the_special_samples_of_the_hinge_lie_where_they_should():
    for w, x, y in special("silent_samples")["_two_on_the_kink"]:
        assert sorted(y[y * (x @ w) == 1]) == [-1, 1]
        assert 0 in x @ w
    soft = special("soft_margin")
    assert all((y * (x @ w) == 1).sum() == 2 for w, x, y, _ in soft["_kink_and_strength"])
    assert all((y * (x @ w) > 1).all() for w, x, y, _ in soft["_all_silent"])
    mask = special("multiclass_hinge_gradient")
    for W, x, labels in mask["_exactly_one_behind"]:
        s = (x @ W.T)[6]
        assert labels[6] == 2
        assert s[2] - s[0] == 1
    assert not any(multiclass_by_loops(*found).any() for found in mask["_all_satisfied"])


def test_the_special_neighbors_are_few_or_lack_a_class():
    votes = special("vote_shares")
    assert all(neighbors.shape[1] == 1 for neighbors, *_ in votes["_one_voter"])
    assert all(labels.max() < classes - 1 for _, labels, classes in votes["_class_of_nobody"])
    majority = special("majority_error")
    assert {len(wrong) for (wrong,) in majority["_tie_possible"]} == {2, 4}
    assert all(wrong[1] == wrong[2] for (wrong,) in majority["_like_the_example"])


def gradient_of_pytorch(w, x, y):
    """PyTorch takes the slope 0 on the line, where the text counts a sample as wrong."""
    torch = pytest.importorskip("torch")
    w = torch.tensor(w, requires_grad=True)
    torch.relu(-torch.tensor(y) * (torch.tensor(x) @ w)).sum().backward()
    return w.grad.numpy()


def torch_multi_margin(W, x, labels):
    """PyTorch's multi_margin_loss divides by the number of classes, too."""
    torch = pytest.importorskip("torch")
    W = torch.tensor(W, requires_grad=True)
    torch.nn.functional.multi_margin_loss(torch.tensor(x) @ W.T, torch.tensor(labels)).backward()
    return W.grad.numpy()


def penalty_by_alias(w, x, y, strength):
    free = w
    free[0] = 0
    return soft_margin_by_loops(w, x, y, strength)


def price_of_the_bias(w, x, y, strength):
    value, slope = soft_margin_by_loops(w, x, y, strength)
    return value + strength * w[0] ** 2, slope


def margin(w_hat, x, y):
    return min(y * (x @ w_hat))


AS_READERS_WRITE = [  # and what the reader must be told
    ("perceptron_update", lambda w, x, y, lr: w if np.sign(w @ x) * y != -1 else w + lr * y * x, "exactly 0"),
    ("perceptron_update", lambda w, x, y, lr: w + lr * max(0, y) * x * (y * (w @ x) <= 0), ""),
    ("perceptron_update", lambda w, x, y, lr: w + lr * y * x * (sum(w * x) <= 0), "without y"),
    ("perceptron_update", lambda w, x, y, lr: w + lr * (y - 1 + 2 * (w @ x < 0)) * x, "twice as long"),
    ("perceptron_gradient", gradient_of_pytorch, "leaves out the samples exactly on the line"),
    ("perceptron_gradient", lambda w, x, y: -y[y * (x @ w) <= 0] * x[y * (x @ w) <= 0].T, ""),
    ("update_bound", lambda w, x, y: bound_by_loops(w, x, y) / (w @ w), "when w_hat is doubled"),
    ("update_bound", lambda w, x, y: (max(map(np.linalg.norm, x)) / min(y * (x @ w))) ** 2, "is doubled"),
    ("update_bound", lambda *given: np.sqrt(bound_by_loops(*given)) / margin(*given), "above it is not"),
    ("update_bound", lambda *given: np.sqrt(bound_by_loops(*given)) * margin(*given), ""),
    ("update_bound", lambda *given: int(bound_by_loops(*given)) + 1, "rounded up"),
    ("squared_distances", lambda queries, x: cdist(queries, x), "root"),
    ("squared_distances", lambda queries, x: cdist(queries, x, "cityblock"), "p = 1"),
    ("squared_distances", lambda queries, x: cdist(x, queries, "sqeuclidean"), "a row for each sample"),
    (
        "vote_shares",
        lambda i, labels, c: np.array([np.bincount(labels[k], minlength=c) for k in i]),
        "counts",
    ),
    ("majority_error", lambda wrong: binom(len(wrong), wrong.mean()).sf(len(wrong) // 2), "mean chance"),
    ("majority_error", lambda wrong: 1 - majority_neighbor_by_neighbor(1 - wrong), "tie"),
    ("silent_samples", lambda w, x, y: np.sign(x @ w) == y, "printed sentence"),
    ("silent_samples", lambda w, x, y: 1 - y * (x @ w) < 0, "exactly on the kink"),
    ("silent_samples", lambda w, x, y: -y * (x @ w) <= 0, "line included"),
    ("corridor_width", lambda w: 2 / np.sqrt(np.sum(w**2)), "bias"),
    ("corridor_width", lambda w: 2 / (w[1] ** 2 + w[2] ** 2) ** 0.5, "two weights"),
    ("corridor_width", lambda w: 2 / np.linalg.norm(w[1:], ord=1), "p = 1"),
    ("soft_margin", lambda *given: soft_margin_by_loops(*given)[::-1], ""),
    ("soft_margin", lambda *given: soft_margin_by_loops(*given)[0], "2 values are wanted"),
    ("soft_margin", penalty_by_alias, "in place"),
    ("soft_margin", lambda w, x, y, c: price_of_the_bias(w, x, y, c), "its objective does not"),
    ("soft_margin", lambda w, x, y, c: soft_margin_by_loops(w, x, y, 0 * c), "is missing"),
    ("soft_margin", lambda w, x, y, c: soft_margin_by_loops(w, x, abs(y), c), "never looks at the labels"),
    ("multiclass_hinge_gradient", torch_multi_margin, "number of classes"),
]


@pytest.mark.parametrize(("name", "answer", "told"), AS_READERS_WRITE)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_wrong_answer_is_told_what_is_wrong_however_it_is_written(name, answer, told, seed):
    def reader(*given):
        return answer(*given)

    reader.__name__ = name
    verdict = judge(reader, seed)
    assert verdict.state == "fail"
    assert told in verdict.reason


@pytest.mark.parametrize("name", INDEPENDENT)
def test_a_right_answer_passes_however_it_is_written(name):
    def reader(*given):
        found = INDEPENDENT[name](*given)
        return np.array(found) if isinstance(found, list) else found

    reader.__name__ = name
    assert all(judge(reader, seed) == ("pass", "") for seed in SEEDS)
