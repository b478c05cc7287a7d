"""What an exception shows, as a code: read here, where the exception is.

Python's and PyTorch's words differ between versions; the judge knows codes alone.
"""

from __future__ import annotations

import builtins
import re
from typing import Any

from autograder.protocol.trace import EXCEPTIONS, LONGEST_NAME, Cause

_EXCEPTIONS = {vars(builtins)[name]: name for name in EXCEPTIONS}
_TYPES: tuple[tuple[type[BaseException], Cause], ...] = (
    (ImportError, "import"),
    (SyntaxError, "syntax"),
    (IndexError, "no-place"),
)
_TWO_FLOATS = r"(?i)^(?!.*\b(long|int)\b).*\b(float|double|half)\b.*\b(float|double|half)\b"
_TEXTS: tuple[tuple[str, Cause], ...] = (
    (r"does not require grad and does not have a grad_fn", "cut-off"),
    (r"'(float|int|numpy\.\w+)' object has no attribute 'backward'", "number-backward"),
    (r"leaf Variable that requires grad is being used in an in-place", "leaf-in-place"),
    (r"backward through the graph a second time", "second-backward"),
    (r'is missing the required "forward" function', "no-forward"),
    (r"'NoneType' object has no attribute '(zero_|fill_)'", "none-emptied"),
    (
        (
            r"'NoneType' object has no attribute '(clone|mul|add|sum|mean|norm|clamp)'"
            r"|unsupported operand type\(s\) for [-*/]=?: .*'NoneType'"
            r"|^(sub|add|mul|addcmul)_?\(\).*\bNoneType\b"
        ),
        "none-read",
    ),
    (r"'NoneType' object has no attribute '(data|detach)'", "none-used"),
    (r"^assigned grad expected", "gradient-assigned"),
    (r"object is not callable$", "not-callable"),
    (r"bitwise_xor|unsupported operand type\(s\) for \^=?:", "caret"),
    (r"(Long|Int)(Tensor)?\b.*(Float|mean)|result type Float can't be cast", "whole-numbers"),
    (r"mean\(\): could not infer output dtype", "whole-numbers"),
)
_LATER_TEXTS: tuple[tuple[str, Cause], ...] = (
    (
        (
            r"at least 1D|1D tensors expected|expected both vectors to be|must be a matrix"
            r"|input must have at least|zero-dimensional tensor|of a 0-d tensor"
        ),
        "no-dimensions",
    ),
    (
        (
            r"must match the (existing )?size|shapes cannot be multiplied|not broadcastable"
            r"|inconsistent tensor size|size mismatch|shape mismatch|doesn't match the broadcast"
            r"|different to the input size|is invalid for input of size|must be the same shape"
            r"|Expected size for first two dimensions|to have same number of elements"
        ),
        "shapes-apart",
    ),
    (
        (
            r"(must be Tensor, not|operand type\(s\) for .*) ?'?(builtin_)?"
            r"(function|method)(_or_method)?\b"
            r"|^'(builtin_)?(function|method)(_or_method)?' object is not (iterable|subscriptable)"
        ),
        "not-called",
    ),
    (r"object is not iterable$|^object of type '\w+' has no len|over a 0-d tensor$", "one-only"),
    (r"values to unpack", "parts-differ"),
    (r"^Can't call numpy\(\) on Tensor that requires grad", "numpy-of-graph"),
    (r"created only for scalar outputs|^Mismatch in shape: grad_output", "backward-of-many"),
    (r"cannot be converted to Scalar|^only one element tensors can be", "number-of-many"),
    (r"missing \d+ required (positional|keyword-only) argument", "other-arguments"),
    (r"takes .*positional arguments? but \d+ w", "other-arguments"),
    (r"object is not subscriptable$", "no-parts"),
    (r"^all elements of input should be between 0 and 1", "no-probabilities"),
    (r"^all elements of target should be between 0 and 1", "targets-beyond"),
    (r"^Boolean value of Tensor with more than one value", "number-of-many"),
    (r"^params argument given to the optimizer|^can't optimize a non-leaf", "nothing-to-optimize"),
    (r"before Module\.__init__\(\) call", "no-super"),
    (r"operand type\(s\) for .*'(tuple|list)'|^can't multiply sequence", "parts-used"),
    (r"'NoneType' object has no attribute 'append'", "list-lost"),
    (r"'NoneType'", "result-none"),
    (r"object has no attribute '\w+'", "no-attribute"),
    (r"must be Tensor, not |expected Tensor as element|must be a Tensor", "no-tensor"),
    (r"must have the same dtype|expected (scalar type|m1 and m2)", "whole-numbers"),
)
_UNKNOWN = re.compile(r"^name '(\w+)' is not defined")
_UNBOUND = re.compile(r"'(\w+)'")
_NAMES: dict[Cause, re.Pattern[str]] = {
    "no-attribute": re.compile(r"has no attribute '(\w+)'"),
    "result-none": re.compile(r"has no attribute '(\w+)'"),
    "other-arguments": re.compile(r"(\w+)\(\) (?:missing|takes)"),
}
"""What an exception of a cause speaks of: an attribute, or a function."""


def raised_name(error: BaseException) -> str:
    """Return the name of an exception's class, or of the nearest above it that is Python's own."""
    return next((_EXCEPTIONS[one] for one in type(error).__mro__ if one in _EXCEPTIONS), "")


def cause_of(error: BaseException, words: str) -> tuple[Cause, str]:
    """Return what an exception shows by its type and its ``words``, and the name it speaks of."""
    kind = type(error)
    if issubclass(kind, NameError):
        unbound = issubclass(kind, UnboundLocalError)
        named = (_UNBOUND if unbound else _UNKNOWN).search(words)
        name = named[1] if named and is_name(named[1]) else ""
        cause: Cause = "unbound-name" if unbound else "unknown-name"
        return (cause, name) if name or unbound else ("", "")
    for family, cause in _TYPES:
        if issubclass(kind, family):
            return cause, ""
    cause = next((cause for text, cause in _known(kind) if re.search(text, words)), "")
    return cause, _named(cause, words)


def _named(cause: Cause, words: str) -> str:
    """Return the name that the words of such an exception speak of, nothing where none is known."""
    pattern = _NAMES.get(cause)
    found = pattern.search(words) if pattern else None
    return found[1] if found and is_name(found[1]) else ""


def _known(kind: type[BaseException]) -> tuple[tuple[str, Cause], ...]:
    mixed: tuple[tuple[str, Cause], ...] = ((_TWO_FLOATS, "mixed-fractions"),)
    return (*_TEXTS, *(mixed if kind is RuntimeError else ()), *_LATER_TEXTS)


def known_type(value: object) -> str:
    """Return what a value's type is called where Python, NumPy or PyTorch has it, else nothing."""
    kind: Any = type(value)
    name: str = vars(type)["__name__"].__get__(kind)
    module = vars(type)["__module__"].__get__(kind)
    ours = type(module) is str and module.partition(".")[0] in ("builtins", "numpy", "torch")
    return name if ours and is_name(name) else ""


def is_name(text: str) -> bool:
    """Return whether a text can travel as a name."""
    return len(text) <= LONGEST_NAME and text.isidentifier()
