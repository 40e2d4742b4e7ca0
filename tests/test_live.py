import base64
import io
import threading

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from dlnotes.live import (
    Explorer,
    Goal,
    LiveFigure,
    Predict,
    choice,
    entry,
    film,
    log_slider,
    png,
    slider,
    sweep,
    toggle,
)
from dlnotes.live.controls import stops

X = np.linspace(0, 10, 50)


def pixels(frame):
    return np.asarray(Image.open(io.BytesIO(frame))).astype(int)


def empty_axes():
    """A transparent figure, as the book's pages have it."""
    figure, ax = plt.subplots(figsize=(3, 2), facecolor="none")
    ax.set(xlim=(0, 10), ylim=(-2, 2), xlabel="x", ylabel="y", facecolor="none")
    return figure, ax


def waves(*, compute=None, draw=None, controls=None, **options):
    """An explorer of a sine; each test replaces the part that it is about."""
    figure, ax = empty_axes()
    (line,) = ax.plot([], [])
    samples = ax.scatter([], [])

    def height(eta, step, kind="sine", raised=False, points=""):
        y = eta * (np.sin if kind == "sine" else np.cos)(X + step / 10) + raised
        places = np.array([point.split(",") for point in points.split()], dtype=float)
        return {"y": y, "points": places.reshape(-1, 2)}

    def show(arrays):
        line.set_data(X, arrays["y"])
        samples.set_offsets(arrays["points"])
        return f"at most {arrays['y'].max():.3f}"

    default = {"eta": log_slider("learning rate", 1e-3, 10, 0.5), "step": slider("step", 0, 20, 0)}
    return Explorer(
        compute or height,
        draw or show,
        default | (controls or {}),
        figure=LiveFigure(figure, [line, samples]),
        **{"alt": "A wave.", **options},
    )


ALL_CONTROLS = {
    "kind": lambda: choice("kind of wave", ["sine", "cosine wave"]),
    "raised": lambda: toggle("one higher"),
    "points": lambda: entry("your points", "1,1 2,0.5"),
}


def full_waves(**options):
    """`waves` with a control of every kind, a question, a goal, Play, and clicks that add points."""
    options = {
        "controls": {name: make() for name, make in ALL_CONTROLS.items()},
        "play": "step",
        "click": lambda x, y, values: {"points": f"{values['points']} {x:.3f},{y:.3f}".strip()},
        "predict": Predict("Does eta raise it?", ["yes", "no"], answer=0, because="it is a factor."),
        "goal": Goal("Fill the axes.", lambda values, arrays: (values["eta"] > 1, f"eta is {values['eta']}")),
    }
    return waves(**options)


# ---- LiveFigure


def test_a_frame_is_what_a_full_drawing_gives():
    def scene(data):
        figure, ax = empty_axes()
        image = ax.imshow(np.tile(data, (4, 1)), extent=(0, 10, -2, 2), aspect="auto", alpha=0.4, zorder=0)
        ax.grid(alpha=0.5)
        ax.plot(X, np.cos(X), linewidth=6, alpha=0.5)  # still, and above the moving image
        (line,) = ax.plot(X, np.interp(X, np.arange(10), data), linewidth=6, alpha=0.5)
        ax.legend([line], ["moving"], loc="upper right")
        return figure, image, line

    rng = np.random.default_rng(3)
    first, second = rng.uniform(-2, 2, size=(2, 10))
    figure, image, line = scene(first)
    live = LiveFigure(figure, [line, image])
    live.frame()
    image.set_data(np.tile(second, (4, 1)))
    line.set_ydata(np.interp(X, np.arange(10), second))

    expected, other_image, _ = scene(second)
    other_image.set_clim(image.get_clim())
    file = io.BytesIO()
    expected.savefig(file, dpi=200)
    plt.close(expected)
    np.testing.assert_array_equal(pixels(live.frame()), pixels(file.getvalue()))


def test_pixels_change_with_the_data_and_return_exactly_without_ghosts():
    figure, ax = empty_axes()
    (line,) = ax.plot(X, np.sin(X), alpha=0.5)
    live = LiveFigure(figure, [line])
    one = live.frame()
    line.set_ydata(np.cos(X))
    two = live.frame()
    line.set_ydata(np.full_like(X, np.nan))
    bare = live.frame()
    line.set_ydata(np.sin(X))

    assert live.frame() == one != two
    only_in_one = (pixels(one) != pixels(bare)).any(axis=2) & (pixels(two) == pixels(bare)).all(axis=2)
    assert only_in_one.sum() > 100  # where the first line was, the second picture is as if it had never been
    assert pixels(bare)[0, 0, 3] == 0  # transparent


