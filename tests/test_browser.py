"""The pages as a reader has them: in JupyterLab, in Chromium, with the keyboard alone."""

import os
import shutil
from pathlib import Path

import browser
import nbformat
import pytest

CHAPTER = "ch02_single_layer_networks"
PAGES = [
    "toy.ipynb",
    "steps.ipynb",
    f"{CHAPTER}/02_perceptron.ipynb",
    f"{CHAPTER}/06_nearest_neighbours.ipynb",
]
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
FOCUSABLE = "[role=slider], select, input, button, .dlnotes-frame[tabindex]"

TOY = """
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import plots
from dlnotes.live import Explorer, Goal, LiveFigure, Predict, choice, entry, log_slider, slider, toggle

figure, ax = plt.subplots()
ax.set(xlim=(0, 10), ylim=(-2, 2), xlabel="x", ylabel="y")
x = np.linspace(0, 10, 200)
(line,) = ax.plot([], [])
(dots,) = ax.plot([], [], "o")

def compute(eta, step, kind, raised, points):
    if eta == 10:
        raise OverflowError("too large")
    wave = np.sin if kind == "sine" else np.cos
    places = np.array([point.split(",") for point in points.split()], dtype=float).reshape(-1, 2)
    return {"y": eta * wave(x + step / 5) + raised, "points": places}

def draw(arrays):
    line.set_data(x, arrays["y"])
    dots.set_data(*arrays["points"].T)
    return f"the wave reaches {arrays['y'].max():.3f}"

explorer = Explorer(
    compute, draw,
    {
        "eta": log_slider("learning rate η", 0.001, 10, 0.5), "step": slider("step", 0, 200, 0),
        "kind": choice("kind of wave", ["sine", "cosine"]), "raised": toggle("one higher"),
        "points": entry("your points", "1,1 2,0.5"),
    },
    figure=LiveFigure(figure, [line, dots]), alt="A wave.", play="step",
    predict=Predict("What does a larger learning rate do?", ["a taller wave", "a longer wave"], 0, "it is a factor."),
    goal=Goal("Fill the axes.", lambda values, arrays: (values["eta"] >= 1, f"it reaches {arrays['y'].max():.2f}")),
    click=lambda x, y, values: {"points": f"{values['points']} {x:.2f},{y:.2f}".strip()},
)
"""  # noqa: E501

STEPS = """
import numpy as np
from dlnotes import layers, live, losses

first = np.array([[1.2, -0.7], [0.5, 0.9]]), np.array([0.1, -0.3])
second = np.array([[0.8, -1.1]]), np.array([0.2])
x, target = np.array([[1.0, 0.0]]), np.array([1])
live.Stepper(layers.mlp(2, layers.tanh), (first, (), second), x, losses.binary_cross_entropy, target)
"""  # XOR, 2-2-1, unit by unit


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab on a copy of the notebooks, with the toy beside them."""
    if browser.find_chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium is installed, and CI insists on one")
        pytest.skip("no Chromium is installed")
    notebooks = tmp_path_factory.mktemp("lab") / "notebooks"
    shutil.copytree(browser.ROOT / "notebooks", notebooks)
    cells = [TOY.strip(), "explorer", "from dlnotes.live import film\nfilm(explorer, 'kind')"]
    for name, code in {"toy": cells, "steps": [STEPS.strip()]}.items():
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in code])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, notebooks / f"{name}.ipynb")
    with browser.jupyterlab(notebooks, tmp_path_factory.mktemp("scratch")) as address:
        yield address


@pytest.fixture
def steps(lab):
    """The page of the stepper, run."""
    with browser.chromium() as (page, _):
        browser.open_notebook(page, lab, "steps.ipynb")
        browser.run_all(page)
        yield page


@pytest.fixture
def toy(lab):
    """The toy's page, run, and the picture of its explorer."""
    with browser.chromium() as (page, _):
        browser.open_notebook(page, lab, "toy.ipynb")
        browser.run_all(page)
        yield page


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_and_the_keyboard_alone_reaches_and_moves_every_control(lab, path, tmp_path):
    with browser.chromium() as (page, complaints):
        browser.open_notebook(page, lab, path)
        browser.run_all(page)
        assert page.get_by_role("button", name="Validate").count() == 0  # nbgrader's, which stubs would pass
        explorers = page.locator(".dlnotes-explorer").all()
        assert explorers, "no live figure on the page"
        for explorer in explorers:
            explorer.scroll_into_view_if_needed()
            assert _reached_by_tab(page, explorer) == explorer.locator(FOCUSABLE).count()
            _move_all(page, explorer)
            _use_the_rest(page, explorer)
        _take_screenshots(
            page, explorers, Path(os.environ.get("DLNOTES_SCREENSHOTS", tmp_path)), Path(path).stem
        )
        assert browser.errors(page) == []
        assert complaints == []


