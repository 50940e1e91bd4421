"""Law tables, places and calls for the tests of the policy."""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from op26x.policy import (
    Attempts,
    CallPurpose,
    EffectivePolicy,
    Fragment,
    Ground,
    LawTables,
    Policies,
    PolicyCall,
    Row,
    Rules,
    Table,
    Whereabouts,
)
from op26x.policy.rules import AttemptScope
from op26x.policy.tables import read_table

NOW = datetime(2026, 11, 27, 17, tzinfo=UTC)
"""A Friday."""


def row(**fields: Any) -> Row:
    """One row, as a table has it."""
    return msgspec.convert({"id": "jp-law", "place": "JP", "cite": "a statute", "confidence": "high", **fields}, Row)


def written(*rows: dict[str, Any], default: tuple[dict[str, Any], ...] = (), **fields: Any) -> bytes:
    """The text of a table, dates as people write them; what a row does not say is filled in."""
    document = {"as_of": "2026-11-25", "about": "anything", "default": default, "rows": rows, **fields}
    for one in (*rows, *default):
        for name, value in {"id": "jp-law", "place": "JP", "cite": "a statute", "confidence": "high"}.items():
            one.setdefault(name, value)
    return re.sub(rb"'(\d{4}-\d\d-\d\d)'", rb"\1", msgspec.yaml.encode(document))


def table(*rows: dict[str, Any], name: str = "manners", **fields: Any) -> Table:
    """A table of these rows."""
    return read_table(written(*rows, **fields), name)


def law(*rows: dict[str, Any], **fields: Any) -> LawTables:
    """A law that has one table."""
    return LawTables([table(*rows, **fields)])


def somewhere(*places: str, zone: str = "UTC") -> Whereabouts:
    """Whoever may be in these places, by one clock."""
    return Whereabouts(frozenset(places), frozenset({zone}))


def call(
    *places: str,
    ours: str | None = None,
    at: datetime = NOW,
    outbound: bool = True,
    purpose: CallPurpose | None = None,
    grounds: frozenset[Ground] = frozenset(),
) -> PolicyCall:
    """A call with somebody in these places, from one of them or from elsewhere."""
    here = somewhere(ours) if ours else somewhere(*places)
    return PolicyCall(somewhere(*places), here, at, outbound, purpose, grounds)


def demand(source: str, **demands: Any) -> Fragment:
    """What somebody demands."""
    return Fragment(source, Rules(**demands))


def resolved(*places: str, demands: tuple[Fragment, ...] = (), **circumstances: Any) -> EffectivePolicy:
    """The policy of such a call under the law as it is."""
    return Policies().resolve(call(*places, **circumstances), demands)


def counting(*days: int) -> EffectivePolicy:
    """A policy that counts calls within so many days."""
    limits = frozenset(Attempts(AttemptScope.SUBJECT, one, 3) for one in days)
    return EffectivePolicy(attempts=limits, decided_by={}, places=("US-NY",), zones=("America/New_York",), tables={})
