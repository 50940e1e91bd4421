"""Which calls somebody wants to see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from op26x.calls.model import Call
from op26x.clock import in_utc
from op26x.recording import Recording


@dataclass(frozen=True)
class Wanted:
    """Calls that meet all of these; what is left empty is not asked for.

    Attributes:
        before: Older than the call with this identifier, for the next page.
        agent: Taken by this agent.
        state: In this state, as in ``CallState``.
        since: Made then or later; UTC if it has no zone.
        provider_call_id: Known to the carrier by this name.
        recorded: Whether something of it was recorded, erased since or not.
    """

    before: str = ""
    agent: str = ""
    state: str = ""
    since: datetime | None = None
    recorded: bool | None = None
    provider_call_id: str = ""

    def conditions(self) -> list[Any]:
        """As SQLAlchemy's expressions."""
        found: list[Any] = []
        if self.before:
            found.append(col(Call.id) < self.before)
        if self.agent:
            found.append(Call.agent == self.agent)
        if self.state:
            found.append(Call.state == self.state)
        if self.provider_call_id:
            found.append(Call.provider_call_id == self.provider_call_id)
        if self.since is not None:
            found.append(col(Call.created_at) >= in_utc(self.since))
        if self.recorded is not None:
            among = col(Call.id).in_(select(Recording.call_id))
            found.append(among if self.recorded else ~among)
        return found


EVERY = Wanted()
