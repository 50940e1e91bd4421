"""The end of an organization: closed at once, erased at its deadline, and nobody else is touched."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from framework.accounts.people.town import BROWSER, FIREFOX, PASSWORD, Town, contents
from framework.policy.lawbook import counting
from framework.processors.vendors import VENDOR, disclose
from framework.recording.given import talk
from op26x.accounts import Organization, Role, operator
from op26x.accounts.people import SignIn, UsageEvent, User
from op26x.audit import Access
from op26x.audit.model import AuditCheckpoint, AuditEntry, AuditTile, AuditTree
from op26x.calls import Arrival, CallState, Direction, Installation, NewCall, TurnInfo, Workspace
from op26x.clock import ManualClock
from op26x.consent import Notice
from op26x.consent.model import Consent, Suppression
from op26x.consent.registry_formats import US_FTC
from op26x.errors import BlobError, Forbidden, KeyFileError, NotFound, Op26xError, SignInRefused, UsageError, VaultError
from op26x.ids import Ids
from op26x.policy import ANYWHERE, Policies, PolicyCall, read_own_rows
from op26x.recording import Recording
from op26x.recording.model import TranscriptLine
from op26x.settings import resolve
from op26x.types import Personal, PhoneNumber
from op26x.vault import KeyKind, Keyring

DAY = 86_400.0
DOCUMENT = """
name: agent
greeting: Hello.
instructions: Help.
llm: rehearsal
tts: local
stt: local
"""
STAYS = (AuditEntry, AuditTree, AuditTile, AuditCheckpoint, Organization)
OWNER = operator("", "operator").who


@pytest.fixture
def open_town(data: Path, clock: ManualClock) -> Iterator[Callable[[], Town]]:
    """Opens the test's data directory, as often as asked."""
    opened: list[Installation] = []

    def make() -> Town:
        settings = resolve({}, environ={}, overrides={"data": data})
        opened.append(Installation.open(settings, clock, Ids(clock, random.Random(len(opened)).randbytes)))
        return Town(opened[-1], clock)

    yield make
    for installation in opened:
        installation.close()


@pytest.fixture
def town(open_town: Callable[[], Town]) -> Town:
    """An installation whose first organization has an owner and one of everything."""
    return open_town()


def tables() -> list[type[SQLModel]]:
    """Every table with a row's organization, found by its column: a new one is among them by itself."""
    found = [mapper.class_ for mapper in SQLModel._sa_registry.mappers]
    return sorted((t for t in found if "organization_id" in t.__table__.columns), key=lambda t: t.__name__)


def rows(session: Session, organization_id: str, *, without: tuple[type[SQLModel], ...] = ()) -> dict[str, list[str]]:
    """All rows of an organization, by table, each as JSON; tables that have none are left out."""
    found = {}
    for table in tables():
        if table not in without:
            query = select(table).where(table.organization_id == organization_id)  # type: ignore[attr-defined]
            found[table.__name__] = sorted(
                json.dumps(row.model_dump(), default=_shown, sort_keys=True) for row in session.exec(query).all()
            )
    return {name: there for name, there in found.items() if there}


