"""Mistakes that show in what happened, whatever function they are in: the ids that have words.

The catalogue has a sentence for each: ``happened-<id>``, and others for where it happened.
"""

from __future__ import annotations

HAPPENED = (
    "not-implemented",
    "wrong-signature",
    "name-missing",
    "unknown-name",
    "shadowed-name",
    "syntax-error",
    "import-error",
    "infinite-loop",
    "fixed-iterations",
    "too-slow",
    "waits-forever",
    "memory-exhausted",
    "output-flood",
    "program-ended",
    "wrong-dtype",
    "mixed-dtype",
    "caret-power",
    "shapes-apart",
    "dimensions-missing",
    "not-a-tensor",
    "leaf-changed-in-place",
    "prediction-outside-loop",
    "zeroed-before-first-backward",
    "gradient-zeroed-before-update",
    "backward-missing",
    "graph-broken",
    "returns-nothing",
    "parameter-reassigned",
    "shadowed-parameter",
    "parameters-untouched",
    "data-from-outside",
    "not-called",
    "parameter-default",
    "name-hidden",
    "function-not-called",
    "gradient-not-a-tensor",
    "not-iterable",
    "wrong-unpacking",
    "not-a-module",
    "other-parameters",
    "not-a-number",
    "not-indexable",
    "index-out-of-range",
    "numpy-of-graph",
    "backward-of-many",
    "number-of-many",
    "wrong-arguments",
    "not-a-function",
    "not-probabilities",
    "targets-beyond",
    "nothing-to-optimize",
    "super-not-called",
    "list-replaced",
    "result-is-none",
    "unknown-attribute",
    "gradient-of-other",
    "gradient-is-none",
    "backward-inside",
    "made-anew",
    "loss-recorded-as-object",
    "losses-missing",
)
"""Mistakes of what happens rather than of numbers; most can be in any function.

Values of the sentences: ``name`` is what the function is called to students, ``wanted`` what they
must define for it, ``after`` how long it was let run.
"""

NAMED = ("unknown-name", "shadowed-name", "wrong-arguments", "result-is-none", "unknown-attribute")
"""Those that say more where the name is known that it is about: ``happened-<id>-named``."""

IN_A_CELL = (
    "not-implemented",
    "syntax-error",
    "import-error",
    "infinite-loop",
    "too-slow",
    "waits-forever",
    "memory-exhausted",
    "output-flood",
    "program-ended",
    "name-missing",
)
"""The same where it happened in a cell that would have defined ``missing``: ``cell-<id>``."""

AT_THE_START = ("too-slow", "memory-exhausted", "output-flood")
"""The same where it ended the process before any function was called: ``start-<id>``."""

AT_THE_END = ("fixed-iterations", "too-slow")
"""The same where it ended the process while a function was tried: ``end-<id>``."""

Told = tuple[str, tuple[str, ...]]
"""The beginning of codes in the catalogue, and the ids that there is one for."""
IN_A_FUNCTION: Told = ("happened", HAPPENED)
CELL: Told = ("cell", IN_A_CELL)
START: Told = ("start", AT_THE_START)
END: Told = ("end", AT_THE_END)
