"""A sentence as it is stored: its code and its values. It becomes words only when it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, Union

import msgspec

Value: TypeAlias = Union[str, int, float, "Text", tuple["Text", ...]]


class Text(msgspec.Struct, frozen=True, omit_defaults=True):
    """A code of the catalogue, and what its sentence names.

    ``n`` among the values chooses singular or plural. A value may be a text itself, or several:
    they are joined as the language joins a list. The empty code is no sentence; it is false.
    """

    code: str = ""
    values: dict[str, Value] = {}

    def __bool__(self) -> bool:
        return bool(self.code)

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted(self.values))))

    def codes(self) -> set[str]:
        """Return the code of this text and of all texts in it."""
        return {one.code for one in self.parts()}

    def values_in(self) -> Iterator[Value]:
        """Yield the values of this text and of all texts in it, but for those texts."""
        for one in self.parts():
            yield from (v for v in one.values.values() if not isinstance(v, (Text, tuple)))

    def parts(self) -> Iterator[Text]:
        """Yield this text and all texts in it."""
        yield self
        for value in self.values.values():
            for inner in value if isinstance(value, tuple) else (value,):
                if isinstance(inner, Text):
                    yield from inner.parts()


NOTHING = Text()
VERBATIM = "verbatim"


def text(code: str, **values: Value) -> Text:
    """Return the text of a code of the catalogue."""
    return Text(code, values)


def verbatim(words: str) -> Text:
    """Return words that no catalogue has: a teacher's own sentence, a line of an old record."""
    return Text(VERBATIM, {"words": words}) if words else NOTHING
