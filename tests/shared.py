"""What the tests of one process share because it is the same for all: compiled statements, and which plugins there are.

Each test has databases of its own, and SQLAlchemy would compile every statement anew for each of them; each command
looks for plugins among all packages. In tests of commands that was a fifth of the time, in the whole suite a tenth.
"""

from functools import cache
from importlib.metadata import entry_points
from typing import Any

import pytest
import sqlalchemy as sa

from op26x.plugins import manager
from op26x.storage import sqlite

create_engine = sqlite.create_engine
installed = cache(entry_points)


@cache
def first_engine() -> sa.Engine:
    """One that is never closed, whose dialect and cache of statements the others take over."""
    engine = create_engine("sqlite://", hide_parameters=True)
    engine.connect().close()
    return engine


def sharing(*arguments: Any, **named: Any) -> sa.Engine:
    """An engine that has what the first one has compiled."""
    engine, first = create_engine(*arguments, **named), first_engine()
    engine.dialect = first.dialect
    engine._compiled_cache = first._compiled_cache
    return engine


@pytest.fixture(autouse=True)
def _shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "create_engine", sharing)
    monkeypatch.setattr(manager, "entry_points", installed)
