"""What students do: see the labs, submit, watch, read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from autograder.judge.grouping import MARKS
from autograder.portal.call import Call, Refused, nowhere
from autograder.portal.guard import EVERYONE, STUDENT, Door
from autograder.portal.intake import Receipt, bytes_of, receipt_of, receipts, store
from autograder.portal.people import grant, new_id
from autograder.portal.policy import WITH_POINTS, load_policy, refusal, wait_words
from autograder.portal.queue import State, state_of
from autograder.portal.render import document, fragment, moment, page
from autograder.portal.site import Site
from autograder.portal.view import LabView, Tried, changed_by_dates, look_at, price_now, since
from autograder.words.catalogue import language, say, speaking
from autograder.words.text import text


def labs_page(call: Call) -> Response:
    """Show a student's labs."""
    student = call.person.student
    found = [look_at(call.site, lab, student) for lab in call.site.course.lab_names()]
    shown = [view for view in found if view.policy.open or view.tried]
    return page(call, "labs", views=shown)


def lab_page(call: Call) -> Response:
    """Show a lab with its form and the attempts."""
    view, student, site = _view(call), call.person.student, call.site
    changed = changed_by_dates(site, view.lab, student) if view.told == "all" else []
    price = price_now(site, view, student)
    return page(call, "lab", view=view, once=new_id(), price=price, changed=changed)


def _view(call: Call) -> LabView:
    lab = call.params["lab"]
    if lab not in call.site.course.lab_names():
        raise nowhere()
    return look_at(call.site, lab, call.person.student)


def submit(call: Call) -> Response:
    """Store a file, then say so: 202 to a program, the attempt's page to a browser."""
    lab, student, site = call.params["lab"], call.person.student, call.site
    if lab not in site.course.lab_names():
        raise nowhere()
    if call.file is None or not call.file.data:
        raise Refused(400, "portal-no-file")
    view = _view(call)
    with site.database.write() as connection:
        policy = load_policy(connection, lab)
        theirs = receipts(connection, lab, student)
        known = [one.id for one in theirs]
        why = refusal(policy, [one.received for one in theirs], view.until, call.now)
        receipt = None
        if not why or call.file.once:  # a form sent twice is answered as the first time
            receipt = store(connection, student, lab, call.file, call.now)
        if receipt is None or (why and receipt.id not in known):
            raise Refused(409, "portal-refused", why=why)
        if receipt.id not in known:
            call.note(connection, "submit", f"{lab} {receipt.attempt}", receipt.sha256)
        state = state_of(connection, receipt.id)
    site.wake()
    if not call.wants_json:
        return call.to(f"/submissions/{receipt.id}")
    where = f"{site.base}/submissions/{receipt.id}"
    body = _described(receipt) | _state(state) | {"url": where}
    return JSONResponse(body, status_code=202, headers={"Location": where})


def _described(receipt: Receipt) -> dict[str, object]:
    return {
        "id": receipt.id,
        "lab": receipt.lab,
        "attempt": receipt.attempt,
        "file": receipt.name,
        "sha256": receipt.sha256,
        "received": receipt.received,
    }


def _mine(call: Call) -> Receipt:
    """Return the submission of the address; of others' there is nothing to be seen."""
    with call.site.database.read() as connection:
        found = receipt_of(connection, call.params["submission"])
    person = call.person
    if found is None or not (person.teaches or found.student == person.student):
        raise nowhere()
    return found


def submission_page(call: Call) -> Response:
    """Show where a submission is, and its feedback as soon as it is there."""
    receipt = _mine(call)
    view = look_at(call.site, receipt.lab, receipt.student)
    tried = view.of(receipt.id)
    if tried is None:
        raise nowhere()
    told = "all" if call.person.teaches else view.told
    earlier = view.before(tried)
    changed = since(earlier, tried) if earlier is not None and told in WITH_POINTS else None
    values: dict[str, Any] = {"view": view, "tried": tried, "told": told, "since": changed}
    values["said"] = said_of(tried.state)
    if tried.grade is None or told != "all":
        verdict = None
        if tried.grade is not None and told == "public":
            verdict = call.site.shelf.public(receipt.lab, tried.grade)
        return page(call, "submission", verdict=verdict, marks=MARKS, **values)
    text_ = call.site.shelf.feedback(receipt.lab, tried.grade, view.standing)
    return document(call, text_, fragment(call, "above", **values))


