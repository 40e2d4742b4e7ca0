"""Graphs drawn in layers from left to right: nodes, the edges between them, and numbers at both."""

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, PathPatch
from matplotlib.path import Path

from dlnotes import plots

RADIUS = 0.21  # of a unit, in inches
SIDE, ABOVE, BELOW = 0.35, 0.6, 0.4  # margins around the nodes
HEAD = 0.15  # of an arrow


def _layout(walk):
    """The places of a walk, {key: (x, y)}, and the ways of its edges, lists of points: `plots.layered`."""
    number = {place.key: k for k, place in enumerate(walk.places)}
    into = {key: [k for k, (_, target) in enumerate(walk.edges) if target == key] for key in number}
    parents = [[number[walk.edges[k][0]] for k in edges] for edges in into.values()]
    points, routes = plots.layered(parents)
    order = [k for edges in into.values() for k in edges]
    ways = [route.tolist() for _, route in sorted(zip(order, routes, strict=True), key=lambda pair: pair[0])]
    for edge in set(walk.edges):
        _part([way for each, way in zip(walk.edges, ways, strict=True) if each == edge])
    return {key: tuple(points[k].tolist()) for key, k in number.items()}, ways


def _part(ways):
    """Bend edges between the same two nodes apart."""
    for k, way in enumerate(ways if len(ways) > 1 else []):
        middle = np.mean([way[0], way[-1]], axis=0) + [0, 0.55 * ((len(ways) - 1) / 2 - k)]
        way.insert(len(way) // 2, middle.tolist())


def height(walk):
    """The inches that the drawing of a walk needs."""
    positions, ways = _layout(walk)
    ys = [y for _, y in positions.values()] + [y for way in ways for _, y in way]
    rows = max(ys) - min(ys)
    if any(place.kind == "unit" for place in walk.places):
        return rows * (1.0 if rows < 2.4 else 1.2) + ABOVE + BELOW
    return rows * (0.9 if rows < 3 else 0.72) + ABOVE + BELOW


class Drawing:
    """The places and edges of a walk on an axes in inches, the numbers at them, and what is at work.

    width and height of the room, in inches from the lower left corner (0, bottom).  What never changes is
    drawn below all that does, so that a `LiveFigure` draws it once.
    """

    def __init__(self, ax, walk, width, bottom, height):
        self.ax, self.walk = ax, walk
        positions, ways = _layout(walk)
        halves = {place.key: _half(place) for place in walk.places}
        put, gap = _fit(positions, ways, halves, width, bottom, height)
        self.tight = gap < 0.62
        self.at = {key: put(point) for key, point in positions.items()}
        self.patches, self.marks, self.arrows, self.texts = {}, {}, [], {}
        self.lines = {}  # number of an edge between units: its points, and its line in both colors
        for place in walk.places:
            self._node(place)
        for k, way in enumerate(ways):
            self._edge(k, [put(point) for point in way], walk.edges[k])
        changing = {place for step in walk.steps for place in step.shows}
        for place in [place for place in self.texts if place not in changing]:
            self.texts.pop(place).set(text=self._fitting(walk.start.get(place, "")), zorder=0)
        self.numbers = [text for text in ax.texts if text.get_color() != plots.INK]

    @property
    def artists(self):
        """All that moves."""
        lines = [line for _, *both in self.lines.values() for line in both]
        return [*lines, *self.arrows, *self.marks.values(), *self.texts.values()]

    def show(self, shown, current, active):
        """Set the numbers {place: text}, mark the places at work and the edges `active`."""
        for place, text in self.texts.items():
            text.set_text(self._fitting(shown.get(place, "")))
        for key, mark in self.marks.items():
            mark.set_visible(key in current)
        for k, arrow in enumerate(self.arrows):
            arrow.set_visible(k in active)
        if self.lines:
            self._cut(active)

    def _cut(self, active):
        """Leave gaps in the edges between units where numbers stand."""
        inches = self.ax.transData.inverted()
        boxes = [text.get_window_extent() for text in self.numbers if text.get_text()]
        boxes = [box.transformed(inches).padded(0.02) for box in boxes]
        for k, ((start, end), line, bright) in self.lines.items():
            path = _interrupted(start, end, boxes)
            line.set_path(path)
            bright.set_path(path)
            bright.set_visible(k in active)

    def _fitting(self, words):
        """What stands at an edge: of "s² (4, 3)" the shape alone where edges are short."""
        return words.split(" ", 1)[1] if self.tight and " (" in words else words

    def _node(self, place):
        x, y = self.at[place.key]
        for mark in (False, True):
            if place.kind == "unit":
                patch = Circle((x, y), RADIUS)
            else:
                half, up = _half(place), _up(place)
                rounding = 0.13 if place.kind == "operation" else 0.02
                box = f"round,pad=0,rounding_size={rounding}"
                patch = FancyBboxPatch((x - half, y - up), 2 * half, 2 * up, boxstyle=box)
                patch.set_linestyle("-" if place.kind == "operation" else ":")
            if mark:
                patch.set(
                    facecolor=to_rgba(plots.PURPLE, 0.25), edgecolor=plots.PURPLE, linewidth=2.6, zorder=3
                )
            else:
                patch.set(facecolor="none", edgecolor=plots.INK, linewidth=1.2, zorder=0)
            (self.marks if mark else self.patches)[place.key] = self.ax.add_patch(patch)
        middle = {"ha": "center", "va": "center", "fontsize": 10, "zorder": 0}
        self.ax.text(x, y - 0.01, "\n".join(_wrapped(place)), **middle)
        if place.name:
            self.ax.text(x, y + 0.19, place.name, **middle | {"va": "bottom", "fontsize": 9})
        clear = RADIUS if place.kind == "unit" else 0.17
        aside = 0.13 if place.kind == "unit" else 0  # away from the edge that comes up from the left
        number = middle | {"fontsize": 9, "zorder": 4}
        self.texts["above", place.key] = self.ax.text(
            x - (0.1 if place.kind == "input" else 0),
            y + clear + 0.03,
            "",
            color=plots.BLUE,
            **number | {"va": "bottom"},
        )
        self.texts["below", place.key] = self.ax.text(
            x + aside, y - clear - 0.04, "", color=plots.ORANGE, **number | {"va": "top"}
        )

    def _edge(self, k, points, edge):
        points = np.array(points)
        points[0] = self._border(edge[0], points[0], points[1])
        points[-1] = self._border(edge[1], points[-1], points[-2])
        drawn = points
        if self._between_units(edge):  # the head alone: the line is drawn anew with each step
            back = (points[0] - points[-1]) / np.hypot(*(points[0] - points[-1]))
            drawn = np.array([points[-1] + HEAD * back, points[-1]])
            both = [
                PathPatch(Path(points), fill=False, edgecolor=color, linewidth=linewidth, zorder=zorder)
                for color, linewidth, zorder in ((plots.INK, 0.9, 0.5), (plots.PURPLE, 1.8, 1))
            ]
            self.lines[k] = ((points[0], drawn[0]), *map(self.ax.add_patch, both))
        for color, linewidth, zorder in ((plots.INK, 0.9, 0), (plots.PURPLE, 1.8, 1)):
            arrow = FancyArrowPatch(path=Path(drawn), arrowstyle="-|>", mutation_scale=9, color=color)
            arrow.set(linewidth=linewidth, zorder=zorder)
            self.ax.add_patch(arrow)
        self.arrows.append(arrow)
        lengths = np.hypot(*np.diff(points, axis=0).T)
        longest = int(lengths.argmax())
        start, end = points[longest], points[longest + 1]
        share = self._share(edge)
        middle, direction = start + share * (end - start), (end - start) / np.hypot(*(end - start))
        style = {"ha": "center", "fontsize": 8 if self.tight else 9, "zorder": 4}
        if self._between_units(edge):  # level, in rows of their own, in a gap of the edge
            start, end = (np.array(self.at[key]) for key in edge)
            above, below = start + share * (end - start), start + share * (end - start) - [0, 0.07]
        else:  # along the edge
            normal = np.array([-direction[1], direction[0]])
            above, below = middle + 0.035 * normal, middle - 0.045 * normal
            angle = float(np.degrees(np.arctan2(direction[1], direction[0])))
            style |= {"rotation": angle, "rotation_mode": "anchor"}
        va = "center" if self._between_units(edge) else "bottom"
        self.texts["above", k] = self.ax.text(*above, "", va=va, color=plots.BLUE, **style)
        self.texts["below", k] = self.ax.text(*below, "", va="top", color=plots.ORANGE, **style)

    def _between_units(self, edge):
        return isinstance(self.patches[edge[1]], Circle)

    def _share(self, edge):
        """How far along an edge its numbers stand.

        Those of the m edges that leave a unit for the next layer's: after 1 / (m + 1) of the way, all numbers
        between two layers are equally far apart.
        """
        if not self._between_units(edge):
            return 0.47
        return 1 / (1 + sum(source == edge[0] for source, _ in self.walk.edges))

    def _border(self, key, center, towards):
        """Where an edge meets the border of its node."""
        step = np.asarray(towards) - center
        patch = self.patches[key]
        if isinstance(patch, Circle):
            return center + RADIUS * step / np.hypot(*step)
        half = np.array([patch.get_width(), patch.get_height()]) / 2
        with np.errstate(divide="ignore"):
            return center + step * np.min(half / np.abs(step))


def _interrupted(start, end, boxes):
    """The path from start to end, in inches, without what lies in the boxes."""
    at = np.linspace(0, 1, 201)
    points = start + at[:, None] * (end - start)
    free = np.ones(len(at), dtype=bool)
    for box in boxes:
        free &= ~((points > box.min) & (points < box.max)).all(axis=1)
    codes = [Path.LINETO if a and b else Path.MOVETO for a, b in zip(free, [False, *free], strict=False)]
    return Path(points, codes)


def _wrapped(place):
    """The label of a node in one line or two, as narrow as can be: "binary cross entropy"."""
    words = place.label.split(" ")
    if place.kind != "operation" or len(place.label) <= 8 or len(words) == 1:
        return [place.label]
    pairs = [[" ".join(words[:k]), " ".join(words[k:])] for k in range(1, len(words))]
    return min(pairs, key=lambda pair: max(map(len, pair)))


def _half(place):
    """Half the width of a node, in inches."""
    if place.kind == "unit":
        return RADIUS
    longest = max(map(len, _wrapped(place)))
    return max(0.16, 0.043 * longest + 0.06)


def _up(place):
    """Half the height of a box, in inches."""
    return 0.15 if len(_wrapped(place)) == 1 else 0.21


def _fit(positions, ways, halves, width, bottom, height):
    """What puts the points of a layout into a room, and the gap between its layers, in inches.

    Between any two layers the same gap is left, however wide their nodes are.
    """
    points = np.array([*positions.values(), *(point for way in ways for point in way)])
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    wide = np.zeros(int(size[0]) + 1)
    for key, (x, _) in positions.items():
        wide[int(x)] = max(wide[int(x)], 2 * halves[key])
    gap = (width - 2 * SIDE - wide.sum()) / max(1, len(wide) - 1)
    columns = SIDE + np.cumsum(wide + gap) - gap - wide / 2
    step = min((height - BELOW - ABOVE) / (size[1] or 1), 1.2)
    floor = bottom + BELOW + (height - BELOW - ABOVE - step * size[1]) / 2

    def put(point):
        across = np.interp(point[0], np.arange(len(columns)), columns)
        return np.array([across, floor + step * (point[1] - low[1])])

    return put, gap
