"""Where the root key is: the seam, and the default, a file of mode 0600 outside the data directory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from op26x.errors import Tampered, VaultError
from op26x.vault import key_file
from op26x.vault.aead import KEY_BYTES, Entropy, bind, expand, seal, unseal


class KeyStore(Protocol):
    """Wraps keys with a root key that need not leave the store. Asked at start, never during a call."""

    def wrap(self, key: bytes, context: str) -> bytes:
        """Encrypts a key of 32 bytes, bound to a context; makes the root key on first use.

        Raises:
            KeyFileError: The root key can't be used.
        """
        ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Decrypts a key; never makes a root key.

        Raises:
            KeyFileError: The root key is missing or can't be used.
            Tampered: It was wrapped by another root key, for another context, or changed.
        """
        ...

    def derive(self, label: bytes) -> bytes:
        """32 bytes that depend on the root key and the label alone (HKDF, or a KMS's own MAC)."""
        ...


class RootKey:
    """A root key in memory. It does not print itself.

    Args:
        key: 32 bytes.
        entropy: Source of nonces.
    """

    __slots__ = ("__key", "_entropy")

    def __init__(self, key: bytes, entropy: Entropy = os.urandom) -> None:
        self.__key = key
        self._entropy = entropy

    def __repr__(self) -> str:
        return "RootKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("A root key does not leave the process.")

    def wrap(self, key: bytes, context: str) -> bytes:
        """Encrypts a key with AES-256-GCM."""
        return seal(expand(self.__key, "wrapping"), key, bind("wrapped key", context), self._entropy)

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Decrypts it."""
        return unseal(expand(self.__key, "wrapping"), wrapped, bind("wrapped key", context))

    def derive(self, label: bytes) -> bytes:
        """By HKDF (RFC 5869)."""
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=label).derive(self.__key)


class FileKeyStore:
    """The root key in a file.

    Args:
        path: The file; it is made when the first key is wrapped.
        entropy: Source of randomness.

    Raises:
        KeyFileError: The file is there and can't be used.
    """

    def __init__(self, path: Path, entropy: Entropy = os.urandom) -> None:
        self._path = path
        self._entropy = entropy
        if path.exists():
            key_file.read(path)

    def wrap(self, key: bytes, context: str) -> bytes:
        """Encrypts a key."""
        return RootKey(key_file.read_or_create(self._path, self._entropy), self._entropy).wrap(key, context)

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Decrypts it."""
        return RootKey(key_file.read(self._path)).unwrap(wrapped, context)

    def derive(self, label: bytes) -> bytes:
        """From the key in the file."""
        return RootKey(key_file.read(self._path)).derive(label)


@contextmanager
def asking() -> Iterator[None]:
    """What a store raises is said of the store.

    Raises:
        VaultError: It raised something that is not of the vault's own.
    """
    try:
        yield
    except VaultError:
        raise
    except Exception as error:
        raise VaultError(
            f"The key store failed: {type(error).__name__}: {error}.", "See op26x settings list, row key_store."
        ) from error


def check_key_store(store: KeyStore, entropy: Entropy = os.urandom) -> None:
    """Sees that a store keeps its promises, before the first key is entrusted to it.

    Raises:
        VaultError: It does not: whatever it protected could not be read after a restart, or by nobody but a thief.
    """
    key = entropy(KEY_BYTES)
    with asking():
        wrapped = store.wrap(key, "check")
        opened = _opened(store, wrapped, "check")
        derived, again, other = (store.derive(label) for label in (b"check", b"check", b"another"))
    changed = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    broken = [
        (not isinstance(wrapped, bytes) or key in wrapped, "wrap does not encrypt"),
        (opened != key, "unwrap does not return what was wrapped"),
        (not isinstance(derived, bytes) or len(derived) != KEY_BYTES, "derive does not return 32 bytes"),
        (derived != again, "derive does not return the same bytes for the same label"),
        (derived == other, "derive returns the same bytes for another label"),
        (_opened(store, wrapped, "another") is not None, "unwrap does not raise Tampered for another context"),
        (_opened(store, changed, "check") is not None, "unwrap does not raise Tampered for what was changed"),
    ]
    if wrong := [what for is_wrong, what in broken if is_wrong]:
        raise VaultError(f"The key store {type(store).__name__} is not safe: {'; '.join(wrong)}.", "Fix the plugin.")


def _opened(store: KeyStore, wrapped: bytes, context: str) -> bytes | None:
    """What is opened, or what should not be raised; ``None`` if it is refused as it should be."""
    try:
        return store.unwrap(wrapped, context)
    except Tampered:
        return None
    except Exception as error:
        return repr(error).encode()