def said_of(state: State) -> str:
    """Return where a submission is, in words."""
    if state.state == "queued":
        wait = say(text("portal-about", wait=wait_words(state.wait_seconds)))
        return say("portal-is-queued", n=state.ahead, wait=wait)
    return say(f"portal-is-{state.state}")


def _state(state: State) -> dict[str, object]:
    return {"state": state.state, "ended": state.ended, "said": said_of(state)}


def state_json(call: Call) -> Response:
    """Return where a submission is, and its points as far as they may be shown."""
    receipt = _mine(call)
    view = look_at(call.site, receipt.lab, receipt.student)
    tried = view.of(receipt.id)
    if tried is None:
        raise nowhere()
    body = _described(receipt) | _state(tried.state)
    if tried.grade is not None and (call.person.teaches or view.told in WITH_POINTS):
        body |= _points(tried)
    return JSONResponse(body)


def _points(tried: Tried) -> dict[str, object]:
    grade = tried.grade
    assert grade is not None  # noqa: S101  # the caller looked
    return {"score": grade.score, "max_score": grade.max_score, "counts": tried.counts}


def events(call: Call) -> Response:
    """Stream where a submission is, an event each time that it is elsewhere."""
    receipt, lang = _mine(call), language()
    stream = _events(call.site, receipt.id, lang)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _events(site: Site, submission: str, lang: str) -> AsyncIterator[str]:
    async for state in site.board.watch(submission):
        with speaking(lang):
            data = json.dumps(_state(state))
        yield f"data: {data}\n\n"


def file_back(call: Call) -> Response:
    """Give the file back, byte for byte; no browser shows it."""
    receipt = _mine(call)
    with call.site.database.read() as connection:
        data = bytes_of(connection, receipt.id)
    return download(data, receipt.name)


def download(
    data: bytes | Iterator[bytes], name: str, kind: str = "application/octet-stream"
) -> Response:
    """Return bytes to be saved under a name, or what they are made by."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    if not isinstance(data, bytes):
        return StreamingResponse(data, media_type=kind, headers=headers)
    return Response(data, media_type=kind, headers=headers)


def receipt_text(call: Call) -> Response:
    """Give the receipt: time, digest, attempt."""
    one = _mine(call)
    lines = [
        say("portal-receipt", lab=one.lab, attempt=one.attempt, student=one.student),
        say("portal-receipt-at", at=moment(one.received).striptags(), file=one.name),
        f"sha256 {one.sha256}",
        f"{call.site.base}/submissions/{one.id}",
    ]
    return PlainTextResponse("\n".join(lines) + "\n")


def new_token(call: Call) -> Response:
    """Make a token for the command line, and show it once."""
    with call.site.database.write() as connection:
        token = grant(connection, call.person, "token", call.now)
        call.note(connection, "token", call.person.student)
    return page(call, "secret", said=say("portal-token-said"), secrets=[("", token)])


DOORS = (
    Door(method="GET", path="/labs", handler=labs_page, roles=STUDENT),
    Door(method="GET", path="/labs/{lab}", handler=lab_page, roles=STUDENT),
    Door(method="POST", path="/labs/{lab}", handler=submit, roles=STUDENT, rate="upload"),
    Door(method="GET", path="/submissions/{submission}", handler=submission_page, roles=EVERYONE),
    Door(method="GET", path="/submissions/{submission}/state", handler=state_json, roles=EVERYONE),
    Door(method="GET", path="/submissions/{submission}/events", handler=events, roles=EVERYONE),
    Door(method="GET", path="/submissions/{submission}/file", handler=file_back, roles=EVERYONE),
    Door(
        method="GET", path="/submissions/{submission}/receipt", handler=receipt_text, roles=EVERYONE
    ),
    Door(method="POST", path="/token", handler=new_token, roles=STUDENT, rate="sign-in"),
)
