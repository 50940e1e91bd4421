"""Modes off, one-party and announce: what is said before a call is recorded, and what is recorded then."""

from typing import Any

import pytest

from journeys.conftest import OpenHouse
from journeys.house import House
from journeys.kept import consents, kept, nothing_kept, sealed_as_told
from journeys.line import BRIEFLY, Line
from journeys.stubs import NOTICES
from op26x import hookimpl
from op26x.consent import Announcement, Notice
from op26x.voice.speaking import mouth

ANNOUNCED, QUESTION = NOTICES[Notice.ANNOUNCE], NOTICES[Notice.ASSENT]
NOT_RECORDED = NOTICES[Notice.NOT_RECORDED]


class Unspeakable:
    """Announces in words that can't be rendered."""

    WORDS = "Words that no voice of this house knows."

    @hookimpl
    def op26x_announce(self, notice: Notice, language: str) -> Announcement | None:
        """Only what comes before a recording."""
        before = notice in (Notice.ANNOUNCE, Notice.ASSENT)
        return Announcement(self.WORDS, language) if before else None

    @hookimpl(tryfirst=True)
    def op26x_render_sentence(self, text: str) -> bytes | None:
        """Fails at these words; all others are left to the rest."""
        if text == self.WORDS:
            raise LookupError
        return None


class Raising:
    """Fails when it is asked for the announcement."""

    @hookimpl
    def op26x_announce(self, notice: Notice) -> None:
        """Only what comes before a recording."""
        if notice in (Notice.ANNOUNCE, Notice.ASSENT):
            raise RuntimeError("no announcement today")


async def _call(home: House, *, marks: bool = True) -> Line:
    """A call with one question and one answer."""
    line = await home.ring()
    line.stream.lose_marks = not marks
    await line.heard_whole(500)
    line.say(BRIEFLY)
    await line.heard_whole(800)
    await line.hang_up()
    await home.witness.end()
    assert line.stream.ears.clears == 0
    return line


@pytest.mark.parametrize(
    ("mode", "settings"), [("off", {}), ("assent", {"recording": "off"})], ids=["of the agent", "of the house"]
)
async def test_off(house: OpenHouse, mode: str, settings: dict[str, str]) -> None:
    home = await house(recording=mode, settings=settings)
    line = await _call(home)
    assert line.tunes == [500, 800]
    detail = await nothing_kept(home, "")
    assert (detail.call.recording_mode, detail.consents, home.witness.recordings) == ("off", [], [])


async def test_one_party(house: OpenHouse) -> None:
    home = await house(recording="one-party")
    line = await _call(home)
    await home.witness.told_of_recording("started", "sealed")
    assert line.tunes == [500, 800], "without a word about it"
    record = await kept(home)
    assert (record.detail.call.recording_mode, record.detail.call.recording_outcome) == ("one-party", "recorded")
    assert (record.consents, record.tunes) == ([], [500, 800])
    assert record.words == [
        ("agent", "At 500 hello."),
        ("caller", "good morning"),
        ("agent", "At 800 yes indeed."),
    ]
    assert record.recording.started_ms < 1000
    sealed_as_told(home.settings, record.recording)


async def test_announce(house: OpenHouse) -> None:
    home = await house(recording="announce")
    line = await _call(home)
    assert line.tunes == [ANNOUNCED, 500, 800]
    record = await kept(home)
    assert (record.detail.call.recording_mode, record.detail.call.recording_outcome) == ("announce", "recorded")
    assert [(state, evidence) for state, evidence, _ in record.consents] == [("granted", "mark")]
    assert record.detail.consents[0].announcement.startswith("en/")
    assert record.tunes == [ANNOUNCED, 500, 800], "the recording begins with its evidence"
    assert record.words[0][1].startswith("This call is being recorded.")
    assert record.words[1:] == [
        ("agent", "At 500 hello."),
        ("caller", "good morning"),
        ("agent", "At 800 yes indeed."),
    ]
    sealed_as_told(home.settings, record.recording)


async def test_a_lost_mark_of_the_announcement(house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mouth, "LOST_MARK_S", 0.5)
    home = await house(recording="announce")
    line = await _call(home, marks=False)
    assert line.tunes == [ANNOUNCED, NOT_RECORDED, 500, 800], "the caller hears that it is not so, and the call goes on"
    assert consents(await nothing_kept(home, "lost-mark")) == []


async def test_hangs_up_inside_the_announcement(house: OpenHouse) -> None:
    home = await house(recording="announce")
    line = await home.ring()
    await line.hears()
    assert not line.quiet(0)
    await line.hang_up()
    await home.witness.end()
    detail = await nothing_kept(home, "hung-up")
    assert (detail.consents, detail.call.state, home.witness.recordings) == ([], "completed", [])


@pytest.mark.parametrize(
    ("mode", "plugin"), [("announce", Raising()), ("assent", Unspeakable())], ids=["raises", "not rendered"]
)
async def test_an_announcement_that_nobody_can_say(house: OpenHouse, mode: str, plugin: Any) -> None:
    home = await house(plugin, recording=mode)
    line = await _call(home)
    assert line.tunes == [500, 800], "the call goes on"
    detail = await nothing_kept(home, "no-announcement")
    assert (detail.consents, detail.call.vendor_errors) == ([], 0)
    assert [entry["event"] for entry in home.log].count("a notice can't be spoken") == 2
