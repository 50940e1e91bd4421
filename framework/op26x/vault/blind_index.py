"""Blind indexes: keyed hashes of normalised values, by which rows are found without storing the value."""

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from op26x.types import PhoneNumber

LABEL = b"op26x blind index v1"


class BlindIndex:
    """HMAC-SHA-256 (RFC 2104) under a key derived from the root key by HKDF (RFC 5869), per organization.

    Args:
        root_key: 32 bytes.
        organization_id: ULID; the same number has different indexes in different organizations.
    """

    def __init__(self, root_key: bytes, organization_id: str) -> None:
        derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=LABEL + b"|" + organization_id.encode())
        self._key = derive.derive(root_key)

    def of(self, number: PhoneNumber) -> str:
        """64 hexadecimal digits for a number; the empty string for a withheld one."""
        if not number:
            return ""
        mac = hmac.HMAC(self._key, hashes.SHA256())
        mac.update(number.reveal().encode())
        return mac.finalize().hex()
