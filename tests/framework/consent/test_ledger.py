"""The ledger: appended to, never changed, and each organization's own."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, update

from framework.consent.unwritable import unwritable, without_reserve
from op26x.audit import Access, AuditLog
from op26x.calls import Workspace
from op26x.clock import ManualClock
from op26x.consent import Consent, ConsentGiven, ConsentLedger, ConsentState
from op26x.consent.ledger import KEEP, UNWRITABLE
from op26x.errors import NotNoted
from op26x.ids import Ids
from op26x.storage.reserve import Reserve
from op26x.work.intents import Intents
from workspaces import close_workspace, open_workspace

SWEEP = Access("sweep", "expired")


def granted(call_id: str = "CALL", state: ConsentState = ConsentState.GRANTED) -> ConsentGiven:
    return ConsentGiven("person", call_id, state, "digit", "1", "en/1")


@pytest.fixture
def ledger(workspace: Workspace) -> ConsentLedger:
    """Of the workspace's organization."""
    return workspace.consents


@pytest.fixture
def foreign(workspace: Workspace, another_organization: str, ids: Ids, clock: ManualClock) -> ConsentLedger:
    """Of another organization on the same database."""
    theirs = workspace.database.within(another_organization)
    audit = AuditLog(theirs, another_organization, ids, clock)
    # A reserve belongs to one organization, as the data directory does.
    intents = Intents(Reserve(workspace.settings.core.data / "another reserve"))
    return ConsentLedger(theirs, another_organization, audit, intents, ids, clock)


@pytest.fixture
def beside(workspace: Workspace, clock: ManualClock) -> Iterator[Workspace]:
    """Another process on the same directory."""
    opened = open_workspace(workspace.settings, clock, Ids(clock))
    yield opened
    close_workspace(opened)


async def test_an_entry_says_who_agreed_to_what_how_and_when(ledger: ConsentLedger, clock: ManualClock) -> None:
    await ledger.add(granted())
    (entry,) = await ledger.of_call("CALL")
    assert (entry.subject_index, entry.purpose, entry.state) == ("person", "recording", "granted")
    assert (entry.evidence, entry.value, entry.announcement) == ("digit", "1", "en/1")
    assert (entry.at, entry.expires_at) == (clock.now(), clock.now() + KEEP)


async def test_entries_come_in_the_order_they_were_made(ledger: ConsentLedger) -> None:
    states = [ConsentState.REFUSED, ConsentState.GRANTED, ConsentState.WITHDRAWN]
    for state in states:
        await ledger.add(granted(state=state))
    await ledger.add(granted("OTHER"))
    assert [entry.state for entry in await ledger.of_call("CALL")] == states


@pytest.mark.parametrize("column", ["state", "subject_index", "expires_at", "call_id"])
async def test_the_database_refuses_to_change_an_entry(
    ledger: ConsentLedger, workspace: Workspace, clock: ManualClock, column: str
) -> None:
    await ledger.add(granted())
    value: object = clock.now() if column == "expires_at" else "forged"

    def forge(session: Session) -> None:
        session.exec(update(Consent).values({column: value}))

    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        await workspace.database.run(forge)
    (entry,) = await ledger.of_call("CALL")
    assert (entry.state, entry.subject_index) == ("granted", "person")


async def test_another_organizations_ledger_is_not_there(ledger: ConsentLedger, foreign: ConsentLedger) -> None:
    await ledger.add(granted())
    assert await foreign.of_call("CALL") == []


async def test_somebody_is_told_of_each_entry_once_it_is_written(ledger: ConsentLedger) -> None:
    told: list[tuple[str, int]] = []

    async def tell(entry: Consent) -> None:
        told.append((entry.state, len(await ledger.of_call("CALL"))))

    ledger.when_changed(tell)
    await ledger.add(granted())
    await ledger.told()
    await ledger.add(granted(state=ConsentState.WITHDRAWN))
    await ledger.told()
    assert told == [("granted", 1), ("withdrawn", 2)]


async def test_whoever_is_told_holds_up_no_entry(ledger: ConsentLedger) -> None:
    answers = asyncio.Event()
    told: list[str] = []

    async def tell(entry: Consent) -> None:
        await answers.wait()
        told.append(entry.state)

    ledger.when_changed(tell)
    await ledger.add(granted())
    await ledger.add(granted(state=ConsentState.WITHDRAWN))
    assert told == []
    answers.set()
    await ledger.told()
    assert told == ["granted", "withdrawn"]


