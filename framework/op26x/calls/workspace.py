"""A workspace: what a process needs to work on one data directory, opened from settings."""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import select

from op26x import logs
from op26x.accounts import ApiKeys, default_organization
from op26x.audit import AuditLog
from op26x.calls.core_plugins import register_core
from op26x.calls.keeping import KeptCalls
from op26x.calls.late_ends import LateEnds
from op26x.calls.log import CallLog
from op26x.calls.model import Call
from op26x.clock import Clock, FlooredClock, SystemClock
from op26x.consent import ConsentLedger
from op26x.ids import Ids
from op26x.plugins import Plugins, Registry, build_registry
from op26x.recording import Erasures, Reconciliation, Recordings, Transcripts
from op26x.retention import Periods, Sweep, TrustedTime
from op26x.settings import Settings
from op26x.storage import BlobStore, Database
from op26x.storage.database import opening
from op26x.storage.reserve import Reserve
from op26x.types import ServiceRequest
from op26x.vault import BlindIndex, Keyring, KeyStore
from op26x.work.intents import Intents

log = logs.get("calls")


@dataclass(frozen=True)
class Workspace:
    """The records of one organization on one data directory.

    Attributes:
        settings: All settings.
        database: The open database.
        organization_id: ULID.
        keys: The organization's keys.
        index: Makes blind indexes of phone numbers.
        calls: Its calls.
        late_ends: Ends of calls that could not be written yet.
        recordings: Their recordings.
        erasures: What ends these.
        reconciliation: Compares rows, keys and files.
        intents: What somebody demanded and could not be written yet.
        transcripts: Their transcripts.
        consents: What people agreed to, and who is not to be called.
        audit: Who did what.
        periods: How long everything is kept.
        kept: What is kept of calls, with its deadlines.
        time: By when things may be erased; tells what is wrong with the clock.
        sweep: Erases what has expired.
        api_keys: Its API keys.
        ids: Makes identifiers.
        clock: The time.
    """

    settings: Settings
    database: Database
    organization_id: str
    keys: Keyring
    index: BlindIndex
    calls: CallLog
    late_ends: LateEnds
    recordings: Recordings
    erasures: Erasures
    reconciliation: Reconciliation
    intents: Intents
    transcripts: Transcripts
    consents: ConsentLedger
    audit: AuditLog
    periods: Periods
    kept: KeptCalls
    time: TrustedTime
    sweep: Sweep
    api_keys: ApiKeys
    ids: Ids
    clock: Clock

    @classmethod
    def open(
        cls,
        settings: Settings,
        clock: Clock | None = None,
        ids: Ids | None = None,
        *,
        registry: Registry | None = None,
        make: bool = True,
    ) -> "Workspace":
        """Opens the data directory.

        Args:
            settings: All settings.
            clock: Another one than the machine's.
            ids: Another source of identifiers.
            registry: What the plugins provide; the core's own defaults if left out.
            make: Whether to make the directory, its databases and the root key if need be.

        Raises:
            WorkError: A database can't be used, or is not there and not to be made.
            KeyFileError: The root key can't be used.
            AgentError: No plugin provides the key store that the settings name.
        """
        clock = clock or SystemClock()
        floored = FlooredClock(clock)
        ids = ids or Ids(clock)
        store, blobs = _stores(settings, registry or build_registry(register_core(Plugins())))
        database = Database.open(settings.core.database_path, make=make)
        make_keys = make and (settings.core.keys_path.exists() or not _holds_calls(database))
        with opening(settings.core.database_path):
            owner = _owner(database, ids, clock)
            audit = AuditLog(database, owner, ids, clock)
            time = TrustedTime(database, floored, audit, owner)
            time.begin()
        keys = Keyring.open(settings.core.keys_path, store, owner, floored, make=make_keys)
        index = BlindIndex(store, owner)
        periods = Periods(database, owner, audit, clock)
        intents = Intents(_reserve(settings.core.reserve_path, take=make))
        transcripts = Transcripts(database, owner, keys, audit, intents, ids)
        consents = ConsentLedger(database, owner, audit, intents, ids, clock)
        erasures = Erasures(database, blobs, keys, audit, transcripts, consents, intents, owner, clock)
        recordings = Recordings(database, blobs, keys, audit, erasures, intents, owner, ids, floored)
        calls = CallLog(database, owner, index, keys, periods, audit, ids, floored)
        return cls(
            settings=settings,
            database=database,
            organization_id=owner,
            keys=keys,
            index=index,
            calls=calls,
            late_ends=LateEnds(database, calls, recordings, intents, clock),
            recordings=recordings,
            erasures=erasures,
            reconciliation=Reconciliation(database, blobs, keys, audit, owner, clock),
            intents=intents,
            transcripts=transcripts,
            consents=consents,
            audit=audit,
            periods=periods,
            kept=KeptCalls(calls, keys),
            time=time,
            sweep=Sweep([erasures, calls], consents, time, calls.unfinished, [erasures]),
            api_keys=ApiKeys(database, owner, ids, clock),
            ids=ids,
            clock=clock,
        )

    def close(self) -> None:
        """Closes the databases."""
        self.keys.close()
        self.database.close()


def _owner(database: Database, ids: Ids, clock: Clock) -> str:
    with database.session(alone=True) as session:
        return default_organization(session, ids, clock).id


def _stores(settings: Settings, registry: Registry) -> tuple[KeyStore, BlobStore]:
    request = ServiceRequest(settings_of=settings.of)
    keys: KeyStore = registry.provider("key store", settings.core.key_store).build(request)
    blobs: BlobStore = registry.provider("blobs", settings.core.blobs).build(request)
    return keys, blobs


def _holds_calls(database: Database) -> bool:
    """Whether there is anything that a new key database could not open."""
    with database.session() as session:
        return session.exec(select(Call.id).limit(1)).first() is not None


def _reserve(file: Path, *, take: bool) -> Reserve:
    """Room for demands that come while the disk is full; without it they are remembered until the process ends."""
    reserve = Reserve(file)
    try:
        if take:
            reserve.take()
    except OSError as error:
        log.error("there is no room for the reserve", exc_info=error)
    return reserve
