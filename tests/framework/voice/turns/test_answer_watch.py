"""The watch on answers: an alarm when the LLM owes something and is silent, and none when it owes nothing."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from framework.voice.conftest import Story
from op26x.voice.turns.answer_watch import AnswerWatch

REPLY_S = 5.0
Happens = Callable[[Story], None]


class Post:
    """A watch, and when its alarm went off."""

    def __init__(self) -> None:
        self.alarms: list[float] = []
        self.tasks: list[object] = []
        self.watch = AnswerWatch(REPLY_S, self._alarm, self._spawn)

    async def _alarm(self) -> None:
        self.alarms.append(round(asyncio.get_running_loop().time(), 3))

    def _spawn(self, work: Awaitable[None]) -> None:
        self.tasks.append(asyncio.ensure_future(work))


def test_an_answer_that_does_not_begin_raises_the_alarm_once(happens: Happens) -> None:
    async def story() -> None:
        post = Post()
        assert post.watch.nothing_owed
        post.watch.expect()
        assert not post.watch.nothing_owed
        await asyncio.sleep(60)
        assert post.alarms == [5.0]

    happens(story)


def test_an_answer_that_begins_and_does_not_go_on(happens: Happens) -> None:
    async def story() -> None:
        post = Post()
        post.watch.expect()
        await asyncio.sleep(4)
        post.watch.begun()
        await asyncio.sleep(60)
        assert post.alarms == [5.0], "to begin is not to speak"

    happens(story)


def test_what_was_sent_ahead_is_heard_out_first(happens: Happens) -> None:
    async def story() -> None:
        post = Post()
        post.watch.expect()
        post.watch.begun()
        await asyncio.sleep(1)
        post.watch.heard(0.6)
        await asyncio.sleep(60)
        assert post.alarms == [6.6]

    happens(story)


def test_a_complete_answer_raises_none(happens: Happens) -> None:
    async def story() -> None:
        post = Post()
        post.watch.expect()
        post.watch.begun()
        post.watch.heard(0.6)
        post.watch.complete()
        assert post.watch.nothing_owed
        await asyncio.sleep(60)
        assert post.alarms == []

    happens(story)


def test_an_answer_without_a_word_is_none(happens: Happens) -> None:
    async def story() -> None:
        post = Post()
        post.watch.expect()
        post.watch.begun()
        post.watch.complete()
        await asyncio.sleep(60)
        assert post.alarms == [5.0]

    happens(story)


def test_asked_anew_before_the_first_answer_is_complete(happens: Happens) -> None:
    async def story() -> None:
        post = Post()
        post.watch.expect()
        post.watch.begun()
        post.watch.heard(0.0)
        post.watch.expect()
        post.watch.complete()
        assert not post.watch.nothing_owed
        await asyncio.sleep(60)
        assert post.alarms == [5.0]

    happens(story)


@pytest.mark.parametrize("what", ["wait", "drop"])
def test_nobody_waits_for_a_tool_or_after_an_interruption(happens: Happens, what: str) -> None:
    async def story() -> None:
        post = Post()
        post.watch.expect()
        getattr(post.watch, what)()
        await asyncio.sleep(60)
        assert post.alarms == []
        assert post.watch.nothing_owed is (what == "drop")
        post.watch.expect()
        await asyncio.sleep(60)
        assert post.alarms == [65.0]

    happens(story)


def test_a_greeting_must_be_heard_in_time(happens: Happens) -> None:
    async def story() -> None:
        post = Post()
        post.watch.expect_speech(2.5)
        assert post.watch.nothing_owed
        await asyncio.sleep(60)
        assert post.alarms == [2.5]

    happens(story)
