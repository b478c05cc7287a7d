"""What a student reads of mistakes that show in what happened, whatever function they are in."""

from __future__ import annotations

HAPPENED = {
    "not-implemented": "{name} still raises NotImplementedError: it is not written yet.",
    "wrong-signature": "{name} cannot be called the way that the lab calls it.",
    "name-missing": "{name} is not defined under the lab's name.",
    "syntax-error": "{name} stands in a cell that Python cannot read.",
    "import-error": "{name} needs something that could not be imported.",
    "infinite-loop": "{name} does not come to its end.",
    "wrong-dtype": "{name} works on whole numbers where fractions are needed.",
    "leaf-changed-in-place": (
        "{name} changes a parameter in place while PyTorch is recording computations on it."
    ),
    "prediction-outside-loop": (
        "{name} goes backward a second time through one and the same prediction."
    ),
    "zeroed-before-first-backward": (
        "{name} empties a .grad that does not exist yet: before the first backward() it is None."
    ),
    "gradient-zeroed-before-update": "{name} empties a .grad before the update has used it.",
    "graph-broken": "{name} works on a value that is cut off from the parameters.",
    "returns-nothing": "{name} gives nothing back.",
}
"""Mistakes of what happens rather than of numbers; they can be in any function."""
