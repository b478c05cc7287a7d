"""A wheel of the code that runs here, and what it needs at the versions that are installed here.

It is made of the files as they are, so that the code which observed the traces is the code that
grades by them, from a checkout as from an installed package, without a build or a network.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import autograder
from autograder.errors import CourseError
from autograder.words.catalogue import say

DISTRIBUTION = "torch-autograder"
NEEDED = ("torch", "numpy", "matplotlib", "msgspec", "rich", "ipython", "pyseccomp")
MOMENT = (2020, 1, 1, 0, 0, 0)  # of every file: the same code gives the same bytes
_ROOT = Path(autograder.__file__).parent
_MARK = (
    "Wheel-Version: 1.0\nGenerator: autograder package\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
)
_ENTRIES = "[console_scripts]\nautograder = autograder.cli.main:main\n"


def wheel_name() -> str:
    """Return the file's name."""
    return f"torch_autograder-{autograder.__version__}-py3-none-any.whl"


def wheel_bytes() -> bytes:
    """Return a wheel of this package."""
    info = f"torch_autograder-{autograder.__version__}.dist-info"
    files = [*_package_files()]
    files += [
        (f"{info}/METADATA", _metadata().encode()),
        (f"{info}/WHEEL", _MARK.encode()),
        (f"{info}/entry_points.txt", _ENTRIES.encode()),
    ]
    record = "".join(f"{name},{_digest(data)},{len(data)}\n" for name, data in files)
    files.append((f"{info}/RECORD", f"{record}{info}/RECORD,,\n".encode()))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(plain_entry(name), data)
    return stream.getvalue()


def plain_entry(name: str, mode: int = 0o644) -> zipfile.ZipInfo:
    """Return the head of a file in a zip, with a mode and a time that never changes."""
    entry = zipfile.ZipInfo(name, MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o100000 | mode) << 16
    return entry


def requirements(further: Sequence[str] = ()) -> str:
    """Return the lines of a requirements file, pinned to what is installed here.

    Raises CourseError where something that a grader needs is not installed.
    """
    lines = []
    for name in NEEDED:
        try:
            version = importlib.metadata.version(name).partition("+")[0]
        except importlib.metadata.PackageNotFoundError as error:
            raise CourseError(say("package-not-installed", name=name)) from error
        lines.append(f"{name}=={version}")
    return "\n".join([*lines, *further]) + "\n"


def _package_files() -> Iterator[tuple[str, bytes]]:
    for path in sorted(_ROOT.rglob("*")):
        relative = path.relative_to(_ROOT.parent)
        if path.is_file() and "__pycache__" not in relative.parts:
            yield relative.as_posix(), path.read_bytes()


def _metadata() -> str:
    """Return name and version; what is needed stands in the requirements, pinned."""
    return (
        f"Metadata-Version: 2.1\nName: {DISTRIBUTION}\nVersion: {autograder.__version__}\n"
        "Requires-Python: >=3.11\n"
    )


def _digest(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
    return f"sha256={digest.decode()}"
