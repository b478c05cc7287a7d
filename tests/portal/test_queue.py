"""What is submitted is stored, graded, and recorded, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock

import pytest
from sqlalchemy import text

from autograder.course.folder import Course
from autograder.errors import SandboxError
from autograder.portal import bench, board, queue
from autograder.portal.database import Database, Unavailable
from autograder.portal.intake import Receipt, Sent, bytes_of, receipts, safe_name, store
from autograder.portal.queue import State
from autograder.portal.worker import Worker
from tests.portal.conftest import LAB, Clock, Kept, MadeUp


def send(database: Database, student: str, clock: Clock, data: bytes = b"x", **sent) -> Receipt:
    with database.write() as connection:
        return store(connection, student, LAB, Sent(name="a.py", data=data, **sent), clock())


def state(database: Database, receipt: Receipt) -> State:
    with database.read() as connection:
        return queue.state_of(connection, receipt.id)


def take(database: Database, clock: Clock, owner: str = "one", most: int = 8) -> list[queue.Job]:
    with database.write() as connection:
        return queue.take(connection, owner, most, clock())


def worker(database: Database, clock: Clock) -> tuple[Worker, MadeUp, Kept]:
    grades, kept = MadeUp(), Kept()
    return Worker(database, grades, kept, clock, batch=4), grades, kept


def test_a_submission_has_its_bytes_a_receipt_and_a_job_at_once(database, clock):
    receipt = send(database, "student-01", clock, b"print()")
    with database.read() as connection:
        assert receipts(connection) == [receipt]
        assert bytes_of(connection, receipt.id) == b"print()"
    assert (receipt.attempt, receipt.received) == (1, clock())
    assert state(database, receipt).state == "queued"


def test_a_form_sent_twice_is_one_submission(database, clock):
    first = send(database, "student-01", clock, once="form")
    assert send(database, "student-01", clock, once="form") == first
    assert send(database, "student-02", clock, once="form") != first


def test_a_database_opened_again_keeps_everything(database, clock, url):
    receipt = send(database, "student-01", clock)
    database.close()
    again = Database(url)
    with again.read() as connection:
        assert receipts(connection) == [receipt]
    again.close()


def test_everybody_s_first_comes_before_anybody_s_second(database, clock):
    one = [send(database, "student-01", clock, bytes([n])) for n in range(3)]
    other = send(database, "student-02", clock)
    taken = [job.submission for job in take(database, clock, most=2)]
    assert taken == [one[0].id, other.id]


def test_who_waits_comes_before_a_regrade(database, clock):
    old = send(database, "student-01", clock)
    done, _, _ = worker(database, clock)
    done.step()
    with database.write() as connection:
        assert queue.regrade(connection, LAB, clock()) == 1
        assert queue.regrade(connection, LAB, clock()) == 0
    new = send(database, "student-02", clock)
    assert [job.submission for job in take(database, clock, most=1)] == [new.id]
    assert [job.submission for job in take(database, clock, most=1)] == [old.id]


def test_a_students_second_waits_until_the_first_is_done(database, clock):
    send(database, "student-01", clock, b"1")
    send(database, "student-01", clock, b"2")
    assert len(take(database, clock)) == 1
    assert take(database, clock, owner="other") == []


def test_what_a_dead_worker_held_is_taken_when_its_lease_ends(database, clock):
    receipt = send(database, "student-01", clock)
    take(database, clock, owner="dead")
    assert take(database, clock, owner="other") == []
    clock.now += queue.LEASE_SECONDS + 1
    [job] = take(database, clock, owner="other")
    assert job.submission == receipt.id
    with database.write() as connection:  # the dead one was only slow: its word counts no more
        assert not queue.finish(connection, job, "dead", clock(), 1.0)
        assert queue.finish(connection, job, "other", clock(), 1.0)


def test_a_worker_that_starts_takes_at_once_what_its_machine_held(database, clock):
    receipt = send(database, "student-01", clock)
    dead, _, _ = worker(database, clock)
    take(database, clock, owner=dead._owner)
    made, _, kept = worker(database, clock)
    made.start()
    made.wake()
    while not state(database, receipt).ended:
        made._ends.wait(0.01)
    made.close()
    assert list(kept.of) == [receipt.id]


def try_all(made: Worker, clock: Clock) -> None:
    for pause in (0.0, *queue.PAUSES):
        clock.now += pause
        made.step()


def test_a_job_that_breaks_is_tried_again_and_given_up_without_a_grade(database, clock):
    receipt = send(database, "student-01", clock)
    made, grades, kept = worker(database, clock)
    grades.breaks = 2
    try_all(made, clock)
    assert state(database, receipt).state == "done"
    other = send(database, "student-02", clock)
    grades.breaks = queue.TRIES
    try_all(made, clock)
    assert state(database, other).state == "failed"
    assert "the sandbox is gone" in state(database, other).problem
    assert list(kept.of) == [receipt.id]


def test_what_broke_waits_a_while_and_then_takes_nobody_else_down(database, clock):
    first = send(database, "student-01", clock)
    made, grades, _ = worker(database, clock)
    grades.breaks = 1
    assert made.step()
    assert not made.step()
    other = send(database, "student-02", clock)
    clock.now += queue.PAUSES[0]
    assert [job.submission for job in take(database, clock)] == [first.id]
    assert [job.submission for job in take(database, clock)] == [other.id]


def test_our_own_failure_is_never_recorded(database, clock):
    receipt = send(database, "student-01", clock)
    made, grades, kept = worker(database, clock)
    grades.status = "sandbox_error"
    made.step()
    assert state(database, receipt).state == "queued"
    grades.status = "graded"
    clock.now += queue.PAUSES[0]
    made.step()
    assert kept.of == {receipt.id: 1.0}


def test_a_worker_takes_again_what_it_could_not_finish(database, clock, monkeypatch):
    receipt = send(database, "student-01", clock)
    made, _, kept = worker(database, clock)

    def away(*_: object, **__: object) -> None:
        raise Unavailable("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(made, "_finish", away)
        with pytest.raises(Unavailable):
            made.step()
    assert state(database, receipt).state == "running"
    assert made.step()  # long before the lease ends, and though the lease is renewed
    assert state(database, receipt).state == "done"
    assert list(kept.of) == [receipt.id]


def test_who_only_died_has_tried_nothing(database, clock):
    send(database, "student-01", clock)
    for _ in range(3 * queue.TRIES):
        [job] = take(database, clock, owner="machine:1")
        with database.write() as connection:
            queue.release_all(connection, "machine:")
    assert job.tries == 1


def test_where_nothing_can_be_graded_jobs_wait_as_long_as_it_takes(database, clock, monkeypatch):
    receipt = send(database, "student-01", clock)
    made, grades, kept = worker(database, clock)
    with monkeypatch.context() as patch:
        patch.setattr(grades, "grade", Mock(side_effect=SandboxError("no zygote")))
        for _ in range(3 * queue.TRIES):
            made.step()
            clock.now += max(queue.PAUSES)
    assert state(database, receipt).state == "queued"
    made.step()
    assert list(kept.of) == [receipt.id]


def test_two_files_of_a_student_at_once_are_two_attempts(database, clock):
    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(lambda n: send(database, "student-01", clock, b"%d" % n), range(16)))
    assert sorted(one.attempt for one in sent) == list(range(1, 17))


def test_the_wait_that_is_said_is_that_of_the_order_in_which_jobs_are_done(database, clock):
    for n in range(5):
        last = send(database, "student-01", clock, bytes([n]))
    other = send(database, "student-02", clock)
    assert state(database, other).ahead == 1
    assert state(database, last).ahead == 5


def test_all_who_watch_share_one_look(database, clock, monkeypatch):
    sent = [send(database, f"student-{n:02}", clock) for n in range(12)]
    looks = Mock(side_effect=queue.waiting)
    monkeypatch.setattr(board, "waiting", looks)
    monkeypatch.setattr(board, "state_of", Mock(side_effect=AssertionError))
    watched = board.Board(database)

    async def first(receipt: Receipt) -> State:
        return await anext(watched.watch(receipt.id))

    async def all_of_them() -> list[State]:
        found = [await first(sent[0])]
        return found + await asyncio.gather(*map(first, sent[1:]))

    monkeypatch.setattr(board, "LEAST_SECONDS", 1000.0)  # as if all were at once
    watched._read_at = -2000.0
    assert [one.ahead for one in asyncio.run(all_of_them())] == list(range(12))
    assert looks.call_count == 1


def test_an_engine_that_ended_is_chosen_anew(tmp_path, monkeypatch):
    engines = [Mock(**{"run.side_effect": SandboxError("away")}), Mock()]
    chosen = Mock(side_effect=[("namespaces", lambda: engines[0]), ("none", lambda: engines[1])])
    monkeypatch.setattr(bench, "choose_engine", chosen)
    made = bench.Bench(Course(tmp_path), tmp_path, jobs=3, engine="dask://head:8786")
    assert chosen.call_args.args[0].engine == "dask://head:8786"
    assert made._engine is engines[0]
    with pytest.raises(SandboxError), made._mended():
        raise SandboxError("away")
    engines[0].close.assert_called_once_with()
    assert made._engine is engines[1]


def test_a_student_reads_how_long_it_takes(database, clock):
    for n in range(20):
        send(database, f"student-{n:02}", clock)
    last = send(database, "student-20", clock)
    found = state(database, last)
    assert (found.ahead, found.wait_seconds) == (20, 21 * queue.GUESS_SECONDS)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("slope.ipynb", "slope.ipynb"),
        ("../../etc/slope.py", "slope.py"),
        ("C:\\work\\slope.py", "slope.py"),
        (".bashrc", "bashrc"),
        ("", "file-"),
        ("timestamp.txt", "file-timestamp.txt"),
        ("a\x1b[2J.py", "a_[2J.py"),
        ("x" * 300 + ".py", "x" * 117 + ".py"),
    ],
)
def test_a_files_name_is_text_and_no_way(name, safe):
    assert safe_name(name) == safe


def test_no_error_of_the_database_shows_what_is_stored(database: Database) -> None:
    with pytest.raises(Unavailable) as raised, database.read() as connection:
        connection.execute(text("SELECT nothing_like_it, :value"), {"value": "hash-of-a-token"})
    shown = f"{raised.value} {raised.value.__cause__}"
    assert "nothing_like_it" in shown
    assert "hash-of-a-token" not in shown
