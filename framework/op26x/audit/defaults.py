"""The core's own plugin: checkpoints into a directory, and to a webhook."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from op26x.audit.tree import SignedCheckpoint
from op26x.errors import SettingsError, Tampered
from op26x.exposure import is_loopback
from op26x.hookspecs import hookimpl
from op26x.settings import Settings
from op26x.storage.durable import write_whole

if TYPE_CHECKING:
    import httpx

DIGITS = 12
TIMEOUT_S = 10.0


class AuditDefaults:
    """Brings checkpoints to where the settings ``checkpoints`` and ``checkpoint_webhook`` say.

    Args:
        transport: Another way to the webhook, for tests.
    """

    def __init__(self, transport: "httpx.AsyncBaseTransport | None" = None) -> None:
        self._transport = transport

    @hookimpl(trylast=True)
    async def op26x_checkpoint(self, checkpoint: SignedCheckpoint, settings: Settings) -> None:
        """One file a checkpoint, ``ORGANIZATION/SIZE``, never written again; and the note by POST."""
        core = settings.core
        if core.checkpoints:
            await asyncio.to_thread(write, Path(core.checkpoints), checkpoint)
        if core.checkpoint_webhook:
            await self._send(core.checkpoint_webhook, checkpoint)

    async def _send(self, url: str, checkpoint: SignedCheckpoint) -> None:
        import httpx

        async with httpx.AsyncClient(timeout=TIMEOUT_S, transport=self._transport) as client:
            answer = await client.post(
                url, content=checkpoint.note.encode(), headers={"Content-Type": "text/plain; charset=utf-8"}
            )
        answer.raise_for_status()


def name_of(checkpoint: SignedCheckpoint) -> str:
    """Its name wherever checkpoints are kept, so that they sort by size."""
    return f"{checkpoint.organization_id}/{str(checkpoint.size).zfill(DIGITS)}"


def check_webhook(url: str) -> None:
    """Sees that the setting ``checkpoint_webhook`` is an address that may be sent to, or empty.

    Raises:
        SettingsError: It is not.
    """
    parts = urlsplit(url)
    if url and not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))):
        raise SettingsError(
            "The setting checkpoint_webhook is no address of https://.", "Write it as https://audit.example.com/log."
        )


def write(directory: Path, checkpoint: SignedCheckpoint) -> None:
    """Writes one whole, and sees that it is on the disk.

    Raises:
        OSError: It can't be written.
        Tampered: Another one is there under its name.
    """
    file = directory / name_of(checkpoint)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if file.exists():  # another service was faster, or it was told twice
        check_same(checkpoint, file.read_bytes())
        return
    write_whole(file, checkpoint.note)


def check_same(checkpoint: SignedCheckpoint, there: bytes) -> None:
    """Sees that what is kept under a checkpoint's name is that checkpoint; witnesses may have signed it since.

    Raises:
        Tampered: It is another one.
    """
    if there.partition(b"\n\n")[0] != checkpoint.note.encode().partition(b"\n\n")[0]:
        raise Tampered(
            f"Another checkpoint is kept as {name_of(checkpoint)}.",
            "Whoever put it there may want to hide what the log was: compare it with op26x audit checkpoint.",
        )
