"""The report on a class: how the scores are spread, what was solved, and which mistakes were common."""

import base64
import io
from collections import Counter
from statistics import fmean, median

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dlnotes import plots
from dlnotes.grading import pages

STATES = {"pass": plots.GREEN, "fail": plots.ORANGE, "todo": plots.INK, "missing": plots.PURPLE}
BARS = 20  # of the histogram, at most
COMMON = 5  # mistakes of an exercise that are named
WIDTH = 8.4  # inches


def report(name, rows, strays=()):
    """The page of HTML on the assignment `name`: rows of `sheet`, and notes on what was no submission."""
    values = {"name": name, "rows": rows, "strays": strays, "noted": [row for row in rows if row["notes"]]}
    if not rows:
        return pages.render("report.html", **values)
    scores, most = [row["score"] for row in rows], max(row["max"] for row in rows)
    exercises = summaries(rows)
    return pages.render(
        "report.html",
        **values,
        most=most,
        mean=f"{fmean(scores):.1f}",
        median=median(scores),
        pending=sum(row["pending"] > 0 for row in rows),
        states=list(STATES),
        exercises=exercises,
        scores=_picture(histogram(scores, most), _words_on(scores, most)),
        shares=_picture(shares(exercises), _words_on_shares(exercises)) if exercises else None,
    )


def summaries(rows):
    """What became of each exercise: {"key", "title", "max", "mean", "states", "mistakes"}.

    states {state: count}; mistakes [(reason, count)], of failed answers, the most common ones first.
    """
    by_key = {}
    for task in (task for row in rows for page in row["pages"] for task in page["exercises"]):
        by_key.setdefault(task["key"], []).append(task)
    found = []
    for key, tasks in by_key.items():
        states = Counter(task["state"] for task in tasks)
        mistakes = Counter(task["reason"] for task in tasks if task["state"] == "fail")
        words = {"key": key, "title": tasks[0]["title"], "max": tasks[0]["max"]}
        mean = f"{fmean(task['points'] for task in tasks):.1f}"
        counts = {
            "states": {state: states[state] for state in STATES},
            "mistakes": mistakes.most_common(COMMON),
        }
        found.append(words | {"mean": mean} | counts)
    return found


def histogram(scores, most):
    """A figure: how many submissions have which score, of `most` points."""
    figure = Figure(figsize=(WIDTH, 2.8))
    ax = figure.subplots()
    edges = _edges(scores, most)
    ax.hist(scores, edges, color=plots.BLUE, rwidth=0.85)
    ax.set(xlabel="points", ylabel="submissions", xlim=(edges[0], edges[-1]))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _edges(scores, most):
    """A bar for each number of points, around it, or, where these are many, `BARS` bars."""
    top = max(most, *scores, 1)
    width = max(1, np.ceil((top + 1) / BARS))
    return np.arange(-width / 2, top + width, width)


def shares(exercises):
    """A figure: a bar for each exercise, cut into those who solved it and those who did not."""
    figure = Figure(figsize=(WIDTH, 0.9 + 0.42 * len(exercises)))
    ax = figure.subplots()
    rows, left = np.arange(len(exercises)), np.zeros(len(exercises))
    totals = np.array([sum(one["states"].values()) for one in exercises])
    for state, color in STATES.items():
        counts = np.array([one["states"][state] for one in exercises])
        bars = ax.barh(
            range(len(exercises)), 100 * counts / totals, left=left, color=color, label=state, height=0.66
        )
        ax.bar_label(bars, [count or "" for count in counts], label_type="center", color="white", fontsize=10)
        left += 100 * counts / totals
    ax.set(xlabel="percent of the submissions", ylabel="exercise", xlim=(0, 100))
    ax.set_yticks(rows, [one["title"] for one in exercises])
    ax.invert_yaxis()
    ax.legend(ncols=len(STATES), loc="lower left", bbox_to_anchor=(0, 1))
    return figure


def _picture(figure, alt):
    """The figure as what an <img> needs."""
    plots.finished(figure)
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=160, metadata={"Software": None})
    data = base64.b64encode(png.getvalue()).decode("ascii")
    return {"source": f"data:image/png;base64,{data}", "alt": alt}


def _words_on(scores, most):
    counts = Counter(f"{score:g}" for score in sorted(scores))
    spread = ", ".join(f"{count} with {score}" for score, count in counts.items())
    return f"How many submissions have which score, of {most:g} points: {spread}"


def _words_on_shares(exercises):
    shares = (f"{one['title']} {one['states']['pass']} of {sum(one['states'].values())}" for one in exercises)
    return f"How many solved each exercise: {', '.join(shares)}"
