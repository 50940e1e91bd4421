"""A key pair in the memory of one process alone, for what processes tell each other by way of what may be a disk.

What two of them have sealed for each other, nobody can read once either has ended, whoever has the root key.
"""

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from op26x.vault.aead import expand, seal, unseal

MOST_OTHERS = 64
"""Whose shared keys are remembered: to agree on one takes ten times as long as to seal with it."""


class ProcessKey:
    """One side of X25519 (RFC 7748). It does not print itself.

    Attributes:
        public: 32 bytes, for the others.
    """

    def __init__(self) -> None:
        self.__private = X25519PrivateKey.generate()
        self.public = self.__private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._shared = lru_cache(MOST_OTHERS)(self._derive)

    def __repr__(self) -> str:
        return "ProcessKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("The key of a process does not leave it.")

    def seal_for(self, other: bytes, plain: bytes, where: bytes) -> bytes:
        """Encrypts something for the process that has another public key.

        Raises:
            ValueError: That is no public key.
        """
        return seal(self._shared(other), plain, where)

    def open_from(self, other: bytes, sealed: bytes, where: bytes) -> bytes:
        """Decrypts it.

        Raises:
            Tampered: It is not from that process, not for this one, or was changed.
            ValueError: That is no public key.
        """
        return unseal(self._shared(other), sealed, where)

    def _derive(self, other: bytes) -> bytes:
        pair = "".join(sorted(key.hex() for key in (self.public, other)))
        return expand(self.__private.exchange(X25519PublicKey.from_public_bytes(other)), f"between processes|{pair}")
