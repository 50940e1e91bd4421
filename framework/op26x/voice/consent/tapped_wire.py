"""The way to the caller, with the recorder's tap on it: what goes out is noted as it goes out."""

from op26x.calls import Wire
from op26x.recording import WireTap
from op26x.voice.hearing.echo import EchoReference


class TappedWire:
    """An ``op26x.calls.Wire`` that tells a tap what passes.

    Args:
        wire: The real one.
        tap: Told.
        echo: Told, so that what comes back of it is known.

    Attributes:
        sent: How many bytes of audio went out.
    """

    def __init__(self, wire: Wire, tap: WireTap, echo: EchoReference) -> None:
        self._wire = wire
        self._tap = tap
        self._echo = echo
        self.sent = 0

    async def send_audio(self, ulaw: bytes) -> None:
        """Sends audio to be played after what was sent before."""
        self._echo.agent(ulaw, self._tap.agent_position)
        self._tap.agent(ulaw)
        self.sent += len(ulaw)
        await self._wire.send_audio(ulaw)

    async def send_mark(self, name: str) -> None:
        """Sends a mark."""
        await self._wire.send_mark(name)

    async def clear(self) -> None:
        """Throws away what is not yet played."""
        self._tap.cleared()
        self._echo.cut(self._tap.position)
        await self._wire.clear()

    async def close(self) -> None:
        """Ends the stream."""
        await self._wire.close()
