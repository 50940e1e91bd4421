"""Ears: what is told, in which order, and what an STT service is fed."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from framework.voice.conftest import Story
from framework.voice.speech import SILENCE, SPEECH, frames, quiet
from op26x import g711
from op26x.consent import Right
from op26x.types import Personal, Word
from op26x.voice.hearing.ears import PRE_ROLL_FRAMES, Ears
from op26x.voice.hearing.echo import EchoDetector, EchoReference

Happens = Callable[[Story], None]
DEMANDS = {"stop recording": Right.STOP, "delete the recording": Right.DELETE}


class Words:
    """What was heard."""

    def __init__(self, text: str, *words: tuple[str, int, int]) -> None:
        self.text = text
        self.words = tuple(SimpleNamespace(text=word, start_ms=start, end_ms=end) for word, start, end in words)


class FakeUtterance:
    """Keeps what it is fed, and finishes when it is told to."""

    def __init__(self, answer: str | Words | Exception, deaf_at: int | None = None) -> None:
        self.answer = answer
        self.fed = bytearray()
        self.feeds = 0
        self.deaf_at = deaf_at
        self.cancelled = False
        self.may_finish = asyncio.Event()

    def feed(self, pcm: bytes) -> None:
        self.feeds += 1
        if self.feeds - 1 == self.deaf_at:
            raise BrokenPipeError("the connection is gone")
        self.fed += pcm

    async def finish(self) -> Words:
        await self.may_finish.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer if isinstance(self.answer, Words) else Words(self.answer)

    def cancel(self) -> None:
        self.cancelled = True


class FakeSTT:
    """Hears a script; the first utterance may break at one of its feeds."""

    def __init__(self, *answers: str | Words | Exception, broken: bool = False, deaf_at: int | None = None) -> None:
        self.answers = list(answers)
        self.broken = broken
        self.deaf_at = deaf_at
        self.utterances: list[FakeUtterance] = []

    def utterance(self) -> FakeUtterance:
        if self.broken:
            raise OSError("no STT service")
        self.utterances.append(FakeUtterance(self.answers.pop(0), self.deaf_at))
        self.deaf_at = None
        return self.utterances[-1]


class Notes:
    """A listener that writes down."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.words: tuple[Word, ...] = ()

    async def speech_started(self) -> None:
        await asyncio.sleep(0)
        self.told.append("started")

    async def speech_stopped(self) -> None:
        await asyncio.sleep(0)
        self.told.append("stopped")

    async def words_heard(self, text: Personal, words: tuple[Word, ...]) -> None:
        self.told.append(text.reveal())
        self.words += words

    async def right_demanded(self, right: Right) -> None:
        self.told.append(right)

    async def stt_failed(self, error: Exception) -> None:
        self.told.append(type(error))


class Room:
    """Ears with everything around them, and what was read for demands."""

    def __init__(self, stt: FakeSTT) -> None:
        self.stt = stt
        self.notes = Notes()
        self.read: list[str] = []
        self.tasks: list[asyncio.Future[None]] = []
        self.ears = Ears(stt, self.notes, EchoDetector(EchoReference(), lambda: 0), self._demanded, self._spawn)

    def _demanded(self, text: str) -> Right | str:
        self.read.append(text)
        return DEMANDS.get(text, text)

    def _spawn(self, work: Awaitable[None]) -> asyncio.Future[None]:
        self.tasks.append(asyncio.ensure_future(work))
        return self.tasks[-1]

    async def hear(self, ulaw: bytes) -> None:
        for frame in frames(ulaw):
            await self.ears.hear(frame)

    async def hear_an_utterance(self) -> None:
        await self.hear(quiet(0.5) + SPEECH + quiet(0.6))

    async def understand(self) -> None:
        for utterance in self.stt.utterances:
            utterance.may_finish.set()
        await asyncio.gather(*self.tasks)


async def test_an_utterance_is_told_in_order() -> None:
    room = Room(FakeSTT("hello"))
    await room.hear_an_utterance()
    assert room.notes.told == ["started", "stopped"]
    await room.understand()
    assert room.notes.told == ["started", "stopped", "hello"]


async def test_the_stt_service_gets_the_beginning_too() -> None:
    room = Room(FakeSTT("hello"))
    await room.hear_an_utterance()
    (utterance,) = room.stt.utterances
    whole = g711.decode(quiet(0.5) + SPEECH + quiet(0.6))
    assert bytes(utterance.fed) in whole, "in one piece, nothing left out"
    speech_at = whole.index(utterance.fed) / 16000
    assert speech_at <= 0.5, "from before the first word on"
    assert len(utterance.fed) > len(SPEECH)


