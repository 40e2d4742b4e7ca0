"""The command `dlnotes`: what is where in the book, is this machine fit to read it, and homework."""

import argparse
import os
import sys
from importlib.util import find_spec

STUDENT = (
    "dlnotes homework: this is the student edition, which can neither hand out nor grade; "
    "teachers install the whole package, from its repository"
)
INTERRUPTED = 130  # the exit status of what Ctrl+C has ended


def main(argv=None):
    """Run the command line `argv`; returns the exit status."""
    argv = sys.argv[1:] if argv is None else list(argv)
    sys.stdout.reconfigure(errors="replace")  # a terminal without "→" is no reason to fail
    try:
        status = _run(argv)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads the pipe, `head` perhaps, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except KeyboardInterrupt:  # whoever has more to say about it does so before
        status = INTERRUPTED
    return status


def _run(argv):
    if argv[:1] == ["homework"]:  # has commands of its own
        return _homework(argv[1:])
    options = _parser().parse_args(argv)
    if options.command == "find":
        from dlnotes.book import find

        return find.main(" ".join(options.words))
    from dlnotes.book import doctor

    return doctor.main()


def _parser():
    parser = argparse.ArgumentParser(prog="dlnotes", description="The companion to five deep-learning texts.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    find = commands.add_parser(
        "find",
        help="find a place of any of the five books, or a term, in the notebooks and in the other four",
        description='For example: dlnotes find softmax temperature; dlnotes find "DLNN (4.23)"',
    )
    find.add_argument("words", nargs="+", metavar="WORDS")
    commands.add_parser("doctor", help="check this machine; each line that is not ok names the repair")
    commands.add_parser("homework", help="for teachers: hand out notebooks as homework, and grade them")
    return parser


def _homework(argv):
    if find_spec("dlnotes.grading") is None:
        print(STUDENT, file=sys.stderr)
        return 2
    from dlnotes.grading import commands

    return commands.main(argv)


if __name__ == "__main__":
    sys.exit(main())
