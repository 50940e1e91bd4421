"""Consents out of a file: each line becomes an entry with its own time, or the faults are named and none does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from framework.consent.unwritable import unwritable
from op26x.audit import AuditLog
from op26x.calls import Workspace
from op26x.clock import ManualClock
from op26x.consent import Consent, ConsentGiven, ConsentLedger, ConsentPurpose, ConsentState, read_consents
from op26x.consent.ledger import KEEP, UNWRITABLE
from op26x.errors import UsageError
from op26x.ids import Ids
from op26x.storage.reserve import Reserve
from op26x.types import PhoneNumber
from op26x.work.intents import Intents

NOW = ManualClock().now()
HEADER = "number,purpose,state,evidence,at"
GOOD = "+12125550123,call,granted,form,2025-05-04T10:00Z"


def index(number: PhoneNumber) -> str:
    """Who it is, readable."""
    return f"person {number.reveal()}"


def read(*lines: str, header: str = HEADER, now: datetime = NOW) -> list[tuple[ConsentGiven, datetime]]:
    """What is in a file of these lines."""
    return read_consents("\n".join([header, *lines, ""]).encode(), index, now)


def faults(*lines: str, header: str = HEADER) -> str:
    """What is said of a file that is not imported."""
    with pytest.raises(UsageError) as caught:
        read(*lines, header=header)
    return caught.value.message


def test_a_line_says_who_agreed_to_what_how_and_when() -> None:
    ((given, at),) = read("+1 (212) 555-0123, Marketing ,WITHDRAWN,Letter,2025-05-04T10:00Z")
    assert given.subject_index == "person +12125550123"
    assert (given.purpose, given.state) == (ConsentPurpose.MARKETING, ConsentState.WITHDRAWN)
    assert (given.evidence, given.call_id, given.announcement) == ("letter", "", "")
    assert at == datetime(2025, 5, 4, 10, tzinfo=UTC)


def test_state_and_evidence_may_be_left_out() -> None:
    ((given, _),) = read("2025-05-04,call,+12125550123", header="at,purpose,number")
    assert (given.state, given.evidence) == (ConsentState.GRANTED, "form")
    ((given, _),) = read("+12125550123,call,,,2025-05-04")
    assert (given.state, given.evidence) == (ConsentState.GRANTED, "form")


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2025-05-04", datetime(2025, 5, 4, tzinfo=UTC)),
        ("2025-05-04T10:00", datetime(2025, 5, 4, 10, tzinfo=UTC)),
        (" 2025-05-04 10:00:30 ", datetime(2025, 5, 4, 10, 0, 30, tzinfo=UTC)),
        ("2025-05-04T10:00Z", datetime(2025, 5, 4, 10, tzinfo=UTC)),
        ("2025-05-04T10:00+02:00", datetime(2025, 5, 4, 8, tzinfo=UTC)),
        ("2025-05-04T23:00-05:00", datetime(2025, 5, 5, 4, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_utc_and_others_are_brought_there(written: str, at: datetime) -> None:
    ((_, found),) = read(f"+12125550123,call,granted,form,{written}")
    assert (found, found.utcoffset()) == (at, timedelta())


@pytest.mark.parametrize(
    "text",
    [f"\ufeff{HEADER}\r\n{GOOD}\r\n", f"{HEADER}\n{GOOD}", f'"number",purpose,at\n"{GOOD[:12]}",call,2025-05-04'],
)
def test_a_byte_order_mark_line_ends_of_windows_and_quotes_are_no_fault(text: str) -> None:
    ((given, _),) = read_consents(text.encode(), index, NOW)
    assert given.subject_index == "person +12125550123"


def test_a_file_of_column_names_alone_has_no_consents() -> None:
    assert read() == []


FAULTS = {
    "a number without country code": ("2125550123,call,granted,form,2025-05-04", "country code"),
    "a withheld number": ("anonymous,call,granted,form,2025-05-04", "there is no number"),
    "no number": (",call,granted,form,2025-05-04", "there is no number"),
    "a number that is too long": ("+49" + "1" * 15 + ",call,granted,form,2025-05-04", "phone number"),
    "no purpose": ("+12125550123,,granted,form,2025-05-04", "purpose is none of recording, call, marketing"),
    "an unknown purpose": (
        "+12125550123,sales,granted,form,2025-05-04",
        "purpose is none of recording, call, marketing",
    ),
    "an unknown state": ("+12125550123,call,maybe,form,2025-05-04", "state is none of granted, refused, withdrawn"),
    "a state that nobody decides": ("+12125550123,call,expired,form,2025-05-04", "state is none of"),
    "an unknown evidence": ("+12125550123,call,granted,hearsay,2025-05-04", "evidence is none of form, letter, words"),
    "no time": ("+12125550123,call,granted,form,", "at is no time like 2026-05-04T10:00Z"),
    "no such day": ("+12125550123,call,granted,form,2025-02-30", "at is no time"),
    "a day of another country": ("+12125550123,call,granted,form,04/05/2025", "at is no time"),
    "the future": ("+12125550123,call,granted,form,2026-01-05T09:00:01Z", "at lies in the future"),
    "the future in another zone": ("+12125550123,call,granted,form,2026-01-05T09:00-00:01", "at lies in the future"),
    "too few columns": ("+12125550123,call", "more or fewer columns"),
    "too many columns": (f"{GOOD},again", "more or fewer columns"),
}


@pytest.mark.parametrize(("line", "what"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named_with_its_line_and_nothing_is_imported(line: str, what: str) -> None:
    told = faults(GOOD, line, GOOD)
    assert told.startswith("Nothing is imported: line 3: ")
    assert what in told
    assert told.count("line ") == 1
    assert "2125550123" not in told, "the number is in no message"


def test_this_very_moment_is_not_the_future() -> None:
    ((_, at),) = read("+12125550123,call,granted,form,2026-01-05T09:00Z")
    assert at == NOW


def test_the_first_five_faults_are_named_and_the_others_counted() -> None:
    wrong = [line for line, _ in FAULTS.values()]
    five, seven = faults(*wrong[:5]), faults(GOOD, *wrong[:7])
    assert [f"line {number}:" in five for number in range(2, 8)] == [True] * 5 + [False]
    assert "more" not in five
    assert [f"line {number}:" in seven for number in range(2, 10)] == [False] + [True] * 5 + [False] * 2
    assert seven.endswith(" and 2 more.")


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("purpose,at", "number"),
        ("number,at", "purpose"),
        ("number,purpose,state", "at"),
        ("number;purpose;at", "number"),
        ("Number,purpose,at", "number"),
        (f"{HEADER},name", "name"),
        ("", "number"),
    ],
)
def test_a_column_that_is_missing_or_unknown_is_named_with_those_there_are(header: str, column: str) -> None:
    with pytest.raises(UsageError, match=f"column {column} is") as caught:
        read(header=header)
    assert all(name in caught.value.remedy for name in HEADER.split(","))


@pytest.mark.parametrize("content", [b"\xff\xfen\x00u\x00", HEADER.encode() + b"\n\xe4,call,,,2025-05-04\n"])
def test_what_is_no_utf_8_is_refused(content: bytes) -> None:
    with pytest.raises(UsageError, match="no CSV in UTF-8") as caught:
        read_consents(content, index, NOW)
    assert caught.value.remedy


# In the ledger.


@pytest.fixture
def ledger(workspace: Workspace) -> ConsentLedger:
    """Of the workspace's organization."""
    return workspace.consents


