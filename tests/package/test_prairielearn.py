"""A job of PrairieLearn's, laid out as it does and run as root in a bare container."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from autograder.package.bundle import Bundle
from autograder.package.prairielearn import write_folder

from .container import run_contained
from .spy import SOURCE, spy


@pytest.mark.thorough
def test_a_job_has_a_result_and_hides_what_is_hidden(
    bundle: Bundle, installed: Path, tmp_path: Path
) -> None:
    write_folder(bundle, tmp_path / "slope", "someone/autograder")
    job = tmp_path / "grade"
    (job / "student").mkdir(parents=True)
    (job / "data").mkdir()
    (job / "data" / "data.json").write_text(
        json.dumps({"correct_answers": "CANARY-of-earlier-results"})
    )
    (job / "student" / "slope.py").write_text(spy(SOURCE))
    subprocess.run(["cp", "-r", tmp_path / "slope/question/tests", job / "tests"], check=True)
    subprocess.run(["chown", "-R", "65534:65534", job], check=True)
    subprocess.run(["chmod", "-R", "a+rwX", job], check=True)
    script = installed / "grade"
    script.write_bytes((tmp_path / "slope/image/grade").read_bytes())
    script.chmod(0o755)
    done = run_contained(
        job, "/grade", installed, "landlock", "/opt/autograder/grade", new=tmp_path / "new"
    )
    assert not done.stderr
    found = json.loads((job / "results" / "results.json").read_text())
    assert (found["gradable"], found["score"]) == (True, 1.0), (found, done.stdout)
