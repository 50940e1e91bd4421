"""``op26x datamap``: what is held of people, as a list, a document, JSON and a manifest; and what was added."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from framework.cli.conftest import Run
from op26x.settings import Settings


def test_it_is_shown_in_each_form(op26x: Run, empty: None) -> None:
    code, out, err = op26x("datamap", "show")
    assert (code, err) == (0, "")
    assert "phone number" in " ".join(out.split())
    assert op26x("datamap", "show", "--markdown")[1].startswith("# Records of processing: default")
    assert op26x("datamap", "show", "--html")[1].startswith("<!doctype html>")
    assert yaml.safe_load(op26x("datamap", "show", "--fides")[1])["system"][0]["fides_key"] == "op26x"
    found = json.loads(op26x("datamap", "show", "--json")[1])
    assert found["organization"] == "default"
    assert {"call.caller_number", "key_slot.wrapped"} <= {column["id"] for column in found["columns"]}


def test_one_form_at_a_time(op26x: Run, empty: None) -> None:
    code, out, err = op26x("datamap", "show", "--markdown", "--json")
    assert (code, out, "One form at a time" in err) == (2, "", True)


def test_what_was_changed_since_is_shown(op26x: Run, empty: None) -> None:
    Path("old.json").write_text(op26x("datamap", "show", "--json")[1])
    code, out, _ = op26x("datamap", "diff", "old.json")
    assert (code, "No difference to old.json" in out) == (0, True)
    op26x("retention", "set", "9", "--yes")
    assert "9 days" in " ".join(op26x("datamap", "diff", "old.json")[1].split())
    (one,) = json.loads(op26x("datamap", "diff", "old.json", "--json")[1])
    assert (one["what"], one["id"], one["change"]) == ("period", "call", "changed")


@pytest.mark.parametrize("written", [None, "", "{", '{"a": 1}', "\xff\xfe"])
def test_what_is_no_data_map_says_how_to_make_one(op26x: Run, empty: None, written: str | None) -> None:
    if written is not None:
        Path("old.json").write_bytes(written.encode("latin-1"))
    code, out, err = op26x("datamap", "diff", "old.json")
    assert (code, out) == (2, "")
    assert "old.json" in err


def test_of_several_organizations_one_is_named(op26x: Run, empty: None) -> None:
    op26x("organizations", "create", "acme")
    assert op26x("datamap", "show")[0] == 2
    assert json.loads(op26x("datamap", "show", "--json", "--organization", "acme")[1])["organization"] == "acme"


def test_a_table_that_a_plugin_left_behind_is_dropped(op26x: Run, empty: None, settings: Settings) -> None:
    with closing(sqlite3.connect(settings.core.database_path)) as connection:
        connection.execute("CREATE TABLE note (id TEXT, words TEXT)")
        connection.execute("INSERT INTO note VALUES ('1', 'likes tea')")
        connection.commit()
    code, _, err = op26x("calls", "list")
    assert (code, "op26x datamap drop note" in " ".join(err.split())) == (2, True)
    assert op26x("datamap", "drop", "call", "--yes")[0] == 2
    assert op26x("datamap", "drop", "another", "--yes")[0] == 2
    assert op26x("datamap", "drop", "note", "--yes")[0] == 0
    assert op26x("calls", "list")[0] == 0
    assert b"likes tea" not in settings.core.database_path.read_bytes()
