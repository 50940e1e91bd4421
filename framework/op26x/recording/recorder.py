"""The recorder of one call: takes both tracks off the wire tap, holds them back for a while, seals and appends them.

It can't be built without a ``Permit``, and asks it again before every piece that it seals.
"""

import hashlib
from collections.abc import Awaitable, Callable

from op26x import logs
from op26x.consent import Permit
from op26x.errors import GateClosed, Op26xError
from op26x.g711 import SAMPLE_RATE
from op26x.recording.model import Gap
from op26x.recording.tap import WireTap
from op26x.recording.tones import tone
from op26x.storage import BlobWriter
from op26x.task_queue import TaskQueue
from op26x.vault.sealed_stream import SEGMENT_BYTES, SealedWriter

log = logs.get("recording")

HOLD_BACK_S = 2.0
"""How long audio stays in memory before it is sealed, so that what must not be stored can still be masked."""
PIECE = SAMPLE_RATE
"""Samples that are sealed and appended together, two segments: appending costs a call more than sealing does."""
MARGIN_MS = 500
TONE_S = 0.2
LONGEST_HELD_S = 60.0
"""What is held back for longer, since its words are not known, is masked unheard."""


class Recorder:
    """Records one call.

    Args:
        permit: Leave to do so.
        call_id: The call.
        tap: Where the audio comes from.
        sealer: Encrypts it.
        blob: Where it goes.
        failed: Told once if it can't be written; nothing more is recorded then.
    """

    def __init__(
        self,
        permit: Permit,
        call_id: str,
        tap: WireTap,
        sealer: SealedWriter,
        blob: BlobWriter,
        failed: Callable[[], None],
    ) -> None:
        permit.check(call_id)
        self._permit = permit
        self._call_id = call_id
        self._tap = tap
        self._sealer = sealer
        self._blob = blob
        self._failed = failed
        self._writing = TaskQueue()
        self._sha256 = hashlib.sha256()
        self._broken = False
        self._paused_at: int | None = None
        self._stopped_at: int | None = None
        self.gaps: list[Gap] = []
        self.size = 0
        self._tracks = tap.attach(self._advance)
        self._zero = self._tracks.taken

    @property
    def started_ms(self) -> int:
        """Where the recording begins, from the start of the media stream."""
        return self._zero * 1000 // SAMPLE_RATE

    @property
    def duration_ms(self) -> int:
        """What was handed over to be sealed."""
        return (self._tracks.taken - self._zero) * 1000 // SAMPLE_RATE

    @property
    def segments(self) -> int:
        """Sealed segments written."""
        return -(-self.size // SEGMENT_BYTES)

    @property
    def sha256(self) -> str:
        """Of what was written, in hexadecimal digits."""
        return self._sha256.hexdigest()

    @property
    def paused(self) -> bool:
        """Whether nothing is recorded for the moment."""
        return self._paused_at is not None

    @property
    def broken(self) -> bool:
        """Whether writing failed."""
        return self._broken

    def pause(self) -> None:
        """Records nothing of either side until ``resume``; a tone on both tracks marks the place."""
        if self._paused_at is None:
            self._paused_at = self._tap.position
            self._tracks.cut_agent(self._paused_at)
            self._tap.deafen(deaf=True)
            self._mark(self._paused_at)

    def resume(self) -> None:
        """Records again; another tone marks the place."""
        if self._paused_at is not None:
            self._mark(max(self._paused_at, self._tap.position - len(_TONE)))
            self._tap.deafen(deaf=False)
            self.gaps.append(Gap(self._since_zero(self._paused_at), self._since_zero(self._tap.position)))
            self._paused_at = None

    def heard_all(self, start_ms: int, end_ms: int) -> bool:
        """Whether no part of a stretch was said in a pause, or so near to one that a word might have been.

        Args:
            start_ms: From the start of the media stream.
            end_ms: Likewise.
        """
        first, last = start_ms - self.started_ms - MARGIN_MS, end_ms - self.started_ms + MARGIN_MS
        return not self.paused and all(last < gap.start_ms or first > gap.end_ms for gap in self.gaps)

    def stop(self) -> None:
        """Takes nothing more, from this moment on."""
        if self._stopped_at is None:
            self.resume()
            self._tap.give_up()
            self._stopped_at = self._tap.position
            self._tap.detach()
            self._tracks.cut_agent(self._stopped_at)

    async def finish(self) -> None:
        """Seals everything up to now and closes the file; ``broken`` tells whether that went well."""
        self.stop()
        assert self._stopped_at is not None
        if not self._broken:
            self._seal(self._stopped_at)
            self._append(self._sealer.finish())
        await self._writing.done()
        if not self._broken:
            await self._guarded(self._blob.close)

    async def discard(self) -> None:
        """Drops what is in memory and writes nothing more."""
        self.stop()
        self._broken = True
        await self._writing.done()

    def _advance(self) -> None:
        if self._tap.position - self._tap.known_until > LONGEST_HELD_S * SAMPLE_RATE:
            self._tap.give_up()
        until = min(self._tap.position - int(HOLD_BACK_S * SAMPLE_RATE), self._tap.known_until)
        if until - self._tracks.taken >= PIECE:
            self._seal(until)

    def _seal(self, until: int) -> None:
        try:
            self._permit.check(self._call_id)
        except GateClosed:
            self._break()
            return
        self._append(self._sealer.write(self._tracks.take(until)))

    def _append(self, sealed: bytes) -> None:
        if sealed:
            self._writing.add(lambda: self._write(sealed))

    async def _write(self, sealed: bytes) -> None:
        if self._broken:
            return
        if await self._guarded(lambda: self._blob.append(sealed)):
            self._sha256.update(sealed)
            self.size += len(sealed)

    async def _guarded(self, write: Callable[[], Awaitable[None]]) -> bool:
        try:
            await write()
        except (Op26xError, OSError) as error:
            log.error("a recording can't be written", call=self._call_id, exc_info=error)
            self._break()
            return False
        return True

    def _break(self) -> None:
        if not self._broken:
            self._broken = True
            self._tap.detach()
            self._failed()

    def _mark(self, position: int) -> None:
        self._tracks.caller(_TONE, position)
        self._tracks.agent(_TONE, position)

    def _since_zero(self, position: int) -> int:
        return (position - self._zero) * 1000 // SAMPLE_RATE


_TONE = tone(int(TONE_S * SAMPLE_RATE))
