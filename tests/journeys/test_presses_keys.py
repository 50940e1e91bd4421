"""The caller presses keys instead of speaking."""

from journeys.conftest import OpenHouse
from journeys.documents import does
from journeys.stubs import FIXED

ECHO = {"say": "I noted {heard}"}


async def test_keys_in_a_row_are_one_turn(house: OpenHouse) -> None:
    home = await house(llm=does([ECHO, {"use": "note", "arguments": {"words": "{heard}"}}], [{"say": "At 900"}]))
    line = await home.ring()
    await line.heard_out()
    for digit in "600":
        await line.stream.press(digit)
    await line.until(lambda: 900 in line.tunes)
    await home.witness.turn("agent", 2)
    await line.hang_up()
    assert home.witness.words("caller") == ["The caller pressed: 600"]
    assert 600 in line.tunes
    assert (await home.record()).call.outcome == "noted"


async def test_hash_ends_the_row_at_once(house: OpenHouse) -> None:
    home = await house(llm=does([{"say": "At 800"}]))
    line = await home.ring()
    await line.heard_out()
    for digit in "42#":
        await line.stream.press(digit)
    assert (await home.witness.turn("caller")).text.reveal() == "The caller pressed: 42#"
    await line.hang_up()


async def test_what_is_no_key_is_ignored(house: OpenHouse) -> None:
    home = await house(llm=does([ECHO]))
    line = await home.ring()
    await line.heard_out()
    for digit in ("x", "", "12", "7", "0", "0"):
        await line.stream.press(digit)
    assert (await home.witness.turn("caller")).text.reveal() == "The caller pressed: 700"
    await line.until(lambda: 700 in line.tunes)
    await line.hang_up()
    assert not set(line.tunes) & set(FIXED.values())
    assert (await home.record()).call.vendor_errors == 0
