"""Soft limits that let a hostile file be done with soon."""

from autograder.protocol.job import Budget

BUDGET = Budget(cells_seconds=1.4, call_seconds=0.8, total_seconds=5.0, output_bytes=250_000)
