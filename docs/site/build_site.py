"""Build the documentation site, strictly: ``make docs``.

Stages the pages, has Zensical build them, and reads the result again. Any broken link, stale file
or thing that a page would fetch from elsewhere ends it with exit code 1. Needs no network.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from links import problems
from staging import Stage, StagingError

from autograder.grading.record import results_schema

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs" / "reference" / "results.schema.json"
SHIM = "https://unpkg.com/iframe-worker/shim"  # what the plugin "offline" would have pages fetch
OUR_SHIM = "site/iframe-worker.js"


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, or write what is kept in the repository and made by code."""
    parser = argparse.ArgumentParser(description="Build the documentation site.")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="folder of pages")
    parser.add_argument("--write", action="store_true", help="write results.schema.json, no site")
    options = parser.parse_args(arguments)
    if options.write:
        SCHEMA.write_text(schema_text(), encoding="utf-8")
        return 0
    with tempfile.TemporaryDirectory(prefix="autograder-site-") as name:
        try:
            wrong = build(Path(name).resolve(), options.out)
        except StagingError as error:
            wrong = [str(error)]
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        print(options.out / "index.html")
    return 1 if wrong else 0


def build(work: Path, out: Path) -> list[str]:
    """Build the site into ``out``; return what is wrong with it. Raises StagingError."""
    if SCHEMA.read_text(encoding="utf-8") != schema_text():
        return [f"{SCHEMA.relative_to(ROOT)} is stale: python docs/site/build_site.py --write"]
    Stage(ROOT, work / "pages").lay()
    settings = (ROOT / "docs" / "site" / "mkdocs.yml").read_text(encoding="utf-8")
    (work / "mkdocs.yml").write_text(settings.replace("REPOSITORY", str(ROOT)), encoding="utf-8")
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    done = subprocess.run(
        [*command, "--config-file", str(work / "mkdocs.yml")],
        cwd=work,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return [*_told(done.stdout), *_told(done.stderr)]
    fetch_nothing(work / "html")
    wrong = list(problems(work / "html"))
    if not wrong:
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(work / "html", out)
    return wrong


def fetch_nothing(html: Path) -> None:
    """Have pages take the shim for search from the site itself."""
    for path in html.rglob("*.html"):
        ours = Path(os.path.relpath(html / OUR_SHIM, path.parent)).as_posix()
        path.write_text(path.read_text(encoding="utf-8").replace(SHIM, ours), encoding="utf-8")


def schema_text() -> str:
    """Return the text of the published schema."""
    return json.dumps(results_schema(), indent=2, ensure_ascii=False) + "\n"


def _told(text: str) -> list[str]:
    """Return what a program said, without the frames of its own traceback."""
    lines = text.partition("Traceback (most recent call last)")
    return [line for line in (lines[0] + lines[2][-300:]).splitlines() if line.strip()]


if __name__ == "__main__":
    sys.exit(main())
