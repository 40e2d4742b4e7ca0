"""The moving parts that live figures of two classes in the plane share: tints, markers, rings."""

import re

import numpy as np

from dlnotes import plots


def half_planes(ax):
    """Two empty tinted polygons, for the sides of a line that are answered -1 and +1."""
    return [ax.fill([], [], facecolor=color, zorder=0)[0] for color in plots.tints(2)]


def set_half_planes(sides, w, ax, edge=0):
    """Spread `sides` over the two sides of the line w[0] + w[1] x_1 + w[2] x_2 = 0; no line, no tint.

    Places where that sum is between -edge and edge stay blank.
    """
    normal = w[1:] / (np.hypot(w[1], w[2]) or 1.0)
    for polygon, side in zip(sides, [-1, 1], strict=True):
        ends = np.column_stack(plots.boundary_ends(w - np.array([side * edge, 0, 0]), ax))
        reach = np.linalg.norm(ends[1] - ends[0])
        polygon.set_xy(np.vstack([ends, ends[::-1] + side * reach * normal]))


def tinted_plane(ax, steps=60):
    """Places (steps², 2) that fill the axes, and the image that will tint them."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    first, second = np.meshgrid(np.linspace(left, right, steps), np.linspace(low, high, steps))
    blank, extent = np.zeros((steps, steps, 4), dtype=np.uint8), (left, right, low, high)
    image = ax.imshow(blank, extent=extent, origin="lower", aspect="auto", interpolation="nearest", zorder=0)
    return np.column_stack([first.ravel(), second.ravel()]), image


def tint(shares):
    """Colors of a plane (steps², ) by the share of votes for the second class: the classes' tints, faded."""
    steps = int(np.sqrt(len(shares)))
    colors = plots.tints(2)[(shares > 0.5).astype(int)]
    colors[:, 3] *= 0.3 + 1.4 * np.abs(shares - 0.5)
    return (255 * colors).astype(np.uint8).reshape(steps, steps, 4)


def class_markers(ax, size=40, names=("$y = -1$", "$y = +1$")):
    """Two empty scatters, for labels -1 and +1, named in the legend."""
    return [
        ax.scatter([], [], s=size, color=plots.PALETTE[i], marker=plots.MARKERS[i], label=name, zorder=3)
        for i, name in enumerate(names)
    ]


def set_classes(classes, x, y):
    """Put the samples x (n, 2) with labels y (n,), -1 or +1, on the two scatters of `class_markers`."""
    for scatter, label in zip(classes, [-1, 1], strict=True):
        scatter.set_offsets(x[y == label])


def ring(ax, size=160):
    """An empty scatter of rings, to mark samples."""
    return ax.scatter([], [], s=size, facecolors="none", edgecolors=plots.PURPLE, linewidths=2, zorder=4)


def add_sample(x, y, values):
    """What a click at (x, y) sets: one more in the line "samples", with the label that "click" names."""
    return {"samples": f"{values['samples']} {x:.2f},{y:.2f},{values['click']}".strip()}


def parse_samples(line, values):
    """Samples typed as "x1,x2,label x1,x2,label", labels among `values`: rows (n, 3), or a `ValueError`."""
    samples = re.sub(r"\s*,\s*", ",", line).split()
    try:
        rows = [[float(number) for number in sample.split(",")] for sample in samples]
    except ValueError:
        rows = [[]]
    if any(len(row) != 3 or row[2] not in values for row in rows):
        labels = " or ".join(f"{value:+d}" if -1 in values else str(value) for value in values)
        raise ValueError(
            f"your samples: got {line!r}, want x1,x2,label with label {labels}, spaces between them"
        )
    return np.array(rows).reshape(-1, 3)
