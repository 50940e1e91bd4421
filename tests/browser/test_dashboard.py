"""The dashboard in a real browser: what a person sees before the first call, after it, during it, without a service."""

import re
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

pytest.importorskip("playwright", reason="Playwright is not installed: pip install playwright")

from playwright.sync_api import Page, expect

from op26x.calls import Workspace
from op26x.calls.info import Arrival, TurnInfo
from op26x.calls.states import CallState, Direction
from op26x.clock import ManualClock
from op26x.types import Personal, PhoneNumber

CALLER, CALLED = "+15550100142", "+15550100199"
TURNS = [
    TurnInfo(1, "agent", Personal("hello"), 300, 3100),
    TurnInfo(2, "caller", Personal("an appointment please"), 3400, 5200),
    TurnInfo(3, "agent", Personal("when"), 6040, 8000, latency_ms=840),
    TurnInfo(4, "caller", Personal("tomorrow"), 8300, 9400),
    TurnInfo(5, "agent", Personal("booked"), 10600, 13000, latency_ms=1200, interrupted=True),
]
# Longer runs of digits than any figure on a page has; identifiers have letters among theirs.
NUMBER = re.compile(r"(?<![\w.])\+?\d[\d \-]{6,}\d(?![\w.])")


async def begin(workspace: Workspace, name: str, state: CallState = CallState.IN_PROGRESS) -> str:
    """A call that has come in."""
    arrival = Arrival("twilio", name, Direction.INBOUND, PhoneNumber(CALLER), PhoneNumber(CALLED))
    call = await workspace.calls.begin(arrival, "rehearsal", CallState.RINGING)
    await workspace.calls.move(call.id, state)
    return call.id


def finished_call(clock: ManualClock) -> Callable[[Workspace], Coroutine[Any, Any, str]]:
    """Writes a call that booked an appointment."""

    async def work(workspace: Workspace) -> str:
        call_id = await begin(workspace, "CA1")
        for turn in TURNS:
            await workspace.calls.add_turn(call_id, turn)
        clock.advance(13.4)
        await workspace.calls.move(call_id, CallState.COMPLETED, reason="caller-hung-up", outcome="appointment-booked")
        return call_id

    return work


def open_page(page: Page, house: Any, query: str = "") -> None:
    """Opens the dashboard."""
    page.goto(f"{house.dashboard}/{query}")


def assert_no_number(page: Page) -> None:
    """Neither on the page nor in its source is there a phone number."""
    assert CALLER.lstrip("+") not in page.content()
    assert CALLED.lstrip("+") not in page.content()
    assert not NUMBER.search(page.locator("body").inner_text())


