"""What SQLite assumes of our tables when it plans a query.

Left to itself it knows nothing of a table until somebody has it analyzed, and takes an index for which a million rows
are alike as good as one that finds three of them. What a large installation looks like is written down here instead:
plans are the same on the first day and after a million calls. PostgreSQL keeps its own count.
"""

import sqlalchemy as sa

ROWS = 1_000_000
ALIKE = {"organization_id": ROWS, "recorded": ROWS // 2, "kind": ROWS // 4, "level": ROWS, "state": ROWS // 10}
ALIKE |= {"agent": ROWS // 20, "kept_days": ROWS, "who": ROWS // 20, "what": ROWS // 20, "speaker": ROWS // 2}
"""Columns that say the same of many rows, and of how many."""
FEW = 5
"""Rows that have the same in any other column."""


def assume(connection: sa.Connection) -> None:
    """Writes it into a database whose tables were just made or changed.

    See https://www.sqlite.org/fileformat2.html#the_sqlite_stat1_table.
    """
    connection.exec_driver_sql("PRAGMA analysis_limit=1")
    connection.exec_driver_sql("ANALYZE")
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    named = "SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index' AND tbl_name NOT LIKE 'sqlite%'"
    for table, index in connection.exec_driver_sql(named).all():
        columns = connection.exec_driver_sql(f'PRAGMA index_info("{index}")').all()
        unique = bool(connection.execute(_UNIQUE, {"tbl": table, "idx": index}).scalar_one())
        stat = " ".join(map(str, _alike([name for _, _, name in columns], unique=unique)))
        connection.execute(_WRITE, {"tbl": table, "idx": index, "stat": stat})
    connection.exec_driver_sql("ANALYZE sqlite_schema")


def _alike(columns: list[str], *, unique: bool) -> list[int]:
    """The rows of a table, and how many have the same in the first column of an index, in the first two, and so on."""
    found, share = [ROWS], 1.0
    for column in columns:
        share *= ALIKE.get(column, FEW) / ROWS
        found.append(max(1, round(ROWS * share)))
    return [*found[:-1], 1] if unique else found


_UNIQUE = sa.text('SELECT "unique" FROM pragma_index_list(:tbl) WHERE name = :idx')
_WRITE = sa.text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:tbl, :idx, :stat)")
