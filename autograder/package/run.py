"""Grade one folder of files with a bundle: what every place where students submit starts.

The bundle is read before anything of the submission is run; no file of the grader's that student
code could open has anything of it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import tempfile
from pathlib import Path

import msgspec

from autograder.course.submission import submission_of
from autograder.engines.pool import LocalEngine
from autograder.errors import AutograderError, IsolationError
from autograder.exercise.published import decode_published
from autograder.exercise.spec import Exercise
from autograder.grading.cache import Store
from autograder.grading.drawing import Board, make_board
from autograder.grading.grade import Grader
from autograder.grading.lab import Lab
from autograder.grading.record import Grade, to_json_said
from autograder.grading.setup import ENTRY
from autograder.judge.guard import guarded
from autograder.package.bundle import Bundle, standard_of
from autograder.package.spec import opened_spec
from autograder.picture.raster import write_charts
from autograder.sandbox.detection import try_level
from autograder.sandbox.message import Level
from autograder.sandbox.registry import LEVELS, STRONG
from autograder.words.catalogue import say

SUBMITTED = "submission"
UID: Level = "uid"
_log = logging.getLogger(__name__)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one submission, in no system's form.

    ``problem`` says, to who runs the course, why there is no ``grade``: the student is not to blame
    for it. ``remarks`` are what else the student reads. ``picture`` is a PNG, empty without one.
    """

    lab: str
    title: str
    max_score: float
    isolation: Level | None
    problem: str = ""
    grade: Grade | None = None
    remarks: tuple[str, ...] = ()
    picture: bytes = b""

    @property
    def score(self) -> float | None:
        """The points; None where there are none, and where a person has to decide first."""
        if self.grade is None or self.grade.undecided:
            return None
        return self.grade.score

    def to_json(self) -> bytes:
        """Return the record: sentences are in the language in use."""
        fields = {
            "lab": self.lab,
            "isolation": self.isolation,
            "score": self.score,
            "max_score": self.max_score,
            "problem": self.problem,
            "remarks": self.remarks,
            "grade": msgspec.Raw(to_json_said(self.grade) if self.grade else b"null"),
        }
        return msgspec.json.encode(fields)


def choose_level(*, allow_uid: bool) -> Level:
    """Return the level that student code is run at. Raises IsolationError: why there is none."""
    levels: list[Level] = [level for level in LEVELS if level in STRONG or level == UID]
    reasons = []
    for level in levels:
        if level == UID and not allow_uid:
            reasons.append(say("package-uid-not-allowed"))
            continue
        trial = try_level(level)
        if trial.works:
            return level
        reasons.append(f"{level}: {trial.detail}")
    raise IsolationError(say("package-no-level", reasons="; ".join(reasons)))


def grade_one(bundle: Bundle, folder: Path) -> Outcome:
    """Grade the submission that lies in a folder. Whatever breaks, the outcome says what."""
    blank = Outcome(lab=bundle.lab, title=bundle.title, max_score=bundle.max_score, isolation=None)
    try:
        level = choose_level(allow_uid=bundle.allow_uid)
        blank = msgspec.structs.replace(blank, isolation=level)
        with (
            contextlib.closing(LocalEngine(level, bundle.policy, ENTRY, 1)) as engine,
            opened_spec(bundle) as exercise,
        ):
            return _graded(bundle, exercise, folder, engine)
    except AutograderError as error:
        return msgspec.structs.replace(blank, problem=str(error))
    except Exception as error:  # noqa: BLE001  # ours, whatever it is: nobody gets a 0 for it
        _log.exception("grading failed")
        return msgspec.structs.replace(blank, problem=f"{type(error).__name__}: {error}")


def _graded(bundle: Bundle, exercise: Exercise, folder: Path, engine: LocalEngine) -> Outcome:
    """Grade with an engine that warms up. Raises AutograderError."""
    standard = standard_of(bundle.known, exercise)
    standard.require_full_marks(bundle.lab)
    lab = Lab(
        name=bundle.lab,
        plan=standard.plan,
        reference_path=Path(),
        reference_source=b"",
        sha256=bundle.sha256,
        labs=bundle.labs,
        page=bundle.page,
    )
    with tempfile.TemporaryDirectory(prefix="autograder-traces-") as private:
        store = Store(Path(private), bundle.lab)
        grader = Grader(lab, engine, bundle.policy, store, budget=bundle.budget)
        grader.take(standard)
        place = folder.absolute()
        submission = submission_of(place.parent, place.name, bundle.lab, bundle.labs)
        submission = dataclasses.replace(submission, student=SUBMITTED)
        (grade,) = grader.grade(place.parent, [submission])
        board = _board(bundle, exercise)
        draw = lambda: _picture(board, store, grade, Path(private, "training.png"))  # noqa: E731
        picture = guarded("the picture", draw, b"")
    return Outcome(
        lab=bundle.lab,
        title=bundle.title,
        max_score=bundle.max_score,
        isolation=engine.level,
        problem=_problem(grade),
        remarks=(say("package-uid"),) if engine.level == UID else (),
        grade=grade,
        picture=picture,
    )


def _problem(grade: Grade) -> str:
    """Return what broke that is ours, nothing where there is a score."""
    if grade.status == "sandbox_error":
        return say(grade.message) or say("is-sandbox-error")
    broken = [check.id for check in grade.checks if check.outcome == "error"]
    return say("package-check-broke", checks=", ".join(broken)) if broken else ""


def _board(bundle: Bundle, exercise: Exercise) -> Board | None:
    if not bundle.expected:
        return None
    return make_board(decode_published(bundle.expected, Path("expected.json")), exercise)


def _picture(board: Board | None, store: Store, grade: Grade, path: Path) -> bytes:
    """Return the charts of the training as one PNG."""
    trace = store.read_trace(grade.trace) if grade.trace else None
    charts = board.charts(trace) if board is not None else []
    if not charts:
        return b""
    write_charts(path, charts)
    return path.read_bytes()
