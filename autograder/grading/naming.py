"""Make a file of the course's own mistakes out of a group of submissions that behave alike."""

from __future__ import annotations

from pathlib import Path

from autograder.course.header import MARKER
from autograder.errors import CourseError, SandboxError
from autograder.exercise.plan import Plan
from autograder.grading.declared import Own, own_declared, problem_of_id, problem_of_text, rejected
from autograder.grading.groups import Group
from autograder.grading.lab import Lab
from autograder.grading.observe import Observatory, budget_for
from autograder.grading.own_mistakes import own_job
from autograder.judge.diagnosis.alike import alike
from autograder.words.catalogue import say


def require_own(own: Own, lab: Lab) -> Path:
    """Return where the file of a new mistake of a lab will lie.

    Raises CourseError where the id or the words will not do, or the id or the file is there.
    """
    for option, problem in (
        ("--id", problem_of_id(own.id)),
        ("--says", problem_of_text(own.says)),
        ("--hint", problem_of_text(own.hint) if own.hint else ""),
    ):
        if problem:
            raise CourseError(say("name-option", option=option, problem=problem))
    folder = lab.reference_path.parent
    for other in own_declared(rejected(folder), lab.plan.exercise.points):
        if other.own is not None and other.own.id == own.id:
            raise CourseError(say("name-same-id", id=own.id, path=other.path))
    path = folder / "rejected" / f"group_{own.id}.py"
    if path.exists():
        raise CourseError(say("name-file-exists", path=path))
    return path


def group_file(group: Group, own: Own) -> str:
    """Return the text of a group's file: our header, the marker, one submission's bare code.

    Raises CourseError where that code is not known.
    """
    if not group.bare.strip():
        raise CourseError(say("name-no-code", group=group.id))
    header = [
        f"# fails: {', '.join(group.fails)}",
        f"# mistake: {own.id}",
        f"# says: {own.says}",
        *([f"# hint: {own.hint}"] if own.hint else []),
        f"# why: {say('name-why', group=group.id)}",
        f"{MARKER} {say('name-below')} ---",
    ]
    return "\n".join([*header, group.bare, ""])


def require_alike(text: str, group: Group, plan: Plan, observatory: Observatory) -> None:
    """Observe a group's file as the next run of ``grade`` would, which then finds its trace.

    Raises CourseError where it behaves otherwise than the group, SandboxError where it was not
    observed.
    """
    job = own_job(plan, text.encode(), budget_for(plan.exercise.limits))
    trace = observatory.observe_one(job).trace
    if trace.ending == "sandbox":
        raise SandboxError(say("name-not-observed", group=group.id, problem=trace.detail))
    if not alike(trace, group.trace, plan):
        raise CourseError(say("name-other-behavior", group=group.id))


def write_new(path: Path, text: str) -> None:
    """Write a file that must not be there yet. Raises CourseError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise CourseError(say("name-file-exists", path=path)) from error
    except OSError as error:
        raise CourseError(say("cannot-write", path=path, problem=error.strerror)) from error
