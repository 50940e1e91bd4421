"""What a service does for its firewall: hosts open and close as terms are accepted; what is refused is on record."""

import asyncio
import hashlib
import itertools

from op26x import logs
from op26x.audit import Access
from op26x.calls import Installation, Workspace
from op26x.calls.health import Problem
from op26x.calls.own_policy import plugins_used
from op26x.processors import destinations
from op26x.processors.guard import current

log = logs.get("processors")

EVERY_S, LOOKS_A_MINUTE = 2.0, 30
FIREWALL = "firewall"


class FirewallJob:
    """Goes on as long as the service does.

    Args:
        installation: Knows whose terms are accepted, and has the audit log.
    """

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._accepted: frozenset[str] | None = None
        self.problems: list[Problem] = []

    async def run(self) -> None:
        """Looks every two seconds, until it is cancelled."""
        for look in itertools.count(1):
            await asyncio.sleep(EVERY_S)
            try:
                await self.look(whole=look % LOOKS_A_MINUTE == 0)
            except Exception as error:
                log.error("the firewall can't be brought up to date; it stays as it is", exc_info=error)

    async def look(self, *, whole: bool = True) -> None:
        """Looks once.

        Args:
            whole: Whether to see also which agents can't take calls, though nothing was accepted or taken back.
        """
        installation, egress = self._installation, current()
        accepted = await installation.across.accepted_terms(installation.clock.now())
        changed = accepted != self._accepted
        if changed and egress is not None:  # first of all: whatever goes wrong below, what was taken back is closed
            egress.declare(destinations(installation.registry, installation.settings.core, accepted))
        if changed or whole:
            self.problems = [problem for work in await installation.all() for problem in await self._lacking(work)]
        self._accepted = accepted
        if egress is not None:
            for host, times in egress.untold().items():
                await self._note(host, times)
                egress.told(host, times)

    async def _lacking(self, workspace: Workspace) -> list[Problem]:
        """Agents that can't take calls, since they would give something to somebody whose terms are not accepted."""
        registry = self._installation.registry
        closed = [
            one
            for one in await workspace.processors.list(registry, self._installation.settings.core)
            if not one.standing.is_open
        ]
        if not closed:
            return []
        carriers = frozenset(registry.owners.get("telephony", {}).values())
        return [
            Problem("processors", f"The agent {published.agent.name} can't take calls. {one.why_closed}", one.remedy)
            for published in await workspace.agents.published()
            for one in closed
            if one.plugin in plugins_used(published.agent, "", registry) | carriers
        ]

    async def _note(self, host: str, times: int) -> None:
        """The host is a hash: one that a tool was given may be a person's."""
        log_of_first = self._installation.log_of(self._installation.first)
        name = hashlib.sha256(host.encode()).hexdigest()[:26]
        await log_of_first.add("connection.refused", name, Access(FIREWALL, f"{times} times"))
