"""Several organizations behind one service: the number that rings decides who answers, and who learns of the call."""

import asyncio
from typing import Any

import pytest
import yaml

from journeys.conftest import OpenHouse
from journeys.documents import agent
from journeys.house import CALLER, House, form, new_sid
from journeys.line import Line
from op26x import PhoneNumber
from op26x.calls import Workspace
from op26x.client import CallSummary, Client
from op26x_twilio.testing import MediaStream
from op26x_twilio.testing.webhooks import parse_twiml

OWN, BLUES, NOBODYS = "+12125550301", "+12125550302", "+12125550303"


async def _founded(home: House, name: str, number: str, line_agent: str = "", **changes: Any) -> Workspace:
    """Another organization, with an agent and a phone line."""
    there = home.service.installation
    work = await there.opened((await there.organizations.create(name)).id)
    await _publish(work, name=name, **changes)
    await work.phone_lines.add("twilio", PhoneNumber(number), agent=line_agent)
    return work


async def _publish(work: Workspace, **changes: Any) -> None:
    await work.agents.save(yaml.safe_dump(agent(**changes)), "test")
    await work.agents.publish(changes["name"], "test")


async def _ring(home: House, number: str) -> Line:
    """Rings a number; the caller is on the line when this returns."""
    sid = new_sid()
    order = await home.webhooks.voice(form(sid, To=number))
    assert order is not None, "the call was rejected"
    return home.join(MediaStream(order.url, sid, order.parameters), sid)


async def _rejection(home: House, number: str) -> str:
    """The answer to a call that is rejected."""
    reply = await home.webhooks.post("/twilio/voice", form(new_sid(), To=number))
    assert reply.status_code == 200
    assert parse_twiml(reply.text) is None, "the call was taken"
    assert number not in home.output.getvalue()
    return reply.text


async def _calls(home: House, organization: str) -> list[CallSummary]:
    """What the API tells an organization of its calls."""

    def ask() -> list[CallSummary]:
        with Client.of_running_service(home.settings, organization) as client:
            return client.calls()

    return await asyncio.to_thread(ask)


async def test_each_number_is_answered_by_its_own_organization(house: OpenHouse) -> None:
    home = await house()
    blue = await _founded(home, "blue", BLUES, greeting="At 600 hello.")
    default = home.service.installation.workspace("default")
    await default.phone_lines.add("twilio", PhoneNumber(OWN))
    feeds = [(await home.service.switchboard.of(work.organization_id)).feed for work in (default, blue)]
    async with feeds[0].listen() as of_default, feeds[1].listen() as of_blue:
        lines = await asyncio.gather(_ring(home, OWN), _ring(home, BLUES))
        await asyncio.gather(*(line.heard_out() for line in lines))
        assert [line.tunes for line in lines] == [[500], [600]]
        await asyncio.gather(*(line.hang_up() for line in lines))
        await home.witness.until(lambda: len(home.witness.ended) == len(lines))
        heard = [
            {queue.get_nowait().call_id for _ in range(queue.qsize())}  # type: ignore[union-attr]
            for queue in (of_default, of_blue)
        ]
    (owns,), (blues,) = await _calls(home, "default"), await _calls(home, "blue")
    assert (owns.agent, owns.called, blues.agent, blues.called) == ("tested", "…01", "blue", "…02")
    assert heard == [{owns.id}, {blues.id}], "nobody follows what is another's"
    told = {call.id: call.organization_id for call in home.witness.ended}
    assert told == {owns.id: default.organization_id, blues.id: blue.organization_id}


async def test_a_line_is_answered_by_the_agent_that_it_names(house: OpenHouse) -> None:
    home = await house()
    blue = await _founded(home, "blue", BLUES, line_agent="night", greeting="At 600 hello.")
    await _publish(blue, name="night", greeting="At 700 hello.")
    line = await _ring(home, BLUES)
    await line.heard_out()
    assert line.tunes == [700]
    await line.hang_up()


async def test_a_number_that_is_nobodys_is_not_in_service(house: OpenHouse) -> None:
    home = await house()
    await _founded(home, "blue", BLUES)
    for number in (NOBODYS, OWN):
        assert '<Reject reason="rejected"' in await _rejection(home, number)
    assert [await _calls(home, name) for name in ("default", "blue")] == [[], []]
    assert "nobody's" not in home.output.getvalue()
    whys = [line["why"] for line in home.log if line["event"] == "a call is refused"]
    assert whys == ["the number is no organization's"] * 2


async def test_with_one_organization_any_number_is_its_own(house: OpenHouse) -> None:
    home = await house()
    line = await _ring(home, NOBODYS)
    await line.heard_out()
    assert line.tunes == [500]
    await line.hang_up()


async def test_the_number_of_a_closed_organization_is_not_in_service(house: OpenHouse) -> None:
    home = await house()
    blue = await _founded(home, "blue", BLUES, greeting="At 600 hello.")
    on_the_line = await _ring(home, BLUES)
    await on_the_line.heard_out()
    await home.service.installation.close_organization("blue", "test")
    assert '<Reject reason="rejected"' in await _rejection(home, BLUES)
    line = await _ring(home, NOBODYS)
    await line.heard_out()
    assert line.tunes == [500], "whoever is left is the only one"
    await line.hang_up()
    assert len(await blue.calls.list()) == 1, "what was refused is on nobody's record"


async def test_what_a_plugin_refuses_is_busy_whoever_it_is_for(house: OpenHouse) -> None:
    home = await house()
    blue = await _founded(home, "blue", BLUES)
    await blue.agents.withdraw("blue", "test")
    assert '<Reject reason="busy"' in await _rejection(home, BLUES)
    (refused,) = await _calls(home, "blue")
    assert (refused.state, refused.end_reason) == ("failed", "refused: no such agent")


@pytest.mark.parametrize("caller", ["", CALLER])
async def test_a_call_to_no_number_at_all_is_nobodys(house: OpenHouse, caller: str) -> None:
    home = await house()
    await _founded(home, "blue", BLUES)
    reply = await home.webhooks.post("/twilio/voice", form(new_sid(), caller, To="sip:somebody@example.com"))
    assert '<Reject reason="rejected"' in reply.text
