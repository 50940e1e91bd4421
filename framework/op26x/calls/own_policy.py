"""What an organization itself says of a call: its rows and overrides, and what it has proved of the person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from op26x.accounts import PhoneLine
from op26x.agents import Agent
from op26x.audit import Access
from op26x.calls.dialling import serving
from op26x.calls.info import Arrival
from op26x.calls.states import Direction
from op26x.calls.workspace import Workspace
from op26x.consent import ConsentPurpose
from op26x.errors import NotFound, UsageError
from op26x.plugins import Registry
from op26x.policy import PLACES, TERMS, Fragment, Ground, Override, OwnCall, OwnRow, Providers, Rules, is_inside
from op26x.processors import Registered, is_here
from op26x.types import Processor


async def add_rows(workspace: Workspace, rows: Sequence[OwnRow], access: Access) -> None:
    """Adds rows of an organization: all or none.

    Raises:
        NotFound: One is about an agent or a phone line that there is not.
        PolicyError: One of the names was used before.
    """
    for row in rows:
        await _must_exist(workspace, row.agent, row.line)
    await workspace.own_rows.add(rows, access)


async def override(
    workspace: Workspace,
    row: str,
    access: Access,
    *,
    approved_by: str,
    until: datetime,
    agent: str = "",
    campaign: str = "",
) -> Override:
    """Lifts a row of the law for an organization's calls; arguments and errors as of ``OwnRows.override``.

    Raises:
        NotFound: It is about an agent that there is not.
    """
    await _must_exist(workspace, agent)
    return await workspace.own_rows.override(
        row, access, approved_by=approved_by, until=until, agent=agent, campaign=campaign
    )


async def must_be_in_no_row(workspace: Workspace, line: PhoneLine) -> None:
    """Does nothing if no row of the organization is about a phone line, which may go then.

    Raises:
        UsageError: One is; it would hold for nothing, though the number may come back.
    """
    names = {line.id, line.label or line.id}
    for one in await workspace.own_rows.list():
        if isinstance(one.content, OwnRow) and one.content.line in names:
            raise UsageError(
                f"The row {one.name} is about this phone line.", f"First: op26x policy-rows remove {one.name}."
            )


async def _must_exist(workspace: Workspace, agent: str, line: str = "") -> None:
    """Does nothing if an organization has that agent and that phone line; empty names are those of every one.

    A row about something that there is not would hold for nothing, and nobody would notice.

    Raises:
        NotFound: It has not.
    """
    if agent and agent not in {published.agent.name for published in await workspace.agents.published()}:
        raise NotFound(f"There is no agent {agent!r} that takes calls.", "See op26x agents list.")
    if line:
        await workspace.phone_lines.get(line)


def plugins_used(agent: Agent, carrier: str, registry: Registry) -> frozenset[str]:
    """The plugins that a call is held with, those of its tools among them; an empty name is of one that is not known.

    Arguments as of ``owners_of``.
    """
    return frozenset({*owners_of(agent, carrier, registry).values(), *tool_owners(agent, registry).values()})


def owners_of(agent: Agent, carrier: str, registry: Registry) -> dict[str, str]:
    """The plugin of each role in a call: ``llm``, ``stt``, ``tts``, ``telephony``.

    Args:
        agent: Who takes it.
        carrier: The provider of telephony; empty if the call has none.
        registry: Knows whose the providers are.
    """
    chosen = {"llm": agent.llm.use, "stt": agent.stt.use, "tts": agent.tts.use}
    if carrier:
        chosen["telephony"] = carrier
    return {kind: registry.owners.get(kind, {}).get(name, "") for kind, name in chosen.items()}


def tool_owners(agent: Agent, registry: Registry) -> dict[str, str]:
    """The plugin of each of an agent's tools."""
    owners = registry.owners.get("tool", {})
    return {name: owners[name] for name in agent.tools if name in owners}


def not_accepted(registry: Registry, found: Sequence[Registered], used: Collection[str]) -> tuple[Fragment, ...]:
    """That no provider of a plugin may be used that would give data to somebody whose terms are not accepted.

    Args:
        registry: Knows whose the providers are.
        found: How companies stand.
        used: The plugins that the call would be held with; of others nothing need be said.
    """
    return tuple(
        _without_plugin(registry, one.plugin, f"{TERMS}{one.processor.name}")
        for one in found
        if one.plugin in used and not one.standing.is_open
    )


