"""What every check gets: an installation, one of its organizations, and the time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from op26x.calls.installation import Installation
from op26x.calls.workspace import Workspace
from op26x.processors import Registered
from op26x.recording.reconcile import Difference
from op26x.settings import CoreSettings

NAMED = 5
"""So many are named; of the others, how many."""


@dataclass(frozen=True)
class Look:
    """What is looked at.

    Attributes:
        installation: The installation.
        workspace: The organization whose policy it is.
        now: The time.
        differences: What does not fit between rows, keys and files.
        registered: How companies stand.
    """

    installation: Installation
    workspace: Workspace
    now: datetime
    differences: Sequence[Difference]
    registered: Sequence[Registered]

    @property
    def core(self) -> CoreSettings:
        """The installation's settings."""
        return self.installation.settings.core

    @property
    def organization_id(self) -> str:
        """Whose policy it is."""
        return self.workspace.organization_id

    async def all(self, query: Any) -> list[str]:
        """The first column of what a query finds, as text."""

        def read(session: Session) -> list[str]:
            return [str(row[0]) for row in session.execute(query)]

        return await self.workspace.database.run(read)


Check = Callable[[Look], Awaitable[list[str]]]
"""Returns what is wrong, a sentence for each; nothing if the promise holds as far as this check can see."""


def found(what: str, ids: Sequence[str]) -> list[str]:
    """One sentence about all of them, with the first few named; none if there are none.

    Args:
        what: With ``{}`` for how many.
        ids: Which.
    """
    if not ids:
        return []
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return [f"{what.format(len(ids))}: {', '.join(ids[:NAMED])}{more}."]
