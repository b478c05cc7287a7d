"""Say where this machine differs from the one that made a lab's numbers."""

from __future__ import annotations

import torch

from autograder.exercise.published import Published


def version_notes(published: Published) -> list[str]:
    """Say where another torch is installed than the lab's numbers were made with."""
    installed = str(torch.__version__).partition("+")[0]
    if installed == published.torch:
        return []
    return [
        f"torch {installed} is installed here; the lab's numbers were made with {published.torch}."
    ]
