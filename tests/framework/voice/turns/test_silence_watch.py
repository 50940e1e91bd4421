"""The watch on the caller's silence: asked once, and given up after as long again."""

import asyncio
from collections.abc import Awaitable, Callable

from framework.voice.conftest import Story
from op26x.voice.turns.silence_watch import SilenceWatch

Happens = Callable[[Story], None]


class Post:
    """A watch of ten seconds that goes on after it asked, as a call does."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float]] = []
        self.tasks: list[object] = []
        self.watch = SilenceWatch(10.0, lambda: self._note("ask"), lambda: self._note("give up"), self._spawn)

    async def _note(self, what: str) -> None:
        self.told.append((what, round(asyncio.get_running_loop().time(), 3)))
        if what == "ask":
            self.watch.pause()
            await asyncio.sleep(1)
            self.watch.begin()

    def _spawn(self, work: Awaitable[None]) -> None:
        self.tasks.append(asyncio.ensure_future(work))


def test_asked_once_then_given_up(happens: Happens) -> None:
    async def story() -> None:
        post = Post()
        post.watch.begin()
        await asyncio.sleep(100)
        assert post.told == [("ask", 10.0), ("give up", 21.0)]

    happens(story)


def test_whoever_speaks_is_there(happens: Happens) -> None:
    async def story() -> None:
        post = Post()
        post.watch.begin()
        await asyncio.sleep(15)
        post.watch.broken()
        await asyncio.sleep(50)
        assert post.told == [("ask", 10.0)], "nobody is asked while they speak"
        post.watch.begin()
        await asyncio.sleep(50)
        assert post.told == [("ask", 10.0), ("ask", 75.0), ("give up", 86.0)]

    happens(story)


def test_the_agents_speech_is_no_answer(happens: Happens) -> None:
    async def story() -> None:
        post = Post()
        post.watch.begin()
        await asyncio.sleep(12)
        post.watch.pause()
        await asyncio.sleep(30)
        assert post.told == [("ask", 10.0)]
        post.watch.begin()
        await asyncio.sleep(30)
        assert post.told == [("ask", 10.0), ("give up", 52.0)]

    happens(story)
