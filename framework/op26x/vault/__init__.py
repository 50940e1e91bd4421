"""Keys, and what is made with them.

Here lives the root key's file and the blind index, a keyed hash by which a value can be looked up without being
stored.
"""

from op26x.vault.blind_index import BlindIndex
from op26x.vault.key_file import read_or_create

__all__ = ["BlindIndex", "read_or_create"]
