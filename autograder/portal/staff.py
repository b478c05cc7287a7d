"""What instructors and assistants do with a class: look, change by hand, grade again, export."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import defaultdict

from starlette.responses import Response

from autograder.errors import CourseError
from autograder.export.plain import plain_csv
from autograder.gradebook.dates import late_rule_of, set_dates
from autograder.gradebook.hand import Entry, Kind, log_of, standing_entries
from autograder.gradebook.lateness import LabRule, LateRule
from autograder.gradebook.override import give, undo, worth_of
from autograder.gradebook.said import note_export, regraded, since_exports
from autograder.grading.decision import load_decisions
from autograder.grading.results import Changed
from autograder.portal import queue
from autograder.portal.archive import zipped
from autograder.portal.call import Call, nowhere
from autograder.portal.guard import INSTRUCTOR, STAFF, Door
from autograder.portal.intake import receipts
from autograder.portal.outgoing import refused_scores, send_score
from autograder.portal.policy import (
    COUNTS,
    LONGEST_PAUSE,
    MOST_ATTEMPTS,
    TOLD,
    Policy,
    load_policy,
    save_policy,
)
from autograder.portal.render import document, fragment, page, path_part
from autograder.portal.student import download
from autograder.portal.view import changed_by_dates, due_date, look_at
from autograder.report.write import make_report
from autograder.words.catalogue import say

KINDS: dict[str, Kind] = {
    "check": "check",
    "total": "total",
    "bonus": "bonus",
    "excuse": "excused",
    "extend": "extension",
    "comment": "comment",
}


def class_index(call: Call) -> Response:
    """Show all labs, with how many submitted, and how the queue is."""
    labs = call.site.course.lab_names()
    with call.site.database.read() as connection:
        sent = {lab: receipts(connection, lab) for lab in labs}
        policies = {lab: load_policy(connection, lab) for lab in labs}
        waiting = queue.lengths(connection)
    students = {lab: len({one.student for one in found}) for lab, found in sent.items()}
    rows = [(lab, len(sent[lab]), students[lab], policies[lab].open) for lab in labs]
    return page(call, "class_index", rows=rows, waiting=waiting)


def _lab(call: Call) -> str:
    lab = call.params["lab"]
    if lab not in call.site.course.lab_names():
        raise nowhere()
    return lab


def class_lab(call: Call) -> Response:
    """Show a lab's students, its policy, and what can be done."""
    lab = _lab(call)
    with call.site.database.read() as connection:
        policy = load_policy(connection, lab)
        sent = receipts(connection, lab)
    tried: dict[str, int] = defaultdict(int)
    for one in sent:
        tried[one.student] += 1
    found = call.site.shelf.standings(lab)
    scored = {one.student for one in found}
    rest = sorted(set(tried) - scored)
    with call.site.shelf.book() as book:
        late = late_rule_of(book, lab)
    changed = changed_by_dates(call.site, lab)
    return page(
        call,
        "class_lab",
        lab=lab,
        policy=policy,
        due=due_date(call.site, lab),
        late=late,
        changed=[one for one in changed if one.when == changed[0].when],
        standings=found,
        rest=rest,
        tried=tried,
        instructor=call.person.role == "instructor",
        told=TOLD,
        counts=COUNTS,
        refused=refused_scores(call.site, lab),
    )


def report(call: Call) -> Response:
    """Show the class report as it is now."""
    lab, site = _lab(call), call.site
    found = site.shelf.standings(lab)
    with site.shelf.book() as book:
        changed = [*since_exports(book, lab, found), *regraded(book, lab)]
    text, _ = make_report(site.course, lab, found, site.course.graded, changed)
    return document(call, text, fragment(call, "class_above", lab=lab))


