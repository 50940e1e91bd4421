"""Blind indexes: keyed hashes of normalised values, by which rows are found without storing the value."""

from cryptography.hazmat.primitives import hashes, hmac

from op26x.types import Personal
from op26x.vault.key_store import KeyStore

LABEL = b"op26x blind index v1"


class BlindIndex:
    """HMAC-SHA-256 (RFC 2104) under a key of the organization, derived from the root key.

    Args:
        store: Derives the key.
        organization_id: ULID; the same number has different indexes in different organizations.
    """

    def __init__(self, store: KeyStore, organization_id: str) -> None:
        self._key = store.derive(LABEL + b"|" + organization_id.encode())

    def of(self, value: Personal) -> str:
        """64 hexadecimal digits for a normalised value, such as a number in E.164 form; the empty string for none."""
        if not value:
            return ""
        mac = hmac.HMAC(self._key, hashes.SHA256())
        mac.update(value.reveal().encode())
        return mac.finalize().hex()
