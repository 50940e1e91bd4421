"""Timers: on an event loop whose time passes at once when there is nothing else to do."""

import asyncio
from collections.abc import Awaitable, Callable

from framework.voice.conftest import Story
from op26x.voice.timers import Timer


class Bell:
    """Notes when it rings."""

    def __init__(self) -> None:
        self.rang: list[float] = []
        self.tasks: list[object] = []
        self.timer = Timer(self.ring, self.spawn)

    async def ring(self) -> None:
        self.rang.append(round(asyncio.get_running_loop().time(), 3))

    def spawn(self, work: Awaitable[None]) -> object:
        self.tasks.append(asyncio.ensure_future(work))
        return self.tasks[-1]


def test_it_rings_once_after_a_while(happens: Callable[[Story], None]) -> None:
    async def story() -> None:
        bell = Bell()
        assert not bell.timer.running
        bell.timer.start(5)
        await asyncio.sleep(4.9)
        assert bell.timer.running
        assert bell.rang == []
        await asyncio.sleep(20)
        assert bell.rang == [5.0]
        assert not bell.timer.running
        assert len(bell.tasks) == 1

    happens(story)


def test_starting_anew_begins_from_the_start(happens: Callable[[Story], None]) -> None:
    async def story() -> None:
        bell = Bell()
        for _ in range(10):
            bell.timer.start(5)
            await asyncio.sleep(4)
        assert bell.rang == []
        await asyncio.sleep(20)
        assert bell.rang == [41.0]

    happens(story)


def test_stopped_it_stays_silent(happens: Callable[[Story], None]) -> None:
    async def story() -> None:
        bell = Bell()
        bell.timer.start(5)
        bell.timer.stop()
        bell.timer.stop()
        await asyncio.sleep(20)
        assert bell.rang == []

    happens(story)


def test_stopping_what_never_ran_or_has_rung_does_nothing(happens: Callable[[Story], None]) -> None:
    async def story() -> None:
        bell = Bell()
        bell.timer.stop()
        bell.timer.start(1)
        await asyncio.sleep(2)
        bell.timer.stop()
        assert bell.rang == [1.0]

    happens(story)


def test_it_can_be_wound_up_again_after_it_rang(happens: Callable[[Story], None]) -> None:
    async def story() -> None:
        bell = Bell()
        bell.timer.start(1)
        await asyncio.sleep(2)
        bell.timer.start(1)
        await asyncio.sleep(2)
        assert bell.rang == [1.0, 3.0]

    happens(story)


def test_its_action_may_wind_it_up(happens: Callable[[Story], None]) -> None:
    async def story() -> None:
        rang: list[float] = []
        tasks: list[object] = []

        async def again() -> None:
            rang.append(round(asyncio.get_running_loop().time(), 3))
            if len(rang) < 3:
                timer.start(2)

        timer = Timer(again, lambda work: tasks.append(asyncio.ensure_future(work)))
        timer.start(2)
        await asyncio.sleep(20)
        assert rang == [2.0, 4.0, 6.0]

    happens(story)
