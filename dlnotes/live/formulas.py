"""Numbers and small matrices as lines of text, to be filled into a formula."""

import numpy as np

ROWS, COLUMNS = 4, 5  # of a matrix, as far as it is shown
WIDTH = 100  # characters of a line


def number(value, digits=4):
    """A number with four digits: "0.7311", "-20", "1.37e-05"."""
    text = f"{float(value):.{digits}g}"
    if "e" in text:
        text = f"{float(value):.2e}"
    return "0" if float(text) == 0 else text


def numbers(array):
    """All numbers of an array in one line."""
    return " ".join(number(value) for value in np.ravel(array))


def shape(array):
    """ "(3, 2)", or for a single number "number"."""
    return str(np.shape(array)) if np.shape(array) else "number"


def matrix(array, digits=4):
    """An array as lines: "[ 0.5 -1 ]" for each row; a number as a single line, long ones with dots."""
    array = np.asarray(array)
    if array.ndim == 0:
        return [number(array, digits)]
    if array.ndim > 2:
        return [f"array {array.shape}"]
    rows = np.atleast_2d(array)
    cells = [[number(value, digits) for value in row[:COLUMNS]] for row in rows[:ROWS]]
    if rows.shape[1] > COLUMNS:
        cells = [[*row[:-1], "..."] for row in cells]
    if len(rows) > ROWS:
        cells[-1] = ["..."] * len(cells[0])
    wide = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["[" + " ".join(cell.rjust(w) for cell, w in zip(row, wide, strict=True)) + "]" for row in cells]


class Block(str):
    """Some lines with matrices side by side, and `flat`, the same in one line for a screen reader."""

    flat = ""


def spoken(text):
    """A text in one line, its matrices as "[1 2; 3 4]"."""
    return text.flat if isinstance(text, Block) else " ".join(text.split())


def filled(*parts):
    """A formula with its numbers, as a list of one `Block`: arrays as matrices, strings between them.

    Where it is too wide for a line, with three digits; where it still is, the result alone has its numbers,
    and the other arrays stand as their shapes.
    """
    for digits in (4, 3):
        blocks = [[part] if isinstance(part, str) else matrix(part, digits) for part in parts]
        if max(map(len, _beside(blocks))) <= WIDTH:
            return [_block(blocks)]
    shapes = [[part if isinstance(part, str) else shape(part)] for part in parts[:-1]]
    return [_block([*shapes, matrix(parts[-1], 3)])]


def listed(arrays):
    """Arrays by name, {"W²": array}: a `Block` side by side, or one for each where that is too wide."""
    blocks = [[[f"{name} ="], matrix(array)] for name, array in arrays.items()]
    together = [part for block in blocks for part in (*block, ["  "])]
    if max(map(len, _beside(together))) <= WIDTH:
        return [_block(together)]
    return [_block(block) for block in blocks]


def _block(columns):
    """Columns of lines side by side."""
    block = Block("\n".join(_beside(columns)))
    flat = [
        f"[{'; '.join(line[1:-1] for line in column)}]" if len(column) > 1 else column[0]
        for column in columns
    ]
    block.flat = " ".join(" ".join(flat).split()).replace("[ ", "[")
    return block


def _beside(blocks):
    """Blocks of lines next to each other, each in the middle of the tallest."""
    tall = max(map(len, blocks))
    columns = []
    for block in blocks:
        wide, above = max(map(len, block)), (tall - len(block)) // 2
        lines = [""] * above + block + [""] * (tall - len(block) - above)
        columns.append([line.ljust(wide) for line in lines])
    return [" ".join(parts).rstrip() for parts in zip(*columns, strict=True)]
