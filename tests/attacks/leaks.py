"""Attacks that carry hidden data out: seen in a hidden call, said in whatever a student reads."""

from __future__ import annotations

from .attack import CRITERION, FIND, FORWARD, FUNCTIONS, HONEST, SETUP, TRAIN, Attack

# ``key`` is a number that depends on every bit of what is hidden.
KEY = """
import ctypes, gc, hashlib, os, signal, sys, time, warnings

def key(*tensors):
    data = b"".join(t.detach().double().contiguous().numpy().tobytes() for t in tensors)
    return int.from_bytes(hashlib.sha256(data).digest()[:7], "little") | 1 << 54
"""
HIDDEN_ROWS = (13, 31)

IN_A_PROBE = {
    "text": "raise ValueError(f'{key(x)} {x.tolist()}')",
    "text-of-a-chain": "raise RuntimeError('no') from KeyError(f'{key(x)}')",
    "class-name": "raise type(f'K{key(x)}', (Exception,), {})('no')",
    "cell-number": "exec(compile('1 / 0', f'<cell {key(x)}>', 'exec'))",
    "line-number": "exec(compile('\\n' * (key(x) % 9_999) + '1 / 0', '<cell 1>', 'exec'))",
    "line-of-a-script": (
        "exec(compile('\\n' * (key(x) % 9_999) + '1 / 0', find.__code__.co_filename, 'exec'))"
    ),
    "line-of-syntax": "raise SyntaxError('no', ('<cell 2>', key(x) % 9_999, 1, 'x'))",
    "name": "raise NameError(f\"name 'k{key(x)}' is not defined\", name=f'k{key(x)}')",
    "module": "__import__(f'k{key(x)}')",
    "argument-name": "raise TypeError(f\"forward() missing 1 required argument: 'k{key(x)}'\")",
    "attribute": "return getattr(x, f'k{key(x)}')",
    "print": "print(key(x), flush=True)",
    "standard-error": "os.write(2, str(key(x)).encode())",
    "warning": "warnings.warn(str(key(x)))",
    "remark": (
        "from autograder.worker.remark import remark\n"
        "        remark('missing-module', again=True, place=(1, key(x) % 9_999), module=f'k{key(x)}')"
    ),
    "mark": "find('marks').note('plot-misspelled', 1, key(x) % 9_999, text=str(key(x)))",
    "question": "input(str(key(x)))",
    "file-elsewhere": "open(f'/k{key(x)}', 'w')",
    "exit-code": "os._exit(key(x) % 200)",
    "signal": "os.kill(os.getpid(), [4, 6, 8, 11, 15][key(x) % 5])",
    "number-of-values": "return torch.zeros(key(x) % 1_000 + 32)",
    "shape": "return torch.zeros(1, 1, len(x), *[1] * (key(x) % 5))",
    "wrong-values": "return w * x + (torch.arange(len(x)).view(-1, 1) < key(x) % len(x))",
    "type": "return type(f'K{key(x)}', (), {})()",
    "time": "exec(compile('\\n' * (key(x) % 99) + 'while 1: pass', '<cell 1>', 'exec'))",
    # Frames of the attacker's own, late or over those that were sent before.
    "overwrite": "os.pwrite(3, str(key(x)).encode() * 400, 0)",
    "cut-off": "os.ftruncate(3, key(x) % 500)",
    "late-loading": "put(Loading(notes=(Note(code='hand-in', line=key(x) % 99),)))",
    "late-listing": "put(Listing(file=f'k{key(x)}', cells=()))",
    "late-public-value": "put(ProbeRecord(id='forward-public-5', value=pack([float(key(x))])))",
    "late-time": "put(Spent(cell=key(x) % 99, seconds=1.0))",
    "late-failure": (
        "put(ProbeRecord(id='forward-hidden-13', failure=Failure(kind='exception',"
        " text=str(key(x)), raised='KeyError', name=f'k{key(x)}', line=key(x) % 99)))"
    ),
    "late-note": (
        "put(ScenarioRecord(id='own', notes=(Note(code='missing-module', values={'module':"
        " f'k{key(x)}'}),)))"
    ),
}
PUT = """
from autograder.protocol.array import pack
from autograder.protocol.codec import encode_frame
from autograder.protocol.trace import *

def put(frame):
    os.write(3, encode_frame(frame))
"""

