"""API keys: made once, shown once, stored as a digest."""

import hashlib

from sqlmodel import col, select

from op26x.accounts.model import ApiKey
from op26x.clock import Clock
from op26x.errors import NotFound, UsageError
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import Secret

PREFIX = "op26x_"
HOLDER = "api-key:"


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

    def create(self, name: str) -> tuple[ApiKey, Secret]:
        """Makes a key; the secret is returned here and nowhere else.

        Raises:
            UsageError: It has no name, or a key of that name is in use.
        """
        if not name.strip():
            raise UsageError("An API key needs a name.", "Say what uses it: op26x api-keys create monitoring")
        if any(key.name == name and key.revoked_at is None for key in self.list()):
            raise UsageError(f"There is a key named {name!r} already.", "Choose another name, or delete that one.")
        secret = Secret(PREFIX + self._ids.token())
        key = ApiKey(
            id=self._ids.new(),
            organization_id=self._organization_id,
            name=name,
            digest=_digest(secret),
            created_at=self._clock.now(),
        )
        with self._database.session() as session:
            session.add(key)
        return key, secret

    def list(self) -> list[ApiKey]:
        """All keys, oldest first, revoked ones included."""
        with self._database.session() as session:
            query = select(ApiKey).where(ApiKey.organization_id == self._organization_id)
            return list(session.exec(query.order_by(col(ApiKey.id))).all())

    def get(self, key_id: str) -> ApiKey:
        """A key by its identifier, or by its name while it is in use.

        Raises:
            NotFound: No such key in this organization.
        """
        for key in self.list():
            if key.id == key_id or (key.name == key_id and key.revoked_at is None):
                return key
        raise NotFound(f"There is no API key {key_id}.", "See op26x api-keys list.")

    def revoke(self, key_id: str) -> ApiKey:
        """Ends a key at once; revoking twice changes nothing.

        Raises:
            NotFound: No such key in this organization.
        """
        key = self.get(key_id)
        with self._database.session() as session:
            key.revoked_at = key.revoked_at or self._clock.now()
            session.add(key)
            return key

    async def accepts(self, secret: str) -> bool:
        """Whether a secret is a key of this organization that is not revoked."""
        return await self.holder(secret) is not None

    async def holder(self, secret: str) -> str | None:
        """Whose key a secret is, as the audit log names them: ``api-key:ID``; ``None`` if it is none, or revoked."""
        digest = _digest(Secret(secret))
        query = select(ApiKey).where(ApiKey.digest == digest, ApiKey.organization_id == self._organization_id)
        key = await self._database.run(lambda session: session.exec(query).first())
        return f"{HOLDER}{key.id}" if key is not None and key.revoked_at is None else None

    async def stands(self, who: str) -> bool:
        """Whether the key of a holder, ``api-key:ID``, is in force still; another kind of holder has no key here."""
        key_id = who.removeprefix(HOLDER)
        query = select(ApiKey).where(ApiKey.id == key_id, ApiKey.organization_id == self._organization_id)
        key = await self._database.run(lambda session: session.exec(query).first())
        return key is not None and key.revoked_at is None


def _digest(secret: Secret) -> str:
    """SHA-256 suffices: the secret has 256 random bits, nothing can be guessed."""
    return hashlib.sha256(secret.reveal().encode()).hexdigest()