async def test_an_entry_goes_when_its_own_time_is_over(
    workspace: Workspace, ledger: ConsentLedger, foreign: ConsentLedger, clock: ManualClock
) -> None:
    await ledger.add(granted())
    await foreign.add(granted("THEIRS"))
    clock.advance(KEEP.total_seconds() - 1)
    await ledger.add(granted("LATER"))
    assert await ledger.ended(clock.now()) == await ledger.sweep(clock.now(), SWEEP) == 0
    assert await workspace.audit.of(workspace.organization_id) == []
    clock.advance(1)
    assert await ledger.ended(clock.now()) == await ledger.sweep(clock.now(), SWEEP) == 1
    (entry,) = await workspace.audit.of(workspace.organization_id)
    assert (entry.who, entry.what, entry.why) == ("sweep", "consents.erased", "expired")
    assert await ledger.of_call("CALL") == []
    assert len(await ledger.of_call("LATER")) == len(await foreign.of_call("THEIRS")) == 1


def test_an_entry_outlives_the_time_in_which_a_claim_can_be_brought() -> None:
    assert timedelta(days=4 * 366) < KEEP


# When it can't be written.

WITHDRAWN = granted(state=ConsentState.WITHDRAWN)


async def test_a_grant_that_can_not_be_written_is_none(workspace: Workspace, ledger: ConsentLedger) -> None:
    with unwritable(workspace.database), pytest.raises(UNWRITABLE):
        await ledger.add(granted())
    assert workspace.intents.waiting() == []
    assert await ledger.of_call("CALL") == []


@pytest.mark.parametrize("state", [ConsentState.REFUSED, ConsentState.WITHDRAWN])
async def test_a_no_that_can_not_be_written_now_is_written_later_as_it_was(
    workspace: Workspace, ledger: ConsentLedger, clock: ManualClock, state: ConsentState
) -> None:
    said_at, told = clock.now(), []

    async def tell(entry: Consent) -> None:
        told.append(entry.state)

    ledger.when_changed(tell)
    with unwritable(workspace.database):
        await ledger.add_surely(granted(state=state))
        clock.advance(60)
        assert len(await workspace.intents.carry_out()) == 1, "it can't be written yet"
    assert (await ledger.of_call("CALL"), told) == ([], [])
    assert await workspace.intents.carry_out() == []
    (entry,) = await ledger.of_call("CALL")
    assert (entry.subject_index, entry.purpose, entry.state) == ("person", "recording", state)
    assert (entry.evidence, entry.value, entry.announcement) == ("digit", "1", "en/1")
    assert (entry.at, entry.expires_at) == (said_at, said_at + KEEP), "when it was said"
    assert told == [state]
    assert await workspace.intents.carry_out() == []
    assert len(await ledger.of_call("CALL")) == 1


async def test_a_no_that_waits_is_written_after_a_restart(
    workspace: Workspace, ledger: ConsentLedger, beside: Workspace
) -> None:
    with unwritable(workspace.database):
        await ledger.add_surely(WITHDRAWN)
    assert await beside.intents.carry_out() == []
    assert [entry.state for entry in await ledger.of_call("CALL")] == ["withdrawn"]


async def test_a_no_that_is_in_memory_alone_says_so_and_is_written_if_the_process_lives(
    workspace: Workspace, ledger: ConsentLedger
) -> None:
    with unwritable(workspace.database), without_reserve(workspace), pytest.raises(NotNoted):
        await ledger.add_surely(WITHDRAWN)
    assert await workspace.intents.carry_out() == []
    assert [entry.state for entry in await ledger.of_call("CALL")] == ["withdrawn"]


async def test_a_no_whose_process_is_killed_after_it_was_written_is_there_once(
    workspace: Workspace, ledger: ConsentLedger, beside: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unwritable(workspace.database):
        await ledger.add_surely(WITHDRAWN)

    def killed(*_: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(Reserve, "clear", killed)
        await workspace.intents.carry_out()
    assert await beside.intents.carry_out() == []
    assert len(await ledger.of_call("CALL")) == 1


async def test_a_no_that_can_be_written_takes_no_room(workspace: Workspace, ledger: ConsentLedger) -> None:
    await ledger.add_surely(WITHDRAWN)
    assert workspace.intents.waiting() == []
    assert len(await ledger.of_call("CALL")) == 1


async def test_each_decision_is_in_the_audit_log_in_the_same_transaction(
    ledger: ConsentLedger, workspace: Workspace
) -> None:
    made = [await ledger.add(granted(state=state)) for state in (ConsentState.GRANTED, ConsentState.WITHDRAWN)]
    entries = list(reversed(await workspace.audit.list(what="consent")))
    assert [(entry.what, entry.record_id, entry.who) for entry in entries] == [
        ("consent.granted", made[0].id, "caller"),
        ("consent.withdrawn", made[1].id, "caller"),
    ]
    assert {entry.why.partition(":")[0] for entry in entries} == {"recording"}
