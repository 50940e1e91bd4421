"""The core's own plugin for keys: the root key in a file."""

from op26x.hookspecs import hookimpl
from op26x.settings import CoreSettings
from op26x.types import Provider, ServiceRequest
from op26x.vault.key_store import FileKeyStore, KeyStore


class VaultDefaults:
    """Offers the key store ``file``."""

    @hookimpl
    def op26x_key_store(self) -> Provider[KeyStore]:
        """The root key in a file of mode 0600."""
        return Provider("file", _file, "Root key in a file outside the data directory")


def _file(request: ServiceRequest) -> KeyStore:
    return FileKeyStore(request.settings_of(CoreSettings).key_path)
