"""Redaction of what lies there: more is masked of stored recordings and transcripts than could be when they were made.

It only ever takes away. The new file is written beside the old one; row, words and the entry in the audit log change in
one transaction, and the old file goes after that. Who is killed on the way leaves a file that no row knows of, which
``reconcile`` erases; what was done is not done again.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session, col, select

from op26x.audit import Access, AuditLog
from op26x.errors import IllegalTransition
from op26x.g711 import SAMPLE_RATE
from op26x.ids import Ids
from op26x.policy import Redaction, Rules, Sink
from op26x.recording.model import Recording, RecordingState, find, replacement
from op26x.recording.playback import WavReader
from op26x.recording.seal import seal_row
from op26x.recording.store import PURPOSE, Recordings, associated_data
from op26x.recording.tones import tone
from op26x.recording.transcripts import SpokenTurn, Transcripts
from op26x.redaction import Actions, Dialogue, Placeholders, Span, Turn, in_words, replaced_words, times_of
from op26x.redaction.word_times import MARGIN_MS
from op26x.storage import BlobStore, Database
from op26x.types import Personal, Recognizer
from op26x.vault import DataKey, KeyKind, Keyring
from op26x.vault.sealed_stream import SEGMENT_BYTES, SealedWriter

STOOD = re.compile(r"<([A-Z][A-Z_]*[A-Z])(?:_[1-9]\d{0,3})?>")
"""What stands in a transcript in place of something personal: a placeholder, or its kind alone."""
BEFORE_MS, AFTER_MS = 700, 500
"""A turn begins a little before voice detection is sure of it, and its end is told by another clock."""
PIECE = 30 * SAMPLE_RATE
"""Pairs of samples that are in memory at once."""

Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Redacted:
    """What was masked of a recording, or would be.

    Attributes:
        call_id: Its call's.
        found: How many different values of each entity were found anew.
        turns: How many turns of the transcript have other words now.
        audio_s: Seconds of audio that a tone stands in place of now.
        words: Whether there is a transcript; without one nobody can tell what is in the audio.
    """

    call_id: str
    found: Mapping[str, int]
    turns: int
    audio_s: float
    words: bool = True

    @property
    def anything(self) -> bool:
        """Whether anything was masked."""
        return bool(self.turns or self.audio_s)


@dataclass(frozen=True, slots=True)
class _Audio:
    """A file of audio."""

    blob: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RedactedTurns:
    """The turns of a transcript as they may be kept.

    Attributes:
        changed: Those that change, by number.
        found: How many different values of each entity were found anew.
        stretches: Of the audio, what may not be kept, in milliseconds from the start of the media stream.
    """

    changed: Mapping[int, SpokenTurn]
    found: Mapping[str, int]
    stretches: Sequence[Stretch]


class Redactions:
    """Masks more of the stored recordings of one organization.

    Args:
        database: Where rows are kept.
        blobs: Where audio is kept.
        keys: Has the calls' keys.
        audit: Each recording that changes is an entry.
        recordings: Reads audio.
        transcripts: Reads words.
        organization_id: Whose they are.
        ids: Names files that are being written.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        keys: Keyring,
        audit: AuditLog,
        recordings: Recordings,
        transcripts: Transcripts,
        organization_id: str,
        ids: Ids,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._keys = keys
        self._audit = audit
        self._recordings = recordings
        self._transcripts = transcripts
        self._organization_id = organization_id
        self._ids = ids

    async def recorded(self) -> Sequence[str]:
        """Calls whose recordings are finished and not erased, oldest first."""
        query = select(Recording.call_id).where(
            Recording.organization_id == self._organization_id,
            col(Recording.state).in_((RecordingState.COMPLETED.value, RecordingState.INTERRUPTED.value)),
        )
        return await self._database.run(lambda session: session.exec(query.order_by(col(Recording.call_id))).all())

    async def run(
        self,
        call_id: str,
        redact: frozenset[Redaction],
        access: Access,
        recognizers: Sequence[Recognizer] = (),
        *,
        dry_run: bool = False,
    ) -> Redacted:
        """Masks what of a recording and its transcript may not be kept. It may be repeated.

        Args:
            call_id: Whose.
            redact: What may not be kept: the demands at ``transcript`` and ``audio``.
            access: Who wants it, and why.
            recognizers: Of plugins.
            dry_run: Only tells what would be masked.

        Raises:
            NotFound: There is no such recording.
            KeyGone: It was erased, or the time to keep it is over.
            IllegalTransition: It is still being written, or somebody else changed it meanwhile.
            Tampered: It is damaged.
        """
        row = await self._recordings.readable(call_id)
        turns = await self._transcripts.of_call(row.call_id, access)
        done = redacted_turns(turns, redact, recognizers)
        stretches: list[Stretch] = []
        if done.stretches:
            row, wav = await self._recordings.open(row.call_id, access)
            stretches = await _unmasked(wav, _within(row, wav, done.stretches))
        seconds = round(sum(end - start for start, end in stretches) / SAMPLE_RATE, 1)
        told = Redacted(row.call_id, done.found, len(done.changed), seconds, words=bool(turns))
        if told.anything and not dry_run:
            key = await self._keys.get(KeyKind.CALL, row.call_id)
            blob = replacement(row.blob, self._ids.new()) if stretches else row.blob
            try:
                audio = await self._rewrite(row, wav, blob, key, stretches) if stretches else None
                await self._put(row, audio, key, done, len(turns), access)
            except Exception:
                await self._forget(row, blob)
                raise
        return told

    async def _forget(self, row: Recording, blob: str) -> None:
        """Deletes a file that was written for nothing; the one that the row names by now is none."""
        kept = await self._recordings.find(row.call_id)
        if blob != row.blob and (kept is None or kept.blob != blob):
            await self._blobs.delete(blob)

    async def _rewrite(
        self, row: Recording, wav: WavReader, blob: str, key: DataKey, stretches: Sequence[Stretch]
    ) -> _Audio:
        """Writes the audio anew, beside what it replaces, with tones in it."""
        writer = await self._blobs.create(blob)
        sealer = SealedWriter(key.for_purpose(PURPOSE), associated_data(self._organization_id, row.call_id))
        size, sha256 = 0, hashlib.sha256()
        for start in range(0, wav.frames, PIECE):
            end = min(start + PIECE, wav.frames)
            sealed = sealer.write(_masked(await wav.ulaw(start, end), start, stretches))
            sealed += sealer.finish() if end == wav.frames else b""
            await writer.append(sealed)
            sha256.update(sealed)
            size += len(sealed)
        await writer.close()
        return _Audio(blob, size, sha256.hexdigest())

    async def _put(
        self, row: Recording, audio: _Audio | None, key: DataKey, done: RedactedTurns, lines: int, access: Access
    ) -> None:
        counted = in_words(done.found)

        def write(session: Session) -> None:
            kept = find(session, self._organization_id, row.call_id)
            if kept is None or (kept.state, kept.blob) != (row.state, row.blob):
                raise IllegalTransition(f"The recording {row.id} was changed meanwhile.", "Run it again.")
            if audio is not None:
                kept.blob, kept.size, kept.sha256 = audio.blob, audio.size, audio.sha256
                kept.segments = -(-audio.size // SEGMENT_BYTES)
                kept.seal = seal_row(kept, key, lines)
                session.add(kept)
            self._transcripts.replace(session, key, row.call_id, done.changed)
            entry = Access(access.who, f"{access.why}: {counted}" if counted else access.why)
            session.add(self._audit.entry("recording.redacted", row.id, entry, row.policy))

        await self._database.run(write, alone=True)
        await self._database.checkpoint()  # what was said is in no log of the database either
        if audio is not None:
            await self._blobs.delete(row.blob)


def redacted_turns(
    turns: Sequence[SpokenTurn], redact: frozenset[Redaction], recognizers: Sequence[Recognizer] = ()
) -> RedactedTurns:
    """The turns of a transcript as they may be kept.

    What was masked when the call was made stays so, and is told apart from what is found now. An agent's turn has no
    times of words: all of it is a tone if there is anything in it.

    Raises:
        PluginError: A recognizer of a plugin fails.
    """
    actions = Actions(Rules(redact=redact), {one.label for one in recognizers if one.secret})
    dialogue, placeholders = Dialogue(recognizers=recognizers, strict=True), Placeholders()
    for turn in turns:
        placeholders.pass_over(turn.text.reveal())
    before = dict(placeholders.counts)
    changed: dict[int, SpokenTurn] = {}
    stretches: list[Stretch] = []
    for turn in turns:
        text = turn.text.reveal()
        stood = [Span(*match.span(), match[1]) for match in STOOD.finditer(text)]
        found = [span for span in _beside(dialogue.spans(Turn(turn.speaker, text)), stood) if _says(text, span)]
        kept = _as_kept(turn, found, actions, placeholders)
        if (kept.text, kept.words) != (turn.text, turn.words):
            changed[turn.number] = kept
        unkept = [span for span in sorted((*found, *stood)) if not actions.keeps(Sink.AUDIO, span.label)]
        if unkept and turn.words:
            stretches += times_of(text, unkept, turn.words)
        elif unkept:
            stretches.append((turn.started_ms - BEFORE_MS, turn.ended_ms + AFTER_MS))
        if actions.any_at(Sink.AUDIO):
            stretches += _untold(turn)
    counts = {label: count - before.get(label, 0) for label, count in placeholders.counts.items()}
    told = {
        label: count
        for label, count in counts.items()
        if count and not (actions.keeps(Sink.TRANSCRIPT, label) and actions.keeps(Sink.AUDIO, label))
    }
    return RedactedTurns(changed, told, stretches)


def _as_kept(turn: SpokenTurn, found: Sequence[Span], actions: Actions, placeholders: Placeholders) -> SpokenTurn:
    def seen(text: str) -> Personal:
        return Personal(actions.view(text, Sink.TRANSCRIPT, placeholders))

    text, found = turn.text.reveal(), [span for span in found if not actions.keeps(Sink.TRANSCRIPT, span.label)]
    full = placeholders.put(text, found)
    words = replaced_words(text, found, turn.words, placeholders.name)
    return replace(turn, text=seen(full), words=tuple(replace(word, text=seen(word.text.reveal())) for word in words))


def _untold(turn: SpokenTurn) -> list[Stretch]:
    """Where words were said that the transcript does not tell, since they were dropped when it was made."""
    silent = (word for word in turn.words if not word.text)
    return [(word.start_ms - MARGIN_MS, word.end_ms + MARGIN_MS) for word in silent]


def _beside(found: Sequence[Span], stood: Sequence[Span]) -> list[Span]:
    """Spans without what of them was masked before."""
    left = list(found)
    for old in stood:
        pieces = []
        for span in left:
            sides = ((span.start, min(span.end, old.start)), (max(span.start, old.end), span.end))
            pieces += [Span(start, end, span.label) for start, end in sides if start < end]
        left = pieces
    return left


def _says(text: str, span: Span) -> bool:
    return any(char.isalnum() for char in text[span.start : span.end])


def _within(row: Recording, wav: WavReader, stretches: Sequence[Stretch]) -> list[Stretch]:
    """Milliseconds of the media stream as samples of the recording; those that meet are one."""
    samples = SAMPLE_RATE // 1000
    placed = [
        (max(0, (start - row.started_ms) * samples), min(wav.frames, (end - row.started_ms) * samples))
        for start, end in stretches
    ]
    joined: list[Stretch] = []
    for start, end in sorted(stretch for stretch in placed if stretch[0] < stretch[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


async def _unmasked(wav: WavReader, stretches: Sequence[Stretch]) -> list[Stretch]:
    """Those that are not masked yet: of one that is, both sides are the same."""
    return [stretch for stretch in stretches if not _is_masked(await wav.ulaw(*stretch))]


def _is_masked(ulaw: bytes) -> bool:
    return ulaw[::2] == ulaw[1::2]


def _masked(ulaw: bytes, at: int, stretches: Sequence[Stretch]) -> bytes:
    """A piece of a recording with a tone on both sides of what may not be kept.

    Args:
        ulaw: Pairs of samples.
        at: Where in the recording the first of them is.
        stretches: Of the recording.
    """
    stereo = np.frombuffer(ulaw, np.uint8).reshape(-1, 2).copy()
    for start, end in stretches:
        first, last = max(start, at) - at, min(end, at + len(stereo)) - at
        if first < last:
            stereo[first:last] = np.frombuffer(tone(last - first), np.uint8)[:, None]
    return stereo.tobytes()
