"""Runs inside the wall: load a submission's cells, drive its functions, record what happens."""

import sys

# nbgrader brings this parser of web addresses, jsonschema compiles its grammar when nbformat is
# imported (2 s), and nobody here checks addresses. jsonschema does without where it is missing.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # as importlib reads it