def processed_elsewhere(registry: Registry, used: Collection[str], places: Collection[str]) -> tuple[Fragment, ...]:
    """That no provider of a plugin may be used that would give data to somebody who may process it elsewhere.

    Args:
        registry: Knows whose the providers are, and where companies process data.
        used: The plugins that the call would be held with.
        places: Where data may be processed, as in ISO 3166.
    """
    return tuple(
        _without_plugin(registry, plugin, f"{PLACES}{one.name}")
        for plugin, processors in registry.processors.items()
        for one in processors
        if plugin in used and not is_here(one) and not _is_processed_in(one, places)
    )


def _is_processed_in(processor: Processor, places: Collection[str]) -> bool:
    return bool(processor.places) and all(is_inside(place, places) for place in processor.places)


def _without_plugin(registry: Registry, closed: str, source: str) -> Fragment:
    owners = {role: registry.owners.get(role, {}) for role in Providers.__struct_fields__}
    left = {
        role: frozenset(name for name, plugin in names.items() if plugin != closed)
        for role, names in owners.items()
        if closed in names.values()
    }
    return Fragment(source, Rules(providers=Providers(**left)))


@dataclass(frozen=True, slots=True)
class Own:
    """What an organization says of a call.

    Attributes:
        rows: Its rows about such calls.
        overridden: Rows of the law that it has overridden for them, each with what is said of that.
        grounds: What it has proved.
        demands: That nobody is given anything whose terms it has not accepted.
    """

    rows: tuple[OwnRow, ...] = ()
    overridden: tuple[tuple[str, str], ...] = ()
    grounds: frozenset[Ground] = frozenset()
    demands: tuple[Fragment, ...] = ()


@dataclass(frozen=True)
class OwnPolicy:
    """Tells it.

    Attributes:
        workspace: The records of the organization.
        registry: Whom the plugins would give data to.
    """

    workspace: Workspace
    registry: Registry

    async def of(self, arrival: Arrival, agent: Agent) -> Own:
        """What the organization says of a call, as things stand now.

        Args:
            arrival: The call.
            agent: Who takes it.
        """
        kept = [one.content for one in await self.workspace.own_rows.list()]
        about_lines = any(isinstance(one, OwnRow) and one.line for one in kept)
        line = await self._line(arrival) if about_lines else ()
        about = [one for one in kept if one.about(OwnCall(agent.name, line, arrival.campaign))]
        return Own(
            tuple(one for one in about if isinstance(one, OwnRow)),
            tuple((one.row, str(one)) for one in about if isinstance(one, Override)),
            await self._grounds(arrival, agent),
            await self._terms(arrival, agent),
        )

    async def _terms(self, arrival: Arrival, agent: Agent) -> tuple[Fragment, ...]:
        if not self.registry.processors:
            return ()
        found = await self.workspace.processors.list(self.registry, self.workspace.settings.core)
        return not_accepted(self.registry, found, plugins_used(agent, arrival.provider, self.registry))

    async def _line(self, arrival: Arrival) -> tuple[str, ...]:
        number = arrival.caller if arrival.direction is Direction.OUTBOUND else arrival.called
        line = await self.workspace.phone_lines.find(arrival.provider, number)
        return () if line is None else (line.id, line.label)

    async def _grounds(self, arrival: Arrival, agent: Agent) -> frozenset[Ground]:
        """What is proved of whoever is called. Rows that a ground lifts are about calls that we place."""
        if arrival.direction is Direction.INBOUND:
            return frozenset()
        decided = await self.workspace.consents.decisions(self.workspace.index.of(arrival.called))
        now = self.workspace.clock.now()
        proved_by = {
            Ground.PRIOR_EXPRESS_CONSENT: serving(agent.purpose),
            Ground.CURRENT_CONTRACT: [ConsentPurpose.CONTRACT],
        }
        return frozenset(ground for ground, purposes in proved_by.items() if decided.agree(purposes, now))
