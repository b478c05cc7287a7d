"""Remove a student: what the portal has, the gradebook, and the course folder."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from autograder.errors import CourseError
from autograder.gradebook.forgetting import forget_files
from autograder.gradebook.identity import folders_of, people_of
from autograder.gradebook.students import forget
from autograder.portal.queue import is_running
from autograder.portal.site import Site
from autograder.portal.tables import AUDIT, COLUMN, JOB, OUTBOX, PERSON, SECRET, SUBMISSION
from autograder.words.catalogue import say


def forget_everywhere(site: Site, student: str) -> int:
    """Remove a student and all that was stored; return how many files and folders went.

    First goes what grading and signing in go by, so that nothing new comes in meanwhile. The person
    goes last: what is cut short is done again. Raises CourseError, while a submission of theirs
    runs, or a lab is graded by somebody else.
    """
    with site.database.write() as connection:
        if is_running(connection, student, site.clock()):
            raise CourseError(say("portal-forget-running", student=student))
        _forget_work(connection, student)
    with site.shelf.book() as book:
        people = people_of(book)
        names = folders_of(people, student) if student in people.students else [student]
        removed = 0
        for name in names:
            removed += len(forget_files(site.course, name, site.course.graded))
        if student in people.students:
            forget(book, student)
    with site.database.write() as connection:
        forget_rows(connection, student)
    return removed


def forget_rows(connection: Connection, student: str) -> None:
    """Remove a student from the portal's tables; the log keeps that somebody did something."""
    columns = select(COLUMN.c.number).where(COLUMN.c.student == student)
    connection.execute(delete(OUTBOX).where(OUTBOX.c.column.in_(columns)))
    _forget_work(connection, student)
    people = connection.scalars(select(PERSON.c.id).where(PERSON.c.student == student)).all()
    connection.execute(update(AUDIT).where(AUDIT.c.person.in_(people)).values(who="", subject=""))
    subjects = (AUDIT.c.subject == student) | AUDIT.c.subject.startswith(
        f"{student} ", autoescape=True
    )
    connection.execute(update(AUDIT).where(subjects).values(subject="", detail=""))
    for table in (COLUMN, PERSON):
        connection.execute(delete(table).where(table.c.student == student))


def _forget_work(connection: Connection, student: str) -> None:
    people = select(PERSON.c.id).where(PERSON.c.student == student)
    connection.execute(delete(SECRET).where(SECRET.c.person.in_(people)))
    for table in (SUBMISSION, JOB):
        connection.execute(delete(table).where(table.c.student == student))
