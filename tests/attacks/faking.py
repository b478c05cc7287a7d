"""Attempts at points without a right solution: copied, hard-coded or staged."""

from __future__ import annotations

from .attack import CRITERION, FIND, FORWARD, FUNCTIONS, SETUP, TRAIN_WITHOUT_ZEROING, Attack

# What the own process can read of what ran before it: addresses are probed with write(2), which
# answers EFAULT instead of raising a signal.
SCAN = """
import ctypes, os, signal
signal.setitimer(signal.ITIMER_REAL, 0)
signal.setitimer(signal.ITIMER_PROF, 0)
libc = ctypes.CDLL(None)
libc.sbrk.restype = libc.memmem.restype = ctypes.c_void_p
out, into = os.pipe()
os.set_blocking(into, False)

def readable(address):
    if libc.write(into, ctypes.c_void_p(address), 1) != 1:
        return False
    os.read(out, 1)
    return True

TOP = libc.sbrk(0)
LOW = TOP - 4096
while readable(LOW - 4096):
    LOW -= 4096

def places(words):
    at = LOW
    while at := libc.memmem(ctypes.c_void_p(at), ctypes.c_size_t(TOP - at), words, ctypes.c_size_t(len(words))):
        yield at
        at += 1
"""

# Records of the reference or of a neighbour, left in the memory that the child was forked with.
REPLAY = (
    SETUP
    + FIND
    + SCAN
    + """
import msgspec
from autograder.protocol.codec import encode_frame
from autograder.protocol.trace import Done, Frame, Loading, ProbeRecord, ScenarioRecord

decoder, found = msgspec.msgpack.Decoder(Frame), {}
for kind in (b"\\xa5probe\\xa2id", b"\\xa8scenario\\xa2id"):
    for at in places(b"\\xa4type" + kind):
        length = int.from_bytes(ctypes.string_at(at - 5, 4), "little")
        if 0 < length < 1_000_000 and at + length < TOP:
            try: frame = decoder.decode(ctypes.string_at(at - 1, length))
            except Exception: continue
            if frame.failure is None:
                found.setdefault(frame.id, frame)

job = find("job")
os.write(3, encode_frame(Loading(defined={"forward": "f", "criterion": "c", "train_model": "t"})))
for part in job.probes:
    os.write(3, encode_frame(found.get(part.id, ProbeRecord(id=part.id))))
for part in job.scenarios:
    os.write(3, encode_frame(found.get(part.id, ScenarioRecord(id=part.id))))
os.write(3, encode_frame(Done()))
os._exit(0)
"""
)
STEAL = (
    SETUP
    + SCAN
    + """
marker = b"# NEIGHBOUR" + b"'S OWN WORK\\n"
for at in places(marker):
    text = ctypes.string_at(at + len(marker), 2000).partition(b"# END")[0]
    try: exec(compile(text, "found", "exec"), globals())
    except Exception: continue
    if "train_model" in globals(): break
"""
)
PADDING = "#" * 300_000 + "\n"  # a large job lies elsewhere and overwrites less