async def test_digital_silence_is_part_of_the_pre_roll() -> None:
    room = Room(FakeSTT("hello"))
    for _ in range(3 * PRE_ROLL_FRAMES):
        await room.ears.hear(SILENCE)
    await room.hear(SPEECH + quiet(0.6))
    fed = bytes(room.stt.utterances[0].fed)
    assert fed[:320] in (bytes(320), g711.decode(SPEECH[:160]))
    assert g711.decode(SPEECH[160:640]) in fed


async def test_what_is_held_is_told_at_release() -> None:
    room = Room(FakeSTT("over the greeting"))
    room.ears.hold()
    room.ears.hold()
    await room.hear_an_utterance()
    await room.understand()
    assert room.notes.told == []
    await room.ears.release()
    assert room.notes.told == ["started", "stopped", "over the greeting"]
    await room.ears.release()
    assert len(room.notes.told) == 3


async def test_words_that_come_during_release_are_told_last() -> None:
    room = Room(FakeSTT("over the greeting"))
    room.ears.hold()
    await room.hear_an_utterance()
    await asyncio.gather(room.ears.release(), room.understand())
    assert room.notes.told == ["started", "stopped", "over the greeting"]


async def test_released_in_mid_speech() -> None:
    room = Room(FakeSTT("hello"))
    room.ears.hold()
    await room.hear(quiet(0.5) + SPEECH)
    assert room.ears.hearing_speech
    await room.ears.release()
    assert room.notes.told[0] == "started"
    await room.hear(quiet(0.6))
    await room.understand()
    assert room.notes.told == ["started", "stopped", "hello"]
    assert not room.ears.hearing_speech


async def test_a_slow_first_utterance_does_not_fall_behind_the_second() -> None:
    room = Room(FakeSTT("first", "second"))
    await room.hear_an_utterance()
    await room.hear_an_utterance()
    first, second = room.stt.utterances
    second.may_finish.set()
    await asyncio.sleep(0)
    assert "second" not in room.notes.told
    first.may_finish.set()
    await asyncio.gather(*room.tasks)
    assert [told for told in room.notes.told if told in ("first", "second")] == ["first", "second"]


async def test_an_stt_service_that_fails_is_told_of() -> None:
    room = Room(FakeSTT(ValueError("dead"), "hello"))
    await room.hear_an_utterance()
    await room.understand()
    assert room.notes.told == ["started", "stopped", ValueError]
    await room.hear_an_utterance()
    await room.understand()
    assert room.notes.told[-1] == "hello"


async def test_an_stt_service_that_cannot_begin_is_told_of() -> None:
    room = Room(FakeSTT(broken=True))
    await room.hear_an_utterance()
    assert room.notes.told == [OSError]
    assert not room.ears.hearing_speech
    room.stt.broken = False
    room.stt.answers = ["hello"]
    await room.hear_an_utterance()
    await room.understand()
    assert room.notes.told == [OSError, "started", "stopped", "hello"]


async def test_a_demand_is_no_words() -> None:
    room = Room(FakeSTT("stop recording", "hello"))
    await room.hear_an_utterance()
    await room.understand()
    assert room.notes.told == ["started", "stopped", Right.STOP]
    assert room.notes.words == ()
    await room.hear_an_utterance()
    await room.understand()
    assert room.read == ["stop recording", "hello"], "each stretch of speech is read, once"
    assert room.notes.told[3:] == ["started", "stopped", "hello"]


async def test_a_demand_is_read_while_it_is_held_back() -> None:
    room = Room(FakeSTT("stop recording"))
    room.ears.hold()
    await room.hear_an_utterance()
    await room.understand()
    assert (room.read, room.notes.told) == (["stop recording"], [])
    await room.ears.release()
    assert room.notes.told == ["started", "stopped", Right.STOP]
    assert room.read == ["stop recording"], "and not once more"


@pytest.mark.parametrize("spoken", ["over before", "in mid speech", "held back"])
async def test_what_is_forgotten_is_read_for_demands_all_the_same(spoken: str) -> None:
    room = Room(FakeSTT("stop recording"))
    if spoken == "held back":
        room.ears.hold()
    await room.hear(quiet(0.5) + SPEECH + quiet(0.6 if spoken != "in mid speech" else 0))
    told = list(room.notes.told) if spoken != "held back" else []
    room.ears.forget()
    await room.hear(quiet(0.6))
    await room.understand()
    assert room.read == ["stop recording"]
    assert room.notes.told == told, "whoever listens is told nothing of it"


