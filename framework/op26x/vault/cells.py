"""Encrypted columns: a column that takes nothing but what was encrypted for exactly that table, column and row."""

import os
from typing import Any, ClassVar, Protocol

import sqlalchemy as sa

from op26x.errors import Tampered, UsageError
from op26x.types import Personal
from op26x.vault.aead import Entropy, bind, seal, unseal
from op26x.vault.keyring import DataKey

PURPOSE = "columns"


class Ciphertext(bytes):
    """What an encrypted column takes."""

    __slots__ = ()


class EncryptedColumn(sa.types.TypeDecorator[bytes]):
    """A column of sealed values; anything in clear is refused before it reaches the database."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: sa.Dialect) -> bytes | None:
        """Lets sealed values pass.

        Raises:
            UsageError: The value is in clear.
        """
        if value is not None and not isinstance(value, Ciphertext):
            raise UsageError("An encrypted column was given a value in clear.", "Seal it with vault.seal_cell first.")
        return value

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> bytes | None:
        """Marks what comes back as sealed; what was put there by another hand and is no bytes stays as it is."""
        return Ciphertext(value) if isinstance(value, bytes) else value


class Row(Protocol):
    """A row of a table, as SQLModel has them."""

    __tablename__: ClassVar[Any]
    id: str


def seal_cell(
    key: DataKey,
    row: Row,
    column: str,
    value: Personal,
    *,
    beside: tuple[str, ...] = (),
    entropy: Entropy = os.urandom,
) -> Ciphertext:
    """Encrypts a value for one column of one row; the row's ``id`` must be set.

    Args:
        key: A data key.
        row: Where it will be.
        column: Name of the column.
        value: In clear.
        beside: What stands in clear beside it and must not change either, such as the time of a turn.
        entropy: Source of the nonce.
    """
    return Ciphertext(seal(key.for_purpose(PURPOSE), value.reveal().encode(), _where(row, column, beside), entropy))


def open_cell(key: DataKey, row: Row, column: str, *, beside: tuple[str, ...] = ()) -> Personal:
    """Decrypts the value in a column of a row; empty if there is none.

    Raises:
        Tampered: It or what stands beside it was changed, it was moved from another row or column, or sealed with
            another key.
    """
    sealed = getattr(row, column)
    if sealed is None:
        return Personal("")
    if not isinstance(sealed, bytes):
        raise Tampered("An encrypted column holds something else.", "Restore the database from a backup.")
    return Personal(unseal(key.for_purpose(PURPOSE), sealed, _where(row, column, beside)).decode())


def _where(row: Row, column: str, beside: tuple[str, ...]) -> bytes:
    return bind("cell", str(row.__tablename__), column, str(row.id), *beside)
