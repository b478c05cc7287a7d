"""Replace what student code would find on its own computer, all in one place."""

from __future__ import annotations

from autograder.worker import missing
from autograder.worker.console import print_what_fits
from autograder.worker.device import use_no_device
from autograder.worker.eager import run_eagerly
from autograder.worker.patch import Patches
from autograder.worker.unattended import leave_unattended, show_nothing
from autograder.worker.unprofiled import note_for_profilers_alone


def furnish(patches: Patches) -> None:
    """Get this process ready for a student's file: one that runs alone, on a plain computer."""
    use_no_device(patches)
    run_eagerly(patches)
    leave_unattended(patches)
    show_nothing(patches)
    print_what_fits(patches)
    missing.install(patches)
    note_for_profilers_alone(patches)


def furnish_kernel(patches: Patches) -> None:
    """Get a live notebook ready for calls of its functions; what it has, it keeps."""
    run_eagerly(patches)
    leave_unattended(patches)
