"""``autograder``: parse the arguments, hand over to one command, turn errors into one line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from autograder import __version__
from autograder.cli import (
    build,
    changes,
    check,
    collect,
    doctor,
    export,
    grade,
    name,
    new,
    override,
    report,
    reviewed,
    roster,
    show,
    verify,
)
from autograder.cli.outlet import own_output
from autograder.console import fall_back, name_files_in_utf8
from autograder.errors import AutograderError, IsolationError
from autograder.grammar import skip_address_grammars

WEAK_ISOLATION = 3
COMMANDS = (
    new,
    check,
    collect,
    grade,
    report,
    name,
    show,
    reviewed,
    override,
    roster,
    export,
    changes,
    build,
    verify,
    doctor,
)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with all commands. Imports nothing heavy, so that --help is quick."""
    parser = argparse.ArgumentParser(
        prog="autograder", description="Grade PyTorch training-loop labs."
    )
    parser.add_argument("--version", action="version", version=f"autograder {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add_command(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0: done. 1: an error, told in one line. 2: wrong usage. 3: no isolation that counts.
    130: interrupted. ``check`` has codes of its own.
    """
    if arguments is None:  # as a program of its own
        own_output()
        name_files_in_utf8()
    fall_back()
    options = build_parser().parse_args(arguments)
    skip_address_grammars()
    try:
        return int(options.run(options))
    except IsolationError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return WEAK_ISOLATION
    except AutograderError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("autograder: interrupted; what was done is saved", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output went away
        sys.stderr.close()
        return 1
    except OSError as error:  # a full disk under /tmp, a folder that may not be read
        where = f"{error.filename}: " if error.filename is not None else ""
        print(f"autograder: {where}{error.strerror or error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
