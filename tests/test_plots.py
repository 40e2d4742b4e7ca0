"""Static pictures show their data, carry labels, and refuse to be empty."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from dlnotes import plots


@pytest.fixture
def displayed(monkeypatch):
    """What `plots.show` hands to the notebook: a list of (data, metadata)."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, metadata, raw: shown.append((data, metadata)))
    return shown


@pytest.fixture(autouse=True)
def no_figure_left_open():
    yield
    plt.close("all")


def labeled_figure():
    figure, ax = plt.subplots()
    ax.plot([0, 1], [1, 0])
    ax.set(xlabel="x", ylabel="y")
    return figure


def test_a_finished_figure_is_shown_with_its_alt_text_and_closed(displayed):
    plots.show(labeled_figure(), "a falling line")
    (data, metadata), *rest = displayed
    assert not rest
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == metadata["image/png"]["alt"] == "a falling line"
    assert plt.get_fignums() == []


def test_the_same_figure_gives_the_same_bytes(displayed):
    plots.show(labeled_figure(), "once")
    plots.show(labeled_figure(), "again")
    assert displayed[0][0]["image/png"] == displayed[1][0]["image/png"]


EMPTY = {
    "nothing": lambda ax: None,
    "a line without points": lambda ax: ax.plot([], []),
    "a scatter without points": lambda ax: ax.scatter([], []),
    "a line of NaN": lambda ax: ax.plot([0, 1], [np.nan, np.nan]),
    "a scatter of NaN": lambda ax: ax.scatter([np.nan], [np.nan]),
}


@pytest.mark.parametrize("content", EMPTY)
def test_an_empty_plot_is_refused(content):
    figure, ax = plt.subplots()
    EMPTY[content](ax)
    ax.set(xlabel="x", ylabel="y")
    with pytest.raises(ValueError, match="axes 0 is empty"):
        plots.show(figure, "nothing")


FULL = {
    "bars": lambda ax: ax.bar([1, 2], [3, 4]),
    "a horizontal line": lambda ax: ax.axhline(1),
    "an image": lambda ax: ax.imshow(np.eye(2)),
    "contours": lambda ax: ax.contour(np.eye(3)),
    "words": lambda ax: ax.text(0.5, 0.5, "words"),
    "a filled shape": lambda ax: ax.fill([0, 1, 1], [0, 0, 1]),
}


@pytest.mark.parametrize("content", FULL)
def test_whatever_can_be_seen_is_no_empty_plot(content):
    figure, ax = plt.subplots()
    FULL[content](ax)
    ax.set(xlabel="x", ylabel="y")
    plots.finished(figure)


def test_a_figure_without_axes_is_refused():
    with pytest.raises(ValueError, match="no axes"):
        plots.finished(plt.figure())


@pytest.mark.parametrize("missing", ["xlabel", "ylabel"])
def test_an_unlabeled_axis_is_refused(missing):
    figure = labeled_figure()
    figure.axes[0].set(**{missing: ""})
    with pytest.raises(ValueError, match="no label"):
        plots.finished(figure)


def test_points_gives_each_class_its_color_and_marker():
    x = np.random.default_rng(0).normal(size=(9, 2))
    ax = plots.points(x, np.arange(9) % 3, names=["a", "b", "c"])
    colors = {tuple(scatter.get_facecolor()[0]) for scatter in ax.collections}
    shapes = {json.dumps(scatter.get_paths()[0].vertices.tolist()) for scatter in ax.collections}
    assert len(colors) == len(shapes) == 3
    assert sum(len(scatter.get_offsets()) for scatter in ax.collections) == 9


@pytest.mark.parametrize("w", [[0.5, 1, -2], [-1, 0, 1], [2, 1, 0]])
def test_boundary_ends_lie_on_the_line_and_beyond_the_axes(w):
    _, ax = plt.subplots()
    ax.set(xlim=(-3, 3), ylim=(-3, 3))
    first, second = plots.boundary_ends(np.array(w, dtype=float), ax)
    np.testing.assert_allclose(w[0] + w[1] * first + w[2] * second, 0, atol=1e-12)
    assert np.hypot(*np.diff([first, second])).item() > 6 * np.sqrt(2)


