"""What an organization adds to the law for its own calls, and how that is read, kept and joined."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from framework.policy.lawbook import NOW, call
from op26x.audit import Access, AuditLog
from op26x.calls import Workspace
from op26x.clock import ManualClock
from op26x.errors import NotFound, PolicyError
from op26x.policy import (
    ALWAYS,
    ANYWHERE,
    LAW,
    UNKNOWN,
    CallPurpose,
    Circumstances,
    EffectivePolicy,
    Ground,
    Override,
    OwnCall,
    OwnRow,
    OwnRows,
    Policies,
    PolicyCall,
    Providers,
    check_campaign,
    demands_in_words,
    explained,
    lifted,
    read_own_rows,
)

BOARD = Access("user:1", "a decision of the board")
TODAY = date(2026, 11, 27)


def own(**fields: Any) -> OwnRow:
    """One row, as a document has it."""
    row = {
        "name": "short",
        "why": "costs",
        **({"longest_s": 300} if len(fields.keys() - SELECTORS) == 0 else {}),
        **fields,
    }
    return read_own_rows(msgspec.yaml.encode([row]))[0]


SELECTORS = {"name", "why", "place", "purpose", "agent", "campaign", "line", "effective", "until"}


def resolved(*rows: OwnRow, **circumstances: Any) -> EffectivePolicy:
    """The policy of a call with somebody in Texas."""
    return Policies().resolve(call("US-TX", **circumstances), (), rows)


def test_a_row_tightens_what_it_says_and_nothing_else() -> None:
    before, after = resolved(purpose=CallPurpose.SERVICE), resolved(own(days=["mon"]), purpose=CallPurpose.SERVICE)
    assert before.hours == ALWAYS
    assert str(after.hours) == "Mon 00:00-24:00, Tue-Sun closed"
    assert msgspec.structs.replace(after, hours=before.hours, decided_by=before.decided_by) == before
    assert after.decided_by["hours"] == ("row short",)


@pytest.mark.parametrize(
    ("selector", "matching", "other"),
    [
        ({"agent": "offers"}, OwnCall("offers"), OwnCall("reminders")),
        ({"campaign": "spring"}, OwnCall("offers", campaign="spring"), OwnCall("offers")),
        ({"line": "sales"}, OwnCall("offers", ("01LINE", "sales")), OwnCall("offers", ("02LINE", "help"))),
        ({"line": "01LINE"}, OwnCall("offers", ("01LINE", "sales")), OwnCall("offers")),
        (
            {"agent": "offers", "campaign": "spring"},
            OwnCall("offers", campaign="spring"),
            OwnCall("reminders", campaign="spring"),
        ),
    ],
)
def test_a_row_is_about_the_calls_that_it_selects(selector: dict[str, str], matching: OwnCall, other: OwnCall) -> None:
    row = own(**selector)
    assert row.about(matching)
    assert not row.about(other)
    assert own().about(matching)


@pytest.mark.parametrize(
    ("fields", "holds"),
    [
        ({}, True),
        ({"place": "US-TX"}, True),
        ({"place": "US"}, True),
        ({"place": ["DE", "US"]}, True),
        ({"place": "DE"}, False),
        ({"purpose": "debt"}, False),
        ({"purpose": "service"}, True),
        ({"effective": TODAY + timedelta(days=1)}, False),
        ({"effective": TODAY}, True),
        ({"until": TODAY - timedelta(days=1)}, False),
        ({"until": TODAY}, True),
    ],
)
def test_a_row_holds_where_when_and_for_what_it_says(fields: dict[str, Any], holds: bool) -> None:
    policy = resolved(own(**fields), purpose=CallPurpose.SERVICE)
    assert (policy.longest_s == 300) is holds


@pytest.mark.parametrize("fields", [{"place": "US-TX"}, {"place": ["DE", "FR"]}])
def test_whoever_may_be_anywhere_may_be_where_a_row_holds(fields: dict[str, Any]) -> None:
    anywhere = replace(call("US-TX"), person=ANYWHERE)
    assert Policies().resolve(anywhere, (), [own(**fields)]).longest_s == 300


@pytest.mark.parametrize("days", [{"until": date(2024, 1, 1)}, {"effective": date(2031, 1, 1)}, {}])
def test_on_a_day_that_nobody_knows_every_row_may_hold(days: dict[str, Any]) -> None:
    nowhere = PolicyCall(ANYWHERE, ANYWHERE, datetime(1970, 1, 1, tzinfo=UTC))
    assert Policies().strictest(nowhere, (), [own(place="US-TX", **days)]).longest_s == 300


def test_a_call_without_a_purpose_heeds_the_rows_of_every_purpose() -> None:
    assert resolved(own(purpose="debt")).longest_s == 300


def test_what_is_about_calls_that_we_place_leaves_those_that_come_in() -> None:
    assert resolved(own(consent="written"), outbound=False).call_consent == "none"
    assert resolved(own(longest_s=300), outbound=False).longest_s == 300
    assert resolved(own(mode="off"), outbound=False).recording == "off"


def test_who_may_hold_a_call_is_an_organizations_to_say() -> None:
    rows = (
        own(name="ours", providers={"llm": ["local", "openai"]}),
        own(name="eu", providers={"llm": ["local"], "tts": []}),
    )
    policy = resolved(*rows, outbound=False)
    assert policy.providers == Providers(llm=frozenset({"local"}), tts=frozenset())
    (line,) = [one for one in explained(policy) if one.field == "providers"]
    assert line.value == "llm: local; tts: nobody"
    assert policy.decided_by["providers"] == ("row eu",)
    with pytest.raises(PolicyError, match="unknown field `lm`"):
        own(providers={"lm": ["local"]})


def test_where_a_call_may_be_processed_is_too() -> None:
    policy = resolved(own(name="europe", processed_in=["EEA", "GB"]), own(name="eu", processed_in="EU"), outbound=False)
    assert policy.processed_in == {"EU"}
    assert policy.decided_by["processed_in"] == ("row eu",)


@pytest.mark.parametrize("key", ["place", "processed_in"])
@pytest.mark.parametrize("written", ["NO", "[NO]"])
def test_norway_is_a_country(key: str, written: str) -> None:
    (row,) = read_own_rows(f"- {{name: a, why: x, mode: off, {key}: {written}}}".encode())
    assert getattr(row, key) in ("NO", ("NO",))
    assert row.mode == "off"


def test_periods_and_lengths_are_an_organizations_too() -> None:
    policy = resolved(own(keep_days=7, longest_s=60))
    assert (policy.keep_at_most_days, policy.longest_s) == (7, 60)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "Expected `array`"),
        (b"[]", "There is no row"),
        (b"- {name: a, why: x}", "demands nothing"),
        (b"- {name: a, mode: off}", "missing required field `why`"),
        (b"- {name: a, why: '', mode: assent}", "length >= 1"),
        (b"- {name: A B, why: x, mode: assent}", "regex"),
        (b"- {name: a, why: x, mode: asent}", "Invalid enum value"),
        (b"- {name: a, why: x, windows: '09:00-10:00'}", "unknown field `windows`"),
        (b"- {name: a, why: x, window: '11:00-10:00'}", "not in order"),
        (b"- {name: a, why: x, mode: assent, place: US-QQ}", "no place 'US-QQ'"),
        (b"- {name: a, why: x, processed_in: [EU, Atlantis]}", "no place 'Atlantis'"),
        (b"- {name: a, why: x, processed_in: []}", "length >= 1"),
        (b"- {name: a, why: x, mode: assent, effective: 2027-01-01, until: 2026-01-01}", "ends before it begins"),
        (b"- {name: a, why: x, mode: assent}\n- {name: a, why: x, mode: assent}", "Two rows are called a"),
        (b"- {name: a, why: x, mode: assent, mode: one-party}", "has the key 'mode' twice"),
        (b"- {name: a, why: x, mode: assent", "These are no rows"),
        (b"- &a [*a]", "there is an alias"),
        (b"- {name: a, why: x, keep_days: 99999999999}", "<= 36500"),
        (b"- {name: a, why: x, longest_s: .inf}", "<= 86400"),
        (b"- {name: a, why: x, longest_s: .nan}", "These are no rows"),
        (b'- {name: "a\\n", why: x, mode: assent}', "regex"),
        (b'- {name: a, why: x, mode: assent, campaign: "spring\\n"}', "regex"),
        (b'- {name: a, why: x, window: "09:00-17:00\\n"}', "regex"),
        (b"- {name: a, why: x, mode: assent, place: []}", "length >= 1"),
        (b"- {name: a, why: ' ', mode: assent}", "does not say why"),
        (b"- {name: a, why: x, attempts: [{scope: subject, days: 367, n: 1}]}", "<= 366"),
    ],
)
def test_what_is_no_row_is_refused_with_what_is_wrong(document: bytes, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        read_own_rows(document)


@pytest.mark.parametrize("name", ["Spring", "spring 27", "spring_27", "-spring", "x" * 61, "frühling"])
def test_a_campaign_has_a_plain_name(name: str) -> None:
    with pytest.raises(PolicyError, match="No campaign is called"):
        check_campaign(name)


def test_a_campaign_may_have_no_name() -> None:
    assert (check_campaign(" spring-2027 "), check_campaign("")) == ("spring-2027", "")


# Overrides.


def test_an_override_lifts_its_row_and_the_policy_says_so() -> None:
    said = "override 01X until 2027-01-01: counsel says so"
    overridden = (("us-tx-hours", said),)
    before = resolved(purpose=CallPurpose.SOLICITATION)
    after = Policies().resolve(replace(call("US-TX", purpose=CallPurpose.SOLICITATION), overridden=overridden))
    assert before.decided_by["hours"] == ("us-tx-hours",)
    assert after.decided_by["hours"] == ("us-hours",)
    assert after.lifted == {"us-tx-hours": said}
    assert after.hash != before.hash
    (shown,) = lifted(after)
    assert (shown.row, shown.by, shown.override) == ("us-tx-hours", said, True)
    assert shown.cite.startswith("Tex. Bus.")


def test_a_ground_that_the_law_names_is_shown_as_no_override() -> None:
    policy = resolved(grounds=frozenset({Ground.EMERGENCY}), purpose=CallPurpose.SERVICE)
    assert policy.lifted == {"us-consent": "emergency"}
    assert policy.call_consent == "none"
    assert [one.override for one in lifted(policy)] == [False]


def test_an_override_of_a_row_that_is_about_no_such_call_is_not_shown() -> None:
    overridden = (("us-tx-hours", "override 1"), ("de-hours", "override 2"))
    one = replace(call("US-TX", purpose=CallPurpose.SERVICE), overridden=overridden)
    assert Policies().resolve(one).lifted == {}


def test_who_asks_what_would_loosen_a_field_is_told_how_a_row_is_removed() -> None:
    line = next(one for one in explained(resolved(own(days=["mon"]))) if one.field == "hours")
    assert "op26x policy-rows remove short" in {one.loosened_by for one in line.decided_by}


# Kept.


async def test_rows_are_kept_and_hold_until_they_are_taken_away(workspace: Workspace) -> None:
    rows = [own(), own(name="no-mondays", days=["tue"], campaign="spring")]
    await workspace.own_rows.add(rows, BOARD)
    assert [one.content for one in await workspace.own_rows.list()] == rows
    await workspace.own_rows.end("short", BOARD, kind="row")
    assert [one.name for one in await workspace.own_rows.list()] == ["no-mondays"]
    assert [one.name for one in await workspace.own_rows.list(ended=True)] == ["short", "no-mondays"]
    entries = [(one.what, one.who, one.why) for one in reversed(await workspace.audit.list(what="policy-row"))]
    assert entries == [(f"policy-row.{what}", *("user:1", BOARD.why)) for what in ("added", "added", "removed")]


async def test_a_name_is_never_used_again(workspace: Workspace) -> None:
    await workspace.own_rows.add([own()], BOARD)
    await workspace.own_rows.end("short", BOARD, kind="row")
    with pytest.raises(PolicyError, match="never used again"):
        await workspace.own_rows.add([own(name="longer"), own()], BOARD)
    assert await workspace.own_rows.list() == [], "all or none"


@pytest.mark.parametrize("name", ["nothing", ""])
async def test_what_is_not_there_can_not_be_taken_away(workspace: Workspace, name: str) -> None:
    await workspace.own_rows.add([own()], BOARD)
    with pytest.raises(NotFound):
        await workspace.own_rows.end(name, BOARD, kind="row")
    with pytest.raises(NotFound):
        await workspace.own_rows.end("short", BOARD, kind="override")
    with pytest.raises(PolicyError, match="Say why"):
        await workspace.own_rows.end("short", Access("user:1", " "), kind="row")
    assert len(await workspace.own_rows.list()) == 1


async def override(workspace: Workspace, row: str = "us-tx-hours", **changes: Any) -> Override:
    fields = {"approved_by": "user:1", "until": workspace.clock.now() + timedelta(days=30)} | changes
    return await workspace.own_rows.override(row, fields.pop("access", BOARD), **fields)


async def test_an_override_ends_by_itself(workspace: Workspace, clock: ManualClock) -> None:
    made = await override(workspace)
    assert [one.content for one in await workspace.own_rows.list()] == [made]
    clock.advance(30 * 86400)
    assert await workspace.own_rows.list() == []
    assert [one.content for one in await workspace.own_rows.list(ended=True)] == [made]


async def test_an_override_says_who_why_and_until_when(workspace: Workspace) -> None:
    made = await override(workspace, agent="offers", campaign="spring")
    assert str(made) == f"override {made.id} until {made.until:%Y-%m-%d}: {BOARD.why}"
    assert made.about(OwnCall("offers", campaign="spring"))
    assert not made.about(OwnCall("offers"))
    (entry,) = await workspace.audit.list(what="policy-override.added")
    assert (entry.who, entry.why) == ("user:1", BOARD.why)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"row": "us-nowhere"}, "no row 'us-nowhere'"),
        ({"row": "short"}, "no row 'short'"),
        ({"access": Access("user:1", " ")}, "why does the row not hold"),
        ({"until": datetime(2025, 1, 1, tzinfo=UTC)}, "within 366 days"),
        ({"until": datetime(2029, 1, 1, tzinfo=UTC)}, "within 366 days"),
        ({"campaign": "Spring 2027"}, "No campaign is called"),
        *(({"row": row.id}, "can't be lifted") for _, row in LAW.all_rows() if UNKNOWN in row.places),
    ],
)
async def test_an_override_without_grounds_is_none(workspace: Workspace, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        await override(workspace, **changes)
    assert await workspace.own_rows.list(ended=True) == []


async def test_rows_are_an_organizations_own(workspace: Workspace, another_organization: str) -> None:
    w, theirs = workspace, workspace.database.within(another_organization)
    other = OwnRows(
        theirs, another_organization, AuditLog(theirs, another_organization, w.ids, w.clock), w.ids, w.clock
    )
    await other.add([own()], BOARD)
    assert await w.own_rows.list(ended=True) == []
    await w.own_rows.add([own()], BOARD)
    await w.own_rows.end("short", BOARD, kind="row")
    assert len(await other.list()) == 1


def test_demands_of_a_row_are_told_in_words() -> None:
    assert demands_in_words(own(keep_days=7).somewhere()) == "keep at most days: 7"
    assert own().holds_on(NOW.date())
    assert not own(purpose="debt").places
    assert list(own(purpose="debt").fragments(["DE"], Circumstances(TODAY, True, CallPurpose.SERVICE))) == []
