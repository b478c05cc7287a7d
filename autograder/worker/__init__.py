"""Runs inside the wall: load a submission's cells, drive its functions, record what happens."""
