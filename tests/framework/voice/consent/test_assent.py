"""Listening for yes or no: by voice, by key, and by a right that is demanded instead; and for a no after the yes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from framework.voice.conftest import Story
from op26x.clock import ManualClock
from op26x.consent import Answer, ConsentDefaults, Evidence, NoAnswer, Proof, Right, fits_answer
from op26x.errors import HookFailed
from op26x.types import Personal
from op26x.voice.consent.assent import ANSWER_S, LONGEST_S, WORDS_S, AssentListener, Given
from op26x.voice.hearing.word_ear import WordEar

Happens = Callable[[Story], None]
Scene = Callable[["Ear"], Awaitable[None]]


async def standard(words: str, language: str) -> object:
    return ConsentDefaults().op26x_read_assent(words, language)


class Ear:
    """A listener behind an ear for the caller's word, as in a call; what was demanded, and what was taken back."""

    def __init__(self, read: Callable[..., Awaitable[Any]] = standard, language: str = "en") -> None:
        self.clock = ManualClock()
        self.exercised: list[Right] = []
        self.taken_back: list[Proof] = []
        self.told = asyncio.Event()
        self.told.set()
        self.tasks: list[asyncio.Future[None]] = []
        self.word = WordEar(language, self._demand, lambda right, text: False)
        self.failures: list[Exception] = []
        self.listener = AssentListener(
            language, read, self.taken_back.append, self._failed, self._told, self.clock, self._spawn
        )

    def _demand(self, right: Right, evidence: Evidence) -> None:
        proof = Proof(evidence, right.value, self.clock.now())
        if right not in (Right.STOP, Right.DELETE) or not self.listener.refuse(proof):
            self.exercised.append(right)

    async def _failed(self, error: Exception) -> None:
        self.failures.append(error)

    async def _told(self) -> None:
        await self.told.wait()

    async def hear(self, words: str) -> None:
        meant = self.word.words(words)
        if isinstance(meant, Right):
            await self.listener.right_demanded(meant)
        await self.listener.words_heard(Personal("" if isinstance(meant, Right) else meant), ())

    def press(self, digit: str) -> None:
        if self.word.key(digit) is False:
            self.listener.digit(digit)

    def _spawn(self, work: Awaitable[None]) -> None:
        self.tasks.append(asyncio.ensure_future(work))

    async def answer(self, *scenes: Scene) -> tuple[Given | NoAnswer, float]:
        """What comes of what the caller does, and after how many seconds."""
        began = asyncio.get_running_loop().time()
        waiting = asyncio.create_task(self.listener.wait())
        await asyncio.sleep(0)
        acting = asyncio.gather(*(scene(self) for scene in scenes))
        given = await waiting
        took = round(asyncio.get_running_loop().time() - began, 3)
        await acting
        return given, took


def says(words: str, begins: float = 1.0, takes: float = 1.0, recognised: float = 0.5) -> Scene:
    async def scene(ear: Ear) -> None:
        await asyncio.sleep(begins)
        await ear.listener.speech_started()
        await asyncio.sleep(takes)
        await ear.listener.speech_stopped()
        await asyncio.sleep(recognised)
        await ear.hear(words)

    return scene


def presses(digits: str, after: float = 1.0) -> Scene:
    async def scene(ear: Ear) -> None:
        await asyncio.sleep(after)
        for digit in digits:
            ear.press(digit)

    return scene


@pytest.mark.parametrize(
    ("words", "answer", "value"),
    [
        ("yes please", Answer.YES, "yes"),
        ("no thank you", Answer.NO, "no"),
        ("please stop recording", Answer.NO, "stop"),
        ("yes but delete the recording", Answer.NO, "delete"),
    ],
)
def test_an_answer_by_voice(happens: Happens, words: str, answer: Answer, value: str) -> None:
    async def story() -> None:
        ear = Ear()
        ear.clock.advance(3)
        given, took = await ear.answer(says(words))
        assert given == (answer, Proof(Evidence.WORDS, value, ear.clock.now()))
        assert took == 2.5
        assert ear.exercised == []

    happens(story)


@pytest.mark.parametrize(
    ("digits", "answer", "value"),
    [
        ("1", Answer.YES, "1"),
        ("2", Answer.NO, "2"),
        ("937#2", Answer.NO, "2"),
        ("*1", Answer.NO, "stop"),
        ("*2", Answer.NO, "delete"),
        ("**1", Answer.NO, "stop"),
        ("*91", Answer.YES, "1"),
    ],
)
def test_an_answer_by_key(happens: Happens, digits: str, answer: Answer, value: str) -> None:
    async def story() -> None:
        ear = Ear()
        given, took = await ear.answer(presses(digits))
        assert given == (answer, Proof(Evidence.DIGIT, value, ear.clock.now()))
        assert took == 1.0

    happens(story)


