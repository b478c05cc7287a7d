"""Attacks that change torch, Python or the worker itself, in the process that records."""

from __future__ import annotations

from .attack import CRITERION, FIND, FORWARD, FUNCTIONS, HONEST, SETUP, TRAIN, WRONG, Attack

WORKER = """
import autograder.worker.functions as functions
import autograder.worker.observe as observe
import autograder.worker.recorder as recorder
import autograder.worker.standin as standin
import autograder.protocol.array as array
import autograder.protocol.codec as codec
"""

ATTACKS = (
    Attack("tamper-torch-mean", SETUP + FORWARD + """
torch.mean = lambda *a, **k: torch.tensor(0.0, requires_grad=True)

def criterion(yhat, y):
    return torch.mean(yhat - y)
""", 2.0),
    Attack("tamper-backward", FUNCTIONS + """
torch.Tensor.backward = lambda self, *a, **k: setattr(w, "grad", torch.tensor(1.0))

def train_model(n):
    for _ in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data -= lr * w.grad
""", 6.0),  # its steps are one gradient as long as all others: the loss is recorded and falls
    Attack("tamper-autograd", WRONG + """
torch.autograd.grad = lambda outputs, inputs, **k: [torch.ones_like(i) for i in inputs]
torch.allclose = torch.equal = lambda *a, **k: True
torch.Tensor.__eq__ = lambda self, other: torch.ones_like(self, dtype=torch.bool)
""", 0.0),
    Attack("tamper-builtins", WRONG + """
import builtins
builtins.float = lambda *a: -3.0
builtins.isinstance = lambda *a: True
builtins.len = lambda *a: 4
""", 0.0),
    Attack("tamper-encoder", WRONG + WORKER + FIND + """
import msgspec
real = codec.encode_frame
codec._encoder = type("E", (), {"encode": staticmethod(lambda frame: b"\\xc0")})()
import autograder.worker.entry as entry
entry.encode_frame = lambda frame: real(msgspec.structs.replace(frame, failure=None)) if hasattr(frame, "failure") else real(frame)
""", 0.0),
    Attack("tamper-observer", WRONG + WORKER + """
def probe(self, probe):
    values = probe.x if hasattr(probe, "x") else probe.y
    return observe.ProbeRecord(id=probe.id, value=values, gradients={"w": values, "yhat": values})

observe.Observer.probe = probe
observe.describe = lambda error: None
""", 0.0),
    Attack("tamper-compare-in-worker", WRONG + """
import sys, types
for name in ("autograder.judge", "autograder.judge.compare", "autograder.judge.judge"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].compare = lambda *a, **k: None
""", 0.0),
    Attack("tamper-forward-by-standin", SETUP + WORKER + CRITERION + """
forward = standin.make_forward(lambda: [w], standin.Form())
""", 2.0),
    Attack("tamper-standin-constant", SETUP + WORKER + """
standin.predict = lambda parameters, x, form: 0 * x
standin.loss = lambda yhat, y: torch.tensor(0.0, requires_grad=True)
standin.criterion = standin.loss

def train_model(n):
    for _ in range(n):
        LOSS.append(0.0)
""", 0.0),
    Attack("tamper-parameters-read", FUNCTIONS + WORKER + """
functions.Subject.read_parameters = lambda self: {"w": array.pack(-3.0)}

def train_model(n):
    for _ in range(n):
        LOSS.append(criterion(forward(X), Y).item())
""", 5.0),  # what it records is true of a training that never moves
    Attack("tamper-losses-read", FUNCTIONS + TRAIN.replace("LOSS.append(loss.item())", "pass") + WORKER + """
from autograder.protocol.trace import LossRecord
functions.Subject.read_losses = lambda self: LossRecord(values=array.pack([0.0] * 4), kinds="nnnn")
""", 9.0),
    Attack("tamper-job-in-place", WRONG + FIND + """
job = find("job")
for scenario in job.scenarios:
    scenario.situation.start.clear()
    scenario.situation.data.clear()
for probe in job.probes:
    getattr(probe, "parameters", {}).clear()
""", 0.0),
    Attack("tamper-job-object", WRONG + FIND + """
import gc
job = find("job")
for holder in gc.get_referrers(job):
    if isinstance(holder, dict):
        for key in [k for k, v in holder.items() if v is job]:
            holder[key] = None
import msgspec
import autograder.worker.observe as observe
observe.Observer.__init__.__globals__["Scenario"] = None
""", 0.0),
    Attack("tamper-namespace-cleared", HONEST + "\nglobals().clear()\n", 0.0),
    Attack("tamper-builtins-gone", HONEST + """
import builtins
for name in list(vars(builtins)):
    if name not in ("__build_class__",):
        delattr(builtins, name)
""", 10.0),
    Attack("tamper-os-exit", WRONG + """
import os
os._exit = lambda code: None

def forward(x):
    raise SystemExit(0)
""", 0.0),
    Attack("tamper-zygote-frames", WRONG + """
import sys
frame, seen = sys._getframe(), []
while frame is not None:
    seen.append(frame.f_code.co_name)
    for name, value in frame.f_locals.items():
        connection = getattr(value, "_connection", None)
        if connection is not None:
            connection.sendall(b"x" * 100)
    frame = frame.f_back
""", 0.0),
    Attack("tamper-profile-and-trace", WRONG + """
import sys, threading

def swap(frame, event, argument):
    if "failure" in frame.f_locals and frame.f_code.co_name == "train":
        frame.f_locals["failure"] = None
    return swap

sys.settrace(swap)
sys.setprofile(swap)
""", 0.0),
    Attack("tamper-import-system", WRONG + """
import builtins, sys
sys.meta_path.clear()
sys.path.clear()
sys.modules.clear()
builtins.__import__ = None
""", 0.0),
    Attack("tamper-warm-modules", HONEST + """
import numpy, random
numpy.random.seed = random.seed = torch.default_generator.manual_seed
torch.set_grad_enabled(False)
torch.set_default_dtype(torch.float64)
""", 10.0),
)  # fmt: skip
