"""The live figures of pooling: what a shift changes, in a row of numbers and in what a network reads."""

from functools import cache

import matplotlib.pyplot as plt
import numpy as np

from dlnotes import plots
from dlnotes.live.controls import choice, slider
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure

SHOWN, FARTHEST, WIDEST = 16, 4, 11  # detectors drawn, the largest shift, the widest window
NEEDED = SHOWN + 2 * FARTHEST + WIDEST - 1  # detectors in all
SAME = 1e-9  # what is nearer than this has not changed


def shifts(pool, detectors):
    """A row of detectors moves to the right: which of them change, and which of the pooled values.

    pool(row, kind, width, stride) -> one number for each window inside `row`, kind "max" or "mean";
    detectors, at least `NEEDED` numbers, of which the middle is drawn.      GBC 9.3, Figure 9.8
    """
    if len(detectors) < NEEDED:
        raise ValueError(f"detectors: got {len(detectors)}, want at least {NEEDED}")
    begin = (len(detectors) - SHOWN) // 2
    figure, (above, below) = plt.subplots(2, 1, figsize=(8, 4.4), sharex=True)
    top = 1.15 * float(np.max(detectors))
    for ax, label in [(above, "detectors"), (below, "pooled")]:
        ax.set(ylim=(0, top), ylabel=label)
    below.set(xlim=(-0.7, SHOWN - 0.3), xlabel="place")
    drawn = [_stems(above), _stems(below)]
    above.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3)

    def compute(kind, width, stride, shift):
        half = width // 2

        def pooled(by):
            first = begin - by
            return pool(detectors[first - half : first + SHOWN + half], kind, width, stride)

        rows = [(detectors[begin - by : begin - by + SHOWN], pooled(by)) for by in (0, shift)]
        (detected, before), (moved, after) = rows
        return {"detectors": (detected, moved), "pooled": (before, after), "stride": stride}

    def draw(arrays):
        said = []
        for artists, name, stride in zip(drawn, ("detectors", "pooled"), (1, arrays["stride"]), strict=True):
            before, after = arrays[name]
            _set_stems(artists, stride * np.arange(len(after)), before, after)
            count, size = changed(before, after).sum(), np.abs(after - before).mean()
            said.append(f"{count} of {len(after)} {name} change, by {size:.2f} on average")
        return "; ".join(said)

    def judge(values, arrays):
        if (values["kind"], values["stride"], values["shift"]) != ("max", 1, 3):
            return False, "take max pooling, stride 1 and a shift of 3"
        if not _half_stays(arrays):
            return False, f"{changed(*arrays['pooled']).sum()} of {SHOWN} pooled values change"
        narrower = [compute(**values | {"width": width}) for width in range(1, values["width"], 2)]
        narrow = any(_half_stays(each) for each in narrower)
        return not narrow, f"width {values['width']}" + (", but a narrower one does it" if narrow else "")

    controls = {
        "kind": choice("pooling", ["max", "mean"]),
        "width": slider("width of a window", 1, WIDEST, 3, step=2),
        "stride": slider("stride", 1, 4, 1),
        "shift": slider("shift to the right", 0, FARTHEST, 0),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, [artist for artists in drawn for artist in artists]),
        alt="Detectors and their pooled values before and after a shift, with those marked that change",
        predict=Predict(
            "Shift by 1: all 16 detectors change. Of 16 maxima over windows of width 3, how many do?",
            ["all or nearly all", "about half", "one or two"], answer=1,
            because="the old window and the new one have four entries together. The maximum changes if the"
            " largest of the four is the one that left, or the one that came: 1 of 4 cases each.",
        ),
        goal=Goal(
            "Max, stride 1, shift 3: find the narrowest window with which half of the pooled values stay.",
            judge,
        ),
    )  # fmt: skip


def changed(before, after):
    """Which entries differ."""
    return np.abs(after - before) > SAME


def _half_stays(arrays):
    return changed(*arrays["pooled"]).mean() <= 0.5


def _stems(ax):
    """The artists of one row: old values, stems and heads of those that stay, and of those that change."""
    (old,) = ax.plot([], [], "_", color=plots.INK, markersize=17, markeredgewidth=2, label="before")
    (stay_stem,) = ax.plot([], [], color=plots.BLUE, linewidth=3)
    (stay,) = ax.plot([], [], "o", color=plots.BLUE, markersize=8, label="stays")
    (move_stem,) = ax.plot([], [], color=plots.ORANGE, linewidth=3)
    (move,) = ax.plot([], [], "s", color=plots.ORANGE, markersize=8, label="changes")
    return old, stay_stem, stay, move_stem, move


def _set_stems(artists, places, before, after):
    old, *pairs = artists
    old.set_data(places, before)
    differ = changed(before, after)
    for (stem, head), which in zip((pairs[:2], pairs[2:]), (~differ, differ), strict=True):
        x, y = places[which].astype(float), after[which]
        nothing = np.full(len(x), np.nan)
        stem.set_data(np.stack([x, x, nothing], 1).ravel(), np.stack([0 * y, y, nothing], 1).ravel())
        head.set_data(x, y)