@pytest.fixture
def foreign(
    workspace: Workspace, another_organization: str, ids: Ids, clock: ManualClock, tmp_path: Path
) -> ConsentLedger:
    """Of another organization on the same database."""
    theirs = workspace.database.within(another_organization)
    audit = AuditLog(theirs, another_organization, ids, clock)
    return ConsentLedger(theirs, another_organization, audit, Intents(Reserve(tmp_path / "their reserve")), ids, clock)


FILE = (
    "+12125550123,marketing,granted,form,2025-05-04T10:00Z",
    "+12125550123,marketing,withdrawn,words,2025-06-01T10:00Z",
    "+12125550124,call,granted,letter,2025-05-05T10:00Z",
)


async def test_each_entry_has_the_time_at_which_it_was_decided(ledger: ConsentLedger) -> None:
    assert await ledger.add_all(read(*FILE), "command-line") == 3
    entries = await ledger.list()
    assert [(one.at.day, one.purpose, one.state, one.evidence) for one in entries] == [
        (1, "marketing", "withdrawn", "words"),
        (5, "call", "granted", "letter"),
        (4, "marketing", "granted", "form"),
    ]
    assert all(one.expires_at == one.at + KEEP for one in entries)
    assert {(one.call_id, one.policy) for one in entries} == {("", None)}


