"""The instructor's spec of a lab: what is run, what is right, what it is worth."""

from autograder.exercise.spec import Exercise, Limits, Tolerance, Variation
from autograder.protocol.job import Functions, Module

__all__ = ["Exercise", "Functions", "Limits", "Module", "Tolerance", "Variation"]
