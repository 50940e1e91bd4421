"""What a service does for the audit logs: entries go into the trees each second, checkpoints out each minute."""

import asyncio

from op26x import logs
from op26x.calls import Installation
from op26x.plugins.manager import Tell

log = logs.get("audit")

SECOND_S, SIGNED_EVERY = 1.0, 60


class AuditJob:
    """Goes on as long as the service does.

    Args:
        installation: Has the logs.
        tell: Hook ``op26x_checkpoint``.
    """

    def __init__(self, installation: Installation, tell: Tell) -> None:
        self._installation = installation
        self._tell = tell

    async def run(self) -> None:
        """Never ends by itself. What can't be written is tried again a second later."""
        round_ = 0
        while True:
            await asyncio.sleep(SECOND_S)
            round_ += 1
            try:
                await (self._installation.take_in_entries() if round_ % SIGNED_EVERY else self.sign())
            except Exception as error:
                log.error("the tree of an audit log can't be written", exc_info=error)

    async def end(self) -> None:
        """Signs what was written last; a service that can't must end all the same."""
        try:
            await self.sign()
        except Exception as error:
            log.error("the last checkpoints can't be signed", exc_info=error)

    async def sign(self) -> None:
        """Signs a checkpoint of each log that has grown, and tells plugins until they have taken it."""
        await self._installation.sign_checkpoints()
        for checkpoint in await self._installation.untold_checkpoints():
            if await self._tell(checkpoint=checkpoint):
                await self._installation.told(checkpoint)
