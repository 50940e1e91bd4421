"""The call log: scoped to its organization, stamped with times, and without a number or a word in clear."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from op26x.accounts import Organization
from op26x.audit import Access, AuditLog
from op26x.calls import Arrival, Call, CallInfo, CallLog, CallState, Direction, TurnInfo, Workspace
from op26x.calls.numbers import CallNumbers
from op26x.calls.wanted import Wanted
from op26x.clock import ManualClock
from op26x.errors import IllegalTransition, NotFound, VaultError
from op26x.ids import Ids
from op26x.retention import Periods
from op26x.storage import Database
from op26x.types import Personal, PhoneNumber
from op26x.vault import BlindIndex, FileKeyStore, Keyring

Arrive = Callable[..., Arrival]
CALLER, CALLED = "+12125559876", "+12125554321"
WORDS = "I have a terrible toothache"
READER = Access("api-key:1", "complaint 7")


@pytest.fixture
def log(workspace: Workspace) -> CallLog:
    """Of the workspace's organization."""
    return workspace.calls


@pytest.fixture
def foreign(workspace: Workspace, ids: Ids, clock: ManualClock) -> Iterator[CallLog]:
    """Of another organization on the same database."""
    other = ids.new()
    database = workspace.database.within(other)
    with database.session() as session:
        session.add(Organization(id=other, name="other", created_at=clock.now()))
    store = FileKeyStore(workspace.settings.core.key_path)
    keys = Keyring.open(workspace.settings.core.keys_path, store, other, clock)
    audit = AuditLog(database, other, ids, clock)
    yield CallLog(
        database,
        other,
        CallNumbers(BlindIndex(store, other), keys),
        Periods(database, other, audit, clock),
        audit,
        ids,
        clock,
    )
    keys.close()


def turn(number: int, speaker: str = "caller", latency_ms: int | None = None) -> TurnInfo:
    return TurnInfo(number, speaker, Personal(WORDS), number * 1000, number * 1000 + 500, latency_ms)


async def begin(log: CallLog, arrival: Arrive, sid: str = "CA1", state: CallState = CallState.RINGING) -> Call:
    return await log.begin(arrival(provider_call_id=sid), "clinic", state)


async def test_a_call_is_written_as_it_arrived(log: CallLog, arrival: Arrive, clock: ManualClock) -> None:
    begun = await begin(log, arrival)
    call, turns = await log.get(begun.id)
    assert (call.agent, call.state, call.direction, call.provider) == ("clinic", "ringing", "inbound", "twilio")
    assert (call.provider_call_id, call.created_at, call.caller_last_two) == ("CA1", clock.now(), "23")
    assert (call.answered_at, call.ended_at, call.duration_s, turns) == (None, None, None, [])


async def test_a_withheld_number_leaves_no_trace(log: CallLog, arrival: Arrive) -> None:
    call = await log.begin(arrival(caller=PhoneNumber("")), "clinic", CallState.RINGING)
    assert (call.caller_index, call.caller_last_two) == ("", "")
    assert call.called_index


async def test_the_same_caller_is_known_again(log: CallLog, foreign: CallLog, arrival: Arrive) -> None:
    first, second = await begin(log, arrival, "CA1"), await begin(log, arrival, "CA2")
    elsewhere = await begin(foreign, arrival, "CA3")
    assert first.caller_index == second.caller_index != first.called_index
    assert elsewhere.caller_index != first.caller_index


async def test_times_are_stamped_as_the_call_goes_on(log: CallLog, arrival: Arrive, clock: ManualClock) -> None:
    call = await begin(log, arrival)
    clock.advance(2)
    assert (await log.move(call.id, CallState.IN_PROGRESS)).answered_at == clock.now()
    clock.advance(62.5)
    ended = await log.move(call.id, CallState.COMPLETED, reason="caller-hung-up", outcome="appointment-booked")
    assert ended.ended_at == clock.now()
    assert ended.duration_s == 62.5
    stored, _ = await log.get(call.id)
    assert (stored.end_reason, stored.outcome, stored.duration_s) == ("caller-hung-up", "appointment-booked", 62.5)


async def test_ringing_stamps_no_time(log: CallLog, arrival: Arrive) -> None:
    call = await begin(log, arrival, state=CallState.QUEUED)
    ringing = await log.move(call.id, CallState.RINGING)
    assert (ringing.state, ringing.answered_at, ringing.ended_at) == ("ringing", None, None)


async def test_a_call_that_nobody_answered_has_no_duration(log: CallLog, arrival: Arrive) -> None:
    call = await begin(log, arrival)
    ended = await log.move(call.id, CallState.NO_ANSWER)
    assert (ended.duration_s, ended.answered_at) == (None, None)


