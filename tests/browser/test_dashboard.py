"""The dashboard in a real browser: what a person sees before the first call, after it, during it, without a service."""

import asyncio
import re
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pytest

pytest.importorskip("playwright", reason="Playwright is not installed: pip install playwright")

from playwright.sync_api import APIResponse, Locator, Page, expect

from op26x import g711
from op26x.calls import Workspace
from op26x.calls.info import Arrival, TurnInfo
from op26x.calls.states import CallState, Direction
from op26x.client import Client
from op26x.client.client import running_service
from op26x.clock import ManualClock
from op26x.consent import Answer, ConsentGiven, ConsentState, Evidence, Gate, Proof
from op26x.policy import ANYWHERE, Policies, PolicyCall, RecordingMode
from op26x.recording import Recorder, SpokenTurn, WireTap
from op26x.retention import LONGEST_DAYS
from op26x.types import Personal, PhoneNumber, Word

WAIT_S = 15.0
CALLER, CALLED = "+12125550142", "+12125550199"
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
        await workspace.periods.change(LONGEST_DAYS, workspace.kept, "owner")  # the service's clock is the machine's
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


def choose(page: Page | Locator, box: str, option: str) -> None:
    """Chooses one of a list by its name, with the keys alone: a list that moves or is drawn anew loses no key."""
    combobox = page.get_by_role("combobox", name=box).first
    whole = page if isinstance(page, Page) else page.page
    expect(whole.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    combobox.fill(option)
    expect(whole.get_by_role("option", name=option, exact=True)).to_be_visible()
    combobox.press("Enter")
    expect(combobox).to_have_value(option)
    expect(combobox).to_have_attribute("aria-expanded", "false")


def wait_until(page: Page, condition: str) -> None:
    """Waits for something in the page; asked from outside, since the page's policy lets no text be run as a script."""
    deadline = time.monotonic() + WAIT_S
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, f"It did not come about: {condition}"
        page.wait_for_timeout(50)


def assert_no_number(page: Page) -> None:
    """Neither on the page nor in its source is there a phone number."""
    assert CALLER.lstrip("+") not in page.content()
    assert CALLED.lstrip("+") not in page.content()
    assert not NUMBER.search(page.locator("body").inner_text())


def test_first_call_appears_by_itself_and_opens(house: Any, page: Page) -> None:
    """From the empty list to one call with its turns, without a reload by hand; a link to nowhere leads back."""
    open_page(page, house)
    expect(page.get_by_role("heading", name="No calls yet")).to_be_visible()
    expect(page.get_by_text(f"op26x calls simulate --data {house.data}")).to_be_visible()
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


def test_an_override_of_the_law_is_shown_with_its_calls(house: Any, page: Page) -> None:
    """In red, with the row, its end and the reason, whatever characters that has."""
    lifted = {"us-hours": "override 01X until 2027-05-01: counsel <b>says</b> so", "us-consent": "emergency"}

    async def work(workspace: Workspace) -> str:
        somewhere = Policies().resolve(PolicyCall(ANYWHERE, ANYWHERE, datetime(2026, 1, 5, 9, 0, tzinfo=UTC)))
        policy = await workspace.policies.keep(msgspec.structs.replace(somewhere, lifted=lifted))
        arrival = Arrival("twilio", "CA1", Direction.INBOUND, PhoneNumber(CALLER), PhoneNumber(CALLED))
        return (await workspace.calls.begin(arrival, "rehearsal", CallState.RINGING, policy=policy)).id

    call_id = house.write(work)
    open_page(page, house, f"?call={call_id}")
    alarm = page.get_by_role("alert").filter(has_text="The law was overridden")
    expect(alarm).to_have_count(1)
    expect(alarm).to_contain_text("us-hours: override 01X until 2027-05-01: counsel <b>says</b> so")


def test_pages_and_filter(house: Any, page: Page) -> None:
    """Newest first, page by page, by state; the way back from a call leads to where one was."""
    clock = ManualClock(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))

    async def many(workspace: Workspace) -> None:
        await workspace.periods.change(LONGEST_DAYS, workspace.kept, "owner")  # the service's clock is the machine's
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

    choose(page, "State", "Busy")
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


