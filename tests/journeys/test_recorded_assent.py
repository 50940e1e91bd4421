"""Mode assent: the caller is told and asked, and only a plain yes after the proved question opens the gate."""

import pytest

from journeys.conftest import OpenHouse
from journeys.house import House
from journeys.kept import consents, kept, nothing_kept, sealed_as_told
from journeys.line import BRIEFLY, Line, tones
from journeys.stubs import NOTICES, tone
from op26x import g711, hookimpl
from op26x.consent import Announcement, Notice
from op26x.voice.consent import assent
from op26x.voice.speaking import mouth

QUESTION, AGAIN = NOTICES[Notice.ASSENT], NOTICES[Notice.ASK_AGAIN]
GRANTED, REFUSED = NOTICES[Notice.GRANTED], NOTICES[Notice.REFUSED]
NOT_RECORDED = NOTICES[Notice.NOT_RECORDED]
LONG_QUESTION = 1700


class LongQuestion:
    """Asks in a sentence of two and a half seconds."""

    @hookimpl
    def op26x_announce(self, notice: Notice, language: str) -> Announcement | None:
        """The question, with audio of its own."""
        audio = tone(LONG_QUESTION, 2.5)
        return Announcement("May we, please?", language, audio) if notice == Notice.ASSENT else None


def _hears(*words: str) -> dict[str, object]:
    return {"recording": "assent", "stt": {"use": "scripted", "words": [*words, *["good morning"] * 9]}}


async def _converses(home: House, line: Line) -> None:
    """From the greeting on: the caller says something, is answered, and hangs up."""
    await line.heard_whole(500)
    line.say(BRIEFLY)
    await line.heard_whole(800)
    await line.hang_up()
    await home.witness.end()


async def test_agrees_by_voice(house: OpenHouse) -> None:
    home = await house(**_hears("yes please"))
    line = await home.ring()
    await line.heard_whole(QUESTION)
    assert home.witness.recordings == [], "nothing is recorded before the answer"
    line.say(BRIEFLY)
    await line.said()
    await _converses(home, line)
    await home.witness.told_of_recording("started", "sealed")
    assert (line.tunes, line.stream.ears.clears) == ([QUESTION, GRANTED, 500, 800], 0)

    record = await kept(home)
    assert (record.detail.call.recording_mode, record.detail.call.recording_outcome) == ("assent", "recorded")
    assert (record.recording.state, record.recording.end_reason) == ("completed", "call-ended")
    assert record.consents == [("granted", "words", "yes")]
    assert record.detail.consents[0].announcement.startswith("en/")
    assert record.tunes == [QUESTION, GRANTED, 500, 800], "the recording begins with its evidence"
    assert record.said_by("caller") == ["good morning"], "the answer itself is not kept"
    assert record.said_by("agent")[-2:] == ["At 500 hello.", "At 800 yes indeed."]
    sealed_as_told(home.settings, record.recording)


async def test_agrees_by_key(house: OpenHouse) -> None:
    home = await house(**_hears())
    line = await home.ring()
    await line.heard_whole(QUESTION)
    await line.press("91")
    await _converses(home, line)
    assert (line.tunes, line.stream.ears.clears) == ([QUESTION, GRANTED, 500, 800], 0)
    record = await kept(home)
    assert record.consents == [("granted", "digit", "1")]
    assert record.detail.call.recording_outcome == "recorded"
    assert record.said_by("caller") == ["good morning"], "the key is no turn of the conversation"
    sealed_as_told(home.settings, record.recording)


@pytest.mark.parametrize(
    ("words", "keys", "evidence", "value"),
    [
        ("no thanks", "", "words", "no"),
        ("yes but do not record this", "", "words", "stop"),
        ("", "2", "digit", "2"),
    ],
    ids=["no", "do not record", "2"],
)
async def test_refuses(house: OpenHouse, words: str, keys: str, evidence: str, value: str) -> None:
    home = await house(**_hears(*filter(None, [words])))
    line = await home.ring()
    await line.heard_whole(QUESTION)
    if words:
        line.say(BRIEFLY)
        await line.said()
    await line.press(keys)
    await _converses(home, line)
    assert (line.tunes, line.stream.ears.clears) == ([QUESTION, REFUSED, 500, 800], 0)
    detail = await nothing_kept(home, "refused")
    assert consents(detail) == [("refused", evidence, value)]
    assert (detail.call.state, detail.call.vendor_errors, home.witness.recordings) == ("completed", 0, [])
    assert home.witness.words("caller") == ["good morning"], "the call goes on"


