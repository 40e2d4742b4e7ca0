"""The moving parts that live figures of two classes in the plane share: tints, markers, rings."""

import numpy as np

from dlnotes import plots


def half_planes(ax):
    """Two empty tinted polygons, for the sides of a line that are answered -1 and +1."""
    return [ax.fill([], [], facecolor=color, zorder=0)[0] for color in plots.tints(2)]


def set_half_planes(sides, w, ax):
    """Spread `sides` over the two sides of the line w[0] + w[1] x_1 + w[2] x_2 = 0; no line, no tint."""
    ends = np.column_stack(plots.boundary_ends(w, ax))
    normal = w[1:] / (np.hypot(w[1], w[2]) or 1.0)
    reach = np.linalg.norm(ends[1] - ends[0])
    for polygon, side in zip(sides, [-1, 1], strict=True):
        polygon.set_xy(np.vstack([ends, ends[::-1] + side * reach * normal]))


def class_markers(ax, size=40, names=("$y = -1$", "$y = +1$")):
    """Two empty scatters, for labels -1 and +1, named in the legend."""
    return [
        ax.scatter([], [], s=size, color=plots.PALETTE[i], marker=plots.MARKERS[i], label=name, zorder=3)
        for i, name in enumerate(names)
    ]


def set_classes(classes, x, y):
    for scatter, label in zip(classes, [-1, 1], strict=True):
        scatter.set_offsets(x[y == label])


def ring(ax, size=160):
    """An empty scatter of rings, to mark samples."""
    return ax.scatter([], [], s=size, facecolors="none", edgecolors=plots.PURPLE, linewidths=2, zorder=4)
