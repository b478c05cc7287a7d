"""Attempts to use up the machine."""

from __future__ import annotations

from .attack import FUNCTIONS, WRONG, Attack

BOMBS = {
    "bytes": "hoard = []\n    while True: hoard.append(bytes(10**7).replace(b'\\0', b'x'))",
    "tensor": "torch.empty(10**11).fill_(1.0)",
    "small-objects": "hoard = []\n    while True: hoard = [hoard, [0]]",
    "threads": "import threading, time\n    while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    "forks": "import os\n    while True: os.fork()",
    "disk": "n = 0\n    while True:\n        n += 1\n        open(f'f{n}', 'wb').write(bytes(2**20))",
    "inodes": "n = 0\n    while True:\n        n += 1\n        open(f'f{n}', 'w').close()",
    "descriptors": "import os\n    while True: os.pipe()",
    "print": "while True: print('x' * 10_000)",
    "raw-output": "import os\n    while True: os.write(2, b'x' * 65536)",
    "raw-frames": "import os\n    while True: os.write(3, bytes(65536))",
    "integer": "2 ** 10**11",
    "string": "'x' * 10**12",
    "graph": "y = w\n    while True: y = y * w + y",
}

ATTACKS = (
    *(
        Attack(f"bomb-{name}", FUNCTIONS + f"\ndef train_model(n):\n    {code}\n", 4.0)
        for name, code in BOMBS.items()
    ),
    Attack("bomb-pipes-of-the-user", WRONG + """
import fcntl, os
try:
    while True:
        for end in os.pipe():
            fcntl.fcntl(end, 1031, 2**20)
            os.set_blocking(end, False)
        os.write(end, bytes(2**20))
except OSError:
    pass
""", 0.0),
    Attack("bomb-parser-nesting", "x = " + "(" * 50_000 + ")" * 50_000 + "\n", 0.0),
    Attack("bomb-parser-operators", "x = " + "-" * 100_000 + "1\n", 0.0),
    Attack("bomb-constant-folding", "def forward(x):\n    return ((((2**99)**99)**99)**9) << 10**9\n", 0.0),
    Attack("bomb-source-size", "# " + "x" * 11_000_000 + "\n", 0.0),
    Attack("bomb-many-failures", "# %%\n1/0\n" * 1_500 + "# %%\n(\n", 0.0),
)  # fmt: skip
