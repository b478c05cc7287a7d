"""nbgrader's settings for a course folder.

Loaded by every nbgrader command, so nothing heavy is imported: preprocessors go by name.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
from pathlib import Path

from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute, SaveCells
from traitlets.config import Config

from autograder.assignment.release import AFTER_SAVING, BEFORE_SAVING, configure_release
from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.nbgrader_bridge.sources import FOLDER, write_sources


def find_alembic() -> None:
    """Let nbgrader find this environment's ``alembic``: it takes the first one along PATH.

    Without it ``.venv/bin/nbgrader``, called without activating the environment, fails half-way;
    so it does with the one of another environment, as a JupyterHub's, which knows no nbgrader.
    """
    beside = Path(sys.executable).parent
    ours = shutil.which("alembic", path=beside)
    if ours is not None and shutil.which("alembic") != ours:
        os.environ["PATH"] = f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


BRIDGE = "autograder.nbgrader_bridge"
_log = logging.getLogger(__name__)


def configure(config: Config, root: Path) -> None:
    """Set up nbgrader for the course folder ``root``."""
    autograde = config.Autograde
    autograde.exporter_class = f"{BRIDGE}.exporter.SubmissionExporter"
    autograde.sanitize_preprocessors = [
        f"{BRIDGE}.restore.RestoreCells",
        *_defaults("sanitize_preprocessors"),
    ]
    autograde.autograde_preprocessors = [
        f"{BRIDGE}.sandbox.GradeInSandbox" if preprocessor is Execute else preprocessor
        for preprocessor in _defaults("autograde_preprocessors")
    ]
    autograde.autograde_preprocessors.append(f"{BRIDGE}.mark.MarkCells")
    config.CourseDirectory.root = str(root.resolve())
    config.CourseDirectory.source_directory = FOLDER
    config.CourseDirectory.release_directory = "assignments"
    config.GenerateAssignment.force = True  # the release is always made anew
    config.GenerateAssignment.preprocessors = [
        *BEFORE_SAVING,
        SaveCells,
        *AFTER_SAVING,
        f"{BRIDGE}.companions.WriteCompanions",
    ]
    configure_release(config)
    find_alembic()
    try:
        write_sources(Course(root.resolve()))
    except (CourseError, OSError) as error:
        _log.error("%s", error)


def _defaults(trait: str) -> list[type]:
    """Return the preprocessors that nbgrader itself would use."""
    found: list[type] = Autograde.class_traits()[trait].default()
    return found
