"""Which calls somebody wants to see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from op26x.calls.model import Call
from op26x.clock import in_utc


@dataclass(frozen=True)
class Wanted:
    """Calls that meet all of these; what is left empty is not asked for.

    Attributes:
        before: Begun before the call with this identifier, for the next page.
        agent: Taken by this agent.
        state: In this state, as in ``CallState``.
        since: Begun then or later; UTC if it has no zone.
        provider_call_id: Known to the carrier by this name.
        recorded: Whether something of it was recorded, erased since or not.
    """

    before: str = ""
    agent: str = ""
    state: str = ""
    since: datetime | None = None
    recorded: bool | None = None
    provider_call_id: str = ""

    def conditions(self, organization_id: str) -> list[Any]:
        """As SQLAlchemy's expressions: calls of an organization, and behind none but a call of its own."""
        found: list[Any] = [Call.organization_id == organization_id]
        if self.before:
            own = select(Call.created_at).where(Call.organization_id == organization_id, Call.id == self.before)
            begun = own.scalar_subquery()
            found.append(sa.tuple_(col(Call.created_at), col(Call.id)) < sa.tuple_(begun, self.before))
        if self.agent:
            found.append(Call.agent == self.agent)
        if self.state:
            found.append(Call.state == self.state)
        if self.provider_call_id:
            found.append(Call.provider_call_id == self.provider_call_id)
        if self.since is not None:
            found.append(col(Call.created_at) >= in_utc(self.since))
        if self.recorded is not None:
            found.append(Call.recorded == self.recorded)
        return found


EVERY = Wanted()
