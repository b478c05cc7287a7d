"""What a student reads of mistakes that show in what happened, whatever function they are in."""

from __future__ import annotations

from collections.abc import Mapping

HAPPENED: Mapping[str, str] = {
    "not-implemented": "{name} is not written yet: NotImplementedError is still raised.",
    "wrong-signature": "{name} asks for other arguments than those that the lab gives it.",
    "name-missing": "{wanted} is not defined: your file has nothing under this name.",
    "unknown-name": (
        "{name} uses a name that has no value there: neither {name} itself nor the top level of "
        "your file gives it one."
    ),
    "shadowed-name": (
        "{name} assigns to a name that it also reads from outside. Python then takes it for a "
        "variable of {name}'s own, and that has no value yet."
    ),
    "syntax-error": "There is a syntax error in what {name} runs: Python cannot read it.",
    "import-error": "An import does not work here, and {name} needs what it should bring.",
    "infinite-loop": (
        "{name} does not come to the end of this loop: it was still running when it was stopped"
        "{after}."
    ),
    "fixed-iterations": (
        "{name} was stopped{after}. Its loop runs a number of times of its own, not the one that "
        "it is called with."
    ),
    "too-slow": "{name} took too long: it was stopped{after}.",
    "waits-forever": "{name} waited for something that never came.",
    "memory-exhausted": "{name} needs more memory than there is for it.",
    "output-flood": "{name} prints so much that it was stopped.",
    "program-ended": "{name} ends the whole program, as exit() and quit() do.",
    "wrong-dtype": "{name} works with whole numbers where fractions are needed.",
    "mixed-dtype": (
        "{name} brings float32 and float64 tensors together (Float and Double, as PyTorch calls "
        "them), and PyTorch does not mix them here."
    ),
    "caret-power": (
        "{name} uses ^ where a power is meant: in Python it compares whole numbers bit by bit."
    ),
    "leaf-changed-in-place": (
        "{name} changes a parameter in place while PyTorch is recording what is computed from it."
    ),
    "prediction-outside-loop": (
        "{name} goes backward a second time through one and the same prediction."
    ),
    "zeroed-before-first-backward": (
        "{name} empties a .grad that does not exist yet: before the first backward() it is None."
    ),
    "gradient-zeroed-before-update": "{name} empties a .grad before the update has used it.",
    "backward-missing": "In {name} no gradient is computed before the update.",
    "graph-broken": (
        "{name} works with a value that is cut off from the parameters, so that backward() does "
        "not reach them."
    ),
    "returns-nothing": "{name} gives nothing back to its caller.",
    "parameter-reassigned": (
        "{name} binds a parameter's name to a new tensor, and the next backward() leaves no .grad "
        "in that one."
    ),
    "shadowed-parameter": (
        "{name} makes a variable of its own under the name of a parameter or of the model; the one "
        "outside stays as it was."
    ),
    "parameters-untouched": (
        "{name} leaves the parameters as they are: no gradient is computed for them, and nothing "
        "moves them."
    ),
    "data-from-outside": "{name} works on the lab's data, whatever it is given.",
    "not-called": "{name} is a class, and no object of it was made.",
    "parameter-default": "forward has the lab's parameters as arguments with values of their own.",
    "name-hidden": "{name} has an argument that hides a function of Python's own.",
    "loss-recorded-as-object": "Your loss list holds entries that are not single numbers.",
    "losses-missing": "Some iterations leave no loss in your list.",
}
"""Mistakes of what happens rather than of numbers, by id; most can be in any function.

``name`` is what the function is called to students, ``wanted`` what they must define for it,
``after`` how long it was let run.
"""

IN_A_CELL: Mapping[str, str] = {
    "not-implemented": "NotImplementedError is still raised here, and {missing} is not defined.",
    "syntax-error": (
        "There is a syntax error: Python cannot read this part of your file, and {missing} is not "
        "defined."
    ),
    "import-error": "An import does not work here, and {missing} is not defined.",
    "infinite-loop": (
        "This loop was still running when it was stopped{after}, and {missing} is not defined."
    ),
    "too-slow": "This took too long: it was stopped{after}, and {missing} is not defined.",
    "waits-forever": "This waited for something that never came, and {missing} is not defined.",
    "memory-exhausted": "This cell needs more memory than there is, and {missing} is not defined.",
    "output-flood": "This cell prints so much that it was stopped, and {missing} is not defined.",
    "program-ended": "This cell ends the whole program, and {missing} is not defined.",
    "name-missing": "This statement raises an error, and {missing} is not defined.",
}
"""The same where it happened in a cell that would have defined the name ``missing``."""

USED_BY = " {name} uses it."

AT_THE_START: Mapping[str, str] = {
    "too-slow": "Your file as a whole took too long: it was ended before any function was tried.",
    "memory-exhausted": "Your file needs more memory than there is: no function could be tried.",
    "output-flood": "Your file prints so much that it was stopped: no function could be tried.",
}
"""The same where it ended the process before any function was called."""

AT_THE_END: Mapping[str, str] = {
    "fixed-iterations": (
        "Your file as a whole took too long: it was ended while {name} was tried. Its loop runs a "
        "number of times of its own, not the one that it is called with."
    ),
    "too-slow": "Your file as a whole took too long: it was ended while {name} was tried.",
}
"""The same where it ended the process while a function was tried; the others are as above."""
