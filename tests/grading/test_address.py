"""What an address depends on, and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.grading.address import environment_digest


@pytest.mark.parametrize(
    ("folder", "changes"),
    [("site-packages", True), ("setuptools/_vendor", False)],
    ids=["installed", "brought by setuptools for itself"],
)
def test_the_environment_is_what_is_installed(
    folder: str, changes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = environment_digest()
    (tmp_path / folder / "another-1.0.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path / folder))
    assert (environment_digest() != before) is changes