def test_an_axes_can_move_as_a_whole():
    figure, ax = empty_axes()
    live = LiveFigure(figure, [ax])
    before = live.frame()
    ax.set_xlim(0, 1000)
    after = live.frame()
    ax.set_xlim(0, 10)
    assert before != after
    assert live.frame() == before


def test_a_title_above_all_axes_moves():
    figure, _ = empty_axes()
    title = figure.suptitle("before")
    live = LiveFigure(figure, [title])
    before = live.frame()
    title.set_text("after")
    assert live.frame() != before


def test_an_artist_of_another_figure_is_refused():
    figure, _ = empty_axes()
    other, ax = empty_axes()
    plt.close(other)
    with pytest.raises(ValueError, match="artists: got .*, want artists that this figure draws"):
        LiveFigure(figure, ax.plot([], []))


def test_frames_have_the_resolution_of_the_screen():
    figure, ax = empty_axes()
    live = LiveFigure(figure, ax.plot(X, np.sin(X)))
    assert pixels(live.frame()).shape == (2 * live.height, 2 * live.width, 4) == (400, 600, 4)
    live.sharpen(1)
    assert pixels(live.frame()).shape == (200, 300, 4)


def test_png_keeps_every_pixel():
    drawn = np.random.default_rng(0).integers(0, 256, (17, 23, 4), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(png.encode(drawn)), drawn)


# ---- Explorer


def test_the_picture_follows_its_controls_and_returns():
    explorer = waves()
    start = explorer.picture.png
    explorer.controls["eta"].value = 1.0
    assert explorer.picture.png != start
    assert explorer.picture.readout == "at most 0.998"
    assert explorer.line == "eta=1 step=0"
    explorer.set(eta=0.5)
    assert explorer.picture.png == start


def test_no_figure_is_left_in_pyplot_and_none_is_made_by_a_move(monkeypatch):
    explorer = full_waves()
    assert plt.get_fignums() == []

    def refuse(*_, **__):
        raise AssertionError("a move created a figure")

    monkeypatch.setattr("matplotlib.figure.Figure.__init__", refuse)
    sweep(explorer)


def test_nothing_is_computed_when_no_value_changes():
    calls = []
    explorer = waves(compute=lambda **values: calls.append(values) or {"y": X, "points": np.empty((0, 2))})
    explorer.set(eta=0.5, step=0)
    explorer.controls["eta"].value = 0.5 + 1e-9  # beyond the digits that the slider shows
    assert len(calls) == 1
    explorer.set(eta=0.2, step=3)
    assert calls[1:] == [{"eta": 0.2, "step": 3}]


def test_compute_stays_reachable_as_a_function_of_values():
    np.testing.assert_allclose(waves().compute(eta=2, step=0)["y"], 2 * np.sin(X))


def test_values_have_the_digits_that_the_sliders_show():
    eta, share = log_slider("learning rate", 1e-3, 10, 0.1), slider("share", 0.0, 1.0, 0.5, step=0.05)
    explorer = waves(
        compute=lambda **values: {"y": X, "points": np.empty((0, 2))}, controls={"eta": eta, "share": share}
    )
    eta.value, share.value = 10**-0.9, 0.1 + 0.2
    assert explorer.line == "eta=0.13 step=0 share=0.3"


def test_a_slider_of_whole_numbers_holds_integers():
    assert type(slider("step", 0, 50, 0)) is ipywidgets.IntSlider
    assert type(slider("k", 1, 31, 5, step=2)) is ipywidgets.IntSlider
    assert type(slider("weight", -2, 2, 0.5)) is ipywidgets.FloatSlider


def test_a_log_slider_stops_ten_times_to_a_factor_of_ten_and_at_both_ends():
    tenth = [0.1, 0.13, 0.16, 0.2, 0.25, 0.32, 0.4, 0.5, 0.63, 0.79]
    assert stops(log_slider("learning rate", 0.1, 1, 0.5)) == [*tenth, 1]
    assert stops(log_slider("learning rate", 0.3, 0.5, 0.3)) == [0.3, 0.38, 0.48, 0.5]


