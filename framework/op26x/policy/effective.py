"""The effective policy: all fragments of a call's policy, joined."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from op26x.policy.rules import JOINS, LOOSEST, Rules

TERMS = "terms of "
"""How the source is called that lets nobody be used whose terms are not accepted."""
PLACES = "places of "
"""How the source is called that lets nobody be used who may process a call elsewhere than the policy allows."""


class Fragment(msgspec.Struct, frozen=True):
    """Demands from one source.

    Attributes:
        source: Names for ever where they come from: a row of a law table (``us-ca-recording``), or ``agent``,
            ``row NAME`` of the organization, ``installation``, ``plugin NAME``, ``terms of NAME``, ``places of NAME``.
        rules: What is demanded.
    """

    source: str
    rules: Rules


class EffectivePolicy(Rules, frozen=True, kw_only=True):
    """What one call is held under, resolved once; everything that happens in the call reads this.

    Attributes:
        decided_by: For each field that anybody demanded something of, the sources of its value, by name.
        places: Where either side may be.
        zones: Every time zone in which the person may be.
        languages: The official languages of where they may be, as in BCP 47.
        tables: Versions of the law tables that it was resolved by.
        lifted: Rows that would demand something, each with what lifts it: a proved ground, or an override.
    """

    decided_by: Mapping[str, tuple[str, ...]]
    places: tuple[str, ...]
    zones: tuple[str, ...]
    tables: Mapping[str, str]
    languages: tuple[str, ...] = ()
    lifted: Mapping[str, str] = {}

    @property
    def hash(self) -> str:
        """Names exactly this policy: SHA-256 of its canonical JSON, 64 hexadecimal digits."""
        return hashlib.sha256(self.to_json()).hexdigest()

    @property
    def ends_when_opted_out(self) -> bool:
        """Whether a call that we placed ends once the person wants no more of them (47 CFR 64.1200(b)(3))."""
        return self.opt_out or self.end_within_s is not None

    def to_json(self) -> bytes:
        """The canonical form: fields, keys and members of sets in a fixed order."""
        return msgspec.json.encode(self, order="deterministic")


def join(fragments: Sequence[Fragment]) -> Rules:
    """The strictest of all fragments, field by field; their order and how often one comes makes no difference."""
    return Rules(**{field: _joined(field, [one.rules for one in fragments]) for field in JOINS})


def decided_by(fragments: Sequence[Fragment]) -> dict[str, tuple[str, ...]]:
    """Who decided each field, by the names of the sources.

    A source whose demand is looser than another's decides nothing. Where only several together make the value, as with
    hours of which each closes a part, all of them that no other one covers have decided it.
    """
    found: dict[str, tuple[str, ...]] = {}
    for field, joined in JOINS.items():
        demands = {
            (fragment.source, getattr(fragment.rules, field))
            for fragment in fragments
            if getattr(fragment.rules, field) != getattr(LOOSEST, field)
        }
        values = {value for _, value in demands}
        covered = {one for one in values for other in values if one != other and joined(one, other) == other}
        if deciding := sorted({source for source, value in demands if value not in covered}):
            found[field] = tuple(deciding)
    return found


def _joined(field: str, rules: list[Rules]) -> Any:
    value = getattr(LOOSEST, field)
    for one in rules:
        value = JOINS[field](value, getattr(one, field))
    return value