@pytest.mark.real_time
def test_real_call_is_followed(own_house: Any, visit: Callable[..., Page]) -> None:
    """A caller rings; the call is seen coming in, followed to its end, and nothing that was said is on the page."""
    page = visit(own_house.session())
    open_page(page, own_house)
    expect(page.get_by_role("heading", name="No calls yet")).to_be_visible()
    caller = own_house.ring("brief")
    row = page.get_by_role("row").filter(has_text="in progress")
    expect(row).to_be_visible(timeout=30_000)
    row.click()
    expect(page.get_by_role("status")).to_contain_text("in progress")
    expect(page.get_by_text("completed")).to_be_visible(timeout=60_000)
    assert caller.wait(15) == 0
    expect(page.get_by_text("appointment booked")).to_be_visible()
    expect(page.locator('[role="graphics-document"][aria-label^="Bar chart"] svg')).to_be_visible()
    assert_no_number(page)


def test_service_stops_and_comes_back(own_house: Any, visit: Callable[..., Page]) -> None:
    """Without a service the page says how to start one, and goes on by itself when it is back."""
    own_house.write(lambda workspace: begin(workspace, "CA1", CallState.BUSY))
    page = visit(own_house.session())
    open_page(page, own_house)
    expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()
    own_house.stop_service()
    expect(page.get_by_role("heading", name="The service is not running")).to_be_visible()
    expect(page.get_by_text(f"op26x up --data {own_house.data}")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_role("table")).to_have_count(0)
    own_house.start_service()
    expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()


SPOKEN = [
    ("agent", 300, 3100, "Hello. This call is recorded, do you agree?", ()),
    ("caller", 3400, 5200, "Yes, <b>an appointment</b> please", ("Yes,", "<b>an", "appointment</b>", "please")),
    ("agent", 6040, 8000, "When would you like to come?", ()),
    ("caller", 8300, 9400, "Tomorrow", ("Tomorrow",)),
    ("agent", 10600, 13000, "Booked.", ()),
]
"""Speaker, start, end, text and words of each turn in the recorded call."""


async def speak(tap: WireTap, recorder: Recorder) -> None:
    """Thirteen and a half seconds of tones where the turns are, with a pause."""
    for frame in range(675):
        at = frame * 20
        if at == 9500:
            recorder.pause()
        if at == 10400:
            recorder.resume()
        by = next((speaker for speaker, start, end, *_ in SPOKEN if start <= at < end), "")
        if by == "agent":
            tap.agent(tone(330, at))
        tap.caller(tone(220, at) if by == "caller" else bytes([g711.SILENCE]) * 160)
        await asyncio.sleep(0)


def tone(hertz: int, at_ms: int) -> bytes:
    """A frame of a tone that swells and fades."""
    seconds = at_ms / 1000 + np.arange(160) / 8000
    swing = 9000 * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * seconds))
    return g711.encode((swing * np.sin(2 * np.pi * hertz * seconds)).astype("<i2").tobytes())


async def recorded_call(workspace: Workspace) -> str:
    """Writes a call that was recorded after the caller agreed by keypad."""
    call_id = await begin(workspace, "CA1")
    call, _ = await workspace.calls.get(call_id)
    now = workspace.clock.now()
    gate = Gate(call_id, RecordingMode.ASSENT)
    gate.announced("en-1", Proof(Evidence.MARK, "assent", now))
    gate.answered(Answer.YES, Proof(Evidence.DIGIT, "1", now))
    permit, tap = gate.open(), WireTap(workspace.clock)
    _, recorder, key = await workspace.recordings.begin(permit, tap, lambda: None)
    await speak(tap, recorder)
    for number, (speaker, start, end, text, heard) in enumerate(SPOKEN, 1):
        timed = tuple(Word(Personal(w), start + n * 400, start + n * 400 + 300) for n, w in enumerate(heard))
        await workspace.transcripts.add(permit, key, SpokenTurn(number, speaker, start, end, Personal(text), timed))
        await workspace.calls.add_turn(call_id, TURNS[number - 1])
    await recorder.finish()
    await workspace.recordings.finish(call_id, recorder, "call-ended")
    given = ConsentGiven(call.caller_index, call_id, ConsentState.GRANTED, Evidence.DIGIT.value, "1", "en-1")
    await workspace.consents.add(given)
    await workspace.calls.recording(call_id, RecordingMode.ASSENT, "recorded")
    await workspace.calls.move(call_id, CallState.COMPLETED, reason="caller-hung-up", outcome="appointment-booked")
    return call_id


