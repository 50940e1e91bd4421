"""What a service does for the audit logs: entries go into the trees each second, checkpoints out each minute."""

import asyncio

from op26x import logs
from op26x.audit.cosigning import Cosigning
from op26x.calls import Installation
from op26x.calls.health import Problem
from op26x.plugins.manager import Tell

log = logs.get("audit")

SECOND_S, SIGNED_EVERY = 1.0, 60


class AuditJob:
    """Goes on as long as the service does.

    Args:
        installation: Has the logs.
        tell: Hook ``op26x_checkpoint``.
        cosigning: Asks witnesses.
    """

    def __init__(self, installation: Installation, tell: Tell, cosigning: Cosigning) -> None:
        self._installation = installation
        self._tell = tell
        self._cosigning = cosigning
        self._leads = True

    async def run(self) -> None:
        """Never ends by itself. What can't be written is tried again a second later.

        Of several services, the one that leads does it.
        """
        round_ = 0
        while True:
            await asyncio.sleep(SECOND_S)
            try:
                self._leads = await self._installation.database.leads()
                if not self._leads:
                    continue
                round_ += 1
                await (self._installation.take_in_entries() if round_ % SIGNED_EVERY else self.sign())
            except Exception as error:
                log.error("the tree of an audit log can't be written", exc_info=error)

    def problems(self) -> list[Problem]:
        """Logs that can't grow, and what witnesses have against them, as the service knows that sees to it."""
        if not self._leads:
            return []
        faulty = [
            Problem("audit-log", f"The audit log of {one} can't grow.", f"op26x audit verify --organization {one}")
            for one in sorted(self._installation.faulty_logs)
        ]
        refused = [
            Problem(
                "audit-log",
                f"The witness {witness} refuses to co-sign the audit log of {organization}. {why}",
                "Compare it with checkpoints that were kept elsewhere.",
            )
            for (organization, witness), why in sorted(self._cosigning.refused.items())
        ]
        away = [
            Problem(
                "witness",
                f"The witness {witness} has not co-signed the audit log of {organization}. {why}",
                "It must run, and know the key that op26x audit checkpoint prints.",
            )
            for (organization, witness), why in sorted(self._cosigning.away.items())
        ]
        return [*faulty, *refused, *away]

    async def end(self) -> None:
        """Signs what was written last; a service that can't must end all the same."""
        try:
            await self.sign()
        except Exception as error:
            log.error("the last checkpoints can't be signed", exc_info=error)

    async def sign(self) -> None:
        """Signs a checkpoint of each log that has grown, has it co-signed, and tells plugins until they took it."""
        await self._installation.sign_checkpoints()
        await self._cosigning.cosign(await self._installation.trees())
        for checkpoint in await self._installation.untold_checkpoints():
            if await self._tell(checkpoint=checkpoint):
                await self._installation.told(checkpoint)
