"""Grades in the formats of other systems."""
