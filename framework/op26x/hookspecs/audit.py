"""What the audit log gives away, so that nobody can change it unseen."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from op26x.hookspecs._markers import hookspec

if TYPE_CHECKING:
    from op26x.audit import SignedCheckpoint
    from op26x.settings import Settings


@hookspec
def op26x_checkpoint(checkpoint: SignedCheckpoint, settings: Settings) -> None | Awaitable[None]:
    """Tells that a checkpoint of an audit log was signed, to be kept where nobody here can change it. *Notification*.

    Called each minute for each log that has grown, and when the service stops; again until no implementation fails, so
    be prepared to be told twice. Whoever can write to the database can write another past; a checkpoint that was kept
    elsewhere shows that, with ``op26x audit verify --known FILE``. The core's own implementation writes it into the
    directory of the setting ``checkpoints``.

    Args:
        checkpoint: Whose log, the signed note (https://c2sp.org/tlog-checkpoint) and the key that checks it; nothing
            personal.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Example::

        @hookimpl
        async def op26x_checkpoint(checkpoint):
            await write_once.put(f"{checkpoint.organization_id}.txt", checkpoint.note)
    """
