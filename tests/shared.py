"""What the tests of one process share because it is the same for all.

That is compiled statements, which plugins there are, what the API's schema is, and how its handlers are declared.

Each test has databases of its own, and SQLAlchemy would compile every statement anew for each of them; each command
looks for plugins among all packages; each service reads the declarations of its handlers and makes its schema. In tests
of commands that was a fifth of the time, in tests of the API a half.
"""

from functools import cache
from importlib.metadata import entry_points
from typing import Any

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.utils.signature import ParsedSignature

from op26x.plugins import manager
from op26x.storage import sqlite
from op26x_service.ahead import SchemaAhead

create_engine = sqlite.create_engine
installed = cache(entry_points)
make = SchemaAhead.make
read = ParsedSignature.from_fn.__func__  # type: ignore[attr-defined]
_made: dict[frozenset[object], bytes] = {}
_read: dict[object, ParsedSignature] = {}


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


def made_once(self: SchemaAhead, app: Litestar) -> None:
    """The schema of the same routes is the same."""
    routes = frozenset(str((route.path, route.methods)) for route in app.routes if hasattr(route, "methods"))
    if routes not in _made:
        make(self, app)
        _made[routes] = self._made
    self._made = _made[routes]


def read_once(cls: type[ParsedSignature], fn: Any, signature_namespace: dict[str, Any]) -> ParsedSignature:
    """A function is declared as it was when it was read first."""
    if fn not in _read:
        _read[fn] = read(cls, fn, signature_namespace)
    return _read[fn]


@pytest.fixture(autouse=True)
def _shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "create_engine", sharing)
    monkeypatch.setattr(manager, "entry_points", installed)
    monkeypatch.setattr(SchemaAhead, "make", made_once)
    monkeypatch.setattr(ParsedSignature, "from_fn", classmethod(read_once))
