"""Files as a student has them: the lab's folder, with functions filled in or not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORWARD = "def forward(x):\n    return w * x\n"
CRITERION = "def criterion(yhat, y):\n    return torch.mean((yhat - y) ** 2)\n"
TRAIN = """\
def train_model(iterations):
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()
"""
PILING = TRAIN.replace("        w.grad.data.zero_()\n", "")
RIGHT = {"forward": FORWARD, "criterion": CRITERION, "train_model": TRAIN}


def lab_folder(place: Path, lab: str = "slope") -> Path:
    """Return a copy of what students receive of a lab."""
    return Path(shutil.copytree(ROOT / "assignments" / lab, place / lab))


def solved(path: Path, functions: dict[str, str] = RIGHT) -> Path:
    """Put functions in the place of the stubs of slope's notebook or script."""
    if path.suffix == ".py":
        cells = path.read_text().split("# %%")
        path.write_text("# %%".join(_filled(cell, functions) for cell in cells))
        return path
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = _filled("".join(cell["source"]), functions)
    path.write_text(json.dumps(notebook))
    return path


def _filled(cell: str, functions: dict[str, str]) -> str:
    for name, text in functions.items():
        if f"def {name}(" in cell:
            return f"\n{text}\n"
    return cell
