"""What ``--engine`` may say, read without loading dask."""

from __future__ import annotations

import json
import re
from pathlib import Path

from autograder.errors import CourseError

LOCAL = "local"
SCHEMES = {"dask": "tcp", "tls": "tls"}
_ADDRESS = re.compile(r"(dask|tls)://([^/@\s]+):(\d{1,5})")
FORMS = "local, dask://HOST:PORT, tls://HOST:PORT, or a dask scheduler file FILE.json"


def scheduler_address(engine: str) -> str:
    """Return the address of dask's scheduler, as dask writes it; empty for the local engine.

    Raises CourseError where ``engine`` says nothing that we know, or its file is not a
    scheduler's.
    """
    if engine == LOCAL:
        return ""
    if engine.endswith(".json"):
        return _from_file(Path(engine))
    found = _ADDRESS.fullmatch(engine)
    if not found or not 0 < int(found[3]) < 1 << 16:
        raise CourseError(f"{engine!r} is no engine: give {FORMS}")
    return f"{SCHEMES[found[1]]}://{found[2]}:{found[3]}"


def _from_file(path: Path) -> str:
    try:
        address = json.loads(path.read_bytes())["address"]
    except OSError as error:
        raise CourseError(f"{path}: {error.strerror}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise CourseError(f"{path}: not a dask scheduler file") from error
    if not isinstance(address, str) or "://" not in address:
        raise CourseError(f"{path}: not a dask scheduler file: no address in it")
    return address
