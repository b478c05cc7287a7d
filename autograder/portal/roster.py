"""The people of a portal: links for students and colleagues, the log, forgetting somebody."""

from __future__ import annotations

import csv
import io

from nbgrader.api import Student
from sqlalchemy import Connection, select
from starlette.responses import Response

from autograder.export.text import safe
from autograder.gradebook.book import Book
from autograder.portal.forgetting import forget_everywhere
from autograder.portal.guard import INSTRUCTOR, Call, Door, Refused, nowhere
from autograder.portal.people import (
    ROLES,
    Person,
    end_all,
    grant,
    people,
    require_student_id,
    staff_person,
    student_person,
)
from autograder.portal.render import page
from autograder.portal.student import download
from autograder.portal.tables import AUDIT
from autograder.words.catalogue import say

LINES = 500


def students_of(book: Book) -> dict[str, str]:
    """Return the names of all students of the course by their ids."""
    with book.transaction() as session:
        found = session.scalars(select(Student).order_by(Student.id))
        return {
            one.id: " ".join(part for part in (one.first_name, one.last_name) if part)
            for one in found
        }


def link_of(connection: Connection, base: str, person: Person, now: float) -> str:
    """Return a new personal link. It is shown once."""
    return f"{base}/in/{grant(connection, person, 'link', now)}"


def people_page(call: Call) -> Response:
    """Show everybody, with the links that work."""
    with call.site.shelf.book() as book:
        roster = students_of(book)
    with call.site.database.read() as connection:
        known = people(connection)
    here = {person.student for person, _ in known}
    rest = [(student, name) for student, name in roster.items() if student not in here]
    return page(call, "people", known=known, rest=rest, roles=ROLES)


def add_link(call: Call) -> Response:
    """Make a link for a student or a colleague, and show it once."""
    role, name = call.form.get("role", "student"), call.form.get("name", "").strip()[:200]
    if role not in ROLES or not name:
        raise Refused(400, "portal-form-broken", megabytes=0)
    with call.site.shelf.book() as book:
        roster = students_of(book)
    with call.site.database.write() as connection:
        if role == "student":
            person = student_person(
                connection, require_student_id(name), roster.get(name, ""), call.now
            )
        else:
            person = staff_person(connection, role, name, call.now)
        link = link_of(connection, call.site.base, person, call.now)
        call.note(connection, "link", person.student or person.name, role)
    return page(call, "secret", said=say("portal-link-said"), secrets=[(person.name, link)])


def links_for_all(call: Call) -> Response:
    """Make a link for every student of the course: a table to send them from."""
    stream = io.StringIO()
    table = csv.writer(stream)
    table.writerow(("student", "name", "link"))
    with call.site.shelf.book() as book:
        roster = students_of(book)
    with call.site.database.write() as connection:
        for student, name in roster.items():
            person = student_person(connection, student, name, call.now)
            link = link_of(connection, call.site.base, person, call.now)
            table.writerow((safe(student), safe(name), link))
        call.note(connection, "links", "", str(len(roster)))
    return download(stream.getvalue().encode(), "links.csv", "text/csv; charset=utf-8")


def _person(call: Call, connection: Connection) -> Person:
    wanted = call.params["person"]
    found = next((one for one, _ in people(connection) if one.id == wanted), None)
    if found is None:
        raise nowhere()
    return found


def revoke(call: Call) -> Response:
    """End all links, tokens and sessions of somebody."""
    with call.site.database.write() as connection:
        person = _person(call, connection)
        end_all(connection, person.id)
        call.note(connection, "revoke", person.student or person.name)
    return call.to("/people")


def forget(call: Call) -> Response:
    """Remove a student and everything of theirs, once the id was typed."""
    with call.site.database.read() as connection:
        person = _person(call, connection)
    if not person.student or call.form.get("really", "").strip() != person.student:
        raise Refused(400, "portal-forget-type")
    count = forget_everywhere(call.site, person.student)
    with call.site.database.write() as connection:
        call.note(connection, "forget", "", str(count))
    return call.to("/people")


def log(call: Call) -> Response:
    """Show the audit log, the newest line first."""
    wanted = select(AUDIT).order_by(AUDIT.c.number.desc()).limit(LINES)
    with call.site.database.read() as connection:
        lines = connection.execute(wanted).all()
    return page(call, "log", lines=lines)


DOORS = (
    Door(method="GET", path="/people", handler=people_page, roles=INSTRUCTOR),
    Door(method="POST", path="/people", handler=add_link, roles=INSTRUCTOR),
    Door(method="POST", path="/people/links", handler=links_for_all, roles=INSTRUCTOR),
    Door(method="POST", path="/people/{person}/revoke", handler=revoke, roles=INSTRUCTOR),
    Door(method="POST", path="/people/{person}/forget", handler=forget, roles=INSTRUCTOR),
    Door(method="GET", path="/log", handler=log, roles=INSTRUCTOR),
)