async def test_a_call_of_which_only_the_end_was_told_is_over(log: CallLog, arrival: Arrive, clock: ManualClock) -> None:
    call = await begin(log, arrival, state=CallState.QUEUED)
    ended = await log.move(call.id, CallState.COMPLETED, reason="provider: completed")
    assert (ended.state, ended.end_reason, ended.ended_at) == ("completed", "provider: completed", clock.now())
    assert (ended.answered_at, ended.duration_s) == (None, None)


async def test_the_first_reason_stays(log: CallLog, arrival: Arrive) -> None:
    call = await begin(log, arrival)
    await log.move(call.id, CallState.IN_PROGRESS, reason="first")
    assert (await log.move(call.id, CallState.COMPLETED, reason="second")).end_reason == "first"


async def test_the_last_outcome_stays(log: CallLog, arrival: Arrive) -> None:
    call = await begin(log, arrival)
    await log.move(call.id, CallState.IN_PROGRESS, outcome="first")
    assert (await log.move(call.id, CallState.COMPLETED)).outcome == "first"


async def test_an_illegal_move_changes_nothing(log: CallLog, arrival: Arrive, clock: ManualClock) -> None:
    call = await begin(log, arrival)
    await log.move(call.id, CallState.BUSY, reason="engaged")
    clock.advance(10)
    with pytest.raises(IllegalTransition):
        await log.move(call.id, CallState.IN_PROGRESS, reason="ghost", outcome="ghost")
    stored, _ = await log.get(call.id)
    assert (stored.state, stored.end_reason, stored.outcome, stored.answered_at) == ("busy", "engaged", "", None)
    assert stored.ended_at == clock.now() - timedelta(seconds=10)


async def test_the_providers_identifier_finds_the_call(log: CallLog, arrival: Arrive) -> None:
    call = await log.begin(arrival(direction=Direction.OUTBOUND, provider_call_id=""), "clinic", CallState.QUEUED)
    assert await log.by_provider_id("twilio", "CA7") is None
    await log.placed(call.id, "CA7")
    found = await log.by_provider_id("twilio", "CA7")
    assert found is not None
    assert found.id == call.id
    assert await log.by_provider_id("other", "CA7") is None


async def test_calls_that_were_not_placed_yet_do_not_collide(log: CallLog, arrival: Arrive) -> None:
    for _ in range(2):
        await log.begin(arrival(provider_call_id=""), "clinic", CallState.QUEUED)
    assert len(await log.list()) == 2


async def test_vendors_failures_are_counted(log: CallLog, arrival: Arrive) -> None:
    call = await begin(log, arrival)
    await asyncio.gather(*(log.vendor_failed(call.id) for _ in range(5)))
    assert (await log.get(call.id))[0].vendor_errors == 5


async def test_turns_come_back_in_order_without_their_words(log: CallLog, arrival: Arrive) -> None:
    call, other = await begin(log, arrival, "CA1"), await begin(log, arrival, "CA2")
    await log.add_turn(call.id, turn(2, "agent", latency_ms=640))
    await log.add_turn(other.id, turn(1))
    await log.add_turn(call.id, turn(1))
    _, turns = await log.get(call.id)
    assert [(t.number, t.speaker, t.started_ms, t.ended_ms, t.latency_ms) for t in turns] == [
        (1, "caller", 1000, 1500, None),
        (2, "agent", 2000, 2500, 640),
    ]
    assert WORDS not in repr(turns)


async def test_calls_are_listed_newest_first_in_pages(log: CallLog, arrival: Arrive, clock: ManualClock) -> None:
    made = []
    for number in range(5):
        clock.advance(1)
        made.append((await begin(log, arrival, f"CA{number}")).id)
    newest_first = made[::-1]
    assert [c.id for c in await log.list()] == newest_first
    assert [c.id for c in await log.list(limit=2)] == newest_first[:2]
    assert [c.id for c in await log.list(Wanted(before=newest_first[1]), limit=2)] == newest_first[2:4]
    assert await log.list(Wanted(before=made[0])) == []


async def test_what_a_killed_service_left_open_is_closed(log: CallLog, arrival: Arrive, clock: ManualClock) -> None:
    ringing, talking, queued, over = [
        await begin(log, arrival, f"CA{n}", CallState.QUEUED if n == 2 else CallState.RINGING) for n in range(4)
    ]
    await log.move(talking.id, CallState.IN_PROGRESS)
    await log.move(over.id, CallState.COMPLETED, reason="caller-hung-up")
    clock.advance(30)
    assert await log.fail_unfinished() == 3
    for call in (ringing, talking, queued):
        stored, _ = await log.get(call.id)
        assert (stored.state, stored.end_reason, stored.ended_at) == ("failed", "service-stopped", clock.now())
    assert (await log.get(over.id))[0].end_reason == "caller-hung-up"
    assert await log.fail_unfinished() == 0


