"""The instructor's spec of a lab: what is run, what is right, what it is worth."""

from autograder.exercise.act import call, construct, edge, kept, load, read, static
from autograder.exercise.argument import fixture, held_out, result
from autograder.exercise.chance import distribution, relation, share
from autograder.exercise.model import Model
from autograder.exercise.part import Function, Object, Random, Variable
from autograder.exercise.recorded import Evaluation, Recorded
from autograder.exercise.spec import Exercise, Limits, Tolerance, Variation
from autograder.protocol.job import Functions, Module, Rule, Validation

__all__ = [
    "Evaluation",
    "Exercise",
    "Function",
    "Functions",
    "Limits",
    "Model",
    "Module",
    "Object",
    "Random",
    "Recorded",
    "Rule",
    "Tolerance",
    "Validation",
    "Variable",
    "Variation",
    "call",
    "construct",
    "distribution",
    "edge",
    "fixture",
    "held_out",
    "kept",
    "load",
    "read",
    "relation",
    "result",
    "share",
    "static",
]
