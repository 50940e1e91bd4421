"""API keys: made once, shown once, stored as a digest."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from op26x.accounts.actor import Actor
from op26x.accounts.model import ApiKey
from op26x.accounts.permissions import Role, actions_of, known
from op26x.audit import Note, nothing
from op26x.clock import Clock
from op26x.errors import Forbidden, NotFound, UsageError
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import Secret

PREFIX = "op26x_"
HOLDER = "api-key:"
NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a key was used last."""


class ApiKeys:
    """The API keys of one organization.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        ids: Makes identifiers and the secrets.
        clock: Tells when.
    """

    def __init__(self, database: Database, organization_id: str, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._organization_id = organization_id
        self._ids = ids
        self._clock = clock

    async def create(
        self,
        name: str,
        maker: Actor,
        *,
        role: Role | None = None,
        actions: Collection[str] = (),
        expires_at: datetime | None = None,
        note: Note = nothing,
    ) -> tuple[ApiKey, Secret]:
        """Makes a key; the secret is returned here and nowhere else.

        Args:
            name: What uses it.
            maker: Who makes it: it may never do more than they may.
            role: What it may do.
            actions: The same, one by one, if no role is given.
            expires_at: When it ends by itself.
            note: Makes the entries of the audit log that are written together with it.

        Raises:
            UsageError: It has no name, a key of that name is in use, it may do nothing, or its end is over.
            Forbidden: Its maker may not do what it is to do.
        """
        now = self._clock.now()
        if not name.strip():
            raise UsageError("An API key needs a name.", "Say what uses it: op26x api-keys create monitoring")
        if (role is None) == (not actions):
            raise UsageError("An API key has a role, or a list of actions.", "Give one of them.")
        if expires_at is not None and expires_at <= now:
            raise UsageError(f"{expires_at:%Y-%m-%d %H:%M} UTC is over.", "Give a time to come.")
        wanted = actions_of(role) if role is not None else known(actions)
        if more := sorted(wanted - maker.actions):
            raise Forbidden(f"You may not make a key that may do more than you: {', '.join(more)}.", "Give it less.")
        secret = Secret(PREFIX + self._ids.token())
        key = ApiKey(
            id=self._ids.new(),
            organization_id=self._organization_id,
            name=name,
            digest=digest_of(secret.reveal()),
            role=role.value if role is not None else "",
            actions=",".join(sorted(actions)),
            made_by=maker.who,
            created_at=now,
            expires_at=expires_at,
        )

        def write(session: Session) -> None:
            if any(one.name == name and one.stands(now) for one in self._all(session)):
                raise UsageError(f"There is a key named {name!r} already.", "Choose another name, or delete that one.")
            session.add_all([key, *note(key.id)])

        await self._database.run(write, alone=True)
        return key, secret

    async def list(self) -> Sequence[ApiKey]:
        """All keys, oldest first, revoked ones included."""
        return await self._database.run(self._all)

    async def get(self, key_id: str) -> ApiKey:
        """A key by its identifier, or by its name while it is in use.

        Raises:
            NotFound: No such key in this organization.
        """
        now = self._clock.now()
        for key in await self.list():
            if key.id == key_id or (key.name == key_id and key.stands(now)):
                return key
        raise NotFound(f"There is no API key {key_id}.", "See op26x api-keys list.")

    async def revoke(self, key_id: str, note: Note = nothing) -> ApiKey:
        """Ends a key at once; revoking twice changes nothing.

        Raises:
            NotFound: No such key in this organization.
        """
        key = await self.get(key_id)
        if key.revoked_at is not None:
            return key
        now = self._clock.now()

        def revoke(session: Session) -> ApiKey:
            row = session.get_one(ApiKey, key.id)
            row.revoked_at = now
            session.add_all(note(row.id))
            return row

        return await self._database.run(revoke)

    def _all(self, session: Session) -> Sequence[ApiKey]:
        query = select(ApiKey).where(ApiKey.organization_id == self._organization_id)
        return session.exec(query.order_by(col(ApiKey.id))).all()


def digest_of(secret: str) -> str:
    """SHA-256 suffices: the secret has 256 random bits, nothing can be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()
