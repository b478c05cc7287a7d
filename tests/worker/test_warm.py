"""What is done once, before children are forked, so that each of them writes to fewer pages."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType
from typing import ClassVar

import pytest

from autograder.worker import undrawn
from autograder.worker.undrawn import remember_loaded, undrawn_plots


class Name(str):
    """A module's name that notes when somebody looks at it."""

    __slots__ = ()
    looks: ClassVar[list[str]] = []

    def partition(self, separator: str) -> tuple[str, str, str]:  # type: ignore[override]
        self.looks.append(self)
        return super().partition(separator)


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Whatever is remembered is forgotten afterwards."""
    monkeypatch.setattr(undrawn._Warm, "plotting", ())
    monkeypatch.setattr(undrawn._Warm, "last", "")
    return monkeypatch


def test_names_of_modules_that_are_remembered_are_not_read_again(
    warm: pytest.MonkeyPatch,
) -> None:
    warm.setitem(sys.modules, Name("looked_at"), ModuleType("looked_at"))
    warm.setitem(sys.modules, "last_before_children", ModuleType("last_before_children"))
    remember_loaded()
    Name.looks.clear()
    with undrawn_plots():
        pass
    assert Name.looks == []


def test_modules_of_matplotlib_are_taken_out_whenever_they_were_loaded(
    warm: pytest.MonkeyPatch,
) -> None:
    early, late = ModuleType("mpl_toolkits.early"), ModuleType("mpl_toolkits.late")
    warm.setitem(sys.modules, "mpl_toolkits.early", early)
    remember_loaded()
    warm.setitem(sys.modules, "mpl_toolkits.late", late)
    with undrawn_plots():
        assert not {"mpl_toolkits.early", "mpl_toolkits.late"} & {*sys.modules}
    assert sys.modules["mpl_toolkits.early"] is early
    assert sys.modules["mpl_toolkits.late"] is late


HOLES = """
import ctypes
from autograder.worker.heap import use_up_holes
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
places = [libc.malloc(size) for size in (40, 200, 2_000, 20_000) for _ in range(300)]
for place in places[::2]:
    libc.free(place)
use_up_holes()
print(sum(libc.malloc(size) < max(places) for size in (200, 2_000, 20_000) for _ in range(50)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the heap of glibc")
def test_what_is_allocated_after_warming_up_lies_above_all_that_was_there() -> None:
    found = subprocess.run(
        [sys.executable, "-c", HOLES], capture_output=True, text=True, timeout=60, check=True
    )
    assert found.stdout.strip() == "0"
