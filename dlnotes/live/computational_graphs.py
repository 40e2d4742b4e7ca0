"""The live figures of computational graphs.  Each is handed a function that runs a graph.

run(**inputs) -> the tape as lists: {"parents", "names", "values", "grads", "sent"}, as `autodiff.record`
gives it: node k was made of parents[k], and passed sent[k] back to them.  All numbers are scalars.
"""

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

LOW = str.maketrans("012", "₀₁₂")


def gates(run):
    """An add gate feeds a multiply gate, (x + y) z: values above, gradients below.      EE147 Fig 11"""
    starts = {"x": 2.0, "y": 3.0, "z": 4.0}
    return _explorer(
        run,
        {name: slider(name, -6.0, 6.0, start, step=0.5) for name, start in starts.items()},
        size=(6.4, 2.9),
        alt="The graph of (x + y) times z with the value and the gradient of each node",
        predict=Predict(
            "Raise z from 4 to 6. Which gradients change?",
            ["that of z", "those of x, y and their sum", "all of them"], answer=1,
            because="each input of a product gets the other one for its gradient, and x + y has not moved.",
        ),
        goal=Goal(
            "Find inputs, none of them 0, at which nudging z changes nothing, but nudging x does.",
            reached=lambda values, tape: (
                0 not in values.values() and _grad(tape, "z") == 0 != _grad(tape, "x"),
                f"dF/dz = {_grad(tape, 'z'):g} and dF/dx = {_grad(tape, 'x'):g}",
            ),
        ),
    )  # fmt: skip


def sweeps(run):
    """Forward and then backward through x^2 (x + y), a node a step.      Strang Fig VII.5; GBC Alg 6.2"""
    nodes = len(run(x=2.0, y=3.0)["names"])

    def judge(values, tape):
        done = values["step"] == 2 * nodes and values["x"] != 0 and values["y"] != 0
        says = f"{values['step']} of {2 * nodes} steps are done, and dF/dx is {_grad(tape, 'x'):g} in the end"
        return done and _grad(tape, "x") == 0, says

    return _explorer(
        run,
        {
            "step": slider("nodes visited", 0, 2 * nodes, nodes),
            "x": slider("x", -4.0, 4.0, 2.0, step=0.5),
            "y": slider("y", -6.0, 6.0, 3.0, step=0.5),
        },
        size=(6.4, 3.1),
        alt="The graph of x squared times (x + y): values fill in from the left, gradients from the right",
        play="step",
        predict=Predict(
            "At x = 2, y = 3: a small nudge of x moves F how many times as far as the same nudge of y?",
            ["as far", "1.5 times", "6 times"], answer=2,
            because="two paths lead from x to F, with gradients 20 and 4, and one from y, with 4.",
        ),
        goal=Goal(
            "Find x and y, neither 0, where the two gradients that meet at x cancel. Then step to the end.",
            reached=judge,
        ),
    )  # fmt: skip


def neuron(run):
    """A sigmoid neuron in elementary operations, with a slider on each of its inputs.      EE147 Fig 13"""
    starts = {"w0": 1.0, "x0": -1.0, "w1": 2.0, "x1": 2.0, "w2": -2.0}
    return _explorer(
        run,
        {name: slider(name.translate(LOW), -3.0, 3.0, at, step=0.25) for name, at in starts.items()},
        size=(8, 3.9),
        alt="The graph of a sigmoid neuron with two inputs, the value and the gradient of each node",
        predict=Predict(
            "Raise w₂ from −2 to 3: the neuron becomes surer of itself. The gradients of all weights then",
            ["grow", "stay as they are", "shrink toward 0"], answer=2,
            because="each of them carries the factor f (1 − f), and f is now almost 1.",
        ),
        goal=Goal(
            "Find inputs at which w₀ has the largest gradient that it can have here: 0.75.",
            reached=lambda values, tape: (
                abs(_grad(tape, "$w_0$") - 0.75) < 1e-9,
                f"df/dw₀ is {_grad(tape, '$w_0$'):.4f}",
            ),
        ),
    )  # fmt: skip


def weight_decay(run):
    """A neuron with squared error and weight decay: two paths meet at w.      EE147 Fig 18"""
    starts = {"x": (-3.0, 3.0, 2.0), "w": (-3.0, 3.0, 0.5), "b": (-3.0, 3.0, -1.5), "t": (0.0, 1.0, 1.0)}
    return _explorer(
        run,
        {name: slider(name, low, high, at, step=0.25) for name, (low, high, at) in starts.items()}
        | {"lam": slider("weight decay λ", 0.0, 1.0, 0.05, step=0.01)},
        size=(8, 4.3),
        alt="The graph of a neuron with weight decay, the value and the gradient of each node",
        predict=Predict(
            "Which of the inputs can you move without changing the gradient of b?",
            ["λ", "w", "t"], answer=0,
            because="λ stands on the other branch: what flows back to b never passes it.",
        ),
        goal=Goal(
            "Turn λ until the pull of the data and the pull of the decay on w cancel, to 0.01.",
            reached=lambda values, tape: (
                values["lam"] > 0 and values["w"] != 0 and abs(_grad(tape, "w")) < 0.01,
                f"at w meet {_meeting(tape, 'w')}",
            ),
        ),
    )  # fmt: skip


