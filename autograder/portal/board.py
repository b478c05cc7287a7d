"""How far everybody's submission is: read once for all who watch, not once for each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping

from starlette.concurrency import run_in_threadpool

from autograder.portal.database import Database
from autograder.portal.queue import State, state_of, waiting

LEAST_SECONDS, MOST_SECONDS = 0.25, 2.0  # between two looks of one who watches
WATCHED_SECONDS = 600.0  # then the browser asks again


class Board:
    """See the module's docstring. Used by the event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._states: Mapping[str, State] = {}
        self._read_at = -MOST_SECONDS
        self._reading = False

    async def watch(self, submission: str) -> AsyncIterator[State]:
        """Yield where a submission is, each time that it is elsewhere, until nothing happens."""
        ends, last = time.monotonic() + WATCHED_SECONDS, None
        while time.monotonic() < ends:
            state = await self._state(submission)
            if state != last:
                yield state
                last = state
            if state.ended:
                return
            await asyncio.sleep(min(MOST_SECONDS, max(LEAST_SECONDS, state.wait_seconds / 20)))

    async def _state(self, submission: str) -> State:
        if not self._reading and time.monotonic() - self._read_at > LEAST_SECONDS:
            self._reading = True
            try:
                self._states = await run_in_threadpool(self._read)
                self._read_at = time.monotonic()
            finally:
                self._reading = False
        known = self._states.get(submission)
        if known is not None and known.turn == 0:  # what is graded again is done all the while
            return known
        return await run_in_threadpool(self._look, submission)

    def _read(self) -> Mapping[str, State]:
        with self._database.read() as connection:
            return waiting(connection)

    def _look(self, submission: str) -> State:
        with self._database.read() as connection:
            return state_of(connection, submission)
