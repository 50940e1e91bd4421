"""Rows: the database, its sessions off the event loop, and its migrations."""

from op26x.storage.database import Database, UtcDateTime

__all__ = ["Database", "UtcDateTime"]
