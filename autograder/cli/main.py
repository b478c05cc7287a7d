"""``autograder``: parse the arguments, hand over to one command, turn errors into one line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

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
    package,
    report,
    reviewed,
    roster,
    serve,
    show,
    submit,
    verify,
)
from autograder.cli.outlet import own_output
from autograder.console import fall_back, name_files_in_utf8
from autograder.errors import AutograderError, IsolationError
from autograder.grammar import skip_address_grammars
from autograder.words.catalogue import languages, say, speaking

WEAK_ISOLATION = 3
COMMANDS = (
    new,
    check,
    submit,
    collect,
    grade,
    serve,
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
    package,
    doctor,
)


class Parser(argparse.ArgumentParser):
    """A parser whose help has its headings in our language; its commands' parsers are like it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._positionals.title = say("help-arguments")
        self._optionals.title = say("help-options")
        for action in self._actions:
            if action.dest == "help":
                action.help = say("help-help")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with all commands. Imports nothing heavy, so that --help is quick."""
    parser = Parser(prog="autograder", description=say("description"))
    version = f"autograder {__version__}"
    parser.add_argument("--version", action="version", version=version, help=say("help-version"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add_command(commands)
    parser.add_argument(
        "--lang", metavar="LANG", help=say("help-lang", languages=", ".join(languages()))
    )
    return parser


def _take_language(arguments: list[str]) -> tuple[str, list[str]]:
    """Return what --lang asks for, before or behind the command, and the arguments without it."""
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--lang")
    found, rest = early.parse_known_args(arguments)
    if found.lang is None:
        return "", rest
    if found.lang not in languages():
        early.error(say("unknown-language", name=found.lang, languages=", ".join(languages())))
    return found.lang, rest


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0: done. 1: an error, reported in one line. 2: wrong usage. 3: no secure sandbox.
    130: interrupted. ``check`` has codes of its own.
    """
    if arguments is None:  # as a program of its own
        own_output()
        name_files_in_utf8()
    fall_back()
    chosen, arguments = _take_language(sys.argv[1:] if arguments is None else list(arguments))
    with speaking(chosen, everywhere=True):
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    """Parse the arguments, run their command, and turn errors into one line."""
    options = build_parser().parse_args(arguments)
    skip_address_grammars()
    try:
        return int(options.run(options))
    except IsolationError as error:
        print(say("error-line", error=error), file=sys.stderr)
        return WEAK_ISOLATION
    except AutograderError as error:
        print(say("error-line", error=error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(say("interrupted"), file=sys.stderr)
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
