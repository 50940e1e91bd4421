"""Keys, and what is made with them.

``key_store`` has the root key, ``keyring`` the keys under it; ``aead`` encrypts a value, ``cells`` a column of a row,
``sealed_stream`` a recording, ``process_key`` what processes tell each other; ``blind_index`` finds rows by a value
that is not stored.
"""

from op26x.vault.blind_index import BlindIndex
from op26x.vault.cells import Ciphertext, EncryptedColumn, open_cell, seal_cell
from op26x.vault.defaults import VaultDefaults
from op26x.vault.key_store import FileKeyStore, KeyStore, RootKey
from op26x.vault.keyring import DataKey, KeyKind, Keyring, destroy_all, open_key_database
from op26x.vault.process_key import ProcessKey

__all__ = [
    "BlindIndex",
    "Ciphertext",
    "DataKey",
    "EncryptedColumn",
    "FileKeyStore",
    "KeyKind",
    "KeyStore",
    "Keyring",
    "ProcessKey",
    "RootKey",
    "VaultDefaults",
    "destroy_all",
    "open_cell",
    "open_key_database",
    "seal_cell",
]
