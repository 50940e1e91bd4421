"""SQLite plans our queries as for a large installation, from the first day on."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import op26x.calls
from op26x.storage import Database

pytestmark = pytest.mark.sqlite

assert op26x.calls

CALLS = "SELECT * FROM call WHERE organization_id = 'o' AND "
NEWEST = " ORDER BY created_at DESC, id DESC LIMIT 100"
PLANS = {
    f"{CALLS} id < 'x' {NEWEST}": "ix_call_newest",
    f"{CALLS} agent = 'a' {NEWEST}": "ix_call_agent",
    f"{CALLS} state = 'failed' {NEWEST}": "ix_call_state",
    f"{CALLS} recorded = 1 {NEWEST}": "ix_call_recorded",
    f"{CALLS} agent = 'a' AND recorded = 1 {NEWEST}": "ix_call_agent",
    f"{CALLS} provider_call_id = 'CA1' {NEWEST}": "ix_call_provider_call_id",
    f"{CALLS} caller_index = 'i'": "ix_call_caller_index",
    f"{CALLS} id IN ('a', 'b')": "sqlite_autoindex_call_1",
    f"{CALLS} kept_days > 7 AND erased_at IS NULL LIMIT 500": "ix_call_kept_days",
    f"{CALLS} expires_at <= 'x' AND erased_at IS NULL ORDER BY expires_at, id LIMIT 100": "ix_call_kept",
    "SELECT * FROM turn WHERE organization_id = 'o' AND call_id = 'c' ORDER BY number": "ix_turn_call_id",
    "SELECT * FROM recording WHERE organization_id = 'o' AND call_id IN ('a', 'b')": "sqlite_autoindex_recording_2",
    "SELECT * FROM recording WHERE organization_id = 'o' AND state = 'erasing'": "ix_recording_state",
    "SELECT * FROM audit_entry WHERE organization_id = 'o' AND record_id = 'r'": "ix_audit_entry_record_id",
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    file = tmp_path_factory.mktemp("planned") / "op26x.db"
    Database.open(file).close()
    with closing(sqlite3.connect(file)) as connection:
        yield connection


@pytest.mark.parametrize(("query", "index"), PLANS.items(), ids=range(len(PLANS)))
def test_a_query_takes_the_index_that_finds_least(connection: sqlite3.Connection, query: str, index: str) -> None:
    plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}"))
    assert f"INDEX {index} " in plan, plan


def test_no_page_of_calls_is_sorted(connection: sqlite3.Connection) -> None:
    pages = [query for query, index in PLANS.items() if query.endswith(NEWEST) and "provider" not in index]
    for query in pages:
        plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}"))
        assert "B-TREE" not in plan, plan


def test_the_assumptions_are_those_of_every_index(connection: sqlite3.Connection, tmp_path: Path) -> None:
    assumed = {index for (index,) in connection.execute("SELECT idx FROM sqlite_stat1")}
    there = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name NOT LIKE 'sqlite%'")
    assert assumed == {name for (name,) in there}
