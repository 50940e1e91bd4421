"""The tapped wire: everything passes, and the tap learns of it before it is out."""

from typing import Any

import pytest

from op26x import g711
from op26x.clock import ManualClock
from op26x.recording import WireTap
from op26x.voice.consent.tapped_wire import TappedWire
from op26x.voice.hearing.echo import EchoReference

FRAME = 160


class FakeWire:
    """Writes down what is sent, or is dead."""

    def __init__(self, dead: bool = False) -> None:
        self.dead = dead
        self.sent: list[Any] = []

    async def send_audio(self, ulaw: bytes) -> None:
        if self.dead:
            raise ConnectionError("gone")
        self.sent.append(ulaw)

    async def send_mark(self, name: str) -> None:
        self.sent.append(name)

    async def clear(self) -> None:
        self.sent.append("clear")

    async def close(self) -> None:
        self.sent.append("close")


async def test_everything_passes_and_what_is_played_is_on_the_tap() -> None:
    wire, tap = FakeWire(), WireTap(ManualClock())
    tracks = tap.attach(lambda: None)
    tapped = TappedWire(wire, tap, EchoReference())
    await tapped.send_audio(b"\x01" * FRAME)
    await tapped.send_audio(b"\x02" * FRAME)
    await tapped.send_mark("1")
    tap.caller(b"\x09" * FRAME)
    await tapped.clear()
    await tapped.send_audio(b"\x03" * FRAME)
    await tapped.close()
    tap.caller(b"\x09" * FRAME * 2)
    assert wire.sent == [b"\x01" * FRAME, b"\x02" * FRAME, "1", "clear", b"\x03" * FRAME, "close"]
    agent = tracks.take(3 * FRAME)[1::2]
    assert agent == b"\x01" * FRAME + b"\x03" * FRAME + bytes([g711.SILENCE]) * FRAME


async def test_a_dead_wire_is_told_of() -> None:
    with pytest.raises(ConnectionError):
        await TappedWire(FakeWire(dead=True), WireTap(ManualClock()), EchoReference()).send_audio(b"\x01")