async def test_silence_is_asked_twice_and_is_a_refusal(house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assent, "ANSWER_S", 0.5)
    home = await house(**_hears())
    line = await home.ring()
    await _converses(home, line)
    assert (line.tunes, line.stream.ears.clears) == ([QUESTION, AGAIN, REFUSED, 500, 800], 0)
    assert consents(await nothing_kept(home, "silence")) == [("refused", "silence", "")]


async def test_an_unclear_answer_is_asked_again(house: OpenHouse) -> None:
    home = await house(**_hears("what did you say", "okay then"))
    line = await home.ring()
    await line.heard_whole(QUESTION)
    line.say(BRIEFLY)
    await line.heard_whole(AGAIN)
    line.say(BRIEFLY)
    await line.said()
    await _converses(home, line)
    assert line.tunes == [QUESTION, AGAIN, GRANTED, 500, 800]
    assert (await kept(home)).consents == [("granted", "words", "okay then")]


async def test_hangs_up_inside_the_question(house: OpenHouse) -> None:
    home = await house(LongQuestion(), **_hears())
    line = await home.ring()
    await line.hears()
    assert not line.quiet(0)
    await line.hang_up()
    await home.witness.end()
    detail = await nothing_kept(home, "hung-up")
    assert (detail.call.state, detail.call.end_reason) == ("completed", "caller-hung-up")
    assert (detail.consents, home.witness.recordings) == ([], [])
    assert set(line.tunes) <= {LONG_QUESTION}


async def test_hangs_up_instead_of_answering(house: OpenHouse) -> None:
    home = await house(**_hears())
    line = await home.ring()
    await line.heard_whole(QUESTION)
    await line.hang_up()
    await home.witness.end()
    detail = await nothing_kept(home, "hung-up")
    assert (detail.consents, home.witness.recordings, line.tunes) == ([], [], [QUESTION])


@pytest.mark.parametrize("question", [LONG_QUESTION, QUESTION], ids=["done before its end", "longer than it"])
async def test_what_is_said_over_the_question_counts_for_nothing(
    house: OpenHouse, question: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assent, "ANSWER_S", 1.0)
    plugins = [LongQuestion()] if question == LONG_QUESTION else []
    home = await house(*plugins, **_hears("yes please"))
    line = await home.ring()
    await line.hears()
    await line.press("1")
    line.say(BRIEFLY)
    await line.said()
    assert line.quiet(0) == (question == QUESTION)
    await _converses(home, line)
    assert (line.tunes, line.stream.ears.clears) == ([question, AGAIN, REFUSED, 500, 800], 0)
    assert consents(await nothing_kept(home, "silence")) == [("refused", "silence", "")]


async def test_a_second_answer_after_the_question_counts(house: OpenHouse) -> None:
    home = await house(LongQuestion(), **_hears("no thanks", "yes please"))
    line = await home.ring()
    await line.hears()
    line.say(BRIEFLY)
    await line.heard_whole(LONG_QUESTION)
    line.say(BRIEFLY)
    await line.said()
    await _converses(home, line)
    record = await kept(home)
    assert record.consents == [("granted", "words", "yes")]
    assert line.seconds_of(LONG_QUESTION) == pytest.approx(2.5, abs=0.15), "nothing cuts the question short"
    spoken_over = int((line.first_heard(LONG_QUESTION) + 2.5) * 8000) - record.zero
    assert not record.caller[:spoken_over].any(), "what came before the proof is not kept"
    assert tones(g711.encode(record.agent[:20000].tobytes()))[0].hertz == LONG_QUESTION


async def test_a_lost_mark_proves_nothing(house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mouth, "LOST_MARK_S", 0.5)
    home = await house(**_hears())
    line = await home.ring()
    line.stream.lose_marks = True
    await line.heard_whole(QUESTION)
    await line.press("1")
    await _converses(home, line)
    assert (line.tunes, line.stream.ears.clears) == ([QUESTION, NOT_RECORDED, 500, 800], 0)
    detail = await nothing_kept(home, "lost-mark")
    assert (detail.consents, detail.call.vendor_errors) == ([], 0)
