"""Tables that the pages ask for, made from the code itself, so that they cannot age."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autograder.cli.main import build_parser
from autograder.exercise.spec import CHECKS, DEFAULT_TOLERANCES
from autograder.grading.record import results_schema
from autograder.judge.checks import role_of
from autograder.judge.mistakes.failure_messages import HAPPENED
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.registry import CRITERION, FORWARD, TRAINING
from autograder.words.catalogue import say
from autograder.words.text import Text, Value, text

Named = tuple[str, argparse.ArgumentParser, str]


def cell(text: str) -> str:
    """Return text on one line that Markdown takes for no table and HTML for no tag."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def command_line() -> str:
    """Return a section for each command: its use, what it does, its arguments and options."""
    return "\n\n".join(_command(name, parser, text) for name, parser, text in commands())


def commands() -> Iterator[Named]:
    """Yield each command's name, parser and one line of help, in the parser's own order.

    A command's own commands follow it.
    """
    yield from _within(build_parser(), "")


def _within(outer: argparse.ArgumentParser, before: str) -> Iterator[Named]:
    for action in outer._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, parser in action.choices.items():
                yield f"{before}{name}", parser, helps[name]
                yield from _within(parser, f"{before}{name} ")


def _command(name: str, parser: argparse.ArgumentParser, text: str) -> str:
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    about = cell(parser.description or text)
    arguments = [action for action in parser._actions if action.dest != "help"]
    rows = [(f"`{_shown(action)}`", cell(_help(action))) for action in arguments]
    listed = f"\n\n{table(('', ''), rows)}" if rows else ""
    return f"## autograder {name}\n\n{about}\n\n```text\n{_wrapped(usage)}\n```{listed}"


def _shown(action: argparse.Action) -> str:
    value = action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper()
    if not action.option_strings:
        return str(action.metavar or action.dest.upper())
    names = ", ".join(action.option_strings)
    if action.nargs == 0:
        return names
    return f"{names} [{value}]" if action.nargs == "?" else f"{names} {value}"


def _help(action: argparse.Action) -> str:
    text = action.help or ""
    if action.required and action.option_strings:
        text = f"{text} (required)".strip()
    if action.choices and "default" not in text and action.default:
        text = f"{text} (default: {action.default})".strip()
    return text


def _wrapped(usage: str, width: int = 88) -> str:
    """Return a usage line broken between its arguments, later lines indented."""
    lines, depth, word = [""], 0, ""
    for character in f"{usage} ":
        depth += (character in "[(") - (character in "])")
        if character != " " or depth:
            word += character
            continue
        if len(lines[-1]) + len(word) + 1 > width:
            lines.append("   ")
        lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
        word = ""
    return "\n".join(lines)


def _mistakes(mistakes: Sequence[Mistake]) -> str:
    rows = [
        (f"`{one.id}`", cell(say(one.explanation)), "numbers" if one.plant else "what happened")
        for one in mistakes
    ]
    return table(("id", "what the student reads", "known by"), rows)


def mistakes_of_what_happens() -> str:
    """Return the mistakes that show in what happened."""
    after = text("after-seconds", seconds="*N*")
    told: dict[str, Value] = {"name": "`name`", "wanted": "`name`", "after": after}
    rows = [(f"`{id_}`", cell(say(Text(f"happened-{id_}", told)))) for id_ in HAPPENED]
    return table(("id", "what the student reads"), rows)


def checks() -> str:
    """Return the checks, the function that each belongs to, and its default tolerance."""
    rows = []
    for check in CHECKS:
        bounds = DEFAULT_TOLERANCES[check]
        rows.append((f"`{check}`", f"`{role_of(check)}`", f"{bounds.rtol:g}", f"{bounds.atol:g}"))
    return table(("check", "function", "rtol", "atol"), rows)


def results(record: str) -> str:
    """Return the keys of one of the records in a line of results."""
    schema = results_schema()
    found = schema if record == schema["title"] else schema["$defs"][record]
    rows = [
        (f"`{key}`", cell(_type(value)), cell(value["description"]))
        for key, value in found["properties"].items()
    ]
    return table(("key", "", ""), rows)


def _type(value: Mapping[str, Any]) -> str:
    if "enum" in value:
        return ", ".join(f"`{one}`" if one else "empty" for one in value["enum"])
    if "anyOf" in value:
        return " or ".join(map(_type, value["anyOf"]))
    if value.get("type") == "array":
        return f"list of {_type(value['items'])}"
    if value.get("type") == "object":
        return "object of strings"
    return str(value.get("type") or value["$ref"].rpartition("/")[2])


TABLES: Mapping[str, Callable[[], str]] = {
    "command-line": command_line,
    "checks": checks,
    "mistakes-forward": lambda: _mistakes(FORWARD),
    "mistakes-criterion": lambda: _mistakes(CRITERION),
    "mistakes-training": lambda: _mistakes(TRAINING),
    "mistakes-happened": mistakes_of_what_happens,
    "results": lambda: results("Grade"),
    "results-check": lambda: results("CheckResult"),
    "results-diagnosis": lambda: results("Diagnosis"),
}
"""What a page may ask for, by ``<!-- table: NAME -->``."""
