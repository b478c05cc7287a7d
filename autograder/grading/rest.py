"""What is left to observe where a process ended in something public, before what is hidden.

All that is public comes first, so a training function that ends the process would cost the points
of forward and criterion, too. What does not depend on what it ended in is tried in a fresh child.
"""

from __future__ import annotations

import msgspec

from autograder.protocol.job import ForwardProbe, Job
from autograder.protocol.steps import due, opening_of, shares_of
from autograder.protocol.trace import Trace


def rest_of(job: Job, trace: Trace) -> Job | None:
    """Return the job without what its process ended in; None where that leaves nothing to learn."""
    if trace.ending in ("done", "sandbox") or trace.loading is None:
        return None
    seen = {*trace.scripts, *trace.probes, *trace.scenarios}
    tag, name = next((one for one in due(opening_of(job)) if one[1] not in seen), ("", ""))
    rest = msgspec.structs.replace(job, scenarios=())
    if tag == "probe":
        forward = tuple(one for one in job.probes if isinstance(one, ForwardProbe))
        rest = msgspec.structs.replace(rest, probes=forward)
    if tag not in ("probe", "scenario") or name in {one.id for one in rest.probes}:
        return None
    return rest if any(True for _ in shares_of(rest)) else None


def joined(trace: Trace, rest: Trace) -> Trace:
    """Return a trace with the results of the rest of its job; its ending stays."""
    return msgspec.structs.replace(
        trace, probes=rest.probes | trace.probes, scripts=rest.scripts | trace.scripts
    )
