"""AES-256-GCM (NIST SP 800-38D) with a random nonce, and the one way in which op26x writes associated data.

A sealed value is ``version (1 byte) | nonce (12) | ciphertext | tag (16)``. The version is part of the associated data.
"""

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from op26x.errors import Tampered

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
VERSION = b"\x01"

Entropy = Callable[[int], bytes]


def bind(*parts: str) -> bytes:
    """Associated data that says where a value belongs: each part as UTF-8 behind its length in two bytes.

    No two different lists of parts give the same bytes.
    """
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(2, "big") + part for part in encoded)


def seal(key: bytes, plain: bytes, where: bytes, entropy: Entropy = os.urandom) -> bytes:
    """Encrypts a value.

    Args:
        key: 32 bytes.
        plain: Any length.
        where: Associated data, from ``bind``.
        entropy: Source of the nonce.
    """
    nonce = entropy(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plain, VERSION + where)


def unseal(key: bytes, sealed: bytes, where: bytes) -> bytes:
    """Decrypts a value.

    Raises:
        Tampered: It was changed, moved from another place, or sealed with another key.
    """
    version, nonce, ciphertext = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if version != VERSION or len(ciphertext) < TAG_BYTES:
        raise Tampered("A sealed value is cut short or not of this form.", "Restore it from a backup.")
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, VERSION + where)
    except InvalidTag:
        raise Tampered(
            "A sealed value was changed, moved here from another place, or sealed with another key.",
            "Restore it, and the keys that belong to it, from the same backup.",
        ) from None


def expand(key: bytes, purpose: str) -> bytes:
    """A key for one purpose out of a random one: 32 bytes by HKDF-Expand with SHA-256 (RFC 5869)."""
    return HKDFExpand(algorithm=hashes.SHA256(), length=KEY_BYTES, info=bind("op26x", purpose)).derive(key)
