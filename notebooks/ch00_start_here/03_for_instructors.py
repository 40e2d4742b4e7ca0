# %% [markdown] tags=["guide"]
# # For instructors
#
# From a page of this book to a graded class in five commands, all of which this page runs for you.
#
# **After this notebook you can**
#
# - hand out any page as homework, without its solutions;
# - grade what comes back, also what is damaged or malicious, while you do something else;
# - read off which mistakes your class made, and give each student a page of feedback.
#
# 20 minutes · before this: [How to use this book](01_how_to_use_this_book.ipynb), and a terminal
#
# DLNN – · GBC – · Strang – · EE147 – · MEDL –
#
# You need this repository (the installed package has no notebooks), Linux, and
# [bubblewrap](https://github.com/containers/bubblewrap): `apt install bubblewrap`. The rest came with `make lab`. The
# course that is made is one of [nbgrader](https://nbgrader.readthedocs.io), with its gradebook and its formgrader; only
# its *autograde* is replaced, which has no sandbox.

# %%
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

# %% [markdown]
# ## Commands
#
# In a terminal you type `.venv/bin/dlnotes homework ...` in the folder of this repository. Here a function does the
# typing, in a temporary folder, so that the page leaves nothing behind.

# %%
folder = Path(tempfile.mkdtemp())


def dlnotes(command):
    """Run a command of dlnotes in the temporary folder, and print what it prints."""
    words = [sys.executable, "-m", "dlnotes", *command.split()]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    print(done.stdout or done.stderr, end="")


dlnotes("homework list")

# %% [markdown]
# That is the first of the five: every page, its exercises with their keys and points, and its questions in words, which
# a human grades.
#
# ## Make an assignment
#
# The second one makes a course in a folder of your choice, or adds to it. Name a chapter, and pages of it if you do not
# want all. `--points` overrules what an exercise is worth; `--seed-per-student` draws other hidden cases for each
# student.

# %%
dlnotes(
    "homework assign ch02 02_perceptron --course mycourse --name week3"
    " --points ch02.perceptron.bound=5"
)

# %% [markdown]
# `source/` is yours: the page with the solutions, with hidden tests, and with a model answer to each question in words
# that says how to split its points. `release/` is what students get: nbgrader has taken out solutions and model answers,
# and locked every cell but the answers. In front of a student is what you know from the other pages, a stub and a check
# below it.

# %%
release = folder / "mycourse/release/week3/02_perceptron.ipynb"
for cell in nbformat.read(release, 4).cells:
    if cell.metadata.nbgrader.get("points"):
        print(cell.metadata.nbgrader.grade_id, "·", cell.metadata.nbgrader.points, "points")

# %% [markdown]
# ## Hand it out
#
# A student who has this repository has the solutions, too: they are in `dlnotes/exercises/`. So the third command
# builds a *student edition* of the package. In it `check` compares with a few stored examples of each exercise, and
# knows neither the solutions nor the hidden cases nor the catalog of mistakes. Give the wheel and the release to your
# students; `pip install` takes the wheel, and `from dlnotes.exercises import hint` works in it, too. Tell them that
# `check` is the judge: nbgrader's *Validate* button sees only whether a cell raises an error.

# %%
dlnotes("homework package --out mycourse")
print(*sorted(path.name for path in folder.glob("mycourse/*")), sep="\n")

# %% [markdown]
# What a student edition cannot hide is that the book is public, and that the package is a textbook:
# `learners.perceptron_bound` is an answer to an exercise, too. The notes name those who called it, and those whose right
# answers call another package, PyTorch or SciPy; an exercise whose text says *by hand, with NumPy alone* gives no points
# to either. A grade that must withstand copying needs an exam. Hints are free in homework: `hint` works on the student's
# machine, three times for each exercise, and no grade knows of it.
#
# ## Collect
#
# What comes back belongs into `submitted/STUDENT/ASSIGNMENT/`, whatever the files in there are called. Here are four
# students. Ada has solved everything. Ben summed over all samples instead of
# the wrong ones, and called the notebook something else. Cleo has solved one exercise, and ends the process in another,
# which prints full marks first. Dora's upload broke off halfway.


