"""Rows and blobs: the database, its sessions off the event loop, and its migrations; files that grow."""

from op26x.storage.blobs import BlobStore, BlobWriter
from op26x.storage.bulk_insert import insert_all
from op26x.storage.database import Database, UtcDateTime
from op26x.storage.defaults import StorageDefaults
from op26x.storage.guarded_insert import GuardedInsert
from op26x.storage.local_blobs import LocalBlobs

__all__ = [
    "BlobStore",
    "BlobWriter",
    "Database",
    "GuardedInsert",
    "LocalBlobs",
    "StorageDefaults",
    "UtcDateTime",
    "insert_all",
]
