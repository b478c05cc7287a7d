"""Plain text that Markdown and HTML show unchanged."""

from __future__ import annotations

import re

_LINK = re.compile(r"\](?=[(\[:])|:(?=//)")  # what Markdown makes links of: [a](b), http://
_START = re.compile(r"^(?=[#>]|[-+*] |\d+[.)] |[-=*_]{3,}\s*$|```|~~~)")
_QUOTES = {ord("<"): "\u2039", ord(">"): "\u203a"}
_SPACE = "\u00a0"  # no mark of a list or a head begins behind it


def unmarked(text: str) -> str:
    """Return a text of one paragraph in which neither Markdown nor HTML sees a link, tag or head.

    Brackets that are none stay as they are, and nothing is escaped: where marks are not rendered,
    escapes would be read.
    """
    shown = _LINK.sub(r"\g<0> ", " ".join(text.split()).translate(_QUOTES))
    return _START.sub(_SPACE, shown)
