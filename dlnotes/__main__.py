"""The command `dlnotes`: what is where in the book, and is this machine fit to read it?"""

import argparse
import os
import sys


def main(argv=None):
    """Run the command line `argv`; returns the exit status."""
    parser = argparse.ArgumentParser(prog="dlnotes", description="The companion to five deep-learning texts.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    find = commands.add_parser(
        "find",
        help="find a place of any of the five books, or a term, in the notebooks and in the other four",
        description='For example: dlnotes find softmax temperature; dlnotes find "DLNN (4.23)"',
    )
    find.add_argument("words", nargs="+", metavar="WORDS")
    commands.add_parser("doctor", help="check this machine; each line that is not ok names the repair")

    options = parser.parse_args(argv)
    sys.stdout.reconfigure(errors="replace")  # a terminal without "→" is no reason to fail
    try:
        status = _run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads the pipe, `head` perhaps, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    return status


def _run(options):
    if options.command == "find":
        from dlnotes.book import find

        return find.main(" ".join(options.words))
    from dlnotes.book import doctor

    return doctor.main()


if __name__ == "__main__":
    sys.exit(main())
