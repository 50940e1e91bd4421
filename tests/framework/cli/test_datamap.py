"""``op26x datamap``: what is held of people, as a list, a document, JSON and a manifest; and what was added."""

import json
from pathlib import Path

import pytest
import yaml

from framework.cli.conftest import Run


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
    assert (code, "Nothing was changed" in out) == (0, True)
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
