"""Real speech from end to end: the booking is what the caller said, and another caller's is another."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from journeys.house import House, form, new_sid, open_house
from op26x import g711
from op26x.calls import LiveEvent
from op26x_twilio.simulator.player import Caller
from op26x_twilio.simulator.script import load_script, recording
from op26x_twilio.testing import CallEnd, MediaStream

WORDS = "my name is john miller, i would like an appointment on tuesday at ten o'clock"


async def _bookings(home: House, queue: asyncio.Queue[LiveEvent]) -> list[tuple[Any, ...]]:
    await home.witness.end()
    events = [queue.get_nowait() for _ in range(queue.qsize())]
    outcomes = [event.detail for event in events if event.kind == "outcome"]
    return [(booked["day"], booked["time"], booked["name"]) for booked in outcomes]


@pytest.mark.parametrize(
    ("caller", "booking"),
    [
        ("books", ("tuesday", "ten", "john miller")),
        ("afternoon", ("thursday", "four", "mary brown")),
        ("changes-mind", ("wednesday", "ten", "john miller")),
    ],
)
async def test_the_booking_is_what_the_caller_said(tmp_path: Path, caller: str, booking: tuple[str, str, str]) -> None:
    async with open_house(tmp_path, None) as home, (await home.feed()).listen() as queue:
        sid = new_sid()
        order = await home.webhooks.voice(form(sid))
        assert order
        stream = MediaStream(order.url, sid, order.parameters)
        steps = load_script(caller).all_steps(asked=True)
        said = {step: recording(step.say) for step in steps if step.say}
        playing = Caller(steps, said, stream, patient=False)
        end = await asyncio.wait_for(playing.call(), 120)
        assert playing.left == 0
        assert end is CallEnd.SERVICE, "the agent says goodbye and hangs up"
        assert await _bookings(home, queue) == [booking]
        record = await home.record()
        assert (record.call.state, record.call.end_reason) == ("completed", "agent-hung-up")
        assert (record.call.outcome, record.call.vendor_errors) == ("appointment-booked", 0)
        assert not any(turn.interrupted for turn in record.turns)


async def test_noise_in_the_rhythm_of_speech_books_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path, None) as home, (await home.feed()).listen() as queue:
        line = await home.ring()
        await line.heard_out()
        line.say(_noise(recording(WORDS)))
        await line.said()
        await line.until(lambda: line.quiet(1.0))
        line.say(recording("yes please"))
        await line.said()
        await line.heard_out(2)
        await line.hang_up()
        assert await _bookings(home, queue) == []
        assert (await home.record()).call.outcome == ""


def _noise(speech: bytes) -> bytes:
    """Noise that is as loud as the speech from one 20 ms frame to the next."""
    samples = np.frombuffer(g711.decode(speech), "<i2").astype(float)
    samples = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    loudness = np.sqrt(np.mean(samples**2, axis=1, keepdims=True))
    noise = np.random.default_rng(26).normal(0, 1, samples.shape) * loudness
    return g711.encode(np.clip(noise, -32768, 32767).astype("<i2").tobytes())
