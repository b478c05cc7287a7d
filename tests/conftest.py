"""Fixtures that several suites share: a zygote costs seconds, so each level is started once."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

import hypothesis
import pytest
from budget import BUDGET
from elsewhere import OrdinaryEngine
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.engines.pool import LocalEngine
from autograder.grading.cache import Store
from autograder.grading.grade import Grade, Grader
from autograder.grading.lab import Lab, load_lab
from autograder.grading.setup import ENTRY, Settings
from autograder.sandbox.detection import Trial, detect, try_level
from autograder.sandbox.message import MB, Level, Policy
from tests.postgresql import Server
from tests.shared import Known, mistakes_kept, one_at_a_time

ROOT = Path(__file__).resolve().parent.parent
SECRET = ("AUTOGRADER_TEST_SECRET", "in the environment of the grader")
POLICY = Policy(
    wall_seconds=4.0,
    cpu_seconds=5,
    memory_bytes=256 * MB,
    output_bytes=1 * MB,
    frame_bytes=8 * MB,
    disk_bytes=16 * MB,
    files=256,
    processes=16,
)

hypothesis.settings.register_profile("untimed", deadline=None)  # no claim depends on the clock
hypothesis.settings.load_profile("untimed")

# folders whose fixtures take long: one process has them all
ROOMS = ("labs", "gradebook", "browser", "portal")
FIRST = (
    *("labs", "test_training", "browser", "gradebook", "test_write_a_lab", "test_conformance"),
    *("test_resume", "test_nbgrader", "test_attacks", "test_prove", "test_grade", "test_leaks"),
)

LONG_SECONDS = 3000  # may a thorough test take

GradeFolder = Callable[[Lab, LocalEngine, Path], dict[str, Grade]]
GradeSources = Callable[[Sequence[tuple[str, str | bytes]]], dict[str, Grade]]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage until all is collected: nearly all of it stays, and it is much."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that two processes end at about the same time.

    Thorough tests may take longer than others.
    """

    def rank(item: pytest.Item) -> int:
        names = (item.path.parent.name, item.path.stem)
        return min((FIRST.index(name) for name in names if name in FIRST), default=len(FIRST))

    items.sort(key=rank)
    for item in items:
        if item.get_closest_marker("thorough") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LONG_SECONDS))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """Give a file's tests to one process, and those of all files of a room."""
    return RoomScheduling(config, log)


class RoomScheduling(LoadFileScheduling):
    """As ``--dist loadfile``, which takes no room for one file."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0])
        return str(file.parent if file.parent.name in ROOMS else file)


@pytest.fixture(scope="session", autouse=True)
def one_variant() -> Iterator[None]:
    """Let courses have one draw of hidden data, but where a test is about several."""
    with patch("autograder.course.secret.VARIANTS", 1):
        yield


@pytest.fixture(scope="session")
def course() -> Course:
    """The repository's own course folder."""
    return Course(ROOT)


