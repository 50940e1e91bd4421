"""The caller's word: stop, delete, don't call me again, am I talking to a machine; by voice and by key."""

from pathlib import Path
from typing import Any

import pytest

from journeys.conftest import OpenHouse
from journeys.documents import agent
from journeys.house import CALLED, CALLER, House, open_house
from journeys.kept import blobs, call_keys, consents, kept, nothing_kept, nothing_left, sealed_as_told
from journeys.line import BRIEFLY, Line
from journeys.stubs import NOTICES
from op26x.consent import Demand, Notice, Right, all_demanded
from op26x.errors import Op26xError
from op26x.testing.agreed import agree
from op26x.types import PhoneNumber
from op26x.voice.hearing import word_ear
from op26x_service.processes import free_port

ANNOUNCED = NOTICES[Notice.ANNOUNCE]
BEFORE, AFTER = "good morning", "good evening"


def _says(*words: str) -> dict[str, Any]:
    return {"stt": {"use": "scripted", "words": [BEFORE, *filter(None, words), AFTER]}}


async def _demands(home: House, notice: Notice, words: str, keys: str) -> Line:
    """A call in which something is demanded between two questions; returns when the second one is answered."""
    line = await home.ring()
    await line.heard_whole(500)
    line.say(BRIEFLY)
    await line.heard_whole(800)
    if words:
        line.say(BRIEFLY)
    await line.press(keys)
    await line.heard_whole(NOTICES[notice])
    line.say(BRIEFLY)
    await line.heard_whole(800, 2)
    assert home.witness.words("caller") == [BEFORE, AFTER], "no model sees it, and the call goes on"
    return line


async def _over(home: House, line: Line) -> None:
    await line.hang_up()
    await home.witness.end()


def _by(words: str, key: str) -> Any:
    """By voice, and by key."""
    return pytest.mark.parametrize(("words", "keys"), [(words, ""), ("", key)], ids=["voice", "keys"])


@_by("please stop the recording", "*1")
async def test_stops(house: OpenHouse, words: str, keys: str) -> None:
    home = await house(recording="announce", **_says(words))
    line = await _demands(home, Notice.STOPPED, words, keys)
    during = await kept(home)
    assert during.recording.state == "completed", "at once, not when the call ends"
    await _over(home, line)
    await home.witness.told_of_recording("started", "sealed")
    assert line.tunes == [ANNOUNCED, 500, 800, NOTICES[Notice.STOPPED], 800]
    record = await kept(home)
    assert record.recording == during.recording
    assert (record.detail.call.recording_outcome, record.recording.end_reason) == ("stopped", "caller-stopped")
    assert [(state, evidence) for state, evidence, _ in record.consents] == [
        ("granted", "mark"),
        ("withdrawn", "words" if words else "digit"),
    ]
    assert record.tunes == [ANNOUNCED, 500, 800]
    assert record.said_by("caller") == [BEFORE]
    assert "At 800 yes indeed." in record.said_by("agent")
    sealed_as_told(home.settings, record.recording)


async def test_stops_within_half_a_second(house: OpenHouse) -> None:
    home = await house(recording="announce")
    line = await home.ring()
    await line.heard_whole(500)
    line.say()
    await line.until(lambda: len(line.stream.spoken) > 2 * 8000)
    await line.press("*1")
    pressed_at = len(line.stream.spoken)
    await line.heard_whole(NOTICES[Notice.STOPPED])
    await _over(home, line)
    record = await kept(home)
    assert record.zero + len(record.caller) <= pressed_at + 4000


