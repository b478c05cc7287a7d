"""What a command prints is all that stands on its standard output."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

NOISY = """\
    import ctypes, os, sys
    from autograder.cli.outlet import own_output

    own_output()
    libc = ctypes.CDLL(None)
    print("first", flush=True)
    libc.puts(b"from C, kept by its library to the end")
    os.write(1, b"from a descriptor\\n")
    subprocess = os.system("echo from a process")
    sys.stdout.buffer.write(b"second\\n")
    print("third")
"""


def run(program: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(program)]
    given = {"capture_output": True, "text": True, "timeout": 240, "check": True, **options}
    return subprocess.run(command, **given)  # type: ignore[call-overload,no-any-return]  # noqa: PLW1510


def test_what_native_code_writes_goes_to_stderr() -> None:
    done = run(NOISY)
    assert done.stdout.split() == ["first", "second", "third"]
    assert done.stderr.count("from ") == 3


def test_the_encoding_stays_and_nothing_is_lost_at_the_end() -> None:
    program = """\
        import sys
        from autograder.cli.outlet import own_output
        own_output()
        print(sys.stdout.encoding, sys.stdout.errors, "\\u00e9\\u2714")
    """
    done = run(program, env={**os.environ, "PYTHONIOENCODING": "ascii:backslashreplace"})
    assert done.stdout == "ascii backslashreplace \\xe9\\u2714\n"


def test_a_stream_that_is_no_standard_output_is_left_alone() -> None:
    program = """\
        import io, os, sys
        from autograder.cli.outlet import own_output
        sys.stdout = io.StringIO()
        own_output()
        os.write(1, sys.stdout.getvalue().encode() + b"as it was")
    """
    assert run(program).stdout == "as it was"


def test_the_program_keeps_its_output_for_itself() -> None:
    program = """\
        import os, sys
        from autograder.cli import doctor, main
        doctor.run = lambda options: os.write(1, b"noise") and print("words") or 0
        sys.argv = ["autograder", "doctor"]
        main.main()
    """
    assert run(program).stdout == "words\n"
