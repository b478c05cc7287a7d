"""Say where this machine differs from the one that made a lab's numbers."""

from __future__ import annotations

import torch

from autograder.exercise.published import Published
from autograder.words.text import Text, text


def version_notes(published: Published) -> list[Text]:
    """Say where another torch is installed than the lab's numbers were made with."""
    installed = str(torch.__version__).partition("+")[0]
    if installed == published.torch:
        return []
    return [text("other-torch", installed=installed, made=published.torch)]
