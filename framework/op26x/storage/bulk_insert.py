"""Many rows at once, in one statement."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSON
from sqlmodel import Session, SQLModel


def insert_all(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows of one table, which is several times faster than adding them to the session one by one.

    PostgreSQL gets them as one JSON document: it takes no COPY where it guards rows itself.

    Args:
        session: The session that writes them.
        model: Of which table.
        rows: Each with every column, and all with the same: texts, numbers, times and nothing else.
    """
    if not rows:
        return
    table: Any = sa.inspect(model).local_table
    if session.connection().dialect.name == "postgresql":
        session.execute(_out_of_json(table, tuple(rows[0])), {"rows": msgspec.json.encode(rows).decode()})
    else:
        session.execute(sa.insert(table), rows)


@cache
def _out_of_json(table: sa.Table, names: tuple[str, ...]) -> sa.Insert:
    document = sa.cast(sa.bindparam("rows", type_=sa.Text), JSON)
    columns = [sa.column(name, table.c[name].type) for name in names]
    read = sa.func.json_to_recordset(document).table_valued(*columns).render_derived(with_types=True)
    return sa.insert(table).from_select(names, sa.select(*read.columns))