def test_a_slider_stops_at_each_step():
    assert stops(slider("k", 1, 8, 1, step=2)) == [1, 3, 5, 7, 8]
    assert stops(slider("share", 0.0, 0.3, 0.0, step=0.1)) == [0, 0.1, 0.2, 0.3]


@pytest.mark.parametrize(("step", "decimals"), [(1.0, ".0f"), (0.5, ".1f"), (0.25, ".2f"), (0.001, ".3f")])
def test_a_slider_shows_as_many_decimals_as_its_step_has(step, decimals):
    assert slider("weight", -2.0, 2.0, 0.0, step=step).readout_format == decimals


# ---- What goes wrong is shown, and raised under test


def test_an_exception_is_shown_with_its_setting_and_the_controls_stay_alive():
    def compute(eta, step):
        if step == 7:
            raise ZeroDivisionError("seven")
        return {"y": eta * X / 10, "points": np.empty((0, 2))}

    explorer = waves(compute=compute)
    before = explorer.picture.png
    explorer.controls["step"].value = 7
    assert explorer.picture.error == "ZeroDivisionError: seven\nat eta=0.5 step=7"
    assert isinstance(explorer.error, ZeroDivisionError)
    assert explorer.picture.png == before
    assert explorer.state.value == "eta=0.5 step=7"
    explorer.controls["step"].value = 8
    assert explorer.picture.error == ""
    assert explorer.error is None


def test_the_first_picture_raises_as_usual():
    with pytest.raises(KeyError, match="no such array"):
        waves(draw=lambda arrays: arrays["no such array"])


def fail(*_):
    raise RuntimeError("broken")


def test_an_exception_in_a_click_or_a_goal_is_shown():
    explorer = waves(click=fail, goal=Goal("Find it.", fail))
    explorer.press(0.5, 0.5)
    assert "RuntimeError: broken" in explorer.picture.error
    explorer.set(step=1)
    explorer.register.click()
    assert "RuntimeError: broken" in explorer.picture.error


def test_a_goal_that_raises_once_is_asked_again_at_the_next_press():
    answers = iter([fail, lambda: (True, "found")])
    explorer = waves(goal=Goal("Find it.", lambda values, arrays: next(answers)()))
    explorer.register.click()
    assert "RuntimeError: broken" in explorer.picture.error and explorer.verdict.value == ""
    explorer.register.click()
    assert "Right:</b> found" in explorer.verdict.value and explorer.picture.error == ""


@pytest.mark.parametrize("broken", ["compute", "draw"])
def test_a_setting_without_a_picture_cannot_be_registered(broken):
    def compute(eta, step):
        if step and broken == "compute":
            fail()
        return {"y": eta * X, "step": step}

    def draw(arrays):
        if arrays["step"] and broken == "draw":
            fail()

    explorer = waves(compute=compute, draw=draw, goal=Goal("Find it.", lambda *_: (True, "found")))
    explorer.set(step=1)
    explorer.register.click()
    assert "this setting has no picture" in explorer.verdict.value


def test_a_button_pressed_while_a_picture_is_drawn_waits_for_it():
    drawing, pressed = threading.Event(), threading.Event()

    def compute(eta, step):
        if step:  # a slider's thread is here when the button's arrives
            drawing.set()
            pressed.wait(5)
        return {"y": eta + 0 * X, "points": np.zeros((0, 2))}

    explorer = waves(compute=compute, goal=Goal("Move.", lambda values, arrays: (values["step"] == 3, "So.")))
    slides = threading.Thread(target=explorer.set, kwargs={"step": 3})
    slides.start()
    assert drawing.wait(5)
    presses = threading.Thread(target=explorer.register.click)
    presses.start()
    presses.join(0.2)
    pressed.set()
    slides.join(5)
    presses.join(5)
    assert "Right:" in explorer.verdict.value


def test_an_observer_that_raises_leaves_the_explorer_alive():
    explorer = waves()
    explorer.controls["eta"].observe(fail, "value")
    with pytest.raises(RuntimeError, match="broken"):
        explorer.set(eta=1.0)
    before = explorer.picture.png
    explorer.controls["step"].value = 5
    assert explorer.picture.png != before


# ---- The state line


