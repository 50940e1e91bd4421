"""Where the root key is: the seam, and the default, a file of mode 0600 outside the data directory."""

import os
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from op26x.vault import key_file
from op26x.vault.aead import Entropy, bind, expand, seal, unseal


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
