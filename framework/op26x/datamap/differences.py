"""What a release or a plugin added to a data map."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from op26x.datamap.processing import DataMap


class Difference(msgspec.Struct, frozen=True):
    """One thing that is not as it was.

    Attributes:
        what: ``column``, ``recipient`` or ``period``.
        id: Which: ``call.caller_number``, the name of a company, the name of a period.
        change: ``added``, ``removed`` or ``changed``.
        details: What is different, in words; of what was added, what it is.
    """

    what: str
    id: str
    change: str
    details: str


def differences(old: DataMap, new: DataMap) -> list[Difference]:
    """What is not as it was: columns, recipients, periods, in this order."""
    return [
        *_compared("column", _by_id(old.columns), _by_id(new.columns)),
        *_compared("recipient", _by_name(old.recipients), _by_name(new.recipients)),
        *_compared("period", _periods(old), _periods(new)),
    ]


def _by_id(columns: tuple[Any, ...]) -> dict[str, dict[str, Any]]:
    return {column.id: msgspec.structs.asdict(column) for column in columns}


def _by_name(recipients: tuple[Any, ...]) -> dict[str, dict[str, Any]]:
    return {f"{one.name} ({one.plugin})": msgspec.structs.asdict(one) for one in recipients}


def _periods(found: DataMap) -> dict[str, dict[str, Any]]:
    return {name: {"period": length} for name, length in found.periods.items()}


def _compared(
    what: str, old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> Iterator[Difference]:
    for name, values in new.items():
        if name not in old:
            yield Difference(what, name, "added", _said(values))
            continue
        was = old[name]
        changed = [
            f"{field}: {_value(was[field])} → {_value(now)}" for field, now in values.items() if was[field] != now
        ]
        if changed:
            yield Difference(what, name, "changed", "; ".join(changed))
    for name, values in old.items():
        if name not in new:
            yield Difference(what, name, "removed", _said(values))


def _said(values: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{name}: {_value(value)}" for name, value in values.items() if value and name not in ("id", "name")
    )


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value or "nothing")
