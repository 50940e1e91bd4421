"""Migrations: they make what the models say, whole or not at all, however many processes start at once."""

import multiprocessing
import shutil
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel, col, select

import op26x.accounts
import op26x.calls
from op26x.accounts import ApiKey, Organization, Role, actions_of
from op26x.errors import WorkError
from op26x.storage import Database
from op26x.storage.database import REVISIONS
from op26x.storage.migrating import MIGRATIONS, newest

pytestmark = pytest.mark.sqlite

assert op26x.accounts
assert op26x.calls


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)


def tables(data: Path) -> set[str]:
    connection = sqlite3.connect(data / "op26x.db")
    found = {name for (name,) in connection.execute(TABLES)}
    connection.close()
    return found


def test_the_migrated_schema_is_what_the_models_say(data: Path) -> None:
    Database.open(data / "op26x.db").close()
    engine = sa.create_engine(f"sqlite:///{data / 'op26x.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True, "target_metadata": SQLModel.metadata},
        )
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_migrations_are_one_line_without_branches() -> None:
    revisions = list(scripts().walk_revisions())
    assert len(scripts().get_heads()) == 1
    assert not any(r.is_branch_point or r.is_merge_point for r in revisions)
    assert all(r.doc for r in revisions)
    assert newest(REVISIONS) == scripts().get_current_head()


def test_opening_again_changes_nothing(data: Path) -> None:
    Database.open(data / "op26x.db").close()
    before = tables(data)
    Database.open(data / "op26x.db").close()
    assert tables(data) == before
    assert "alembic_version" in before


