"""The policies that an organization's calls were held under, kept for as long as the organization is there."""

import msgspec
from sqlmodel import Session, select
from sqlmodel.sql.expression import SelectOfScalar

from op26x.clock import Clock
from op26x.errors import NotFound
from op26x.ids import Ids
from op26x.policy.effective import EffectivePolicy
from op26x.policy.model import HeldPolicy
from op26x.storage import Database

REMEMBERED = 500
"""Most calls are held under one of a few policies, which need not be read from the database again."""


class HeldPolicies:
    """Writes and reads policies by their hash.

    Args:
        database: Where they are kept.
        organization_id: Whose calls they are of.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(self, database: Database, organization_id: str, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._organization_id = organization_id
        self._ids = ids
        self._clock = clock
        self._known: dict[str, EffectivePolicy] = {}

    async def keep(self, policy: EffectivePolicy) -> str:
        """Keeps a policy, unless it is kept already; returns its hash."""
        name = policy.hash
        if name not in self._known:
            await self._database.run(lambda session: self._add(session, name, policy), alone=True)
            self._remember(name, policy)
        return name

    async def get(self, name: str) -> EffectivePolicy:
        """A policy by its hash.

        Raises:
            NotFound: No call of this organization was held under it.
        """
        if name not in self._known:
            found = await self._database.run(lambda session: session.exec(self._query(name)).first())
            if found is None:
                raise NotFound("No call was held under that policy.", "See op26x calls show for the policy of a call.")
            self._remember(name, msgspec.json.decode(found.content, type=EffectivePolicy))
        return self._known[name]

    def _remember(self, name: str, policy: EffectivePolicy) -> None:
        while len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[name] = policy

    def _add(self, session: Session, name: str, policy: EffectivePolicy) -> None:
        if session.exec(self._query(name)).first() is None:
            session.add(
                HeldPolicy(
                    id=self._ids.new(),
                    organization_id=self._organization_id,
                    hash=name,
                    content=policy.to_json().decode(),
                    at=self._clock.now(),
                )
            )

    def _query(self, name: str) -> SelectOfScalar[HeldPolicy]:
        return select(HeldPolicy).where(HeldPolicy.organization_id == self._organization_id, HeldPolicy.hash == name)
