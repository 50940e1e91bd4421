"""An installation: what all organizations on one data directory share, opened from settings."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel, col, select, update

from op26x import logs
from op26x.accounts import Actors, Organization, Organizations
from op26x.accounts.people import PEOPLE, People
from op26x.audit import Access, AuditCheckpoint, AuditEntry, AuditLog, Note, SignedCheckpoint, Tree, signed
from op26x.calls.across import Across
from op26x.calls.closing import Closing
from op26x.calls.core_plugins import register_core
from op26x.calls.model import Call
from op26x.calls.services import Services
from op26x.calls.tables import check as check_tables
from op26x.calls.tables import core_tables, in_order, table_of
from op26x.calls.workspace import Engines, Workspace
from op26x.clock import Clock, FlooredClock, SystemClock
from op26x.errors import Op26xError, PluginError, UsageError, VaultError, WorkError
from op26x.ids import Ids
from op26x.plugins import Plugins, Registry, build_registry
from op26x.retention import TrustedTime
from op26x.settings import Settings
from op26x.storage import BlobStore, Database
from op26x.storage.database import exists, opening
from op26x.storage.places import data_place, key_place
from op26x.storage.reserve import Reserve
from op26x.types import ServiceRequest
from op26x.vault import BlindIndex, Keyring, KeyStore, open_key_database

log = logs.get("calls")

LINES, STREAMS = "phone lines", "media streams"
"""Stand for an organization in blind indexes that all of them share."""


class Installation:
    """One data directory. An organization more costs rows, and a ``Workspace`` once it is asked for.

    Args:
        engines: What its organizations share.
        people_keys: Has the keys of people.
        registry: What the plugins provide and declare.

    Attributes:
        settings: All settings.
        first: The oldest organization that is open.
        registry: What the plugins provide and declare.
        database: The open database.
        key_database: The one of wrapped keys.
        blobs: Has the files.
        organizations: Who there is.
        people: Those who may sign in.
        actors: Who may act for them.
        across: Finds the organization that something belongs to.
        streams: Makes the proofs that open media streams.
        services: The other services that work on it.
        faulty_logs: Organizations whose audit log can't grow.
        reserve: Room for demands that come while the disk is full.
        time: By when things may be erased; tells what is wrong with the clock.
        ids: Makes identifiers.
        clock: The time.
    """

    def __init__(self, engines: Engines, people_keys: Keyring, registry: Registry) -> None:
        self._engines = engines
        self._people_keys = people_keys
        self.settings = engines.settings
        self.first = engines.first
        self.registry = registry
        self.database = engines.database
        self.key_database = engines.key_database
        self.blobs = engines.blobs
        self.reserve = engines.reserve
        self.time = engines.time
        self.ids = engines.ids
        self.clock = engines.clock
        self.organizations = Organizations(engines.database, engines.ids, engines.clock)
        self.people = People.of(
            engines.database,
            people_keys,
            engines.key_store,
            engines.settings.core,
            engines.ids,
            engines.clock,
        )
        self._closing = Closing(
            engines.database,
            engines.key_database,
            engines.blobs,
            self.people,
            [*core_tables(), *engines.tables],
            engines.ids,
            engines.clock,
        )
        self.actors = Actors(engines.database, self.people.sign_ins, engines.clock)
        self.across = Across(engines.database, engines.lines)
        self.streams = BlindIndex(engines.key_store, STREAMS)
        self.services = Services(engines.database, engines.key_store, engines.clock)
        self._listeners: list[Callable[[Workspace], None]] = []
        self._workspaces: dict[str, Workspace] = {}
        self._opening = asyncio.Lock()
        self.faulty_logs: set[str] = set()

    @classmethod
    def open(
        cls,
        settings: Settings,
        clock: Clock | None = None,
        ids: Ids | None = None,
        *,
        registry: Registry | None = None,
        make: bool = True,
    ) -> "Installation":
        """Opens the data directory.

        Args:
            settings: All settings.
            clock: Another one than the machine's.
            ids: Another source of identifiers.
            registry: What the plugins provide; the core's own defaults if left out.
            make: Whether to make the directory, its databases, its first organization and the root key if need be.

        Raises:
            WorkError: A database can't be used, or is not there and not to be made.
            KeyFileError: The root key can't be used.
            AgentError: No plugin provides the key store that the settings name.
            PluginError: A table is not on the data map.
        """
        clock = clock or SystemClock()
        floored = FlooredClock(clock)
        ids = ids or Ids(clock)
        registry = registry or build_registry(register_core(Plugins()))
        check_tables(registry.tables)
        store, blobs = _stores(settings, registry)
        if make:
            _make_directory(settings.core.data)
        data_at, keys_at = data_place(settings.core), key_place(settings.core)
        database = Database.open(data_at, make=make)
        with opening(keys_at):
            make_keys = make and (exists(keys_at) or not _holds_calls(database))
        with opening(data_at):
            declared = in_order(model for models in registry.tables.values() for model in models)
            there = database.take(map(table_of, declared), make=make)
            own = tuple(model for model in declared if table_of(model).name in there)
            _refuse_unknown(database, declared)
            first = Organizations(database, ids, clock).first().id
            time = TrustedTime(database, floored, AuditLog(database, first, ids, clock))
            time.begin()
        keys = open_key_database(keys_at, make=make_keys)
        reserve = _reserve(settings.core.reserve_path, take=make)
        with opening(keys_at):
            people = Keyring(keys, store, PEOPLE, floored)  # makes the root key, or says now that it can't be used
        lines = BlindIndex(store, LINES)
        engines = Engines(settings, database, keys, store, lines, blobs, reserve, time, ids, clock, floored, first, own)
        return cls(engines, people, registry)

    def workspace(self, organization: str = "") -> Workspace:
        """The records of one organization, opened once.

        Args:
            organization: Its name or identifier; the only one that is open if empty.

        Raises:
            NotFound: There is none of that name.
            UsageError: None was named and there are several, or it is erased.
            VaultError: Its key can't be had.
        """
        if organization in self._workspaces:
            return self._workspaces[organization]
        found = self.organizations.named(organization)
        if found.erased_at is not None:
            raise UsageError(f"The organization {found.name} was erased on {found.erased_at:%Y-%m-%d}.")
        if found.id not in self._workspaces:
            opened = Workspace.of(self._engines, found.id)
            for tell in self._listeners:
                tell(opened)
            self._workspaces[found.id] = opened
        return self._workspaces[found.id]

    def when_opened(self, tell: Callable[[Workspace], None]) -> None:
        """Has somebody told of each workspace before anything is done in it; of those that are open, now."""
        self._listeners.append(tell)
        for workspace in self._open:
            tell(workspace)

    @property
    def _open(self) -> list[Workspace]:
        """Those that are open now; others may be opened meanwhile, on another thread."""
        return list(self._workspaces.values())

    async def opened(self, organization_id: str) -> Workspace:
        """The same off the event loop, for a service in which calls go on."""
        if organization_id in self._workspaces:
            return self._workspaces[organization_id]
        async with self._opening:
            return await asyncio.to_thread(self.workspace, organization_id)

    async def all(self) -> list[Workspace]:
        """The records of every organization that has any, oldest first, but those whose key can't be had."""
        opened = []
        for one in await self.organizations.list():
            if one.erased_at is not None:
                continue
            try:
                opened.append(await self.opened(one.id))
            except VaultError as error:
                log.error("an organization can't be opened", organization=one.id, exc_info=error)
        return opened

    async def close_organization(self, organization_id: str, who: str, days: int | None = None) -> Organization:
        """Closes an organization, with an entry in its audit log; errors as of ``Organizations.close``."""
        why = "as agreed" if days is None else f"erased after {days} days"
        note = self.noting("organization.closed", Access(who, why))
        return await self.organizations.close(organization_id, days, note)

    def log_of(self, organization_id: str) -> AuditLog:
        """The audit log of an organization, an erased one's too."""
        return AuditLog(self.database.within(organization_id), organization_id, self.ids, self.clock)

    def noting(self, what: str, access: Access) -> Note:
        """Has whoever changes an organization write the entry of it in its own log, in the same transaction."""

        def entries(organization_id: str) -> Sequence[AuditEntry]:
            return [self.log_of(organization_id).entry(what, organization_id, access)]

        return entries

    async def take_in_entries(self) -> None:
        """Takes what was written to any organization's log into its tree."""
        for organization_id in await self.across.with_waiting_entries():
            await self._grow(organization_id, self.tree(organization_id).take_in)

    async def sign_checkpoints(self) -> None:
        """Signs a checkpoint of each log that has grown since its last one."""
        await self.take_in_entries()
        for organization_id in await self.across.with_unsigned_entries():
            await self._grow(organization_id, self.tree(organization_id).checkpoint)

    async def _grow(self, organization_id: str, work: Callable[[], Awaitable[object]]) -> None:
        """What is wrong with one log keeps no other from growing; it is logged when it begins."""
        try:
            await work()
        except (Op26xError, SQLAlchemyError) as error:
            if organization_id not in self.faulty_logs:
                log.error("an audit log can't grow", organization=organization_id, exc_info=error)
            self.faulty_logs.add(organization_id)
        else:
            self.faulty_logs.discard(organization_id)

    async def trees(self) -> list[Tree]:
        """The trees of all logs, of organizations that are erased too."""
        return [self.tree(organization_id) for organization_id in await self.across.with_logs()]

    async def untold_checkpoints(self) -> list[SignedCheckpoint]:
        """Those that did not reach everybody who keeps them elsewhere, oldest first."""
        return [signed(row, self.tree(row.organization_id).verifier) for row in await self.across.untold_checkpoints()]

    async def told(self, checkpoint: SignedCheckpoint) -> None:
        """Notes that a checkpoint reached everybody."""
        change = update(AuditCheckpoint).where(col(AuditCheckpoint.id) == checkpoint.id)
        await self.database.run(lambda session: session.execute(change.values(told_at=self.clock.now())))

    def tree(self, organization_id: str) -> Tree:
        """The tree of a log, of an organization that is erased too: its last acts are its erasure."""
        engines = self._engines
        database = engines.database.within(organization_id)
        return Tree(database, organization_id, engines.key_store, engines.ids, engines.clock)

    def check_root(self) -> None:
        """Sees that the root key is the one that this process started with; errors as of ``Keyring.check_root``."""
        self._people_keys.check_root()

    def demands_waiting(self) -> int:
        """How many demands of callers and operators could not be written yet."""
        return sum(len(workspace.intents.waiting()) for workspace in self._open)

    async def erase_closed(self, at: datetime, who: str) -> list[str]:
        """Erases closed organizations whose deadline was over at a moment; returns those that are gone."""
        erased = []
        for organization_id in await self.organizations.due(at):
            self._workspaces.pop(organization_id, None)
            try:
                await self._closing.erase(organization_id, who)
            except (Op26xError, OSError, SQLAlchemyError) as error:
                log.error("an organization could not be erased yet", organization=organization_id, exc_info=error)
                continue
            erased.append(organization_id)
        self.first = self.organizations.first().id if erased else self.first
        return erased

    async def let_go(self) -> list[str]:
        """Forgets organizations that another service erased; returns those that were open here."""
        erased = {one.id for one in await self.organizations.list() if one.erased_at is not None}
        gone = [organization_id for organization_id in self._workspaces if organization_id in erased]
        for organization_id in gone:
            del self._workspaces[organization_id]
        if self.first in erased:
            self.first = (await asyncio.to_thread(self.organizations.first)).id
        return gone

    def close(self) -> None:
        """Closes the databases."""
        self.key_database.close()
        self.database.close()


