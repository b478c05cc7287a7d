"""Moodle: fill in the file of *Download grading worksheet*, for *Upload grading worksheet*.

A student's id is the number of "Participant <number>" in the column "Identifier", as in Moodle's
bulk downloads; "ID number", "Username" and "Email address" are taken, too. Grades are scaled to
the worksheet's "Maximum Grade".

Source: ``mod/assign/feedback/offline/importgradeslib.php`` of Moodle and
https://docs.moodle.org/en/Offline_grading_worksheet.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograder.errors import CourseError
from autograder.export.roster import Filled, Roster
from autograder.export.text import safe
from autograder.grading.standing import Standing

SOURCE = "Moodle makes by Download grading worksheet"
OTHER_IDS = ("ID number", "Username", "Email address")
LOCKED = "Grade can be changed"


def fill_moodle(roster: Roster, standings: Sequence[Standing]) -> Filled:
    """Return the worksheet with grades and comments, and who is not in it.

    Those on whom nobody has decided are left blank. Raises CourseError.
    """
    identifier = roster.column("Identifier", source=SOURCE)
    grade = roster.column("Grade", source=SOURCE)
    ids = [roster.header.index(name) for name in OTHER_IDS if name in roster.header]
    by_id = {standing.student: standing for standing in standings}
    missing = {standing.student for standing in standings if not standing.undecided}
    filled = lines = 0
    for row in roster.rows:
        names = [row[identifier].strip().rpartition(" ")[2], *(row[i].strip() for i in ids)]
        lines += any(names)
        student = next((name for name in names if name in by_id), None)
        if student is None:
            continue
        missing.discard(student)
        standing = by_id[student]
        if standing.undecided:
            row[grade] = ""
            continue
        filled += 1
        if LOCKED in roster.header and row[roster.header.index(LOCKED)] == "No":
            raise CourseError(f"{student}: Moodle says that this grade cannot be changed")
        row[grade] = _scaled(standing, _most(roster, row))
        if "Feedback comments" in roster.header and standing.comment:
            row[roster.header.index("Feedback comments")] = safe(standing.comment)
    return Filled(roster.text(), filled, lines, sorted(missing))


def _most(roster: Roster, row: Sequence[str]) -> float | None:
    """Return the worksheet's maximum, None where it gives no number."""
    if "Maximum Grade" not in roster.header:
        return None
    try:
        return float(row[roster.header.index("Maximum Grade")].replace(",", "."))
    except ValueError:
        return None


def _scaled(standing: Standing, most: float | None) -> str:
    if standing.score is None:
        return ""
    if most is None or standing.max_score == 0:
        return f"{standing.score:.2f}"
    return f"{standing.score / standing.max_score * most:.2f}"
