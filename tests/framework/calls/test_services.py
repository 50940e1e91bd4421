"""Services tell each other what happens and what is ordered; nobody else understands that, or is believed."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
import pytest

from op26x.calls import LiveEvent
from op26x.calls import services as module
from op26x.calls.messages import Answer, Question
from op26x.calls.services import ALL, ONE, Services
from op26x.clock import ManualClock
from op26x.errors import IllegalTransition, ServiceUnreachable, StorageLost
from op26x.storage.notices import LONGEST
from op26x.vault.key_store import RootKey

WORDS = "my name is mary brown"
KEY, ANOTHER = bytes(32), bytes([1]) * 32
LISTENED_S = 20.0


class Wire:
    """What PostgreSQL does for services: who listens on a channel hears what is told there, in order."""

    def __init__(self) -> None:
        self.heard: dict[str, list[Callable[[str, str], None]]] = {}
        self.said: list[tuple[str, str]] = []

    def tell(self, channel: str, said: str) -> None:
        self.said.append((channel, said))
        for hear in list(self.heard.get(channel, ())):
            hear(channel, said)


class Seat:
    """A database on that wire."""

    def __init__(self, wire: Wire, seat: int) -> None:
        self.seat = seat
        self.waiting = 0
        self._wire = wire

    def listen(self, channels: Sequence[str], heard: Callable[[str, str], None]) -> Callable[[], None]:
        for channel in channels:
            self._wire.heard.setdefault(channel, []).append(heard)

        def stop() -> None:
            for channel in channels:
                self._wire.heard[channel].remove(heard)

        return stop

    async def tell(self, channel: str, said: str) -> None:
        await asyncio.sleep(0)
        assert len(said) <= LONGEST
        self._wire.tell(channel, said)


async def nothing(question: Question) -> Answer:
    """Answers nothing in particular."""
    return Answer(mode="announce", now="on")


def service(wire: Wire, seat: int, key: bytes = KEY, clock: ManualClock | None = None) -> Services:
    """One that is not open yet."""
    return Services(Seat(wire, seat), RootKey(key), clock or ManualClock())  # type: ignore[arg-type]


@asynccontextmanager
async def two(wire: Wire, answer: Any = nothing, **how: Any) -> AsyncIterator[tuple[Services, Services]]:
    """Two that know each other."""
    one, other = service(wire, 1, **how), service(wire, 2, **how)
    await one.open(nothing)
    await other.open(answer)
    await until(lambda: 2 in one._others and 1 in other._others)
    try:
        yield one, other
    finally:
        for each in (one, other):
            await each.close()


async def until(condition: Callable[[], Any]) -> None:
    """Lets the loop turn until something is so."""
    async with asyncio.timeout(LISTENED_S):
        while not condition():
            await asyncio.sleep(0)


def event(text: str = WORDS, **more: Any) -> LiveEvent:
    """Something that was said."""
    return LiveEvent("c1", "turn", text=text, **more)


async def test_who_listens_at_one_hears_calls_of_the_other_in_order() -> None:
    wire = Wire()
    async with two(wire) as (one, other):
        async with other.feed("o").listen() as queue:
            await until(lambda: one._others[2].hears == {"o"})
            for number in range(5):
                one.feed("o").publish(event(f"{WORDS} {number}", detail={"n": number}))
            assert [(await queue.get()).text for _ in range(5)] == [f"{WORDS} {n}" for n in range(5)]  # type: ignore[union-attr]
            other.feed("o").publish(event("here"))
            assert (await queue.get()).text == "here"  # type: ignore[union-attr]
        await until(lambda: not one._others[2].hears)
        before = len(wire.said)
        one.feed("o").publish(event())
        await asyncio.sleep(0)
        assert len(wire.said) == before, "nobody listens any more"


async def test_whoever_listens_to_another_organization_hears_nothing() -> None:
    wire = Wire()
    async with two(wire) as (one, other), other.feed("theirs").listen() as queue:
        await until(lambda: one._others[2].hears)
        one.feed("ours").publish(event())
        one.feed("theirs").publish(event("theirs"))
        assert (await queue.get()).text == "theirs"  # type: ignore[union-attr]
        assert queue.empty()


async def test_no_word_is_readable_on_the_way_not_even_with_the_root_key() -> None:
    wire = Wire()
    async with two(wire) as (one, other), other.feed("o").listen() as queue:
        await until(lambda: one._others[2].hears)
        one.feed("o").publish(event())
        await queue.get()
        directed = [said for channel, said in wire.said if channel == ONE.format(2)]
        assert directed
        assert not any(WORDS.encode() in b64decode(said.rpartition(" ")[2]) for said in directed)
        late = service(wire, 3)
        await late.open(nothing)
        for said in directed:
            late._hear(ONE.format(3), said)
        assert not any(feed.is_heard for feed in late._feeds.values())
        await late.close()


async def test_what_is_too_long_is_told_without_its_words() -> None:
    async with two(Wire()) as (one, other), other.feed("o").listen() as queue:
        await until(lambda: one._others[2].hears)
        one.feed("o").publish(event("ä" * 4000, at_ms=7))
        assert await queue.get() == event("…", at_ms=7)


async def test_a_question_is_answered_and_an_error_is_raised_where_it_was_asked() -> None:
    asked: list[Question] = []

    async def answer(question: Question) -> Answer:
        asked.append(question)
        if question.right == "resume":
            raise IllegalTransition("The caller paused it.", "Nothing was done.")
        return Answer("announce", "paused", "paused")

    async with two(Wire(), answer) as (one, _):
        question = Question("o", "c1", "pause", "user:1", "asked to")
        given = await one.ask(2, question)
        assert (given.mode, given.now, given.notice, given.error) == ("announce", "paused", "paused", "")
        assert msgspec.structs.replace(asked[0], number=0) == question
        refused = await one.ask(2, msgspec.structs.replace(question, right="resume"))
        assert (refused.error, refused.message) == ("IllegalTransition", "The caller paused it.")


@pytest.mark.parametrize("seat", [2, 9])
async def test_a_service_that_does_not_answer_is_said_to(seat: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(question: Question) -> Answer:
        return await asyncio.Future()

    monkeypatch.setattr(module, "ANSWER_S", 0.05)
    async with two(Wire(), never) as (one, _):
        with pytest.raises(ServiceUnreachable, match="does not answer"):
            await one.ask(seat, Question("o", "c1"))
        assert not one._awaited


async def test_who_does_not_have_the_root_key_is_nobody() -> None:
    wire = Wire()
    async with two(wire) as (one, other):
        stranger = service(wire, 5, ANOTHER)
        await stranger.open(nothing)
        await asyncio.sleep(0)
        assert 5 not in one._others
        assert not stranger._others
        async with stranger.feed("o").listen():
            one.feed("o").publish(event())
            await asyncio.sleep(0)
        assert not any(channel == ONE.format(5) for channel, _ in wire.said)
        await stranger.close()
        assert 2 in one._others
        assert 1 in other._others


async def test_what_is_told_again_or_is_nonsense_is_nothing() -> None:
    asked: list[str] = []

    async def answer(question: Question) -> Answer:
        asked.append(question.right)
        return Answer()

    wire = Wire()
    async with two(wire, answer) as (one, _):
        await one.ask(2, Question("o", "c1", "pause"))
        (order,) = [said for channel, said in wire.said if channel == ONE.format(2)]
        number, sealed = order.split(" ")[1:]
        for forged in (order, f"1 {int(number) + 5} {sealed}", f"7 {number} {sealed}", "", "1 2", "1 x y", "1 99 AAAA"):
            wire.tell(ONE.format(2), forged)
        for forged in ("", "AAAA", order, "é"):
            wire.tell(ALL, forged)
        await one.ask(2, Question("o", "c1", "resume"))
        assert asked == ["pause", "resume"]


async def test_who_has_been_silent_for_long_is_told_nothing(clock: ManualClock) -> None:
    wire = Wire()
    async with two(wire, clock=clock) as (one, other), other.feed("o").listen():
        await until(lambda: one._others[2].hears)
        clock.advance(module.SILENT_S)
        before = len(wire.said)
        one.feed("o").publish(event())
        await asyncio.sleep(0)
        assert len(wire.said) == before


async def test_who_has_been_silent_for_long_is_asked_nothing(clock: ManualClock) -> None:
    async with two(Wire(), clock=clock) as (one, _):
        clock.advance(module.SILENT_S)
        with pytest.raises(ServiceUnreachable):
            await one.ask(2, Question("o", "c1"))


async def test_live_events_give_way_to_what_waits_to_be_written() -> None:
    async with two(Wire()) as (one, other), other.feed("o").listen() as queue:
        await until(lambda: one._others[2].hears)
        one._database.waiting = module.MOST_WAITING + 1  # type: ignore[misc]
        one.feed("o").publish(event("lost"))
        one._database.waiting = 0  # type: ignore[misc]
        one.feed("o").publish(event("heard"))
        assert (await queue.get()).text == "heard"  # type: ignore[union-attr]


async def test_who_listens_to_very_many_organizations_hears_all() -> None:
    async with two(Wire()) as (one, other), AsyncExitStack() as listening:
        for number in range(module.MOST_NAMED + 1):
            queue = await listening.enter_async_context(other.feed(f"{number:026}").listen())
        await until(lambda: one._others[2].hears == {module.EVERY})
        one.feed(f"{number:026}").publish(event())
        assert (await queue.get()).text == WORDS  # type: ignore[union-attr]


@pytest.mark.parametrize("error", [StorageLost("The database does not answer.", ""), ValueError("no")])
async def test_a_database_that_is_away_and_an_answer_that_fails_are_said(error: Exception) -> None:
    async def fails(question: Question) -> Answer:
        raise error

    async def lost(channel: str, said: str) -> None:
        raise error

    async with two(Wire(), fails) as (one, _):
        answer = await one.ask(2, Question("o", "c1"))
        assert answer.error == ("StorageLost" if isinstance(error, StorageLost) else "WorkError")
        if isinstance(error, StorageLost):
            one._database.tell = lost  # type: ignore[method-assign]
            with pytest.raises(ServiceUnreachable):
                await one.ask(2, Question("o", "c1"))


async def test_a_service_that_is_alone_says_nothing() -> None:
    wire = Wire()
    alone = service(wire, 0)
    await alone.open(nothing)
    async with alone.feed("o").listen() as queue:
        alone.feed("o").publish(event())
        assert (await queue.get()) == event()
    await alone.close()
    assert (wire.said, wire.heard) == ([], {})


async def test_an_organization_that_was_erased_is_forgotten() -> None:
    async with two(Wire()) as (one, _):
        feed = one.feed("o")
        assert one.feed("o") is feed
        one.forget("o")
        assert one.feed("o") is not feed