@_by("delete this recording now", "*2")
async def test_deletes(house: OpenHouse, words: str, keys: str) -> None:
    home = await house(recording="announce", **_says(words))
    line = await home.ring()
    await line.heard_whole(500)
    line.say(BRIEFLY)
    await line.heard_whole(800)
    wrapped = call_keys(home.settings)
    assert wrapped[0]
    folder = home.settings.core.keys_path.parent
    assert any(wrapped[0] in file.read_bytes() for file in folder.iterdir()), "the search would find it"
    assert len(blobs(home.settings)) == 1
    if words:
        line.say(BRIEFLY)
    await line.press(keys)
    await line.heard_whole(NOTICES[Notice.DELETED])
    assert (await nothing_left(home, wrapped[0])).call.state == "in-progress", "at once, not when the call ends"
    line.say(BRIEFLY)
    await line.heard_whole(800, 2)
    await _over(home, line)
    assert line.tunes == [ANNOUNCED, 500, 800, NOTICES[Notice.DELETED], 800]
    detail = await nothing_left(home, wrapped[0])
    assert (detail.call.state, detail.call.recording_outcome) == ("completed", "deleted")
    assert [state for state, _, _ in consents(detail)] == ["granted", "withdrawn"]


async def test_asks_for_a_machine(house: OpenHouse) -> None:
    home = await house(recording="announce", **_says("am i talking to a machine"))
    line = await _demands(home, Notice.MACHINE, "am i talking to a machine", "")
    await _over(home, line)
    assert line.tunes == [ANNOUNCED, 500, 800, NOTICES[Notice.MACHINE], 800]
    record = await kept(home)
    assert record.detail.call.recording_outcome == "recorded", "the recording goes on"
    assert record.tunes == line.tunes
    assert record.said_by("caller") == [BEFORE, AFTER]


async def test_stops_what_is_not_recorded(house: OpenHouse) -> None:
    home = await house(**_says())
    line = await _demands(home, Notice.NOT_RECORDED, "", "*1")
    await _over(home, line)
    assert line.tunes == [500, 800, NOTICES[Notice.NOT_RECORDED], 800]
    await nothing_kept(home, "refused")


async def test_is_not_called_again(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    own = {"account_sid": "AC" + "0" * 32, "number": CALLED, "api_base_url": nobody}
    port = free_port()
    reachable = {"port": str(port), "public_url": f"http://127.0.0.1:{port}"}
    settings = {**reachable, **{f"twilio_{name}": value for name, value in own.items()}}
    words = "don't call me again"
    async with open_house(tmp_path, agent(**_says(words)), **settings) as home:
        line = await _demands(home, Notice.SUPPRESSED, words, "")
        await _over(home, line)
        assert line.tunes == [500, 800, NOTICES[Notice.SUPPRESSED], 800]
        with pytest.raises(Op26xError, match="do-not-call"):
            await home.ask(lambda client: client.place_call(to=CALLER, agent="tested"))
        refused = (await home.record()).call
        assert (refused.state, refused.end_reason) == ("failed", "refused: do-not-call")
        with pytest.raises(Op26xError, match="did not answer"):
            await agree(home.service.installation.workspace(), PhoneNumber("+12125550124"))
            await home.ask(lambda client: client.place_call(to="+12125550124", agent="tested"))
        assert CALLER not in home.output.getvalue()


MAYBE = "i am not so fond of tapes"


@pytest.mark.parametrize(("answer", "stops"), [("yes please", True), ("no", False), ("good day", True)])
async def test_what_is_not_sure_is_asked_back(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch, answer: str, stops: bool
) -> None:
    def read(text: str, language: str) -> list[Demand]:
        return [Demand(Right.STOP, sure=False)] if text == MAYBE else all_demanded(text, language)

    monkeypatch.setattr(word_ear, "all_demanded", read)
    home = await house(recording="announce", **_says(MAYBE, answer))
    line = await home.ring()
    await line.heard_whole(500)
    line.say(BRIEFLY)
    await line.heard_whole(800)
    line.say(BRIEFLY)
    await line.heard_whole(NOTICES[Notice.MEANT_STOP])
    line.say(BRIEFLY)
    if stops:
        await line.heard_whole(NOTICES[Notice.STOPPED])
    else:
        await line.heard_whole(800, 2)
    heard = {"yes please": [BEFORE], "no": [BEFORE, MAYBE], "good day": [BEFORE, answer]}[answer]
    assert home.witness.words("caller") == heard
    await _over(home, line)
    assert (await kept(home)).detail.call.recording_outcome == ("stopped" if stops else "recorded")
