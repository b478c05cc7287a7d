"""Print how many attacks of each category succeeded at each ground, after a run of the suite."""

from __future__ import annotations

import collections
import re

import pytest

from .test_attacks import ATTACKS, CATEGORIES, GROUNDS

OUTCOMES = {"passed": "", "xfailed": "known", "failed": "new"}
TESTED = re.compile(r"test_attack_earns_no_more_than_its_honest_parts\[(.+)\]$")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add the table; it says nothing of what was skipped or left out."""
    category_of = {
        a.name: module.__name__.rpartition(".")[2] for module in CATEGORIES for a in module.ATTACKS
    }
    grounds = {
        f"{ground}-{attack.name}": (str(ground), attack.name)
        for ground in GROUNDS
        for attack in ATTACKS
    }
    ran: collections.Counter[tuple[str, str]] = collections.Counter()
    succeeded: collections.Counter[tuple[str, str]] = collections.Counter()
    known: collections.Counter[tuple[str, str]] = collections.Counter()
    for outcome, kind in OUTCOMES.items():
        for report in terminalreporter.stats.get(outcome, []):
            found = TESTED.search(report.nodeid)
            if found is None or report.when != "call":
                continue
            ground, name = grounds[found[1]]
            cell = (category_of[name], ground)
            ran[cell] += 1
            succeeded[cell] += kind == "new"
            known[cell] += kind == "known"
    if not ran:
        return
    terminalreporter.section("attacks: tried, of these succeeded (known weaknesses of the judge)")
    names = [str(ground) for ground in GROUNDS]
    terminalreporter.line(f"{'category':12}" + "".join(f"{name:>24}" for name in names))
    for category in sorted({category for category, _ in ran}):
        cells = [(category, name) for name in names]
        texts = [
            f"{ran[c]}, {succeeded[c]}" + (f" ({known[c]})" if known[c] else "") for c in cells
        ]
        terminalreporter.line(f"{category:12}" + "".join(f"{text:>24}" for text in texts))
    texts = [
        f"{sum(n for (_, g), n in ran.items() if g == name)}, {sum(n for (_, g), n in succeeded.items() if g == name)}"
        for name in names
    ]
    terminalreporter.line(f"{'all':12}" + "".join(f"{text:>24}" for text in texts))
