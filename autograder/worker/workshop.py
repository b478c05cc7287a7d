"""Build what the author's files define, in the child: a vocabulary, a loss, an environment.

Nothing here is trusted: student code that ran before may have changed anything.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType, TracebackType
from typing import Any

from autograder.protocol.trace import Failure
from autograder.protocol.value import Made
from autograder.worker.cause import raised_name
from autograder.worker.fault import describe, traceback_of
from autograder.worker.neutral import NEUTRAL
from autograder.worker.subject import Refused
from autograder.worker.tree import write

_FILE = re.compile(r"<fixture ([\w.]+)>")


class Workshop:
    """Makes things by their names. A file is run when it is first needed, anew in each script."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._modules: dict[str, ModuleType] = {}

    def forget(self) -> None:
        """Run every file anew when it is needed again: what a script changed in it is gone."""
        self._modules.clear()

    def make(self, made: Made, arguments: list[Any], named: dict[str, Any]) -> Any:
        """Return what is meant. Raises Refused where the author's file does not give it."""
        if not made.file:
            return NEUTRAL[made.name]
        try:
            thing = getattr(self._module(made.file), made.name)
            if arguments or named or (isinstance(thing, type) and not made.itself):
                return thing(*arguments, **named)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # the author's file may raise anything
            raise Refused(_failure(error, made.file)) from None
        return thing

    def _module(self, file: str) -> ModuleType:
        if file not in self._modules:
            module = ModuleType(f"fixture_{file.removesuffix('.py')}")
            sys.modules[module.__name__] = module  # dataclasses look there
            code = compile(self._files[file], f"<fixture {file}>", "exec", dont_inherit=True)
            exec(code, module.__dict__)  # noqa: S102  # the author's own file, inside the wall
            self._modules[file] = module
        return self._modules[file]


def bind(
    bound: Mapping[str, Made],
    namespace: dict[str, Any],
    aliases: Mapping[str, tuple[str, ...]],
    workshop: Workshop,
) -> None:
    """Bind names of the file's functions to what stands for them, as good as that goes."""
    for name, made in bound.items():
        try:
            stand_in = write(made, {}, workshop.make)
        except Refused as error:
            stand_in = _Broken(error.failure)
        for alias in aliases.get(name, (name,)):
            namespace[alias] = stand_in


@contextmanager
def standing_in(
    bound: Mapping[str, Made],
    namespace: dict[str, Any],
    aliases: Mapping[str, tuple[str, ...]],
    workshop: Workshop,
) -> Iterator[None]:
    """Bind names to what stands for them, and to what they were when the block ends."""
    names = [alias for name in bound for alias in aliases.get(name, (name,))]
    left = {name: namespace[name] for name in names if name in namespace}
    workshop.forget()
    bind(bound, namespace, aliases, workshop)
    try:
        yield
    finally:
        for name in names:
            namespace.pop(name, None)
        namespace.update(left)


class _Broken:
    """Stands where the author's file did not give what should stand for a helper."""

    def __init__(self, failure: Failure) -> None:
        self._failure = failure

    def __call__(self, *_: object, **__: object) -> Any:
        raise Refused(self._failure)


def _failure(error: BaseException, file: str) -> Failure:
    """Return the failure of a file of the author's, with its line where that is known."""
    found = spot_of(traceback_of(error)) or (file, None)
    return Failure(
        kind="fixture",
        text=describe(error).text,
        raised=raised_name(error),
        name=found[0],
        line=found[1],
    )


def spot_of(traceback: TracebackType | None) -> tuple[str, int] | None:
    """Return file and line of the innermost frame, where that lies in a file of the author's."""
    found = None
    while traceback is not None:
        match = _FILE.fullmatch(traceback.tb_frame.f_code.co_filename)
        found = (match[1], traceback.tb_lineno) if match else None
        traceback = traceback.tb_next
    return found
