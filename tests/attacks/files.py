"""Files that are not what a submission should be."""

from __future__ import annotations

import io
import json
import zipfile

from .attack import HONEST, WRONG, Attack


def notebook(*sources: object, **more: object) -> bytes:
    """Return a notebook with a code cell for each source, whatever that is."""
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": s}
        for s in sources
    ]
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **more}
    ).encode()


def zipped() -> bytes:
    """Return a zip archive with a right solution in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("slope.py", HONEST)
    return stream.getvalue()


DEEP = (
    b'{"nbformat": 4, "nbformat_minor": 5, "metadata": '
    + b'{"a":' * 100_000
    + b"1"
    + b"}" * 100_000
    + b', "cells": []}'
)
ENCODINGS = (
    "rot13",
    "undefined",
    "utf_7",
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "hex",
    "zlib",
    "x" * 5_000,
)

ATTACKS = (
    Attack("file-notebook-deep", DEEP, 0.0, "ipynb"),
    Attack("file-notebook-2500-cells", notebook(*[HONEST] * 2_500), 0.0, "ipynb"),
    Attack("file-notebook-huge", notebook(HONEST + "#" * 12_000_000), 0.0, "ipynb"),
    Attack("file-notebook-is-zip", zipped(), 10.0, "ipynb"),
    Attack("file-notebook-source-no-text", notebook({"a": 1}, [1, 2], None, 5), 0.0, "ipynb"),
    Attack("file-notebook-cells-no-list", notebook(cells={"x": 1}), 0.0, "ipynb"),
    Attack("file-notebook-version-99", notebook(WRONG, nbformat=99, nbformat_minor=-1), 0.0, "ipynb"),
    Attack("file-notebook-version-text", notebook(WRONG, nbformat="4; DROP"), 0.0, "ipynb"),
    Attack("file-notebook-big-number", notebook(WRONG, nbformat=10**400), 0.0, "ipynb"),
    Attack("file-notebook-number-digits", b'{"nbformat": ' + b"9" * 5_000_000 + b"}", 0.0, "ipynb"),
    Attack("file-notebook-array", b"[1, 2, 3]", 0.0, "ipynb"),
    Attack("file-notebook-null", b"null", 0.0, "ipynb"),
    Attack("file-notebook-infinity", b'{"nbformat": Infinity, "cells": NaN}', 0.0, "ipynb"),
    Attack("file-notebook-surrogates", notebook("x = '\ud800'\n", "raise ValueError('\udcff')"), 0.0, "ipynb"),
    Attack("file-notebook-bom-and-nul", b"\xef\xbb\xbf" + b"\0" * 10_000, 0.0, "ipynb"),
    Attack("file-notebook-magics", notebook(
        "%%bash\ncat /etc/shadow", "!cat /etc/passwd", "%run ../reference/slope/slope.py",
        "%load_ext autograder", "get_ipython().system('id')", "%pip install evil", "%%writefile x.py\n1",
        "import os; os.system('id')"), 0.0, "ipynb"),
    Attack("file-empty", b"", 0.0),
    Attack("file-binary", bytes(range(256)) * 100, 0.0),
    Attack("file-utf16", HONEST.encode("utf-16"), 10.0),
    Attack("file-zip-as-script", zipped(), 10.0),
    Attack("file-nul-in-script", HONEST.replace("lr = 0.1", "lr = 0.1\0"), 0.0),
    Attack("file-pyc", b"\xa7\r\r\n" + bytes(12) + b"\xe3" + bytes(100), 0.0),
    *(
        Attack(f"file-encoding-{index:02d}", f"# -*- coding: {name} -*-\n".encode() + WRONG.encode(), 0.0)
        for index, name in enumerate(ENCODINGS)
    ),
)  # fmt: skip
