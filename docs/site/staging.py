"""Lay out what the site is built of: pages, pages from the top folder, and files they link to.

The repository is read on its own as well, so its links are those of a repository: to files beside
docs/, to folders. Here each becomes a link to a page of the site, or an error that names it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from derived import TABLES

ADOPTED: Mapping[str, str] = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security-policy.md",
    "CHANGELOG.md": "project/changelog.md",
    "LICENSE": "project/licence.md",
    "docs/pictures/README.md": "pictures/index.md",
    "docs/adr": "adr/index.md",
}
"""Where on the site files of other names or places are; README leads to the home page."""
LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)\s]+)(?P<after>(?:\s+\"[^\"]*\")?\))")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#")
TABLE = re.compile(r"^<!-- table: (?P<name>[a-z-]+) -->$")
FENCE = re.compile(r"^\s*(```|~~~)")
INCLUDED = re.compile(r"^<!-- file: (?P<path>\S+) -->$")
LANGUAGES = {".py": "python", ".yml": "yaml", ".json": "json", ".toml": "toml", "": "text"}


class StagingError(Exception):
    """A link leads nowhere, or a table has no maker. The text names the page."""


class Stage:
    """The folder of pages that one build works on."""

    def __init__(self, root: Path, pages: Path) -> None:
        self.root = root
        self.pages = pages
        self._quoted: dict[str, Path] = {}

    def lay(self) -> None:
        """Write all pages. Raises StagingError."""
        docs = self.root / "docs"
        for path in sorted(docs.rglob("*")):
            inside = path.relative_to(docs)
            if not path.is_file() or inside.parts[0] == "site" or "__pycache__" in inside.parts:
                continue
            if path.suffix == ".md":
                self._page(path)
            else:
                self._copy(path, inside.as_posix())
        for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"):
            self._page(self.root / name)
        self._quote("LICENSE", ADOPTED["LICENSE"], "Licence")
        for name in ("extra.css", "iframe-worker.js"):
            self._copy(docs / "site" / name, f"site/{name}")
        self._write("adr/index.md", decisions(docs / "adr"))
        for address, path in self._quoted.items():
            name = path.relative_to(self.root).as_posix()
            self._quote(name, address, f"`{name}`")

    def address(self, path: Path) -> str:
        """Return where on the site a file of the repository is, as a path below the pages."""
        name = path.relative_to(self.root).as_posix()
        if name in ADOPTED:
            return ADOPTED[name]
        if name.startswith("docs/") and not name.startswith("docs/site/"):
            return name.removeprefix("docs/")
        address = f"files/{name}.md"
        self._quoted[address] = path
        return address

    def _page(self, path: Path) -> None:
        address = self.address(path)
        text = path.read_text(encoding="utf-8")
        lines, fenced = [], False
        for line in text.splitlines():
            if FENCE.match(line):
                fenced = not fenced
            code = fenced or line.startswith("    ")
            lines.append(line if code else self._mend(line, path, address))
        self._write(address, "\n".join(lines) + "\n")

    def _mend(self, line: str, path: Path, address: str) -> str:
        """Return a line with its links led to pages, its tables made, its files put in."""

        def lead(link: re.Match[str]) -> str:
            return f"{link['before']}{self._lead(link['target'], path, address)}{link['after']}"

        def make(table: re.Match[str]) -> str:
            if table["name"] not in TABLES:
                raise StagingError(f"{path}: there is no table {table['name']!r}")
            return TABLES[table["name"]]()

        def put(file: re.Match[str]) -> str:
            found = path.parent / file["path"]
            if not found.is_file():
                raise StagingError(f"{path}: {file['path']}: no such file")
            return fence(found)

        return INCLUDED.sub(put, TABLE.sub(make, LINK.sub(lead, line)))

    def _lead(self, target: str, path: Path, address: str) -> str:
        """Return a link's target as seen from a page of the site."""
        if ELSEWHERE.match(target):
            return target
        name, hash_, anchor = target.partition("#")
        found = Path(os.path.normpath(path.parent / name))
        if not found.is_relative_to(self.root) or not found.exists():
            raise StagingError(f"{path.relative_to(self.root)}: {target}: no such file")
        if found.is_dir() and found.relative_to(self.root).as_posix() not in ADOPTED:
            raise StagingError(f"{path.relative_to(self.root)}: {target}: a folder, not a file")
        leads = os.path.relpath(self.address(found), Path(address).parent)
        return f"{Path(leads).as_posix()}{hash_}{anchor}"

    def _quote(self, name: str, address: str, title: str) -> None:
        self._write(address, f"# {title}\n\n{fence(self.root / name)}\n")

    def _copy(self, path: Path, address: str) -> None:
        target = self.pages / address
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)

    def _write(self, address: str, text: str) -> None:
        target = self.pages / address
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def fence(path: Path) -> str:
    """Return a file as a block of code, fenced by more backticks than are in it."""
    text = path.read_text(encoding="utf-8").rstrip("\n")
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    bar = "`" * max(3, longest + 1)
    return f"{bar}{LANGUAGES.get(path.suffix, 'text')}\n{text}\n{bar}"


def decisions(folder: Path) -> str:
    """Return the page that lists the decisions, by number."""
    rows = ["# Decisions", "", "What was decided, and why. Later ones may narrow earlier ones.", ""]
    for path in sorted(folder.glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        number, _, words = title.partition(". ")
        rows.append(f"- {int(number):04} [{words}]({path.name})")
    return "\n".join(rows) + "\n"
