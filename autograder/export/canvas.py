"""Canvas: fill in the file of *Gradebook → Export*, for *Import*.

A student's id is the column "ID", as in Canvas's bulk downloads; "SIS User ID" and "SIS Login ID"
are taken, too. The row "Points Possible" and other columns stay as they are.

Source: https://community.canvaslms.com/t5/Instructor-Guide (How do I import grades in the
Gradebook?).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograder.errors import CourseError
from autograder.export.roster import Filled, Roster
from autograder.export.text import number
from autograder.grading.standing import Standing

SOURCE = "Canvas makes by Gradebook → Export"
IDS = ("ID", "SIS User ID", "SIS Login ID")


def fill_canvas(roster: Roster, standings: Sequence[Standing], column: str) -> Filled:
    """Return the table with scores in the assignment's column, and who is not in it.

    Those on whom nobody has decided are left blank. ``column`` is the column's whole title, such as
    ``Slope (1234)``, or its part before the number. Raises CourseError.
    """
    roster.column("ID", source=SOURCE)
    ids = [roster.header.index(name) for name in IDS if name in roster.header]
    place = _assignment(roster.header, column)
    by_id = {standing.student: standing for standing in standings}
    missing = {standing.student for standing in standings if not standing.undecided}
    filled = lines = 0
    for row in roster.rows:
        names = [row[i].strip() for i in ids]
        lines += any(names)  # "Points Possible" has none
        student = next((name for name in names if name in by_id), None)
        if student is not None:
            filled += not by_id[student].undecided
            missing.discard(student)
            row[place] = number(by_id[student].score)
    return Filled(roster.text(), filled, lines, sorted(missing))


def _assignment(header: Sequence[str], column: str) -> int:
    found = [i for i, title in enumerate(header) if title in _titles(title, column)]
    if len(found) != 1:
        titles: Mapping[str, None] = dict.fromkeys(t for t in header if t.endswith(")"))
        problem = "no such column" if not found else "several such columns"
        raise CourseError(f"--column {column}: {problem}; assignments there: {', '.join(titles)}")
    return found[0]


def _titles(title: str, column: str) -> tuple[str, ...]:
    """Return what the title would be, given whole or without the number behind it."""
    bare = title.rpartition(" (")[0] if title.endswith(")") else title
    return (column, title) if bare == column else (column,)
