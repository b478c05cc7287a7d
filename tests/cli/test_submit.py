"""``autograder submit`` sends one file with a token that nobody else can read."""

from __future__ import annotations

import getpass
import http.server
import json
import os
import stat
import threading
from pathlib import Path

import pytest

from autograder.cli.main import main

STATES = ({"ended": False, "said": "waits"}, {"ended": True, "said": "graded", "score": 7.0})


class Answers(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got = (self.path, self.headers["Authorization"], body)
        self._answer(202, {"id": "abc", "attempt": 2, "sha256": "f" * 64})

    def do_GET(self) -> None:
        self.server.asked += 1
        self._answer(200, STATES[min(self.server.asked, 2) - 1] | {"max_score": 10.0})

    def _answer(self, status: int, body: dict) -> None:
        self.send_response(self.server.status or status)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()
        self.wfile.write(json.dumps(self.server.body or body).encode())

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def portal(tmp_path, monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.asked, server.status, server.body = 0, 0, None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(getpass, "getpass", lambda _: "my-token")
    monkeypatch.setattr("autograder.cli.submit.EACH", 0.01)
    (tmp_path / "slope.py").write_text("x = 1")
    yield server
    server.shutdown()
    server.server_close()


def url(server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def kept(tmp_path: Path) -> Path:
    return tmp_path / "config/autograder/portal.json"


def test_a_file_is_sent_and_the_points_are_printed(portal, tmp_path, capsys):
    assert main(["submit", "--save-token", "--url", url(portal)]) == 0
    assert stat.S_IMODE(kept(tmp_path).stat().st_mode) == 0o600
    assert main(["submit", str(tmp_path / "slope.py")]) == 0
    path, token, body = portal.got
    assert (path, token) == ("/labs/slope", "Bearer my-token")
    assert b'filename="slope.py"' in body
    assert b"x = 1" in body
    shown = capsys.readouterr()
    assert "7 of 10 points" in shown.out
    assert "my-token" not in shown.out + shown.err


def test_a_token_that_others_can_read_is_not_used(portal, tmp_path, capsys):
    main(["submit", "--save-token", "--url", url(portal)])
    os.chmod(kept(tmp_path), 0o644)
    assert main(["submit", str(tmp_path / "slope.py")]) == 1
    assert "chmod 600" in capsys.readouterr().err


def test_a_token_goes_to_its_own_portal_over_tls_only(portal, tmp_path, capsys):
    assert main(["submit", "--save-token", "--url", "http://portal.example"]) == 1
    main(["submit", "--save-token", "--url", url(portal)])
    file = str(tmp_path / "slope.py")
    assert main(["submit", file, "--url", "https://other.example"]) == 1
    portal.status = 302
    assert main(["submit", file]) == 1  # it follows nowhere


def test_what_the_portal_refuses_is_said_in_its_words(portal, tmp_path, capsys):
    main(["submit", "--save-token", "--url", url(portal)])
    portal.status, portal.body = 409, {"error": "The due date is over.\x1b[2J"}
    assert main(["submit", str(tmp_path / "slope.py")]) == 1
    said = capsys.readouterr().err
    assert "The due date is over." in said
    assert "\x1b" not in said
