"""The disclosure ledger: begun before a call gives anything, ended with what it gave, added up by day."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from op26x.calls import Arrival, Call, CallState, Workspace
from op26x.clock import ManualClock
from op26x.processors import Disclosure, Given, Planned, Registered, Standing, Total, planned
from op26x.types import Processor

VENDOR = Processor("Vendor", ("api.vendor.example",), "language model", ("communications",), "https://vendor.example")
OTHER = Processor("Other", ("other.example",), "speech", ("communications",), "https://other.example", version="2")
DAY = timedelta(days=1)


def of(processor: Processor, plugin: str = "vendor", standing: Standing = Standing.ACCEPTED) -> Registered:
    return Registered(plugin, processor, ("llm",), standing)


LLM, STT = Planned("llm", ("words",), of(VENDOR)), Planned("stt", ("voice",), of(OTHER))


@pytest.fixture
async def call(workspace: Workspace, arrival: Callable[..., Arrival]) -> Call:
    return await workspace.calls.begin(arrival(), "desk", CallState.RINGING)


async def rows(workspace: Workspace, call: Call) -> dict[str, Disclosure]:
    return {one.role: one for one in await workspace.disclosures.list(call_ids=[call.id])}


def test_a_plan_names_who_is_given_what() -> None:
    found = [of(VENDOR), of(OTHER, "speech"), of(OTHER, "unused"), of(VENDOR, "here", Standing.HERE)]
    owners = {"llm": "vendor", "stt": "speech", "tts": "here", "telephony": "vendor"}
    assert [(one.role, one.categories, one.found.processor.name) for one in planned(found, owners, ("llm",))] == [
        ("llm", ("words", "voice"), "Vendor"),
        ("stt", ("voice",), "Other"),
        ("telephony", ("voice", "phone numbers"), "Vendor"),
    ]


async def test_it_is_begun_and_ended(workspace: Workspace, call: Call, clock: ManualClock) -> None:
    ledger = workspace.disclosures
    await ledger.begin(call.id, [LLM, STT])
    begun = await rows(workspace, call)
    assert {(one.processor, one.whole, one.requests) for one in begun.values()} == {
        ("Vendor", False, 0),
        ("Other", False, 0),
    }
    clock.advance(60)
    now = clock.now()
    await ledger.end(call.id, {"llm": Given(2, 300, 40, now, now)})
    (row,) = (await rows(workspace, call)).values()
    assert (row.processor, row.requests, row.bytes_out, row.bytes_in) == ("Vendor", 2, 300, 40)
    assert (row.whole, row.first_at, row.terms, row.version) == (True, now, VENDOR.fingerprint, "")


async def test_what_broke_off_stays(workspace: Workspace, call: Call) -> None:
    await workspace.disclosures.begin(call.id, [STT])
    (row,) = (await rows(workspace, call)).values()
    assert (row.processor, row.version, row.whole) == ("Other", "2", False)


async def test_nobody_is_no_entry(workspace: Workspace, call: Call) -> None:
    await workspace.disclosures.begin(call.id, [])
    await workspace.disclosures.end(call.id, {})
    assert await rows(workspace, call) == {}


async def test_it_is_found_by_company_and_time_and_added_up(
    workspace: Workspace, arrival: Callable[..., Arrival], clock: ManualClock
) -> None:
    ledger = workspace.disclosures
    for number in range(4):
        made = await workspace.calls.begin(arrival(provider_call_id=f"CA{number}"), "desk", CallState.RINGING)
        await ledger.begin(made.id, [LLM, STT])
        now = clock.now()
        await ledger.end(made.id, {"llm": Given(1, 100, 10, now, now), "stt": Given(2, 1000, 20, now, now)})
        if number == 1:
            clock.advance(DAY.total_seconds())
    assert len(await ledger.list()) == 8
    assert {one.processor for one in await ledger.list(processor="Other")} == {"Other"}
    assert len(await ledger.list(processor="Other", since=clock.now())) == 2
    assert len(await ledger.list(limit=3)) == 3
    assert await ledger.totals(date(2026, 1, 1)) == [
        Total("2026-01-06", "Other", 2, 4, 2000, 40),
        Total("2026-01-06", "Vendor", 2, 2, 200, 20),
        Total("2026-01-05", "Other", 2, 4, 2000, 40),
        Total("2026-01-05", "Vendor", 2, 2, 200, 20),
    ]
    assert len(await ledger.totals(date(2026, 1, 6))) == 2
