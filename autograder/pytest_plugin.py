"""Proofs as pytest items: ``pytest reference/`` proves the labs, ``pytest reference/slope`` one.

``pytest assignments/slope`` checks a student's own file instead (``notebook/items.py``).

Loaded by pytest wherever the package is installed, so nothing heavy is imported before a lab's
``exercise.py`` is collected.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograder.notebook.items import NotImported, StudentFile, is_student_file, shown_here

if TYPE_CHECKING:
    from autograder.verification.context import Bench
    from autograder.verification.item import Group, Item
    from autograder.verification.verifier import Prover

BENCHES = pytest.StashKey[dict[Path, "Bench"]]()
CLOSING = pytest.StashKey[contextlib.ExitStack]()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a lab where its spec is, ``reference/<lab>/exercise.py``, and a student's file."""
    if is_student_file(file_path, named=parent.session.isinitpath(file_path)):
        return StudentFile.from_parent(parent, path=file_path)
    if file_path.name != "exercise.py" or file_path.parent.parent.name != "reference":
        return None
    if b"autograder" not in file_path.read_bytes():  # somebody else's file of that name
        return None
    return LabFile.from_parent(parent, path=file_path)


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    """Keep pytest from importing a student's script that is named on the command line."""
    if is_student_file(module_path, named=True):
        return NotImported.from_parent(parent, path=module_path)
    return None


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the sandboxes that were started."""
    if CLOSING in config.stash:
        config.stash[CLOSING].close()


class LabFile(pytest.File):
    """One lab; its items share one proof."""

    prover: Prover

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each claim."""
        from autograder.course.folder import Course
        from autograder.verification.verifier import claims

        lab = self.path.parent.name
        course = Course(self.path.parents[2])
        for group, names in claims(course, lab).items():
            for name in names:
                yield ClaimItem.from_parent(self, name=f"{group}[{name}]", claim=(group, name))

    def tried(self, group: Group) -> tuple[Item, ...]:
        """Return the group's claims, tried at the first question."""
        from autograder.verification.verifier import Prover

        if not hasattr(self, "prover"):
            bench = _bench(self.config, self.path.parents[2])
            self.prover = Prover(bench, self.path.parent.name)
        for earlier in ("spec", "reference"):
            broken = [i for i in self.prover.items(earlier) if i.outcome == "refuted"]
            if broken and group != "reference":
                raise ClaimRefuted(f"{earlier} {broken[0].name}: {broken[0].message}")
        return self.prover.items(group)


class ClaimRefuted(Exception):
    """A claim is not true."""


class ClaimItem(pytest.Item):
    """One claim of a lab."""

    def __init__(self, *, claim: tuple[Group, str], **more: Any) -> None:
        super().__init__(**more)
        self.claim = claim

    def runtest(self) -> None:
        """Fail where the claim is not true; skip where there is nothing to catch."""
        group, name = self.claim
        lab = self.parent
        if not isinstance(lab, LabFile):
            raise TypeError(f"{self.nodeid}: claims belong to labs")
        items = lab.tried(group)
        if group == "planted":
            items = tuple(item for item in items if item.name.startswith(f"{name}/"))
        elif group != "build":
            items = tuple(item for item in items if item.name == name)
        if not items:
            pytest.skip("nothing to try")
        problems = [f"{i.name}: {i.message}" for i in items if i.outcome == "refuted"]
        if problems:
            raise ClaimRefuted("\n".join(problems))
        if all(item.outcome == "equivalent" for item in items):
            pytest.skip("changes nothing here")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """Show what is false, without our frames."""
        if isinstance(excinfo.value, ClaimRefuted):
            return shown_here(excinfo.value)
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return where the lab is and what is claimed."""
        return self.path, None, self.name


def _bench(config: pytest.Config, root: Path) -> Bench:
    """Return what a course's labs are proved with, started at the first need."""
    from autograder.course.folder import Course
    from autograder.engines.pool import LocalEngine
    from autograder.grading.cache import Store
    from autograder.grading.setup import ENTRY, Settings, choose_isolation
    from autograder.verification.context import Bench

    benches = config.stash.setdefault(BENCHES, {})
    if root not in benches:
        course = Course(root)
        settings = Settings(submitted=root, assignment="")
        level = choose_isolation(allow_weak=True).level  # the instructor's own code
        engine = LocalEngine(level, settings.policy(), ENTRY, os.cpu_count() or 1)
        config.stash.setdefault(CLOSING, contextlib.ExitStack()).callback(engine.close)
        benches[root] = Bench(
            course=course,
            engine=engine,
            policy=settings.policy(),
            store=lambda lab: Store(course.graded, lab),
        )
    return benches[root]