def test_boundary_ends_of_zero_weights_are_no_line():
    _, ax = plt.subplots()
    assert np.isnan(plots.boundary_ends(np.zeros(3), ax)).all()


def test_boundary_keeps_the_limits_of_the_axes():
    _, ax = plt.subplots()
    ax.set(xlim=(0, 1), ylim=(2, 3))
    plots.boundary(np.array([0.0, 1, -3]), ax=ax)
    assert ax.axis() == (0, 1, 2, 3)


def test_curve_skips_rows_without_the_column():
    ax = plots.curve([{"step": 1, "risk": 3.0}, {"step": 2}, {"step": 3, "risk": 1.0}], "risk")
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[1, 3], [3, 1]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "risk")


def test_contours_of_a_bowl_are_evenly_apart_and_keep_the_limits():
    _, ax = plt.subplots()
    ax.set(xlim=(-3, 3), ylim=(-4, 4))
    plots.contours(lambda w: w @ w, ax=ax, lines=5)
    (drawn,) = ax.collections
    radii = np.sqrt(drawn.levels)
    np.testing.assert_allclose(radii, np.arange(1, 6), rtol=0.01)  # the corners are 5 away from the bottom
    first = drawn.get_paths()[0].vertices
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), radii[0], rtol=0.01)
    assert (ax.get_xlim(), ax.get_ylim()) == ((-3, 3), (-4, 4))


def test_images_shows_every_picture_with_its_title():
    figure = plots.images(np.random.default_rng(0).random((12, 8, 8)), range(12), columns=5)
    titles = [ax.get_title() for ax in figure.axes if ax.images]
    assert titles == [str(number) for number in range(12)]
    plots.finished(figure)


def test_signed_colors_are_blue_below_zero_orange_above_and_grow_from_nothing():
    below, zero, above = plots.SIGNED([0.25, 0.5, 0.75])
    assert zero[3] == 0
    assert below[3] == pytest.approx(0.5, abs=0.01) and above[3] == pytest.approx(0.5, abs=0.01)
    assert np.allclose(below[:3], to_rgb(plots.BLUE))
    assert np.allclose(above[:3], to_rgb(plots.ORANGE))


def contrast(color, background):
    """The contrast ratio of the Web Content Accessibility Guidelines, 1 to 21."""

    def luminance(rgb):
        rgb = np.asarray(rgb)
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722] + 0.05

    low, high = sorted([luminance(color), luminance(background)])
    return high / low


@pytest.mark.parametrize("ink", [*plots.PALETTE, plots.INK])
@pytest.mark.parametrize("page", ["#ffffff", "#111111"], ids=["light", "dark"])
def test_every_ink_reads_on_a_light_and_on_a_dark_page(ink, page):
    from matplotlib.colors import to_rgb

    assert contrast(to_rgb(ink), to_rgb(page)) >= 3


@pytest.mark.parametrize("page", ["white", "#111111"])
def test_numbers_read_on_their_fields_even_the_largest(page):
    ax = plots.numbers(np.array([[2.0, -0.0, 1 / 3], [0.5, -2, 1]]))
    ax.figure.canvas.draw()
    plt.close(ax.figure)
    assert [text.get_text() for text in ax.texts] == ["2", "0", "0.333", "0.5", "-2", "1"]
    assert ax.get_ylim() == (1.5, -0.5)  # row 0 on top
    for red, green, blue, alpha in ax.collections[0].get_facecolor():
        field = (1 - alpha) * np.array(to_rgb(page)) + alpha * np.array([red, green, blue])
        assert contrast(to_rgb(plots.INK), field) >= 3
