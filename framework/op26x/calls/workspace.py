"""A workspace: the records of one organization, on engines that all organizations share."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import SQLModel

from op26x.accounts import ApiKeys, PhoneLines
from op26x.agents import AgentVersions
from op26x.audit import AuditLog, Tree
from op26x.calls.attempts import CallAttempts
from op26x.calls.dialling import Dialling
from op26x.calls.erasure import CallErasure
from op26x.calls.keeping import KeptCalls
from op26x.calls.late_ends import LateEnds
from op26x.calls.log import CallLog
from op26x.calls.numbers import CallNumbers
from op26x.calls.records import Records
from op26x.calls.scheduled import ScheduledCalls
from op26x.clock import Clock, FlooredClock
from op26x.consent import ConsentLedger, OwnAnnouncements, Registries, Suppressions
from op26x.ids import Ids
from op26x.policy import HeldPolicies, OwnRows
from op26x.processors import DisclosureLedger, Register
from op26x.recording import Erasures, Reconciliation, Recordings, Redactions, Transcripts
from op26x.retention import Ledger, Periods, Sweep, TrustedTime
from op26x.settings import Settings
from op26x.storage import BlobStore, Database
from op26x.storage.reserve import Reserve
from op26x.vault import BlindIndex, Keyring, KeyStore
from op26x.work.intents import Intents


@dataclass(frozen=True)
class Engines:
    """What the organizations of an installation share.

    Attributes:
        settings: All settings.
        database: The open database.
        key_database: The one of wrapped keys.
        key_store: Has the root key.
        lines: Finds numbers, whoever they belong to: phone lines, and people whom nobody calls.
        blobs: Has the files.
        reserve: Room for demands that come while the disk is full.
        time: By when things may be erased; tells what is wrong with the clock.
        ids: Makes identifiers.
        clock: The time.
        floored: The same, never earlier than what is believed.
        first: The oldest organization.
        tables: Plugins' own tables that are there, those first that others refer to.
    """

    settings: Settings
    database: Database
    key_database: Database
    key_store: KeyStore
    lines: BlindIndex
    blobs: BlobStore
    reserve: Reserve
    time: TrustedTime
    ids: Ids
    clock: Clock
    floored: FlooredClock
    first: str
    tables: Sequence[type[SQLModel]]


@dataclass(frozen=True)
class Workspace:
    """The records of one organization.

    Attributes:
        settings: All settings.
        database: The open database, in which only its rows are.
        organization_id: ULID.
        keys: The organization's keys.
        index: Makes blind indexes of phone numbers.
        calls: Its calls.
        numbers: Their phone numbers.
        attempts: How often people were called.
        call_erasure: What erases them.
        late_ends: Ends of calls that could not be written yet.
        recordings: Their recordings.
        erasures: What ends these.
        redactions: Masks more of these.
        reconciliation: Compares rows, keys and files.
        intents: What somebody demanded and could not be written yet.
        transcripts: Their transcripts.
        scheduled: Calls that wait until they may be placed.
        policies: Policies that calls were held under.
        own_rows: What it adds to the law for its calls.
        processors: Whose terms it has accepted.
        disclosures: What companies were given in its calls.
        dialling: Says whether a person may be called.
        consents: What people agreed to.
        suppressions: Who is not to be called.
        registries: Do-not-call registries that it has read in.
        announcements: What callers are told in its own words.
        audit: Who did what.
        tree: Proves that nothing of that was changed.
        periods: How long everything is kept.
        records: Rows of plugins' own tables.
        kept: What is kept of calls, with its deadlines.
        time: By when things may be erased; tells what is wrong with the clock.
        sweep: Erases what has expired.
        agents: Its agents and their versions.
        phone_lines: Its phone lines.
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
    numbers: CallNumbers
    attempts: CallAttempts
    call_erasure: CallErasure
    late_ends: LateEnds
    recordings: Recordings
    erasures: Erasures
    redactions: Redactions
    reconciliation: Reconciliation
    intents: Intents
    transcripts: Transcripts
    scheduled: ScheduledCalls
    policies: HeldPolicies
    own_rows: OwnRows
    processors: Register
    disclosures: DisclosureLedger
    dialling: Dialling
    consents: ConsentLedger
    suppressions: Suppressions
    registries: Registries
    announcements: OwnAnnouncements
    audit: AuditLog
    tree: Tree
    periods: Periods
    records: Records
    kept: KeptCalls
    time: TrustedTime
    sweep: Sweep
    agents: AgentVersions
    phone_lines: PhoneLines
    api_keys: ApiKeys
    ids: Ids
    clock: Clock

    @classmethod
    def of(cls, engines: Engines, owner: str) -> "Workspace":
        """The records of an organization.

        Args:
            engines: What it shares with others.
            owner: Its identifier.

        Raises:
            VaultError: Its key can't be had.
        """
        database, blobs, ids, clock, floored = (
            engines.database.within(owner),
            engines.blobs,
            engines.ids,
            engines.clock,
            engines.floored,
        )
        audit = AuditLog(database, owner, ids, clock)
        keys = Keyring(engines.key_database, engines.key_store, owner, floored)
        index = BlindIndex(engines.key_store, owner)
        periods = Periods(database, owner, audit, clock)
        intents = Intents(engines.reserve, owner, first=owner == engines.first)
        transcripts = Transcripts(database, owner, keys, audit, intents, ids)
        consents = ConsentLedger(database, owner, audit, intents, ids, clock)
        suppressions = Suppressions(database, owner, engines.lines, audit, intents, ids, clock)
        registries = Registries(database, owner, index, audit, ids, clock)
        records = Records(database, owner, engines.tables, keys, ids)
        beside = records if engines.tables else None
        erasures = Erasures(database, blobs, keys, audit, transcripts, consents, intents, owner, clock, beside)
        recordings = Recordings(database, blobs, keys, audit, erasures, intents, owner, ids, floored)
        numbers = CallNumbers(index, keys)
        calls = CallLog(database, owner, numbers, periods, audit, ids, floored)
        attempts = CallAttempts(database, owner, audit, ids, floored)
        ledgers: list[Ledger] = [consents, registries, attempts]
        call_erasure = CallErasure(database, owner, keys, records, audit, floored)
        return cls(
            settings=engines.settings,
            database=database,
            organization_id=owner,
            keys=keys,
            index=index,
            calls=calls,
            numbers=numbers,
            attempts=attempts,
            call_erasure=call_erasure,
            late_ends=LateEnds(database, calls, recordings, intents, clock),
            recordings=recordings,
            erasures=erasures,
            redactions=Redactions(database, blobs, keys, audit, recordings, transcripts, owner, ids),
            reconciliation=Reconciliation(database, blobs, keys, audit, owner, clock),
            intents=intents,
            transcripts=transcripts,
            scheduled=ScheduledCalls(database, owner, index, keys, audit, ids, floored),
            policies=HeldPolicies(database, owner, ids, clock),
            own_rows=OwnRows(database, owner, audit, ids, clock),
            processors=Register(database, owner, audit, ids, clock),
            disclosures=DisclosureLedger(database, owner, ids, clock),
            dialling=Dialling(suppressions, registries, consents.decisions, attempts.since, clock.now),
            consents=consents,
            suppressions=suppressions,
            registries=registries,
            announcements=OwnAnnouncements(database, owner, audit, ids, clock),
            audit=audit,
            tree=Tree(database, owner, engines.key_store, ids, clock),
            periods=periods,
            records=records,
            kept=KeptCalls(database, owner, records, keys),
            time=engines.time,
            sweep=Sweep([erasures, call_erasure], ledgers, engines.time, calls.unfinished, [erasures]),
            agents=AgentVersions(database, owner, engines.settings.core, audit, ids, clock),
            phone_lines=PhoneLines(database, owner, engines.lines, keys, ids, clock),
            api_keys=ApiKeys(database, owner, ids, clock),
            ids=ids,
            clock=clock,
        )
