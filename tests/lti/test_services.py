"""Grades and people: what is asked of a platform, and what comes of each of its answers."""

from __future__ import annotations

import asyncio
import datetime as dt
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from autograder.errors import CourseError
from autograder.lti.choosing import Choice, answer
from autograder.lti.errors import LtiError
from autograder.lti.launch import Choosing, Context, Grades, Launch, Role
from autograder.lti.outbox import Waiting, deliver, next_stamp, wait_of
from autograder.lti.platform import choose, load_platforms, own_key, public_keys
from autograder.lti.services import Member, Score, Services, below
from tests.lti.platform import CLIENT, DEEP, ISSUER, PLATFORM, FakePlatform

KEY = RSAKey.generate_key(2048, auto_kid=True)
ITEM = f"{ISSUER}/items/7?type_id=4"


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform(public_keys(KEY))


@pytest.fixture
def services(platform: FakePlatform) -> Services:
    return Services(platform.client(), KEY, clock=time.time)


def score(**changes: Any) -> Score:
    given = {"subject": "u-1", "given": 7.5, "maximum": 10.0, "stamp": dt.datetime.now(dt.UTC)}
    return Score(**(given | changes))


def test_a_score_goes_below_the_column_whose_address_has_a_query(
    platform: FakePlatform, services: Services
) -> None:
    asyncio.run(services.put_score(PLATFORM, ITEM, score()))
    assert platform.asked == ["POST /token", "POST /items/7/scores?type_id=4"]
    sent = platform.scores["/items/7", "u-1"]
    assert (sent["scoreGiven"], sent["scoreMaximum"]) == (7.5, 10.0)
    assert sent["gradingProgress"] == "FullyGraded"
    assert sent["https://canvas.instructure.com/lti/submission"] == {"new_submission": False}


def test_an_access_token_is_used_until_it_ends_or_is_refused(
    platform: FakePlatform, services: Services
) -> None:
    async def several() -> None:
        for second in range(3):
            at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2 * second)
            await services.put_score(PLATFORM, ITEM, score(stamp=at))
        assert platform.tokens == 1
        platform.refuses = [401]
        at += dt.timedelta(seconds=2)
        await services.put_score(PLATFORM, ITEM, score(stamp=at))
        assert platform.tokens == 2

    asyncio.run(several())


def test_a_column_is_found_again_and_made_only_once(
    platform: FakePlatform, services: Services
) -> None:
    grades = Grades(lineitems=f"{ISSUER}/items?type_id=4")

    async def column(lab: str) -> str:
        return await services.column(
            PLATFORM, grades, lab=lab, label=lab, maximum=10, link="link-1"
        )

    async def several() -> list[str]:
        return [await column("slope"), await column("line"), await column("slope")]

    first, second, third = asyncio.run(several())
    assert first == third != second
    assert [one["resourceId"] for one in platform.columns] == ["slope", "line"]


def test_the_links_own_column_is_used_without_asking(
    platform: FakePlatform, services: Services
) -> None:
    grades = Grades(lineitem=ITEM)
    made = services.column(PLATFORM, grades, lab="slope", label="Slope", maximum=10, link="")
    assert asyncio.run(made) == ITEM
    assert not platform.asked


def test_people_are_read_from_all_pages(services: Services) -> None:
    async def listed() -> list[Member]:
        return [one async for one in services.members(PLATFORM, f"{ISSUER}/members")]

    one, other = asyncio.run(listed())
    assert (one.subject, one.role, one.is_active) == ("u-1", Role.STUDENT, True)
    assert (other.subject, other.role, other.is_active) == ("u-2", Role.INSTRUCTOR, False)


def test_nothing_is_sent_to_an_address_without_tls(
    platform: FakePlatform, services: Services
) -> None:
    with pytest.raises(LtiError, match="nothing was sent"):
        asyncio.run(services.put_score(PLATFORM, "http://lms.example/items/7", score()))
    assert not platform.asked


class Box:
    """An outbox in memory."""

    def __init__(self, *waiting: Waiting) -> None:
        self.waiting = {one.id: one for one in waiting}
        self.until: dict[int, float] = {}
        self.why: dict[int, str] = {}
        self.arrived: list[int] = []

    async def due(self, now: float) -> Sequence[Waiting]:
        return [o for o in self.waiting.values() if self.until.get(o.id, 0) <= now]

    async def stamp(self, waiting: Waiting, at: dt.datetime) -> None:
        self._change(waiting.id, stamped=at)

    async def sent(self, waiting: Waiting) -> None:
        self.arrived.append(self.waiting.pop(waiting.id).id)

    async def later(self, waiting: Waiting, until: float, why: str) -> None:
        self._change(waiting.id, tries=waiting.tries + 1)
        self.until[waiting.id], self.why[waiting.id] = until, why

    async def refused(self, waiting: Waiting, why: str) -> None:
        self.waiting.pop(waiting.id)
        self.why[waiting.id] = why

    def _change(self, number: int, **changes: Any) -> None:
        self.waiting[number] = msgspec.structs.replace(self.waiting[number], **changes)


def waiting(number: int = 1, **changes: Any) -> Waiting:
    given = {
        "id": number,
        "platform": PLATFORM,
        "lineitem": ITEM,
        "subject": "u-1",
        "given": 7.5,
        "maximum": 10.0,
        "comment": "",
        "is_new": True,
        "tries": 0,
        "stamped": None,
    }
    return Waiting(**(given | changes))