def test_the_first_answer_counts(happens: Happens) -> None:
    async def story() -> None:
        ear = Ear()
        given, _ = await ear.answer(presses("21"))
        assert not isinstance(given, NoAnswer)
        assert given[0] is Answer.NO
        assert ear.taken_back == []

    happens(story)


def test_of_two_keys_at_once_no_wins(happens: Happens) -> None:
    async def story() -> None:
        ear = Ear()
        given, _ = await ear.answer(presses("12"))
        assert not isinstance(given, NoAnswer)
        assert given[0] is Answer.YES
        assert ear.taken_back == [Proof(Evidence.DIGIT, "2", ear.clock.now())]

    happens(story)


@pytest.mark.parametrize("no", ["no", "wait, no", "I changed my mind, please don't"])
@pytest.mark.parametrize("yes", [says("yes"), presses("1")])
def test_a_no_after_the_yes_takes_it_back_once(happens: Happens, yes: Scene, no: str) -> None:
    async def story() -> None:
        ear = Ear()
        given, _ = await ear.answer(yes)
        assert not isinstance(given, NoAnswer)
        assert given[0] is Answer.YES
        await says(no)(ear)
        (proof,) = ear.taken_back
        assert proof.evidence is Evidence.WORDS
        await says("no")(ear)
        ear.press("2")
        assert ear.taken_back == [proof]

    happens(story)


@pytest.mark.parametrize("words", ["", "yes", "thank you", "my name is Maria", "This call is being recorded."])
def test_what_is_no_no_takes_nothing_back(happens: Happens, words: str) -> None:
    async def story() -> None:
        ear = Ear()
        await ear.answer(presses("1"))
        await says(words)(ear)
        ear.press("1")
        ear.press("3")
        await asyncio.sleep(60)
        assert ear.taken_back == []
        ear.press("2")
        assert len(ear.taken_back) == 1, "and whoever says no then is heard"

    happens(story)


@pytest.mark.parametrize("answer", ["no", "what did you say"])
def test_without_a_yes_there_is_nothing_to_take_back(happens: Happens, answer: str) -> None:
    async def story() -> None:
        ear = Ear()
        await ear.answer(says(answer))
        await says("no")(ear)
        ear.press("2")
        assert ear.taken_back == []

    happens(story)


def test_a_yes_that_was_taken_back_does_not_come_again(happens: Happens) -> None:
    async def story() -> None:
        ear = Ear()
        await ear.answer(presses("12"))
        ear.press("1")
        ear.press("2")
        assert len(ear.taken_back) == 1

    happens(story)


@pytest.mark.parametrize("right", [Right.STOP, Right.DELETE])
def test_a_demand_after_the_yes_is_a_demand_and_no_answer(happens: Happens, right: Right) -> None:
    async def story() -> None:
        ear = Ear()
        await ear.answer(presses("1"))
        await says({Right.STOP: "stop recording", Right.DELETE: "delete the recording"}[right])(ear)
        assert (ear.exercised, ear.taken_back) == ([right], [])

    happens(story)


def test_of_refusals_at_once_the_first_answers_and_the_others_are_demands(happens: Happens) -> None:
    async def story() -> None:
        ear = Ear()
        proof = Proof(Evidence.DIGIT, "stop", ear.clock.now())
        assert not ear.listener.refuse(proof), "nothing was asked"
        given, _ = await ear.answer(presses("*1*1"))
        assert given == (Answer.NO, proof)
        assert ear.exercised == [Right.STOP]
        assert not ear.listener.refuse(proof), "it was answered"
        assert ear.taken_back == []

    happens(story)


@pytest.mark.parametrize("digits", ["", "3", "*", "#", "*9", "0"])
def test_silence_and_other_keys_are_no_answer(happens: Happens, digits: str) -> None:
    async def story() -> None:
        assert await Ear().answer(presses(digits)) == (NoAnswer.SILENCE, ANSWER_S)

    happens(story)


def test_whoever_begins_in_time_may_take_longer(happens: Happens) -> None:
    async def story() -> None:
        given, took = await Ear().answer(says("yes", begins=ANSWER_S - 0.1, takes=5, recognised=WORDS_S - 0.1))
        assert not isinstance(given, NoAnswer)
        assert took > ANSWER_S + 5

    happens(story)


