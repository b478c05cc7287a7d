"""The instructor's spec of a lab: what is run, what is right, what it is worth."""

from autograder.exercise.argument import fixture, result
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
from autograder.exercise.spec import Exercise, Limits, Tolerance, Variation
from autograder.protocol.job import Functions, Module

__all__ = [
    "Exercise",
    "Function",
    "Functions",
    "Limits",
    "Module",
    "Object",
    "Tolerance",
    "Variable",
    "Variation",
    "call",
    "construct",
    "edge",
    "fixture",
    "kept",
    "load",
    "read",
    "result",
    "static",
]
