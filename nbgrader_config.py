"""nbgrader in this course folder; docs/nbgrader.md says what is different."""

from pathlib import Path

try:
    from autograder.nbgrader_bridge import configure

    configure(c, Path(__file__).parent)  # noqa: F821  # nbgrader gives c
except Exception as error:
    # nbgrader would go on without these settings, and run student code in a kernel of its own.
    raise SystemExit(f"nbgrader_config.py: {type(error).__name__}: {error}") from error
