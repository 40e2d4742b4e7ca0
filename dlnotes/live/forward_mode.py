"""The live figures of forward mode and adjoints.  Each is handed functions, and returns an `Explorer`."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from dlnotes import plots
from dlnotes.live.controls import slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

LARGEST = 12  # rows or columns of a matrix


def product_order(costs):
    """Three matrices drawn to scale, and the multiplications that each of the two orders of A B C takes.

    costs(m, n, p, q) -> ((of A B, of the rest), (of B C, of the rest)) for A (m, n), B (n, p), C (p, q).
    Strang VII.3; GBC 6.5.9
    """
    figure, (ax, right) = plt.subplots(2, 1, figsize=(6.6, 5.2), height_ratios=[1.15, 1])
    ax.set(xlim=(-0.5, 3 * LARGEST + 8.5), ylim=(-LARGEST - 0.5, 3), aspect="equal")
    ax.axis("off")
    colors = (plots.BLUE, plots.ORANGE, plots.GREEN)
    matrices = [ax.add_patch(Rectangle((0, 0), 1, 1, color=color, alpha=0.55)) for color in colors]
    names = [ax.text(0, 1, "", ha="center", va="bottom", color=color) for color in colors]
    starts = [at * (LARGEST + 4) for at in range(3)]

    right.set(xlabel="multiplications", ylabel="order", yticks=[1, 0], yticklabels=["(A B) C", "A (B C)"])
    right.set(ylim=(-0.6, 1.9), xlim=(0, 1))
    first = right.barh([1, 0], [0, 0], height=0.5, color=plots.PURPLE, label="the first product")
    second = right.barh([1, 0], [0, 0], height=0.5, color=plots.INK, alpha=0.6, label="the second")
    totals = [right.text(0, y, "", va="center") for y in (1, 0)]
    right.legend(loc="upper right", ncols=2)

    def compute(m, n, p, q):
        return {"sizes": (m, n, p, q), "costs": np.array(costs(m, n, p, q), dtype=float)}

    def draw(arrays):
        sizes, costs = arrays["sizes"], arrays["costs"]
        for k, (matrix, name, start) in enumerate(zip(matrices, names, starts, strict=True)):
            rows, columns = sizes[k], sizes[k + 1]
            matrix.set(xy=(start, -rows), width=columns, height=rows)
            name.set_position((start + columns / 2, 0.4))
            name.set_text(f"{'ABC'[k]}  {rows}×{columns}")
        right.set_xlim(0, 1.45 * costs.sum(axis=1).max())
        for row, (one, other) in enumerate(costs):
            first[row].set_width(one)
            second[row].set(x=one, width=other)
            totals[row].set_position((one + other, 1 - row))
            totals[row].set_text(f"  {one:.0f} + {other:.0f} = {one + other:.0f}")
        left_first, right_first = costs.sum(axis=1)
        if left_first == right_first:
            return f"both orders take {left_first:.0f} multiplications"
        better, name = min((left_first, "(A B) C"), (right_first, "A (B C)"))
        return f"{name} is {max(left_first, right_first) / better:.3g} times cheaper"

    def judge(values, arrays):
        left_first, right_first = arrays["costs"].sum(axis=1)
        if len(set(values.values())) < 4:
            return False, "two of the four sizes are the same"
        return bool(left_first == right_first), f"{left_first:.0f} against {right_first:.0f} multiplications"

    return Explorer(
        compute, draw,
        {
            "m": slider("rows of A: m", 1, LARGEST, 8),
            "n": slider("columns of A: n", 1, LARGEST, 10),
            "p": slider("columns of B: p", 1, LARGEST, 9),
            "q": slider("columns of C: q", 1, LARGEST, 7),
        },
        figure=LiveFigure(figure, [*matrices, *names, right]),
        alt="Three matrices drawn to scale, and the multiplications of both orders of their product",
        predict=Predict(
            "Make C a single column, q = 1. Which order is cheaper then?",
            ["(A B) C", "A (B C)", "both cost the same"], answer=1,
            because="A (B C) only ever multiplies a matrix by a vector. (With m or p = 1 it may not be.)",
        ),
        goal=Goal("Find four different sizes for which both orders cost the same.", reached=judge),
    )  # fmt: skip


def store_or_recompute(run, longest=48):
    """How many evaluations of f a derivative of f(f(...f(w))) takes when only every k-th value is kept.

    run(n, keep) -> {"kept": places of the values kept, "again": evaluations of f for each of the n factors,
    "forward": evaluations before them}.      GBC 6.5.3, (6.52), (6.53)
    """
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 3.9), width_ratios=[1.5, 1])
    ax.set(xlim=(-1.5, longest + 0.5), ylim=(0, longest), xlabel="factor $f'(x_i)$: its number i")
    ax.set_ylabel("evaluations of f to have $x_i$ again")
    bars = ax.vlines([0], 0, [1], color=plots.BLUE, linewidth=3.5)
    (kept,) = ax.plot(
        [], [], "s", color=plots.ORANGE, markersize=5, clip_on=False, zorder=5, label="$x_i$ is kept"
    )
    ax.legend(loc="upper left")
    right.set(xlim=(0, longest + 2), ylim=(1, 3000), yscale="log")
    right.set(xlabel="values kept", ylabel="evaluations of f in all")
    (choices,) = right.plot([], [], ".", color=plots.INK, label="every k")
    (now,) = right.plot([], [], "o", color=plots.ORANGE, markersize=10, label="yours")
    right.legend(loc="upper right")

    def compute(n, keep):
        keep = min(keep, n)
        runs = [run(n, every) for every in range(1, n + 1)]
        own = runs[keep - 1]
        costs = np.array([(len(one["kept"]), one["forward"] + sum(one["again"])) for one in runs])
        return {"kept": np.array(own["kept"]), "again": np.array(own["again"]), "costs": costs, "keep": keep}

    def draw(arrays):
        again, costs = arrays["again"], arrays["costs"]
        bars.set_segments([[(i, 0), (i, count)] for i, count in enumerate(again)])
        kept.set_data(arrays["kept"], np.zeros(len(arrays["kept"])))
        choices.set_data(*costs.T)
        now.set_data(*costs[[arrays["keep"] - 1]].T)
        values, evaluations = costs[arrays["keep"] - 1]
        return (
            f"n = {len(again)}, every {arrays['keep']}: {values} values kept, {evaluations} evaluations of f"
        )

    def judge(values, arrays):
        kept, evaluations = arrays["costs"][arrays["keep"] - 1]
        enough = values["n"] == 36 and kept <= 8 and evaluations <= 120
        return bool(enough), f"n = {values['n']}: {kept} values kept, {evaluations} evaluations"

    return Explorer(
        compute, draw,
        {
            "n": slider("functions in the chain: n", 2, longest, 24),
            "keep": slider("keep every k-th: k", 1, longest, 5),
        },
        figure=LiveFigure(figure, [bars, kept, choices, now]),
        alt="Evaluations of f for each factor of the derivative of a chain, and memory against work",
        predict=Predict(
            "Keep only w (k = 24), then double the chain, still with only w kept (k = 48). The evaluations",
            ["double", "grow about fourfold", "grow about a millionfold"], answer=1,
            because="n (n - 1) / 2 of them are needed: 276, then 1128.",
        ),
        goal=Goal("For n = 36, get by with 8 values kept and 120 evaluations, or fewer.", reached=judge),
    )  # fmt: skip
