"""What a file asks of a computer that is not this one costs it nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from autograder.worker.cells import SCRIPT
from autograder.worker.device import Properties
from autograder.worker.marks import Marks
from autograder.worker.writing import lost_writes

from . import module_labs
from .conftest import Look, Run
from .module_labs import OBJECTS, ends
from .observation import GLOBALS, TRAIN, Observation, assert_same_training, notebook, script

pytestmark = pytest.mark.usefixtures("furnished")


@pytest.fixture
def reference(run: Run) -> Observation:
    """A right submission, observed."""
    return run(script())


def on(device: str, top: str = "") -> str:
    """Return a right submission that moves its data to a device whenever it trains."""
    train = TRAIN.replace("forward(X)", f"forward(X.to({device}))")
    return script(top=top + GLOBALS, train=train)


@pytest.mark.parametrize(
    ("device", "top"),
    [
        ("'npu:0'", ""),
        ("'mlu'", ""),
        ("'cpu').npu(", "import torch_npu\n"),
        ("device", "import torch_directml\ndevice = torch_directml.device()\n"),
        ("device()", "from torch_xla.core.xla_model import xla_device as device\n"),
        ("device", "import torch\ndevice = torch.accelerator.current_accelerator().type\n"),
        ("device=torch.accelerator.current_accelerator()", ""),
    ],
)
def test_a_move_to_a_device_of_any_maker_leaves_things_where_they_are(
    device: str, top: str, run: Run, reference: Observation
) -> None:
    assert_same_training(run(on(device, top)), reference)


def test_a_device_that_nobody_has_is_a_mistake(run: Run) -> None:
    assert run(on("'gpu'")).failures()


def test_shares_of_a_device_s_memory_can_be_computed() -> None:
    free, total = torch.cuda.mem_get_info()
    assert free / total == 1
    assert torch.cuda.memory_allocated() / Properties().total_memory == 0


@pytest.mark.parametrize(
    "annotation",
    ["Optional[TT]", "Optional[TT['n']]", "Union[TT, None, float]", "TT | None", "List[TT[int]]"],
)
def test_a_missing_type_may_stand_in_any_annotation(
    annotation: str, run: Run, reference: Observation
) -> None:
    top = "from typing import List, Optional, Union\nfrom torchtyping import TensorType as TT\n"
    train = TRAIN.replace("l(iterations)", f"l(iterations, log: {annotation} = None)")
    assert_same_training(run(script(top=top + GLOBALS, train=train)), reference)


def test_a_missing_type_is_still_no_value(look: Look) -> None:
    loading = look("from torchtyping import TensorType\nif TensorType == 3:\n    x = 1\n")
    assert [failure.kind for failure in loading.failures] == ["module"]


CALLBACK = """\
from callbacks import Callback
class Own(Callback):
    def __init__(self):
        super().__init__()
        self.seen = 0
    def on_step(self, loss):
        super().on_step(loss)
        Callback.on_step(self, loss)
        self.seen += 1
own = Own()
"""


def test_a_method_may_call_the_one_that_it_replaces_in_a_missing_class(
    run: Run, reference: Observation
) -> None:
    train = TRAIN.replace(
        "        loss.backward()", "        own.on_step(loss)\n        loss.backward()"
    )
    assert_same_training(run(script(top=CALLBACK + GLOBALS, train=train)), reference)


@pytest.mark.parametrize("start", ["super().__init__()", "Callback.__init__(self)", "pass"])
def test_a_missing_base_is_begun_in_every_way(start: str, look: Look) -> None:
    assert look(CALLBACK.replace("super().__init__()", start)).failures == ()


@pytest.mark.parametrize("bases", ["Mixin, nn.Module", "nn.Module, Mixin", "Mixin"])
def test_a_class_may_use_what_a_missing_base_would_bring(bases: str, look: Look) -> None:
    source = f"""\
import torch
from torch import nn
from mixins import Mixin
class Model({bases}):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.linear = nn.Linear(1, 1)
        self.register_buffer("mean", torch.zeros(1))
    def forward(self, x):
        self.log("forward", x)
        return self.linear(x) + self.weight
model = Model()
model(torch.ones(1, 1))
model.push("somewhere")
assert set(model.state_dict()) == {{"weight", "mean", "linear.weight", "linear.bias"}}
"""
    assert look(source).failures == ()


def test_what_a_missing_base_would_bring_is_no_value(look: Look) -> None:
    source = """\
from torch import nn
from mixins import Mixin
class Model(nn.Module, Mixin):
    pass
