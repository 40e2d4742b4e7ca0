"""A matplotlib figure whose moving artists are redrawn in place, frame by frame."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg

from dlnotes.live import png

CSS_PIXELS = 100  # of the page, to an inch of the figure


class LiveFigure:
    """A figure of which the still parts are drawn once and the moving ones at every frame.

    `artists` are the moving ones: set their data, then ask for `frame()`.  Whatever lies above the lowest of
    them in the same axes is drawn again with them, so a frame is what a full drawing would give.  Pass an
    axes itself as an artist where its limits or ticks move, or where its contents come and go.

    The layout is settled at the first frame: nothing jumps while a slider moves.  The figure leaves pyplot.
    """

    def __init__(self, figure, artists):
        plt.close(figure)
        self.figure = figure
        self._canvas = FigureCanvasAgg(figure)
        self._moving = _with_all_above(figure, artists)
        self.sharpen(2)

    @property
    def width(self):
        """The width of the picture on the page, in CSS pixels."""
        return round(self.figure.get_figwidth() * CSS_PIXELS)

    @property
    def height(self):
        """The height of the picture on the page, in CSS pixels."""
        return round(self.figure.get_figheight() * CSS_PIXELS)

    def sharpen(self, pixel_ratio):
        """Draw the next frames with so many pixels to a pixel of the page: 2, until a screen says."""
        self.figure.set_dpi(CSS_PIXELS * pixel_ratio)
        self._still = None

    def frame(self):
        """The figure as it is now: the bytes of a PNG, the same bytes for the same data."""
        if self._still is None:
            self._draw_still()
        self._canvas.restore_region(self._still)
        for artist in self._moving:
            self.figure.draw_artist(artist)
        return png.encode(np.asarray(self._canvas.buffer_rgba()))

    def locate(self, across, down):
        """The data coordinates (x, y), in the figure's first axes, of a point of the picture; None beside it.

        across, down: fractions of the picture's width and height, from its upper left corner.
        """
        axes = self.figure.axes[0]
        point = self.figure.transFigure.transform((across, 1 - down))
        if not axes.bbox.contains(*point):
            return None
        x, y = axes.transData.inverted().transform(point)
        return float(x), float(y)

    def _draw_still(self):
        self._canvas.draw()  # the whole figure once, so that the layout has room for all of it
        self.figure.set_layout_engine("none")
        for artist in self._moving:
            artist.set_animated(True)
        self._canvas.draw()
        self._still = self._canvas.copy_from_bbox(self.figure.bbox)


def _with_all_above(figure, artists):
    """`artists` and everything drawn over the first of them in the same axes, in drawing order."""
    moving = []
    for axes in figure.axes:
        if axes in artists:
            moving.append(axes)
            continue
        drawn = sorted(_drawn(axes), key=lambda artist: artist.zorder)
        first = next((i for i, artist in enumerate(drawn) if artist in artists), len(drawn))
        moving += [artist for artist in drawn[first:] if artist in artists or not _outside(artist)]
    moving += [artist for artist in artists if artist.axes is None]  # the figure's own: its title, its texts
    if missing := [artist for artist in artists if artist not in moving]:
        raise ValueError(f"artists: got {missing[0]}, want artists that this figure draws")
    return moving


def _drawn(axes):
    """The children that an axes draws: without its patch, and without ticks and frame where they are off."""
    hidden = {axes.patch}
    if not axes.axison:
        hidden |= {axes.xaxis, axes.yaxis}
    if not (axes.axison and axes.get_frame_on()):
        hidden |= set(axes.spines.values())
    return [artist for artist in axes.get_children() if artist not in hidden]


def _outside(artist):
    """Whether this is an axis that touches nothing in its axes, and can stay: drawing its numbers is slow."""
    return (
        isinstance(artist, Axis)
        and not any(line.get_visible() for line in artist.get_gridlines())
        and all(direction == "out" for direction in artist.get_ticks_direction())
    )