def listen(page: Page, why: str) -> None:
    """Gives a reason and reads the recording."""
    page.get_by_role("textbox", name="Reason for listening and reading").fill(why)
    page.get_by_role("button", name="Listen and read").click()
    expect(page.locator("audio")).to_have_count(1)


def entries(house: Any, *record_ids: str) -> list[tuple[str, str]]:
    """What the audit log says of records: the act and its reason."""

    async def work(workspace: Workspace) -> list[tuple[str, str]]:
        return [(entry.what, entry.why) for record_id in record_ids for entry in await workspace.audit.of(record_id)]

    found: list[tuple[str, str]] = house.write(work)
    return found


def recording_id(house: Any, call_id: str) -> str:
    """The recording of a call."""

    async def work(workspace: Workspace) -> str:
        return (await workspace.recordings.get(call_id)).id

    return str(house.write(work))


def test_a_recording_is_heard_and_read_for_a_reason(house: Any, page: Page) -> None:
    """Nothing is read before a reason is given; then player, waveform and words are there, and a turn seeks."""
    call_id = house.write(recorded_call)
    record_id = recording_id(house, call_id)
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if "Infinite extent" in message.text else None)
    media: list[Any] = []
    page.on("response", lambda response: media.append(response) if "/recordings/" in response.url else None)
    open_page(page, house)
    row = page.get_by_role("row").filter(has_text="completed")
    expect(row.locator(".op-mark")).to_have_text("recorded")
    row.click()
    expect(page.get_by_text("This call was recorded.")).to_be_visible()
    expect(page.get_by_text("the caller's yes")).to_be_visible()
    expect(page.get_by_text("Kept until")).to_be_visible()
    expect(page.get_by_role("table", name="What was agreed")).to_contain_text("By keypad: 1")
    expect(page.get_by_text("Each reading is logged").first).to_be_visible()
    expect(page.get_by_text("Faded: interrupted")).to_be_visible()

    page.get_by_role("button", name="Listen and read").click()
    expect(page.get_by_text("nothing was read")).to_be_visible()
    expect(page.locator("audio")).to_have_count(0)
    assert "appointment</b>" not in page.content()
    assert entries(house, record_id, call_id) == []

    listen(page, "a complaint")
    assert entries(house, record_id, call_id) == [("recording.read", "a complaint"), ("transcript.read", "a complaint")]
    wait_until(page, "document.querySelector('audio').readyState > 0")
    assert round(page.evaluate("document.querySelector('audio').duration"), 1) == 13.5
    assert media and {response.headers["cache-control"] for response in media} == {"no-store"}
    label = "Waveform of 13.5 s, the caller above, the agent below; paused from 0:09.5 to 0:10.4."
    expect(page.locator(f'[role="graphics-document"][aria-label="{label}"] svg')).to_be_visible()
    expect(page.get_by_text("paused", exact=True)).to_be_visible()
    expect(page.get_by_text("Yes, <b>an appointment</b> please")).to_be_visible()
    expect(page.get_by_role("list", name="Words with their times")).to_have_count(0)

    page.get_by_role("button", name="0:08.3 caller").click()
    wait_until(page, "document.querySelector('audio').currentTime >= 8")
    assert page.evaluate("document.querySelector('audio').currentTime") < 9.5
    expect(page.locator(".op-said[aria-current]")).to_have_text("Tomorrow")
    expect(page.get_by_role("list", name="Words with their times")).to_have_text("Tomorrow 0:08.3")
    page.get_by_role("button", name="0:03.4 caller").click()
    wait_until(page, "document.querySelector('audio').currentTime < 6")
    expect(page.get_by_role("list", name="Words with their times").locator("li")).to_have_count(4)
    assert len(entries(house, record_id, call_id)) == 2, "what is held in memory is not read again"
    assert_no_number(page)
    assert not warnings
    assert house.on_disk(b"RIFF") == house.on_disk(b"Tomorrow") == []

    address = page.locator("audio").get_attribute("src")
    assert answer(page, page_url(house, address)).status == 200
    page.get_by_role("button", name="Close recording").click()
    expect(page.locator("audio")).to_have_count(0)
    expect(page.get_by_role("button", name="Listen and read")).to_be_visible()
    assert answer(page, page_url(house, address)).status == 404, "what was closed is served no more"


