"""What a recording sounds like: the very samples of both sides, where they were, and the words are in it."""

import asyncio
import random
from pathlib import Path
from typing import Any

import numpy as np

from journeys.conftest import OpenHouse
from journeys.documents import says
from journeys.house import open_house
from journeys.kept import kept
from journeys.line import BRIEFLY
from op26x import g711
from op26x_local.stt import LocalSTT
from op26x_twilio.simulator.script import recording

NOISE = random.Random(8).randbytes(8000)
WITHIN = 160
"""20 ms."""
WORDS = "my name is john miller, i would like an appointment on tuesday at ten o'clock"


def _pcm(ulaw: bytes) -> Any:
    return np.frombuffer(g711.decode(ulaw), "<i2")


def _stretches(pcm: Any) -> list[tuple[int, int]]:
    """Where sound begins and ends, in samples; a silence of a tenth of a second parts two of them."""
    loud = np.flatnonzero(pcm)
    parts = np.split(loud, np.flatnonzero(np.diff(loud) > 800) + 1)
    return [(int(part[0]), int(part[-1]) + 1) for part in parts]


def _sound(pcm: Any) -> Any:
    """Without the pauses of a machine that sent too late: either side may hear one up to ``WITHIN`` later."""
    return pcm[pcm != 0]


async def test_both_tracks_are_what_was_on_the_wire(house: OpenHouse) -> None:
    home = await house(recording="announce", llm=says("At 800 yes indeed.", "At 1000 that is so.", "At 600 so."))
    line = await home.ring()
    line.say(NOISE[:3200])
    await line.heard_whole(500)
    for pitch in (800, 1000, 600):
        line.say(BRIEFLY + NOISE)
        await line.heard_whole(pitch)
    await line.hang_up()
    await home.witness.end()
    record = await kept(home)

    spoken = _pcm(bytes(line.stream.spoken))[record.zero :]
    caller = record.caller
    opened = int(np.flatnonzero(caller)[0])
    assert opened > 0.5 * 8000, "nothing of the caller before the announcement was over"
    assert spoken[:opened].any(), "although they said something"
    assert np.array_equal(caller[opened:], spoken[opened : len(caller)])
    assert len(spoken) - len(caller) <= WITHIN

    heard = _pcm(bytes(line.stream.ears.heard))[record.zero :]
    recorded, played = _stretches(record.agent), _stretches(heard)
    assert len(recorded) == len(played) >= 4
    for ours, theirs in zip(recorded, played, strict=True):
        assert abs(ours[0] - theirs[0]) <= WITHIN, "in place"
        assert np.array_equal(_sound(record.agent[slice(*ours)]), _sound(heard[slice(*theirs)])), "sample by sample"


async def test_the_stt_service_reads_the_words_from_the_recording(tmp_path: Path) -> None:
    async with open_house(tmp_path, None) as home:
        line = await home.ring()
        await line.until(lambda: line.quiet(0.5))
        line.say(recording("yes please"))
        await home.witness.until(lambda: home.witness.recordings)
        await home.witness.until(lambda: any("How can I help" in words for words in home.witness.words("agent")))
        asked_at = len(line.stream.spoken)
        line.say(recording(WORDS))
        await line.said()
        understood = (await home.witness.turn("caller")).text.reveal()
        answer = len(home.witness.of("agent"))
        await home.witness.turn("agent", answer + 1)
        await line.hang_up()
        await home.witness.end()
        record = await kept(home)
        assert record.consents == [("granted", "words", "yes")]
        utterance = LocalSTT.shared().utterance()
        utterance.feed(record.caller[asked_at - record.zero :].tobytes())
        read = (await asyncio.wait_for(utterance.finish(), 30)).text
        assert {"john", "miller", "appointment", "tuesday", "ten"} <= set(read.split())
        assert understood in record.said_by("caller")
