"""The site builds strictly, leads nowhere wrong, fetches nothing, and says what the code does."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
import yaml

from autograder.cli.main import build_parser
from autograder.exercise.spec import CHECKS
from autograder.judge.mistakes.failure_messages import HAPPENED
from autograder.judge.mistakes.registry import MISTAKES
from autograder.words.catalogue import say

ROOT = Path(__file__).resolve().parents[2]


def text_of(page: Path) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")))


def pages_of(nav: list | dict | str) -> set[str]:
    """Return the pages that a part of the navigation names."""
    if isinstance(nav, str):
        return {nav}
    parts = nav if isinstance(nav, list) else list(nav.values())
    return set().union(*map(pages_of, parts))


def lay(root: Path, programs: Path, **pages: str) -> Path:
    """Stage a repository of these pages below docs/."""
    from staging import Stage

    (root / "docs" / "site").mkdir(parents=True)
    (root / "docs" / "adr").mkdir()
    for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE"):
        (root / name).write_text(f"# {name}\n")
    for name in ("extra.css", "iframe-worker.js"):
        (root / "docs" / "site" / name).write_bytes((programs / name).read_bytes())
    for name, text in pages.items():
        (root / "docs" / f"{name}.md").write_text(text)
    Stage(root, root / "pages").lay()
    return root / "pages"


def test_the_site_builds_strictly_and_has_a_home_page(site: Path) -> None:
    assert "torch-autograder" in text_of(site / "index.html")


def test_every_page_stands_in_the_navigation() -> None:
    settings = yaml.safe_load((ROOT / "docs" / "site" / "mkdocs.yml").read_text())
    named = pages_of(settings["nav"])
    written = {
        path.relative_to(ROOT / "docs").as_posix()
        for path in (ROOT / "docs").rglob("*.md")
        if path.parent.name not in ("adr", "pictures", "site")
    }
    assert written - named == set()
    adopted = {"adr/index.md", "pictures/index.md"}
    assert {name for name in named - written if not name.startswith("project/")} == adopted


def test_the_site_names_every_mistake_with_what_the_student_reads(site: Path) -> None:
    told = text_of(site / "reference" / "mistakes.html")
    for mistake in MISTAKES:
        assert mistake.id in told
        assert say(mistake.explanation) in told
    assert all(id_ in told for id_ in HAPPENED)


def test_the_site_names_every_command_and_option(site: Path) -> None:
    told = text_of(site / "reference" / "command-line.html")
    commands = next(a for a in build_parser()._actions if hasattr(a, "choices") and a.choices)
    for name, parser in commands.choices.items():
        assert f"autograder {name}" in told
        for action in parser._actions:
            assert all(option in told for option in action.option_strings)
    assert "nbgrader's layout <student>/<lab>/<lab>.ipynb" in told  # no tags, but words


def test_the_site_names_every_check(site: Path) -> None:
    told = text_of(site / "reference" / "checks.html")
    assert all(check in told for check in CHECKS)


def test_the_site_has_the_docstrings_of_what_is_public(site: Path) -> None:
    told = text_of(site / "reference" / "python.html")
    for name in ("check", "Exercise", "Functions", "Module", "Grade", "plot_error_surfaces"):
        assert name in told
    assert "Check one function, one check, or all" in told


def test_a_link_that_leads_nowhere_ends_the_build(tmp_path: Path, programs: Path) -> None:
    from staging import StagingError

    with pytest.raises(StagingError, match=r"docs/a\.md: nothing\.md: no such file"):
        lay(tmp_path, programs, a="# A\n\nsee [it](nothing.md)\n")


def test_the_readme_leads_to_files_that_are_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text)]
    assert len(targets) > 15
    assert [t for t in targets if "://" not in t and not (ROOT / t).exists()] == []


def test_a_link_out_of_the_repository_ends_the_build(tmp_path: Path, programs: Path) -> None:
    from staging import StagingError

    with pytest.raises(StagingError, match="no such file"):
        lay(tmp_path, programs, a="# A\n\nsee [it](../../../../../etc/passwd)\n")


def test_a_link_to_a_file_beside_docs_leads_to_a_page_that_shows_it(
    tmp_path: Path, programs: Path
) -> None:
    (tmp_path / "spec.py").write_text("answer = 42\n")
    pages = lay(tmp_path, programs, a="# A\n\n[spec](../spec.py), [who](../SECURITY.md#Report)\n")
    assert "[spec](files/spec.py.md)" in (pages / "a.md").read_text()
    assert "[who](project/security-policy.md#Report)" in (pages / "a.md").read_text()
    assert "```python\nanswer = 42\n```" in (pages / "files" / "spec.py.md").read_text()


def test_what_stands_in_code_is_no_link(tmp_path: Path, programs: Path) -> None:
    text = "# A\n\n```\n[a](nothing.md)\n```\n\n    [b](nothing.md)\n"
    assert (lay(tmp_path, programs, a=text) / "a.md").read_text() == text


def test_a_table_that_nobody_makes_ends_the_build(tmp_path: Path, programs: Path) -> None:
    from staging import StagingError

    with pytest.raises(StagingError, match="there is no table 'nobody'"):
        lay(tmp_path, programs, a="# A\n\n<!-- table: nobody -->\n")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<a href="b.html">', "index.html: b.html: no such page"),
        ('<a href="#here">', "index.html: #here: no such anchor"),
        ('<img src="p.png">', "index.html: p.png: no such page"),
        ('<script src="https://x.example/s.js">', "index.html: fetches https://x.example/s.js"),
        ('<link rel="stylesheet" href="//x.example/s">', "index.html: fetches //x.example/s"),
    ],
)
def test_the_built_pages_are_read_again(
    tmp_path: Path, programs: Path, body: str, problem: str
) -> None:
    from links import problems

    (tmp_path / "index.html").write_text(f'<h1 id="top">{body}</h1><a href="#top">')
    assert list(problems(tmp_path)) == [problem]


def test_a_style_that_fetches_is_found(tmp_path: Path, programs: Path) -> None:
    from links import problems

    (tmp_path / "a.css").write_text("@font-face { src: url(https://x.example/f.woff2) }")
    assert list(problems(tmp_path)) == ["a.css: fetches something"]