def test_words_that_do_not_come_are_not_waited_for(happens: Happens) -> None:
    async def story() -> None:
        assert await Ear().answer(says("yes", recognised=WORDS_S + 1)) == (NoAnswer.NOT_HEARD, 2 + WORDS_S)

    happens(story)


def test_nobody_is_listened_to_for_ever(happens: Happens) -> None:
    async def story() -> None:
        assert await Ear().answer(says("yes", takes=60)) == (NoAnswer.UNCLEAR, LONGEST_S)

    happens(story)


@pytest.mark.parametrize("words", ["what did you say", "", "my name is Maria"])
def test_unclear_words_are_no_answer(happens: Happens, words: str) -> None:
    async def story() -> None:
        assert await Ear().answer(says(words)) == (NoAnswer.UNCLEAR if words else NoAnswer.SILENCE, 2.5)

    happens(story)


def test_another_right_is_exercised_and_no_answer(happens: Happens) -> None:
    async def story() -> None:
        ear = Ear()
        assert (await ear.answer(says("am I talking to a machine, yes")))[0] is NoAnswer.UNCLEAR
        assert ear.exercised == [Right.MACHINE]
        given, _ = await ear.answer(presses("*31"))
        assert not isinstance(given, NoAnswer)
        assert given[0] is Answer.YES
        assert ear.exercised == [Right.MACHINE, Right.SUPPRESS]

    happens(story)


def test_whoever_demands_something_else_is_told_of_it_before_they_are_asked_again(happens: Happens) -> None:
    async def story() -> None:
        ear = Ear()
        ear.told.clear()

        async def tells(ear: Ear) -> None:
            await asyncio.sleep(7.0)
            ear.told.set()

        given, took = await ear.answer(says("are you a robot"), tells)
        assert (given, took) == (NoAnswer.UNCLEAR, 7.0)

    happens(story)


def test_what_comes_before_the_question_is_over_is_no_answer(happens: Happens) -> None:
    async def story() -> None:
        ear = Ear()
        ear.listener.digit("1")
        await ear.listener.words_heard(Personal("yes"), ())
        await ear.listener.speech_stopped()
        assert await ear.answer() == (NoAnswer.SILENCE, ANSWER_S)
        ear.listener.digit("1")
        assert await ear.answer() == (NoAnswer.SILENCE, ANSWER_S)

    happens(story)


def test_an_stt_service_that_fails_is_no_answer(happens: Happens) -> None:
    async def story() -> None:
        async def fails(ear: Ear) -> None:
            await ear.listener.stt_failed(OSError("dead"))

        ear = Ear()
        assert await ear.answer(fails) == (NoAnswer.NOT_HEARD, 0.0)
        assert [str(error) for error in ear.failures] == ["dead"], "and is reported as any vendor's failure"

    happens(story)


@pytest.mark.parametrize("answer", ["yes", True, ("yes", "yes"), Answer.YES, [Answer.YES, "yes"], (Answer.YES,)])
def test_a_reader_that_answers_nonsense_is_named(answer: object) -> None:
    assert "not None or (Answer.YES" in fits_answer(answer, {})


@pytest.mark.parametrize("word", ["", "ja I am John Miller and my card is 4111", "a" * 41, 7, None])
def test_a_reader_may_store_a_word_and_no_speech(word: object) -> None:
    assert "which is stored" in fits_answer((Answer.YES, word), {})


def test_a_reader_that_fails_gives_no_answer(happens: Happens) -> None:
    async def story() -> None:
        async def read(words: str, language: str) -> object:
            raise HookFailed("dead")

        assert (await Ear(read).answer(says("yes")))[0] is NoAnswer.NOT_HEARD

    happens(story)


def test_it_is_read_in_the_agents_language(happens: Happens) -> None:
    async def story() -> None:
        given, _ = await Ear(language="de").answer(says("ja, gerne"))
        assert not isinstance(given, NoAnswer)
        assert given[1].value in ("ja", "gerne")
        assert (await Ear(language="de").answer(says("oui")))[0] is NoAnswer.UNCLEAR

    happens(story)


def test_closed_it_waits_for_nothing(happens: Happens) -> None:
    async def story() -> None:
        ear = Ear()
        waiting = asyncio.create_task(ear.listener.wait())
        await asyncio.sleep(1)
        ear.listener.close()
        ear.listener.digit("1")
        await asyncio.sleep(60)
        assert not waiting.done(), "it ends with the call that is over"
        waiting.cancel()
        assert ear.tasks == []

    happens(story)
