"""Workspaces for tests: those of an installation's only organization."""

from sqlmodel import select

from op26x.calls import Installation, Workspace
from op26x.clock import Clock
from op26x.ids import Ids
from op26x.recording import Recording, Recordings, RecordingState
from op26x.settings import Settings


def open_workspace(
    settings: Settings, clock: Clock | None = None, ids: Ids | None = None, *, make: bool = True
) -> Workspace:
    """Opens a data directory, and the workspace on it; arguments as of ``Installation.open``."""
    return Installation.open(settings, clock, ids, make=make).workspace()


async def after_a_kill(recordings: Recordings) -> list[Recording]:
    """Closes all recordings that are in progress on record, as if their calls had been closed."""
    query = select(Recording.call_id).where(Recording.state == RecordingState.IN_PROGRESS.value)
    calls = await recordings._database.run(lambda session: session.exec(query).all())
    return await recordings.interrupt(calls)


def close_workspace(workspace: Workspace) -> None:
    """Closes the databases that it stands on."""
    workspace.keys.close()
    workspace.database.close()
