"""``autograder doctor``: which isolation works here and why, and which versions are installed."""

from __future__ import annotations

import argparse


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    text = "say which isolation works here and why, and which versions are installed"
    parser = commands.add_parser("doctor", help=text, description=text.capitalize() + ".")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Try every level in a throwaway child; print how it fared and what the best one lacks."""
    from rich.console import Console
    from rich.table import Table

    from autograder.engines.identity import versions
    from autograder.sandbox.detection import try_level
    from autograder.sandbox.gaps import gaps_of
    from autograder.sandbox.groups import counts_memory
    from autograder.sandbox.registry import LEVELS, STRONG

    console = Console(highlight=False)
    table = Table(title="isolation, best first")
    for column in ("level", "works", "counts", "detail"):
        table.add_column(column, overflow="fold")
    trials = [try_level(level) for level in LEVELS]
    for trial in trials:
        counts = "yes" if trial.level in STRONG else "no"
        table.add_row(trial.level, "yes" if trial.works else "no", counts, trial.detail)
    console.print(table)
    chosen = next(trial for trial in trials if trial.works)
    console.print(f"grade uses: {chosen.level}", markup=False)
    if chosen.level not in STRONG:
        console.print("grade refuses untrusted code here unless --allow-weak-isolation is given")
    gaps = gaps_of(chosen.level, groups=counts_memory(chosen.detail))
    for name, reason in gaps.items():
        console.print(f"  known gap: {name}: {reason}", markup=False)
    versioned = ", ".join(f"{name} {version}" for name, version in versions().items())
    console.print(versioned, markup=False)
    return 0
