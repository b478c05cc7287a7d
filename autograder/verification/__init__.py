"""Prove that a lab's reference, checks, mistakes and examples are right."""
