"""Whole calls: what is over the agent's voice, what was heard, what is a sign of life, and what is no failure."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

import op26x_local
from op26x import Provider, g711, hookimpl
from op26x.testing.scripted_llm import Push, Say, Script, Step, Wait
from op26x.voice.speaking.sentences import Sentence
from op26x.voice.vendors.frames import AnswerRefusedFrame, Refusal
from virtual.call import Board, VirtualLine, board

pytestmark = pytest.mark.journey

Happens = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
Call = Callable[[Board, VirtualLine], Awaitable[None]]
GREETED_S = 2.5
LONG = "At 800 the clinic is open from Monday to Friday, and on Saturday in the morning, but never on a Sunday."


def _happens(happens: Happens, folder: Path, script: Script, call: Call, *more: object, **document: Any) -> None:
    async def story() -> None:
        async with board(folder, script, *more, **script.document(**document)) as one:
            line = await one.ring()
            await asyncio.sleep(GREETED_S)
            await call(one, line)
            if line.open:
                await line.hang_up()
            await line.over()

    happens(story)


async def _ask(line: VirtualLine) -> None:
    """The caller asks, and the agent has been answering for a second."""
    line.say("when are you open")
    await asyncio.sleep(4.2)


COURTESIES = ["uh-huh", "Mm.", "okay", "Okay, okay.", "right", "", "[cough]", "yeah, right"]


@pytest.mark.parametrize("by", ["words", "voice"])
@pytest.mark.parametrize("words", COURTESIES)
def test_a_courtesy_or_a_cough_leaves_the_answer_as_it_is(
    by: str, words: str, happens: Happens, tmp_path: Path
) -> None:
    script = Script([Say(LONG)], [Say("At 900 what else?")])

    async def call(one: Board, line: VirtualLine) -> None:
        await _ask(line)
        line.say(words, 0.9)
        await asyncio.sleep(12)
        assert one.turns()[1:] == [LONG], "heard whole, once, and answered by nobody"
        assert len(script.asked) == 1

    _happens(happens, tmp_path, script, call, interruptions={"by": by})


@pytest.mark.parametrize("by", ["words", "voice"])
def test_words_end_the_answer(by: str, happens: Happens, tmp_path: Path) -> None:
    script = Script([Say(LONG)], [Say("At 900 what else?")])

    async def call(one: Board, line: VirtualLine) -> None:
        await _ask(line)
        began = line.now()
        line.say("no, stop, I mean something else", 1.0)
        await asyncio.sleep(8)
        assert one.turns()[-1] == "At 900 what else?"
        said = one.turns()[1]
        assert LONG.startswith(said)
        assert len(said) < len(LONG), "nobody heard the rest"
        assert script.heard[-1] == "no, stop, I mean something else"
        cleared = next(at for at, what in line.sent if what == "clear") - line._began - began
        # 0.2 s until a voice is one, 1.0 s of it, 0.2 s of quiet, 0.3 s of recognition.
        assert cleared <= (0.6 if by == "voice" else 2.0)

    _happens(happens, tmp_path, script, call, interruptions={"by": by})


def test_with_none_what_is_said_over_an_answer_comes_after_it(happens: Happens, tmp_path: Path) -> None:
    script = Script([Say(LONG)], [Say("At 900 what else?")])

    async def call(one: Board, line: VirtualLine) -> None:
        await _ask(line)
        line.say("I mean something else", 1.0)
        await asyncio.sleep(14)
        assert one.turns()[1:] == [LONG, "At 900 what else?"]
        assert script.heard[-1] == "I mean something else"

    _happens(happens, tmp_path, script, call, interruptions={"by": "none"})


def test_an_okay_over_the_last_words_is_the_answer(happens: Happens, tmp_path: Path) -> None:
    question = "At 800 shall I book it?"  # 1.15 s
    script = Script([Say(question)], [Say("At 900 booked.")])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("tomorrow")
        await asyncio.sleep(2.2)
        while len(one.turns("agent")) < 2 and not any(
            e.kind == "speaking" and e.speaker == "agent" for e in one.events[-1:]
        ):
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.4)
        line.say("okay", 0.5)
        await asyncio.sleep(6)
        assert one.turns()[1:] == [question, "At 900 booked."]

    _happens(happens, tmp_path, script, call)


def test_a_pause_of_the_agents_is_no_loss(happens: Happens, tmp_path: Path) -> None:
    """A noise of two seconds: the agent falls silent, and then goes on where it was."""
    script = Script([Say(LONG)])

    async def call(one: Board, line: VirtualLine) -> None:
        await _ask(line)
        played = line._play_end
        line.say("", 2.0)
        await asyncio.sleep(14)
        assert one.turns()[1:] == [LONG]
        assert ("clear" in [what for _, what in line.sent]) and line._play_end > played
        assert abs(line.heard_s - 0.05 * (len(LONG) + len("At 500 hello."))) < 0.1, "all of it, and nothing twice"

    _happens(happens, tmp_path, script, call)


def test_who_goes_on_after_a_breath_is_not_spoken_over(happens: Happens, tmp_path: Path) -> None:
    script = Script([Wait(0.7), Say("At 800 what for?")], [Say("At 900 fine.")])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("I would like", 1.0)
        await asyncio.sleep(1.9)  # the LLM has been asked
        line.say("to book a table", 1.5)
        await asyncio.sleep(8)
        assert one.turns()[1:] == ["At 900 fine."]
        assert script.heard[-1] == "to book a table"

    _happens(happens, tmp_path, script, call)


def test_slow_tokens_are_signs_of_life(happens: Happens, tmp_path: Path) -> None:
    sentence = "At 800 " + " ".join(["so"] * 60) + "."
    script = Script([Say(sentence, every_s=0.06)])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("when are you open")
        await asyncio.sleep(20)
        assert one.turns()[1:] == [sentence]

    _happens(happens, tmp_path, script, call)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([Push(lambda: AnswerRefusedFrame(Refusal.REFUSED))], [Sentence.CANT_ANSWER]),
        ([Push(lambda: AnswerRefusedFrame(Refusal.FILTERED))], [Sentence.CANT_ANSWER]),
        ([], [Sentence.NOTHING_TO_SAY]),
        ([Say("  ")], [Sentence.NOTHING_TO_SAY]),
        (
            [Say("At 700 well."), Push(lambda: AnswerRefusedFrame(Refusal.FILTERED))],
            ["At 700 well.", Sentence.CANT_ANSWER],
        ),
    ],
)
def test_a_refusal_is_an_answer(steps: list[Step], said: list[str], happens: Happens, tmp_path: Path) -> None:
    script = Script(steps, steps, steps, [Say("At 900 that I can tell.")])

    async def call(one: Board, line: VirtualLine) -> None:
        for _ in range(4):
            line.say("tell me")
            await asyncio.sleep(9)
        assert one.turns()[1:] == [str(words) for words in said * 3] + ["At 900 that I can tell."]
        assert not [event for event in one.events if event.kind == "error"]

    _happens(happens, tmp_path, script, call)


class Speaking:
    """A voice that says all its fixed phrases, which is speech to voice detection: some eight seconds of them."""

    @hookimpl
    def op26x_tts_service(self) -> Provider[Any]:
        return Provider("speaking", _speaking)


def _speaking(request: Any) -> Any:
    from pipecat.frames.frames import TTSAudioRawFrame

    from journeys.stubs import ToneVoice

    phrases = sorted((Path(op26x_local.__file__).parent / "phrases").glob("*.ulaw"))
    pcm = g711.decode(b"".join(phrase.read_bytes() for phrase in phrases)[:64000])

    class Spoken(ToneVoice):
        async def run_tts(self, text: str, context_id: str) -> Any:
            length = 2 * int(len(text) * 0.05 * 8000)
            for start in range(0, min(len(pcm), length), 8000):
                yield TTSAudioRawFrame(pcm[start : min(start + 8000, length)], 8000, 1, context_id=context_id)

    return Spoken(request)


@pytest.mark.parametrize(("below_db", "delay_s"), [(10, 0.0), (12, 0.5), (22, 0.02), (25, 0.3), (30, 0.1)])
@pytest.mark.parametrize("by", ["words", "voice"])
def test_the_agents_own_echo_is_nobody(
    below_db: float, delay_s: float, by: str, happens: Happens, tmp_path: Path
) -> None:
    script = Script([Say(LONG)], [Say("At 900 what else?")])

    async def call(one: Board, line: VirtualLine) -> None:
        line.echo = below_db, delay_s
        await _ask(line)
        one.stt.words = "an echo that an STT service understood"
        await asyncio.sleep(12)
        assert one.turns()[1:] == [LONG], "heard whole"
        assert len(script.asked) == 1, "and answered by nobody"
        assert not [event for event in one.events if event.kind == "speaking" and event.speaker == "caller"][1:]

    _happens(happens, tmp_path, script, call, Speaking(), tts="speaking", interruptions={"by": by})


@pytest.mark.parametrize(("below_db", "delay_s"), [(10, 0.0), (22, 0.3)])
def test_a_caller_interrupts_through_the_echo(
    below_db: float, delay_s: float, happens: Happens, tmp_path: Path
) -> None:
    script = Script([Say(LONG)], [Say("At 900 what else?")])

    async def call(one: Board, line: VirtualLine) -> None:
        line.echo = below_db, delay_s
        await _ask(line)
        line.say("no, something else", 1.2)
        await asyncio.sleep(8)
        assert one.turns()[-1] == "At 900 what else?"
        assert len(one.turns()[1]) < len(LONG)
        assert len(script.asked) == 2

    _happens(happens, tmp_path, script, call, Speaking(), tts="speaking")


class Voiceless:
    """A voice that answers every request with HTTP 429."""

    @hookimpl
    def op26x_tts_service(self) -> Provider[Any]:
        return Provider("voiceless", _voiceless)


def _voiceless(request: Any) -> Any:
    from pipecat.frames.frames import ErrorFrame

    from journeys.stubs import ToneVoice

    class Refused(ToneVoice):
        async def run_tts(self, text: str, context_id: str) -> Any:
            if "open" in text:
                yield ErrorFrame("HTTP 429")
                return
            async for frame in super().run_tts(text, context_id):
                yield frame

    return Refused(request)


def test_what_the_voice_refused_was_not_said(happens: Happens, tmp_path: Path) -> None:
    script = Script([Say("At 800 we are open.")], [Say("At 900 sorry.")])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("when")
        await asyncio.sleep(6)
        line.say("what")
        await asyncio.sleep(6)
        assert "At 800 we are open." not in one.turns()
        assert "At 800 we are open." not in str(script.asked), "the LLM does not believe that it was heard"
        assert Sentence.SAY_AGAIN.value in str(script.asked[-1]), "but knows what was"

    _happens(happens, tmp_path, script, call, Voiceless(), tts="voiceless")


def test_the_context_holds_what_was_heard(happens: Happens, tmp_path: Path) -> None:
    script = Script([Say(LONG)], [Say("At 900 what else?")])

    async def call(one: Board, line: VirtualLine) -> None:
        await _ask(line)
        line.say("no, something else", 1.0)
        await asyncio.sleep(5)
        told = [str(m["content"]) for m in script.asked[-1] if m.get("role") == "assistant"]
        assert told == one.turns()[: len(told)] == ["At 500 hello.", one.turns()[1]]
        assert LONG.startswith(told[-1])
        assert 5 < len(told[-1]) < len(LONG)

    _happens(happens, tmp_path, script, call)


@pytest.mark.parametrize("keys", ["5", "123", "#"])
def test_a_key_in_the_greeting_does_not_cut_it(keys: str, happens: Happens, tmp_path: Path) -> None:
    script = Script([Say("At 900 a key.")])

    async def story() -> None:
        async with board(tmp_path, script, **script.document(greeting="At 500 " + "hello " * 10 + "all.")) as one:
            line = await one.ring()
            await asyncio.sleep(0.5)
            await line.press(keys)
            await asyncio.sleep(9)
            assert one.turns()[0] == "At 500 " + "hello " * 10 + "all."
            assert one.turns()[1:] == ["At 900 a key."], "and is answered after it"
            assert keys in script.heard[-1]
            await line.hang_up()
            await line.over()

    happens(story)


@pytest.mark.parametrize("mode", ["announce", "assent", "one-party"])
@pytest.mark.parametrize("at", [0.1, 0.4, 0.7])
def test_a_key_in_the_announcement_costs_nothing(mode: str, at: float, happens: Happens, tmp_path: Path) -> None:
    script = Script([Say("At 900 a key.")])

    async def story() -> None:
        async with board(tmp_path, script, **script.document(recording=mode)) as one:
            line = await one.ring()
            await asyncio.sleep(at)
            await line.press("5")
            await asyncio.sleep(2.0)
            await line.press("1" if mode == "assent" else "")
            await asyncio.sleep(9)
            assert "At 500 hello." in one.turns()
            await line.hang_up()
            await line.over()
            assert (await one.kept(line)).outcome == "recorded"

    happens(story)


def test_only_failures_in_a_row_end_a_call(happens: Happens, tmp_path: Path) -> None:
    well, silent = [Say("At 900 well.")], [Wait(5.0)]
    script = Script(silent, well, silent, well, silent, silent)

    async def call(one: Board, line: VirtualLine) -> None:
        for _ in range(5):
            assert line.open
            line.say("tell me")
            await asyncio.sleep(9)
        line.say("tell me")
        await asyncio.sleep(20)
        assert not line.open
        assert one.turns().count(Sentence.SAY_AGAIN.value) == 3
        assert one.turns()[-1] == Sentence.TROUBLE.value

    _happens(happens, tmp_path, script, call)


@pytest.mark.parametrize("keys", ["*1", "*3", "*5"])
def test_a_demand_while_the_llm_thinks_does_not_eat_the_question(keys: str, happens: Happens, tmp_path: Path) -> None:
    script = Script([Wait(1.5), Say("At 900 at nine.")])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("when do you open")
        await asyncio.sleep(3.0)
        await line.press(keys)
        await asyncio.sleep(9)
        assert "At 900 at nine." in one.turns()

    _happens(happens, tmp_path, script, call)


class Hanging:
    """A telephony whose hang-up raises."""

    can_hang_up = True
    own_number = ""

    async def hang_up(self, provider_call_id: str) -> None:
        raise OSError("no such host")


def test_a_call_ends_whatever_its_carrier_raises(happens: Happens, tmp_path: Path) -> None:
    script = Script([Say("At 900 well.")])

    async def story() -> None:
        async with board(tmp_path, script, **script.document()) as one:
            one.switchboard._telephony["twilio"] = Hanging()  # type: ignore[assignment]
            line = await one.ring()
            await asyncio.sleep(GREETED_S)
            await next(iter(one.switchboard.sessions.values())).end("operator")
            await line.over()
            call = await one.workspace.calls.by_provider_id("twilio", line.sid)
            assert call is not None
            assert (call.state, call.end_reason) == ("completed", "operator")

    happens(story)


def test_several_errors_of_one_answer_are_one_failure(happens: Happens, tmp_path: Path) -> None:
    script = Script([Say("At 800 we are open. Yes, we are open. And open.")], [Say("At 900 sorry.")])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("when")
        await asyncio.sleep(8)
        line.say("what")
        await asyncio.sleep(6)
        assert line.open
        assert one.turns()[-1] == "At 900 sorry."

    _happens(happens, tmp_path, script, call, Voiceless(), tts="voiceless")


def test_the_time_limit_in_a_greeting_waits_for_its_end(happens: Happens, tmp_path: Path) -> None:
    greeting = "At 500 " + "hello " * 20 + "all."
    script = Script([Say("At 900 well.")])

    async def story() -> None:
        async with board(tmp_path, script, **script.document(greeting=greeting, limits={"duration_s": 3.0})) as one:
            line = await one.ring()
            await asyncio.sleep(20)
            assert not line.open
            assert one.turns() == [greeting, Sentence.TIME_IS_UP.value]
            await line.over()

    happens(story)


@pytest.mark.parametrize("answer", [None, 5, "raises"])
def test_an_stt_service_that_answers_nonsense_has_failed(answer: Any, happens: Happens, tmp_path: Path) -> None:
    script = Script([Say("At 900 well.")])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("hello")
        one.stt.words = answer
        await asyncio.sleep(8)
        assert Sentence.SAY_AGAIN.value in one.turns()
        line.say("hello again")
        await asyncio.sleep(8)
        assert one.turns()[-1] == "At 900 well."

    _happens(happens, tmp_path, script, call)
