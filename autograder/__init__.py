"""Autograder for PyTorch training-loop labs: observe inside a sandbox, judge outside."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.grading.api import grade as grade
    from autograder.notebook.check import check as check

__version__ = "1.0.0"
__all__ = ["__version__", "check", "grade"]


def __getattr__(name: str) -> Any:
    """Load ``check`` or ``grade`` when they are asked for: heavy packages load with them."""
    if name == "check":
        from autograder.notebook.check import check  # noqa: PLC0415  # torch loads with it

        return check
    if name == "grade":
        from autograder.grading.api import grade  # noqa: PLC0415  # and msgspec with this

        return grade
    raise AttributeError(f"module 'autograder' has no attribute {name!r}")
