"""The workflows to copy are workflows, and their commands are understood."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from autograder.package.github import workflow

from .test_commands import ROOT, refusal

WORKFLOWS = sorted((ROOT / "docs" / "workflows").glob("*.yml"))
ACTION = re.compile(r"^[\w.-]+/[\w.-]+@v\d+$")


def commands(step: dict) -> list[str]:
    """Return the lines that a step has a shell run."""
    text = f"{step.get('run', '')}\n{step.get('with', {}).get('command', '')}"
    return [line.strip() for line in text.splitlines() if line.strip()]


def steps_of(path: Path) -> list[dict]:
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


def test_the_page_shows_every_workflow() -> None:
    page = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
    assert len(WORKFLOWS) == 2
    assert all(f"<!-- file: workflows/{path.name} -->" in page for path in WORKFLOWS)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_the_parts_of_one(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["name"]
    assert workflow[True]  # YAML 1.1 reads the bare word "on" so, and GitHub does not mind
    assert workflow["permissions"]["contents"] == "read"
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step)
            assert "uses" not in step or ACTION.match(step["uses"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_our_commands_in_a_workflow_are_understood(path: Path) -> None:
    ours = [line for step in steps_of(path) for line in commands(step)]
    ours = [line.split() for line in ours if line.startswith("autograder ")]
    assert ours
    for words in ours:
        assert refusal(tuple(words[1:])) == ""


def test_the_student_s_workflow_is_what_package_writes() -> None:
    shown = (ROOT / "docs" / "workflows" / "check.yml").read_bytes()
    assert shown == workflow("slope", "3.11")


def test_no_workflow_reads_a_score() -> None:
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        assert "outputs.result" not in text
        assert "max-score" not in text
