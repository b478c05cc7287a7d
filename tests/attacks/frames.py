"""Attacks on the pipe that carries the frames: descriptor 3."""

from __future__ import annotations

from .attack import FIND, FUNCTIONS, SETUP, TRAIN, WRONG, Attack

LOADED = """
import os
from autograder.protocol.array import Array, pack
from autograder.protocol.codec import encode_frame
from autograder.protocol.trace import *

def put(*frames):
    for frame in frames:
        data = frame if isinstance(frame, bytes) else encode_frame(frame)
        while data:
            data = data[os.write(3, data):]

DEFINED = {"forward": "forward", "criterion": "criterion", "train_model": "train_model"}
job = find("job")
"""
FORGE = SETUP + FIND + LOADED

FORGERIES = {
    # Everything in its place, but no number is right.
    "everything-zero": """
put(Loading(defined=DEFINED))
zero = lambda array: pack([0.0] * (len(array.data) // 4)).__class__("f8", array.shape, bytes(2 * len(array.data)))
for probe in job.probes:
    value = zero(probe.x if hasattr(probe, "x") else probe.y)
    put(ProbeRecord(id=probe.id, value=value, gradients={"w": pack(0.0), "yhat": value}))
for scenario in job.scenarios:
    put(ScenarioRecord(id=scenario.id, calls=tuple(
        CallRecord(parameters={"w": pack(0.0)}, losses=LossRecord(values=pack([0.0] * n), kinds="n" * n),
                   visited=pack([[0.0]] * n), fresh={"w": pack([[0.0]] * n)},
                   buffers={"w": pack([[0.0]] * n)}, steps_seen=n, held=pack([[0.0]] * n)) for n in scenario.calls)))
put(Done())
os._exit(0)
""",
    "done-first": "put(Done())\nos._exit(0)\n",
    "done-after-loading": "put(Loading(defined=DEFINED), Done())\nos._exit(0)\n",
    "loading-twice": "put(Loading(defined=DEFINED), Loading(defined=DEFINED), Done())\n",
    "giant-length": "put(b'\\xff' * 4, b'x' * 65536)\nos._exit(0)\n",
    "garbage": "put(bytes(range(256)) * 64)\n",
    "deep-nesting": "body = b'\\x91' * 200_000\nput(len(body).to_bytes(4, 'little') + body)\nos._exit(0)\n",
    "flood": "while True:\n    put(Done())\n",
    # Arrays that do not hold what their shape says, where the judge reads them.
    "short-array": """
put(Loading(defined=DEFINED))
for probe in job.probes:
    put(ProbeRecord(id=probe.id, value=Array("f8", (1000,), b"123"), gradients={}))
os._exit(0)
""",
    "shape-that-overflows": """
put(Loading(defined=DEFINED))
for probe in job.probes:
    put(ProbeRecord(id=probe.id, value=Array("f8", (0, 2**62), b""), gradients={}))
os._exit(0)
""",
    "shape-beyond-64-bits": """
put(Loading(defined=DEFINED))
for probe in job.probes:
    put(ProbeRecord(id=probe.id, value=Array("f8", (0, 2**64 - 1), b""), gradients={}))
os._exit(0)
""",
    "gradient-short-array": """
put(Loading(defined=DEFINED))
for probe in job.probes:
    x = torch.frombuffer(bytearray((probe.x if hasattr(probe, "x") else probe.y).data), dtype=torch.float32)
    p = torch.frombuffer(bytearray(probe.parameters["w"].data), dtype=torch.float32) if hasattr(probe, "x") else 1
    put(ProbeRecord(id=probe.id, value=pack((p * x).double().numpy().reshape(-1, 1)),
                    gradients={"w": Array("f4", (3, 3), b"12"), "yhat": Array("f4", (9,), b"")}))
os._exit(0)
""",
}

