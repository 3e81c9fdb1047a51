"""``python -m lossbook``: what the package does from a terminal."""

import argparse
import ast
import importlib
import sys

import lossbook
from lossbook.diagnosis.libraries import LIBRARIES

#: The exit status: they agree, they differ at the edges alone, they differ, the question was not understood.
AGREE, EDGES, DIFFER, USAGE = 0, 1, 2, 3


class _Parser(argparse.ArgumentParser):
    """Its own exit status, since argparse's 2 says here that two functions differ."""

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def _parser():
    parser = _Parser(prog="python -m lossbook", description="Losses: derived, implemented and verified.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    diagnose = commands.add_parser(
        "diagnose",
        help="compare a function of yours with a loss, and say what was done differently",
        epilog="The exit status is 0 if the two agree, 1 if they differ at edges alone, 2 if they differ, "
        "3 if there was nothing to compare.",
    )
    diagnose.add_argument("function", help="your implementation, as module:function")
    diagnose.add_argument("loss", help="the name of a loss, such as dice_loss")
    diagnose.add_argument(
        "--library", choices=LIBRARIES, default="numpy", help="what the function takes (default: numpy)"
    )
    diagnose.add_argument("options", nargs="*", metavar="option=value", help="options of the loss, such as gamma=1.5")
    return parser


def _find_function(parser, place):
    """Import module:function; modules of the current folder are found."""
    module, _, name = place.partition(":")
    if not module or not name:
        parser.error(f"{place!r} is no module:function, such as train:my_dice")
    try:
        found = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except Exception as error:
        parser.error(f"{place} cannot be imported: {type(error).__name__}: {error}")
    return found


def _find_loss(parser, name):
    losses = {record.name: record.function for record in lossbook.catalogue()}
    if name not in losses:
        parser.error(f"{name!r} is no loss; there are {', '.join(losses)}")
    return losses[name]


def _read_option(parser, text):
    """Read option=value; what is no Python literal is a string."""
    name, equals, value = text.partition("=")
    if not equals or name.startswith("-"):
        parser.error(f"{text!r} is no option=value, such as gamma=1.5")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, value


def main(arguments=None):
    """Do what the arguments say, and return the exit status."""
    parser = _parser()
    # What stands behind --library is not asked for again by argparse.
    given, more = parser.parse_known_args(arguments)
    loss, function = _find_loss(parser, given.loss), _find_function(parser, given.function)
    options = dict(_read_option(parser, option) for option in [*given.options, *more])
    try:
        found = lossbook.diagnose(function, loss, library=given.library, **options)
    except (ImportError, TypeError, ValueError) as error:
        parser.error(str(error))
    print(found)
    return DIFFER if not found.agrees else EDGES if found.edges else AGREE


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # a terminal may have no Greek letters
    sys.exit(main())
