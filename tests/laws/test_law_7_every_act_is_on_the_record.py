"""Law 7: every act is on the record, and the record shows whoever changed it, with database and keys in hand."""

import asyncio
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from journeys.documents import agent
from laws.tenants import Tenant, ask, found, walked
from op26x import hookimpl
from op26x.accounts import Role, operator
from op26x.audit import Access, Tree, Verified, merkle, verify
from op26x.audit.model import AuditEntry
from op26x.audit.notes import Checkpoint, Signer
from op26x.audit.tiles import Tiles
from op26x.audit.tree import LABEL, origin
from op26x.calls import Installation, Workspace
from op26x.calls.core_plugins import register_core
from op26x.cli import Context
from op26x.clock import ManualClock
from op26x.ids import Ids
from op26x.plugins import Plugins, build_registry
from op26x.policy import Override
from op26x.settings import resolve
from op26x.types import PhoneNumber, Processor
from op26x.vault import FileKeyStore
from op26x_service.app import Service

HOUR = 3600.0


class Log:
    """A log with entries and checkpoints, and somebody who has its database and its keys."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        options = resolve({}, environ={}, overrides={"data": folder / "data"})
        self.installation = Installation.open(options, self.clock, Ids(self.clock, random.Random(1).randbytes))
        self.workspace: Workspace = self.installation.workspace()
        self.tree: Tree = self.workspace.tree
        self.database = options.core.database_path
        self.store = FileKeyStore(options.core.key_path)
        self.kept: list[str] = []

    async def grow(self, *counts: int) -> "Log":
        """Entries, with a checkpoint behind each lot, of which a copy is kept elsewhere."""
        for count in counts:
            for number in range(count):
                await self.workspace.audit.add("recording.read", f"01RECORD{number}", Access("user:1", ""))
            self.clock.advance(2 * HOUR)
            self.kept.append(await self.tree.checkpoint())
        return self

    @contextmanager
    def behind_its_back(self) -> Iterator[sqlite3.Connection]:
        """The database, without what guards its entries."""
        with closing(sqlite3.connect(self.database)) as connection:
            for trigger in ("audit_entry_is_append_only", "audit_entry_is_kept"):
                connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
            yield connection
            connection.commit()

    def forge(self, connection: sqlite3.Connection) -> None:
        """Makes tiles, size and checkpoints anew, signed with the log's own key, as if there were no other entries."""
        connection.row_factory = sqlite3.Row
        own = self.workspace.organization_id
        leaves = [merkle.leaf_hash(leaf_of(row)) for row in connection.execute(ENTRIES, (own,))]
        tiles = Tiles(lambda level, number: b"")
        tiles.append(0, leaves)
        connection.execute("DELETE FROM audit_tile WHERE organization_id = ?", (own,))
        for (level, number), hashes in tiles.changed.items():
            connection.execute("INSERT INTO audit_tile VALUES (?, ?, ?, ?)", (own, level, number, hashes))
        connection.execute("UPDATE audit_tree SET size = ? WHERE organization_id = ?", (len(leaves), own))
        signer = Signer(origin(own), self.store.derive(LABEL + own.encode()))
        for row in connection.execute(
            "SELECT id, size FROM audit_checkpoint WHERE organization_id = ?", (own,)
        ).fetchall():
            if row["size"] > len(leaves):
                connection.execute("DELETE FROM audit_checkpoint WHERE id = ?", (row["id"],))
                continue
            note = signer.sign(Checkpoint(origin(own), row["size"], merkle.root(row["size"], tiles.subtree)).text)
            connection.execute("UPDATE audit_checkpoint SET note = ? WHERE id = ?", (note, row["id"]))

    async def verified(self, *, elsewhere: bool = False) -> Verified:
        """What a verification finds; with the copies that were kept elsewhere, if asked."""
        return await verify(self.tree, self.kept if elsewhere else ())


ENTRIES = "SELECT * FROM audit_entry WHERE organization_id = ? AND position IS NOT NULL ORDER BY position"


def leaf_of(row: sqlite3.Row) -> bytes:
    from datetime import UTC, datetime

    at = datetime.fromisoformat(row["at"]).replace(tzinfo=UTC)
    names = ("id", "organization_id", "who", "what", "record_id", "why", "came_from", "purpose")
    return AuditEntry(at=at, **{name: row[name] for name in names}).leaf


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    """Empty."""
    log = Log(tmp_path)
    yield log
    log.installation.close()


async def test_a_log_that_nobody_touched_is_whole(log: Log) -> None:
    await log.grow(3, 400, 1)
    found = await log.verified(elsewhere=True)
    assert (found.entries, found.waiting, found.checkpoints, found.faults) == (404, 0, 3, [])


Change = Callable[[sqlite3.Connection, int], None]


