"""``op26x consents``: what people agreed to elsewhere comes in, and what they decided is listed and exported."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from framework.cli.conftest import Run
from op26x.client.policy_types import ConsentSummary

HEADER = "number,purpose,state,evidence,at"
ROWS = (
    "+12125550123,marketing,granted,form,2025-05-04T10:00Z",
    "+12125550123,marketing,withdrawn,words,2025-06-01T10:00Z",
    "+12125550124,call,granted,letter,2025-05-05T10:00Z",
)
DECIDED = [("marketing", "withdrawn"), ("call", "granted"), ("marketing", "granted")]


def written(*rows: str, name: str = "consents.csv") -> str:
    """The name of a file of consents."""
    Path(name).write_text("\n".join([HEADER, *rows, ""]))
    return name


def done(op26x: Run, *words: str) -> Any:
    """What a command prints as JSON."""
    code, out, err = op26x(*words, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def decided(op26x: Run, *words: str) -> list[tuple[str, str]]:
    """Purpose and state of what is listed."""
    return [(one["purpose"], one["state"]) for one in done(op26x, "consents", "list", *words)]


@pytest.fixture
def imported(op26x: Run, empty: None) -> None:
    """Three consents of two people."""
    assert op26x("consents", "import", written(*ROWS))[0] == 0


def test_it_is_said_how_many_are_imported_and_which_were_before(op26x: Run, empty: None) -> None:
    code, out, err = op26x("consents", "import", written(*ROWS))
    assert (code, out, err) == (0, "Consents imported: 3.\n", "")
    assert op26x("consents", "import", "consents.csv")[1] == "Consents imported: 0; imported before: 3.\n"
    assert done(op26x, "consents", "import", "consents.csv") == {"imported": 0, "known": 3}
    assert done(op26x, "consents", "import", written(ROWS[2], name="other.csv")) == {"imported": 1, "known": 0}


def test_a_directory_is_made_for_whoever_begins_with_it(op26x: Run, data: Path) -> None:
    assert not data.exists()
    assert op26x("consents", "import", written(*ROWS))[0] == 0
    assert decided(op26x) == DECIDED


def test_a_file_with_a_fault_changes_nothing(op26x: Run, imported: None) -> None:
    code, out, err = op26x("consents", "import", written("+12125550125,call,granted,form,2025-01-01", "5550126,,,,"))
    assert (code, out) == (2, "")
    told = " ".join(err.split())
    assert "Nothing is imported: line 3: " in told
    assert "Mend these lines" in told
    assert decided(op26x) == DECIDED


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_a_file_that_can_not_be_read_is_named(op26x: Run, empty: None, name: str) -> None:
    code, out, err = op26x("consents", "import", name)
    assert (code, out, f"{name} can't be read: " in " ".join(err.split())) == (2, "", True)


def test_who_imported_is_in_the_audit_log_and_no_number_is(op26x: Run, imported: None) -> None:
    entries = [one for one in done(op26x, "audit", "show") if one["what"].startswith("consent.")]
    assert sorted((one["what"], one["who"]) for one in entries) == [
        ("consent.granted", "command-line"),
        ("consent.granted", "command-line"),
        ("consent.withdrawn", "command-line"),
    ]
    assert "5550123" not in json.dumps(entries)


def test_they_are_listed_the_newest_first_in_the_words_of_the_api(op26x: Run, imported: None) -> None:
    found = done(op26x, "consents", "list")
    assert [(one["purpose"], one["state"]) for one in found] == DECIDED
    assert json.loads(msgspec.json.encode(msgspec.convert(found, list[ConsentSummary]))) == found
    code, out, _ = op26x("consents", "list")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["at", "purpose", "state", "evidence", "value", "call"]
    assert [line.split()[:5] for line in lines[1:]] == [
        ["2025-06-01", "10:00Z", "marketing", "withdrawn", "words"],
        ["2025-05-05", "10:00Z", "call", "granted", "letter"],
        ["2025-05-04", "10:00Z", "marketing", "granted", "form"],
    ]
    assert "5550123" not in out


def test_of_one_person_one_purpose_or_the_newest_alone(op26x: Run, imported: None) -> None:
    assert decided(op26x, "--number", "+1 212 555 0123") == [DECIDED[0], DECIDED[2]]
    assert decided(op26x, "--number", "+12125550125") == []
    assert decided(op26x, "--purpose", "call") == DECIDED[1:2]
    assert decided(op26x, "--purpose", "recording") == []
    assert decided(op26x, "--number", "+12125550124", "--purpose", "marketing") == []
    assert decided(op26x, "--limit", "1") == DECIDED[:1]


@pytest.mark.parametrize("verb", ["list", "export"])
@pytest.mark.parametrize("words", [("--number", "2125550123"), ("--purpose", "sales")])
def test_what_is_no_number_and_no_purpose_is_refused(
    op26x: Run, imported: None, verb: str, words: tuple[str, str]
) -> None:
    code, out, err = op26x("consents", verb, *words)
    assert (code, out) == (2, "")
    assert err


def test_where_nobody_decided_anything_it_says_so(op26x: Run, empty: None) -> None:
    assert op26x("consents", "list")[:2] == (0, "Nobody decided anything yet.\n")
    assert done(op26x, "consents", "list") == []


def test_the_ledger_is_exported_as_csv_the_newest_first(op26x: Run, imported: None) -> None:
    code, out, err = op26x("consents", "export")
    assert (code, err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["purpose"], row["state"]) for row in rows] == DECIDED
    assert rows[0]["at"] == "2025-06-01T10:00:00Z"
    assert {row["id"] for row in rows} == {one["id"] for one in done(op26x, "consents", "list")}
    assert "5550123" not in out
    assert rows[0]["subject"] == rows[2]["subject"] != rows[1]["subject"] != "", "who is the same is the same index"


def test_of_nobody_the_columns_are_exported(op26x: Run, empty: None) -> None:
    """A program that reads the file needs no case for an empty one."""
    code, out, err = op26x("consents", "export")
    assert (code, err) == (0, "")
    assert out.startswith("subject,id,purpose,state,")
    assert out.count("\n") == 1


def test_of_one_person_or_one_purpose_alone_is_exported(op26x: Run, imported: None) -> None:
    for words, number in ((("--number", "+12125550123"), 2), (("--purpose", "call"), 1)):
        assert len(op26x("consents", "export", *words)[1].splitlines()) == 1 + number


def test_of_several_organizations_one_is_named_and_sees_its_own(op26x: Run, imported: None) -> None:
    op26x("organizations", "create", "acme")
    code, _, err = op26x("consents", "import", "consents.csv")
    assert (code, "--organization" in err) == (2, True)
    assert decided(op26x, "--organization", "acme") == []
    assert done(op26x, "consents", "import", "consents.csv", "--organization", "acme") == {"imported": 3, "known": 0}
    assert decided(op26x, "--organization", "default") == DECIDED
