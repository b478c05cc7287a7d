"""Wheel and source archive hold what they must, and one version."""

from __future__ import annotations

import configparser
import email
from pathlib import Path

import yaml

from autograder import __version__
from autograder.scaffold.shipped import SHARED

from .conftest import ROOT, Release

PACKAGE = ROOT / "autograder"
LIGHT = {"ipython", "matplotlib", "msgspec", "numpy", "rich", "torch"}


def files_below(folder: Path) -> set[str]:
    """Return what lies there, but for what Python leaves behind."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(release: Release) -> None:
    packed = {name for name in release.wheel_names() if ".dist-info/" not in name}
    assert {name for name in packed if ".data/" not in name} == files_below(PACKAGE)


def test_the_wheel_holds_the_labs_outside_of_the_packages(release: Release) -> None:
    data = f"torch_autograder-{__version__}.data/data/{SHARED}"
    packed = {name for name in release.wheel_names() if ".data/" in name}
    labs = {name.removeprefix("reference/") for name in files_below(ROOT / "reference")}
    assert packed == {f"{data}{name}" for name in labs}


def test_the_wheel_holds_templates_and_the_mark_of_types(release: Release) -> None:
    names = release.wheel_names()
    assert "autograder/py.typed" in names
    assert "autograder/report/templates/class.html.j2" in names


def test_the_wheel_brings_the_program_and_the_plugin(release: Release) -> None:
    points = configparser.ConfigParser(delimiters=("=",))
    points.read_string(release.wheel_text("entry_points.txt"))
    assert points["console_scripts"]["autograder"] == "autograder.cli.main:main"
    assert points["pytest11"]["autograder.pytest_plugin"] == "autograder.pytest_plugin"


def test_the_version_comes_from_one_place(release: Release) -> None:
    metadata = email.message_from_string(release.wheel_text(".dist-info/METADATA"))
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert metadata["Version"] == cited["version"] == __version__
    assert release.sdist.name == f"torch_autograder-{__version__}.tar.gz"


def test_what_a_student_installs_is_light(release: Release) -> None:
    metadata = email.message_from_string(release.wheel_text(".dist-info/METADATA"))
    always = {
        line.partition(">")[0].strip()
        for line in metadata.get_all("Requires-Dist")
        if "extra ==" not in line
    }
    assert always == LIGHT
    assert {"instructor", "cluster", "postgresql"} <= set(metadata.get_all("Provides-Extra"))


def test_the_licence_goes_along(release: Release) -> None:
    assert release.wheel_text("licenses/LICENSE") == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_source_archive_holds_what_demo_and_tests_need(release: Release) -> None:
    names = release.sdist_names()
    top = {".ci/run", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile"}
    top |= {"README.md", "SECURITY.md", "constraints.txt", "nbgrader_config.py", "pyproject.toml"}
    assert top <= names
    for folder in ("assignments", "benchmarks", "docs", "reference", "submitted", "tests"):
        lying = {
            name
            for name in files_below(ROOT / folder)
            if not name.startswith("benchmarks/.venvs/") and not name.endswith(".pyc")
        }
        assert lying - names == set(), folder


def test_the_source_archive_holds_nothing_that_was_made_here(release: Release) -> None:
    for name in release.sdist_names():
        assert not name.startswith((".venv", "build/", "graded/", "dist/"))
        assert name not in ("secret_salt", "gradebook.db")