def test_no_picture_follows_stop_but_the_one_already_on_its_way(toy):
    toy.get_by_role("button", name="Play").press("Enter")
    for _ in range(3):  # it really plays
        toy.evaluate("() => new Promise(done => document.querySelector('.dlnotes-live img').onload = done)")
    toy.evaluate(
        "() => {window.late = 0; document.querySelector('.dlnotes-live img').onload = () => late += 1;}"
    )
    toy.get_by_role("button", name="Stop").press("Enter")
    toy.evaluate("() => window.late = 0")
    toy.wait_for_timeout(1000)
    assert toy.evaluate("() => late") <= 1
    assert toy.get_by_role("button", name="Play").is_visible()


def test_the_keyboard_moves_a_list_a_box_a_question_and_a_button(toy):
    explorer = toy.locator(".dlnotes-explorer")
    explorer.locator("select").press("ArrowDown")
    toy.get_by_label("one higher").press(" ")
    toy.get_by_label("a longer wave").press(" ")
    toy.get_by_role("button", name="Step").press(" ")
    toy.get_by_role("button", name="Register").press("Enter")
    browser.wait_idle(toy)
    assert toy.get_by_label("this setting").input_value() == "eta=0.5 step=1 kind=cosine raised=on points=''"
    assert explorer.locator(".dlnotes-wrong").all_inner_texts() == [
        "No, it is “a taller wave”: it is a factor.",
        "Not yet: it reaches 1.50 (your answer: eta=0.5 step=1 kind=cosine raised=on points='')",
    ]


def test_a_crosshair_and_a_click_add_points(toy):
    points = toy.get_by_label("your points")
    frame = toy.locator(".dlnotes-frame")
    frame.focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "Enter"):
        toy.keyboard.press(key)
    browser.wait_idle(toy)
    assert len(points.input_value().split()) == 1
    frame.click(position={"x": 300, "y": 150})
    browser.wait_idle(toy)
    assert len(points.input_value().split()) == 2


def test_an_exception_shows_a_red_box_and_the_controls_stay_alive(toy):
    eta = toy.get_by_role("slider").first
    eta.press("End")
    toy.get_by_text("OverflowError: too large").wait_for()
    eta.press("Home")
    toy.get_by_text("OverflowError: too large").wait_for(state="hidden")
    assert browser.errors(toy) == []


def test_a_pasted_line_sets_the_controls_and_a_bad_one_is_refused(toy):
    line = toy.get_by_label("this setting")
    line.fill("step=7 kind=cosine")
    line.press("Enter")
    browser.wait_idle(toy)
    assert line.input_value() == "eta=0.5 step=7 kind=cosine raised=off points=''"
    assert toy.get_by_role("slider").nth(1).get_attribute("aria-valuenow") == "7.0"
    line.fill("step=lots")
    line.press("Enter")
    toy.get_by_text("step: got 'lots', want a whole number from 0 to 200").wait_for()