def _shown(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else bytes(value).hex()


async def fill(town: Town, organization_id: str, name: str) -> Workspace:
    """One of everything in an organization: an owner, an agent, a line, a key, a recorded call."""
    work = town.installation.workspace(organization_id)
    owner = await town.person(f"{name}@example.com", organization=organization_id, name=name)
    who = town.actor(owner, organization=organization_id)
    signed_in = await town.people.signing_in.with_password(f"{name}@example.com", PASSWORD, BROWSER)
    actor = await town.installation.actors.of(signed_in.token.reveal())
    assert actor is not None
    await town.people.usage.note(actor, "calls.read", "203.0.113.177", FIREFOX)
    await town.people.sign_ins.act_for(actor.session_id, organization_id)
    await town.people.links.invite(who, f"guest-of-{name}@example.com", Role.VIEWER)
    version = await work.agents.save(DOCUMENT, who.who)
    await work.agents.publish("agent", who.who, version.number)
    digits = f"{sum(map(ord, name)) % 100:02}"
    await work.phone_lines.add("twilio", PhoneNumber(f"+121255501{digits}"), label=name)
    await work.api_keys.create("notebook", who, role=Role.VIEWER)
    ahead = NewCall(PhoneNumber("+12125550142"), "agent")
    now = town.clock.now()
    (own,) = read_own_rows(b"- {name: short, why: costs, longest_s: 300}")
    await work.own_rows.add([own], Access(name, "test"))
    await work.processors.accept(VENDOR, Access(name, "test"))
    await work.registries.read("us", ["202,5550123"], US_FTC, now, Access(name, "test"))
    await work.scheduled.add(ahead, Access(name, "test"), not_before=now, until=now + timedelta(days=7))
    await work.policies.keep(Policies().resolve(PolicyCall(ANYWHERE, ANYWHERE, town.clock.now())))
    await work.announcements.set(Notice.ANNOUNCE, "en", f"Recorded for {name}.", who.who)
    arrival = Arrival(
        "twilio", f"CA-{name}", Direction.INBOUND, PhoneNumber(f"+121255502{digits}"), PhoneNumber("+12125550199")
    )
    call = await work.calls.begin(arrival, "agent", CallState.RINGING)
    await work.attempts.note(call, counting(7))
    await disclose(work, call)
    await work.calls.move(call.id, CallState.IN_PROGRESS)
    await work.calls.add_turn(call.id, TurnInfo(1, "caller", Personal("my tooth"), 0, 900, None))
    await record(town, work, call.id)
    await work.calls.move(call.id, CallState.COMPLETED, reason="caller-hung-up")
    await work.tree.checkpoint()
    return work


async def record(town: Town, work: Workspace, call_id: str) -> None:
    """Leaves a recording's row and a blob, as a recorded call does."""
    blob = f"recordings/{call_id}"
    writer = await town.installation._engines.blobs.create(blob)
    await writer.append(talk(800))
    await writer.close()
    now, own = town.clock.now(), {"organization_id": work.organization_id, "call_id": call_id}
    later = now + timedelta(days=30)
    new = town.installation.ids.new

    def write(session: Session) -> None:
        session.add(
            Recording(
                id=new(),
                mode="one-party",
                announcement="",
                blob=blob,
                started_ms=0,
                created_at=now,
                expires_at=later,
                **own,
            )
        )
        session.add(TranscriptLine(id=new(), number=1, speaker="caller", started_ms=0, ended_ms=900, **own))
        session.add(Suppression(id=new(), subject_index="1" * 64, at=now, **own))
        session.add(
            Consent(
                id=new(), subject_index="1" * 64, purpose="recording", state="granted", evidence="digit", value="1",
                announcement="en/1", at=now, expires_at=later, **own,
            )
        )  # fmt: skip

    await work.database.run(write)


async def two(town: Town) -> tuple[str, str]:
    """The first organization, and another that is to be closed; both with one of everything."""
    other = await town.installation.organizations.create("other")
    await fill(town, town.organization, "anna")
    await fill(town, other.id, "ben")
    return town.organization, other.id


async def close_and_erase(town: Town, organization_id: str) -> list[str]:
    """Closes an organization, and sweeps once its deadline is over."""
    await town.installation.close_organization(organization_id, OWNER)
    town.clock.advance(30 * DAY)
    return await town.installation.erase_closed(town.clock.now(), "sweep")


async def test_one_of_everything_is_in_every_table(town: Town) -> None:
    """The other tests here say nothing of a table that none of them fills."""
    _, other = await two(town)
    there = await town.installation.database.run(lambda session: rows(session, other))
    assert set(there) == {table.__name__ for table in tables()}


async def test_the_only_one_is_not_closed(town: Town) -> None:
    with pytest.raises(UsageError, match="only one"):
        await town.installation.close_organization(town.organization, OWNER)
    other = await town.installation.organizations.create("other")
    await town.installation.close_organization(other.id, OWNER)
    with pytest.raises(UsageError, match="only one"):
        await town.installation.close_organization(town.organization, OWNER)


async def test_it_is_closed_once_and_by_its_name_too(town: Town) -> None:
    await town.installation.organizations.create("other")
    closed = await town.installation.close_organization("other", OWNER)
    assert closed.closed_at == town.clock.now()
    with pytest.raises(UsageError, match="was closed on"):
        await town.installation.close_organization("other", OWNER, 3650)
    with pytest.raises(NotFound):
        await town.installation.close_organization("another", OWNER)


@pytest.mark.parametrize(
    ("contract", "said", "days"), [(30, None, 30), (0, None, 0), (30, 5, 5), (5, 0, 0), (5, 99, 99)]
)
async def test_its_deadline_is_its_contracts_or_what_was_said(
    town: Town, contract: int, said: int | None, days: int
) -> None:
    other = await town.installation.organizations.create("other", closing_days=contract)
    closed = await town.installation.close_organization(other.id, OWNER, said)
    assert closed.erased_by == town.clock.now() + timedelta(days=days)


@pytest.mark.parametrize("days", [-1, 3651])
async def test_days_that_are_not_possible_close_nothing(town: Town, days: int) -> None:
    other = await town.installation.organizations.create("other")
    with pytest.raises(UsageError, match="not possible"):
        await town.installation.close_organization(other.id, OWNER, days)
    assert town.installation.organizations.named("other").closed_at is None


async def test_keys_and_sessions_are_refused_at_once(town: Town) -> None:
    _, other = await two(town)
    ben = await town.people.users.find("ben@example.com")
    assert ben is not None
    work = town.installation.workspace(other)
    _, by_person = await work.api_keys.create("second", town.actor(ben, organization=other), role=Role.VIEWER)
    _, by_operator = await work.api_keys.create("third", operator(other, "command-line"), role=Role.VIEWER)
    session = await town.session(ben)
    shown = [one.reveal() for one in (by_person, by_operator, session)]
    actors = [await town.installation.actors.of(one) for one in shown]
    assert None not in actors
    await town.installation.close_organization(other, OWNER)
    refused: list[object] = []
    for one in shown:
        try:
            refused.append(await town.installation.actors.of(one))
        except Forbidden:
            refused.append(None)
    assert refused == [None] * 3
    assert not any([await town.installation.actors.still(one, "calls.read") for one in actors if one])


async def test_who_belongs_elsewhere_as_well_goes_on_there(town: Town) -> None:
    first, other = await two(town)
    ben = await town.people.users.find("ben@example.com")
    assert ben is not None
    await town.people.users.join(ben.id, first, Role.VIEWER)
    token = await town.session(ben)
    await town.people.sign_ins.act_for((await town.row(token)).id, other)
    await town.installation.close_organization(other, OWNER)
    actor = await town.installation.actors.of(token.reveal())
    assert actor is not None and actor.organization_id == first
    for named in (other, "other"):
        with pytest.raises(NotFound):
            await town.installation.actors.of(token.reveal(), named)


async def test_its_numbers_take_no_calls_at_once(town: Town) -> None:
    _, other = await two(town)
    (line,) = await town.installation.workspace(other).phone_lines.list()
    number = await town.installation.workspace(other).phone_lines.number(line)
    assert (await town.installation.across.line("twilio", number))[1]
    await town.installation.close_organization(other, OWNER)
    assert not (await town.installation.across.line("twilio", number))[1]


async def test_before_its_deadline_everything_is_there(town: Town) -> None:
    _, other = await two(town)
    before = await town.installation.database.run(lambda session: rows(session, other, without=STAYS))
    await town.installation.close_organization(other, OWNER)
    town.clock.advance(30 * DAY - 1)
    assert await town.installation.erase_closed(town.clock.now(), "sweep") == []
    assert await town.installation.database.run(lambda session: rows(session, other, without=STAYS)) == before


async def test_at_its_deadline_everything_of_it_is_gone(town: Town) -> None:
    _, other = await two(town)
    assert await close_and_erase(town, other) == [other]
    assert await town.installation.database.run(lambda session: rows(session, other, without=STAYS)) == {}
    assert await town.installation._engines.blobs.list() != []
    row = await town.installation.database.run(lambda session: session.get_one(Organization, other))
    assert (row.name, row.erased_at) == (f"erased-{other.lower()}", town.clock.now())
    assert await town.installation.erase_closed(town.clock.now(), "sweep") == []
    with pytest.raises(UsageError, match="was erased"):
        town.installation.workspace(other)


async def test_what_of_it_belongs_to_somebody_who_stays_is_gone_too(town: Town) -> None:
    """What they did in the organization that is gone, and that their session was for it."""
    first, other = await two(town)
    ben = await town.people.users.find("ben@example.com")
    assert ben is not None
    await town.people.users.join(ben.id, first, Role.VIEWER)
    await close_and_erase(town, other)
    left = await town.installation.database.run(lambda session: rows(session, other, without=STAYS))
    assert left == {}, f"There are rows left in {sorted(left)}."
    assert (await town.people.users.email_of(await town.again(ben))).reveal() == "ben@example.com"


async def test_its_files_and_keys_are_gone(town: Town) -> None:
    _, other = await two(town)
    blobs = await town.installation._engines.blobs.list()
    await close_and_erase(town, other)
    assert len(await town.installation._engines.blobs.list()) == len(blobs) - 1
    with pytest.raises(KeyFileError, match="destroyed"):
        Keyring(
            town.installation.key_database,
            town.installation._engines.key_store,
            other,
            town.installation._engines.floored,
        )


@pytest.mark.sqlite
async def test_what_was_in_it_is_on_no_disk(town: Town, data: Path) -> None:
    _, other = await two(town)
    work = town.installation.workspace(other)
    (line,) = await work.phone_lines.list()
    (call,) = await work.calls.list()
    sealed = [bytes(value) for value in (line.number, call.caller_number) if value]
    await close_and_erase(town, other)
    written = await town.bytes_on_disk()
    for text in ("CA-ben", "guest-of-ben", line.number_index, call.caller_index):
        assert text.encode() not in written
    assert not any(one in written for one in sealed)
    assert b"CA-anna" in b"".join(contents(data))


async def test_another_organization_is_as_it_was(town: Town) -> None:
    first, other = await two(town)

    def read(session: Session) -> dict[str, list[str]]:
        return rows(session, first)

    before = await town.installation.database.run(read)
    keys = await town.installation.workspace(first).keys.all(KeyKind.CALL)
    await close_and_erase(town, other)
    assert await town.installation.database.run(read) == before
    assert await town.installation.workspace(first).keys.all(KeyKind.CALL) == keys
    (line,) = await town.installation.workspace(first).phone_lines.list()
    assert (await town.installation.workspace(first).phone_lines.number(line)).reveal().startswith("+1212")


async def test_those_who_belonged_to_it_alone_are_cleared(town: Town) -> None:
    first, other = await two(town)
    both = await town.person("both@example.com", Role.VIEWER)
    await town.people.users.join(both.id, other, Role.ADMIN)
    ben, anna = [await town.people.users.find(f"{name}@example.com") for name in ("ben", "anna")]
    assert ben is not None and anna is not None
    await close_and_erase(town, other)
    row = await town.installation.database.run(lambda session: session.get_one(User, ben.id))
    assert (row.email, row.name, row.email_index, row.password_hash) == (None, None, None, "")
    assert row.erased_at == town.clock.now()
    assert await town.people.users.find("ben@example.com") is None
    for table in (SignIn, UsageEvent):
        query = select(table).where(table.user_id == ben.id)
        assert await town.installation.database.run(lambda session, q=query: session.exec(q).all()) == []
    with pytest.raises(SignInRefused):
        await town.people.signing_in.with_password("ben@example.com", PASSWORD, BROWSER)
    for one in (anna, both):
        assert (await town.people.users.organizations(one.id))[0][0].id == first
        assert (await town.people.users.email_of(await town.again(one))).reveal()
    with pytest.raises(VaultError):
        await town.people.users._keys.get(KeyKind.USER, ben.id)


async def test_the_audit_log_says_who_and_when(town: Town) -> None:
    _, other = await two(town)
    await close_and_erase(town, other)
    query = select(AuditEntry).where(AuditEntry.organization_id == other, AuditEntry.record_id == other)
    entries = await town.installation.database.run(lambda session: session.exec(query).all())
    assert [(entry.what, entry.who) for entry in entries] == [
        ("organization.closed", OWNER),
        ("organization.erased", "sweep"),
    ]


async def fails(*_: object) -> bool:
    """A store of blobs that is away."""
    raise BlobError("The bucket is away.")


async def test_when_its_files_can_not_be_deleted_it_is_unreadable_and_ended_by_the_next_sweep(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, other = await two(town)
    with monkeypatch.context() as away:
        away.setattr(type(town.installation.blobs), "delete", fails)
        assert await close_and_erase(town, other) == []
    with pytest.raises(VaultError):
        town.installation.workspace(other)
    assert await town.installation.erase_closed(town.clock.now(), "sweep") == [other]
    assert await town.installation.database.run(lambda session: rows(session, other, without=STAYS)) == {}


async def test_meanwhile_the_sweep_of_all_others_goes_on(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep asks for every organization that is not erased: one without a key must not end it for all."""
    first, other = await two(town)
    monkeypatch.setattr(type(town.installation.blobs), "delete", fails)
    assert await close_and_erase(town, other) == []
    assert first in [work.organization_id for work in await town.installation.all()]


async def test_a_keys_disk_that_fails_once_leaves_no_key_of_a_person(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, other = await two(town)
    ben = await town.people.users.find("ben@example.com")
    assert ben is not None

    async def broken(*_: object) -> bool:
        raise VaultError("The key database can't be used.")

    with monkeypatch.context() as away:
        away.setattr(Keyring, "destroy", broken)
        await close_and_erase(town, other)
    await town.installation.erase_closed(town.clock.now(), "sweep")
    with pytest.raises(VaultError):
        await town.people.users._keys.get(KeyKind.USER, ben.id)


async def test_the_first_organization_can_be_closed_and_the_installation_opens_still(
    town: Town, open_town: Callable[[], Town]
) -> None:
    first, other = await two(town)
    assert await close_and_erase(town, first) == [first]
    again = open_town()
    assert [work.organization_id for work in await again.installation.all()] == [other]
    again.installation.check_root()
    assert again.installation.workspace().organization_id == other


async def test_once_it_is_closed_the_one_that_is_left_needs_no_name(town: Town) -> None:
    first, other = await two(town)
    await town.installation.close_organization(first, OWNER)
    assert town.installation.workspace().organization_id == other


async def test_nobody_is_let_in_by_a_name_that_is_free_again(town: Town) -> None:
    _, other = await two(town)
    ben = await town.people.users.find("ben@example.com")
    assert ben is not None
    token = await town.session(ben)
    await close_and_erase(town, other)
    new = await town.installation.organizations.create("other")
    assert new.id != other
    try:
        assert await town.installation.actors.of(token.reveal(), "other") is None
    except Op26xError as error:
        assert isinstance(error, NotFound)
