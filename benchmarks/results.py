"""The figures of a run in one JSON file, saved after each measurement so that none is lost."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import machine

Record = dict[str, Any]


class Results:
    """Records of measurements by their part; a run that was cut short goes on where it stopped."""

    def __init__(self, path: Path, settings: Record, *, resume: bool) -> None:
        self._path = path
        self._settings = settings
        self._resume = resume
        self._whole: Record = {"parts": {}}
        if path.is_file():
            self._whole = json.loads(path.read_text())
        self._whole["machine"] = machine.describe()

    def begin(self, part: str) -> None:
        """Forget what an earlier run measured of a part, unless this one goes on from there."""
        parts = self._whole["parts"]
        if not self._resume or part not in parts:
            parts[part] = {"settings": self._settings, "records": [], "missing": {}}
        elif parts[part]["settings"] != self._settings:
            raise SystemExit(f"{self._path}: {part} was measured with {parts[part]['settings']}")

    def has(self, part: str, key: Record) -> bool:
        """Say whether this measurement was made already."""
        return any(
            all(record.get(name) == value for name, value in key.items())
            for record in self._whole["parts"][part]["records"]
        )

    def add(self, part: str, key: Record, found: Record, load_before: float) -> None:
        """Keep one measurement, with the machine's load before and after it."""
        when = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        loads = {"load_before": load_before, "load_after": machine.load()}
        self._whole["parts"][part]["records"].append({**key, **found, **loads, "ended": when})
        self.save()

    def miss(self, part: str, what: str, why: str) -> None:
        """Keep why something could not be measured."""
        self._whole["parts"][part]["missing"][what] = why
        self.save()

    def note(self, name: str, value: object) -> None:
        """Keep a fact about the run as a whole, such as another grader's version."""
        self._whole[name] = value
        self.save()

    def save(self) -> None:
        """Write the file, whole or not at all."""
        temporary = self._path.with_suffix(".part")
        temporary.write_text(json.dumps(self._whole, indent=1) + "\n")
        temporary.replace(self._path)


def load_results(path: Path) -> Record:
    """Return what a results file holds."""
    found: Record = json.loads(path.read_text())
    return found