def student_page(call: Call) -> Response:
    """Show one student's attempts, and what was changed by hand."""
    lab, student = _lab(call), call.params["student"]
    view = look_at(call.site, lab, student)
    if view.standing is None and not view.tried:
        raise nowhere()
    with call.site.shelf.book() as book:
        entries = log_of(book, student, lab)
    alive = {one.number for one in standing_entries(entries)}
    exercise = call.site.shelf.exercise(lab)
    return page(
        call,
        "class_student",
        lab=lab,
        student=student,
        view=view,
        entries=entries,
        alive=alive,
        checks=list(exercise.points) if exercise is not None else [],
        kinds=list(KINDS),
    )


def change(call: Call) -> Response:
    """Change a grade by hand, or undo that, as ``autograder override`` does."""
    lab, student, form = _lab(call), call.params["student"], call.form
    course, who = call.site.course, call.person.name
    rule = LateRule(course)
    with call.site.shelf.book() as book:
        if form.get("undo"):
            number = int(form["undo"]) if form["undo"].isdigit() else -1
            done = undo(book, lab, student, number, rule, who=who)
        else:
            entry = _entry(call, lab, student)
            worth = worth_of(book, course, lab, student) if entry.kind == "check" else {}
            done = give(book, entry, rule, worth)
    with call.site.database.write() as connection:
        call.note(connection, "override", f"{student} {lab}", done.words)
    if call.site.platforms:
        send_score(call.site, lab, student, is_new=False)
    return call.to(f"/class/{path_part(lab)}/students/{path_part(student)}")


def _entry(call: Call, lab: str, student: str) -> Entry:
    form = call.form
    kind = KINDS.get(form.get("kind", ""))
    if kind is None:
        raise CourseError(say("portal-form-broken"))
    points: float | None = 1.0
    if kind in ("check", "total", "bonus"):
        points = _number(form.get("points", ""))
    text = form.get("text", "").strip()
    if kind == "extension":
        text = (
            _moment(form.get("until", "")) or dt.datetime.fromtimestamp(call.now, dt.UTC)
        ).isoformat()
    part = form.get("check", "") if kind == "check" else ""
    return Entry(
        lab=lab,
        student=student,
        kind=kind,
        part=part,
        points=points,
        text=text if kind in ("comment", "extension") else "",
        reason=form.get("reason", "").strip(),
        who=call.person.name,
    )


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise CourseError(say("portal-no-number")) from None


def _moment(text: str) -> dt.datetime | None:
    """Return a time that a form names, in UTC where it names no zone. Raises CourseError."""
    if not text.strip():
        return None
    try:
        found = dt.datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise CourseError(say("not-a-time", text=text)) from error
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def set_policy(call: Call) -> Response:
    """Set what a lab allows, and when it is due."""
    lab, form = _lab(call), call.form
    told, counts = TOLD[0], COUNTS[0]
    for one in TOLD:
        told = one if one == form.get("told") else told
    for way in COUNTS:
        counts = way if way == form.get("counts") else counts
    attempts = int(_number(form.get("attempts") or "0"))
    pause = 60 * _number(form.get("pause") or "0")
    if not (0 <= attempts <= MOST_ATTEMPTS and 0 <= pause <= LONGEST_PAUSE):
        raise CourseError(say("portal-no-number"))
    due, late = _moment(form.get("due", "")), _late_rule(call)
    policy = Policy(
        lab=lab,
        open="open" in form,
        attempts=attempts,
        pause_seconds=pause,
        late="late" in form,
        told=told,
        counts=counts,
    )
    changed, moved = _set_dates(call, lab, due, late)
    with call.site.database.write() as connection:
        counted = load_policy(connection, lab).counts
        save_policy(connection, policy)
        detail = f"{policy!r} due={due} {late!r} changed={len(changed)}"
        call.note(connection, "policy", lab, detail)
        if counted != counts or (counts == "best" and moved):  # another attempt may count now
            queue.regrade(connection, lab, call.now)
    call.site.wake()
    for now in changed if call.site.platforms else ():
        send_score(call.site, lab, now.student, is_new=False)
    return call.to(f"/class/{path_part(lab)}")


