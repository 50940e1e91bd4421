"""A key pair in the memory of one process alone, for what processes tell each other by way of what may be a disk.

What two of them have sealed for each other, nobody can read once both have ended, whoever has the root key.
"""

from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from op26x.vault.aead import KEY_BYTES, seal, unseal

MOST_OTHERS = 64
"""Whose shared keys are remembered: to agree on one takes ten times as long as to seal with it."""


class ProcessKey:
    """One side of X25519 (RFC 7748), with HKDF (RFC 5869) for keys of pairs. It does not print itself.

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
        secret = self.__private.exchange(X25519PublicKey.from_public_bytes(other))
        info = b"op26x between processes v1|" + b"".join(sorted((self.public, other)))
        return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret)
