"""Orders about the recording of a call in progress: here, at another service, and when that does not answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from op26x.audit import Access
from op26x.calls.messages import Answer, Question
from op26x.calls.states import CallState
from op26x.consent import Notice, Right
from op26x.errors import IllegalTransition, NotFound, ServiceUnreachable, WorkError
from op26x.policy import RecordingMode
from op26x.storage import Database
from op26x.voice.call.orders import Orders, Standing
from virtual.call import Board, board

Happens = Callable[[Callable[[], Any]], None]
BY = Access("user:1", "asked to", "loopback")
OTHER = 7


@dataclass
class Elsewhere:
    """Another service, which answers as it is told."""

    answer: Answer | Exception
    asked: list[tuple[int, Question]] = field(default_factory=list)

    async def ask(self, seat: int, question: Question, within_s: float = 0) -> Answer:
        self.asked.append((seat, question))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@asynccontextmanager
async def at_another(
    folder: Path, patch: pytest.MonkeyPatch, there: Elsewhere
) -> AsyncIterator[tuple[Orders, str, str]]:
    """A call that another service goes on with; how to reach it, its organization and its identifier."""

    async def seats(_self: Database) -> frozenset[int]:
        return frozenset({OTHER})

    async with board(folder) as one:
        arrival, _ = one.arrival()
        admission = await one.switchboard.arrive(arrival)
        with patch.context() as during:
            during.setattr(Database, "seat", OTHER)
            await one.workspace.calls.move(admission.call_id, CallState.IN_PROGRESS)
        patch.setattr(Database, "seat", 5)
        patch.setattr(Database, "other_seats", seats)
        orders = Orders(one.installation, there, one.switchboard.session)  # type: ignore[arg-type]
        yield orders, admission.organization_id, admission.call_id


async def recorded(one: Board) -> tuple[Any, str, str]:
    """A call here that is being recorded."""
    line = await one.ring()
    await asyncio.sleep(20)
    return line, one.workspace.organization_id, line.session.call_id


def test_here_it_is_done_and_seen(happens: Happens, tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path, recording="announce") as one:
            line, organization, call_id = await recorded(one)
            orders = one.switchboard.orders
            assert await orders.standing(organization, call_id) == Standing(RecordingMode.ANNOUNCE, "on")
            assert await orders.carry_out(organization, call_id, Right.PAUSE, BY) is Notice.PAUSED
            assert await orders.standing(organization, call_id) == Standing(RecordingMode.ANNOUNCE, "paused")
            told = await orders.answer(Question(organization, call_id, "resume", "user:2"))
            assert (told.mode, told.now, told.notice) == ("announce", "on", "resumed")
            told = await orders.answer(Question(organization, call_id))
            assert (told.now, told.notice) == ("on", "")
            for reach in (orders.standing, lambda *of: orders.answer(Question(*of))):
                try:
                    assert await reach("another", call_id) is None  # type: ignore[operator]
                except NotFound as error:
                    assert call_id in error.message
            await line.hang_up()
            await line.over()
            assert await orders.standing(organization, call_id) is None
            with pytest.raises(NotFound):
                await orders.carry_out(organization, call_id, Right.PAUSE, BY)

    happens(story)


def test_what_is_not_recorded_is_neither_paused_nor_resumed(happens: Happens, tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path, recording="off") as one:
            line, organization, call_id = await recorded(one)
            for right in (Right.PAUSE, Right.RESUME):
                with pytest.raises(IllegalTransition, match="Nothing is being recorded"):
                    await one.switchboard.orders.carry_out(organization, call_id, right, BY)
            await line.hang_up()
            await line.over()

    happens(story)


def test_elsewhere_it_is_asked_for(happens: Happens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = Elsewhere(Answer("assent", "paused", "paused"))

    async def story() -> None:
        async with at_another(tmp_path, monkeypatch, there) as (orders, organization, call_id):
            assert await orders.standing(organization, call_id) == Standing(RecordingMode.ASSENT, "paused")
            assert await orders.carry_out(organization, call_id, Right.PAUSE, BY) is Notice.PAUSED
            bare = Question(organization, call_id)
            ordered = Question(organization, call_id, "pause", "user:1", "asked to", "loopback")
            assert there.asked == [(OTHER, bare), (OTHER, ordered)]

    happens(story)


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (Answer(error="IllegalTransition", message="It was paused.", remedy="r"), IllegalTransition),
        (Answer(error="NotFound", message="It is over.", remedy="r"), NotFound),
        (Answer(error="os", message="?", remedy="r"), WorkError),
        (Answer(error="of_a_newer_version", message="?", remedy="r"), WorkError),
        (ServiceUnreachable("It does not answer.", "r"), ServiceUnreachable),
    ],
)
def test_what_went_wrong_there_is_raised_here(
    happens: Happens,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer | Exception,
    raised: type[Exception],
) -> None:
    async def story() -> None:
        async with at_another(tmp_path, monkeypatch, Elsewhere(answer)) as (orders, organization, call_id):
            with pytest.raises(raised) as caught:
                await orders.carry_out(organization, call_id, Right.PAUSE, BY)
            assert type(caught.value) is raised
            if raised in (NotFound, ServiceUnreachable):
                assert await orders.standing(organization, call_id) is None

    happens(story)
