"""The key hierarchy: root key, organization key, a data key per call and per subject; wrapped, in a database apart."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, select

from op26x.clock import Clock
from op26x.errors import KeyFileError, KeyGone, StorageLost, VaultError
from op26x.storage import Database
from op26x.storage.database import opening
from op26x.storage.places import Place
from op26x.vault.aead import KEY_BYTES, Entropy, bind, expand, seal, unseal
from op26x.vault.key_store import KeyStore, asking, check_key_store
from op26x.vault.key_tables import KeyEntry, bring_forward, destroy, put, wrapped_key

T = TypeVar("T")

FINGERPRINT = b"op26x fingerprint of the root key"
MIGRATIONS = Path(__file__).parent / "migrations"


class KeyKind(StrEnum):
    """What a key is for."""

    ORGANIZATION = "organization"
    CALL = "call"
    SUBJECT = "subject"
    LINE = "line"
    SCHEDULED_CALL = "scheduled-call"
    USER = "user"
    PLUGIN = "plugin"


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


def open_key_database(place: Place, *, make: bool = True) -> Database:
    """Opens the key database, which all organizations share; errors as of ``Database.open``."""
    return Database.open(place, MIGRATIONS, make=make)


async def destroy_all(database: Database, organization_id: str, now: datetime) -> None:
    """Destroys every key of an organization, its own first: nothing that they protected can be read any more.

    It may be repeated.

    Raises:
        VaultError: The key database can't be written.
    """

    def write(session: Session) -> None:
        for kind in KeyKind:
            destroy(session, organization_id, kind, now, forget=kind is KeyKind.SUBJECT)

    try:
        await database.run(write, alone=True)
        emptied = await database.checkpoint()
    except (StorageLost, sa.exc.SQLAlchemyError) as error:
        raise VaultError(
            f"The key database can't be used: {type(error).__name__}.", "Check its disk, its rights and its backup."
        ) from None
    if not emptied:
        raise VaultError(
            "Destroyed keys are still in the key database's log, which another process holds open.",
            "It is tried again every minute.",
        )


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
        self._store = store
        opened = database.at_once(lambda session: self._unwrap_organization_key(session, store))
        self._organization_key = opened or database.at_once(self._first_key, alone=True)
        self._fingerprint = store.derive(FINGERPRINT)

    @classmethod
    def open(cls, place: Place, store: KeyStore, organization_id: str, clock: Clock, *, make: bool = True) -> "Keyring":
        """Opens the key database in a place, where it is made if need be, unless ``make`` says otherwise.

        Raises:
            WorkError: It can't be made.
            KeyFileError: The root key is missing or can't be used.
        """
        database = open_key_database(place, make=make)
        with opening(place):
            return cls(database, store, organization_id, clock)

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
            if self._entry(session, kind, owner) is not None:
                return self._unwrapped(session, kind, owner)
            key = self._entropy(KEY_BYTES)
            entry = self._new_entry(kind, owner, now, expires_at)
            put(session, entry, seal(self._organization_key, key, self._where(kind, owner), self._entropy))
            return DataKey(key)

        return await self._run(write, alone=True)

    async def get(self, kind: KeyKind, owner: str, *, over: bool = False) -> DataKey:
        """A key that there is.

        Args:
            kind: What for.
            owner: Whose.
            over: Also if its time is over, to finish what was begun before: nothing is read with it.

        Raises:
            KeyGone: It was never made, was destroyed, or has expired.
            Tampered: Its row was changed, or swapped with another.
            VaultError: The key database can't be read.
        """
        return await self._run(lambda session: self._unwrapped(session, kind, owner, over=over))

    async def destroy(self, kind: KeyKind, owner: str) -> bool:
        """Destroys a key for good; ``False`` if there was none left. As of ``destroy_all``."""
        return bool(await self.destroy_all(kind, [owner]))

    async def destroy_all(self, kind: KeyKind, owners: Sequence[str]) -> set[str]:
        """Destroys keys for good; returns the owners of those that there were.

        A call's key leaves a tombstone: no other can take its place. A subject who calls again gets a new one.

        Raises:
            VaultError: The key database can't be written.
        """
        if not owners:
            return set()
        now = self._clock.now()

        def write(session: Session) -> set[str]:
            return destroy(session, self._organization_id, kind, now, owners, forget=kind is KeyKind.SUBJECT)

        destroyed = await self._run(write, alone=True)
        # Also if there was none left: whoever destroyed it may have been killed before it came to this.
        await self._forget_log()
        return destroyed

    async def bring_forward(self, kind: KeyKind, ends: Mapping[str, datetime]) -> None:
        """Moves the ends of many keys forward, by owner; none is ever moved back.

        Raises:
            VaultError: The key database can't be written.
        """

        await self._run(lambda session: bring_forward(session, self._organization_id, kind, ends), alone=True)

    async def all(self, kind: KeyKind) -> dict[str, KeyEntry]:
        """What is known of the keys of a kind that can be had, expired ones included, by owner.

        Raises:
            VaultError: The key database can't be read.
        """
        query = select(KeyEntry).where(
            KeyEntry.organization_id == self._organization_id,
            KeyEntry.kind == kind.value,
            col(KeyEntry.slot).is_not(None),
        )
        return await self._run(lambda session: {entry.owner: entry for entry in session.exec(query).all()})

    async def of_others(self, kind: KeyKind) -> dict[str, KeyEntry]:
        """What is known of the keys of a kind that belong to other organizations, by owner; none of them is read."""
        query = select(KeyEntry).where(KeyEntry.organization_id != self._organization_id, KeyEntry.kind == kind.value)
        return await self._run(lambda session: {entry.owner: entry for entry in session.exec(query).all()})

    def check_root(self) -> None:
        """Does nothing if the root key is still the one that this process started with.

        Raises:
            KeyFileError: It is missing, can't be used, or is another one.
        """
        if self._store.derive(FINGERPRINT) != self._fingerprint:
            raise KeyFileError(
                "The root key was exchanged while it was in use.",
                "Put back the one that was there: what is stored can't be read with another one after a restart.",
            )

    def check(self, *, whole: bool = False) -> None:
        """Does nothing if the key database can be used; arguments and errors as of ``Database.check``."""
        self._database.check(whole=whole)

    def close(self) -> None:
        """Closes the database."""
        self._database.close()

    def _first_key(self, session: Session) -> bytes:
        """Makes the organization's key, unless another process has made it meanwhile."""
        return self._unwrap_organization_key(session, self._store) or self._make_organization_key(session, self._store)

    def _unwrap_organization_key(self, session: Session, store: KeyStore) -> bytes | None:
        """The organization's key; ``None`` if it was never made."""
        entry = self._entry(session, KeyKind.ORGANIZATION, self._organization_id)
        if entry is None:
            return None
        wrapped = wrapped_key(session, entry)
        if wrapped is None:
            raise KeyFileError("The organization's key was destroyed.", "Nothing that it protected can be read.")
        with asking():
            return store.unwrap(wrapped, self._context)

    def _make_organization_key(self, session: Session, store: KeyStore) -> bytes:
        key = self._entropy(KEY_BYTES)
        entry = self._new_entry(KeyKind.ORGANIZATION, self._organization_id, self._clock.now())
        check_key_store(store)
        with asking():
            put(session, entry, store.wrap(key, self._context))
        return key

    @property
    def _context(self) -> str:
        return f"organization {self._organization_id}"

    def _unwrapped(self, session: Session, kind: KeyKind, owner: str, *, over: bool = False) -> DataKey:
        entry = self._entry(session, kind, owner)
        wrapped = wrapped_key(session, entry)
        if entry is None or wrapped is None:
            raise KeyGone("The key was destroyed, or never made: what it protected can't be read any more.")
        if not over and entry.expires_at is not None and entry.expires_at <= self._clock.reached():
            raise KeyGone("The time to keep this is over: it can't be read any more.")
        return DataKey(unseal(self._organization_key, wrapped, self._where(kind, owner)))

    def _entry(self, session: Session, kind: KeyKind, owner: str) -> KeyEntry | None:
        return session.get(KeyEntry, (self._organization_id, kind.value, owner))

    def _new_entry(self, kind: KeyKind, owner: str, now: datetime, expires_at: datetime | None = None) -> KeyEntry:
        return KeyEntry(
            organization_id=self._organization_id, kind=kind.value, owner=owner, created_at=now, expires_at=expires_at
        )

    def _where(self, kind: KeyKind, owner: str) -> bytes:
        return bind("data key", self._organization_id, kind.value, owner)

    async def _run(self, work: Callable[[Session], T], *, alone: bool = False) -> T:
        try:
            return await self._database.run(work, alone=alone)
        except StorageLost:
            raise VaultError(
                "The key database is gone, or another one is in its place.",
                "Stop the service, put back the key database that it had, and start it again.",
            ) from None
        except sa.exc.SQLAlchemyError as error:
            raise VaultError(
                f"The key database can't be used: {type(error).__name__}.", "Check its disk, its rights and its backup."
            ) from None

    async def _forget_log(self) -> None:
        """Empties SQLite's write-ahead log, which still has the row as it was."""
        try:
            emptied = await self._database.checkpoint()
        except sa.exc.SQLAlchemyError:
            emptied = False
        if not emptied:
            raise VaultError(
                "A destroyed key is still in the key database's log, which another process holds open.",
                "Destroy it again once that process has ended.",
            )
