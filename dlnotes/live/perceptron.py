"""The live figures of the perceptron.  Each is handed arrays and functions, and returns an `Explorer`."""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live import plane
from dlnotes.live.controls import choice, entry, log_slider, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure


def threshold_unit(answers, corners, gates):
    """Weight sliders turn and shift the line of a threshold unit over the corners of a logic gate.

    answers(x, w), the unit, gives -1, 0 or +1 for each row of x (n, 2), w (3,) with the bias first;
    corners (4, 2);  gates {"AND": labels (4,) in {-1, 1}, ...}.
    """
    figure, ax = plt.subplots(figsize=(5.0, 4.8))
    ax.set(xlim=(-0.8, 1.8), ylim=(-0.8, 1.8), xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    ax.set(xticks=[0, 1], yticks=[0, 1])
    sides = plane.half_planes(ax)
    classes = plane.class_markers(ax, size=130)
    (line,) = ax.plot([], [], color=plots.INK)
    arrow = ax.quiver(0.5, 0.5, 0, 0, color=plots.PURPLE, angles="xy", scale_units="xy", scale=2)
    wrong_ring = plane.ring(ax, size=420)
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 1.11), ncols=2)

    def compute(gate, w1, w2, bias):
        w, labels = np.array([bias, w1, w2]), np.asarray(gates[gate])
        wrong = answers(corners, w) != labels
        return {"w": w, "labels": labels, "wrong": wrong}

    def draw(arrays):
        plane.set_half_planes(sides, arrays["w"], ax)
        plane.set_classes(classes, corners, arrays["labels"])
        line.set_data(*plots.boundary_ends(arrays["w"], ax))
        arrow.set_UVC(arrays["w"][1], arrays["w"][2])
        wrong_ring.set_offsets(corners[arrays["wrong"]])
        count = int(arrays["wrong"].sum())
        return f"{count} of {len(corners)} corners wrong" + (" (ringed)" if count else "")

    controls = {
        "gate": choice("gate", list(gates)),
        "w1": slider("weight w₁", -2.0, 2.0, 0.5, step=0.25),
        "w2": slider("weight w₂", -2.0, 2.0, -1.0, step=0.25),
        "bias": slider("bias w₀", -3.0, 3.0, 0.25, step=0.25),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*sides, *classes, line, arrow, wrong_ring]),
        alt="A line drawn by a threshold unit over the four corners of a logic gate",
        predict=Predict(
            "Double all three weights. What happens to the line?",
            ["it moves away from the origin", "it turns", "nothing"], answer=2,
            because="w and 2 w have the same sign everywhere, so they answer every place alike.",
        ),
        goal=Goal(
            "Register AND without a mistake, then OR, then the best that you can do for XOR.",
            reached=lambda values, arrays: (
                arrays["wrong"].sum() <= (values["gate"] == "XOR"),
                f"{values['gate']} with {int(arrays['wrong'].sum())} of {len(corners)} corners wrong",
            ),
        ),
    )  # fmt: skip


def perceptron_steps(data, learn, line_exists):
    """The on-line rule, one update a step, on classes with an adjustable corridor between them.

    data(margin) -> x (n, 2), y (n,) in {-1, 1};  learn(x, y) -> a fit whose history has a row for each
    update with "w" (bias first), "sample" and "mistakes";  line_exists(x, y) -> bool.  A click adds a sample.
    """
    most = 140
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.0), width_ratios=[1.25, 1])
    ax.set(xlim=(-0.6, 2.6), ylim=(-0.6, 2.6), xlabel="$x_1$", ylabel="$x_2$")
    sides, classes = plane.half_planes(ax), plane.class_markers(ax)
    (line,) = ax.plot([], [], color=plots.INK)
    hint = ax.text(-0.55, -0.5, "")
    ring = plane.ring(ax)
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 1.14), ncols=2)
    right.set(xlim=(-3, most), ylim=(-2, 65), xlabel="updates", ylabel="samples still wrong")
    (curve,) = right.plot([], [], linewidth=1.2, color=plots.BLUE)
    (now,) = right.plot([], [], "o", color=plots.ORANGE, markersize=9)

    def compute(step, margin, click, samples):
        x, y = data(margin)
        added = plane.parse_samples(samples, values=(-1, 1))
        x, y = np.vstack([x, added[:, :2]]), np.append(y, added[:, 2])
        fit = learn(x, y)
        start = {"update": 0, "w": np.zeros(3), "sample": None, "mistakes": len(x)}
        rows = [start, *fit.history]
        row = rows[min(step, len(rows) - 1)]
        mistakes = np.array([each["mistakes"] for each in rows])
        return {"x": x, "y": y, "row": row, "mistakes": mistakes, "message": fit.message, "click": click}

    def draw(arrays):
        row, x, mistakes = arrays["row"], arrays["x"], arrays["mistakes"]
        plane.set_classes(classes, x, arrays["y"])
        plane.set_half_planes(sides, row["w"], ax)
        line.set_data(*plots.boundary_ends(row["w"], ax))
        ring.set_offsets(np.empty((0, 2)) if row["sample"] is None else x[[row["sample"]]])
        curve.set_data(np.arange(len(mistakes)), mistakes)
        now.set_data([row["update"]], [row["mistakes"]])
        hint.set_text(f"a click adds $y = {arrays['click']}$")
        wrong = f"update {row['update']}: {row['mistakes']} samples are wrong"
        return f"{wrong}. The whole run {arrays['message']}"

    def judge(values, arrays):
        added = len(plane.parse_samples(values["samples"], values=(-1, 1)))
        if added != 1:
            return False, f"{added} samples were added, want one"
        if line_exists(arrays["x"], arrays["y"]):
            return False, "a line still exists; a long run is only slow"
        return True, "no line gets all of these samples right"

    controls = {
        "step": slider("updates made τ", 0, most, 0),
        "margin": log_slider("margin", 0.02, 0.6, 0.1),
        "click": choice("a click adds y =", ["+1", "-1"]),
        "samples": entry("your samples", "0,0,+1 2,2,-1"),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [*sides, *classes, line, hint, ring, curve, now]),
        alt="The perceptron's line after each update, and the number of samples still wrong",
        play="step", click=plane.add_sample,
        predict=Predict(
            "Bring the margin from 0.4 down to 0.1. What happens to the number of updates?",
            ["it stays about the same", "it grows", "it shrinks"], answer=1,
            because="fewer lines fit into a narrow corridor. (A single pair of runs can disagree.)",
        ),
        goal=Goal(
            "Add one sample after which no line is left.",
            reached=judge,
        ),
    )  # fmt: skip


