"""Checks of what is encrypted: columns, files, and the key above all keys; and that no column is unknown."""

import stat

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from op26x.calls.tables import check as check_tables
from op26x.calls.tables import core_tables, table_of
from op26x.calls.verifying.looking import Look, found
from op26x.datamap import Form, Holds, declared
from op26x.errors import BlobMissing, PluginError
from op26x.recording import Recording
from op26x.recording.model import FOLDER, call_of
from op26x.vault.aead import NONCE_BYTES, TAG_BYTES, VERSION
from op26x.vault.sealed_stream import HEADER_BYTES

LEAST = len(VERSION) + NONCE_BYTES + TAG_BYTES
MOST_FILES = 2_000
"""The newest ones; in a bucket, each of them is a request."""
NOT_OURS = frozenset({"alembic_version"})


def _tables(look: Look) -> list[type[SQLModel]]:
    return [*core_tables(), *(model for models in look.installation.registry.tables.values() for model in models)]


async def data_map(look: Look) -> list[str]:
    """Columns that the data map does not know."""
    try:
        check_tables(look.installation.registry.tables)
    except PluginError as error:
        return [error.message]
    known = {table_of(model).name: {column.name for column in table_of(model).columns} for model in _tables(look)}

    def read(session: Session) -> list[str]:
        there = sa.inspect(session.connection())
        schema = there.default_schema_name if session.connection().dialect.name == "postgresql" else None
        tables = {
            name: {column["name"] for column in there.get_columns(name, schema)}
            for name in there.get_table_names(schema)
            if name not in NOT_OURS
        }
        return [
            f"{table}.{column}" for table, columns in tables.items() for column in columns - known.get(table, set())
        ]

    unknown = await look.workspace.database.run(read)
    return found("{} columns are in the database and not on the data map", sorted(unknown))


async def columns_in_clear(look: Look) -> list[str]:
    """Values in encrypted columns that were not sealed."""
    wrong = []
    for model in _tables(look):
        table = table_of(model)
        said = {column: declared(column) for column in table.columns}
        whose = next((one for one, what in said.items() if what and what.holds is Holds.ORGANIZATION), None)
        for column, what in said.items():
            if what is None or what.form is not Form.SEALED:
                continue
            value = sa.type_coerce(column, sa.LargeBinary)
            bad = (sa.func.length(value) < LEAST) | (sa.func.substr(value, 1, 1) != VERSION)
            query = sa.select(sa.func.count()).where(column.is_not(None), bad)
            mine = query if whose is None else query.where(whose == look.organization_id)
            (count,) = await look.all(mine)
            if int(count):
                wrong.append(f"{count} values of {table.name}.{column.name} are not encrypted.")
    return wrong


async def files_in_clear(look: Look) -> list[str]:
    """Of the newest 2,000 files, those that are no sealed streams."""
    blobs = look.installation.blobs
    own = set(await look.all(select(Recording.call_id).where(Recording.organization_id == look.organization_id)))
    keys = [key for key in sorted(await blobs.list(FOLDER), reverse=True) if call_of(key) in own]
    wrong = []
    for key in keys[:MOST_FILES]:
        try:
            header = await blobs.read(key, 0, HEADER_BYTES)
        except BlobMissing:  # it was erased meanwhile
            continue
        if header and (len(header) < HEADER_BYTES or header[0] != HEADER_BYTES):
            wrong.append(key)
    return found("{} files are no sealed streams", wrong)


async def root_key(look: Look) -> list[str]:
    """A root key that others can read, or that lies with what it protects."""
    core = look.core
    if core.key_store != "file" or not core.key_path.exists():
        return []
    wrong = []
    if stat.S_IMODE(core.key_path.stat().st_mode) & 0o077:
        wrong.append(f"Others than its owner may read the root key {core.key_path}: chmod 600.")
    if core.key_path.resolve().is_relative_to(core.data.resolve()):
        wrong.append("The root key lies in the data directory: a copy of that can be read by whoever has it.")
    return wrong
