"""Pausing: what is said meanwhile is nowhere, and the gap shows on both tracks."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import numpy as np
import pytest

from journeys.conftest import OpenHouse
from journeys.documents import does
from journeys.house import House
from journeys.kept import kept, sealed_as_told
from journeys.line import BRIEFLY, Line, tones
from journeys.stubs import NOTICES
from op26x import g711
from op26x.consent import Notice
from op26x.errors import Op26xError

ANNOUNCED, PAUSED, RESUMED = (NOTICES[notice] for notice in (Notice.ANNOUNCE, Notice.PAUSED, Notice.RESUMED))
SECRET, SECRET_ANSWER = "four two four two", "At 840 four two it is."
MARK_HERTZ, MARK_S = 1400, 0.2
Act = Callable[[House, Line, str], Awaitable[None]]


async def _by_keys(home: House, line: Line, action: str) -> None:
    await line.press({"pause": "*4", "resume": "*5"}[action])
    await line.heard_whole({"pause": PAUSED, "resume": RESUMED}[action])


async def _by_api(home: House, line: Line, action: Literal["pause", "resume"]) -> None:
    call_id = (await home.record()).call.id
    await home.ask(lambda client: client.act_on_recording(call_id, action))
    await line.heard_whole({"pause": PAUSED, "resume": RESUMED}[action])


async def _by_tool(home: House, line: Line, action: str) -> None:
    line.say(BRIEFLY)
    await line.heard_whole({"pause": 900, "resume": 920}[action])


@pytest.mark.parametrize(
    ("act", "told"),
    [(_by_keys, (PAUSED, RESUMED)), (_by_api, (PAUSED, RESUMED)), (_by_tool, (900, 920))],
    ids=["keys", "api", "tool"],
)
async def test_pauses_and_resumes(house: OpenHouse, act: Act, told: tuple[int, int]) -> None:
    home = await house(recording="announce", **_script(tool=act is _by_tool))
    line = await home.ring()
    await line.heard_whole(500)
    line.say(BRIEFLY)
    await line.heard_whole(800)
    await act(home, line, "pause")
    paused_at = len(line.stream.spoken)
    line.say(BRIEFLY)
    await line.heard_whole(840)
    resumed_at = len(line.stream.spoken)
    await act(home, line, "resume")
    line.say(BRIEFLY)
    await line.heard_whole(860)
    await line.hang_up()
    await home.witness.end()
    await home.witness.told_of_recording("started", "paused", "resumed", "sealed")
    assert line.tunes == [ANNOUNCED, 500, 800, told[0], 840, told[1], 860]

    record = await kept(home)
    assert (record.detail.call.recording_outcome, record.recording.state) == ("recorded", "completed")
    said = [text for _, text in record.words]
    assert SECRET not in said
    assert SECRET_ANSWER not in said
    assert {"good morning", "At 800 yes.", "good evening", "At 860 very well."} <= set(said)
    sealed_as_told(home.settings, record.recording)

    ((start, end),) = record.recording.gaps
    assert record.recording.started_ms + start <= paused_at / 8
    assert record.recording.started_ms + end >= resumed_at / 8
    mark = int(MARK_S * 8000)
    for track in (record.caller, record.agent):
        gap = track[start * 8 + 8 : end * 8 - 8]
        assert [tone.hertz for tone in tones(g711.encode(gap.tobytes()))] == [MARK_HERTZ, MARK_HERTZ]
        assert not gap[mark:-mark].any(), "nothing of what was said in the gap"
    spoken = np.frombuffer(g711.decode(bytes(line.stream.spoken)), "<i2")[record.zero :]
    after = slice(end * 8 + 8, len(record.caller))
    assert np.array_equal(record.caller[after], spoken[after])
    assert record.caller[after].any(), "from then on everything again"


def _script(*, tool: bool) -> dict[str, Any]:
    """What both sides say; a tool needs to be asked for."""
    said = [[{"say": "At 800 yes."}], [{"say": SECRET_ANSWER}], [{"say": "At 860 very well."}]]
    words = ["good morning", SECRET, "good evening"]
    if tool:
        pause, resume = [{"use": "pause_recording"}], [{"use": "resume_recording"}]
        said = [said[0], pause, [{"say": "At 900 so."}], said[1], resume, [{"say": "At 920 so."}], said[2]]
        words = [words[0], "one moment", words[1], "that was all", words[2]]
    return {
        "llm": does(*said),
        "tools": ["pause_recording", "resume_recording"],
        "stt": {"use": "scripted", "words": words},
    }


async def test_where_nothing_is_recorded_nothing_is_paused_and_nothing_is_said(house: OpenHouse) -> None:
    home = await house(recording="off")
    line = await home.ring()
    await line.heard_whole(500)
    call_id = (await home.record()).call.id
    with pytest.raises(Op26xError, match="Nothing is being recorded"):
        await home.ask(lambda client: client.act_on_recording(call_id, "pause"))
    line.say(BRIEFLY)
    await line.heard_whole(800)
    await line.hang_up()
    assert line.tunes == [500, 800]


async def test_a_notice_that_was_overtaken_is_not_said(house: OpenHouse) -> None:
    home = await house(recording="announce", greeting="At 500 " + "and so on " * 8)
    line = await home.ring()
    await line.until(lambda: 500 in line.tunes)
    call_id = (await home.record()).call.id
    for action in ("pause", "resume"):
        await home.ask(lambda client, action=action: client.act_on_recording(call_id, action))
    await line.heard_whole(RESUMED)
    await line.hang_up()
    assert line.tunes == [ANNOUNCED, 500, RESUMED], "the greeting is heard whole, and then what is so"
