"""The recorder: writes nothing without leave, nothing too early, and nothing more once it failed."""

import asyncio
import hashlib

import numpy as np
import pytest

from framework.recording.given import FRAME, MemoryBlob, permit, talk
from op26x import g711
from op26x.clock import ManualClock
from op26x.consent import Permit
from op26x.errors import GateClosed
from op26x.recording import Gap, Recorder, WireTap
from op26x.recording.recorder import HOLD_BACK_S, LONGEST_HELD_S, PIECE
from op26x.recording.tones import HERTZ
from op26x.vault.sealed_stream import SEGMENT_BYTES, SealedReader, SealedWriter

KEY, WHAT = bytes(range(32)), b"a call"
RATE = 8000
SILENT = bytes([g711.SILENCE])


class Take:
    """A recorder with everything around it; time passes with the frames."""

    def __init__(self, blob: MemoryBlob | None = None, begin: bool = True) -> None:
        self.clock = ManualClock()
        self.tap = WireTap(self.clock)
        self.blob = blob or MemoryBlob()
        self.permit = permit("call")
        self.failures = 0
        self.heard = bytearray()
        if begin:
            self.begin()

    def begin(self) -> None:
        self.recorder = Recorder(
            self.permit,
            "call",
            self.tap,
            SealedWriter(KEY, WHAT),
            self.blob,
            self._failed,
        )

    def _failed(self) -> None:
        self.failures += 1

    async def hear(self, seconds: float, seed: int = 1) -> bytes:
        """The caller talks; what they said."""
        words = talk(int(seconds * RATE), seed)
        for at in range(0, len(words), FRAME):
            self.clock.advance(0.02)
            self.tap.caller(words[at : at + FRAME])
        for _ in range(50):  # what is to be written is written, piece by piece
            await asyncio.sleep(0)
        return words

    async def sealed(self) -> tuple[bytes, bytes]:
        """Both tracks, out of the finished blob."""
        content = self.blob.content

        async def fetch(start: int, end: int) -> bytes:
            return content[start:end]

        plain = await SealedReader(KEY, WHAT, fetch, len(content)).read()
        return plain[::2], plain[1::2]


def pitch(ulaw: bytes) -> float:
    """The strongest frequency, in hertz."""
    wave = np.frombuffer(g711.decode(ulaw), "<i2").astype(float)
    return float(np.abs(np.fft.rfft(wave)).argmax() * RATE / len(wave))


async def test_it_can_not_be_built_without_leave() -> None:
    tap, blob = WireTap(ManualClock()), MemoryBlob()
    withdrawn = permit("call")
    withdrawn.withdraw()
    for leave in (permit("another"), withdrawn):
        with pytest.raises(GateClosed):
            Recorder(leave, "call", tap, SealedWriter(KEY, WHAT), blob, lambda: None)
    forged: Permit = object()  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        Recorder(forged, "call", tap, SealedWriter(KEY, WHAT), blob, lambda: None)
    tap.caller(b"\x01" * FRAME * 500)
    assert blob.asked == 0


async def test_nothing_is_sealed_within_the_hold_back() -> None:
    take = Take()
    await take.hear(HOLD_BACK_S + PIECE / RATE - 0.02)
    assert take.blob.asked == take.recorder.duration_ms == 0
    await take.hear(0.02)
    assert take.recorder.duration_ms == PIECE * 1000 // RATE
    await take.hear(10)
    assert take.recorder.duration_ms <= take.tap.ms - HOLD_BACK_S * 1000
    assert 0 < take.recorder.size < len(take.blob.content) + 1
    assert take.recorder.size <= (take.tap.position - HOLD_BACK_S * RATE) * 2


