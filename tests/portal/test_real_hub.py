"""A real JupyterHub starts the portal as its service and signs its users in: where it is installed.

``pip install jupyterhub`` and ``npm install configurable-http-proxy``, into places of their own that
PATH names; neither is needed for anything else.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.portal.rooms import LAB, make_course
from tests.shared import within

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(600)]
SECONDS = 240.0
PASSWORD = "only for this test, on this machine"
SETTINGS = """
import os
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_port = {hub}
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.JupyterHub.cookie_secret_file = "{folder}/cookie_secret"
c.JupyterHub.cleanup_servers = True
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy}"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "{password}"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.load_groups = {{
    "ml": {{"users": ["student-01", "somebody"]}},
    "teachers": {{"users": ["teacher"]}},
}}
c.JupyterHub.services = [{{
    "name": "autograder",
    "url": "http://127.0.0.1:{portal}",
    "command": ["{python}", "-m", "autograder.cli.main", "serve", "--jupyterhub",
                "--url", "http://127.0.0.1:{public}", "--course", "{course}",
                "--allow-weak-isolation"],
    "environment": {{"PATH": os.environ["PATH"], "PYTHONPATH": "{path}"}},
    "oauth_no_confirm": True,
}}]
c.JupyterHub.load_roles = [{{
    "name": "course",
    "scopes": ["access:services!service=autograder"],
    "groups": ["ml", "teachers"],
}}]
"""


def free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in found:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in found]


def is_open(address: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{address}/healthz", timeout=5).status_code == 200
    return False


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a portal behind a Hub's proxy."""
    hub = shutil.which("jupyterhub")
    if hub is None or shutil.which("configurable-http-proxy") is None:
        pytest.skip("no jupyterhub or configurable-http-proxy on PATH")
    folder = tmp_path_factory.mktemp("hub")
    course = make_course(folder / "course")
    (course.root / "portal").mkdir()
    (course.root / "portal" / "jupyterhub.json").write_text(
        '{"instructors": {"groups": ["teachers"]}}'
    )
    roster = folder / "students.csv"
    roster.write_text("id,last_name\nstudent-01,X\n")
    command = [sys.executable, "-m", "autograder.cli.main"]
    words = ["roster", "--add", str(roster), "--course", str(course.root), "--yes"]
    path = Path(__file__).resolve().parents[2]
    environment = os.environ | {"PYTHONPATH": str(path)}
    subprocess.run([*command, *words], check=True, timeout=SECONDS, env=environment)
    public, own, proxy, port = free_ports(4)
    settings = SETTINGS.format(
        public=public,
        hub=own,
        proxy=proxy,
        portal=port,
        folder=folder,
        course=course.root,
        python=sys.executable,
        path=path,
        password=PASSWORD,
    )
    (folder / "jupyterhub_config.py").write_text(settings)
    address = f"http://127.0.0.1:{public}/services/autograder"
    with (folder / "hub.log").open("w") as log:
        started = subprocess.Popen(
            [hub], cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
        try:
            opened = within(SECONDS, lambda: is_open(address) or started.poll() is not None)
            assert opened, (folder / "hub.log").read_text()
            assert started.poll() is None, (folder / "hub.log").read_text()
            yield address
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(SECONDS)


@contextlib.contextmanager
def signed_in(portal: str, name: str, to: str) -> Iterator[tuple[httpx.Client, httpx.Response]]:
    """Open a page of the portal's as a new browser: sign in at the Hub on the way."""
    with httpx.Client(follow_redirects=True, timeout=60) as client:
        asked = client.get(f"{portal}{to}")
        assert asked.status_code == 401
        [way] = re.findall(r'href="([^"]+/openid\?to=[^"]+)"', asked.text)
        login = client.get(f"{portal.partition('/services')[0]}{way}")
        [token] = re.findall(r'name="_xsrf"\s+value="([^"]+)"', login.text)[:1]
        form = {"username": name, "password": PASSWORD, "_xsrf": token}
        yield client, client.post(str(login.url), data=form)


def test_a_student_signs_in_at_the_hub_submits_and_signs_out(portal: str) -> None:
    with signed_in(portal, "student-01", f"/labs/{LAB}") as (client, page):
        assert page.status_code == 200, page.text
        assert str(page.url) == f"{portal}/labs/{LAB}"
        fields = dict(re.findall(r'name="(form_token|once)" value="([^"]+)"', page.text))
        stored = client.post(
            f"{portal}/labs/{LAB}", data=fields, files={"file": ("slope.py", b"w = 1\n")}
        )
        assert stored.status_code == 200
        assert str(stored.url).startswith(f"{portal}/submissions/")
        assert client.get(f"{portal}/class").status_code == 403
        client.post(f"{portal}/out", data=fields)
        assert client.get(f"{portal}/labs").status_code == 401


def test_a_teacher_by_the_hubs_group_sees_the_class(portal: str) -> None:
    with signed_in(portal, "teacher", "/class") as (client, page):
        assert (page.status_code, str(page.url)) == (200, f"{portal}/class")
        assert client.get(f"{portal}/people").status_code == 200


def test_who_is_in_no_roster_gets_no_session(portal: str) -> None:
    with signed_in(portal, "somebody", "/labs") as (client, page):
        assert page.status_code == 403
        assert "somebody" in page.text
        assert client.get(f"{portal}/labs").status_code == 401


def test_whom_the_hub_does_not_let_use_the_service_does_not_come_here(portal: str) -> None:
    with signed_in(portal, "stranger", "/labs") as (client, page):
        assert page.status_code == 403
        assert "/hub/" in str(page.url)
        assert client.get(f"{portal}/labs").status_code == 401
