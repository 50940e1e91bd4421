"""Rows: the database, its sessions off the event loop, and its migrations."""

from op26x.storage.database import Database, utc_column

__all__ = ["Database", "utc_column"]