async def test_what_one_service_left_is_not_what_another_goes_on_with(
    log: CallLog, arrival: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call has the seat of the service that took it, and from its answer on of the one that has its stream."""
    made = {}
    for seat, number in ((7, 1), (8, 2), (9, 3)):
        monkeypatch.setattr(Database, "seat", seat)
        made[seat] = (await begin(log, arrival, f"CA{number}")).id
    monkeypatch.setattr(Database, "seat", 8)
    await log.move(made[9], CallState.IN_PROGRESS)
    assert await log.fail_unfinished(of=[7, 9]) == 1
    assert await log.unfinished() == {made[8], made[9]}
    assert await log.fail_unfinished(of=[8]) == 2


async def test_a_call_that_has_moved_on_is_not_moved_from_where_it_was(log: CallLog, arrival: Arrive) -> None:
    call = await begin(log, arrival)
    await log.move(call.id, CallState.IN_PROGRESS)
    with pytest.raises(IllegalTransition, match="in-progress by now"):
        await log.move(call.id, CallState.FAILED, was=CallState.RINGING)
    assert (await log.move(call.id, CallState.FAILED, was=CallState.IN_PROGRESS)).state == "failed"


@pytest.mark.parametrize(
    "act",
    [
        lambda log, call: log.get(call),
        lambda log, call: log.move(call, CallState.COMPLETED),
        lambda log, call: log.placed(call, "CA9"),
        lambda log, call: log.vendor_failed(call),
        lambda log, call: log.add_turn(call, turn(1)),
    ],
    ids=["get", "move", "placed", "vendor_failed", "add_turn"],
)
async def test_another_organizations_call_does_not_exist(
    log: CallLog, foreign: CallLog, arrival: Arrive, act: Callable[[CallLog, str], object]
) -> None:
    call = await begin(log, arrival)
    for stranger, call_id in ((foreign, call.id), (log, "01AAAAAAAAAAAAAAAAAAAAAAAA")):
        with pytest.raises(NotFound, match=call_id) as caught:
            await act(stranger, call_id)  # type: ignore[misc]
        assert caught.value.remedy
    stored, turns = await log.get(call.id)
    assert (stored.state, stored.provider_call_id, stored.vendor_errors, turns) == ("ringing", "CA1", 0, [])


async def test_lists_and_look_ups_stay_within_the_organization(log: CallLog, foreign: CallLog, arrival: Arrive) -> None:
    call = await begin(log, arrival)
    assert await foreign.list() == []
    assert await foreign.by_provider_id("twilio", "CA1") is None
    assert await foreign.fail_unfinished() == 0
    assert (await log.get(call.id))[0].state == "ringing"


@pytest.mark.sqlite
async def test_no_number_and_no_word_is_on_the_disk_in_clear(
    log: CallLog, arrival: Arrive, data: Path, workspace: Workspace
) -> None:
    call = await log.begin(arrival(caller=PhoneNumber(CALLER), called=PhoneNumber(CALLED)), "clinic", CallState.RINGING)
    await log.move(call.id, CallState.IN_PROGRESS)
    await log.add_turn(call.id, turn(1))
    await log.move(call.id, CallState.COMPLETED, reason="caller-hung-up")
    files = [file for file in data.rglob("*") if file.is_file()]
    assert any(file.name.endswith("-wal") and file.stat().st_size for file in files)
    workspace.database.close()
    files = {file: file.read_bytes() for file in files if file.exists()} | {
        file: file.read_bytes() for file in data.rglob("*")
    }
    assert call.id.encode() in b"".join(files.values())
    for content in files.values():
        for number in (CALLER, CALLED):
            assert number[-7:].encode() not in content
            assert number[1:].encode("utf-16-le") not in content
        assert b"toothache" not in content


@pytest.mark.sqlite
async def test_the_wal_itself_holds_no_number(log: CallLog, arrival: Arrive, data: Path) -> None:
    await log.begin(arrival(caller=PhoneNumber(CALLER)), "clinic", CallState.RINGING)
    wal = (data / "op26x.db-wal").read_bytes()
    assert b"clinic" in wal
    assert CALLER[-7:].encode() not in wal


def test_what_hooks_are_told_does_not_print_words() -> None:
    assert WORDS not in repr(turn(1))
    assert turn(1).text.reveal() == WORDS
    assert CallInfo("id", "o", "clinic", Direction.INBOUND, CallState.RINGING, "twilio").duration_s is None


async def test_each_end_is_told_once_to_everybody_who_listens(log: CallLog, arrival: Arrive) -> None:
    told: list[tuple[str, CallInfo]] = []

    def listener(name: str) -> Callable[[CallInfo], Awaitable[None]]:
        async def tell(call: CallInfo) -> None:
            told.append((name, call))

        return tell

    log.when_ended(listener("first"))
    log.when_ended(listener("second"))
    over, left_open = await begin(log, arrival, "CA1"), await begin(log, arrival, "CA2")
    await log.move(over.id, CallState.IN_PROGRESS)
    assert told == []
    await log.move(over.id, CallState.COMPLETED, reason="caller-hung-up")
    with pytest.raises(IllegalTransition):
        await log.move(over.id, CallState.FAILED)
    await log.fail_unfinished()
    assert [(name, call.id, call.state, call.end_reason) for name, call in told] == [
        ("first", over.id, "completed", "caller-hung-up"),
        ("second", over.id, "completed", "caller-hung-up"),
        ("first", left_open.id, "failed", "service-stopped"),
        ("second", left_open.id, "failed", "service-stopped"),
    ]


async def test_numbers_come_back_for_a_reason_that_is_noted(
    log: CallLog, arrival: Arrive, workspace: Workspace
) -> None:
    call = await log.begin(arrival(caller=PhoneNumber(CALLER), called=PhoneNumber(CALLED)), "clinic", CallState.RINGING)
    assert await log.numbers(call.id, READER) == (PhoneNumber(CALLER), PhoneNumber(CALLED))
    (entry,) = await workspace.audit.of(call.id)
    assert (entry.who, entry.what, entry.why) == ("api-key:1", "numbers.read", "complaint 7")


async def test_a_withheld_number_comes_back_empty(log: CallLog, arrival: Arrive) -> None:
    call = await log.begin(arrival(caller=PhoneNumber("")), "clinic", CallState.RINGING)
    assert call.caller_number is None
    assert (await log.numbers(call.id, READER))[0] == PhoneNumber("")


async def test_without_a_key_the_call_goes_on_and_the_number_is_not_stored(
    log: CallLog, arrival: Arrive, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise VaultError("The key database can't be used.")

    monkeypatch.setattr(workspace.keys, "create", fails)
    call = await begin(log, arrival)
    assert (call.caller_number, call.called_number, call.caller_last_two) == (None, None, "23")


@pytest.mark.parametrize("days", [-2, 40])
async def test_a_clock_that_is_set_during_a_call_changes_no_duration(
    log: CallLog, arrival: Arrive, clock: ManualClock, days: int
) -> None:
    call = await begin(log, arrival)
    await log.move(call.id, CallState.IN_PROGRESS)
    clock.at += timedelta(days=days)
    clock.advance(20.5)
    assert (await log.move(call.id, CallState.COMPLETED)).duration_s == 20.5
    assert (await log.get(call.id))[0].info().duration_s == 20.5


async def test_a_call_that_a_killed_service_left_has_no_negative_duration(
    log: CallLog, arrival: Arrive, clock: ManualClock, workspace: Workspace
) -> None:
    call = await begin(log, arrival)
    await log.move(call.id, CallState.IN_PROGRESS)
    clock.at -= timedelta(days=2)
    await log.fail_unfinished()
    assert (await log.get(call.id))[0].duration_s == 0


async def test_a_call_of_another_organization_tells_nothing_as_the_end_of_a_page(
    log: CallLog, foreign: CallLog, arrival: Arrive, clock: ManualClock
) -> None:
    """What is older than it would tell that there is such a call, and when it was."""
    own = await foreign.begin(arrival(provider_call_id="CA-OWN"), "clinic", CallState.RINGING)
    clock.advance(60)
    theirs = await begin(log, arrival)
    for named in (theirs.id, "01NOBODYS"):
        assert await foreign.list(Wanted(before=named)) == []
    assert [call.id for call in await foreign.list()] == [own.id]


async def test_another_organization_does_not_read_numbers(log: CallLog, foreign: CallLog, arrival: Arrive) -> None:
    call = await begin(log, arrival)
    with pytest.raises(NotFound):
        await foreign.numbers(call.id, READER)
    assert await foreign.unfinished() == frozenset()
    assert (await log.numbers(call.id, READER))[0]