def test_a_slider_tells_a_screen_reader_its_name(toy):
    toy.get_by_role("slider").first.focus()
    assert toy.get_by_role("slider", name="learning rate η").count() == 1


def test_a_film_answers_its_slider_without_the_kernel(toy):
    film = toy.locator(".dlnotes-film")
    toy.evaluate(f"() => {browser.NOTEBOOK}.sessionContext.shutdown()")
    film.get_by_role("slider").press("ArrowRight")
    assert film.locator("output").inner_text() == "cosine"
    assert film.locator("figure:visible").evaluate_all("all => all.map(one => one.dataset.value)") == [
        "cosine"
    ]


def test_the_keyboard_steps_forward_and_back_through_a_network_in_the_notation_of_a_book(steps):
    explorer, step = steps.locator(".dlnotes-explorer"), steps.get_by_role("button", name="Step", exact=True)
    for _ in range(9):
        step.press("Enter")
        browser.wait_idle(steps)
    _heard(explorer, "step 9 of 12 · backward · unit 3: δ₃ · DLNN (4.71), Alg 4.2")
    steps.get_by_role("button", name="Back", exact=True).press("Enter")
    _heard(explorer, "step 8 of 12 · backward · unit 5: the gradients of its weights")
    for _ in range(4):  # to the last of five books
        explorer.locator("select").first.press("ArrowDown")
        browser.wait_idle(steps)
    _heard(explorer, "MEDL (5.33), Alg 5.2: g_W^[l] = δ^[l] a^[l-1]T")


def _heard(explorer, words):
    """Wait until a screen reader is told these words."""
    explorer.locator("[role=status].dlnotes-readout", has_text=words).wait_for(state="attached")


def test_a_reader_takes_a_turn_is_told_the_mistake_and_moves_on_when_right(steps):
    line, answer = steps.get_by_label("this setting"), steps.get_by_label("your answer")
    line.fill("step=8 turn=gradient")
    line.press("Enter")
    browser.wait_idle(steps)
    steps.get_by_role("button", name="Hint").press("Enter")
    steps.get_by_text("Bring down the deltas from above").wait_for()
    for wrong, told in {
        "0.0696": "Not yet: the sign is wrong",
        "0.2574": "Not yet: the upstream gradient is forgotten: that is the local derivative alone",
        "-0.338*0.8": "Not yet: the local derivative is forgotten: that is the upstream gradient as it came",
    }.items():
        answer.fill(wrong)
        answer.press("Enter")
        steps.locator(".dlnotes-wrong", has_text=told).wait_for()
        assert "step=8" in line.input_value()
    answer.fill("-0.338*0.8*0.2574")
    answer.press("Enter")
    steps.locator(".dlnotes-right", has_text="Right: that is it").wait_for()
    browser.wait_idle(steps)
    assert line.input_value() == "step=9 book=DLNN turn=gradient answer=''"
    assert answer.input_value() == ""
    assert browser.errors(steps) == []


WRONG = "return w + lr * y * x"
ENDLESS = """while True:
        pass"""
RIGHT = """if y * (w @ x) <= 0:
        return w + lr * y * x
    return w"""


def test_a_reader_is_told_the_mistake_then_stopped_in_an_endless_loop_and_then_right(lab):
    with browser.chromium() as (page, _):
        browser.open_notebook(page, lab, PAGES[2])
        _run_cell(page, "from dlnotes.exercises import")
        assert "todo" in _answered(page, 'raise NotImplementedError("your code here")')
        assert "it moves w for every sample" in _answered(page, WRONG)
        assert "does not end within 10 seconds" in _answered(page, ENDLESS)
        assert _answered(page, RIGHT).strip() == "✓ perceptron_update: pass"
        assert browser.errors(page) == []


def _answered(page, body):
    """What the check says to this body of `perceptron_update`."""
    stub = f"def perceptron_update(w, x, y, lr):\n    {body}"
    _run_cell(page, "def perceptron_update(", stub)
    return _run_cell(page, "check(perceptron_update)")


