"""A job in steps: what the child is sent at once, and what it is sent later, piece by piece.

The opening has the cells, and all that students may see. Its frames are complete before the first
*share* of what is hidden is sent, and each share is answered before the next one is.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from autograder.protocol.job import Job, Probe, Scenario
from autograder.protocol.script import Script


class Share(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One hidden thing to be done: a script, a probe or a scenario of a variant."""

    variant: int = 0
    scripts: tuple[Script, ...] = ()
    probes: tuple[Probe, ...] = ()
    scenarios: tuple[Scenario, ...] = ()


def opening_of(job: Job) -> Job:
    """Return what is sent at once: the same for each variant."""
    return msgspec.structs.replace(
        job,
        variant=0,
        scripts=tuple(one for one in job.scripts if one.phase == "public"),
        probes=tuple(one for one in job.probes if one.phase == "public"),
        scenarios=tuple(one for one in job.scenarios if one.phase == "public"),
    )


def shares_of(job: Job) -> Iterator[Share]:
    """Yield what is sent later, in order."""
    for script in job.scripts:
        if script.phase != "public":
            yield Share(variant=job.variant, scripts=(script,))
    for probe in job.probes:
        if probe.phase != "public":
            yield Share(variant=job.variant, probes=(probe,))
    for scenario in job.scenarios:
        if scenario.phase != "public":
            yield Share(variant=job.variant, scenarios=(scenario,))


def due(part: Job | Share) -> Iterator[tuple[str, str]]:
    """Yield tag and id of each frame that a part of a job is answered by, in order."""
    yield from (("script", script.id) for script in part.scripts)
    yield from (("probe", probe.id) for probe in part.probes)
    yield from (("scenario", scenario.id) for scenario in part.scenarios)
