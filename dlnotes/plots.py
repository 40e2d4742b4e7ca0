"""Static pictures: arrays or history rows -> axes.  `ax = plot(data, ax=None)`.

Importing this module sets the house style: inks that read on a light and on a dark page (figures have
no background of their own), a palette that color-blind readers can tell apart, and one marker per class,
so that no meaning hangs on color alone.
"""

import io
import itertools

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap, to_rgba

BLUE, ORANGE, GREEN, PURPLE, INK = "#1f83c9", "#d55e00", "#009e73", "#b8609a", "#7c7c7c"
PALETTE = [BLUE, ORANGE, GREEN, PURPLE, "#8c7300", "#3d93b5", "#c04f4f", "#6f6fc4", "#6d8f1f", "#a0673a"]
MARKERS = "osD^vPX<>*"
SIGNED = LinearSegmentedColormap.from_list(  # blue below zero, the page itself at zero, orange above
    "signed",
    [(0, to_rgba(BLUE)), (0.5, to_rgba(BLUE, 0)), (0.5, to_rgba(ORANGE, 0)), (1, to_rgba(ORANGE))],
    N=257,  # odd, so that zero has a color of its own
)

plt.rcParams.update({
    "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
    "figure.figsize": (6.4, 3.8), "figure.dpi": 100, "figure.constrained_layout.use": True,
    "axes.edgecolor": INK, "axes.labelcolor": INK, "axes.titlecolor": INK, "text.color": INK,
    "xtick.color": INK, "ytick.color": INK, "grid.color": INK, "grid.alpha": 0.25,
    "axes.prop_cycle": cycler(color=PALETTE), "image.cmap": "viridis", "axes.axisbelow": True,
    "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
    "font.size": 11, "axes.titlesize": 12, "axes.labelsize": 11, "legend.fontsize": 10,
    "lines.linewidth": 2, "lines.markersize": 6,
})  # fmt: skip


def show(figure, alt):
    """Put a finished figure on the page as one image that a screen reader announces as `alt`.

    Refuses what no book would print (see `finished`).  The figure is closed: nothing is drawn twice.
    """
    from IPython.display import display

    finished(figure)
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=160, metadata={"Software": None})
    plt.close(figure)
    width, height = (int(inches * 100) for inches in figure.get_size_inches())
    metadata = {"image/png": {"width": width, "height": height, "alt": alt}}
    display({"image/png": png.getvalue(), "text/plain": alt}, metadata=metadata, raw=True)


def finished(figure):
    """Raise `ValueError` for a figure with no axes, or with axes that are empty or have an unlabeled axis.

    Axes whose axis is switched off (pictures of digits, drawings) need no labels.
    """
    if not figure.axes:
        raise ValueError("figure: got no axes, want at least one picture")
    for number, ax in enumerate(figure.axes):
        if not (np.isfinite(ax.dataLim.get_points()).any() or ax.texts):
            raise ValueError(f"figure: axes {number} is empty, want data in it")
        if ax.axison and not (ax.get_xlabel() and ax.get_ylabel()):
            raise ValueError(f"figure: axes {number} has no label on x or y, want both")


def points(x, labels, *, ax=None, names=None):
    """Scatter the rows of `x` (n, 2), one color and one marker for each class; `names` makes a legend."""
    ax = ax or plt.gca()
    for number, label in enumerate(np.unique(labels)):
        rows = labels == label
        name = names[number] if names else None
        ax.scatter(*x[rows].T, color=PALETTE[number], marker=MARKERS[number], s=34, label=name, zorder=3)
    if names:
        ax.legend()
    return ax


def tints(classes):
    """A light RGBA color (classes, 4) for the region of each class, to go with its markers."""
    return np.array([to_rgba(color, 0.22) for color in PALETTE[:classes]])


def numbers(array, *, ax=None, reach=None, words=None):
    """An array (h, w) as a field of cells with its numbers in them: orange above zero, blue below.

    `reach` has the strongest tint, a fifth of the color, on which numbers are still easy to read; without it
    the largest number has.  words (h, w), what to write instead.
    """
    ax = ax or plt.gca()
    reach = reach or np.abs(array).max() or 1
    across, down = (np.arange(size + 1) - 0.5 for size in array.shape[::-1])
    edges = {"edgecolors": [to_rgba(INK, 0.5)], "linewidth": 0.6}
    ax.pcolormesh(across, down, array, cmap=SIGNED, vmin=-5 * reach, vmax=5 * reach, **edges)
    for (row, column), value in np.ndenumerate(array):
        word = f"{value + 0:.3g}" if words is None else words[row][column]
        ax.text(column, row, word, ha="center", va="center")
    ax.set(aspect="equal", ylim=down[[-1, 0]])
    return ax


