"""Exercises of ch00/01_how_to_use_this_book."""

import numpy as np

from dlnotes.exercises.registry import exercise, mistake


def _counts(rng):
    return rng.uniform(1.5, 9), rng.uniform(50, 900), rng.uniform(3, 30)


def _exactly_twice(rng):
    before, _, years = _counts(rng)
    return before, 2 * before, years


def _not_yet_doubled(rng):
    """Whole numbers, as counts are; and less than one doubling in all the years."""
    before = int(rng.integers(20, 400))
    return before, before + int(rng.integers(3, before // 2)), int(rng.integers(3, 30))


def _billionfold(rng):
    before, _, years = _counts(rng)
    return before, before * 10 ** rng.uniform(9, 12), years


@exercise(
    "ch00.how_to_use_this_book.doubling_time",
    title="Read a doubling time off two counts",
    points=1,
    sources="GBC 1.2.3",
    arguments=_counts,
    hidden=[_exactly_twice, _not_yet_doubled, _billionfold],
    hints=[
        "From 3 to 24 a size doubles three times. If that took 6 years, how long did one doubling take?",
        "First the number of doublings: to which power must 2 be raised to give after / before?",
        "np.log2 answers that question. The years are shared out evenly among the doublings.",
    ],
)
def doubling_time(before, after, years):
    """In how many years a size doubles that grows from `before` to `after` (numbers) in `years`."""
    return years / np.log2(after / before)


@mistake(doubling_time, "that is how long the size takes to grow e = 2.718 times: the base of the logarithm")
def _natural_logarithm(before, after, years):
    return years / np.log(after / before)


@mistake(doubling_time, "that is how long the size takes to grow tenfold: the base of the logarithm")
def _common_logarithm(before, after, years):
    return years / np.log10(after / before)


@mistake(doubling_time, "those are doublings per year: the question is how many years one doubling takes")
def _doublings_a_year(before, after, years):
    return np.log2(after / before) / years


@mistake(doubling_time, "that is how many doublings there were: how long did one take?")
def _doublings(before, after, years):
    return np.log2(after / before)


@mistake(
    doubling_time, "it is longer the more often the size doubled: more doublings leave less time for each"
)
def _times_doublings(before, after, years):
    return years * np.log2(after / before)


@mistake(doubling_time, "it lets the size gain the same amount every year: a doubling adds more each time")
def _same_amount(before, after, years):
    return years * before / (after - before)


@mistake(doubling_time, "that is what the size gains in a year: how many years does one doubling take?")
def _gain_a_year(before, after, years):
    return (after - before) / years


@mistake(doubling_time, "it divides the years by the growth itself: what grew 8-fold doubled 3 times")
def _no_logarithm(before, after, years):
    return years * before / after


@mistake(doubling_time, "it is negative, as for a size that shrinks: which count stands over which?")
def _upside_down(before, after, years):
    return years / np.log2(before / after)


@mistake(doubling_time, "it divides one logarithm by another: the logarithm of a ratio is their difference")
def _ratio_of_logarithms(before, after, years):
    return years / (np.log2(after) / np.log2(before))


@mistake(doubling_time, "it takes the logarithm of the difference: doublings show in the ratio of the counts")
def _logarithm_of_gain(before, after, years):
    return years / np.log2(after - before)


@mistake(doubling_time, "it cuts the ratio of the counts down to a whole number before its logarithm")
def _whole_ratio(before, after, years):
    return years / np.log2(after // before)


def _pictures(rng):
    return (rng.integers(256, size=rng.permutation(np.arange(2, 8))[:4]).astype(np.uint8),)


def _dark(rng):
    (pictures,) = _pictures(rng)
    return (pictures // 9,)


def _one_picture(rng):
    (pictures,) = _pictures(rng)
    return (pictures[:1],)


def _black_and_white(rng):
    (pictures,) = _pictures(rng)
    return (np.where(pictures > 99, 255, 0).astype(np.uint8),)


@exercise(
    "ch00.how_to_use_this_book.pictures_to_rows",
    title="Into rows",
    points=1,
    sources="DLNN D.2",
    arguments=_pictures,
    hidden=[_dark, _one_picture, _black_and_white],
    hints=[
        "Two steps: give the array another shape, and scale its numbers. What is the largest byte?",
        "`reshape` keeps the order of the numbers. One of the lengths may be -1: NumPy works it out.",
        "len(pictures) rows, as many columns as it takes; then divide, with / and not //, by that byte.",
    ],
)
def pictures_to_rows(pictures):
    """Pictures (n, h, w, c) of bytes 0 ... 255 as rows (n, h w c) of floats in [0, 1]."""
    return pictures.reshape(len(pictures), -1) / 255


@mistake(pictures_to_rows, "the shape is right, but its numbers still run from 0 to 255")
def _not_scaled(pictures):
    return pictures.reshape(len(pictures), -1)


@mistake(pictures_to_rows, "a white pixel does not become 1: there are 256 bytes, but the largest is not 256")
def _by_256(pictures):
    return pictures.reshape(len(pictures), -1) / 256


@mistake(pictures_to_rows, "all fractions are gone: whole numbers cannot hold what lies between 0 and 1")
def _integer_division(pictures):
    return pictures.reshape(len(pictures), -1) // 255


@mistake(pictures_to_rows, "it divides by the brightest byte that it finds: dark pictures have to stay dark")
def _by_brightest(pictures):
    return pictures.reshape(len(pictures), -1) / max(pictures.max(), 1)


@mistake(pictures_to_rows, "it makes the darkest byte 0 and the brightest 1: dark pictures stay dark")
def _stretched(pictures):
    low, high = pictures.min(), pictures.max()
    return (pictures.reshape(len(pictures), -1) - low) / max(high - low, 1)


@mistake(
    pictures_to_rows, "it divides in place, in an array of bytes, which takes no fractions: make a new array"
)
def _in_place(pictures):
    pictures /= 255
    return pictures.reshape(len(pictures), -1)


@mistake(pictures_to_rows, "it lays all pictures end to end in a single row: each has a row of its own")
def _one_long_row(pictures):
    return pictures.ravel() / 255


@mistake(pictures_to_rows, "each picture is a column: in this book samples are rows")
def _columns(pictures):
    return pictures.reshape(len(pictures), -1).T / 255


@mistake(pictures_to_rows, "it asks for n columns: the shape is turned, and pictures are cut up and mixed")
def _cut_up(pictures):
    return pictures.reshape(-1, len(pictures)) / 255


@mistake(pictures_to_rows, "it brings the colors to the front: a row has the order h, w, c of its picture")
def _colors_first(pictures):
    return pictures.transpose(0, 3, 1, 2).reshape(len(pictures), -1) / 255


@mistake(pictures_to_rows, "its numbers run from -1 to 1: black has to be 0")
def _centered(pictures):
    return pictures.reshape(len(pictures), -1) / 127.5 - 1


@mistake(pictures_to_rows, "it leaves the colors on an axis of their own: they belong into the row, too")
def _colors_apart(pictures):
    n, _, _, c = pictures.shape
    return pictures.reshape(n, -1, c) / 255


def _scores(rng):
    classes = int(rng.integers(5, 12))
    scores = rng.normal(size=(rng.integers(21, 40), classes))
    labels = rng.integers(classes, size=len(scores))
    return scores, labels, int(rng.integers(2, 5))


def _one_guess(rng):
    scores, labels, _ = _scores(rng)
    return scores, labels, 1


def _as_many_guesses_as_classes(rng):
    scores, labels, _ = _scores(rng)
    return scores, labels, scores.shape[1]


def _one_row(rng):
    scores, labels, k = _scores(rng)
    return scores[:1], labels[:1], k


def _all_scores_negative(rng):
    scores, labels, k = _scores(rng)
    return scores - 1000, labels, k


@exercise(
    "ch00.how_to_use_this_book.top_k_accuracy",
    title="Top-k accuracy",
    points=2,
    sources="GBC 1.2.4",
    arguments=_scores,
    hidden=[_one_guess, _as_many_guesses_as_classes, _one_row, _all_scores_negative],
    hints=[
        "For each row: which classes are the k best guesses? Then: is the label one of them?",
        "np.argsort(scores, axis=1) has, in each row, the classes from the smallest score to the largest.",
        "Compare its last k columns with labels[:, None]; a row counts if any of them agrees. Take the mean.",
    ],
)
def top_k_accuracy(scores, labels, k):
    """The share of labels (n,) that are among the k largest scores of their row, (n, classes)."""
    best = np.argsort(scores, axis=1)[:, -k:]
    return (best == labels[:, None]).any(axis=1).mean()


def _share(best, labels):
    return (best == labels[:, None]).any(axis=1).mean()


@mistake(top_k_accuracy, "it looks at the k smallest scores: argsort begins with the smallest")
def _smallest(scores, labels, k):
    return _share(np.argsort(scores, axis=1)[:, :k], labels)


@mistake(top_k_accuracy, "it counts the rows: the share of them is asked for")
def _count(scores, labels, k):
    return _share(np.argsort(scores, axis=1)[:, -k:], labels) * len(labels)


@mistake(top_k_accuracy, "it is a percentage: a share lies between 0 and 1")
def _percent(scores, labels, k):
    return 100 * _share(np.argsort(scores, axis=1)[:, -k:], labels)


@mistake(top_k_accuracy, "that is the share of rows that are wrong")
def _error(scores, labels, k):
    return 1 - _share(np.argsort(scores, axis=1)[:, -k:], labels)


@mistake(top_k_accuracy, "it looks at the best guess only, whatever k is")
def _best_only(scores, labels, k):
    return (scores.argmax(axis=1) == labels).mean()


@mistake(top_k_accuracy, "its slice takes the last k rows: the best guesses are the last k columns")
def _last_rows(scores, labels, k):
    return _share(np.argsort(scores, axis=1)[-k:], labels)


@mistake(top_k_accuracy, "it looks at the k-th best guess alone, not at the better ones")
def _kth_only(scores, labels, k):
    return (np.argsort(scores, axis=1)[:, -k] == labels).mean()


@mistake(top_k_accuracy, "it looks at the k-th best guesses of all rows: one column is no slice")
def _kth_of_all_rows(scores, labels, k):
    return _share(np.argsort(scores, axis=1)[:, -k], labels)


@mistake(top_k_accuracy, "it allows five guesses, whatever k is")
def _always_five(scores, labels, k):
    return _share(np.argsort(scores, axis=1)[:, -5:], labels)


@mistake(top_k_accuracy, "it averages over all guesses: one right guess of k is enough for its row")
def _mean_of_guesses(scores, labels, k):
    return (np.argsort(scores, axis=1)[:, -k:] == labels[:, None]).mean()


@mistake(top_k_accuracy, "it leaves the best guess out: a slice that ends at -1 stops before the last")
def _without_the_best(scores, labels, k):
    return _share(np.argsort(scores, axis=1)[:, -k:-1], labels)


@mistake(top_k_accuracy, "it allows k + 1 guesses: a label with k larger scores above it is not among the k")
def _one_more(scores, labels, k):
    own = np.take_along_axis(scores, labels[:, None], axis=1)
    return ((scores > own).sum(axis=1) <= k).mean()


@mistake(top_k_accuracy, "it finds no label at all: labels are numbers of classes, not scores")
def _scores_for_classes(scores, labels, k):
    return _share(np.sort(scores, axis=1)[:, -k:], labels)


@mistake(top_k_accuracy, "it sorts down the columns, among samples: each row has its own best guesses")
def _down_the_columns(scores, labels, k):
    return _share(np.argsort(scores, axis=0)[:, -k:], labels)


@mistake(top_k_accuracy, "it looks for a label among the guesses of all rows: only its own row counts")
def _in_any_row(scores, labels, k):
    return np.isin(labels, np.argsort(scores, axis=1)[:, -k:]).mean()