def convergence_theorem(proof, margins=None):
    """The two numbers of the perceptron convergence theorem and their bounds, as the margin changes.

    proof(margin) -> {"progress" (t,), "norm" (t,), "gamma", "longest"}: w_hat.w and |w| after each
    update, the margin of the data and the length of the longest sample.  DLNN (4.28), (4.33)
    """
    margins = np.geomspace(0.02, 0.6, 24) if margins is None else margins
    figure, (ax, right) = plt.subplots(1, 2, figsize=(8, 4.0))
    tau = np.geomspace(1, 1e5, 200)
    ax.set(xscale="log", yscale="log", xlim=(1, 1e5), ylim=(1e-2, 1e6))
    ax.set(xlabel="updates $\\tau$", ylabel="length")
    (lower,) = ax.plot([], [], "--", color=plots.BLUE, label="$\\tau\\gamma$, a lower bound")
    (progress,) = ax.plot([], [], color=plots.BLUE, label="$\\hat w^T w$")
    (norm,) = ax.plot([], [], color=plots.ORANGE, label="$\\|w\\|$")
    (upper,) = ax.plot(
        [], [], "--", color=plots.ORANGE, label="$\\sqrt{\\tau}\\,\\|x_{max}\\|$, an upper bound"
    )
    ax.legend(loc="upper left")

    runs = [proof(margin) for margin in margins]
    gammas, made, allowed = zip(*[(run["gamma"], *_counts(run)) for run in runs], strict=True)
    ticks = [0.02, 0.05, 0.1, 0.2, 0.5]
    right.set(xscale="log", yscale="log", xlabel="$\\gamma$", ylabel="updates")
    right.plot(gammas, allowed, color=plots.INK, linestyle="--", label="the theorem allows")
    right.plot(gammas, made, ".", color=plots.GREEN, label="really made")
    (at_bound,) = right.plot([], [], "o", color=plots.INK, markersize=9)
    (at_made,) = right.plot([], [], "o", color=plots.GREEN, markersize=9)
    right.set(xlim=(0.01, 1), xticks=ticks, xticklabels=ticks, ylim=(1, 1e5))
    right.minorticks_off()
    right.legend(loc="upper right")

    def draw(run):
        made, allowed = _counts(run)
        counts = np.arange(1, made + 1)
        lower.set_data(tau, tau * run["gamma"])
        upper.set_data(tau, np.sqrt(tau) * run["longest"])
        progress.set_data(counts, run["progress"])
        norm.set_data(counts, run["norm"])
        at_bound.set_data([run["gamma"]], [allowed])
        at_made.set_data([run["gamma"]], [made])
        return f"γ = {run['gamma']:.3f}: {made} updates made, {allowed:.0f} allowed"

    return Explorer(
        proof, draw, {"margin": log_slider("margin", 0.02, 0.6, 0.1)},
        figure=LiveFigure(figure, [lower, progress, norm, upper, at_bound, at_made]),
        alt="The progress and the length of the weights between the two bounds of the convergence theorem",
        predict=Predict(
            "Read off the dashed line on the right: γ ten times smaller allows how many updates?",
            ["10 times as many", "100 times as many", "just as many"], answer=1,
            because="the bound is (longest sample / γ) squared.",
        ),
        goal=Goal(
            "Find a margin at which the theorem allows fewer than 100 updates.",
            reached=lambda values, run: (_counts(run)[1] < 100, f"{_counts(run)[1]:.0f} are allowed"),
        ),
    )  # fmt: skip


def _counts(run):
    """How many updates a run made, and how many the convergence theorem allows."""
    return len(run["norm"]), (run["longest"] / run["gamma"]) ** 2
