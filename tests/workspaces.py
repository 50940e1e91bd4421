"""Workspaces for tests: those of an installation's only organization."""

from op26x.calls import Installation, Workspace
from op26x.clock import Clock
from op26x.ids import Ids
from op26x.settings import Settings


def open_workspace(
    settings: Settings, clock: Clock | None = None, ids: Ids | None = None, *, make: bool = True
) -> Workspace:
    """Opens a data directory, and the workspace on it; arguments as of ``Installation.open``."""
    return Installation.open(settings, clock, ids, make=make).workspace()


def close_workspace(workspace: Workspace) -> None:
    """Closes the databases that it stands on."""
    workspace.keys.close()
    workspace.database.close()
