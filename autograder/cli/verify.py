"""``autograder verify``: prove that references, checks, mistakes and examples are right."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import AutograderError, CourseError
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from autograder.verification.item import LabProof


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "verify", help=say("verify-help"), description=say("verify-description")
    )
    parser.add_argument("labs", metavar="LAB", nargs="*", help=say("verify-labs"))
    parser.add_argument("--quick", action="store_true", help=say("verify-quick"))
    parser.add_argument("--json", action="store_true", help=say("verify-json"))
    parser.add_argument("--junit", metavar="FILE", type=Path, help=say("verify-junit"))
    parser.add_argument("--course", metavar="DIR", type=Path, help=say("option-course-from-here"))
    parser.add_argument("--out", metavar="DIR", type=Path, help=say("verify-out"))
    parser.add_argument(
        "--jobs", metavar="N", type=int, default=os.cpu_count() or 1, help=say("verify-jobs")
    )
    parser.add_argument("--github", action="store_true", help=say("verify-github"))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prove lab after lab; a table at the end, and each claim that is false."""
    try:
        from autograder.verification.verifier import prove_lab
    except ModuleNotFoundError as error:
        raise AutograderError(say("package-missing", name=error.name)) from error
    from autograder.cli.verify_output import ProofDisplay
    from autograder.course.folder import find_course, require_writable
    from autograder.engines.pool import LocalEngine
    from autograder.grading.cache import Store, write_atomically
    from autograder.grading.setup import ENTRY, Settings, choose_isolation
    from autograder.verification.context import Bench
    from autograder.verification.junit import as_junit

    course = find_course(options.course, Path.cwd())
    labs = list(dict.fromkeys(options.labs)) or course.lab_names()
    if not labs:
        raise CourseError(say("course-without-labs", root=course.root))
    for lab in labs:
        course.exercise(lab)
    out = require_writable(options.out or course.graded)
    settings = Settings(submitted=course.root, assignment="")
    policy = settings.policy()
    proofs: list[LabProof] = []
    with ExitStack() as stack:
        level = choose_isolation(allow_weak=True).level  # the instructor's own code
        engine = LocalEngine(level, policy, ENTRY, max(1, options.jobs))
        stack.callback(engine.close)
        shown = stack.enter_context(ProofDisplay(as_json=options.json))
        bench = Bench(
            course=course,
            engine=engine,
            policy=policy,
            store=lambda lab: Store(out, lab),
            progress=shown,
        )
        for lab in labs:
            shown.enter(lab)
            proofs.append(prove_lab(bench, lab, planting=not options.quick))
            shown.add(proofs[-1])
        shown.finish()
    if options.github:
        from autograder.cli.github import tell_proofs

        tell_proofs(course.root, proofs)
    if options.junit:
        write_atomically(options.junit, as_junit(proofs))
        print(say("verify-wrote-junit", junit=options.junit), file=sys.stderr)
    return 1 if any(proof.refuted for proof in proofs) else 0
