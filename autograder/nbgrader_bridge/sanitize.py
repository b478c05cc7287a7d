"""Make harmless what formgrader shows where the instructor is logged in.

A student's Markdown keeps its words, and shows tags as the text that they are. Our own HTML has a
student's words in it, escaped when it was made; nh3 stands behind that.
"""

from __future__ import annotations

import re

import nh3

SAFE_SCHEMES = ("http://", "https://", "mailto:", "attachment:")
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
APART = "\u200b"  # shows nothing
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_MACRO = re.compile(r"\\(?=(?:href|url|require|style|class|cssId)\b)")  # MathJax's links and styles
_INLINE = re.compile(r"(\]\(\s*)([^\s)]+)")
_DEFINED = re.compile(r"(\]:\s*)(\S+)")


def harmless(text: str) -> str:
    """Return Markdown without tags and without links to anything but pages and addresses.

    Nothing that can be seen changes: a tag shows as the text that it is, a link that is not
    followed as its source.
    """
    text = _TAG.sub(f"<{APART}", text)
    text = _MACRO.sub(f"\\\\{APART}", text)
    for pattern in (_INLINE, _DEFINED):
        text = pattern.sub(_link, text)
    return text


def harmless_html(text: str) -> str:
    """Return HTML of ours with paragraphs as its only tags, and without attributes."""
    return nh3.clean(text, tags={"p"}, attributes={}, link_rel=None)


def _link(found: re.Match[str]) -> str:
    before, target = found.groups()
    plain = not any(character in target for character in ":&\\")  # no scheme, no entity
    if plain or target.lower().startswith(SAFE_SCHEMES):
        return found[0]
    return f"{before[0]}{APART}{before[1:]}{target}"


def pictures_only(attachments: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return the attachments that are pictures of a known kind."""
    kept = {
        name: {kind: data for kind, data in bundle.items() if kind in PICTURES}
        for name, bundle in attachments.items()
    }
    return {name: bundle for name, bundle in kept.items() if bundle}
