"""Which database a benchmark runs on."""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from op26x.settings import Settings, resolve


def choose(parser: argparse.ArgumentParser) -> None:
    """``--postgres``: a server from a wheel, which loses nothing that was committed; without it, SQLite."""
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")


@contextmanager
def fresh(*, postgres: bool) -> Iterator[Settings]:
    """Settings of an installation that has nothing yet."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"data": Path(folder) / "data"}
        if not postgres:
            yield resolve({}, environ={}, overrides=own)
            return
        from postgres_server import Server

        Path(folder).chmod(0o755)
        server = Server(Path(folder) / "postgres", fast=False)
        try:
            yield resolve({}, environ={"OP26X_DATABASE": server.setting(server.make())}, overrides=own)
        finally:
            server.close()
