"""Read the built pages again: no link leads nowhere, and nothing is fetched from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
QUIET = {"canonical", "prev", "next", "edit"}  # relations that a browser does not fetch
REMOTE = re.compile(r"(?:@import\s+|url\()\s*['\"]?(?:https?:)?//")


class Page(HTMLParser):
    """What a page names: its anchors, its links, what a browser fetches for it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element names."""
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[key] for key in ("id", "name") if key in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        source = FETCHED.get(tag)
        if source in values and values.get("rel", "") not in QUIET:
            self.fetched.append(values[source])


def problems(html: Path) -> Iterator[str]:
    """Yield a line for each link without an end and each thing that needs a network."""
    root = html.resolve()
    pages = {p: Page(p.read_text(encoding="utf-8")) for p in sorted(root.rglob("*.html"))}
    for path, page in pages.items():
        where = path.relative_to(root)
        for target in page.fetched:
            if urlsplit(target).netloc:
                yield f"{where}: fetches {target}"
        if where.name != "404.html":  # its links are absolute: nobody knows where it is shown
            for target in [*page.links, *page.fetched]:
                problem = _end(target, path, pages)
                if problem:
                    yield f"{where}: {target}: {problem}"
    for path in sorted(root.rglob("*.css")):
        if REMOTE.search(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(root)}: fetches something"


def _end(target: str, path: Path, pages: Mapping[Path, Page]) -> str:
    """Return what is wrong with where a link of the site leads, or nothing."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return ""
    found = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    found = found / "index.html" if found.is_dir() else found
    if not found.is_file():
        return "no such page"
    if parts.fragment and found in pages and unquote(parts.fragment) not in pages[found].anchors:
        return "no such anchor"
    return ""
