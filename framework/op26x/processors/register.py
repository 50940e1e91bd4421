"""The register: which companies may be given data, and whose terms an organization has accepted."""

import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from op26x.audit import Access, AuditLog
from op26x.clock import Clock
from op26x.errors import NotFound, PluginError, UsageError
from op26x.exposure import is_loopback
from op26x.ids import Ids
from op26x.plugins import Registry
from op26x.processors.model import ProcessorAcceptance, unended
from op26x.settings import CoreSettings
from op26x.storage import Database
from op26x.types import Processor

IN_CALLS = ("llm", "stt", "tts", "telephony", "tool")
LONGEST = 200
"""Characters of the name of an agreement."""
FARTHEST = timedelta(days=366)


class Standing(StrEnum):
    """Whether a company may be given data.

    Attributes:
        ACCEPTED: Its terms are accepted as they are.
        ANNOUNCED: They are accepted from a later day on, which the public list tells.
        CHANGED: They were accepted, and have changed since, or its hosts or places have.
        NEW: Nobody has accepted them.
        CHOSEN: Whoever runs the installation chose it by a setting; it gets what is sealed, and no key.
        HERE: It is on this machine itself.
    """

    ACCEPTED = "accepted"
    ANNOUNCED = "announced"
    CHANGED = "changed"
    NEW = "new"
    CHOSEN = "chosen"
    HERE = "here"

    @property
    def is_open(self) -> bool:
        """Whether it may be given data."""
        return self in (Standing.ACCEPTED, Standing.CHOSEN, Standing.HERE)

    @property
    def is_given_data(self) -> bool:
        """Whether it may be given data, and is not this machine itself."""
        return self.is_open and self is not Standing.HERE


@dataclass(frozen=True, slots=True)
class Registered:
    """A company, as it stands with one organization.

    Attributes:
        plugin: Which plugin declares it.
        processor: What the plugin says of it.
        roles: What the plugin does with it: ``llm``, ``stt``, ``tts``, ``telephony``, ``tool``, ``blobs``.
        standing: Whether it may be given data.
        acceptance: What was accepted last; nothing if nothing ever was.
    """

    plugin: str
    processor: Processor
    roles: tuple[str, ...]
    standing: Standing
    acceptance: ProcessorAcceptance | None = None

    @property
    def why_closed(self) -> str:
        """In a sentence; empty if it may be given data."""
        if self.standing.is_open:
            return ""
        if self.standing is Standing.ANNOUNCED and self.acceptance is not None:
            return f"The terms of {self.processor.name} are accepted from {self.acceptance.at:%Y-%m-%d %H:%MZ} on."
        changed = "have changed since they were accepted" if self.standing is Standing.CHANGED else "are not accepted"
        return f"The terms of {self.processor.name} {changed}."

    @property
    def remedy(self) -> str:
        """What opens it."""
        if self.standing is Standing.ANNOUNCED:
            return f"Wait until then, or accept them now: {accepting(self.processor.name)}"
        return f"Read them, then: {accepting(self.processor.name)}"


def accepting(name: str) -> str:
    """The command that accepts the terms of a company."""
    return f"op26x processors accept {shlex.quote(name)}"


