"""Compares two traces and says what is right, what is not, and why. Runs no student code."""