@pytest.mark.parametrize("fault", [500, 503, 429, httpx.ConnectTimeout("down")])
def test_a_grade_waits_until_the_platform_is_back(
    platform: FakePlatform, services: Services, fault: int | Exception
) -> None:
    box, now = Box(waiting()), time.time()
    platform.refuses = [fault, fault]
    for attempt in range(3):
        asyncio.run(deliver(box, services, now=now))
        if attempt < 2:
            assert box.until[1] > now
            assert box.why[1]
            now = box.until[1]
    assert box.arrived == [1]
    sent = platform.scores["/items/7", "u-1"]
    assert sent["https://canvas.instructure.com/lti/submission"] == {"new_submission": False}


def test_a_platform_may_say_how_long_to_wait(platform: FakePlatform, services: Services) -> None:
    box, platform.refuses, platform.retry_after = Box(waiting()), [429], "900"
    asyncio.run(deliver(box, services, now=1000.0))
    assert box.until[1] == 1900.0


def test_a_grade_that_is_refused_is_set_aside_with_the_reason(
    platform: FakePlatform, services: Services
) -> None:
    box, platform.refuses = Box(waiting(), waiting(2, subject="u-2")), [422]
    assert asyncio.run(deliver(box, services, now=time.time())) == 1
    assert box.arrived == [2]
    assert "422" in box.why[1]


def test_an_equal_second_is_no_loss(platform: FakePlatform, services: Services) -> None:
    now = time.time()
    box = Box(waiting())
    asyncio.run(deliver(box, services, now=now))
    box = Box(waiting())  # the crash came before it was taken off the list
    asyncio.run(deliver(box, services, now=now))
    assert box.arrived == [1], "the platform has this grade already"
    box = Box(waiting(given=9.0, stamped=dt.datetime.fromtimestamp(now, dt.UTC)))
    asyncio.run(deliver(box, services, now=now))
    assert platform.scores["/items/7", "u-1"]["scoreGiven"] == 9.0


def test_a_newer_grade_of_the_platform_is_not_mistaken_for_ours(
    platform: FakePlatform, services: Services
) -> None:
    now = time.time()
    asyncio.run(services.put_score(PLATFORM, ITEM, score(stamp=dt.datetime.now(dt.UTC))))
    box = Box(waiting(given=1.0))
    asyncio.run(deliver(box, services, now=now - 60))
    assert not box.arrived
    assert box.waiting
    assert box.until[1] > now - 60


def test_times_grow_by_more_than_a_second_and_waits_double() -> None:
    last = dt.datetime.fromtimestamp(1000, dt.UTC)
    assert next_stamp(1000.0, None) == last
    assert (next_stamp(1000.0, last) - last).total_seconds() > 1
    assert next_stamp(5000.0, last).timestamp() == 5000
    assert 4 <= wait_of(0) <= 6
    assert 32 <= wait_of(3) <= 48
    assert wait_of(10_000) <= 4320


def test_the_chosen_labs_go_back_signed_with_the_platforms_data() -> None:
    choosing = Choosing(deep_link_return_url=f"{ISSUER}/deep", data="d", accept_multiple=True)
    launch = Launch(
        platform=PLATFORM,
        deployment="d1",
        subject="u-2",
        name="",
        email="",
        role=Role.INSTRUCTOR,
        target="",
        link=None,
        context=Context(),
        custom={},
        grades=None,
        members=None,
        choosing=choosing,
    )
    labs = [Choice(lab=x, title=x, url=f"https://p.example/{x}", maximum=10) for x in "ab"]
    address, token = answer(launch, labs, KEY, now=time.time())
    claims = jwt.decode(token, KEY, algorithms=["RS256"]).claims
    deep = DEEP.removesuffix("deep_linking_settings")
    assert address == f"{ISSUER}/deep"
    assert (claims["iss"], claims["aud"], claims[deep + "data"]) == (CLIENT, ISSUER, "d")
    items = claims[deep + "content_items"]
    assert [one["lineItem"]["resourceId"] for one in items] == ["a", "b"]
    single = msgspec.structs.replace(
        launch, choosing=msgspec.structs.replace(choosing, accept_multiple=False)
    )
    with pytest.raises(LtiError, match="one exercise"):
        answer(single, labs, KEY, now=time.time())


def test_the_tools_key_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    assert own_key(path).kid == own_key(path).kid
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    (shown,) = public_keys(own_key(path))["keys"]
    assert shown["alg"] == "RS256"
    assert "d" not in shown


@pytest.mark.parametrize("broken", ["", "{}", "[]", '{"kty":"oct","k":"AA"}'])
def test_a_broken_key_is_an_error_that_names_the_file(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(broken)
    with pytest.raises(CourseError, match=r"key\.json"):
        own_key(path)
    assert path.read_text() == broken


def test_platforms_are_read_from_a_file_and_chosen_by_issuer_and_client(tmp_path: Path) -> None:
    path = tmp_path / "platforms.json"
    assert load_platforms(path) == ()
    twin = msgspec.structs.replace(PLATFORM, client_id="tool-2")
    path.write_bytes(msgspec.json.encode([PLATFORM, twin]))
    found = load_platforms(path)
    assert choose(found, ISSUER) is None, "the issuer has two"
    assert choose(found, ISSUER, "tool-2") == twin
    for wrong in ([PLATFORM, PLATFORM], [{"issuer": "x"}], [_without_tls()], {"a": 1}):
        path.write_bytes(msgspec.json.encode(wrong))
        with pytest.raises(CourseError, match=r"platforms\.json"):
            load_platforms(path)


def _without_tls() -> dict[str, Any]:
    return {**msgspec.to_builtins(PLATFORM), "token_url": "http://lms.example/token"}


def test_a_part_of_a_column_comes_before_the_query() -> None:
    assert below("https://a/b/?c=d", "scores") == "https://a/b/scores?c=d"