rate = 2 * Model().rate
"""
    assert [failure.kind for failure in look(source).failures] == ["module"]


@pytest.mark.parametrize(
    "line",
    [
        "torch.set_num_interop_threads(4)",
        "n = int(input('how many? '))",
        "rate = float(input().strip())",
        "assert input() == '' and not input()",
        "while True:\n    try:\n        n = int(input())\n        break\n    except ValueError: pass",
        "Path('/proc/content/log.txt').touch()",
        "Path('x').touch(); shutil.copy('x', '/proc/content/x'); shutil.copy2('x', '/proc/content/drive/')",
        "Path('x').touch(); shutil.move('x', '/proc/content/x')",
        "os.mkdir('checkpoints')",
        "os.makedirs('/proc/content/checkpoints')",
    ],
)
def test_each_call_of_the_training_may_do_what_it_does_at_home(
    line: str, run: Run, reference: Observation
) -> None:
    body = "".join(f"    {part}\n" for part in line.split("\n"))
    train = TRAIN.replace("(iterations):\n", f"(iterations):\n{body}", 1)
    top = "import os, shutil\nfrom pathlib import Path\n"
    assert_same_training(run(script(top=top + GLOBALS, train=train)), reference)


@pytest.mark.parametrize("line", ["shutil.copy('gone', 'x')", "os.mkdir('.')", "Path('.').mkdir()"])
def test_what_fails_at_home_fails(line: str, look: Look) -> None:
    assert look(f"import os, shutil\nfrom pathlib import Path\n{line}\n").failures


@pytest.mark.parametrize(
    "made", ["Path('a/b/c').mkdir(parents=True)", "Path('a/b/c').mkdir(0o755, True, True)"]
)
def test_folders_within_folders_are_made_where_they_can_be_and_nothing_is_noted(
    made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    marks = Marks()
    with lost_writes(marks):
        exec(compile(made, SCRIPT, "exec"), {"Path": Path})
        Path("a/b/c/x").write_text("1")
    assert (tmp_path / "a" / "b" / "c" / "x").read_text() == "1"
    assert marks.take() == ()


def test_a_model_that_was_halved_at_the_end_is_whole_again() -> None:
    found = module_labs.run(module_labs.script(end="model.half()\n"))
    module_labs.assert_same_training(found, module_labs.run(module_labs.script()))


@pytest.mark.parametrize("module", ["tkinter", "turtle"])
def test_what_draws_on_a_screen_is_missing_here(module: str, look: Look) -> None:
    held = {name: sys.modules.pop(name) for name in (module, "_tkinter") if name in sys.modules}
    loading = look(f"import {module}\nroot = {module}.Tk()\nroot.mainloop()\n")
    sys.modules.update(held)
    assert loading.failures == ()
    assert loading.missing == (module,)


CAPTURED = "%%capture {options} cap\n{train}"


@pytest.mark.parametrize("options", ["", "--no-stdout"])
def test_what_a_cell_printed_can_be_asked_for(options: str, look: Look) -> None:
    cells = (
        CAPTURED.format(options=options, train="x = 1"),
        "cap.show()\ncap()\nn = len(cap.stdout)",
    )
    loading = look(notebook(*cells), filename="slope.ipynb")
    assert loading.failures == ()


LATER = [
    "optimizer = optim.Adam(model.parameters(), lr=0.1)\n",
    "for optimizer_ in [1]:\n    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)\n",
    "model = Line(1, 1)\noptimizer = optim.RMSprop(model.parameters())\ntrain_model(2)\n",
    "optimizer = optim.Adam(model.parameters())\noptimizer = optim.Adagrad(model.parameters())\n",
]


@pytest.mark.parametrize("later", LATER)
def test_an_optimizer_of_another_kind_at_the_end_gives_way_to_the_lab_s(later: str) -> None:
    found = module_labs.run(module_labs.script(end=later))
    module_labs.assert_same_training(found, module_labs.run(module_labs.script()))
    assert [note.code for note in found.loading.notes] == ["optimizer-put-back"]


def test_an_optimizer_of_another_kind_from_the_start_counts() -> None:
    objects = OBJECTS.replace("lr=0.1", "lr=0.1, momentum=0.9")
    found = module_labs.run(module_labs.script(objects=objects))
    again = module_labs.run(module_labs.script(objects=objects, end=LATER[0]))
    plain = module_labs.run(module_labs.script())
    for one in (found, again):
        assert not np.allclose(ends(one)["other"], ends(plain)["other"], rtol=1e-3)


def test_a_name_that_is_bound_again_and_again_is_not_remembered_for_ever() -> None:
    marks = Marks()
    marks.namespace = {"optimizer": object()}
    for _ in range(1000):
        marks.leave("optimizer")
    assert len(marks.left["optimizer"]) <= 10


def test_functions_of_torch_have_their_names_where_devices_are_replaced() -> None:
    code = (
        "import torch; from torch import overrides; from autograder.worker.furnish import furnish;"
        "from autograder.worker.patch import Patches; furnish(Patches());"
        "print(overrides.resolve_name(torch.softmax))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=300)
    assert done.stdout.strip() == "torch.softmax", done.stderr