def _set_dates(
    call: Call, lab: str, due: dt.datetime | None, late: LabRule | None
) -> tuple[list[Changed], bool]:
    """Set a due date and late rule; return whose score that changes, and whether they are new."""
    course, before = call.site.course, due_date(call.site, lab)
    decisions = load_decisions(course.graded / lab)
    with call.site.shelf.book() as book:
        moved = (before, late_rule_of(book, lab)) != (due, late)
        return set_dates(book, lab, due, late, LateRule(course), decisions), moved


def _late_rule(call: Call) -> LabRule | None:
    """Return the rule that a form sets, None where it leaves the course's. Raises CourseError."""
    percent, days = (call.form.get(name, "").strip() for name in ("late_percent", "late_days"))
    if not percent and not days:
        return None
    return LabRule(
        percent=_number(percent or "0"),
        most=_number(call.form.get("late_most", "").strip() or "100"),
        days=_number(days) if days else None,
    )


def regrade(call: Call) -> Response:
    """Have all submissions of a lab graded again; where traces stand, no student code runs."""
    lab = _lab(call)
    with call.site.database.write() as connection:
        count = queue.regrade(connection, lab, call.now)
        call.note(connection, "regrade", lab, str(count))
    call.site.wake()
    return call.to("/queue")


def export(call: Call) -> Response:
    """Give the scores as a table."""
    lab = _lab(call)
    found = call.site.shelf.standings(lab)
    with call.site.shelf.book() as book, contextlib.suppress(CourseError):
        note_export(book, lab, "csv", found)
    with call.site.database.write() as connection:
        call.note(connection, "export", lab)
    return download(plain_csv(found).encode(), f"{lab}.csv", "text/csv; charset=utf-8")


def everything(call: Call) -> Response:
    """Give all submissions of a lab, as nbgrader lays them out, a folder an attempt."""
    lab = _lab(call)
    with call.site.database.write() as connection:
        found = receipts(connection, lab)
        call.note(connection, "download", lab)
    return download(zipped(call.site.database, found), f"{lab}.zip", "application/zip")


def queue_page(call: Call) -> Response:
    """Show what waits, runs, and failed."""
    with call.site.database.read() as connection:
        jobs = queue.unfinished(connection)
        waiting, pace = queue.lengths(connection), queue.pace(connection)
    return page(call, "queue", jobs=jobs, waiting=waiting, pace=pace)


def retry(call: Call) -> Response:
    """Try a job again that was given up."""
    number = call.params["number"]
    if not number.isdigit() or len(number) > 18:
        raise nowhere()
    with call.site.database.write() as connection:
        queue.retry(connection, int(number), call.now)
        call.note(connection, "retry", number)
    call.site.wake()
    return call.to("/queue")


_LAB = "/class/{lab}"
DOORS = (
    Door(method="GET", path="/class", handler=class_index, roles=STAFF),
    Door(method="GET", path=_LAB, handler=class_lab, roles=STAFF),
    Door(method="GET", path=f"{_LAB}/report", handler=report, roles=STAFF),
    Door(method="GET", path=f"{_LAB}/students/{{student}}", handler=student_page, roles=STAFF),
    Door(method="POST", path=f"{_LAB}/students/{{student}}", handler=change, roles=STAFF),
    Door(method="POST", path=f"{_LAB}/policy", handler=set_policy, roles=INSTRUCTOR),
    Door(method="POST", path=f"{_LAB}/regrade", handler=regrade, roles=INSTRUCTOR),
    Door(method="GET", path=f"{_LAB}/scores.csv", handler=export, roles=STAFF),
    Door(method="GET", path=f"{_LAB}/files.zip", handler=everything, roles=INSTRUCTOR),
    Door(method="GET", path="/queue", handler=queue_page, roles=STAFF),
    Door(method="POST", path="/queue/{number}", handler=retry, roles=STAFF),
)