def test_a_recording_is_deleted_after_a_second_word(house: Any, page: Page) -> None:
    """The first press only asks; then key, audio and words are gone, and the page says when and by whom."""
    call_id = house.write(recorded_call)
    record_id = recording_id(house, call_id)
    open_page(page, house, f"?call={call_id}")
    listen(page, "a request")
    address = page.locator("audio").get_attribute("src")
    page.get_by_role("button", name="Delete recording").click()
    expect(page.get_by_text("are destroyed for good")).to_be_visible()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("button", name="Delete for good")).to_have_count(0)
    page.get_by_role("button", name="Delete recording").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("nothing was deleted")).to_be_visible()
    page.get_by_role("textbox", name="Reason for deleting").fill("the caller asked")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text(re.compile(r"The recording was erased on .* on the dashboard\."))).to_be_visible()
    expect(page.locator("audio")).to_have_count(0)
    expect(page.get_by_role("button", name="Listen and read")).to_have_count(0)
    expect(page.get_by_text("Tomorrow")).to_have_count(0)
    assert "Tomorrow" not in page.content()
    assert ("recording.erased", "the caller asked") in entries(house, record_id)
    assert answer(page, page_url(house, address)).status == 404
    open_page(page, house)
    expect(page.locator(".op-mark")).to_have_text("erased")


def test_what_is_deleted_elsewhere_is_heard_and_read_no_more(
    house: Any, page: Page, visit: Callable[..., Page]
) -> None:
    """The address ends with the recording, at once and for everybody; the page that is open shows it by itself."""
    call_id = house.write(recorded_call)
    open_page(page, house, f"?call={call_id}")
    listen(page, "a complaint")
    expect(page.get_by_text("Tomorrow")).to_be_visible()
    wait_until(page, "document.querySelector('audio').readyState > 0")
    address = page_url(house, page.locator("audio").get_attribute("src"))
    whole = answer(page, address)
    assert (whole.status, whole.headers["content-type"], len(whole.body())) == (200, "audio/wav", 44 + 4 * 108_000)
    part = answer(page, address, headers={"Range": "bytes=40-49"})
    assert (part.status, part.body()) == (206, whole.body()[40:50])
    assert part.headers["content-range"] == f"bytes 40-49/{len(whole.body())}"
    for other in (visit(), visit(house.session("second@example.com")), visit(house.session())):
        assert answer(other, house.dashboard).status == 200
        assert answer(other, address).status == 404, "it is for the session that gave a reason"

    running = running_service(house.settings)
    with Client(running.url, running.key) as client:
        client.erase_recording(call_id, "the caller asked")
    for headers in ({}, {"Range": "bytes=0-"}):
        assert answer(page, address, headers=headers).status in (404, 410)
    expect(page.get_by_text("The recording was erased")).to_be_visible(timeout=6000)
    expect(page.locator("audio")).to_have_count(0)
    expect(page.get_by_role("graphics-document", name="Waveform")).to_have_count(0)
    expect(page.get_by_text("Tomorrow")).to_have_count(0)
    assert "Tomorrow" not in page.content()


def test_who_leaves_the_page_listens_no_more(house: Any, page: Page) -> None:
    """The address ends within seconds of the page, without a word from the browser."""
    call_id = house.write(recorded_call)
    open_page(page, house, f"?call={call_id}")
    listen(page, "a complaint")
    address = page_url(house, page.locator("audio").get_attribute("src"))
    assert answer(page, address).status == 200
    open_page(page, house)
    deadline = time.monotonic() + WAIT_S
    while answer(page, address).status == 200:
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)
    assert answer(page, address).status == 404


