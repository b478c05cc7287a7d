"""nbgrader's settings: nothing of the class's code reaches a kernel, come what may."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute, SaveAutoGrades
from traitlets.config import Config

from autograder import nbgrader_bridge

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    made = Config()
    nbgrader_bridge.configure(made, tmp_path)
    return made


def test_execute_is_replaced_where_it_stood(config: Config) -> None:
    default: list[Any] = Autograde.class_traits()["autograde_preprocessors"].default()
    found = config.Autograde.autograde_preprocessors
    assert Execute not in found
    assert found[default.index(Execute)].endswith(".GradeInSandbox")
    assert [p for p in found if not isinstance(p, str)] == [p for p in default if p is not Execute]
    assert SaveAutoGrades in found


def test_cells_are_restored_before_nbgrader_reads_them(config: Config) -> None:
    assert config.Autograde.sanitize_preprocessors[0].endswith(".RestoreCells")


def test_all_names_can_be_imported(config: Config) -> None:
    from traitlets.utils.importstring import import_item

    autograde, generate = config.Autograde, config.GenerateAssignment
    lists = (autograde.sanitize_preprocessors, autograde.autograde_preprocessors)
    named = [p for one in (*lists, generate.preprocessors) for p in one if isinstance(p, str)]
    assert [import_item(name) for name in (*named, autograde.exporter_class)]


def test_a_source_folder_that_cannot_be_made_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("a file", "utf-8")
    (tmp_path / "reference" / "slope").mkdir(parents=True)
    for name in ("slope.py", "exercise.py"):
        (tmp_path / "reference/slope" / name).write_bytes(
            (ROOT / "reference/slope" / name).read_bytes()
        )
    config = Config()
    nbgrader_bridge.configure(config, tmp_path)
    assert Execute not in config.Autograde.autograde_preprocessors


def test_a_config_file_that_fails_ends_nbgrader(monkeypatch: pytest.MonkeyPatch) -> None:
    """traitlets only logs an exception in a config file, and goes on with nbgrader's defaults."""

    def fail(*_: object) -> None:
        raise LookupError("of any kind")

    monkeypatch.setattr(nbgrader_bridge, "configure", fail)
    path = ROOT / "nbgrader_config.py"
    code = compile(path.read_text("utf-8"), str(path), "exec")
    with pytest.raises(SystemExit, match="LookupError: of any kind"):
        exec(code, {"c": Config(), "__file__": str(path)})


def test_loading_the_settings_loads_no_torch() -> None:
    code = "import autograder.nbgrader_bridge, sys; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