async def test_who_was_speaking_when_it_was_forgotten_is_heard_the_next_time() -> None:
    room = Room(FakeSTT("over the question", "after it"))
    await room.hear(quiet(0.5) + SPEECH)
    room.ears.forget()
    told = len(room.notes.told)
    await room.hear(SILENCE * 50 + SPEECH + quiet(0.6))
    over, after = room.stt.utterances
    assert not over.cancelled, "it may be a demand"
    assert after.fed
    await room.understand()
    assert room.notes.told[told:] == ["started", "stopped", "after it"]
    assert room.read == ["over the question", "after it"]


async def test_forgotten_words_are_never_told() -> None:
    room = Room(FakeSTT("over the question", "yes"))
    room.ears.hold()
    await room.hear_an_utterance()
    room.ears.forget()
    await room.understand()
    assert room.notes.told == [], "neither what was held back nor what is still being recognised"
    await room.hear_an_utterance()
    await room.understand()
    assert room.notes.told == ["started", "stopped", "yes"], "from then on everything"


async def test_whoever_speaks_on_over_the_end_of_the_question_is_forgotten() -> None:
    room = Room(FakeSTT("over the question", "yes"))
    room.ears.hold()
    await room.hear(quiet(0.5) + SPEECH)
    room.ears.forget()
    assert not room.stt.utterances[0].cancelled
    await room.hear(quiet(0.6))
    assert not room.ears.hearing_speech
    await room.understand()
    assert room.notes.told == []
    assert room.read == ["over the question"]
    await room.hear_an_utterance()
    await room.understand()
    assert room.notes.told == ["started", "stopped", "yes"]


async def test_an_stt_service_that_fails_at_forgotten_words_is_not_told_of() -> None:
    room = Room(FakeSTT(OSError("dead")))
    await room.hear_an_utterance()
    room.ears.forget()
    await room.understand()
    assert room.notes.told == ["started", "stopped"]


@pytest.mark.parametrize("deaf_at", [0, 1, 10])
async def test_an_stt_service_that_can_not_be_fed_is_told_of(deaf_at: int) -> None:
    room = Room(FakeSTT("lost", "hello", deaf_at=deaf_at))
    await room.hear_an_utterance()
    assert room.notes.told == ["started", BrokenPipeError]
    assert room.stt.utterances[0].cancelled
    assert not room.ears.hearing_speech
    await room.hear_an_utterance()
    await room.understand()
    assert room.notes.told == ["started", BrokenPipeError, "started", "stopped", "hello"]
    assert room.read == ["hello"]


@pytest.mark.parametrize("held", [False, True])
async def test_an_stt_service_that_can_not_be_fed_is_told_of_in_its_turn(held: bool) -> None:
    room = Room(FakeSTT("lost", deaf_at=40))
    if held:
        room.ears.hold()
    await room.hear(quiet(0.5) + SPEECH[:8000])
    if held:
        await room.hear(SPEECH[8000:])
        assert room.notes.told == []
        await room.ears.release()
        assert room.notes.told == ["started", BrokenPipeError]
    else:
        room.ears.forget()
        await room.hear(SPEECH[8000:])
        assert room.notes.told == ["started"], "what is forgotten is nobody's business"


# The end.


async def after(seconds: float, utterance: FakeUtterance) -> None:
    """The STT service has its words then."""
    await asyncio.sleep(seconds)
    utterance.may_finish.set()


@pytest.mark.parametrize("held", [False, True])
async def test_the_end_tells_nobody_anything(held: bool) -> None:
    room = Room(FakeSTT("hello"))
    if held:
        room.ears.hold()
    await room.hear(quiet(0.5) + SPEECH)
    (utterance,) = room.stt.utterances
    told = list(room.notes.told)
    utterance.may_finish.set()
    await room.ears.end(4.0, more_to_hear=False)
    assert not utterance.cancelled
    assert not room.ears.hearing_speech
    await room.ears.release()
    assert room.notes.told == told
    assert room.read == ["hello"], "but what was being said is read"


@pytest.mark.parametrize(("takes_s", "read"), [(0.0, True), (3.9, True), (4.1, False), (3600, False)])
def test_words_on_their_way_at_the_end_are_waited_for_so_long(happens: Happens, takes_s: float, read: bool) -> None:
    async def story() -> None:
        room = Room(FakeSTT("stop recording"))
        await room.hear_an_utterance()
        recognising = asyncio.create_task(after(takes_s, room.stt.utterances[0]))
        began = asyncio.get_running_loop().time()
        await room.ears.end(4.0, more_to_hear=False)
        assert asyncio.get_running_loop().time() - began == pytest.approx(min(takes_s, 4.0), abs=0.01)
        assert room.read == (["stop recording"] if read else [])
        await recognising
        await asyncio.gather(*room.tasks, return_exceptions=True)
        assert room.read == (["stop recording"] if read else []), "and after it nothing is heard any more"
        assert room.notes.told == ["started", "stopped"]

    happens(story)


