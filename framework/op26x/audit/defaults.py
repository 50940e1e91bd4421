"""The core's own plugin: checkpoints into a directory."""

import asyncio
import os
from pathlib import Path

from op26x.audit.tree import SignedCheckpoint
from op26x.hookspecs import hookimpl
from op26x.settings import Settings

DIGITS = 12


class AuditDefaults:
    """Writes checkpoints into the directory of the setting ``checkpoints``."""

    @hookimpl(trylast=True)
    async def op26x_checkpoint(self, checkpoint: SignedCheckpoint, settings: Settings) -> None:
        """One file a checkpoint, ``ORGANIZATION/SIZE``; none is ever written again."""
        if settings.core.checkpoints:
            await asyncio.to_thread(write, Path(settings.core.checkpoints), checkpoint)


def write(directory: Path, checkpoint: SignedCheckpoint) -> None:
    """Writes one, and sees that it is on the disk.

    Raises:
        OSError: It can't be written.
    """
    own = directory / checkpoint.organization_id
    own.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with (own / str(checkpoint.size).zfill(DIGITS)).open("x", encoding="utf-8") as file:
            file.write(checkpoint.note)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:  # another service was faster, or it was told twice
        return