def edit(column: str, value: object) -> Change:
    def change(connection: sqlite3.Connection, position: int) -> None:
        connection.execute(f"UPDATE audit_entry SET {column} = ? WHERE position = ?", (value, position))

    return change


def delete(connection: sqlite3.Connection, position: int) -> None:
    connection.execute("DELETE FROM audit_entry WHERE position = ?", (position,))


def swap(connection: sqlite3.Connection, position: int) -> None:
    other = position + 1 if position == 0 else position - 1
    connection.execute("UPDATE audit_entry SET position = -1 WHERE position = ?", (position,))
    connection.execute("UPDATE audit_entry SET position = ? WHERE position = ?", (position, other))
    connection.execute("UPDATE audit_entry SET position = ? WHERE position = -1", (other,))


def put_between(connection: sqlite3.Connection, position: int) -> None:
    connection.execute(
        "INSERT INTO audit_entry SELECT '01FORGED', organization_id, at, who, what, record_id, why, NULL, came_from, "
        "policy, purpose FROM audit_entry WHERE position = ?",
        (position,),
    )
    connection.execute("UPDATE audit_entry SET position = NULL WHERE position = ?", (position,))
    connection.execute("UPDATE audit_entry SET position = ? WHERE id = '01FORGED'", (position,))


CHANGES: dict[str, Change] = {
    "who": edit("who", "user:2"),
    "what": edit("what", "recording.deleted"),
    "purpose": edit("purpose", "security"),
    "which record": edit("record_id", "01ANOTHER"),
    "why": edit("why", "because"),
    "where from": edit("came_from", "public"),
    "back-dated": edit("at", "2025-01-05 09:00:00.000000"),
    "by a microsecond": edit("at", "2026-01-05 09:00:00.000001"),
    "another id": edit("id", "01ANOTHER"),
    "deleted": delete,
    "reordered": swap,
    "exchanged": put_between,
}


UNREADABLE: dict[str, Change] = {"no time at all": edit("at", "yesterday"), "bytes": edit("why", b"\xff\xfe")}


@pytest.mark.parametrize("change", [*CHANGES, *UNREADABLE])
@settings(max_examples=3)
@given(st.data())
async def test_whoever_changes_an_entry_is_found_and_the_place_is_told(
    tmp_path_factory: pytest.TempPathFactory, change: str, data: st.DataObject
) -> None:
    log = Log(tmp_path_factory.mktemp("log"))
    counts = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    await log.grow(*counts, 2)
    position = data.draw(st.integers(0, sum(counts) + 1))
    with log.behind_its_back() as connection:
        {**CHANGES, **UNREADABLE}[change](connection, position)
    found = await log.verified()
    assert position in {fault.position for fault in found.faults}, found
    log.installation.close()


@pytest.mark.parametrize("change", CHANGES)
async def test_whoever_signs_another_past_is_found_by_a_checkpoint_that_was_kept_elsewhere(
    log: Log, change: str
) -> None:
    """With database and keys: tiles and checkpoints are made anew, and the log by itself looks whole."""
    await log.grow(4, 5, 3)
    with log.behind_its_back() as connection:
        CHANGES[change](connection, 6)
        renumber(connection)
        log.forge(connection)
    alone = await log.verified()
    assert not [fault for fault in alone.faults if "says that it is of" not in fault.what]
    found = await log.verified(elsewhere=True)
    assert found.faults
    assert min(fault.position for fault in found.faults) in (6, 9), "between the checkpoints of 4 and 9"


def renumber(connection: sqlite3.Connection) -> None:
    """Closes the holes, as somebody would who wants nobody to see them."""
    ids = [row[0] for row in connection.execute("SELECT id FROM audit_entry WHERE position >= 0 ORDER BY position")]
    connection.execute("UPDATE audit_entry SET position = NULL")
    for number, entry in enumerate(ids):
        connection.execute("UPDATE audit_entry SET position = ? WHERE id = ?", (number, entry))
    connection.execute("DELETE FROM audit_entry WHERE position IS NULL")


@pytest.mark.parametrize("left", [0, 3, 4, 8, 11])
async def test_a_log_that_was_cut_off_is_found(log: Log, left: int) -> None:
    await log.grow(4, 5, 3)
    with log.behind_its_back() as connection:
        connection.execute("DELETE FROM audit_entry WHERE position >= ?", (left,))
    found = await log.verified()
    assert min(fault.position for fault in found.faults) == left
    with log.behind_its_back() as connection:
        log.forge(connection)
    assert (await log.verified()).faults == []
    found = await log.verified(elsewhere=True)
    assert 12 in {fault.position for fault in found.faults}
    assert f"The log has {left} entries" in " ".join(fault.what for fault in found.faults)


