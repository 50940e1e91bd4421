"""Ten calls at once, each of whom presses another number and must hear that number and no other."""

import asyncio

from journeys.conftest import OpenHouse
from journeys.documents import does
from journeys.house import House
from journeys.line import Line

CALLERS = 10
P95_MS = 2000
"""Loose: CI machines are shared, and ten callers run in the same loop as the service."""


async def _live(home: House, number: int) -> Line:
    pitch = 600 + 40 * number
    line = await home.ring(caller=f"+1212555{1000 + number}")
    await line.heard_out()
    for digit in str(pitch):
        await line.stream.press(digit)
    await line.until(lambda: pitch in line.tunes)
    await line.until(line.quiet)
    line.say()
    await line.over()
    assert set(line.tunes) == {500, 700, pitch}
    return line


async def test_ten_calls_at_once(house: OpenHouse) -> None:
    noting = [{"say": "I noted {heard}"}, {"use": "note", "arguments": {"words": "{heard}"}}]
    silent: list[dict[str, str]] = [{"say": "At 700 so it is."}]
    goodbye = [{"say": "At 700 goodbye."}, {"use": "end_call"}]
    home = await house(llm=does(noting, silent, goodbye))
    lines = await asyncio.gather(*(_live(home, number) for number in range(CALLERS)))
    await home.witness.until(lambda: len(home.witness.ended) == CALLERS)
    assert {ended.end_reason for ended in home.witness.ended} == {"agent-hung-up"}
    assert {ended.outcome for ended in home.witness.ended} == {"noted"}
    async with asyncio.timeout(10):
        while home.service.switchboard.sessions:
            await asyncio.sleep(0.01)
    calls = home.service.installation.workspace().calls
    for number, line in enumerate(lines):
        call = await calls.by_provider_id("twilio", line.sid)
        assert call is not None
        assert call.caller_last_two == f"{number:02d}"[-2:]
        own = [turn for info, turn in home.witness.turns if info.id == call.id]
        assert own[1].text.reveal() == f"The caller pressed: {600 + 40 * number}"
        assert [turn.number for turn in own] == list(range(1, len(own) + 1))
    latencies = sorted(turn.latency_ms for turn in home.witness.of("agent") if turn.latency_ms is not None)
    assert len(latencies) >= CALLERS
    assert latencies[round(0.95 * len(latencies)) - 1] < P95_MS
