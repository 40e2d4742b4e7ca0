"""The command `dlnotes homework`: hand out notebooks as homework, and grade what comes back."""

import argparse
import sys
from pathlib import Path

EXTRAS = {"nbgrader": "grading", "nbconvert": "grading", "hatchling": "grading", "jinja2": "grading"}
EXTRAS |= {"pygments": "grading", "distributed": "cluster"}
EXAMPLES = """examples:
  dlnotes homework list
  dlnotes homework assign ch02 --course ~/course
  dlnotes homework assign ch02 02_perceptron --course ~/course --name week3 --points ch02.perceptron.bound=5
  dlnotes homework package --out ~/course
  dlnotes homework grade --course ~/course --jobs 8
"""


def main(argv):
    """Run `dlnotes homework` with the arguments `argv`; returns the exit status, 2 where they are refused."""
    options = _parser().parse_args(argv)
    try:
        return options.run(options)
    except BrokenPipeError:  # is for the main program
        raise
    except (ValueError, OSError) as error:
        print(f"dlnotes homework {options.command}: {error}", file=sys.stderr)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        repair = f"{sys.executable} -m pip install 'dlnotes[{EXTRAS[package]}]'"
        print(f"dlnotes homework {options.command}: {package} is missing  ->  {repair}", file=sys.stderr)
    return 2


def _parser():
    parser = argparse.ArgumentParser(
        prog="dlnotes homework",
        description=__doc__.partition(": ")[2].capitalize(),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_add_list, _add_assign, _add_package, _add_grade):
        add(commands)
    return parser


def _add_command(commands, name, run, summary, more):
    command = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.  {more}")
    command.set_defaults(run=run)
    return command


def _add_list(commands):
    more = "Each exercise and each question has its key, its points, and its title."
    _add_command(commands, "list", _list, "show what can be assigned", more)


def _add_assign(commands):
    more = (
        "Writes source/NAME, with the solutions, for you, and release/NAME, without them, for your students. "
        "The course is one of nbgrader and works with its own commands, too."
    )
    command = _add_command(commands, "assign", _assign, "make an assignment of a chapter's notebooks", more)
    command.add_argument("chapter", metavar="CHAPTER", help="ch02, say")
    command.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="02_perceptron, say (default: all)")
    _add_course(command, "the folder of the course; made where there is none")
    command.add_argument("--name", help="the name of the assignment (default: CHAPTER)")
    command.add_argument(
        "--points",
        nargs="+",
        action="extend",
        default=[],
        type=_points,
        metavar="KEY=N",
        help="what an exercise or a question is worth, if not what `list` says; kept until changed",
    )
    command.add_argument(
        "--seed-per-student",
        action="store_true",
        help="draw other hidden cases for each student, instead of the same ones for all",
    )


def _add_package(commands):
    more = "It has no solutions, no hidden cases and no known mistakes: give it to your students."
    summary = "build the student edition of dlnotes, a wheel"
    command = _add_command(commands, "package", _package, summary, more)
    command.add_argument("--out", default="dist", metavar="DIR", help="where it goes (default: dist)")


def _add_grade(commands):
    more = (
        "Grades each submission in submitted/STUDENT/ASSIGNMENT, in a sandbox of its own, and writes "
        "grades.csv, nbgrader's gradebook, feedback/ for your students and report/ for you.  "
        "Stop it with Ctrl+C; the next run goes on from there."
    )
    command = _add_command(commands, "grade", _grade, "grade the submissions", more)
    _add_course(command, "the folder of the course")
    command.add_argument(
        "--jobs",
        type=_jobs,
        metavar="N|SCHEDULER",
        help="how many to grade at a time, or the address of a Dask scheduler, tcp://host:8786",
    )
    command.add_argument(
        "--unsafe",
        action="store_true",
        help="grade without a sandbox: the submissions may then do whatever you may do",
    )


def _add_course(command, words):
    command.add_argument("--course", required=True, metavar="DIR", help=words)


def _points(text):
    key, _, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(f"got {text!r}, want KEY=N, N a number") from None
    return key, int(value) if value.is_integer() else value


def _jobs(text):
    if "://" in text:
        return text
    if not text.isdecimal() or int(text) < 1:
        wanted = "a number >= 1 or the address of a Dask scheduler, tcp://host:8786"
        raise argparse.ArgumentTypeError(f"got {text!r}, want {wanted}")
    return int(text)


def _list(options):
    from dlnotes.grading.assign import offered

    chapter = None
    for source, tasks in offered().items():
        if source.parent.name != chapter:
            chapter = source.parent.name
            name, _, topic = chapter.partition("_")
            print(f"{name}  {topic.replace('_', ' ')}")
        print(f"  {source.stem:<48} {sum(task.points for task in tasks):>3}")
        for task in tasks:
            kind = " (question)" if task.kind == "question" else ""
            print(f"    {task.key:<46} {task.points:>3}  {task.title}{kind}")
    return 0


def _assign(options):
    from dlnotes.grading.assign import assign

    assignment = assign(
        options.course,
        options.chapter,
        options.notebooks,
        name=options.name,
        points=dict(options.points),
        per_student=options.seed_per_student,
    )
    name, pages = options.name or options.chapter, assignment["notebooks"]
    counts = [_count(len(pages), "notebook")]
    for kind in ("exercise", "question"):
        points = [worth for page in pages for worth in page[f"{kind}s"].values()]
        counts += [f"{_count(len(points), kind)} for {_count(sum(points), 'point')}"] if points else []
    print(f"{name}: {', '.join(counts)}")
    print(f"for you:            {options.course}/source/{name}")
    print(f"for your students:  {options.course}/release/{name}, and what `dlnotes homework package` builds")
    return 0


def _count(number, what):
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _package(options):
    from dlnotes.grading.package import wheel

    print(Path(options.out) / wheel(options.out).name)
    return 0


def _grade(options):
    from dlnotes.grading import grade

    return grade.run(options.course, jobs=options.jobs, unsafe=options.unsafe)
