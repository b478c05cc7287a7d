"""How a student's function takes what the lab hands it, and what it asks for beyond that."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from autograder.protocol.trace import Failure
from autograder.worker.fault import plain

_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_OPEN = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
MISSING = inspect.Parameter.empty


@dataclasses.dataclass(frozen=True, kw_only=True)
class Calling:
    """Which parameters take the lab's own arguments, and which get globals of the lab.

    ``extra`` are the latter with their defaults, MISSING where one has none. Without a signature,
    as of a builtin, arguments go by position.
    """

    own: tuple[str, ...] = ()
    extra: Mapping[str, object] = dataclasses.field(default_factory=dict)
    signature: inspect.Signature | None = None

    def call(
        self, function: Callable[..., Any], given: Sequence[object], extra: Mapping[str, object]
    ) -> Any:
        """Call a function with the lab's own arguments and the values of the others."""
        if self.signature is None:
            return function(*given)
        values = dict(zip(self.own, given, strict=True)) | dict(extra)
        ordered = {name: values[name] for name in self.signature.parameters if name in values}
        bound = inspect.BoundArguments(self.signature, ordered)
        return function(*bound.args, **bound.kwargs)

    def routed(self, replacement: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``replacement`` as code calls it that calls the function: by its own parameters.

        What is handed over beyond the lab's own arguments is dropped.
        """
        signature = self.signature
        if signature is None:
            return replacement

        @functools.wraps(replacement)
        def called(*args: Any, **kwargs: Any) -> Any:
            try:
                found = signature.bind(*args, **kwargs).arguments
                given = [found[name] for name in self.own]
            except (TypeError, LookupError):
                return replacement(*args, **kwargs)
            return replacement(*given)

        return called


def calling(
    function: Callable[..., Any],
    count: int,
    is_known: Callable[[inspect.Parameter], bool],
    data: Collection[str],
) -> Calling | str:
    """Return how to call a function with ``count`` arguments, or why it cannot be.

    The arguments go to the first parameters that are not named like globals of the lab; where
    there are too few of those, to those named like its ``data``, then to any. The other parameters
    that are named like globals get these.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # builtins have none
        return Calling()
    parameters = [p for p in signature.parameters.values() if p.kind not in _OPEN]
    places = [p for p in parameters if p.kind in _BY_PLACE]
    unknown = [p for p in places if not is_known(p)]
    arrays = [p for p in places if is_known(p) and p.name in data]
    others = [p for p in places if is_known(p) and p.name not in data]
    own = [p.name for p in sorted((unknown + arrays + others)[:count], key=places.index)]
    rest = [p for p in parameters if p.name not in own]
    if len(own) < count:
        try:
            signature.bind(*range(count))
        except TypeError as error:
            return str(error)
        return Calling()  # *args take them
    for parameter in rest:
        if parameter.default is MISSING and not is_known(parameter):
            return f"missing a required argument: {parameter.name!r}"
    extra = {p.name: p.default for p in rest if is_known(p)}
    if not extra and own == [p.name for p in places[:count]]:
        return Calling()
    return Calling(own=tuple(own), extra=extra, signature=signature)


def cannot_be_called(name: str, function: Callable[..., Any], why: str) -> Failure:
    """Return the failure of a function that asks for something that the lab does not have."""
    text = plain(f"def {name}{inspect.signature(function)}: {why}")
    return Failure(kind="signature", text=text[:300])
