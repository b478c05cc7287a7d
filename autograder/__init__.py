"""Autograder for PyTorch training-loop labs: observe inside a sandbox, judge outside."""

__version__ = "0.1.0"
