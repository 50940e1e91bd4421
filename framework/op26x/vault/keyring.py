"""The key hierarchy: root key, organization key, a data key per call and per subject; wrapped, in a database apart."""

import os
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel

from op26x.clock import Clock
from op26x.errors import KeyFileError, KeyGone, VaultError
from op26x.storage import Database, UtcDateTime
from op26x.vault.aead import KEY_BYTES, Entropy, bind, expand, seal, unseal
from op26x.vault.key_store import KeyStore

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"


class KeyKind(StrEnum):
    """What a key is for."""

    ORGANIZATION = "organization"
    CALL = "call"
    SUBJECT = "subject"


class _KeyTables(SQLModel, registry=registry()):
    """Tables of the key database; they share nothing with those of the data."""


class WrappedKey(_KeyTables, table=True):
    """A key, wrapped by the one above it.

    Attributes:
        owner: Whose it is: the call's ULID, the subject's blind index.
        wrapped: Empty once the key was destroyed.
        expires_at: From then on it is not given out, swept or not.
    """

    __tablename__ = "wrapped_key"

    organization_id: str = Field(primary_key=True, max_length=26)
    kind: str = Field(primary_key=True)
    owner: str = Field(primary_key=True, max_length=64)
    wrapped: bytes | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    destroyed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DataKey:
    """A data key in memory. It does not print itself, and each use gets a key of its own out of it.

    Args:
        key: 32 random bytes.
    """

    __slots__ = ("__key",)

    def __init__(self, key: bytes) -> None:
        self.__key = key

    def __repr__(self) -> str:
        return "DataKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("A data key does not leave the process.")

    def for_purpose(self, purpose: str) -> bytes:
        """32 bytes for one purpose, by HKDF-Expand (RFC 5869)."""
        return expand(self.__key, purpose)


class Keyring:
    """The data keys of one organization.

    Args:
        database: The key database.
        store: Has the root key.
        organization_id: Whose keys.
        clock: Tells which have expired.
        entropy: Source of randomness.

    Raises:
        KeyFileError: The root key is missing or can't be used.
        Tampered: The organization's key was wrapped by another root key.
    """

    def __init__(
        self, database: Database, store: KeyStore, organization_id: str, clock: Clock, entropy: Entropy = os.urandom
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._clock = clock
        self._entropy = entropy
        with database.session(alone=True) as session:
            self._organization_key = self._open_organization_key(session, store)

    @classmethod
    def open(cls, file: Path, store: KeyStore, organization_id: str, clock: Clock) -> "Keyring":
        """Opens the key database in a file, which is made if need be.

        Raises:
            WorkError: It can't be made.
            KeyFileError: The root key is missing or can't be used.
        """
        return cls(Database.open(file, MIGRATIONS), store, organization_id, clock)

    async def create(self, kind: KeyKind, owner: str, expires_at: datetime | None = None) -> DataKey:
        """Makes a key, or gives the one there is.

        Args:
            kind: What for.
            owner: Whose.
            expires_at: From then on the key is not given out.

        Raises:
            KeyGone: There was one, and it was destroyed or has expired.
            VaultError: The key database can't be written.
        """
        now = self._clock.now()

        def write(session: Session) -> DataKey:
            row = self._row(session, kind, owner)
            if row is not None:
                return self._unwrapped(row, now)
            key = self._entropy(KEY_BYTES)
            session.add(
                WrappedKey(
                    organization_id=self._organization_id,
                    kind=kind.value,
                    owner=owner,
                    wrapped=seal(self._organization_key, key, self._where(kind, owner), self._entropy),
                    created_at=now,
                    expires_at=expires_at,
                )
            )
            return DataKey(key)

        return await self._run(write)

    async def get(self, kind: KeyKind, owner: str) -> DataKey:
        """A key that there is.

        Raises:
            KeyGone: It was never made, was destroyed, or has expired.
            Tampered: Its row was changed, or swapped with another.
            VaultError: The key database can't be read.
        """
        now = self._clock.now()
        return await self._run(lambda session: self._unwrapped(self._row(session, kind, owner), now))

    async def destroy(self, kind: KeyKind, owner: str) -> bool:
        """Destroys a key for good; ``False`` if there was none left.

        A call's key leaves a tombstone: no other can take its place. A subject who calls again gets a new one.

        Raises:
            VaultError: The key database can't be written.
        """
        now = self._clock.now()

        def write(session: Session) -> bool:
            row = self._row(session, kind, owner)
            if row is None or row.wrapped is None:
                return False
            row.wrapped, row.destroyed_at = None, now
            session.add(row)
            if kind is KeyKind.SUBJECT:
                session.flush()
                session.delete(row)
            return True

        destroyed = await self._run(write)
        if destroyed:
            await self._forget_log()
        return destroyed

    async def shorten(self, kind: KeyKind, owner: str, expires_at: datetime) -> None:
        """Moves a key's end forward; it is never moved back.

        Raises:
            VaultError: The key database can't be written.
        """

        def write(session: Session) -> None:
            row = self._row(session, kind, owner)
            if row is not None and (row.expires_at is None or expires_at < row.expires_at):
                row.expires_at = expires_at
                session.add(row)

        await self._run(write)

    def close(self) -> None:
        """Closes the database."""
        self._database.close()

    def _open_organization_key(self, session: Session, store: KeyStore) -> bytes:
        context = f"organization {self._organization_id}"
        row = self._row(session, KeyKind.ORGANIZATION, self._organization_id)
        if row is not None:
            if row.wrapped is None:
                raise KeyFileError("The organization's key was destroyed.", "Nothing that it protected can be read.")
            return store.unwrap(row.wrapped, context)
        key = self._entropy(KEY_BYTES)
        session.add(
            WrappedKey(
                organization_id=self._organization_id,
                kind=KeyKind.ORGANIZATION.value,
                owner=self._organization_id,
                wrapped=store.wrap(key, context),
                created_at=self._clock.now(),
            )
        )
        return key

    def _unwrapped(self, row: WrappedKey | None, now: datetime) -> DataKey:
        if row is None or row.wrapped is None:
            raise KeyGone("The key was destroyed, or never made: what it protected can't be read any more.")
        if row.expires_at is not None and row.expires_at <= now:
            raise KeyGone("The time to keep this is over: it can't be read any more.")
        where = self._where(KeyKind(row.kind), row.owner)
        return DataKey(unseal(self._organization_key, row.wrapped, where))

    def _row(self, session: Session, kind: KeyKind, owner: str) -> WrappedKey | None:
        return session.get(WrappedKey, (self._organization_id, kind.value, owner))

    def _where(self, kind: KeyKind, owner: str) -> bytes:
        return bind("data key", self._organization_id, kind.value, owner)

    async def _run(self, work: Callable[[Session], T]) -> T:
        try:
            return await self._database.run(work)
        except sa.exc.SQLAlchemyError as error:
            raise VaultError(
                f"The key database can't be used: {type(error).__name__}.", "Check its disk, its rights and its backup."
            ) from None

    async def _forget_log(self) -> None:
        """Empties SQLite's write-ahead log, which still has the row as it was."""
        try:
            await self._database.checkpoint()
        except sa.exc.SQLAlchemyError:
            raise VaultError("A destroyed key is still in the key database's log.", "Restart the service.") from None
