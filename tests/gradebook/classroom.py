"""A class of sixty as five systems have it: archives and tables, in three languages.

Two are of one name; ids of one system are others' ids in another; Moodle numbers people anew in each
assignment. Everything is made from ``Pupil``, which says what is true.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence

COUNT = 60
TWINS = (17, 18)  # of one name
POINTS = 10.0


@dataclasses.dataclass(frozen=True)
class Pupil:
    """One person, and what each system calls them."""

    place: int

    @property
    def login(self) -> str:
        return f"s{self.place:02}"

    @property
    def email(self) -> str:
        return f"{self.login}@example.org"

    @property
    def first(self) -> str:
        return "A" if self.place in TWINS else f"N{self.place}"

    @property
    def last(self) -> str:
        return "Student-17" if self.place in TWINS else f"Student-{self.place:02}"

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def canvas(self) -> str:
        return str(1000 + self.place)

    @property
    def number(self) -> str:
        """The institution's: for each, the Canvas number of somebody else."""
        return str(1000 + (self.place + 7) % COUNT)

    @property
    def brightspace(self) -> str:
        return str(1000 + (self.place + 13) % COUNT)

    def participant(self, lab: str) -> str:
        """Moodle's: in each lab, the Canvas number of another."""
        return str(1000 + (self.place * 7 + len(lab)) % COUNT)

    def score(self, lab: str) -> float | None:
        """What is deserved; every tenth hands in nothing."""
        if (self.place + len(lab)) % 10 == 0:
            return None
        return float((self.place * 3 + len(lab)) % 9 + 1)


CLASS = tuple(Pupil(place) for place in range(COUNT))


def table(rows: Iterable[Sequence[str]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return stream.getvalue().encode(encoding)


def canvas_table(labs: Sequence[str]) -> bytes:
    titles = [f"{lab.title()} ({n})" for n, lab in enumerate(labs, 70)]
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles, "Final Score"]
    points = ["    Points Possible", "", "", "", "", *["100"] * len(labs), "(read only)"]
    lines = [
        [f"{p.last}, {p.first}", p.canvas, p.number, p.login, "A", *[""] * len(labs), "50"]
        for p in CLASS
    ]
    test = ["Student, Test", "9999", "", "ab" * 20, "A", *[""] * len(labs), ""]
    return table([head, points, *lines, test])


GERMAN = [
    "ID",
    "Vollständiger Name",
    "E-Mail-Adresse",
    "Status",
    "Bewertung",
    "Bestwertung",
    "Bewertung kann geändert werden",
    "Zuletzt geändert (Abgabe)",
    "Zuletzt geändert (Bewertung)",
    "Feedback als Kommentar",
]
SPANISH = [
    "Identificador",
    "Nombre completo",
    "Dirección de correo",
    "Estado",
    "Calificación",
    "Calificación máxima",
    "La calificación puede ser cambiada",
    "Última modificación (entrega)",
    "Última modificación (calificación)",
    "Comentarios de retroalimentación",
]


def moodle_german(lab: str) -> bytes:
    lines = [
        [
            f"Teilnehmer/in{p.participant(lab)}",
            p.full,
            p.email,
            *("Abgegeben", "", "20,00", "Ja", "-", "-", ""),
        ]
        for p in CLASS
    ]
    return table([GERMAN, *lines], ";", "cp1252")


def moodle_spanish(lab: str) -> bytes:
    lines = [
        [
            f"Participante {p.participant(lab)}",
            p.full,
            p.email.upper(),
            *("Enviado", "", "20,00", "Sí", "-", "-", ""),
        ]
        for p in reversed(CLASS)
    ]
    return table([SPANISH, *lines], "\t", "utf-16")


def gradescope_table() -> bytes:
    head = ["First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points"]
    return table([head, *([p.first, p.last, p.number, p.email, "A", "", "10"] for p in CLASS)])


def blackboard_table(labs: Sequence[str]) -> bytes:
    titles = [f"{lab} [Gesamtpunkte: 50 Punkte] |{n}" for n, lab in enumerate(labs, 70)]
    head = ["Nachname", "Vorname", "Benutzername", "Matrikelnummer", "Zugriff", "Da", *titles]
    lines = [[p.last, p.first, p.login, f"9{p.number}", "", "Ja", *[""] * len(labs)] for p in CLASS]
    return table([head, *lines], "\t", "utf-16")


def brightspace_table(labs: Sequence[str]) -> bytes:
    titles = [f"{lab} Points Grade <Numeric MaxPoints:10 Weight:1>" for lab in labs]
    head = ["OrgDefinedId", "Username", "Last Name", "First Name", "Email", *titles]
    lines = [
        [f"#{p.number}", f"#{p.login}", p.last, p.first, p.email, *[""] * len(labs), "#"]
        for p in CLASS
    ]
    return table([[*head, "End-of-Line Indicator"], *lines])


Named = Callable[[Pupil, str], str]
NAMES: dict[str, Named] = {
    "canvas": lambda p, lab: (
        f"{p.last}{p.first}".lower().replace("-", "") + f"_{p.canvas}_{5000 + p.place}_{lab}.py"
    ),
    "moodle": lambda p, lab: f"{p.full}_{p.participant(lab)}_assignsubmission_file/{lab}.py",
    "gradescope": lambda p, lab: f"assignment_9_export/submission_{p.place}/{lab}.py",
    "blackboard": lambda p, lab: f"{lab} 1_{p.login}_attempt_2026-10-01-11-00-00_{lab}.py",
    "brightspace": lambda p, lab: f"{p.brightspace}-77 - {p.full} - Oct 1, 2026 1100 AM/{lab}.py",
}


def archive(system: str, lab: str) -> bytes:
    """Return what a system gives of those who handed in."""
    there = [p for p in CLASS if p.score(lab) is not None]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for pupil in there:
            made.writestr(NAMES[system](pupil, lab), f"# {pupil.login} {lab}")
        if system == "gradescope":
            lines = "".join(
                f"submission_{p.place}:\n  :submitters:\n  - :name: {p.full}\n    :sid: '{p.number}'\n"
                f"    :email: {p.email}\n  :created_at: 2026-10-01 10:00:00 Z\n"
                for p in there
            )
            made.writestr("assignment_9_export/submission_metadata.yml", lines)
    return packed.getvalue()
