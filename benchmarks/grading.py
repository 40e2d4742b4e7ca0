"""How many submissions of the perceptron assignment are graded in a minute?

A class whose honest students answer differently is graded as `dlnotes homework grade` does it: sandboxes,
nbgrader's gradebook, pages and report.  Bar, on an idle machine with two cores: 40 a minute, and the second
half of the class takes at most 1.3 times as long as the first.

Run it as `python benchmarks/grading.py`, or with `--students 300`; it exits with 1 where the bar is missed.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import classroom

from dlnotes.grading import grade

RATE, GROWTH = 40, 1.3  # the bar


def answers(number):
    """{key: text} of a student: some make a mistake, some leave the end, no two write the same."""
    texts = classroom.solved(*classroom.KEYS) | {classroom.QUESTION: f"Student {number} cannot know."}
    if number % 4 == 1:
        texts[classroom.UPDATE], _ = classroom.mistaken(classroom.UPDATE, number % 3)
    if number % 4 == 2:
        del texts[classroom.BOUND]
    return {key: f"# student {number}\n{text}" for key, text in texts.items()}


def graded(folder, students, jobs):
    """Seconds for half of a class, for its other half, which hands in later, and for nothing more to do."""
    classroom.course(folder)
    seconds = []
    for some in (range(students // 2), range(students // 2, students), ()):
        for number in some:
            classroom.submit(folder, f"student {number:03}", answers(number))
        start = time.perf_counter()
        if grade.run(folder, jobs=jobs):
            raise RuntimeError("some submissions could not be graded")
        seconds.append(time.perf_counter() - start)
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        first, second, again = graded(Path(folder) / "course", options.students, options.jobs)
    rate, growth = 60 * options.students / (first + second), second / first
    print(f"{options.students} submissions in {first + second:.1f} s: {rate:.0f} a minute (bar: {RATE})")
    print(f"the second half took {growth:.2f} times as long as the first (bar: {GROWTH})")
    print(f"run again, with nothing to do: {again:.1f} s")
    return int(rate < RATE or growth > GROWTH)


if __name__ == "__main__":
    sys.exit(main())