@pytest.mark.parametrize(("speaks_s", "takes_s", "read"), [(1.0, 1.0, True), (3.9, 3.9, True), (2.0, 4.1, False)])
def test_whoever_is_still_on_the_line_may_finish_their_sentence(
    happens: Happens, speaks_s: float, takes_s: float, read: bool
) -> None:
    async def story() -> None:
        room = Room(FakeSTT("stop recording"))
        await room.hear(quiet(0.5) + SPEECH[:8000])
        ending = asyncio.create_task(room.ears.end(4.0, more_to_hear=True))
        await asyncio.sleep(speaks_s)
        assert not ending.done()
        await room.hear(SPEECH[8000:] + quiet(0.6))
        (utterance,) = room.stt.utterances
        assert len(utterance.fed) > 2 * len(SPEECH), "to its end"
        recognising = asyncio.create_task(after(takes_s, utterance))
        await ending
        assert asyncio.get_running_loop().time() == pytest.approx(speaks_s + min(takes_s, 4.0), abs=0.01)
        await recognising
        assert room.read == (["stop recording"] if read else [])
        assert room.notes.told == ["started"]

    happens(story)


@pytest.mark.parametrize(("takes_s", "read"), [(3.9, True), (4.1, False)])
def test_whoever_never_stops_speaking_does_not_hold_up_the_end(happens: Happens, takes_s: float, read: bool) -> None:
    async def story() -> None:
        room = Room(FakeSTT("stop recording and another thing"))
        await room.hear(quiet(0.5) + SPEECH)
        recognising = asyncio.create_task(after(4.0 + takes_s, room.stt.utterances[0]))
        await room.ears.end(4.0, more_to_hear=True)
        assert asyncio.get_running_loop().time() == pytest.approx(4.0 + min(takes_s, 4.0), abs=0.01)
        assert not room.ears.hearing_speech
        assert bool(room.read) is read
        assert room.stt.utterances[0].cancelled is not read
        await recognising

    happens(story)


def test_whoever_has_hung_up_is_not_waited_for(happens: Happens) -> None:
    async def story() -> None:
        room = Room(FakeSTT("stop recording"))
        await room.hear(quiet(0.5) + SPEECH)
        room.stt.utterances[0].may_finish.set()
        await room.ears.end(4.0, more_to_hear=False)
        assert asyncio.get_running_loop().time() == 0.0
        assert room.read == ["stop recording"]

    happens(story)


def test_an_end_at_which_nobody_speaks_takes_no_time(happens: Happens) -> None:
    async def story() -> None:
        room = Room(FakeSTT())
        await room.hear(quiet(0.5))
        await room.ears.end(4.0, more_to_hear=True)
        assert asyncio.get_running_loop().time() == 0.0
        await room.hear_an_utterance()
        assert room.stt.utterances == [], "whoever begins to speak after it is not heard"

    happens(story)


def test_an_stt_service_that_breaks_at_the_end_is_not_waited_for(happens: Happens) -> None:
    async def story() -> None:
        room = Room(FakeSTT("lost", deaf_at=40))
        await room.hear(quiet(0.5) + SPEECH[:8000])
        ending = asyncio.create_task(room.ears.end(4.0, more_to_hear=True))
        await asyncio.sleep(0)
        await room.hear(SPEECH[8000:])
        await ending
        assert asyncio.get_running_loop().time() == 0.0
        assert room.notes.told == ["started"]

    happens(story)


async def test_words_stand_where_they_were_said_in_the_call() -> None:
    room = Room(FakeSTT(Words("hello", ("hello", 100, 700)), Words("again", ("again", 0, 300))))
    await room.hear(quiet(0.5) + SPEECH + quiet(0.6))
    heard_s = 0.5 + len(frames(SPEECH)) * 0.02 + 0.6
    await room.understand()
    await room.hear(quiet(3.0) + SPEECH + quiet(0.6))
    await room.understand()
    hello, again = room.notes.words
    first, second = room.stt.utterances
    whole = g711.decode(b"".join(frames(quiet(0.5) + SPEECH + quiet(0.6))))
    began_ms = whole.index(bytes(first.fed)) // 16
    assert (hello.text.reveal(), hello.start_ms, hello.end_ms) == ("hello", began_ms + 100, began_ms + 700)
    assert second.fed
    assert heard_s * 1000 + 2400 < again.start_ms < heard_s * 1000 + 3100
    assert again.end_ms - again.start_ms == 300


async def test_an_stt_service_that_knows_no_times_gives_none() -> None:
    room = Room(FakeSTT(Words("hello")))
    del room.stt.answers[0].words  # type: ignore[union-attr]
    await room.hear_an_utterance()
    await room.understand()
    assert (room.notes.told[-1], room.notes.words) == ("hello", ())
