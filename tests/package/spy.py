"""A right submission that looks for what it must not see, and trains wrongly if it finds any."""

from __future__ import annotations

import sys
import sysconfig

from .container import packages

NEEDLES = (
    "'CANARY-of-' + 'earlier-results'",  # in submission_metadata.json
    "'other-' + 'slope'",  # a hidden scenario's name: in the bundle, in exercise.py
    "'true' + '_slope_of_results'",  # in a result that was left there before
)

SKIPPED = (
    *("/proc", "/sys", "/dev", "/usr", "/lib", "/lib64", "/bin", "/opt/autograder"),
    *(sys.base_prefix, sysconfig.get_config_var("prefix"), *packages()),
)
SOURCE = """
import torch
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
def forward(x):
    return w * x
def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)
def train_model(iterations):
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()
"""

SPY = """
import os, stat, sys
NEEDLES = [one.encode() for one in ({needles})]
LOOKED = {looked}
SKIPPED = {skipped}

def files():
    for top in LOOKED:
        for folder, inner, names in os.walk(top):
            inner[:] = [name for name in inner if os.path.join(folder, name) not in SKIPPED]
            for name in names:
                yield os.path.join(folder, name)

def read(path, most=30_000_000):
    try:
        if not stat.S_ISREG(os.stat(path).st_mode) and not path.startswith("/proc"):
            return b""
        with open(path, "rb") as stream:
            return stream.read(most)
    except (OSError, ValueError):
        return b""

def findings():
    for path in files():
        data = read(path)
        if any(needle in data for needle in NEEDLES):
            yield path
    for pid in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if not pid.isdigit() or int(pid) == os.getpid():
            continue
        if read(f"/proc/{{pid}}/environ"):
            yield f"environment of {{pid}}"
        try:
            open(f"/proc/{{pid}}/mem", "rb").close()
            yield f"memory of {{pid}}"
        except OSError:
            pass
        try:
            yield from (f"descriptors of {{pid}}" for _ in os.listdir(f"/proc/{{pid}}/fd"))
        except OSError:
            pass
    for name, value in os.environ.items():
        if "bundle" in value or any(n.decode() in value for n in NEEDLES):
            yield f"${{name}}"
    for name in sys.modules:
        if name.startswith(("autograder.package", "autograder.judge", "autograder.exercise")):
            yield name
    for descriptor in range(8, 4096):
        try:
            os.fstat(descriptor)
            yield f"descriptor {{descriptor}}"
        except OSError:
            pass
    try:
        if os.getppid() > 1:  # 0 where there is no other process to be seen
            os.kill(os.getppid(), 0)
            yield "signals to the parent"
    except OSError:
        pass

FOUND = list(findings())
"""


def spy(source: str) -> str:
    """Return a right source that earns full marks only where it finds nothing."""
    needles = ", ".join(NEEDLES) + ","
    head = SPY.format(needles=needles, looked=repr(("/",)), skipped=repr(set(SKIPPED)))
    return f"{head}\n{source}\nif FOUND:\n    def forward(x):\n        return 0 * w * x\n"