async def test_a_fork_that_grows_on_is_found(log: Log) -> None:
    await log.grow(4, 5)
    with log.behind_its_back() as connection:
        connection.execute("DELETE FROM audit_entry WHERE position >= 4")
        log.forge(connection)
    await log.grow(5, 7)
    assert (await log.verified()).faults == []
    found = await log.verified(elsewhere=True)
    assert [fault.position for fault in found.faults] == [9]


async def test_an_old_act_that_is_put_in_late_is_found(log: Log) -> None:
    await log.grow(3)
    with log.behind_its_back() as connection:
        connection.execute(
            "INSERT INTO audit_entry SELECT '01FORGED', organization_id, '2026-01-02 09:00:00.000000', who, what, "
            "record_id, why, NULL, came_from, policy, purpose FROM audit_entry WHERE position = 0"
        )
    await log.tree.take_in()
    (fault,) = (await log.verified()).faults
    assert fault.position == 3
    assert "says that it is of 2026-01-02" in fault.what


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("UPDATE audit_tile SET hashes = zeroblob(32) || substr(hashes, 33) WHERE level = 0", 0),
        ("UPDATE audit_tile SET hashes = zeroblob(32) WHERE level = 1", 0),
        ("DELETE FROM audit_tile WHERE level = 1", 0),
        ("DELETE FROM audit_tile WHERE level = 0 AND number = 1", 256),
        ("UPDATE audit_tree SET size = 299", 300),
        ("UPDATE audit_checkpoint SET size = 299", 299),
        ("UPDATE audit_checkpoint SET note = replace(note, '300', '299')", 300),
        ("UPDATE audit_checkpoint SET note = ''", 300),
        ("UPDATE audit_checkpoint SET note = x'ff00'", 300),
        ("UPDATE audit_tree SET size = 'x'", 300),
        ("UPDATE audit_tree SET size = 1000000000000", 300),
        ("UPDATE audit_entry SET position = 1000000000000 WHERE position = 299", 300),
    ],
)
async def test_whoever_changes_the_tree_or_a_checkpoint_is_found(log: Log, statement: str, position: int) -> None:
    await log.grow(300)
    with log.behind_its_back() as connection:
        connection.execute(statement)
    found = await log.verified()
    assert position in {fault.position for fault in found.faults}, found


def test_a_change_that_is_made_while_it_is_read_is_not_taken_for_one(log: Log) -> None:
    """Acts go on while a log is verified."""

    async def story() -> None:
        await log.grow(300)
        verifying = asyncio.create_task(log.verified())
        for number in range(20):
            await log.workspace.audit.add("recording.read", f"01NEW{number}", Access("user:1", ""))
            await log.tree.take_in()
        assert (await verifying).faults == []
        assert (await log.verified()).entries == 320

    asyncio.run(story())


# What there is an entry of.


UNNOTED = {
    "PUT /api/me/organization": "whom a session acts for, which changes nothing of anybody's",
    "POST /api/calls": "a call says of itself who placed it",
    "POST /api/policy/explain": "a question, with a body for the sake of the numbers in it",
    "POST /api/disclosures/find": "likewise; with a number it is noted",
    "POST /api/recordings/{record_id:str}/links": "a link is noted when it is followed",
    "DELETE /api/links/{token:str}": "likewise",
}
"""Routes that change something without an entry, and why."""
ELSEWHERE = {
    "POST /api/overrides": "a person must answer for it: tests/apps/op26x_service/test_overrides_api.py",
    "POST /api/agents/{name:str}/versions/{number:int}/publish": "it builds services: test_organization_api.py there",
    "POST /api/scheduled-calls": "it needs a carrier: test_scheduled_calls_api.py there",
    "POST /api/calls/{call_id:str}/recording": "it needs a call that is held: tests/journeys/test_recorded_rights.py",
}
"""Routes whose entry is looked for in other tests."""
FIRST, SECOND = (
    Processor(name, (f"{name.lower()}.example",), "speech", ("communications",), "https://vendor.example")
    for name in ("First", "Second")
)


class Vendors:
    """A plugin that gives data to two companies."""

    @hookimpl
    def op26x_processors(self) -> list[Processor]:
        return [FIRST, SECOND]