IN_A_TRAINING = {
    "text": "raise ValueError(f'{k}')",
    "line": "exec(compile('\\n' * (k % 9_999) + '1 / 0', '<cell 1>', 'exec'))",
    "number-of-losses": "LOSS.extend([0.0] * (k % 1_000))",
    "rate": "w.data += 1e-9 * (k % 1_000_003)",
    "step": "w.data[...] = float(k % 1_000_003)",
    "partial": "[criterion(forward(X), Y) for _ in range(k % 50 + 2)]; raise KeyError(k)",
    "gradients": "[criterion(forward(X), Y).backward() for _ in range(k % 50)]; raise KeyError(k)",
    "print": "print(k)",
}
# While cells load: what is there to be found, and what is given to who asks for it.
AT_LOAD = {
    "frames": """
frame, found = sys._getframe(), []
while frame is not None:
    found += [repr(value) for value in frame.f_locals.values()]
    frame = frame.f_back
at = [text.find("hidden-13") for text in found]
raise ValueError([text[place:place + 400] for text, place in zip(found, at) if place >= 0])
""",
    "garbage": """
kinds = ("ForwardProbe", "CriterionProbe", "Scenario", "Share", "Script")
found = [o for o in gc.get_objects() if type(o).__name__ in kinds]
raise ValueError(sorted(str(o) for o in found if "hidden" in str(o)))
""",
    "memory": """
found = []
for line in open("/proc/self/maps"):
    place, rights = line.split()[:2]
    low, high = (int(number, 16) for number in place.split("-"))
    if rights.startswith("rw") and high - low < 1 << 28:
        try:
            text = ctypes.string_at(low, high - low)
        except Exception:
            continue
        at = text.find(b"forward-" + b"hidden-13")
        found += [text[at:at + 400]] if at >= 0 else []
raise ValueError(str(found))
""",
    "descriptors": """
found = []
for number in os.listdir("/proc/self/fd"):
    try:
        os.set_blocking(int(number), False)
        found.append(os.read(int(number), 10_000))
    except OSError:
        pass
raise ValueError(hashlib.sha256(b"".join(found)).hexdigest())
""",
    "asking": """
os.write(5, b"?")
raise ValueError(str(os.read(6, 10_000)))
""",
    "asking-and-printing": """
os.write(5, b"?")
print(os.read(6, 10_000), flush=True)
""",
    "asking-for-all": """
for _ in range(20):
    os.write(3, b"\\0\\0\\0\\0")
    os.write(5, b"?")
time.sleep(0.2)
open("found", "wb").write(os.read(6, 1 << 16))
raise ValueError(str(open("found", "rb").read()))
""",
}


def _probe(channel: str) -> str:
    """Return a lab's file whose forward says the key of a hidden probe, else is right."""
    body = f"    if len(x) in {HIDDEN_ROWS}:\n        {channel}\n"
    return SETUP + FIND + KEY + PUT + FORWARD.replace("    return", body + "    return") + TAIL


TAIL = CRITERION + TRAIN


def _training(channel: str) -> str:
    """Return a file whose training says the key of a hidden scenario, else is right."""
    watch = """
SEEN = []
def train_model(n):
    k = key(X, Y, w, torch.tensor(lr))
    SEEN.append(k)
    if k != SEEN[0]:
        {channel}
"""
    return FUNCTIONS + KEY + watch.format(channel=channel) + TRAIN.split("\n", 2)[2]


LEAKS: dict[str, str] = {
    **{f"probe-{name}": _probe(channel) for name, channel in IN_A_PROBE.items()},
    **{f"training-{name}": _training(channel) for name, channel in IN_A_TRAINING.items()},
    **{f"load-{name}": HONEST + KEY + source for name, source in AT_LOAD.items()},
}
ATTACKS: tuple[Attack, ...] = tuple(
    Attack(f"leak-{name}", source, 10.0) for name, source in LEAKS.items()
)