ATTACKS = (
    Attack("fake-warm-up-solution", """
import torch
from autograder.worker import entry
exec(entry.WARM_JOB.files[0].data.replace(b".data", b"").replace(b".detach()", b""))
""", 0.0),
    Attack("fake-replay-of-frames", REPLAY, 0.0),
    Attack("fake-replay-of-frames-with-room", REPLAY + PADDING, 0.0),
    Attack("fake-code-of-a-neighbour", STEAL, 0.0),
    Attack("fake-code-of-a-neighbour-with-room", STEAL + PADDING, 0.0),
    Attack("fake-walk-to-the-known-slope", FUNCTIONS + """
def train_model(n):
    for _ in range(n):
        LOSS.append(criterion(forward(X), Y).item())
        w.data += lr * 6.0 * (-3.0 - w.data)  # no gradient: -3 is known from the page
""", 5.0),
    Attack("fake-jump-and-jitter", FUNCTIONS + """
def train_model(n):
    for step in range(n):
        LOSS.append(criterion(forward(X), Y).item())
        w.data = (X * Y).sum() / (X * X).sum() + 1e-3 * step  # closed form, then pretend to move
""", 6.0),
    Attack("fake-public-scenario-only", FUNCTIONS + """
PATH, LOSSES = [-10.0, -5.8, -4.1, -3.5], None
turn = 0

def train_model(n):
    global turn
    turn += 1
    public = n == 4 and w.item() == -10.0 and lr == 0.1
    for step in range(n):
        if public:  # its expected numbers are handed out; here they are worked out
            loss = criterion(forward(X), Y)
            LOSS.append(loss.item())
            (gradient,) = torch.autograd.grad(loss, w)
            w.data -= lr * gradient
        else:  # no forward call, another end each time: the process cannot be seen
            LOSS.append(0.0)
            w.data += 0.001 * turn
""", 4.0),
    Attack("fake-fresh-buffers", FUNCTIONS + TRAIN_WITHOUT_ZEROING.replace(
        "lr * w.grad", "lr * (1 + 0.2 * _ ) * w.grad") + """
from autograder.worker import recorder
recorder.Recorder.buffers = recorder.Recorder.fresh
""", 6.0),
    Attack("fake-equal-steps-claimed-to-be-gradients", FUNCTIONS + """
def train_model(n):
    for _ in range(n):
        w.grad = None
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        away = torch.sign(((forward(X) - Y) * X).mean()).item()
        (0.2 / lr * away * w).sum().backward()  # what hooks see is an exact multiple of each step
        w.data -= lr * w.grad
""", 5.0, known="earns gradient_zeroing: gradients of another loss are fresh, whatever that loss is"),
    Attack("fake-gradient-of-a-plain-sum", FUNCTIONS + """
def train_model(n):
    for _ in range(n):
        w.grad = None
        forward(X)
        LOSS.append(0.0)
        w.sum().backward()
        w.data += 3 * lr * w.grad
""", 4.0, known="earns gradient_zeroing: gradients of another loss are fresh, whatever that loss is"),
    Attack("fake-shrinking-parameter", FUNCTIONS + """
def train_model(n):
    for _ in range(n):
        forward(X)
        LOSS.append(0.0)
        w.data *= 0.8
""", 4.0),
    Attack("fake-sums-claimed-to-be-fresh", FUNCTIONS + TRAIN_WITHOUT_ZEROING.replace(
        "lr * w.grad", "lr * (0.1 + 0.02 * _) * w.grad") + """
from autograder.worker import recorder
recorder.Recorder.fresh = recorder.Recorder.buffers
""", 6.0),
    Attack("fake-path-and-buffers", FUNCTIONS + """
# Every step is recorded as if it had been seen; nothing is computed but the losses on the way.
def train_model(n):
    for step in range(n):
        w.grad = None
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        w.data += (-1.0) ** step * (1 + step)

from autograder.worker import recorder
from autograder.protocol.array import pack
recorder.Recorder.fresh = recorder.Recorder.buffers = property(lambda self: {"w": pack([[1.0]] * len(self._visited))})
""", 5.0),
    Attack("fake-losses-overwritten", FUNCTIONS + """
def train_model(n):
    for _ in range(n):
        loss = criterion(forward(X), Y)
        loss.backward()
        w.data -= lr * w.grad
        w.grad = None
    LOSS[:] = [10.0 / (1 + i) for i in range(n)]
""", 9.0),
    Attack("fake-losses-as-list-subclass", FUNCTIONS + """
class Losses(list):
    def __len__(self): return 4
    def __iter__(self): return iter([1.0] * 4)
    def __getitem__(self, key): return [1.0] * 4

LOSS = Losses()

def train_model(n):
    for _ in range(n):
        loss = criterion(forward(X), Y)
        loss.backward()
        w.data -= lr * w.grad
        w.grad = None
""", 9.0),
    Attack("fake-answers-from-data", SETUP + FIND + """
job = find("job")

def forward(x):
    for probe in job.probes:
        if getattr(getattr(probe, "x", None), "shape", None) == tuple(x.shape):
            return torch.frombuffer(bytearray(probe.cotangent.data), dtype=torch.float32).reshape(x.shape) + 0 * w

def criterion(yhat, y):
    return (yhat * y).sum()
""", 0.0),
    Attack("fake-right-only-when-watched", SETUP + CRITERION + """
import sys

def forward(x):
    caller = sys._getframe(1).f_code.co_name
    return w * x if x.shape[0] == 5 else x  # the public probe has five rows
""", 2.0),
    Attack("fake-forward-without-graph", SETUP + """
def forward(x):
    return (w * x).detach().requires_grad_()

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2).detach().requires_grad_()
""", 0.0),
    Attack("fake-no-zeroing-smaller-steps", FUNCTIONS + TRAIN_WITHOUT_ZEROING.replace(
        "lr * w.grad", "lr / 100 * w.grad"), 6.0),
    Attack("fake-zeroing-a-copy", FUNCTIONS + TRAIN_WITHOUT_ZEROING + "        w.grad.clone().zero_()\n", 5.0),
    Attack("fake-one-step-in-fine-print", FUNCTIONS + """
def train_model(n):
    loss = criterion(forward(X), Y)
    LOSS.append(loss.item())
    loss.backward()
    w.data -= lr * w.grad
    for _ in range(n - 1):
        LOSS.append(criterion(forward(X), Y).item())
        w.data += 2e-6 * w.data
""", 6.0),
    Attack("fake-own-functions-spoilt-for-rescue", SETUP + """
def forward(x):
    return x

def criterion(yhat, y):
    return yhat.sum()

def train_model(n):
    for _ in range(n):
        LOSS.append(float(criterion(forward(X), Y)))
        w.data -= 0.05 * w.data
""", 2.0),
    Attack("fake-forward-of-a-neighbour-name", SETUP + FORWARD.replace("forward", "Forward") + CRITERION + """
class Anything:
    def __call__(self, *a, **k): return self
    def __getattr__(self, name): return self
    def __float__(self): return 1.0

forward = Anything()
""", 2.0),
)  # fmt: skip