REACH = 4  # pixels that a digit is moved at most
ROWS, COLUMNS = 3, 4  # of digits drawn
STRIP, GAP = 5, 1  # pixels above each digit, for the answer, and to its right


def shifted_digits(moved, read, networks, labels):
    """Digits move in their frames: what a network takes them for, and the share that each one reads.

    moved(down, right) -> pictures (n, h, w), n >= 12;  read(network, pictures) -> classes (n,);
    networks, their names;  labels (n,).      Strang VII.2
    """
    labels = np.asarray(labels)
    figure, artists, put = _digits_and_bars(moved(0, 0).shape[1:], networks)

    @cache
    def classes(network, down, right):
        return np.asarray(read(network, moved(down, right)))

    def shares(down, right):
        return np.array([np.mean(classes(name, down, right) == labels) for name in networks])

    def compute(network, right, down):
        answers, drawn = classes(network, down, right), ROWS * COLUMNS
        return {
            "pictures": moved(down, right)[:drawn], "answers": answers[:drawn],
            "wrong": (answers != labels)[:drawn], "shares": shares(down, right),
            "middle": shares(0, 0), "chosen": list(networks).index(network),
        }  # fmt: skip

    def draw(arrays):
        put(arrays)
        read_right = round(arrays["shares"][arrays["chosen"]] * len(labels))
        return f"{networks[arrays['chosen']]}: {read_right} of {len(labels)} digits are read right"

    def judge(values, arrays):
        if values["network"] != networks[-1] or values["down"]:
            return False, f"take {networks[-1]}, and shift to the left or right alone"
        if not values["right"]:
            return False, "the digits are in the middle"
        lost = round((arrays["middle"][-1] - arrays["shares"][-1]) * len(labels))
        return lost <= 2, f"{max(lost, 0)} digits fewer than in the middle"

    controls = {
        "network": choice("network", list(networks)),
        "right": slider("pixels to the right", -REACH, REACH, 0),
        "down": slider("pixels down", -REACH, REACH, 0),
    }
    return Explorer(
        compute, draw, controls,
        figure=LiveFigure(figure, artists),
        alt="Digits moved in their frames with a network's answers, and the share that each one reads",
        predict=Predict(
            f"{networks[0]}: move all digits 2 pixels to the right. How many are still read right?",
            ["nearly all", "about three of four", "fewer than half"], answer=2,
            because="its last layer has one weight for each place, and the strokes are now at others.",
        ),
        goal=Goal(
            f"{networks[-1]}: find a shift to the left or right that costs at most two digits.",
            judge,
        ),
    )  # fmt: skip


def _digits_and_bars(size, networks):
    """The figure of digits and bars, its moving artists, and the function that sets them."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.3), width_ratios=[1.15, 1])
    sheet, texts = _sheet(left, *size)
    bars = right.barh(range(len(networks)), [0.0] * len(networks), height=0.55, color=plots.BLUE)
    (middle,) = right.plot([], [], "|", color=plots.INK, markersize=34, markeredgewidth=2)
    right.set(xlim=(0, 1), ylim=(len(networks) - 0.4, -0.6))
    right.set(xlabel="share of digits read right", ylabel="network")
    right.set_yticks(range(len(networks)), [name.replace(", ", ",\n") for name in networks])
    right.set_title("gray marks: in the middle", fontsize=10)

    def put(arrays):
        sheet.set_data(_side_by_side(arrays["pictures"]))
        for text, answer, wrong in zip(texts, arrays["answers"], arrays["wrong"], strict=True):
            text.set_text(f"{answer} wrong" if wrong else str(answer))
            text.set_color(plots.ORANGE if wrong else plots.INK)
        for number, (bar, share) in enumerate(zip(bars, arrays["shares"], strict=True)):
            bar.set_width(share)
            bar.set_alpha(1.0 if number == arrays["chosen"] else 0.4)
        middle.set_data(arrays["middle"], range(len(networks)))

    return figure, [sheet, *texts, *bars, middle], put


def _sheet(ax, h, w):
    """The image of all digits, still empty, and a text above each."""
    high, wide = h + STRIP, w + GAP
    sheet = ax.imshow(np.full((ROWS * high, COLUMNS * wide), np.nan), cmap="gray", vmin=0, vmax=1)
    ax.set_axis_off()
    places = [(column * wide - 0.5, row * high + STRIP - 1) for row, column in np.ndindex(ROWS, COLUMNS)]
    return sheet, [ax.text(*place, "", fontsize=10, va="bottom") for place in places]


def _side_by_side(pictures):
    """Pictures (ROWS * COLUMNS, h, w) in one, with room above and beside each where nothing is drawn."""
    pictures = np.pad(pictures, [(0, 0), (STRIP, 0), (0, GAP)], constant_values=np.nan)
    _, high, wide = pictures.shape
    pictures = pictures.reshape(ROWS, COLUMNS, high, wide).transpose(0, 2, 1, 3)
    return pictures.reshape(ROWS * high, COLUMNS * wide)