async def test_the_same_file_twice_is_imported_once(ledger: ConsentLedger) -> None:
    await ledger.add_all(read(*FILE), "command-line")
    assert await ledger.add_all(read(*FILE), "command-line") == 0
    assert len(await ledger.list()) == 3


async def test_two_lines_that_are_alike_are_two_entries_and_another_file_is_another(ledger: ConsentLedger) -> None:
    assert await ledger.add_all(read(GOOD, GOOD), "command-line") == 2
    assert await ledger.add_all(read(GOOD), "command-line") == 1


async def test_what_was_imported_is_in_the_audit_log_by_whoever_did_it(
    ledger: ConsentLedger, workspace: Workspace
) -> None:
    await ledger.add_all(read(*FILE), "command-line")
    entries = list(await workspace.audit.list(what="consent"))
    assert sorted((one.what, one.who, one.why) for one in entries) == [
        ("consent.granted", "command-line", "call: letter"),
        ("consent.granted", "command-line", "marketing: form"),
        ("consent.withdrawn", "command-line", "marketing: words"),
    ]
    assert {one.record_id for one in entries} == {one.id for one in await ledger.list()}


async def test_if_they_can_not_be_written_none_is_and_nobody_is_told(
    ledger: ConsentLedger, workspace: Workspace
) -> None:
    told: list[str] = []

    async def tell(entry: Consent) -> None:
        told.append(entry.purpose)

    ledger.when_changed(tell)
    with unwritable(workspace.database), pytest.raises(UNWRITABLE):
        await ledger.add_all(read(*FILE), "command-line")
    assert (await ledger.list(), await workspace.audit.list(what="consent")) == ([], [])
    await ledger.add_all(read(*FILE), "command-line")
    await ledger.told()
    assert told == ["marketing", "marketing", "call"]


async def test_what_somebody_decided_is_read_newest_first(ledger: ConsentLedger) -> None:
    await ledger.add_all(read(*reversed(FILE)), "command-line")

    async def decided(subject: str) -> list[str]:
        return [f"{one.purpose} {one.state}" for one in (await ledger.decisions(subject)).entries]

    assert await decided("person +12125550123") == ["marketing withdrawn", "marketing granted"]
    assert await decided("person +12125550124") == ["call granted"]
    assert await decided("somebody else") == []


async def test_who_is_not_known_has_decided_nothing(ledger: ConsentLedger) -> None:
    await ledger.add(ConsentGiven.in_writing("", ConsentPurpose.CALL))
    assert (await ledger.decisions("")).entries == ()


async def test_they_are_listed_by_person_and_purpose_the_newest_first_and_so_many(ledger: ConsentLedger) -> None:
    await ledger.add_all(read(*FILE), "command-line")

    async def listed(**wanted: object) -> list[str]:
        return [f"{one.purpose} {one.state}" for one in await ledger.list(**wanted)]  # type: ignore[arg-type]

    assert await listed(subject_index="person +12125550123") == ["marketing withdrawn", "marketing granted"]
    assert await listed(purpose=ConsentPurpose.CALL) == ["call granted"]
    assert await listed(subject_index="person +12125550123", purpose=ConsentPurpose.CALL) == []
    assert await listed(limit=2) == ["marketing withdrawn", "call granted"]


async def test_another_organization_has_ledger_and_imports_of_its_own(
    ledger: ConsentLedger, foreign: ConsentLedger
) -> None:
    await ledger.add_all(read(*FILE), "command-line")
    assert await foreign.list() == []
    assert list((await foreign.decisions("person +12125550124")).entries) == []
    assert await foreign.add_all(read(*FILE), "command-line") == 3
    assert len(await ledger.list()) == len(await foreign.list()) == 3
