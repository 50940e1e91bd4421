"""Finds who acts by what they show, whichever organization they belong to."""

from sqlmodel import Session, col, select, update

from op26x.accounts.actor import Actor
from op26x.accounts.api_keys import HOLDER, NOTED_EVERY, digest_of
from op26x.accounts.model import ApiKey
from op26x.accounts.noting import note
from op26x.accounts.people.makers import may_do, stands
from op26x.accounts.people.sign_ins import PREFIX as SESSION
from op26x.accounts.people.sign_ins import SignIns
from op26x.accounts.permissions import permissions
from op26x.clock import Clock
from op26x.storage import Database


class Actors:
    """Those who may act on an installation.

    Args:
        database: Where keys are kept.
        sign_ins: People's sessions.
        clock: Tells which keys have expired.
    """

    def __init__(self, database: Database, sign_ins: SignIns, clock: Clock) -> None:
        self._database = database
        self._sign_ins = sign_ins
        self._clock = clock

    async def of(self, secret: str, organization: str = "") -> Actor | None:
        """Who acts with an API key or in a session; ``None`` if it is neither, or has ended.

        Args:
            secret: What they show.
            organization: For which of theirs they want to act; a key is for one only.

        Raises:
            NotFound: They belong to no organization of that name.
        """
        if secret.startswith(SESSION):
            return await self._sign_ins.actor(secret, organization)
        return await self.of_key(secret)

    async def of_key(self, secret: str) -> Actor | None:
        """Who acts with an API key; ``None`` if it is none, or ended. Its use is noted, to the minute."""
        digest, now = digest_of(secret), self._clock.now()

        def read(session: Session) -> tuple[Actor, ApiKey] | None:
            key = session.exec(select(ApiKey).where(ApiKey.digest == digest)).first()
            if key is None or not stands(session, key, now):
                return None
            return Actor(key.organization_id, f"{HOLDER}{key.id}", may_do(session, key, now)), key

        found = await self._database.run(read)
        if found is None:
            return None
        actor, key = found
        if key.last_used_at is None or now - key.last_used_at >= NOTED_EVERY:
            change = update(ApiKey).where(col(ApiKey.id) == key.id).values(last_used_at=now)
            await note(self._database, lambda session: session.execute(change))
        return actor

    async def still(self, actor: Actor, action: str) -> bool:
        """Whether somebody who was let in may do something still."""
        if actor.session_id:
            return await self._sign_ins.still(actor, action)
        if not actor.who.startswith(HOLDER):
            return actor.may(action)
        key_id, now = actor.who.removeprefix(HOLDER), self._clock.now()

        def read(session: Session) -> bool:
            key = session.get(ApiKey, key_id)
            return key is not None and stands(session, key, now) and action in may_do(session, key, now)

        return await self._database.run(read)


def operator(organization_id: str, who: str) -> Actor:
    """Whoever holds the data directory, and so everything in it: may do everything.

    Args:
        organization_id: For whom.
        who: As the audit log names them: ``command-line``, ``operator``.
    """
    return Actor(organization_id, who, frozenset(permissions()))
