"""A whole recording, from the announcement to the seal, with a caller and an agent who do what an example says."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable

import numpy as np

from laws.house import READER, Scene
from op26x import g711
from op26x.calls import TurnInfo
from op26x.clock import ManualClock
from op26x.consent import Answer, Evidence, Notice, Proof
from op26x.errors import KeyGone
from op26x.policy import RecordingMode
from op26x.types import Personal
from op26x.vault import KeyKind
from op26x.voice.consent.callers_word import CallersWord
from op26x.voice.consent.dependencies import RecordingDependencies
from op26x.voice.consent.recorded_call import RecordedCall
from op26x.voice.speaking.notices import Spoken
from persons import nobody

SECOND = 8000
NEEDLE = 48


def noise(seed: int, seconds: float = 1.0) -> bytes:
    """Mu-law that is like no other; without the negative zero, which playback makes a zero."""
    return random.Random(seed).randbytes(int(seconds * SECOND)).replace(b"\x7f", b"\x00")


def pieces(seed: int, seconds: float = 1.0) -> list[bytes]:
    """Stretches of that noise, by which it is found again."""
    sound = noise(seed, seconds)
    return [sound[at : at + NEEDLE] for at in range(0, len(sound) - NEEDLE, 400)]


class Announcer:
    """Has every notice but some."""

    def __init__(self, missing: frozenset[Notice] = frozenset()) -> None:
        self._missing = missing

    def get(self, notice: Notice) -> Spoken | None:
        """The notice."""
        return None if notice in self._missing else Spoken(notice.value, f"en/{notice}", b"")


class Answers:
    """Hears what it was told to hear, then nothing. An ``AssentListener`` as recorded calls see it."""

    def __init__(self, *answers: Answer | None, before: Callable[[], Awaitable[None]] | None = None) -> None:
        self._answers = iter(answers)
        self._before = before

    async def wait(self) -> tuple[Answer, Proof] | None:
        """The next answer."""
        if self._before is not None:
            await self._before()
        answer = next(self._answers, None)
        return None if answer is None else (answer, Proof(Evidence.DIGIT, "1", ManualClock().now()))


async def _unheard(**_told: object) -> None:
    """A hook that nobody implements."""


class Opening:
    """The recording of a scene's call, before it begins."""

    def __init__(
        self,
        stage: Scene,
        mode: RecordingMode,
        say: Callable[[Notice], Awaitable[str]] | None = None,
        announcer: Announcer | None = None,
    ) -> None:
        self.stage = stage
        self._say = say
        self._turns = itertools.count(1)
        work = stage.workspace
        shared = RecordingDependencies(
            calls=work.calls,
            recordings=work.recordings,
            erasures=work.erasures,
            transcripts=work.transcripts,
            consents=work.consents,
            suppressions=work.suppressions,
            clock=stage.clock,
            started=_unheard,  # type: ignore[arg-type]
            paused=_unheard,  # type: ignore[arg-type]
            sealed=_unheard,  # type: ignore[arg-type]
        )
        spoken = (announcer or Announcer()).get
        self.recorded = RecordedCall(
            stage.call, spoken, mode, shared, stage.tap, self.notice, lambda _what: None, asyncio.ensure_future
        )
        self.word = CallersWord(
            stage.call,
            self.recorded,
            work.suppressions,
            self.notice,
            asyncio.ensure_future,
            nobody(stage.call, work.calls),
        )

    async def notice(self, notice: Notice) -> str:
        """Says a notice; its mark comes back unless the example says otherwise."""
        self.stage.tap.agent(noise(-len(notice), 0.3))
        return await self._say(notice) if self._say is not None else "1"

    def speaks(self, seed: int, words: str, seconds: float = 1.0) -> None:
        """The caller says something: sound and words."""
        start = self.stage.tap.ms
        self.stage.wire(noise(seed, seconds))
        self.recorded.turn(TurnInfo(next(self._turns), "caller", Personal(words), start, self.stage.tap.ms))

    async def caller_track(self) -> bytes:
        """What the recording has of the caller, as mu-law."""
        wav, _ = await self.stage.read()
        return g711.encode(np.frombuffer(wav[44:], "<i2").reshape(-1, 2)[:, 0].tobytes())

    async def stored(self) -> set[str]:
        """What there is of the recording: row, blob, key, words."""
        work, call_id = self.stage.workspace, self.stage.call.id
        there = {"row"} if await work.recordings.find(call_id) is not None else set()
        if list((self.stage.folder / "data" / "blobs").rglob(call_id)):
            there.add("blob")
        try:
            await work.keys.get(KeyKind.CALL, call_id)
            there.add("key")
            there |= {"words"} if await work.transcripts.of_call(call_id, READER) else set()
        except KeyGone:
            there.add("no key")
        return there