def _explorer(run, controls, *, size, alt, predict, goal, play=None):
    """An explorer whose picture is the graph, with the value above each node and the gradient below.

    One that plays also has, on each edge, what was passed back along it.
    """
    inputs = {name: control.value for name, control in controls.items() if name != "step"}
    start = run(**inputs)
    figure, ax = plt.subplots(figsize=size)
    plots.graph(start["parents"], start["names"], ax=ax)
    places, routes = plots.layered(start["parents"])
    steep = {tuple(route[0]) for route in routes if route[0][1] - route[1][1] > 0.9}  # may cross its number
    style = {"ha": "center", "textcoords": "offset points", "fontsize": 10}
    values, grads = [], []
    for at in places:
        aside = -14 if tuple(at) in steep else 0
        values.append(ax.annotate("", at, xytext=(0, 18), va="bottom", color=plots.BLUE, **style))
        grads.append(ax.annotate("", at, xytext=(aside, -18), va="top", color=plots.ORANGE, **style))
    sent = []
    for route in routes if play else ():
        away = 6 * np.sign(route[1][1] - route[0][1])  # below the line, on its outer side
        middle = np.add(*route[:2]) / 2
        sent.append(ax.annotate("", middle, xytext=(away, -5), va="top", color=plots.ORANGE, **style))
    ax.text(0, 1, "value, forward", color=plots.BLUE, va="top", transform=ax.transAxes)
    ax.text(0, 0, "gradient, backward", color=plots.ORANGE, va="bottom", transform=ax.transAxes)

    def compute(step=None, **inputs):
        tape = {name: list(column) for name, column in run(**inputs).items()}
        return tape | {"step": 2 * len(tape["names"]) if step is None else step}

    def draw(tape):
        nodes, step = len(tape["names"]), tape["step"]
        for number in range(nodes):
            shown = number < step, 2 * nodes - number <= step
            for text, column, seen in zip((values, grads), ("values", "grads"), shown, strict=True):
                text[number].set_text(_number(tape[column][number]) if seen else "")
        passed = [(child, one) for child, each in enumerate(tape["sent"]) for one in each]
        for text, (child, one) in zip(sent, passed, strict=False):
            text.set_text(_number(one) if 2 * nodes - child <= step else "")
        return _summary(tape) if play is None else _visit(tape)

    return Explorer(
        compute, draw, controls, figure=LiveFigure(figure, [*values, *grads, *sent]), alt=alt,
        predict=predict, goal=goal, play=play,
    )  # fmt: skip


def _summary(tape):
    """The value of the graph, and the gradient of each input."""
    inputs = [number for number, parents in enumerate(tape["parents"]) if not parents]
    grads = ", ".join(f"{_plain(tape['names'][k])}: {_number(tape['grads'][k])}" for k in inputs)
    return f"the output is {_number(tape['values'][-1])}; its gradients are {grads}"


def _visit(tape):
    """What the visit of a node does, forward and then backward, and how many edges were walked back."""
    nodes, step = len(tape["names"]), tape["step"]
    if step == 0:
        return "nothing is known yet but the inputs"
    if step <= nodes:
        k = step - 1
        return (
            f"forward, node {step} of {nodes}: {_plain(tape['names'][k])} gives {_number(tape['values'][k])}"
        )
    k = 2 * nodes - step
    walked = sum(parent >= k for parents in tape["parents"] for parent in parents)
    edges = sum(map(len, tape["parents"]))
    arrived = _meeting(tape, tape["names"][k]) if k < nodes - 1 else "it starts with 1"
    return f"backward, at {_plain(tape['names'][k])}: {arrived}; {walked} of {edges} edges walked"


def _meeting(tape, name):
    """What arrives at a node on the way back: "20 + 4 = 24"."""
    k = tape["names"].index(name)
    arriving = [
        _number(sent)
        for parents, passed in zip(tape["parents"], tape["sent"], strict=True)
        for parent, sent in zip(parents, passed, strict=True)
        if parent == k
    ]
    total = _number(tape["grads"][k])
    return f"{' + '.join(arriving)} = {total}" if len(arriving) > 1 else total


def _grad(tape, name):
    return float(tape["grads"][tape["names"].index(name)])


def _number(value):
    """A number of four digits, with a minus sign that is one, and no negative zero."""
    return f"{float(value) + 0.0:.4g}".replace("-", "−")


def _plain(name):
    return name.replace("$", "").replace("_", "")
