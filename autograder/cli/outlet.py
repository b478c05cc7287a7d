"""Keep standard output for what a command prints, and nothing else in its process."""

from __future__ import annotations

import io
import os
import sys

OUTPUT, ERRORS = 1, 2


def own_output() -> None:
    """Give ``sys.stdout`` a descriptor of its own; what others write to 1 goes to stderr.

    Native libraries do: LAPACK, for one, tells of a NaN there, in the middle of JSON lines. The C
    library may keep their text to the end of the process, so this is not taken back.
    """
    stream = sys.stdout
    if not isinstance(stream, io.TextIOWrapper):
        return
    try:
        if stream.fileno() != OUTPUT:
            return
        stream.flush()
        own = os.dup(OUTPUT)
        os.dup2(ERRORS, OUTPUT)
    except OSError:  # one of them is closed, or full
        return
    sys.stdout = io.TextIOWrapper(
        os.fdopen(own, "wb", 0 if stream.write_through else -1),  # as Python does
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
