"""Law 9 in a conversation: what a caller demands is done, said, and never comes to the brain."""

from pathlib import Path

import pytest

from journeys.house import agent, open_house, says
from journeys.stubs import NOTICES
from op26x.consent import Notice

DEMANDS = [("please stop recording", Notice.STOPPED), ("delete this recording", Notice.DELETED)]


@pytest.mark.journey
@pytest.mark.parametrize(("words", "notice"), DEMANDS)
async def test_a_demand_is_done_and_the_brain_never_hears_it(tmp_path: Path, words: str, notice: Notice) -> None:
    document = agent(
        recording="one-party",
        recogniser={"use": "scripted", "words": [words, "good morning"]},
        brain=says("At 800 i heard: {heard}"),
    )
    async with open_house(tmp_path, document) as house:
        line = await house.ring()
        await line.heard_out()
        line.say()
        await line.until(lambda: NOTICES[notice] in line.tunes)
        await line.heard_out(2)
        line.say()
        await house.witness.turn("agent", 3)
        await line.hang_up()
        call = (await house.record()).call
    assert not [said for said in house.witness.words("agent") if words in said]
    assert words not in house.witness.words("caller")
    assert "good morning" in house.witness.words("caller")
    assert call.recording_outcome == notice.value