async def prepared(service: Service, tenant: Tenant) -> dict[str, tuple[str, Any]]:
    """What is asked of routes that take more than the least, or that need something to be there."""
    work, people = tenant.workspace, service.installation.people
    maker, by = operator(work.organization_id, "test"), Access("test", "test")
    members = []
    for name in ("anna", "bela", "cleo", "dina"):
        user = await people.users.create(f"{name}@example.com", name, "")
        await people.users.join(user.id, work.organization_id, Role.VIEWER)
        members.append(f"/api/people/{user.id}")
    invited = await people.links.invite(maker, "guest@example.com", Role.VIEWER)
    override = next(one for one in await work.own_rows.list() if isinstance(one.content, Override))
    listed = await work.suppressions.add(work.index.of(PhoneNumber("+12125550177")), "01CALL")
    (line,) = await work.phone_lines.list()
    await work.processors.accept(FIRST, by)
    await work.api_keys.create("gone", maker, role=Role.VIEWER)
    return {
        "POST /api/api-keys": ("/api/api-keys", {"name": "wall", "role": "viewer"}),
        "DELETE /api/api-keys/{key_id:str}": ("/api/api-keys/gone", None),
        "PUT /api/people/{user_id:str}": (members[0], {"role": "researcher"}),
        "DELETE /api/people/{user_id:str}": (members[1], None),
        "DELETE /api/people/{user_id:str}/sessions": (f"{members[2]}/sessions", None),
        "POST /api/people/{user_id:str}/password-link": (f"{members[3]}/password-link", None),
        "POST /api/invitations": ("/api/invitations", {"email": "other@example.com", "role": "viewer"}),
        "DELETE /api/invitations/{link_id:str}": (f"/api/invitations/{invited.row.id}", None),
        "PUT /api/announcements/{language:str}/{notice:str}": ("/api/announcements/de/announce", {"text": "Hallo."}),
        "DELETE /api/announcements/{language:str}/{notice:str}": ("/api/announcements/en/announce", None),
        "DELETE /api/overrides/{override_id:str}": (f"/api/overrides/{override.name}?why=over", None),
        "POST /api/policy-rows": ("/api/policy-rows", {"document": "- {name: short, why: costs, longest_s: 60}"}),
        "DELETE /api/policy-rows/{name:str}": ("/api/policy-rows/red-clinic-row?why=over", None),
        "POST /api/suppressions": ("/api/suppressions", {"number": "+12125550188", "why": "a letter"}),
        "DELETE /api/suppressions/{suppression_id:str}": (f"/api/suppressions/{listed.id}?why=a+letter", None),
        "POST /api/agents": ("/api/agents", {"document": yaml.safe_dump(agent(name="another"))}),
        "PUT /api/phone-lines/{line_id:str}": (f"/api/phone-lines/{line.id}", {"agent": ""}),
        "PUT /api/processors/{name:str}/acceptance": (
            "/api/processors/Second/acceptance",
            {"fingerprint": SECOND.fingerprint},
        ),
        "DELETE /api/processors/{name:str}/acceptance": ("/api/processors/First/acceptance", None),
    }


async def test_each_route_that_changes_something_writes_an_entry_with_it(data: Path) -> None:
    """A route that is added is walked here; one that can't be reached so says in what test it is."""
    clock = ManualClock()
    plugins = register_core(Plugins())
    plugins.register(Vendors(), "vendors")
    options = resolve({}, environ={}, overrides={"data": data})
    registry = build_registry(plugins)
    service = Service(Context(plugins, options), Installation.open(options, clock, Ids(clock), registry=registry))
    tenant = await found(service, data, "red-clinic", 17)
    asked = await prepared(service, tenant)
    key, entries = tenant.keys[Role.OWNER], partial(tenant.workspace.audit.list, limit=None)
    unchanged, unsaid = set(), set()
    for one in walked(service):
        named = f"{one.method} {one.route.path}"
        if one.method == "GET" or named in UNNOTED.keys() | ELSEWHERE.keys() or not one.route.path.startswith("/api"):
            continue
        names = tenant.names() if one.asks_for_one else ["none"]
        for path, body in [asked[named]] if named in asked else [(one.path(name), one.body(name)) for name in names]:
            before = len(await entries())
            if 200 <= (await ask(service, one.method, path, key, body)).status < 300:
                unsaid |= set() if len(await entries()) > before else {named}
                break
        else:
            unchanged.add(named)
    assert unsaid == set()
    assert unchanged == set(), "these were asked for nothing that they would have done"
    service.switchboard.sessions.clear()
    service.installation.close()


async def test_the_class_of_an_address_is_noted_and_no_address(data: Path) -> None:
    clock = ManualClock()
    options = resolve({}, environ={}, overrides={"data": data})
    service = Service(Context(register_core(Plugins()), options), Installation.open(options, clock, Ids(clock)))
    tenant = await found(service, data, "red-clinic", 17)
    assert (await ask(service, "PUT", "/api/retention", tenant.keys[Role.OWNER], {"days": 9})).status == 200
    assert (await ask(service, "PUT", "/api/organization", tenant.keys[Role.OWNER], {"recording": "off"})).status == 200
    entries = await tenant.workspace.audit.list(what="organization")
    assert entries[0].came_from == "private", "192.0.2.0/24 is for documentation, and is nobody's"
    assert not any("192.0.2" in entry.leaf.decode() for entry in await tenant.workspace.audit.list(limit=None))
    service.switchboard.sessions.clear()
    service.installation.close()