def test_first_call_appears_by_itself_and_opens(house: Any, page: Page) -> None:
    """From the empty list to one call with its turns, without a reload by hand; a link to nowhere leads back."""
    open_page(page, house)
    expect(page.get_by_role("heading", name="No calls yet")).to_be_visible()
    expect(page.get_by_text(f"op26x call simulate --data {house.data}")).to_be_visible()
    expect(page.get_by_text("/twilio/voice")).to_be_visible()
    expect(page.locator("code", has_text="OP26X_TWILIO_AUTH_TOKEN").first).to_be_visible()

    clock = ManualClock(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
    call_id = house.write(finished_call(clock), clock)
    row = page.get_by_role("row").filter(has_text="completed")
    expect(row).to_contain_text("appointment booked")
    for cell in ("inbound", "rehearsal", "…42", "13.4 s", "1 020 ms".replace(" ", "\u202f", 1), "caller hung up"):
        expect(row).to_contain_text(cell)
    assert_no_number(page)

    row.click()
    expect(page).to_have_url(re.compile(rf"\?call={call_id}$"))
    expect(page.get_by_role("heading", name="Inbound call, …42 to …99")).to_be_visible()
    for what in ("Timeline of 5 turns", "Bar chart of the latency of 2 answers"):
        expect(page.locator(f'[role="graphics-document"][aria-label^="{what}"] svg')).to_be_visible()
    turns = page.get_by_role("table", name="Turns in order").locator("tbody tr")
    expect(turns).to_have_count(len(TURNS))
    expect(turns.nth(4)).to_contain_text("interrupted")
    expect(page.get_by_text("is not stored: no audio, no transcript")).to_be_visible()
    expect(page.get_by_text("5 January 2026, 10:00:00 CET").first).to_be_visible()
    assert_no_number(page)

    open_page(page, house, "?call=%3Flimit%3D1")  # must not become a request for the list
    expect(page.get_by_role("heading", name="No such call")).to_be_visible()
    open_page(page, house, "?call=%3Cb%20id%3Dx%3Enowhere")
    expect(page.get_by_role("heading", name="No such call")).to_be_visible()
    expect(page.get_by_text("<b id=x>nowhere")).to_be_visible()
    page.get_by_role("link", name="All calls").click()
    expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()


def test_pages_and_filter(house: Any, page: Page) -> None:
    """Newest first, page by page, by state; the way back from a call leads to where one was."""
    clock = ManualClock(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))

    async def many(workspace: Workspace) -> None:
        for number in range(30):
            clock.advance(60)
            await begin(workspace, f"CA{number}", CallState.BUSY if number in (3, 4) else CallState.FAILED)

    house.write(many, clock)
    open_page(page, house)
    rows = page.get_by_role("table", name="Calls, newest first").locator("tbody tr")
    expect(rows).to_have_count(25)
    expect(rows.first).to_contain_text("5 Jan 10:30")
    page.get_by_role("button", name="Older").click()
    expect(rows).to_have_count(5)
    expect(rows.first).to_contain_text("5 Jan 10:05")
    rows.first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Inbound call")).to_be_visible()
    page.get_by_role("link", name="All calls").click()
    expect(rows).to_have_count(5)
    page.get_by_role("button", name="Newer").click()
    expect(rows).to_have_count(25)

    page.get_by_role("combobox", name="State").click()
    page.get_by_role("option", name="Busy").click()
    expect(rows).to_have_count(2)
    expect(page).to_have_url(re.compile("state=Busy"))
    rows.first.click()
    page.get_by_role("link", name="All calls").click()
    expect(rows).to_have_count(2)


def test_call_in_progress_is_followed(house: Any, page: Page) -> None:
    """A call in progress says so, and its end shows without a reload."""
    call_id = house.write(lambda workspace: begin(workspace, "CA1"))
    open_page(page, house, f"?call={call_id}")
    expect(page.get_by_role("status")).to_contain_text("in progress")

    async def more(workspace: Workspace) -> None:
        await workspace.calls.add_turn(call_id, TURNS[0])

    house.write(more)
    expect(page.get_by_role("table", name="Turns in order").locator("tbody tr")).to_have_count(1)

    async def end(workspace: Workspace) -> None:
        await workspace.calls.move(call_id, CallState.COMPLETED, reason="silence")

    house.write(end)
    expect(page.get_by_text("completed")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="in progress")).to_have_count(0)


@pytest.mark.journey
def test_real_call_is_followed(house: Any, page: Page) -> None:
    """A caller rings; the call is seen coming in, followed to its end, and nothing that was said is on the page."""
    open_page(page, house)
    expect(page.get_by_role("heading", name="No calls yet")).to_be_visible()
    caller = house.ring("brief")
    row = page.get_by_role("row").filter(has_text="in progress")
    expect(row).to_be_visible(timeout=30_000)
    row.click()
    expect(page.get_by_role("status")).to_contain_text("in progress")
    expect(page.get_by_text("completed")).to_be_visible(timeout=60_000)
    assert caller.wait(15) == 0
    expect(page.get_by_text("appointment booked")).to_be_visible()
    expect(page.locator('[role="graphics-document"][aria-label^="Bar chart"] svg')).to_be_visible()
    assert_no_number(page)


def test_service_stops_and_comes_back(house: Any, page: Page) -> None:
    """Without a service the page says how to start one, and goes on by itself when it is back."""
    house.write(lambda workspace: begin(workspace, "CA1", CallState.BUSY))
    open_page(page, house)
    expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()
    house.stop_service()
    expect(page.get_by_role("heading", name="The service is not running")).to_be_visible()
    expect(page.get_by_text(f"op26x up --data {house.data}")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_role("table")).to_have_count(0)
    house.start_service()
    expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()