class Register:
    """What one organization has accepted.

    Args:
        database: Where that is kept.
        organization_id: Whose it is.
        audit: Each acceptance is an entry.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(self, database: Database, organization_id: str, audit: AuditLog, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._organization_id = organization_id
        self._audit = audit
        self._ids = ids
        self._clock = clock

    async def list(self, registry: Registry, core: CoreSettings) -> list[Registered]:
        """Every company that plugins declare, in the order of plugins.

        Args:
            registry: What the plugins declare.
            core: Which store of blobs and of keys is in use.
        """
        return registered(registry, core, await self.acceptances(), self._clock.now())

    async def acceptances(self) -> Sequence[ProcessorAcceptance]:
        """What is accepted now or from a later day on; those that hold last come last."""
        query = select(ProcessorAcceptance).where(*self._standing()).order_by(col(ProcessorAcceptance.at))
        return await self._database.run(lambda session: session.exec(query).all())

    async def accept(
        self, processor: Processor, access: Access, agreement: str = "", from_at: datetime | None = None
    ) -> ProcessorAcceptance:
        """Accepts a company's terms as they are now; what was accepted before is replaced.

        Args:
            processor: The company.
            access: Who accepts.
            agreement: An agreement of the organization's own with it; needed if its terms are not known, or let it
                train on the data.
            from_at: From when on, UTC, so that whoever reads the public list knows it before; now by default.

        Raises:
            UsageError: Such an agreement is needed, and none is named; or the time is over, or years away.
        """
        agreement = " ".join(agreement.split())
        if len(agreement) > LONGEST:
            raise UsageError(f"The agreement has {len(agreement)} characters.", f"Name it in at most {LONGEST}.")
        if processor.trains_on_data and not agreement:
            known = f"let it train on the data: {processor.terms}" if processor.terms else "are not known"
            raise UsageError(
                f"The terms of {processor.name} {known}.",
                "If you have an agreement that forbids it, name it: --agreement 'DPA of 1 March 2026'.",
            )
        now = self._clock.now()
        if from_at is not None and not now <= from_at <= now + FARTHEST:
            raise UsageError("It can't be accepted from then on.", "Name a time to come, within a year.")
        made = ProcessorAcceptance(
            id=self._ids.new(),
            organization_id=self._organization_id,
            processor=processor.name,
            fingerprint=processor.fingerprint,
            version=processor.version,
            agreement=agreement,
            accepted_by=access.who,
            at=from_at or now,
        )

        def write(session: Session) -> ProcessorAcceptance:
            self._end(session, processor.name, made.at)
            session.add_all([made, self._audit.entry("processor.accepted", made.id, access)])
            return made

        return await self._database.run(write, alone=True)

    async def withdraw(self, name: str, access: Access) -> None:
        """Accepts a company's terms no more: it is given nothing from the next call on.

        Raises:
            NotFound: They are not accepted.
        """

        def write(session: Session) -> None:
            if not (ended := self._end(session, name, self._clock.now())):
                raise NotFound(f"The terms of {name} are not accepted.", "See op26x processors list.")
            session.add_all(self._audit.entry("processor.withdrawn", one, access) for one in ended)

        await self._database.run(write, alone=True)

    def _standing(self) -> tuple[ColumnElement[bool], ...]:
        return col(ProcessorAcceptance.organization_id) == self._organization_id, unended(self._clock.now())

    def _end(self, session: Session, name: str, at: datetime) -> Sequence[str]:
        query = select(ProcessorAcceptance).where(*self._standing(), ProcessorAcceptance.processor == name)
        found, now = session.exec(query).all(), self._clock.now()
        for one in found:
            one.ended_at = now if one.at > now else at  # what has not begun never begins
        session.add_all(found)
        return [one.id for one in found]


def registered(
    registry: Registry, core: CoreSettings, acceptances: Sequence[ProcessorAcceptance], now: datetime
) -> list[Registered]:
    """How every company stands that plugins declare, by what is accepted; errors as of ``check_hosts``."""
    check_hosts(registry.processors)
    accepted = {one.fingerprint for one in acceptances if one.at <= now}
    newest = {one.processor: one for one in acceptances}
    same = {one.fingerprint: one for one in acceptances}
    found = []
    for plugin, one, stands in standings(registry, core, accepted):
        roles = tuple(kind for kind, owners in registry.owners.items() if plugin in owners.values())
        last = same.get(one.fingerprint) or newest.get(one.name)
        found.append(Registered(plugin, one, roles, _with(last, one) if stands is Standing.NEW else stands, last))
    return found


def _with(last: ProcessorAcceptance | None, processor: Processor) -> Standing:
    """How a company stands that is not accepted now, after what was accepted last."""
    if last is None:
        return Standing.NEW
    return Standing.ANNOUNCED if last.fingerprint == processor.fingerprint else Standing.CHANGED


def standings(
    registry: Registry, core: CoreSettings, accepted: Collection[str]
) -> Iterator[tuple[str, Processor, Standing]]:
    """Every company that plugins declare with its plugin, and how it stands as far as that follows from fingerprints.

    Args:
        registry: What the plugins declare.
        core: Which store of blobs and of keys is in use.
        accepted: ``Processor.fingerprint`` of those that are accepted, by one organization or by any.
    """
    for plugin, processors in registry.processors.items():
        chosen = _is_chosen(registry, core, plugin)
        for one in processors:
            yield plugin, one, _standing(one, accepted, chosen=chosen)


def _is_chosen(registry: Registry, core: CoreSettings, plugin: str) -> bool:
    """Whether a setting names the plugin, and agents can't: it keeps blobs or keys, and does nothing in calls."""
    stores = {"blobs": core.blobs, "key store": core.key_store}
    if plugin not in (registry.owners.get(kind, {}).get(name) for kind, name in stores.items()):
        return False
    return not any(plugin in registry.owners.get(kind, {}).values() for kind in IN_CALLS)


def is_here(processor: Processor) -> bool:
    """Whether a company is this machine itself."""
    return all(is_loopback(host) for host in processor.hosts)


def _standing(processor: Processor, accepted: Collection[str], *, chosen: bool) -> Standing:
    if is_here(processor):
        return Standing.HERE
    if processor.fingerprint in accepted:
        return Standing.ACCEPTED
    return Standing.CHOSEN if chosen else Standing.NEW


def check_hosts(declared: Mapping[str, Collection[Processor]]) -> None:
    """Sees that each host is one company's.

    Raises:
        PluginError: Two companies claim it.
    """
    owners: dict[str, tuple[str, str]] = {}
    for plugin, processors in declared.items():
        for processor in processors:
            for host in processor.hosts:
                name, by = owners.setdefault(host.lower(), (processor.name, plugin))
                if name != processor.name:
                    raise PluginError(
                        f"The plugins {by} and {plugin} say that {host} is {name}'s and {processor.name}'s.",
                        "Uninstall one of them, or have them name the same company.",
                    )
