"""The instructor's spec of a lab: what is run, what is right, what it is worth."""

from autograder.exercise.part import (
    Function,
    Object,
    Variable,
    call,
    construct,
    edge,
    kept,
    load,
    read,
    static,
)
from autograder.exercise.recorded import Evaluation, Recorded
from autograder.exercise.spec import Exercise, Limits, Tolerance, Variation
from autograder.protocol.job import Functions, Module, Rule, Validation

__all__ = [
    "Evaluation",
    "Exercise",
    "Function",
    "Functions",
    "Limits",
    "Module",
    "Object",
    "Recorded",
    "Rule",
    "Tolerance",
    "Validation",
    "Variable",
    "Variation",
    "call",
    "construct",
    "edge",
    "kept",
    "load",
    "read",
    "static",
]