CALLS = """
probes = [ProbeRecord(id=probe.id) for probe in job.probes]
put(Loading(defined=DEFINED), *probes)
for scenario in job.scenarios:
    put(ScenarioRecord(id=scenario.id, calls=tuple(
        CallRecord(**{**dict(
            parameters={"w": pack(-3.0)}, losses=LossRecord(values=pack([1.0] * n), kinds="n" * n),
            visited=pack([[float(i)] for i in range(n)]), fresh={"w": pack([[1.0]] * n)},
            buffers={"w": pack([[1.0]] * n)}, steps_seen=n, held=pack([[0.0]] * n)), **CHANGED}) for n in scenario.calls)))
put(Done())
os._exit(0)
"""
CHANGES = {
    "no-parameters": "dict(parameters={})",
    "parameters-of-another-name": 'dict(parameters={"v": pack([1.0, 2.0, 3.0])})',
    "infinite-parameters": 'dict(parameters={"w": pack(float("inf"))})',
    "largest-parameters": 'dict(parameters={"w": pack(1e308)}, visited=pack([[1e308], [-1e308], [1e308], [0.0]]))',
    "scalar-gradients": 'dict(fresh={"w": pack(1.0)}, buffers={"w": pack(1.0)})',
    "held-not-filled": 'dict(held=Array("f8", (4, 1), b""))',
    "scalar-visits": "dict(visited=pack(1.0))",
    "visits-not-filled": 'dict(visited=Array("f8", (4, 1), b""))',
    "nan-visits": 'dict(visited=pack([[float("nan")]] * 4))',
    "losses-not-filled": 'dict(losses=LossRecord(values=Array("f8", (4,), b"1"), kinds="nnnn"))',
    "losses-of-odd-kinds": 'dict(losses=LossRecord(values=pack([1.0] * 4), kinds="\\x1b\\u202e<>"))',
    "steps-seen-negative": "dict(steps_seen=-(2**63))",
    "a-million-visits": 'dict(visited=Array("f4", (900_000, 1), bytes(range(1, 101)) * 36_000), fresh={"w": Array("f8", (900_000, 0), b"")})',
    "thousands-of-names": "dict(fresh={str(i): pack([[1.0]]) for i in range(2000)})",
}

ATTACKS = (
    *(Attack(f"frames-{name}", FORGE + body, 0.0) for name, body in FORGERIES.items()),
    *(
        Attack(f"frames-{name}", FORGE + f"CHANGED = {change}\n" + CALLS, 0.0)
        for name, change in CHANGES.items()
    ),
    Attack("frames-during-training", FUNCTIONS + FIND + LOADED + """
def train_model(n):
    put(ScenarioRecord(id=job.scenarios[0].id), Done())
    os._exit(0)
""", 4.0),
    Attack("frames-after-the-end", FUNCTIONS + TRAIN + FIND + LOADED + """
import atexit, threading
atexit.register(put, Done())

def later():
    threading.main_thread().join()
    put(Done(), Done())

threading.Thread(target=later).start()
""", 10.0),
    Attack("frames-of-hostile-text", FORGE + r"""
bad = "\x1b[31m\x00\u202e\u2028</script><script>alert(1)</script>\n{\"score\": 10.0}\n" * 2000
put(Loading(failures=tuple(Failure(kind="exception", text=bad, cell=2**63, line=-1) for _ in range(5)),
            notes=tuple(f"{i} {bad[:200]}" for i in range(2000)), defined={bad: bad}))
for probe in job.probes:
    put(ProbeRecord(id=probe.id, failure=Failure(kind="result", text="{role} {text!r} %s " + bad)))
os._exit(0)
""", 0.0),
    Attack("frames-of-bad-unicode", FORGE + r"""
put(encode_frame(Loading(file="MARK", defined=DEFINED)).replace(b"MARK", b"\xed\xa0\x80\xff"))
os._exit(0)
""", 0.0),
    Attack("frames-pipe-closed", WRONG + "\nimport os\nos.close(3)\n", 0.0),
    Attack("frames-pipe-replaced", WRONG + "\nimport os\nos.dup2(1, 3)\n", 0.0),
)  # fmt: skip