def test_the_state_line_round_trips():
    explorer = full_waves()
    explorer.set(eta=0.02, step=12, kind="cosine wave", raised=True, points="1,1")
    line, picture = explorer.line, explorer.picture.png
    assert line == "eta=0.02 step=12 kind='cosine wave' raised=on points=1,1"
    explorer.set(eta=5, step=0, kind="sine", raised=False, points="")
    explorer.state.value = line
    assert (explorer.line, explorer.picture.png) == (line, picture)


def test_a_part_of_a_state_line_moves_what_it_names():
    explorer = waves()
    explorer.state.value = "step=4"
    assert explorer.values == {"eta": 0.5, "step": 4}
    assert explorer.state.value == "eta=0.5 step=4"


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("eta=100 step=3", "eta: got '100', want a number from 0.001 to 10"),
        ("step=2.5", "step: got '2.5', want a whole number from 0 to 20"),
        ("eta=nan", "eta: got 'nan', want a number from 0.001 to 10"),
        ("mu=1", "mu: got an unknown name, want one of eta, step, kind, raised, points"),
        ("kind=square", "kind: got 'square', want one of sine, cosine wave"),
        ("raised=maybe", "raised: got 'maybe', want one of off, on"),
        ("step", "step: got no value, want name=value, as in "),
        ("kind='sine", "No closing quotation"),
    ],
)
def test_a_bad_state_line_is_refused_by_name_and_moves_nothing(line, refusal):
    explorer = full_waves()
    start = explorer.line
    explorer.state.value = line
    assert refusal in explorer.refusal.value.replace("&#x27;", "'")
    assert (explorer.line, explorer.state.value) == (start, line)
    explorer.set(step=1)
    assert explorer.refusal.value == ""


# ---- Questions and goals


def test_a_prediction_is_judged_and_explained():
    explorer = full_waves()
    assert explorer.prediction.value == ""
    explorer.options.value = "no"
    assert "No, it is “yes”:</b> it is a factor." in explorer.prediction.value
    explorer.options.value = "yes"
    assert "Right:</b> it is a factor." in explorer.prediction.value


def test_registering_judges_the_present_setting_and_names_it():
    explorer = full_waves()
    explorer.register.click()
    assert "Not yet:</b> eta is 0.5 (your answer: eta=0.5 step=0" in explorer.verdict.value
    explorer.set(eta=2)
    assert explorer.verdict.value == ""  # it was about another setting
    explorer.register.click()
    assert "Right:</b> eta is 2.0 (your answer: eta=2 step=0" in explorer.verdict.value


def test_words_are_text_and_not_markup():
    explorer = waves(goal=Goal("Find a < b.", lambda values, arrays: (True, "a < b & c")))
    explorer.register.click()
    assert "a &lt; b &amp; c" in explorer.verdict.value


# ---- Play, step, reset


def test_step_advances_by_one_and_reset_returns_to_the_start():
    explorer = waves(play="step")
    explorer.drive("step")
    explorer.drive("step")
    assert explorer.values["step"] == 2
    explorer.drive("reset")
    assert explorer.values["step"] == 0


def test_play_stops_at_the_end_and_then_starts_again():
    explorer = waves(play="step")
    explorer.player.playing = True
    explorer.set(step=19)
    explorer.drive("tick")
    assert (explorer.values["step"], explorer.player.playing) == (20, False)
    explorer.player.playing = True
    explorer.drive("tick")
    assert (explorer.values["step"], explorer.player.playing) == (0, True)


def test_play_stops_where_the_figure_breaks():
    def compute(eta, step):
        return {"y": X / (1 - step), "points": np.empty((0, 2))} if step != 1 else 1 / 0

    explorer = waves(compute=compute, play="step")
    explorer.player.playing = True
    explorer.drive("tick")
    assert not explorer.player.playing


def test_a_sharper_screen_gets_a_sharper_picture():
    explorer = waves()
    explorer.picture.pixel_ratio = 1
    assert pixels(explorer.picture.png).shape == (200, 300, 4)


# ---- Clicks


def test_a_click_arrives_in_data_coordinates_of_the_first_axes():
    places = []
    explorer = waves(click=lambda x, y, values: places.append((x, y, values)))
    figure = explorer.figure.figure
    x, y = figure.axes[0].transData.transform((2.5, -1.25))
    explorer.press(x / figure.bbox.width, 1 - y / figure.bbox.height)
    explorer.press(0, 0)  # the corner of the picture, beside the axes
    assert len(places) == 1
    np.testing.assert_allclose(places[0][:2], (2.5, -1.25))
    assert places[0][2] == explorer.values