def _run_cell(page, start, source=None):
    """Run the first cell with `start` in it, with another source if given; returns the text it prints."""
    cell = page.evaluate_handle(
        f"""start => {{
            const notebook = {browser.NOTEBOOK}.content;
            const found = notebook.widgets.findIndex(cell => cell.model.type == "code"
                && cell.model.sharedModel.source.includes(start));
            notebook.activeCellIndex = found;
            return notebook.widgets[found].model.sharedModel;
        }}""",
        start,
    )
    if source:
        cell.evaluate("(cell, source) => cell.setSource(source)", source)
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-cell')")
    browser.wait_idle(page)
    return cell.evaluate("cell => cell.outputs.map(output => output.text ?? '').flat().join('')")


def _reached_by_tab(page, explorer):
    """How many of the explorer's controls Tab reaches, from its first on."""
    explorer.locator(FOCUSABLE).first.focus()
    reached = page.evaluate_handle("() => new Set()")
    note = f"set => document.activeElement.matches('{FOCUSABLE}') && set.add(document.activeElement)"
    while explorer.evaluate("explorer => explorer.contains(document.activeElement)"):
        page.evaluate(note, reached)
        page.keyboard.press("Tab")
    return page.evaluate("reached => reached.size", reached)


def _picture(explorer):
    return explorer.locator(".dlnotes-live img").get_attribute("src")


def _move_all(page, explorer):
    """Move every slider; together they must change the picture."""
    picture = _picture(explorer)
    for slider in explorer.locator(".widget-slider").all():
        _move(page, slider)
    _until(page, lambda: _picture(explorer) != picture, "no slider changed the picture")


def _move(page, slider):
    """Move a slider by an arrow key, to the left where it stands at its right end; its number must change."""
    handle, number = slider.get_by_role("slider"), slider.locator(".widget-readout")
    before = number.inner_text()
    for key in ("ArrowRight", "ArrowLeft"):
        if number.inner_text() == before:
            handle.press(key)
            browser.wait_idle(page)
    assert number.inner_text() != before


def _use_the_rest(page, explorer):
    """Use every list, box, question, line of text and button with the keys of each: its words must change."""
    kinds = {"select": "ArrowDown", "input[type=checkbox]": " ", "input[type=radio]": " "}
    for kind, key in kinds.items():
        for control in explorer.locator(kind).all():
            _press(page, explorer, control, key)
    for line in explorer.locator("input[placeholder*=',']").all():  # an example of samples
        line.press_sequentially(line.get_attribute("placeholder"))
        _press(page, explorer, line, "Enter")
    for button in explorer.get_by_role("button").all():
        _press(page, explorer, button, "Enter")
        if "Stop" in button.inner_text():
            _press(page, explorer, button, "Enter")


def _press(page, explorer, control, key):
    before = _words(explorer)
    control.press(key)
    _until(page, lambda: _words(explorer) != before, f"{key!r} changes nothing")


def _until(page, happens, otherwise):
    """Wait for something, three seconds at least: a machine with other work to do may be late."""
    for _ in range(30):
        browser.wait_idle(page)
        if happens():
            return
    raise AssertionError(otherwise)


def _words(explorer):
    """All that an explorer says: its setting, its texts, and which answer is marked."""
    marked = explorer.locator("input[type=radio]").evaluate_all("all => all.map(one => one.checked)")
    return explorer.get_by_label("this setting").input_value(), explorer.inner_text(), marked


def _take_screenshots(page, explorers, folder, name):
    folder.mkdir(parents=True, exist_ok=True)
    for theme, full_name in THEMES.items():
        browser.set_theme(page, full_name)
        for number, explorer in enumerate(explorers):
            explorer.evaluate("explorer => explorer.scrollIntoView()")
            page.screenshot(path=folder / f"{name}-{number}-{theme}.png")
