"""Explains a policy: each field, its value, who decided it, by which law, and what would loosen it."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from op26x.policy.effective import PLACES, TERMS, EffectivePolicy
from op26x.policy.hours import CallingHours
from op26x.policy.modes import RedactAction, Sink
from op26x.policy.own_rows import OWN
from op26x.policy.places import UNKNOWN
from op26x.policy.rows import Ground
from op26x.policy.rules import JOINS, LOOSEST, Providers, Redaction, Rules
from op26x.policy.tables import LAW, LawTables


class Deciding(msgspec.Struct, frozen=True):
    """Who decided a field.

    Attributes:
        source: A row of a law table, or who else demanded it.
        cite: The statute or other text; empty if it is no law.
        confidence: Of a law: ``high``, ``medium`` or ``low``.
        place: Where that is the law.
        note: What is said of it besides.
        loosened_by: What would lift it.
    """

    source: str
    cite: str = ""
    confidence: str = ""
    place: str = ""
    note: str = ""
    loosened_by: str = ""


class Line(msgspec.Struct, frozen=True):
    """One field of a policy.

    Attributes:
        field: Its name.
        value: In words.
        decided_by: Who decided it; nobody, if nobody demanded anything.
    """

    field: str
    value: str
    decided_by: tuple[Deciding, ...]


class Lifted(msgspec.Struct, frozen=True):
    """A row that would demand something, if it were not lifted.

    Attributes:
        row: Its name.
        cite: The statute or other text.
        by: What lifts it: a proved ground, or an override with its end and reason.
        override: Whether it is an organization's override, and no exception that the law itself makes.
    """

    row: str
    cite: str
    by: str
    override: bool


def lifted(policy: EffectivePolicy, law: LawTables = LAW) -> list[Lifted]:
    """What would be demanded, and is not."""
    grounds = {ground.value for ground in Ground}
    rows = ((law.row(name), name, by) for name, by in policy.lifted.items())
    return [Lifted(name, row.cite if row else "", by, by not in grounds) for row, name, by in rows]


def explained(policy: EffectivePolicy, law: LawTables = LAW) -> list[Line]:
    """Every field of a policy, those that somebody demanded something of first."""
    lines = [
        Line(name, in_words(getattr(policy, name)), tuple(_deciding(policy.decided_by.get(name, ()), law)))
        for name in JOINS
    ]
    return sorted(lines, key=lambda line: not line.decided_by)


def what_differs(one: EffectivePolicy, other: EffectivePolicy) -> list[tuple[str, str, str]]:
    """Each field in which two policies differ, with both values in words; what is lifted shows in the fields."""
    pairs = ((name, getattr(one, name), getattr(other, name)) for name in JOINS)
    return [(name, in_words(mine), in_words(theirs)) for name, mine, theirs in pairs if mine != theirs]


def demands_in_words(rules: Rules) -> str:
    """What somebody demands: each field that is not at its loosest."""
    demanded = ((name, getattr(rules, name)) for name in JOINS if getattr(rules, name) != getattr(LOOSEST, name))
    return "; ".join(f"{name.replace('_', ' ')}: {in_words(value)}" for name, value in demanded)


def in_words(value: Any) -> str:
    """A value of a field as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "no limit"
    if isinstance(value, frozenset) and all(isinstance(one, Redaction) for one in value):
        return "; ".join(_redactions_in_words(value)) or "none"
    if isinstance(value, frozenset):
        return "; ".join(sorted(str(one) for one in value)) or "none"
    if isinstance(value, CallingHours | Providers):
        return str(value) or "anybody"
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def _redactions_in_words(redactions: frozenset[Redaction]) -> Iterator[str]:
    """``SECRETS`` for placeholders everywhere, ``PERSON mask at live, llm``: what is alike is said once."""
    places: dict[tuple[str, str], list[str]] = {}
    for one in sorted(redactions):
        places.setdefault((one.entity, one.action), []).append(one.at)
    for (entity, action), at in sorted(places.items()):
        if len(at) == len(Sink):
            yield entity if action == RedactAction.PLACEHOLDER else f"{entity} {action}"
        else:
            yield f"{entity} {action} at {', '.join(at)}"


def _by_ourselves(source: str) -> str:
    """What would lift a demand that is no law."""
    if source.startswith(OWN):
        return f"op26x policy-rows remove {source.removeprefix(OWN)}"
    if source.startswith(TERMS):
        return f"op26x processors accept {shlex.quote(source.removeprefix(TERMS))}"
    if source.startswith(PLACES):
        return f"a region of {source.removeprefix(PLACES)}'s that lies there"
    return f"a looser {source.partition(' ')[0]}"


def _deciding(sources: Sequence[str], law: LawTables) -> Iterator[Deciding]:
    for source in sources:
        row = law.row(source)
        if row is None:
            yield Deciding(source, loosened_by=_by_ourselves(source))
            continue
        lifted = [f"proof of {ground}" for ground in row.unless]
        if UNKNOWN in row.places:
            lifted.append("a place that is known")
        if row.until is not None:
            lifted.append(f"{row.until} passing")
        yield Deciding(
            source, row.cite, row.confidence.value, ", ".join(row.places), row.note, " or ".join(lifted) or "nothing"
        )
