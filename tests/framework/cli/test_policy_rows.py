"""What an organization adds to the law and lifts, registries and do-not-call lists, at the command line."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from framework.cli.conftest import Run
from framework.cli.test_policy import LINE, WASHINGTON, done, publish, refused
from op26x.accounts import Role
from op26x.calls import Installation
from op26x.settings import Settings

ROWS = """
- name: quiet-fridays
  why: our customers pray on Fridays
  closed: [fri]
- {name: spring-is-short, why: the budget, campaign: spring, longest_s: 60}
- {name: recorded-never, why: counsel, agent: sales, mode: off}
"""
OUTBOUND = ("--outbound", "--from", LINE, "--to", WASHINGTON, "--at", "2026-11-27T17:00Z")


@pytest.fixture
def desk(op26x: Run, empty: None) -> Run:
    """Two agents, and a document of rows."""
    publish(op26x, "clinic", purpose="service")
    publish(op26x, "sales", purpose="solicitation")
    Path("rows.yaml").write_text(ROWS)
    return op26x


def fields(op26x: Run, *words: str) -> dict[str, str]:
    """Each field of a policy, in words."""
    return {one["field"]: one["value"] for one in done(op26x, "policy", "explain", *OUTBOUND, *words)["fields"]}


def test_rows_are_added_shown_in_policies_and_taken_away(desk: Run) -> None:
    assert done(desk, "policy-rows", "add", "rows.yaml", "--why", "the board")["added"] == [
        "quiet-fridays",
        "spring-is-short",
        "recorded-never",
    ]
    shown = fields(desk, "--agent", "clinic")
    assert (shown["hours"], shown["longest_s"]) == ("Mon-Thu 00:00-24:00, Fri closed, Sat-Sun 00:00-24:00", "600")
    assert fields(desk, "--agent", "clinic", "--campaign", "spring")["longest_s"] == "60"
    assert fields(desk, "--agent", "sales")["recording"] == "off"
    desk("policy-rows", "remove", "quiet-fridays", "--why", "a new calendar")
    assert fields(desk, "--agent", "clinic")["hours"] == "at any time"
    assert [one["name"] for one in done(desk, "policy-rows", "list")] == ["spring-is-short", "recorded-never"]
    assert len(done(desk, "policy-rows", "list", "--ended")) == 3


def test_a_phone_line_stays_while_a_row_is_about_it(desk: Run) -> None:
    line = done(desk, "phone-lines", "add", "+12125550199", "--label", "front")
    Path("line.yaml").write_text("- {name: front-desk, why: x, line: front, mode: assent}")
    done(desk, "policy-rows", "add", "line.yaml", "--why", "the board")
    assert "front-desk is about this phone line" in refused(desk, "phone-lines", "delete", line["id"], "--yes")
    done(desk, "policy-rows", "remove", "front-desk", "--why", "moved")
    done(desk, "phone-lines", "delete", line["id"], "--yes")


@pytest.mark.parametrize("why", ["", "  "])
def test_whoever_adds_rows_says_why(desk: Run, why: str) -> None:
    assert "Say why" in refused(desk, "policy-rows", "add", "rows.yaml", "--why", why)
    assert done(desk, "policy-rows", "list") == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("- {name: a, why: x, agent: nobody, mode: assent}", "no agent 'nobody'"),
        ("- {name: a, why: x, line: nowhere, mode: assent}", "no phone line nowhere"),
        ("- {name: a, why: x}", "demands nothing"),
        ("- {name: a, why: x, mood: assent}", "unknown field `mood`"),
    ],
)
def test_a_row_about_nothing_is_refused_and_nothing_is_added(desk: Run, rows: str, said: str) -> None:
    Path("rows.yaml").write_text("- {name: good, why: x, mode: assent}\n" + rows)
    code, out, err = desk("policy-rows", "add", "rows.yaml", "--why", "the board")
    assert (code in (1, 2), out) == (True, "")
    assert said in err
    assert done(desk, "policy-rows", "list", "--ended") == []


def test_a_file_that_is_not_there_is_named(desk: Run) -> None:
    assert "nothing.yaml can't be read" in refused(desk, "policy-rows", "add", "nothing.yaml", "--why", "x")


@pytest.fixture
def people(desk: Run, settings: Settings) -> None:
    """An owner and a viewer."""
    installation = Installation.open(settings)

    async def join() -> None:
        for name, role in (("jane", Role.OWNER), ("ravi", Role.VIEWER)):
            user = await installation.people.users.create(f"{name}@example.com", name.title())
            await installation.people.users.join(user.id, installation.first, role)

    asyncio.run(join())
    installation.close()


def lift(row: str, *words: str, by: str = "jane", until: str = "2027-05-01") -> tuple[str, ...]:
    why = ("--why", "an opinion of counsel")
    return ("overrides", "add", row, "--until", until, "--approved-by", f"{by}@example.com", *why, *words)


def test_an_override_is_shown_with_each_policy_that_it_is_about(desk: Run, people: None) -> None:
    row = "us-wa-announcing-device"
    assert fields(desk, "--agent", "sales")["forbidden"] == "yes"
    made = done(desk, *lift(row, "--campaign", "spring"))
    assert fields(desk, "--agent", "sales")["forbidden"] == "yes", "it is about a campaign"
    assert fields(desk, "--agent", "sales", "--campaign", "spring")["forbidden"] == "no"
    code, out, _ = desk("policy", "explain", *OUTBOUND, "--agent", "sales", "--campaign", "spring")
    assert code == 0
    assert f"Lifted: {row} (RCW 80.36.400), by override {made['id']} until 2027-05-01: an opinion of counsel." in out
    (listed,) = done(desk, "overrides", "list")
    assert listed["approved_by"].startswith("user:")
    assert (listed["demands"], "jane" in json.dumps(listed)) == (f"lifts {row}", False)
    assert done(desk, "policy-rows", "list") == []
    desk("overrides", "remove", made["id"], "--why", "withdrawn")
    assert fields(desk, "--agent", "sales", "--campaign", "spring")["forbidden"] == "yes"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (lift("us-wa-announcing-device", by="nobody"), "No such person belongs to the organization"),
        (lift("us-wa-announcing-device", by="ravi"), "Name an owner or a privacy officer"),
        (lift("us-wa-announcing-device", until="2031-01-01"), "within 366 days"),
        (lift("us-wa-announcing-device", "--agent", "nobody"), "no agent 'nobody'"),
        (lift("us-nothing"), "no row 'us-nothing'"),
        (lift("unknown-recording"), "can't be lifted"),
    ],
)
def test_an_override_that_nobody_may_make_is_none(desk: Run, people: None, words: tuple[str, ...], said: str) -> None:
    code, _, err = desk(*words)
    assert code in (1, 2)
    assert said in " ".join(err.split())
    assert done(desk, "overrides", "list", "--ended") == []


# Registries, and lists that were kept elsewhere.


def test_a_registry_is_read_in_and_told_of_without_its_numbers(desk: Run) -> None:
    Path("202.txt").write_text("202,5550123\n202,5550124\n")
    words = ("registries", "import", "us", "202.txt", "--as-of", _today())
    read = done(desk, *words, "--format", "us-ftc")
    assert (read["name"], read["numbers"], read["covers"]) == ("us", 2, "+1202")
    (listed,) = done(desk, "registries", "list")
    assert listed == read
    assert "line 1 is not like +12025550123" in refused(desk, *words)
    assert "The registries are: in, us." in refused(desk, "registries", "import", "US", *words[3:])
    assert "The formats are: e164, us-ftc" in refused(desk, *words, "--format", "xml")
    assert "can't be read" in refused(desk, *words[:3], "303.txt", *words[4:])
    assert done(desk, "registries", "list") == [listed]


def test_a_file_that_is_no_text_is_said_to_be(desk: Run) -> None:
    Path("202.zip").write_bytes(b"PK\x03\x04\xff\xfe\x80")
    assert "no text in UTF-8" in refused(desk, "registries", "import", "us", "202.zip", "--as-of", _today())


def test_a_list_that_was_kept_elsewhere_is_taken_over(desk: Run) -> None:
    Path("numbers.txt").write_text("+12125550123\n\n+12125550124\n+12125550123\n")
    words = ("suppressions", "import", "numbers.txt", "--why", "the old system")
    assert done(desk, *words) == {"imported": 2, "known": 0}
    assert done(desk, *words) == {"imported": 0, "known": 2}
    assert len(done(desk, "suppressions", "list", "--number", "+12125550124")) == 1
    Path("numbers.txt").write_text("+12125550125\n2125550126\n")
    assert "line 2" in refused(desk, *words)
    assert done(desk, "suppressions", "list", "--number", "+12125550125") == []


def test_a_suppression_may_be_for_a_campaign_or_for_a_time(desk: Run) -> None:
    why = ("--why", "a letter")
    desk("suppressions", "add", "+12125550123", *why, "--campaign", "spring", "--until", "2127-01-01")
    (listed,) = done(desk, "suppressions", "list")
    assert (listed["campaign"], listed["until"]) == ("spring", "2127-01-01T00:00:00Z")
    assert "No campaign is called" in refused(desk, "suppressions", "add", "+12125550123", *why, "--campaign", "A b")
    assert "over already" in refused(desk, "suppressions", "add", "+12125550123", *why, "--until", "2020-01-01")


def test_the_list_of_the_installation_is_for_good(desk: Run) -> None:
    words = ("suppressions", "add", "+12125550123", "--why", "a court", "--everywhere")
    assert "is for good" in refused(desk, *words, "--campaign", "spring")
    assert desk(*words)[0] == 0
    (listed,) = done(desk, "suppressions", "list", "--everywhere")
    assert done(desk, "suppressions", "list") == []
    assert done(desk, "suppressions", "list", "--everywhere", "--number", "+12125550124") == []
    remove: tuple[Any, ...] = ("suppressions", "remove", listed["id"], "--why", "the court again", "--yes")
    assert "no entry" in refused(desk, *remove)
    assert desk(*remove, "--everywhere")[0] == 0
    assert done(desk, "suppressions", "list", "--everywhere") == []


def _today() -> str:
    return str(datetime.now(UTC).date())