async def test_at_the_end_everything_is_there() -> None:
    take = Take()
    first = await take.hear(3)
    take.tap.agent(b"\x05" * RATE)
    second = await take.hear(2.5, seed=2)
    await take.recorder.finish()
    caller, agent = await take.sealed()
    assert caller == first + second
    assert agent == SILENT * 3 * RATE + b"\x05" * RATE + SILENT * int(1.5 * RATE)
    assert (take.recorder.duration_ms, take.recorder.broken, take.failures) == (5500, False, 0)
    assert take.recorder.size == len(take.blob.content)
    assert take.recorder.segments == -(-len(take.blob.content) // SEGMENT_BYTES)
    assert take.recorder.sha256 == hashlib.sha256(take.blob.content).hexdigest()
    assert take.blob.closed == 1


async def test_what_was_never_played_is_not_at_the_end() -> None:
    take = Take()
    await take.hear(1)
    take.tap.agent(b"\x05" * RATE)
    await take.hear(0.5)
    await take.recorder.finish()
    _, agent = await take.sealed()
    assert agent == SILENT * RATE + b"\x05" * (RATE // 2)


async def test_an_empty_recording_can_be_read() -> None:
    take = Take()
    await take.recorder.finish()
    assert await take.sealed() == (b"", b"")


async def test_it_begins_with_the_announcement() -> None:
    take = Take(begin=False)
    before = await take.hear(2)
    take.tap.remember_agent()
    take.tap.agent(b"\x06" * RATE)
    await take.hear(1.5, seed=2)
    take.begin()
    after = await take.hear(4, seed=3)
    await take.recorder.finish()
    caller, agent = await take.sealed()
    assert take.recorder.started_ms == 2000
    assert agent[:RATE] == b"\x06" * RATE
    assert caller == SILENT * int(1.5 * RATE) + after
    assert before[:FRAME] not in caller


@pytest.mark.parametrize("pause_s", [0.04, 0.2, 1.0, 5.0])
async def test_a_pause_is_a_marked_gap(pause_s: float) -> None:
    take = Take()
    before = await take.hear(3)
    take.tap.agent(b"\x05" * RATE)
    take.recorder.pause()
    take.recorder.pause()
    assert take.recorder.paused
    secret = await take.hear(pause_s, seed=2)
    take.tap.agent(b"\x07" * FRAME)
    take.recorder.resume()
    take.recorder.resume()
    after = await take.hear(3, seed=3)
    await take.recorder.finish()
    caller, agent = await take.sealed()
    gap = int(pause_s * RATE)
    start, end = 3 * RATE, 3 * RATE + gap
    assert take.recorder.gaps == [Gap(3000, 3000 + int(pause_s * 1000))]
    assert caller[:start] == before
    assert caller[end:] == after
    assert agent[:start] == SILENT * start, "what was sent ahead was not heard before the pause"
    assert secret[:FRAME] not in caller
    assert b"\x07" not in agent[start:end]
    if pause_s >= 1:
        tone = RATE // 5
        for track in (caller, agent):
            assert abs(pitch(track[start : start + tone]) - HERTZ) < 20
            assert abs(pitch(track[end - tone : end]) - HERTZ) < 20
            assert track[start + tone : end - tone] == SILENT * (gap - 2 * tone)


async def test_a_barge_in_does_not_wipe_out_the_tone() -> None:
    take = Take()
    await take.hear(1)
    take.tap.agent(b"\x05" * RATE)
    take.recorder.pause()
    take.tap.cleared()
    await take.hear(2)
    take.recorder.resume()
    await take.hear(1)
    await take.recorder.finish()
    caller, agent = await take.sealed()
    assert caller[RATE : 3 * RATE] == agent[RATE : 3 * RATE]
    assert abs(pitch(agent[RATE : RATE + RATE // 5]) - HERTZ) < 20


async def test_a_call_that_ends_in_a_pause_ends_in_a_gap() -> None:
    take = Take()
    await take.hear(1)
    take.recorder.pause()
    await take.hear(2, seed=2)
    await take.recorder.finish()
    caller, _ = await take.sealed()
    assert take.recorder.gaps == [Gap(1000, 3000)]
    assert len(caller) == 3 * RATE
    assert caller[RATE + RATE // 5 : 3 * RATE - RATE // 5] == SILENT * int(1.6 * RATE)


async def test_once_leave_is_withdrawn_nothing_more_is_written() -> None:
    take = Take()
    await take.hear(6)
    before = take.blob.content
    assert before
    take.permit.withdraw()
    await take.hear(6)
    await take.recorder.finish()
    assert take.blob.content == before
    assert take.recorder.broken
    assert take.failures == 1


@pytest.mark.parametrize("fail_at", [0, 1, 3])
async def test_a_blob_that_fails_ends_it_once(fail_at: int) -> None:
    take = Take(MemoryBlob(fail_at))
    await take.hear(10)
    assert take.failures == 1
    assert take.recorder.broken
    await take.hear(10)
    await take.recorder.finish()
    await take.recorder.finish()
    assert take.failures == 1
    assert len(take.blob.appended) == fail_at
    assert take.blob.asked == fail_at + 1, "nothing behind a hole"
    assert take.recorder.size == len(take.blob.content)
    assert take.recorder.sha256 == hashlib.sha256(take.blob.content).hexdigest()


async def test_the_last_append_may_fail_too() -> None:
    take = Take(MemoryBlob(fail_at=0))
    await take.hear(1)
    await take.recorder.finish()
    assert (take.recorder.broken, take.failures, take.blob.content) == (True, 1, b"")


async def test_a_blob_that_can_not_be_made_durable_is_broken() -> None:
    take = Take(MemoryBlob(fail_close=True))
    await take.hear(1)
    await take.recorder.finish()
    assert (take.recorder.broken, take.failures) == (True, 1)


async def test_what_is_discarded_is_not_written() -> None:
    take = Take()
    await take.hear(2.4)
    await take.recorder.discard()
    await take.hear(5)
    await take.recorder.finish()
    assert take.blob.content == b""
    assert take.failures == 0


async def test_nothing_is_sealed_from_where_words_are_not_known_yet() -> None:
    take = Take()
    before = await take.hear(3)
    unheard = take.tap.unheard(take.tap.position)
    await take.hear(20)
    assert take.recorder.duration_ms <= 3000
    unheard.known()
    await take.hear(3)
    assert take.recorder.duration_ms > 20_000
    await take.recorder.finish()
    caller, _ = await take.sealed()
    assert caller[: len(before)] == before


async def test_what_may_not_be_kept_is_a_tone_on_both_sides_and_the_rest_is_as_it_was() -> None:
    take = Take()
    said = await take.hear(2)
    since = take.tap.position
    unheard = take.tap.unheard(since)
    take.tap.agent(talk(4 * RATE, seed=5))
    said += await take.hear(6, seed=2)
    start, end = since + RATE, since + 3 * RATE
    unheard.known([(start, end)])
    said += await take.hear(4, seed=3)
    await take.recorder.finish()
    caller, agent = await take.sealed()
    for side in (caller, agent):
        assert pitch(side[start:end]) == pytest.approx(HERTZ, abs=5)
    assert caller[:start] == said[:start]
    assert caller[end : len(said)] == said[end:]


async def test_what_is_never_known_is_covered_whole_when_the_call_ends() -> None:
    take = Take()
    said = await take.hear(2)
    take.tap.unheard(take.tap.position)
    await take.hear(3, seed=2)
    await take.recorder.finish()
    caller, _ = await take.sealed()
    assert caller[: len(said)] == said
    assert pitch(caller[len(said) : len(said) + 3 * RATE]) == pytest.approx(HERTZ, abs=5)


async def test_nobody_waits_for_words_for_ever() -> None:
    take = Take()
    unheard = take.tap.unheard(0)
    await take.hear(LONGEST_HELD_S + 5)
    assert take.recorder.duration_ms > (LONGEST_HELD_S - HOLD_BACK_S) * 1000
    unheard.known([(0, RATE)])
    await take.recorder.finish()
    caller, _ = await take.sealed()
    assert pitch(caller[: 50 * RATE]) == pytest.approx(HERTZ, abs=5)


async def test_words_that_come_late_cover_what_is_still_in_memory() -> None:
    take = Take()
    said = await take.hear(10)
    take.tap.unheard(5 * RATE).known([(5 * RATE, 9 * RATE)])
    await take.recorder.finish()
    caller, _ = await take.sealed()
    taken = 8 * RATE
    assert caller[:taken] == said[:taken]
    assert pitch(caller[taken : 9 * RATE]) == pytest.approx(HERTZ, abs=10)