def _make_directory(data: Path) -> None:
    """Makes the data directory, for its owner alone."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WorkError(
            f"The directory {data} can't be made: {error.strerror}.", "Set OP26X_DATA to one of op26x's own."
        ) from None


def _stores(settings: Settings, registry: Registry) -> tuple[KeyStore, BlobStore]:
    request = ServiceRequest(settings_of=settings.of)
    keys: KeyStore = registry.provider("key store", settings.core.key_store).build(request)
    blobs: BlobStore = registry.provider("blobs", settings.core.blobs).build(request)
    return keys, blobs


def _refuse_unknown(database: Database, own: Sequence[type[SQLModel]]) -> None:
    """A plugin that is gone leaves its tables: nobody would erase what is in them."""
    known = {table_of(model).name for model in (*core_tables(), *own)}
    if unknown := sorted(database.tables() - known):
        raise PluginError(
            f"The database has the table {unknown[0]}, which no plugin declares: what is in it would have no end.",
            f"Install its plugin again, or remove the table with all that is in it: op26x datamap drop {unknown[0]}",
        )


def _holds_calls(database: Database) -> bool:
    """Whether there is anything that a new key database could not open."""
    return database.at_once(lambda session: session.exec(select(Call.id).limit(1)).first() is not None)


def _reserve(file: Path, *, take: bool) -> Reserve:
    """Room for demands that come while the disk is full; without it they are remembered until the process ends."""
    reserve = Reserve(file)
    try:
        if take:
            reserve.take()
    except OSError as error:
        log.error("there is no room for the reserve", exc_info=error)
    return reserve
