"""Playout: audio goes out a little ahead, a pause loses nothing, and what was cut short is not sent later."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from op26x.testing.virtual_loop import happen
from op26x.voice.speaking.playout import LEAD_S, MESSAGE_BYTES, MOMENT_S, Playout

Happens = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


class Line:
    """What a caller hears: audio is played in its time, unless it is cleared."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue = bytearray()
        self._since = self._loop.time()
        self.heard = bytearray()

    def listen(self) -> bytes:
        now = self._loop.time()
        due = round((now - self._since) * 8000)
        self.heard += self._queue[:due]
        del self._queue[:due]
        self._since = now
        return bytes(self.heard)

    async def send_audio(self, ulaw: bytes) -> None:
        self.listen()
        self._queue += ulaw

    async def send_mark(self, name: str) -> None:
        raise AssertionError("marks are the mouth's")

    async def clear(self) -> None:
        self.listen()
        self._queue.clear()

    async def close(self) -> None:
        raise AssertionError("nobody closes it")


def _speech(seconds: float) -> list[bytes]:
    """Audio in which no two bytes near each other are the same."""
    audio = bytes(number % 251 for number in range(int(seconds * 8000)))
    return [audio[start : start + MESSAGE_BYTES] for start in range(0, len(audio), MESSAGE_BYTES)]


@given(st.lists(st.tuples(st.floats(0.01, 1.5), st.floats(0.0, 3.0)), max_size=5))
@settings(max_examples=40, deadline=None)
def test_whoever_was_paused_goes_on_where_they_were(pauses: list[tuple[float, float]]) -> None:
    async def story() -> None:
        line = Line()
        playout = Playout(line)
        speech = _speech(3.0)

        async def speak() -> None:
            for message in speech:
                assert await playout.send(message)

        speaking = asyncio.create_task(speak())
        await asyncio.sleep(0)
        for spoken_s, silent_s in pauses:
            await asyncio.sleep(spoken_s)
            await playout.pause()
            heard = line.listen()
            assert abs(playout.played - len(heard)) <= 8
            await asyncio.sleep(silent_s)
            assert line.listen() == heard, "silent"
            await playout.resume()
        await speaking
        await playout.played_out()
        await asyncio.sleep(0.01)
        expected = b"".join(speech)
        heard = line.listen()
        assert len(heard) <= len(expected) + 8 * len(pauses)
        assert len(heard) >= len(expected) - 8 * len(pauses) - 8
        assert pauses or heard == expected
        steps = {(after - before) % 251 for before, after in itertools.pairwise(heard)}
        assert steps <= {*range(10), *range(243, 251)}, "in order, but for the few bytes of a rounding"

    happen(story)


def test_sending_runs_ahead_of_playing_no_further_than_it_may(happens: Happens) -> None:
    async def story() -> None:
        playout = Playout(Line())
        for message in _speech(2.0):
            await playout.send(message)
            assert playout.ahead_s <= LEAD_S + 0.25

    happens(story)


def test_whoever_waited_for_the_end_has_heard_all(happens: Happens) -> None:
    """The waiting ends a moment early; the last words count as heard all the same."""

    async def story() -> None:
        playout = Playout(Line())
        await playout.send(b"\x02" * 1600)
        await asyncio.sleep(0.2 - MOMENT_S / 2)
        await playout.played_out()
        assert playout.ends_at > asyncio.get_running_loop().time()
        assert playout.played == playout.sent

    happens(story)


def test_what_was_cut_short_is_not_sent_later(happens: Happens) -> None:
    async def story() -> None:
        line = Line()
        playout = Playout(line)
        sending = [asyncio.create_task(playout.send(message)) for message in _speech(2.0)]
        await asyncio.sleep(0.5)
        await playout.clear()
        heard = line.listen()
        sent = await asyncio.gather(*sending)
        await asyncio.sleep(3)
        assert line.listen() == heard
        assert not all(sent)
        assert await playout.send(b"\x01" * 80)
        await asyncio.sleep(1)
        assert line.listen() == heard + b"\x01" * 80

    happens(story)


def test_a_pause_that_is_cut_short_is_over(happens: Happens) -> None:
    async def story() -> None:
        line = Line()
        playout = Playout(line)
        await playout.send(b"\x02" * 1600)
        await asyncio.sleep(0.1)
        await playout.pause()
        await playout.clear()
        assert not playout.paused
        await playout.resume()
        await asyncio.sleep(1)
        assert line.listen() == b"\x02" * 800

    happens(story)