def page_url(house: Any, address: str | None) -> str:
    """The whole address of something on a page."""
    assert address
    return address if address.startswith("http") else f"{house.dashboard}{address}"


def answer(page: Page, address: str, **options: Any) -> APIResponse:
    """What a browser is answered there; as browsers do, it asks again where a kept connection was closed just then."""
    return page.request.get(address, max_retries=2, **options)


def test_a_shorter_retention_period_is_shown_before_it_is_set(house: Any, page: Page) -> None:
    """What it would erase is counted first, and nothing changes before it is confirmed."""
    house.write(recorded_call)

    async def days(workspace: Workspace) -> int:
        return await workspace.periods.days()

    before = house.write(days)
    open_page(page, house)
    page.get_by_role("link", name="Retention").click()
    expect(page.get_by_role("heading", name="Retention", exact=True)).to_be_visible()
    expect(page.get_by_text(f"{before} days", exact=True)).to_be_visible()
    page.get_by_role("spinbutton", name="Days").fill("7")
    page.get_by_role("button", name="Show what it would do").click()
    expect(page.get_by_role("heading", name="What 7 days would do")).to_be_visible()
    expect(page.locator(".op-figures").last).to_contain_text(
        "Erased at the next sweep0 callsErased sooner than now1 call"
    )
    assert house.write(days) == before
    page.get_by_role("button", name="Keep calls for 7 days").click()
    expect(page.get_by_text("7 days", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Leave it as it is")).to_have_count(0)
    assert house.write(days) == 7


def test_a_phone_shows_the_columns_that_matter(house: Any, page: Page) -> None:
    """Nothing needs to be scrolled sideways; what became of the recording stays in sight."""
    house.write(recorded_call)
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, house)
    expect(page.locator(".op-mark")).to_be_visible()
    expect(page.get_by_role("columnheader")).to_have_text(["Time", "State", "Recording", "Caller", "Duration"])
    assert page.evaluate("[...document.querySelectorAll('.op-scroll')].every(e => e.scrollWidth <= e.clientWidth)")


def test_times_name_utc_where_the_zone_is_not_known(house: Any, visit: Callable[..., Page]) -> None:
    """A visitor whose browser tells no zone sees that times are UTC."""
    house.write(lambda workspace: begin(workspace, "CA1", CallState.BUSY))
    page = visit(house.session(), timezone_id="UTC")
    page.goto(house.dashboard)
    expect(page.get_by_role("row").filter(has_text="busy")).to_contain_text("UTC")


@pytest.mark.real_time
def test_the_recording_of_a_call_in_progress_is_paused_resumed_and_stopped(
    empty_house: Any, visit: Callable[..., Page]
) -> None:
    """The lamp tells what is so right now, and the buttons change it; afterwards the page says what became of it."""
    empty_house.record_calls("announce")
    empty_house.start()
    page = visit(empty_house.session())
    open_page(page, empty_house)
    expect(page.get_by_role("heading", name="No calls yet")).to_be_visible()
    caller = empty_house.ring("books")
    page.get_by_role("row").filter(has_text="in progress").click(timeout=30_000)
    lamp = page.locator(".op-lamp")
    expect(lamp).to_have_text("Recording", timeout=30_000)
    page.get_by_role("button", name="Pause recording").click()
    expect(lamp).to_have_text("Recording paused")
    page.get_by_role("button", name="Resume recording").click()
    expect(lamp).to_have_text("Recording")
    page.get_by_role("button", name="Delete recording").click()
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Stop recording").click()
    expect(lamp).to_have_text("Not recording")
    expect(page.get_by_role("button", name="Stop recording")).to_have_count(0)
    expect(page.get_by_text("The recording was stopped during the call")).to_be_visible(timeout=120_000)
    expect(page.get_by_role("table", name="What was agreed")).to_contain_text("By an operator")
    assert caller.wait(30) in (0, 1)