@pytest.fixture(scope="session")
def slope(course: Course) -> Lab:
    """The lab that all sandbox tests run."""
    return load_lab(course, "slope")


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Limits short enough to strike often, long enough for honest work on a slow machine."""
    return POLICY


@pytest.fixture(scope="session")
def namespaces_trial() -> Trial:
    """What the detection says of level namespaces on this machine."""
    return try_level("namespaces")


@pytest.fixture(scope="session")
def engine_of(namespaces_trial: Trial) -> Iterator[Callable[[Level], LocalEngine]]:
    """Return a function from a level to its engine; each is started once a session."""
    with contextlib.ExitStack() as stack:
        started: dict[Level, LocalEngine] = {}
        trials: dict[Level, Trial] = {"namespaces": namespaces_trial}

        def engine(level: Level) -> LocalEngine:
            trial = trials[level] = trials.get(level) or try_level(level)
            if not trial.works:
                pytest.skip(f"{level} does not work here: {trial.detail}")
            if level not in started:
                os.environ[SECRET[0]] = SECRET[1]
                stack.callback(os.environ.pop, SECRET[0], None)
                started[level] = LocalEngine(level, POLICY, ENTRY, 2)
                stack.callback(started[level].close)
            return started[level]

        yield engine


@pytest.fixture(scope="session")
def ordinary_engine_of() -> Iterator[Callable[[Level], OrdinaryEngine]]:
    """Return a function from a level to its engine as run by an ordinary user, for root."""
    with contextlib.ExitStack() as stack:
        started: dict[Level, OrdinaryEngine] = {}

        def engine(level: Level) -> OrdinaryEngine:
            if os.getuid() != 0:
                pytest.skip("this user is an ordinary one: the other engine is run by it")
            if level not in started:
                try:
                    started[level] = OrdinaryEngine(level, POLICY, ENTRY, 2)
                except RuntimeError as error:
                    pytest.skip(f"{level} does not work here for an ordinary user: {error}")
                stack.callback(started[level].close)
            return started[level]

        yield engine


@pytest.fixture(scope="session")
def best_level(namespaces_trial: Trial) -> Level:
    """The best level that works: what ``grade`` would use."""
    return "namespaces" if namespaces_trial.works else detect().level


@pytest.fixture(scope="session")
def engine(engine_of: Callable[[Level], LocalEngine], best_level: Level) -> LocalEngine:
    """The engine of the best level that works."""
    return engine_of(best_level)


@pytest.fixture(scope="session")
def confined(engine_of: Callable[[Level], LocalEngine]) -> LocalEngine:
    """The engine of level namespaces; skips where that does not work."""
    return engine_of("namespaces")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own."""
    with contextlib.closing(Server()) as server:
        yield server.url


@pytest.fixture(scope="session")
def traces(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Where stores may share traces: what a lab's mistakes come to is computed once a run."""
    base = tmp_path_factory.getbasetemp()
    return (base if worker_id == "master" else base.parent) / "traces"


@pytest.fixture(scope="session", autouse=True)
def published(traces: Path) -> Iterator[None]:
    """What mistakes come to in public situations is observed once a run, whoever publishes."""
    with mistakes_kept(traces):
        yield


@pytest.fixture(scope="session")
def standard(best_level: Level) -> Iterator[LocalEngine]:
    """The engine that all commands have by themselves: for labs, proofs and commands."""
    started = LocalEngine(best_level, Settings(submitted=ROOT, assignment="").policy(), ENTRY, 2)
    yield started
    started.close()


@pytest.fixture(scope="session")
def bank(standard: LocalEngine, traces: Path) -> Path:
    """An output folder that knows the mistakes of slope, to learn from; made once a run."""
    slope = load_lab(Course(ROOT), "slope")  # whatever course a suite works in
    place = traces.with_name("bank")
    policy = Settings(submitted=ROOT, assignment="").policy()
    with one_at_a_time(traces.with_name("bank.lock")):
        if not place.is_dir():
            Grader(slope, standard, policy, Known(place, slope.name)).prepare()
    return place


@pytest.fixture(scope="session")
def grade_folder(tmp_path_factory: pytest.TempPathFactory) -> GradeFolder:
    """Return a function that grades a folder in one batch, with a store of its own."""

    def grade(lab: Lab, engine: LocalEngine, submitted: Path) -> dict[str, Grade]:
        store = Store(tmp_path_factory.mktemp("out"), lab.name)
        options = {"budget": BUDGET, "fresh": True, "diagnose": False}
        grader = Grader(lab, engine, POLICY, store, **options)
        grades = grader.grade(submitted, find_submissions(submitted, lab.name))
        return {grade.student: grade for grade in grades}

    return grade


@pytest.fixture
def grade_sources(
    slope: Lab, engine: LocalEngine, grade_folder: GradeFolder, tmp_path: Path
) -> GradeSources:
    """Return a function that grades ``(file name, source)`` pairs and gives grades by student."""

    def grade(sources: Sequence[tuple[str, str | bytes]]) -> dict[str, Grade]:
        for name, source in sources:
            data = source if isinstance(source, bytes) else source.encode()
            (tmp_path / name).write_bytes(data)
        return grade_folder(slope, engine, tmp_path)

    return grade
