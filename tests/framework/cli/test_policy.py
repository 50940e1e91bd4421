"""``op26x policy``: what a call is held under and why, what differs, who could be called, and the law tables."""

import json
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

import pytest

from framework.cli.conftest import Run
from op26x.policy import LAW, Confidence, Row, Table

LINE, NEW_YORK, CALIFORNIA = "+12125550199", "+12125550123", "+14155550123"
WASHINGTON, GERMANY = "+12065550123", "+493012345678"
INBOUND = ("--from", CALIFORNIA, "--to", LINE)
FIELDS = {"hash", "places", "zones", "tables", "fields", "lifted", "languages"}


def done(op26x: Run, *words: str) -> Any:
    """What a command prints as JSON."""
    code, out, err = op26x(*words, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def refused(op26x: Run, *words: str) -> str:
    """What is said of a command that is wrong."""
    code, out, err = op26x(*words)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    return " ".join(err.split())


def publish(op26x: Run, name: str, **keys: str) -> None:
    """Has an agent take calls that demands as little as one can."""
    usual = {"greeting": "Hi", "instructions": "Talk.", "llm": "rehearsal", "recording": "one-party"}
    Path(f"{name}.yaml").write_text(
        "".join(f"{key}: {value}\n" for key, value in ({"name": name} | usual | keys).items())
    )
    code, _, err = op26x("agents", "import", f"{name}.yaml", "--publish")
    assert code == 0, err


@pytest.fixture
def agents(op26x: Run, empty: None) -> None:
    """One that serves and one that sells."""
    publish(op26x, "clinic", purpose="service")
    publish(op26x, "sales", purpose="solicitation")


def explained(op26x: Run, *words: str) -> dict[str, Any]:
    """The value of each field that somebody demanded something of, and who did."""
    found = done(op26x, "policy", "explain", *words)
    return {
        line["field"]: (line["value"], [one["source"] for one in line["decided_by"]])
        for line in found["fields"]
        if line["decided_by"]
    }


# explain


def test_a_call_from_california_is_announced_by_the_law_of_california(op26x: Run, agents: None) -> None:
    found = explained(op26x, *INBOUND, "--agent", "clinic")
    assert found["recording"] == ("announce", ["us-ca-recording"])
    assert found["ai_disclosure"] == ("start", ["us-ca-ai-disclosure"])
    assert found["longest_s"] == ("600", ["agent"])
    assert found.keys().isdisjoint({"call_consent", "hours", "forbidden"}), "nobody is called"
    assert "listening_notice" not in found, "it is proved that the local services keep nothing"


def test_for_people_it_names_places_statutes_and_what_would_loosen_it(op26x: Run, agents: None) -> None:
    code, out, err = op26x("policy", "explain", *INBOUND, "--agent", "clinic")
    policy = done(op26x, "policy", "explain", *INBOUND, "--agent", "clinic")
    assert (code, err) == (0, "")
    first, *lines = out.splitlines()
    assert first == f"Places: US-CA, US-NY. Languages: en. Policy {policy['hash'][:16]}."
    (recording,) = (line for line in lines if line.startswith("recording "))
    assert "us-ca-recording (Cal. Penal Code" in recording
    (longest,) = (line for line in lines if line.startswith("longest_s "))
    assert "a looser agent" in longest
    assert not any(line.startswith("forbidden") for line in lines)
    assert "no legal advice" in lines[-1]


def test_json_has_every_field_of_the_policy_and_all_of_each_row(op26x: Run, agents: None) -> None:
    found = done(op26x, "policy", "explain", *INBOUND, "--agent", "clinic")
    assert found.keys() == FIELDS
    assert (found["places"], found["zones"]) == (["US-CA", "US-NY"], ["America/Los_Angeles"])
    assert found["tables"] == LAW.versions
    assert len(found["hash"]) == 64
    fields = {line["field"]: line for line in found["fields"]}
    assert fields["forbidden"] == {"field": "forbidden", "value": "no", "decided_by": []}
    assert fields["recording"]["decided_by"] == [
        {
            "source": "us-ca-recording",
            "cite": "Cal. Penal Code 632, 632.7",
            "confidence": "high",
            "place": "US-CA",
            "note": "",
            "loosened_by": "nothing",
        }
    ]


def test_nobody_is_sold_anything_by_a_machine_in_washington(op26x: Run, agents: None) -> None:
    outbound = ("--from", LINE, "--to", WASHINGTON, "--outbound")
    found = explained(op26x, *outbound, "--agent", "sales")
    assert found["forbidden"] == ("yes", ["us-wa-announcing-device"])
    assert found["call_consent"] == ("written", ["us-marketing-consent"])
    assert found["hours"][0] == "Mon-Sun 08:00-20:00"
    served = explained(op26x, *outbound, "--agent", "clinic")
    assert "forbidden" not in served
    assert served["call_consent"] == ("express", ["us-consent"])


def test_of_a_number_that_is_not_known_the_strictest_holds(op26x: Run, agents: None) -> None:
    found = explained(op26x, "--to", LINE, "--agent", "clinic")
    assert found["recording"] == ("assent", ["unknown-recording"])
    assert found["listening_notice"] == ("yes", ["unknown-recording"])
    assert found["ai_disclosure"] == ("asked; start", ["unknown-ai-disclosure"])
    assert "a place that is known" in op26x("policy", "explain", "--to", LINE)[1]
    assert found == explained(op26x, "--from", "+18005550123", "--to", LINE, "--agent", "clinic"), "toll-free"


def test_a_law_that_begins_then_holds_from_that_day_on_by_their_calendar(op26x: Run, agents: None) -> None:
    call = ("--from", GERMANY, "--to", LINE, "--agent", "clinic", "--at")
    for before in ("2026-08-01", "2026-08-01T21:59Z", "2026-08-01T23:59+02:00"):
        assert "ai_disclosure" not in explained(op26x, *call, before)
    for after in ("2026-08-02", "2026-08-02T00:00+02:00", "2030-01-01"):
        assert explained(op26x, *call, after)["ai_disclosure"] == ("start", ["eu-ai-disclosure"])


def test_a_place_that_is_known_besides_is_added(op26x: Run, agents: None) -> None:
    call = ("--from", NEW_YORK, "--to", LINE, "--agent", "clinic")
    assert "recording" not in explained(op26x, *call)
    assert explained(op26x, *call, "--place", "US-CA")["recording"] == ("announce", ["us-ca-recording"])
    assert done(op26x, "policy", "explain", *call, "--place", "US-CA, DE")["places"] == ["DE", "US-CA", "US-NY"]


def test_our_place_stands_for_the_place_of_the_line(op26x: Run, agents: None, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(op26x, "berlin", place="DE")
    assert done(op26x, "policy", "explain", *INBOUND, "--agent", "berlin")["places"] == ["DE", "US-CA"]
    monkeypatch.setenv("OP26X_PLACE", "US-WA")
    assert done(op26x, "policy", "explain", *INBOUND, "--agent", "clinic")["places"] == ["US-CA", "US-WA"]
    assert done(op26x, "policy", "explain", *INBOUND, "--agent", "berlin")["places"] == ["DE", "US-CA", "US-WA"]


def test_an_installation_that_records_nothing_says_so(
    op26x: Run, agents: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OP26X_RECORDING", "off")
    value, sources = explained(op26x, *INBOUND, "--agent", "clinic")["recording"]
    assert (value, "installation" in sources) == ("off", True)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--at", "tomorrow"), "'tomorrow' is no time. Write it as 2027-06-01"),
        (("--at", "2027-02-30"), "'2027-02-30' is no time"),
        (("--at", "1999-01-01"), "The clock says 1999-01-01"),
        (("--place", "California"), "There is no place 'California'. Write it as in ISO 3166: DE, US-CA."),
        (("--place", "DE,us-ca"), "There is no place 'us-ca'"),
        (("--from", "4155550123"), "not a phone number with its country code"),
        (("--to", "0171 5550123"), "not a phone number with its country code"),
        (("--agent", "nobody"), "There is no agent 'nobody'. The agents are: clinic, sales."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_wrong_is_said_with_what_to_write(op26x: Run, agents: None, words: tuple[str, ...], what: str) -> None:
    for verb in (("explain",), ("diff", "--other-at", "2027-01-01")):
        assert what in refused(op26x, "policy", *verb, *words)


def test_without_data_the_agent_is_the_built_in_one_and_nothing_is_made(op26x: Run, data: Path) -> None:
    assert explained(op26x, *INBOUND)["longest_s"][1] == ["agent"]
    assert not data.exists()


def test_of_several_organizations_one_is_named(op26x: Run, agents: None) -> None:
    op26x("organizations", "create", "acme")
    assert "--organization" in refused(op26x, "policy", "explain", *INBOUND)
    assert "There is no agent 'sales'" in refused(
        op26x, "policy", "explain", *INBOUND, "--agent", "sales", "--organization", "acme"
    )
    assert explained(op26x, *INBOUND, "--agent", "sales", "--organization", "default")


# diff


def differing(op26x: Run, *words: str) -> dict[str, tuple[str, str]]:
    """Each field in which two policies differ."""
    rows = done(op26x, "policy", "diff", *words)
    assert all(row.keys() == {"field", "one", "other"} for row in rows)
    return {row["field"]: (row["one"], row["other"]) for row in rows}


def test_two_agents_two_times_or_two_places_are_compared(op26x: Run, agents: None) -> None:
    outbound = ("--from", LINE, "--to", WASHINGTON, "--outbound", "--agent", "clinic")
    by_agent = differing(op26x, *outbound, "--other-agent", "sales")
    assert (by_agent["forbidden"], by_agent["call_consent"]) == (("no", "yes"), ("express", "written"))
    call = ("--from", GERMANY, "--to", LINE, "--agent", "clinic", "--at", "2026-08-01")
    assert differing(op26x, *call, "--other-at", "2026-08-02") == {"ai_disclosure": ("none", "start")}
    call = ("--from", NEW_YORK, "--to", LINE, "--agent", "clinic", "--at", "2026-08-01")
    assert differing(op26x, *call, "--other-place", "GB") == {"recording": ("one-party", "announce")}


def test_two_that_do_not_differ_say_so(op26x: Run, agents: None) -> None:
    words = ("policy", "diff", *INBOUND, "--agent", "clinic", "--at", "2027-06-01", "--other-at", "2027-06-02")
    assert op26x(*words) == (0, "They do not differ.\n", "")
    assert done(op26x, *words) == []


def test_for_people_both_values_stand_side_by_side(op26x: Run, agents: None) -> None:
    code, out, _ = op26x("policy", "diff", *INBOUND, "--agent", "clinic", "--other-place", "DE", "--at", "2026-08-01")
    assert code == 0
    assert [line.split() for line in out.splitlines()] == [
        ["field", "one", "other"],
        ["recording", "announce", "assent"],
    ]


def test_with_nothing_to_compare_with_it_says_what_there_is(op26x: Run, agents: None) -> None:
    told = refused(op26x, "policy", "diff", *INBOUND)
    assert all(option in told for option in ("--other-agent", "--other-at", "--other-place"))


# simulate

THURSDAY = "2026-12-10T15:00Z"
"""10 in the morning in New York, 7 in Los Angeles."""


def written(*rows: str, header: str = "number,place") -> str:
    """The name of a file of contacts."""
    Path("contacts.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8-sig")
    return "contacts.csv"


def simulated(op26x: Run, file: str, *words: str, agent: str = "sales", at: str = THURSDAY) -> list[dict[str, Any]]:
    """What would become of each contact."""
    given = ("--contacts", file, "--from", LINE, "--agent", agent, "--at", at, *words)
    found: list[dict[str, Any]] = done(op26x, "policy", "simulate", *given)
    assert [one["row"] for one in found] == list(range(1, len(found) + 1))
    return found


def test_of_each_contact_it_is_told_whether_they_could_be_called_and_what_is_in_the_way(
    op26x: Run, agents: None
) -> None:
    here, west, forbidden = simulated(op26x, written(f"{NEW_YORK},", f"{CALIFORNIA},", f"{WASHINGTON},"))
    assert here == {
        "row": 1,
        "places": "US-NY",
        "called": True,
        "why_not": "",
        "opens_at": "",
        "recording": "one-party",
        "consent": "written",
    }
    assert (west["called"], west["why_not"]) == (False, "outside calling hours")
    assert west["opens_at"] == "2026-12-10T17:00Z"
    assert west["recording"] == "announce"
    assert (forbidden["called"], forbidden["why_not"], forbidden["opens_at"]) == (False, "forbidden by law", "")


def test_it_depends_on_the_time_and_on_the_agent(op26x: Run, agents: None) -> None:
    file = written(f"{CALIFORNIA},", f"{WASHINGTON},")
    assert [one["called"] for one in simulated(op26x, file, at="2026-12-10T17:00Z")] == [True, False]
    served = simulated(op26x, file, agent="clinic")
    assert [(one["called"], one["consent"]) for one in served] == [(True, "express")] * 2


@pytest.mark.parametrize("number", ["2125550123", "", " ", "anonymous", "+18005550123"])
def test_a_contact_who_may_be_anywhere_is_held_under_the_strictest(op26x: Run, agents: None, number: str) -> None:
    (one,) = simulated(op26x, written(f"{number},"))
    assert "unknown" in one["places"]
    assert (one["called"], one["why_not"], one["opens_at"]) == (False, "outside calling hours", "")
    assert (one["recording"], one["consent"]) == ("assent", "written")


def test_a_place_that_is_known_is_added_and_the_column_may_be_missing(op26x: Run, agents: None) -> None:
    plain, besides = simulated(op26x, written(f"{NEW_YORK},", f"{NEW_YORK},DE"))
    assert (plain["places"], plain["recording"]) == ("US-NY", "one-party")
    assert (besides["places"], besides["recording"]) == ("DE, US-NY", "assent")
    assert simulated(op26x, written(NEW_YORK, header="number")) == [plain]


def test_for_people_they_are_counted_and_no_number_is_shown(op26x: Run, agents: None) -> None:
    file = written(*[f"{NEW_YORK},"] * 3, *[f"{CALIFORNIA},"] * 2, f"{WASHINGTON},")
    code, out, _ = op26x("policy", "simulate", "--contacts", file, "--from", LINE, "--agent", "sales", "--at", THURSDAY)
    assert code == 0
    assert out.splitlines()[-1] == "3 could be called; 2 outside calling hours; 1 forbidden by law."
    assert "5550123" not in out


def test_a_file_of_nobody_says_so(op26x: Run, agents: None) -> None:
    assert simulated(op26x, written()) == []
    code, out, _ = op26x("policy", "simulate", "--contacts", written(), "--agent", "sales")
    assert (code, "There is nobody in the file." in out) == (0, True)


def test_a_file_that_is_none_of_contacts_is_refused(op26x: Run, agents: None) -> None:
    simulate = ("policy", "simulate", "--agent", "sales", "--contacts")
    assert "nowhere.csv can't be read" in refused(op26x, *simulate, "nowhere.csv")
    Path("folder").mkdir()
    assert "folder can't be read" in refused(op26x, *simulate, "folder")
    Path("latin.csv").write_bytes(b"number,place\n\xe4,\n")
    assert "CSV file in UTF-8" in refused(op26x, *simulate, "latin.csv")
    assert "has no column number" in refused(op26x, *simulate, written(header="phone,place"))
    Path("empty.csv").write_bytes(b"")
    assert "has no column number" in refused(op26x, *simulate, "empty.csv")


def test_a_contact_in_a_place_that_there_is_not_is_refused(op26x: Run, agents: None) -> None:
    told = refused(
        op26x, "policy", "simulate", "--agent", "sales", "--contacts", written(f"{NEW_YORK},", f"{NEW_YORK},Utopia")
    )
    assert "Row 2 of" in told
    assert "There is no place 'Utopia'" in told


# The law tables.

ROWS = {row.id: (table, row) for table, row in LAW.all_rows()}


def ids(rows: list[dict[str, Any]]) -> set[str]:
    """Names of rows, each once."""
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"] for row in rows}


def those(wanted: Any) -> set[str]:
    """Names of all rows that are wanted."""
    return {name for name, (table, row) in ROWS.items() if wanted(table, row)}


@pytest.mark.parametrize("name", LAW.versions)
def test_a_table_is_printed_with_all_its_rows_and_their_statutes(op26x: Run, name: str) -> None:
    found = done(op26x, "policy", "table", name)
    assert ids(found) == those(lambda table, row: table.name == name)
    assert {row["table"] for row in found} == {name}
    assert [row["cite"] for row in found] == [ROWS[row["id"]][1].cite for row in found]
    code, out, _ = op26x("policy", "table", name)
    assert code == 0
    assert all(any(line.startswith(f"{row['id']} ") for line in out.splitlines()) for row in found)


def test_a_row_says_what_it_demands_of_whom_from_when_on(op26x: Run) -> None:
    (row,) = [row for row in done(op26x, "policy", "table", "calling") if row["id"] == "fr-consent"]
    assert (row["places"], row["purpose"], row["effective"], row["until"]) == (["FR"], "solicitation", "2026-08-11", "")
    assert "call consent: express" in row["demands"]
    assert (row["confidence"], row["as_of"]) == ("medium", str(ROWS["fr-consent"][0].as_of))


def test_a_table_that_there_is_not_names_those_there_are(op26x: Run) -> None:
    told = refused(op26x, "policy", "table", "prices")
    assert "There is no table 'prices'. The tables are: recording, hours, calling." in told


def test_rows_are_listed_by_place_with_all_that_it_belongs_to(op26x: Run) -> None:
    assert ids(done(op26x, "policy", "rows")) == ROWS.keys()
    found = ids(done(op26x, "policy", "rows", "--place", "US-CA"))
    assert {"us-ca-recording", "us-recording", "us-consent", "us-ca-hours"} <= found
    assert found == those(lambda table, row: {"US", "US-CA"} & set(row.places))
    assert {"fr-hours", "eu-recording"} <= ids(done(op26x, "policy", "rows", "--place", "FR"))


def test_of_a_place_of_which_nothing_is_known_the_strictest_is_listed(op26x: Run) -> None:
    assert ids(done(op26x, "policy", "rows", "--place", "JP")) == those(lambda table, row: row in table.default)


def test_rows_that_change_from_a_day_on_are_listed(op26x: Run) -> None:
    def changing(since: date) -> set[str]:
        return those(lambda table, row: any(day and day >= since for day in (row.effective, row.until)))

    found = ids(done(op26x, "policy", "rows", "--changed-since", "2026-08-03"))
    assert found == changing(date(2026, 8, 3))
    assert {"fr-consent", "eu-synthetic-audio"} <= found
    assert "eu-ai-disclosure" not in found
    assert "eu-ai-disclosure" in ids(done(op26x, "policy", "rows", "--changed-since", "2026-08-02"))
    both = done(op26x, "policy", "rows", "--changed-since", "2026-08-02", "--place", "DE")
    assert ids(both) == {"eu-ai-disclosure", "eu-synthetic-audio"}
    assert op26x("policy", "rows", "--changed-since", "2099-01-01")[:2] == (0, "No row.\n")


@pytest.mark.parametrize(("option", "value"), [("--place", "Utopia"), ("--changed-since", "lately")])
def test_what_is_no_place_and_no_day_is_refused(op26x: Run, option: str, value: str) -> None:
    assert repr(value) in refused(op26x, "policy", "rows", option, value)


@pytest.fixture
def days_later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the day to so many after the tables were gone through."""

    def set_to(days: int) -> None:
        class Then(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                as_of = max(table.as_of for table in LAW.tables)
                return cls(as_of.year, as_of.month, as_of.day, tzinfo=UTC) + timedelta(days=days)

        monkeypatch.setattr("op26x.cli.policy.datetime", Then)

    return set_to


def unsure(table: Table, row: Row) -> bool:
    """Whether somebody should look at a row, however new it is."""
    return row.confidence is Confidence.LOW


def test_rows_of_low_confidence_should_be_looked_at_and_after_half_a_year_all(op26x: Run, days_later: Any) -> None:
    low = those(unsure)
    assert low
    assert low != ROWS.keys()
    days_later(182)
    assert ids(done(op26x, "policy", "stale")) == low
    days_later(184)
    assert ids(done(op26x, "policy", "stale")) == ROWS.keys()
    assert ids(done(op26x, "policy", "stale", "--months", "7")) == low
    days_later(31)
    assert ids(done(op26x, "policy", "stale", "--months", "1")) == ROWS.keys()
