"""Early ends, threads, signals, and code that will not stop."""

from __future__ import annotations

from .attack import FUNCTIONS, HONEST, WRONG, Attack

ENDINGS = {
    "os-exit-zero": "import os\n\ndef train_model(n):\n    os._exit(0)\n",
    "sys-exit": "import sys\n\ndef train_model(n):\n    sys.exit(0)\n",
    "abort": "import os\n\ndef train_model(n):\n    os.abort()\n",
    "segfault": "import ctypes\n\ndef train_model(n):\n    ctypes.string_at(0)\n",
    "kill-own-group": "import os\n\ndef train_model(n):\n    os.kill(0, 9); os.kill(-1, 9); os.kill(os.getpid(), 9)\n",
    "stop-itself": "import os, signal\n\ndef train_model(n):\n    os.kill(os.getpid(), signal.SIGSTOP)\n",
    "exec": "import os, sys\n\ndef train_model(n):\n    os.execv(sys.executable, [sys.executable, '-c', 'pass'])\n",
    "recursion": "import sys\n\ndef train_model(n):\n    sys.setrecursionlimit(10**9)\n    train_model(n)\n",
    "generator-exit": "def train_model(n):\n    raise GeneratorExit\n",
    "keyboard-interrupt": "def train_model(n):\n    raise KeyboardInterrupt\n",
}
ENDLESS = {
    "loop": "def train_model(n):\n    while True:\n        pass\n",
    "loop-that-swallows": """
def train_model(n):
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
    "alarm-disarmed": """
import signal

def train_model(n):
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.setitimer(signal.ITIMER_PROF, 0)
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    while True:
        pass
""",
    "one-call-in-c": "def train_model(n):\n    sum(10**7 ** i for i in range(10**5))\n    max(range(10**12))\n",
    "regular-expression": "import re\n\ndef train_model(n):\n    re.match(r'(a+)+$', 'a' * 64 + 'b')\n",
    "deadlock": "import threading\n\ndef train_model(n):\n    lock = threading.Lock(); lock.acquire(); lock.acquire()\n",
    "reads-standard-input": "import os\n\ndef train_model(n):\n    while True:\n        os.read(0, 1)\n",
}

ATTACKS = (
    *(Attack(f"end-{name}", FUNCTIONS + code, 4.0) for name, code in ENDINGS.items()),
    *(Attack(f"endless-{name}", FUNCTIONS + code, 4.0) for name, code in ENDLESS.items()),
    Attack("end-atexit", WRONG + """
import atexit, os, sys, threading
atexit.register(os.write, 3, b"late")
threading._register_atexit(os.write, 3, b"late")
sys.unraisablehook = sys.excepthook = lambda *a: os.write(3, b"late")
""", 0.0),
    Attack("end-threads-that-outlive", HONEST + """
import threading, time

def forever():
    while True:
        try: time.sleep(0.01)
        except BaseException: pass

for _ in range(8):
    threading.Thread(target=forever).start()
""", 10.0),
    Attack("end-thread-rewrites-results", WRONG + """
import threading, time

def rewrite():
    while True:
        globals().update(w=torch.tensor(-3.0), LOSS=[1.0, 2.0, 3.0, 4.0])

threading.Thread(target=rewrite, daemon=True).start()
""", 0.0),
    Attack("end-alarm-handler-of-its-own", FUNCTIONS + """
import signal

def ring(number, frame):
    while True: pass

def train_model(n):
    signal.signal(signal.SIGALRM, ring)
    signal.signal(signal.SIGPROF, ring)
    while True: pass
""", 4.0),
    Attack("end-waits-for-nothing", """
import signal
signal.setitimer(signal.ITIMER_REAL, 0)
signal.setitimer(signal.ITIMER_PROF, 0)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
while True:
    signal.pause()
""", 0.0),
)  # fmt: skip
