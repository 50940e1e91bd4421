"""The law tables: data in ``tables/*.yaml``, read, checked, and named by version and hash."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from pathlib import Path

import msgspec
import yaml

from op26x.errors import PolicyError
from op26x.policy.effective import Fragment
from op26x.policy.places import UNKNOWN, families_of, known_places
from op26x.policy.rows import Circumstances, Row
from op26x.policy.yaml_text import parsed

FOLDER = Path(__file__).parent / "tables"


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    as_of: date
    about: str
    default: tuple[Row, ...]
    rows: tuple[Row, ...]


class Table(msgspec.Struct, frozen=True, dict=True):
    """One table.

    Attributes:
        name: ``recording``, ``hours`` or ``calling``.
        about: What its rows say, in a line.
        as_of: When it was last gone through.
        hash: SHA-256 of its file, the first 16 hexadecimal digits.
        default: What holds for a place that no row is about: the strictest.
        rows: The law.
    """

    name: str
    about: str
    as_of: date
    hash: str
    default: tuple[Row, ...]
    rows: tuple[Row, ...]

    @property
    def version(self) -> str:
        """Names exactly these rows: ``2026-11-25/3f0c…``."""
        return f"{self.as_of}/{self.hash}"

    def rows_of(self, place: str, day: date | None) -> tuple[Row, ...]:
        """Every row that is in force in a place on a day, whatever else it depends on.

        What holds for unknown places holds where no row is in force that tells of more than a part.
        """
        there = (row for family in families_of(place) for row in self._by_place.get(family, ()))
        rows = tuple(row for row in there if row.holds_on(day))
        return rows if any(not row.partial for row in rows) else (*rows, *self.default)

    @cached_property
    def _by_place(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            for place in row.places:
                found.setdefault(place, []).append(row)
        return found


@dataclass(frozen=True, slots=True)
class Demanded:
    """What the law demands of a call.

    Attributes:
        fragments: What each row demands.
        lifted: Rows that would demand something, each with what lifts it.
    """

    fragments: tuple[Fragment, ...]
    lifted: tuple[tuple[str, str], ...]


class LawTables:
    """All tables.

    Args:
        tables: Each with its own rows.

    Raises:
        PolicyError: Two rows have one id.
    """

    def __init__(self, tables: Iterable[Table]) -> None:
        self.tables = tuple(tables)
        self.versions = {table.name: table.version for table in self.tables}
        self._rows: dict[str, Row] = {}
        for table in self.tables:
            for row in (*table.default, *table.rows):
                if row.id in self._rows:
                    raise PolicyError(f"Law table {table.name}: two rows are called {row.id}.", "Give one another id.")
                self._rows[row.id] = row
        self.demanded = lru_cache(maxsize=1000)(self._demanded)

    def row(self, row_id: str) -> Row | None:
        """A row by its id."""
        return self._rows.get(row_id)

    def all_rows(self) -> Iterator[tuple[Table, Row]]:
        """Every row with its table."""
        for table in self.tables:
            for row in (*table.default, *table.rows):
                yield table, row

    def _demanded(self, places: frozenset[str], circumstances: Circumstances) -> Demanded:
        """What the law demands of a call that touches these places."""
        fragments, lifted = [], {}
        for place in sorted(places):
            for row in (row for table in self.tables for row in table.rows_of(place, circumstances.day)):
                if not row.applies(circumstances):
                    continue
                if by := row.lifted_by(circumstances):
                    lifted[row.id] = by
                else:
                    fragments.append(Fragment(row.id, row.rules(place)))
        return Demanded(tuple(fragments), tuple(sorted(lifted.items())))


def read_table(text: bytes, name: str) -> Table:
    """Reads one table.

    Raises:
        PolicyError: It is not valid: a field that is no field, a date that is none, a place that there is not, a row
            that ends before it begins.
    """
    try:
        document = msgspec.convert(parsed(text), _Document, builtin_types=(date, datetime))
        for row in (*document.default, *document.rows):
            _check(row, name)
            row.rules(row.places[0])
        if any(UNKNOWN in row.places for row in document.rows):
            raise ValueError("the place unknown is for the default rows alone")
    except (msgspec.MsgspecError, yaml.YAMLError, ValueError) as error:
        raise PolicyError(f"Law table {name}: {error}.", "Compare it with the page Law tables.") from None
    digest = hashlib.sha256(text).hexdigest()[:16]
    return Table(name, document.about, document.as_of, digest, document.default, document.rows)


def _check(row: Row, table: str) -> None:
    if unknown := [place for place in row.places if place not in known_places() | {UNKNOWN}]:
        raise PolicyError(
            f"Law table {table}, row {row.id}: there is no place {unknown[0]!r}.", "Write it as in ISO 3166: DE, US-CA."
        )
    if not row.places:
        raise PolicyError(f"Law table {table}, row {row.id}: it names no place.", "Say where it is the law.")
    if row.effective and row.until and row.until < row.effective:
        raise PolicyError(f"Law table {table}, row {row.id}: it ends before it begins.", "Mend one of its dates.")
    if not row.cite:
        raise PolicyError(f"Law table {table}, row {row.id}: it cites nothing.", "Name the text it comes from.")


LAW = LawTables(read_table((FOLDER / f"{name}.yaml").read_bytes(), name) for name in ("recording", "hours", "calling"))
