"""Schedules of learning rates that a file made: each training begins at their beginning."""

from __future__ import annotations

from collections.abc import Mapping

from torch.optim.lr_scheduler import LRScheduler


def begin_schedules(namespace: Mapping[str, object], rate: float) -> None:
    """Put every schedule among the globals back to its first step, at that rate."""
    for schedule in [value for value in namespace.values() if isinstance(value, LRScheduler)]:
        groups = schedule.optimizer.param_groups
        for group in groups:
            group["lr"] = group["initial_lr"] = rate
        schedule.base_lrs = [rate for _ in groups]
        schedule.last_epoch = 0
        schedule._step_count = 1
        schedule._last_lr = [rate for _ in groups]