def test_a_click_moves_what_it_returns():
    explorer = full_waves()
    before = explorer.picture.png
    explorer.press(0.5, 0.5)
    assert explorer.values["points"] != ""
    assert explorer.picture.png != before


# ---- On the page


def test_with_a_kernel_the_page_gets_a_widget_and_a_picture_for_those_without(monkeypatch):
    monkeypatch.delenv("DLNOTES_STATIC", raising=False)
    bundle, _ = waves()._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}


def test_a_static_page_gets_the_same_picture_every_time_with_its_alt_text(monkeypatch):
    monkeypatch.setenv("DLNOTES_STATIC", "1")
    explorer = waves()
    bundle, metadata = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == "A wave.\nat most 0.499"
    assert set(bundle) == {"image/png", "text/plain"}
    assert metadata == {"image/png": {"width": 300, "height": 200, "alt": "A wave."}}
    assert pixels(base64.b64decode(bundle["image/png"])).shape == (400, 600, 4)
    assert waves()._repr_mimebundle_() == (bundle, metadata)


def test_the_picture_carries_its_alt_text():
    assert waves(alt="Two waves.").picture.alt == "Two waves."


# ---- The film


def test_a_film_holds_each_picture_of_a_range_and_starts_at_the_present_one():
    explorer = waves(controls={"kind": choice("kind of wave", ["sine", "cosine"], "cosine")})
    page = film(explorer, "kind").data
    shown, hidden = base64.b64encode(explorer.picture.png).decode(), page.split("hidden>")[1]
    assert page.count("<figure") == 2
    assert shown in page
    assert shown not in hidden.split("</figure>")[0]
    assert 'max="1" value="1"' in page
    assert explorer.values["kind"] == "cosine"


def test_a_film_raises_what_a_frame_raises():
    def compute(eta, step):
        return {"y": X / (20 - step), "points": np.empty((0, 2))} if step < 20 else 1 / 0

    with pytest.raises(ZeroDivisionError):
        film(waves(compute=compute), "step")


# ---- The sweep, and what it must see


def test_the_sweep_moves_everything_and_puts_it_back():
    explorer = full_waves()
    start = explorer.values
    rows = sweep(explorer)
    assert [row["control"] for row in rows] == ["eta", "step", "kind", "raised", "points"]
    assert all(row["pictures"] > 1 for row in rows)
    assert explorer.values == start


def test_the_sweep_sees_an_exception_at_one_value_of_one_control():
    def compute(eta, step):
        if step == 20:
            raise FloatingPointError("overflow")
        return {"y": eta * np.sin(X + step), "points": np.empty((0, 2))}

    with pytest.raises(AssertionError, match="step=20: FloatingPointError: overflow"):
        sweep(waves(compute=compute))


def test_the_sweep_sees_a_control_that_changes_nothing():
    def compute(eta, step):
        return {"y": eta * X / 10, "points": np.empty((0, 2))}

    with pytest.raises(AssertionError, match="step: the picture is the same over its whole range"):
        sweep(waves(compute=compute))


def test_the_sweep_lets_a_control_be_idle_where_another_makes_it_so():
    def compute(eta, step):
        return {"y": eta * step * X / 20, "points": np.empty((0, 2))}  # at step 0, eta changes nothing

    assert sweep(waves(compute=compute))


def test_the_sweep_sees_an_empty_figure():
    figure, ax = empty_axes()
    ax.set_axis_off()
    explorer = Explorer(
        lambda step: {},
        lambda arrays: None,
        {"step": slider("step", 0, 3, 0)},
        figure=LiveFigure(figure, []),
        alt="",
    )
    with pytest.raises(AssertionError, match="step=0: the picture is empty"):
        sweep(explorer)


def test_the_sweep_sees_a_click_that_changes_nothing():
    with pytest.raises(AssertionError, match="click: the picture stays the same"):
        sweep(waves(click=lambda x, y, values: None))


def test_the_sweep_sees_a_goal_that_raises():
    with pytest.raises(AssertionError, match="register: KeyError"):
        sweep(waves(goal=Goal("Find it.", lambda values, arrays: arrays["missing"])))


def test_the_sweep_sees_a_goal_that_is_reached_before_anything_is_moved():
    with pytest.raises(AssertionError, match="the goal is reached at once"):
        sweep(waves(goal=Goal("Find it.", lambda values, arrays: (True, "found"))))