# %%
def hand_in(student, name, edit=lambda cell: cell.source, keep=1.0):
    """Hand in the solved page, each cell changed by `edit`, or only the first part of its file."""
    page = nbformat.read(folder / "mycourse/source/week3/02_perceptron.ipynb", 4)
    for cell in page.cells:
        cell.source = edit(cell)
    text = nbformat.writes(page)
    path = folder / "mycourse/submitted" / student / "week3" / name
    path.parent.mkdir(parents=True)
    path.write_text(text[: int(keep * len(text))], encoding="utf-8")


# %%
ALL = "def perceptron_gradient(w, x, y):\n    return -y @ x"
OUT = 'def update_bound(w_hat, x, y):\n    import os\n    print("10/10 points")\n    os._exit(0)'


def instead(name, answer):
    """An edit that gives another answer to the exercise `name`."""
    return lambda cell: answer if f"def {name}(" in cell.source else cell.source


hand_in("ada", "02_perceptron.ipynb")
hand_in("ben", "homework (1).ipynb", instead("perceptron_gradient", ALL))
hand_in("cleo", "02_perceptron.ipynb", instead("update_bound", OUT))
hand_in("dora", "02_perceptron.ipynb", keep=0.5)

# %% [markdown]
# ## Grade
#
# The fourth command. Each submission runs in a sandbox of its own: no network, nothing of your machine but Python, a
# scratch folder, limits on time, memory and processes, and the student edition of the package. What a function returned
# is compared outside, where no submission can reach. Stop it with Ctrl+C, and the next run goes on from there.

# %%
sandbox = "" if shutil.which("bwrap") else " --unsafe"  # these four are harmless
dlnotes("homework grade --course mycourse" + sandbox)

# %% [markdown]
# And the fifth is any program that reads a table:

# %%
print((folder / "mycourse/grades.csv").read_text())

# %% [markdown]
# Ben's notebook was found under its wrong name. Cleo has the points for what she solved; what she printed counts for
# nothing, and ending the process cost her only the exercise that did it. What is left of Dora's file earned its points,
# and her row says what was missing.
#
# ## Grade by hand, and again
#
# Points that only a human can give, for the question at the end of the page, stand in the column *pending by hand*.
# Start JupyterLab in the folder of the course, open *Nbgrader → Formgrader*, choose the assignment, and read and score
# the answers; then run `grade` once more. It keeps what you gave, and it grades only what has changed: put a student's
# new files in place of the old ones whenever they come. An exercise is all or nothing, right in every case or no
# points. If one slip costs five points, give some by hand: the formgrader takes them for any exercise, not for questions
# alone, and they are kept as well, until the answer changes and you are asked to look again. Due dates and penalties for
# late work are nbgrader's, too: a `timestamp.txt` beside a submission says when it came.
#
# Do not use nbgrader's own *autograde*, in formgrader or in a terminal: it would run what students wrote with your
# rights. A course made here refuses it.
#
# ## What your students read
#
# `feedback/STUDENT/ASSIGNMENT.html` is a page for each student: points, their own code, and of each exercise the same
# sentence that `check` says to a reader of this book. Here are those sentences.

# %%
for student in ("ada", "ben", "cleo", "dora"):
    kept = json.loads((folder / f"mycourse/results/{student}/week3.json").read_text())
    for page in kept["result"]["pages"]:
        for key, verdict in page["verdicts"].items():
            print(f"{student:5} {key:24} {verdict['state']:8} {verdict['reason']}")

# %% [markdown]
# And `report/ASSIGNMENT.html` is a page for you: how the points are spread, how many solved each exercise, which
# mistakes were common, and what needs your eyes.

# %%
for path in sorted(folder.glob("mycourse/*/**/*.html")):
    print(path.relative_to(folder))
shutil.rmtree(folder)

# %% [markdown]
# ## What to remember
#
# - `list`, `assign`, `package`, `grade`, and a table: five commands.
# - Students get `release/` and the student edition; solutions and hidden cases stay with you.
# - A submission can lose only its own points. Without bubblewrap `grade` refuses to start, unless you say `--unsafe`.
# - `--jobs 8` grades eight at a time, `--jobs tcp://host:8786` on the machines of a
#   [Dask](https://distributed.dask.org) cluster (`pip install -e '.[cluster]'`, bubblewrap on each).
#
# **Next:** [The linear neuron](../ch02_single_layer_networks/01_linear_neuron.ipynb), a page you can assign.
