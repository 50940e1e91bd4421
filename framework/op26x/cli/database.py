"""``op26x database``: where the databases are, and the way from files to PostgreSQL."""

from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from op26x.cli.context import Context, Data, Json, Yes, load_context, must_exist
from op26x.cli.output import make_sure, print_list
from op26x.errors import UsageError, WorkError
from op26x.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy as sa


def show_status(*, data: Data = None, json: Json = False) -> None:
    """Shows where the databases are, which revision they are at and how much is in them."""
    from op26x.client.types import DatabaseStatus
    from op26x.storage import Database
    from op26x.storage.database import REVISIONS
    from op26x.storage.places import PostgresSchema, data_place, key_place
    from op26x.vault.keyring import MIGRATIONS

    core = load_context(data=data).settings.core
    must_exist(core)
    found = []
    for name, place, revisions in (("data", data_place(core), REVISIONS), ("keys", key_place(core), MIGRATIONS)):
        with closing(Database.open(place, revisions, make=False)) as database:
            engine = "postgresql" if isinstance(place, PostgresSchema) else "sqlite"
            found.append(DatabaseStatus(name, engine, str(place), database.revision(), database.count()))
    print_list(found, [msgspec.structs.asdict(one) for one in found], as_json=json, empty="")


def migrate(*, yes: Yes = False, data: Data = None, json: Json = False) -> None:
    """Copies the databases of the data directory to the PostgreSQL of OP26X_DATABASE, and compares all rows.

    Stop the service first. It may be repeated until the service is started on PostgreSQL; the files are not changed.
    """
    from op26x.client.types import MovedTable
    from op26x.storage import Database
    from op26x.storage.database import REVISIONS
    from op26x.storage.moving import move
    from op26x.storage.places import data_place, key_place
    from op26x.vault.keyring import MIGRATIONS

    context = load_context(data=data)
    core = context.settings.core
    _refuse(context.settings)
    make_sure(f"copy the databases of {core.data} to {data_place(core)}", yes=yes)
    data_tables, key_tables = _tables(context)
    moved = []
    for name, file, place, revisions, tables in (
        ("data", core.database_path, data_place(core), REVISIONS, data_tables),
        ("keys", core.keys_path, key_place(core), MIGRATIONS, key_tables),
    ):
        with (
            closing(Database.open(file, revisions, make=False)) as source,
            closing(Database.open(place, revisions)) as target,
        ):
            target.take_seat(alone=True)
            target.take(tables)
            moved += [MovedTable(f"{name}.{one.table}", one.rows, one.sha256) for one in move(source, target, tables)]
    rows = [{"table": one.id, "rows": one.rows, "sha256": one.sha256[:16]} for one in moved]
    print_list(moved, rows, as_json=json, empty="")


def _refuse(settings: Settings) -> None:
    """Refuses where there is nothing to copy, nowhere to copy it, or somebody at work on it."""
    from op26x.client.client import running_service
    from op26x.storage.places import EXAMPLE

    if not settings.core.database:
        raise UsageError("OP26X_DATABASE is not set.", f"Set it to where the databases go: {EXAMPLE}")
    must_exist(settings.core, files=True)
    if running_service(settings):
        raise WorkError(f"A service runs on {settings.core.data}.", "Stop it first: what it writes would be lost.")


def _tables(context: Context) -> "tuple[list[sa.Table], list[sa.Table]]":
    """All tables of the data, the core's and those of plugins, and those of the keys."""
    from op26x.calls.core_plugins import register_core
    from op26x.calls.tables import core_tables, in_order, table_of
    from op26x.plugins import build_registry
    from op26x.vault.key_tables import KeyEntry, KeySlot

    declared = build_registry(register_core(context.plugins)).tables.values()
    own = in_order(model for models in declared for model in models)
    return [table_of(one) for one in (*core_tables(), *own)], [table_of(one) for one in (KeySlot, KeyEntry)]