def test_every_migration_goes_back_to_nothing(data: Path) -> None:
    database = Database.open(data / "op26x.db")
    database.close()
    engine = sa.create_engine(f"sqlite:///{data / 'op26x.db'}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    engine.dispose()
    assert tables(data) == {"alembic_version"}


ORGANIZATION = """
INSERT INTO organization (id, name, created_at, retention_days, recording, closing_days, language, second_factor)
    VALUES ('01ORGANIZATION', 'first', '2025-12-01 00:00:00', 30, '', 30, 'en', 0);
"""
CALL = """
INSERT INTO turn (id, organization_id, call_id, number, speaker, started_ms, ended_ms, latency_ms, interrupted)
    VALUES ('01TURN', '01ORGANIZATION', '01CALL', 1, 'caller', 0, 900, NULL, 0);
INSERT INTO call (id, organization_id, agent, direction, state, provider, provider_call_id, caller_index,
    caller_last_two, called_index, called_last_two, created_at, measured_s, end_reason, outcome, vendor_errors,
    recording_mode, recording_outcome, expires_at)
    VALUES ('01CALL', '01ORGANIZATION', 'clinic', 'inbound', 'completed', 'twilio', 'CA1', 'aa', '23', 'bb', '99',
    '2026-01-05 09:00:00.250000', 8.5, 'caller-hung-up', 'booked', 1, 'off', '', '2026-02-04 09:00:00');
"""
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
ROWS = ORGANIZATION + (
    CALL.replace("recording_mode,", "recorded, kept_days, service, policy, campaign, recording_mode,").replace(
        "1, 'off'", "1, 0, 30, 0, '', '', 'off'"
    )
)
RECORDING = """
INSERT INTO recording VALUES ('01RECORDING', '01ORGANIZATION', '01CALL', 'completed', 'assent', 'en/1',
    'recordings/01CALL', 0, 900, 4096, 2, 'ab', '[]', 'call-ended', '', '', NULL,
    '2026-01-05 09:00:05', '2026-02-04 09:00:00', NULL);
"""
OF_0004 = (
    """
INSERT INTO organization (id, name, created_at, retention_days)
    VALUES ('01ORGANIZATION', 'default', '2025-12-01 00:00:00', 14);
INSERT INTO api_key (id, organization_id, name, digest, created_at, revoked_at) VALUES
    ('01KEY', '01ORGANIZATION', 'notebook', 'd1', '2025-12-02 00:00:00', NULL),
    ('02KEY', '01ORGANIZATION', 'lost', 'd2', '2025-12-03 00:00:00', '2025-12-04 00:00:00');
INSERT INTO consent (id, organization_id, subject_index, call_id, purpose, state, evidence, value, announcement, at,
    expires_at) VALUES ('01CONSENT', '01ORGANIZATION', 'aa', '01CALL', 'recording', 'granted', 'digit', '1', 'en/1',
    '2026-01-05 09:00:05', '2026-02-04 09:00:00');
INSERT INTO audit_entry (id, organization_id, at, who, what, record_id, why)
    VALUES ('01ENTRY', '01ORGANIZATION', '2026-01-05 10:00:00', 'command-line', 'call.read', '01CALL', 'asked');
"""
    + CALL
)
LAST = newest(REVISIONS)
NEXT = f"{int(LAST) + 1:04}"
LATER = f'''
"""A column more, in a table that others refer to."""

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{LAST}"


def upgrade() -> None:
    with op.batch_alter_table("call", recreate="always") as call:
        call.add_column(sa.Column("colour", sa.String(), nullable=False, server_default="grey"))


def downgrade() -> None:
    with op.batch_alter_table("call", recreate="always") as call:
        call.drop_column("colour")
'''


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The revisions of a version to come."""
    folder = tmp_path / "versions"
    shutil.copytree(REVISIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / f"{NEXT}_colour.py").write_text(LATER.lstrip())
    return folder


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The revisions of the version before there were several organizations."""
    folder = tmp_path / "earlier"
    folder.mkdir()
    shutil.copy(REVISIONS / "0004_first_tables.py", folder)
    return folder


def ask(data: Path, query: str) -> list[tuple[object, ...]]:
    """What the database answers."""
    with closing(sqlite3.connect(data / "op26x.db")) as connection:
        return connection.execute(query).fetchall()


def fill(data: Path, rows: str = ROWS, revisions: Path = REVISIONS) -> None:
    """A database with a call."""
    Database.open(data / "op26x.db", revisions).close()
    with closing(sqlite3.connect(data / "op26x.db")) as connection:
        connection.executescript(rows)


def test_a_table_that_others_refer_to_can_be_changed_and_keeps_its_rows(data: Path, later: Path) -> None:
    fill(data)
    (before,) = ask(data, "SELECT * FROM call")
    with closing(Database.open(data / "op26x.db", later)) as database, database.session() as session:
        assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    assert ask(data, "SELECT * FROM call") == [(*before, "grey")]
    assert ask(data, "SELECT id FROM turn") == [("01TURN",)]
    assert ask(data, "PRAGMA foreign_key_list(turn)")


def test_rows_that_refer_to_nothing_stop_a_migration(data: Path, later: Path) -> None:
    fill(data, ROWS + "DELETE FROM organization;")
    with pytest.raises(WorkError, match="refer to nothing"):
        Database.open(data / "op26x.db", later)
    assert ask(data, "SELECT version_num FROM alembic_version") == [(LAST,)]
    assert "colour" not in {name for _, name, *_ in ask(data, "PRAGMA table_info(call)")}


def rows(data: Path) -> dict[str, list[dict[str, object]]]:
    """Every row of every table."""
    with closing(sqlite3.connect(data / "op26x.db")) as connection:
        connection.row_factory = sqlite3.Row
        return {
            table: [dict(row) for row in connection.execute(f'SELECT * FROM "{table}"')]
            for table in tables(data) - {"alembic_version"}
        }


def test_a_database_from_before_there_were_several_organizations_loses_nothing(data: Path, earlier: Path) -> None:
    fill(data, OF_0004, earlier)
    before = rows(data)
    assert ask(data, "SELECT version_num FROM alembic_version") == [("0004",)]
    Database.open(data / "op26x.db").close()
    after = rows(data)
    assert {table for table, found in before.items() if found} == {
        *("organization", "api_key", "call", "turn", "consent", "audit_entry")
    }
    for table, found in before.items():
        assert [old | new for old, new in zip(found, after[table], strict=True)] == after[table]
        assert [new | old for old, new in zip(found, after[table], strict=True)] == after[table], table
    assert [after[table] for table in ("agent", "agent_version", "phone_line")] == [[], [], []]
    assert ask(data, "PRAGMA foreign_key_list(api_key)")
    assert ask(data, "SELECT agent_version FROM call") == [(None,)]


@pytest.mark.parametrize(("more", "recorded"), [("", 0), (RECORDING, 1)], ids=["not recorded", "recorded"])
def test_a_call_from_before_says_whether_it_was_recorded(data: Path, earlier: Path, more: str, recorded: int) -> None:
    fill(data, OF_0004 + more, earlier)
    Database.open(data / "op26x.db").close()
    assert ask(data, "SELECT recorded FROM call") == [(recorded,)]


@pytest.mark.parametrize(
    ("ends", "days"),
    [
        ("2026-02-04 09:00:00.250000", 30),
        ("2026-02-04 09:00:00.250001", 31),
        ("2026-02-04 09:00:00.249999", 30),
        ("2026-01-05 09:00:00.250000", 0),
        ("2026-01-06 08:00:00.000000", 1),
    ],
)
def test_a_call_from_before_says_for_how_many_days_it_is_kept(data: Path, earlier: Path, ends: str, days: int) -> None:
    fill(data, OF_0004 + f"UPDATE call SET expires_at = '{ends}';", earlier)
    Database.open(data / "op26x.db").close()
    assert ask(data, "SELECT kept_days FROM call") == [(days,)]


def test_its_api_keys_may_go_on_doing_everything_and_its_organization_is_open(data: Path, earlier: Path) -> None:
    fill(data, OF_0004, earlier)
    with closing(Database.open(data / "op26x.db")) as database, database.session() as session:
        kept, revoked = session.exec(select(ApiKey).order_by(col(ApiKey.id))).all()
        assert (kept.name, kept.role, kept.granted) == ("notebook", "owner", actions_of(Role.OWNER))
        assert (kept.made_by, kept.expires_at, kept.last_used_at) == ("", None, None)
        now = datetime(2026, 1, 5, tzinfo=UTC)
        assert (kept.stands(now), revoked.stands(now)) == (True, False)
        (organization,) = session.exec(select(Organization)).all()
        assert (organization.name, organization.retention_days) == ("default", 14)
        assert (organization.recording, organization.language, organization.closed_at) == ("", "en", None)
        assert organization.closing_days == 30


def test_what_it_had_is_there_when_it_goes_back(data: Path, earlier: Path) -> None:
    fill(data, OF_0004, earlier)
    before = rows(data)
    Database.open(data / "op26x.db").close()
    engine = sa.create_engine(f"sqlite:///{data / 'op26x.db'}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
    engine.dispose()
    assert rows(data) == before


def test_a_migration_that_fails_leaves_nothing_behind(data: Path) -> None:
    data.mkdir()
    connection = sqlite3.connect(data / "op26x.db")
    connection.execute("CREATE TABLE turn (something TEXT)")
    connection.close()
    with pytest.raises(WorkError, match=r"op26x\.db can't be used: table turn already exists") as caught:
        Database.open(data / "op26x.db")
    assert "OP26X_DATA" in caught.value.remedy
    assert tables(data) == {"turn"}


def test_a_database_of_a_newer_version_is_told_of(data: Path) -> None:
    Database.open(data / "op26x.db").close()
    with closing(sqlite3.connect(data / "op26x.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(WorkError, match="written by a newer op26x"):
        Database.open(data / "op26x.db")


def _open_at_once(data: Path, path: list[str], barrier: Barrier) -> None:
    sys.path[:] = path
    from op26x.storage import Database

    barrier.wait()
    Database.open(data / "op26x.db").close()


def test_processes_that_start_at_once_all_find_the_schema(data: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(3)
    processes = [spawn.Process(target=_open_at_once, args=(data, sys.path, barrier)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert {"call", "turn", "organization", "api_key"} <= tables(data)
