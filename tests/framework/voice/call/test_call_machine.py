"""One call, and everything that can happen to it, in every order, repeated or lost: it has one session, and it ends."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from op26x.calls import Call, CallState
from op26x.errors import AdmissionRefused
from op26x.testing.virtual_loop import VirtualLoop
from virtual.call import Board, VirtualLine, board

pytestmark = pytest.mark.journey

KEYS = st.sampled_from(["1", "2", "5", "*", "#", "*1", "*2", "*3", "*4", "*5", "x"])
SAID = st.sampled_from(["good morning", "", "stop recording", "delete this recording", "yes", "no"])
REPORTED = [CallState.RINGING, CallState.IN_PROGRESS, CallState.COMPLETED, CallState.CANCELED, CallState.FAILED]


class CallMachine(RuleBasedStateMachine):
    """A provider that sends what it likes, when it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        self.folder = tempfile.TemporaryDirectory()
        self.stack = AsyncExitStack()
        self.tokens: list[str] = []
        self.lines: list[VirtualLine] = []
        self.over_at: int | None = None

    def run(self, story: Any) -> Any:
        """Runs a piece of it."""
        return self.runner.run(story)

    @initialize(mode=st.sampled_from(["assent", "announce", "one-party", "off"]))
    def opens(self, mode: str) -> None:
        async def opened() -> Board:
            return await self.stack.enter_async_context(board(Path(self.folder.name), recording=mode))

        self.board: Board = self.run(opened())
        self.arrival, self.sid = self.board.arrival()

    async def _webhook(self, times: int) -> None:
        results = await asyncio.gather(
            *(self.board.switchboard.arrive(self.arrival) for _ in range(times)), return_exceptions=True
        )
        for result in results:
            assert not isinstance(result, BaseException) or isinstance(result, AdmissionRefused), result
            if not isinstance(result, BaseException):
                self.tokens.append(result.token)

    @rule(times=st.integers(1, 5))
    def webhook(self, times: int) -> None:
        self.run(self._webhook(times))

    @rule(state=st.sampled_from(REPORTED))
    def status(self, state: CallState) -> None:
        self.run(self.board.switchboard.report("twilio", self.sid, state))

    @precondition(lambda self: self.tokens)
    @rule(data=st.data(), at_once=st.integers(1, 3))
    def streams_come(self, data: st.DataObject, at_once: int) -> None:
        tokens = [data.draw(st.sampled_from(self.tokens)) for _ in range(at_once)]

        async def connect(token: str) -> None:
            line = VirtualLine(self.board, self.sid, self.arrival.caller)
            try:
                line.session = await self.board.switchboard.connect(token, self.sid, line)
            except AdmissionRefused:
                return
            self.lines.append(line)

        async def all_at_once() -> None:
            await asyncio.gather(*map(connect, tokens))

        self.run(all_at_once())
        assert len(self.lines) <= 1, "one call has one session"

    @precondition(lambda self: self.lines)
    @rule(frames=st.integers(1, 100), words=SAID, breaks=st.booleans())
    def media(self, frames: int, words: str, breaks: bool) -> None:
        async def speak() -> None:
            line = self.lines[0]
            line.say(words)
            self.board.stt.breaks = breaks
            for _ in range(frames):
                await line.frame()
                await asyncio.sleep(0.02)
            self.board.stt.breaks = False

        self.run(speak())

    @precondition(lambda self: self.lines)
    @rule(name=st.sampled_from(["1", "2", "3", "99", ""]))
    def mark(self, name: str) -> None:
        session = self.lines[0].session
        assert session is not None
        self.run(session.mark(name))

    @precondition(lambda self: self.lines)
    @rule(keys=KEYS)
    def digits(self, keys: str) -> None:
        self.run(self.lines[0].press(keys))

    @rule(seconds=st.sampled_from([0.01, 0.3, 2.0, 15.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    @precondition(lambda self: self.lines)
    @rule()
    def the_stream_ends(self) -> None:
        self.run(self.lines[0].hang_up())

    @invariant()
    def what_is_over_is_over(self) -> None:
        if not hasattr(self, "board"):
            return
        call, turns = self.run(self._stored())
        if call is None or not CallState(call.state).is_final or call.id in self.board.switchboard.sessions:
            return
        happened = turns + len([event for event in self.board.events if event.call_id == call.id])
        if self.over_at is None:
            self.over_at = happened
        assert self.over_at == happened, [event.kind for event in self.board.events][-3:]
        duration = call.duration_s
        assert duration is None or duration >= 0

    async def _stored(self) -> tuple[Call | None, int]:
        calls = self.board.workspace.calls
        call = await calls.by_provider_id("twilio", self.sid)
        return (call, len((await calls.get(call.id))[1])) if call is not None else (None, 0)

    def teardown(self) -> None:
        if hasattr(self, "board"):
            for line in self.lines:
                self.run(line.hang_up())
            self.run(asyncio.sleep(300))
            self.what_is_over_is_over()
            call, _ = self.run(self._stored())
            assert not self.board.switchboard.sessions, "nothing of it is in memory"
            assert call is None or not self.lines or CallState(call.state).is_final, call.state
            self.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()


TestCall = CallMachine.TestCase
TestCall.settings = settings(max_examples=25, stateful_step_count=15)
