"""Records that contain texts, as JSON: shown with sentences, read back with codes.

A record is shown as an object whose sentences are strings in the language in use. Their codes and
values stand beside them, under ``texts``, so that the object can be read back and said in another
language. Without them, as in what earlier versions wrote, a sentence stays as it is.
"""

from __future__ import annotations

from typing import Any

import msgspec

from autograder.words.catalogue import say
from autograder.words.text import Text

TEXTS = "texts"
SENTENCES = frozenset({"message", "hint", "departure", "help"})
LISTS = frozenset({"notes"})
"""Keys that contain a text, or a list of texts."""


def said(record: msgspec.Struct) -> dict[str, Any]:
    """Return a record's keys and values for JSON, with sentences in the language in use."""
    shown: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    for key in record.__struct_fields__:
        value = getattr(record, key)
        if isinstance(value, Text):
            shown[key] = say(value)
        elif isinstance(value, tuple) and value and isinstance(value[0], Text):
            shown[key] = [say(one) for one in value]
        elif isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
            shown[key] = [said(one) for one in value]
            continue
        else:
            shown[key] = msgspec.to_builtins(value)
            continue
        if value:
            texts[key] = msgspec.to_builtins(value)
    return shown | {TEXTS: texts} if texts else shown


def unsaid(shown: Any) -> Any:
    """Return what :func:`said` returned, or what was stored with sentences, with texts in it."""
    if isinstance(shown, list):
        return [unsaid(one) for one in shown]
    if not isinstance(shown, dict):
        return shown
    texts = shown.get(TEXTS)
    texts = texts if isinstance(texts, dict) else {}
    found = {}
    for key, value in shown.items():
        if key == TEXTS:
            continue
        if key in SENTENCES:
            found[key] = texts.get(key) or _verbatim(value)
        elif key in LISTS and isinstance(value, list):
            found[key] = texts.get(key) or [_verbatim(one) for one in value]
        else:
            found[key] = unsaid(value) if isinstance(value, list) else value
    return found


def _verbatim(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return {"code": "verbatim", "values": {"words": value}} if value else {}
