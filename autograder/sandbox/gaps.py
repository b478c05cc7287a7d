"""What each level does not do, by the name of the rule that it breaks.

The conformance suite keeps every level to the same rules; for each name here it asserts that the
gap is real. ``autograder doctor`` and docs/security.md print them.
"""

from __future__ import annotations

from autograder.sandbox.message import Level

_NO_MOUNTS = "no mount namespace"
_SHARED = "files of the machine can be named, their sizes and times looked up, but not read"

GAPS: dict[Level, dict[str, str]] = {
    "namespaces": {},
    "landlock": {
        "slash_tmp_is_private": "no /tmp of its own: writing there is refused, TMPDIR works",
        "disk_is_limited": "RLIMIT_FSIZE bounds one file, not their sum; the folder is removed",
        "number_of_files_is_limited": "no tmpfs of its own; the folder is removed",
        "no_other_process_is_seen": "process ids can be probed, nothing reached by them",
        "nothing_is_known_of_files_outside": _SHARED,
        "modes_and_times_can_be_set": "chmod and utime are refused: landlock does not cover them",
    },
    "none": {},
}