def boundary_ends(w, ax):
    """The line w[0] + w[1] x_1 + w[2] x_2 = 0 as two far ends (2,), (2,), to be clipped by the axes.

    No line (w[1] = w[2] = 0) gives NaN, which matplotlib does not draw.
    """
    normal_length = np.hypot(w[1], w[2])
    if normal_length == 0:
        return np.full(2, np.nan), np.full(2, np.nan)
    normal = w[1:] / normal_length
    foot = -w[0] / normal_length * normal
    reach = 2 * np.ptp([*ax.get_xlim(), *ax.get_ylim()]) + np.abs(foot).max()
    ends = foot + reach * np.array([[-1], [1]]) * np.array([-normal[1], normal[0]])
    return ends[:, 0], ends[:, 1]


def boundary(w, *, ax=None, **style):
    """Draw the line w[0] + w[1] x_1 + w[2] x_2 = 0 across `ax`, whose limits it keeps."""
    ax = ax or plt.gca()
    limits = ax.axis()
    ax.plot(*boundary_ends(w, ax), **{"color": INK, **style})
    ax.axis(limits)
    return ax


def update_geometry(before, after, sample, label, *, ax=None):
    """One update of a linear unit: its weights and its line before (dashed) and after a wrong sample.

    before, after (3,), bias first;  sample (2,);  label -1 or +1.
    """
    ax = ax or plt.gca()
    ax.set(xlim=(-2, 2), ylim=(-2, 2), xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    number = int(label > 0)
    ax.scatter(*sample, color=PALETTE[number], marker=MARKERS[number], s=70, zorder=3)
    ax.set_title(f"wrong, $y = {label:+d}$", color=PALETTE[number])
    for w, style, name in [(before, "--", "before"), (after, "-", "after")]:
        boundary(w, ax=ax, linestyle=style, linewidth=1.5, label=f"line {name}")
        arrow = {"arrowstyle": "->", "color": PURPLE, "linestyle": style, "linewidth": 2}
        ax.annotate("", w[1:], xytext=(0, 0), arrowprops=arrow)
        ax.annotate(f"$w$ {name}", w[1:], xytext=(4, 4), textcoords="offset points", color=PURPLE)
    ax.legend(loc="lower left")
    return ax


def contours(risk, *, ax=None, lines=8, **style):
    """Lines of equal `risk(w)`, w (2,), within the limits of `ax`; evenly apart where the risk is a bowl."""
    ax = ax or plt.gca()
    first, second = np.linspace(*ax.get_xlim(), 60), np.linspace(*ax.get_ylim(), 60)
    values = np.array([[risk(np.array([one, other])) for one in first] for other in second])
    levels = values.min() + np.ptp(values) * np.linspace(0, 1, lines + 1)[1:] ** 2
    ax.contour(first, second, values, levels, **{"colors": INK, "linewidths": 0.8, **style})
    return ax


def stacks(columns, *, ax=None):
    """Columns of boxes, {"title": ["bottom", ..., "top"]}, joined by arrows; those in CAPITALS are tinted."""
    ax = ax or plt.gca()
    for across, (title, boxes) in enumerate(columns.items()):
        for level, name in enumerate(boxes):
            up = 1.3 * level
            face = tints(2)[1] if name.isupper() else "none"
            box = {"boxstyle": "round,pad=0.5", "facecolor": face, "edgecolor": INK}
            ax.text(across, up, name.lower().replace(" ", "\n"), ha="center", va="center", bbox=box)
            if level:
                arrow = {"arrowstyle": "->", "color": INK}
                ax.annotate("", (across, up - 0.45), xytext=(across, up - 0.85), arrowprops=arrow)
        ax.text(across, -0.75, title, ha="center", va="top", weight="bold")
    ax.set(xlim=(-0.6, len(columns) - 0.4), ylim=(-1.7, 1.3 * max(map(len, columns.values())) - 0.7))
    ax.set_axis_off()
    return ax


def layered(parents):
    """Where to draw the nodes of a directed graph, from left to right: positions (n, 2), and edge routes.

    parents[k] holds the numbers of the nodes that node k is made of, all below k; one named twice is two
    edges.  routes, for each edge in the order of parents, its points (m, 2) from parent to child.
    """
    import igraph

    edges = [(parent, child) for child, each in enumerate(parents) for parent in each]
    depth = []
    for each in parents:
        depth.append(1 + max((depth[parent] for parent in each), default=-1))
    for node, each in enumerate(parents):  # an input stands just before the first node that needs it
        if not each:
            depth[node] = min((depth[child] for parent, child in edges if parent == node), default=1) - 1
    chains = []  # a long edge runs through a place of its own in each layer between
    for parent, child in edges:
        between = range(depth[parent] + 1, depth[child])
        chains.append([parent, *range(len(depth), len(depth) + len(between)), child])
        depth.extend(between)
    pieces = [piece for chain in chains for piece in itertools.pairwise(chain)]
    layout = igraph.Graph(len(depth), pieces, directed=True).layout_sugiyama(layers=depth)
    places = np.array([(layer, -across) for across, layer in layout.coords])
    for layer in set(depth):  # igraph 1.0.0 may put two nodes into one place
        here = np.flatnonzero(places[:, 0] == layer)
        places[here, 1] = _apart(places[here, 1])
    return places[: len(parents)], [places[chain] for chain in chains]


def _apart(heights):
    """Heights at least 1 apart, in the same order, moved as little as possible: isotonic regression."""
    order = np.argsort(-heights, kind="stable")
    blocks = []
    for height in heights[order] + np.arange(len(heights)):  # which must fall
        blocks.append([height])
        while len(blocks) > 1 and np.mean(blocks[-1]) > np.mean(blocks[-2]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    apart = np.empty(len(heights))
    apart[order] = np.repeat([np.mean(block) for block in blocks], list(map(len, blocks)))
    apart[order] -= np.arange(len(heights))
    return apart


def graph(parents, labels, *, ax=None, radius=15):
    """A computational graph from left to right: a circle with its label for each node, the inputs tinted.

    parents as for `layered`;  labels, the text in each circle;  radius in points.
    """
    ax = ax or plt.gca()
    places, routes = layered(parents)
    drawn = np.vstack([places, *routes])
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    ax.set(xlim=(low[0] - 0.55, high[0] + 0.55), ylim=(low[1] - 0.75, high[1] + 0.75))
    ax.set_axis_off()
    edges = [(parent, child) for child, each in enumerate(parents) for parent in each]
    for number, (edge, route) in enumerate(zip(edges, routes, strict=True)):
        # repeated edges: one above, one below
        twin = edges[:number].count(edge) - (edges.count(edge) - 1) / 2
        for piece in range(len(route) - 1):
            last = piece == len(route) - 2
            arrow = {"arrowstyle": "->" if last else "-", "color": INK, "linewidth": 1.2}
            arrow |= {"shrinkA": radius * (piece == 0), "shrinkB": radius * last}
            arrow |= {"connectionstyle": f"arc3,rad={0.7 * twin}"}
            ax.annotate("", route[piece + 1], xytext=route[piece], arrowprops=arrow)
    for place, label, each in zip(places, labels, parents, strict=True):
        face = "none" if each else tints(1)[0]
        ax.scatter(*place, s=4 * radius**2, facecolor=face, edgecolor=INK)
        ax.text(*place, label, ha="center", va="center", fontsize=10)
    return ax


def curve(history, key, *, x="step", ax=None, **style):
    """A column of a training history against another; rows without the column are skipped."""
    ax = ax or plt.gca()
    rows = [row for row in history if key in row]
    ax.plot([row[x] for row in rows], [row[key] for row in rows], **style)
    ax.set(xlabel=x, ylabel=key.replace("_", " "))
    return ax


def images(pictures, titles=None, *, columns=10, size=0.75, **style):
    """A figure of small pictures (n, h, w), `columns` in a row, each with its title; `style` is imshow's."""
    rows = -(-len(pictures) // columns)
    height = size * (1.35 if titles is not None else 1.0)
    figure, axes = plt.subplots(rows, columns, figsize=(size * columns, height * rows), squeeze=False)
    for ax in axes.flat[len(pictures) :]:
        ax.remove()
    for ax, picture in zip(axes.flat, pictures, strict=False):
        ax.imshow(picture, **{"cmap": "gray", "interpolation": "nearest", **style})
        ax.set_axis_off()
    for ax, title in zip(axes.flat, titles if titles is not None else [], strict=False):
        ax.set_title(str(title), fontsize=10)
    return figure
