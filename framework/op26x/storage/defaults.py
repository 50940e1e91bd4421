"""The core's own plugin for storage: blobs in a local directory."""

from op26x.hookspecs import hookimpl
from op26x.settings import CoreSettings
from op26x.storage.blobs import BlobStore
from op26x.storage.local_blobs import LocalBlobs
from op26x.types import Provider, ServiceRequest


class StorageDefaults:
    """Offers ``local``: the directory ``blobs`` in the data directory."""

    @hookimpl
    def op26x_blob_store(self) -> Provider[BlobStore]:
        """Files on this machine."""
        return Provider("local", _local, about="Files in the data directory")


def _local(request: ServiceRequest) -> BlobStore:
    return LocalBlobs(request.settings_of(CoreSettings).data / "blobs")
