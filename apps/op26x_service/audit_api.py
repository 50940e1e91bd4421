"""The API's routes about the audit log: its entries, proofs of them, checkpoints, and the tree as tiles."""

from typing import Any

from litestar import Response, get
from litestar.enums import MediaType

from op26x.audit import Proof
from op26x.audit.export import bundle, tile_of
from op26x.calls import Workspace
from op26x.client.summaries import audit_entry_summary
from op26x.client.types import AuditCheckpointNote, AuditEntrySummary
from op26x.errors import NotFound

MOST = 1000


def bounded(limit: int) -> int:
    """How many entries a listing has, whatever was asked for."""
    return max(1, min(limit, MOST))


@get("/audit", action="audit.read")
async def list_entries(
    workspace: Workspace, record: str = "", who: str = "", what: str = "", before: int | None = None, limit: int = 100
) -> list[AuditEntrySummary]:
    """Entries, newest first; ``before`` is a position in the tree."""
    found = await workspace.audit.list(record_id=record, who=who, what=what, before=before, limit=bounded(limit))
    return [audit_entry_summary(entry) for entry in found]


@get("/audit/checkpoint", action="audit.read")
async def show_checkpoint(workspace: Workspace) -> AuditCheckpointNote:
    """The newest checkpoint, and the key that checks it."""
    note = await workspace.tree.checkpoint()
    return AuditCheckpointNote(note, str(workspace.tree.verifier))


@get("/audit/entries/{entry_id:str}/proof", action="audit.read")
async def prove_entry(workspace: Workspace, entry_id: str) -> Proof:
    """Proves that an entry is in the log."""
    return await workspace.tree.prove(entry_id)


@get("/audit/log/checkpoint", action="audit.read", media_type=MediaType.TEXT)
async def log_checkpoint(workspace: Workspace) -> str:
    """The newest checkpoint, as https://c2sp.org/tlog-tiles has it served."""
    return await workspace.tree.checkpoint()


@get("/audit/log/tile/{path:path}", action="audit.read")
async def log_tile(workspace: Workspace, path: str) -> Response[bytes]:
    """A tile of hashes or a bundle of entries, likewise."""
    wanted = tile_of(path)
    found = None if wanted is None else await bundle(workspace.tree, wanted)
    if found is None:
        raise NotFound(f"There is no tile {path}.", "See https://c2sp.org/tlog-tiles.")
    return Response(found, media_type="application/octet-stream")


AUDIT_ROUTES: list[Any] = [list_entries, show_checkpoint, prove_entry, log_checkpoint, log_tile]
