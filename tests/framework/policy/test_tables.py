"""Law tables: what is wrong in one is named with its remedy; what no row is about is held to the strictest."""

from datetime import date
from typing import Any

import pytest

from framework.policy.lawbook import call, law, row, table, written
from op26x.errors import PolicyError
from op26x.policy import LAW, UNKNOWN, Circumstances, Fragment, Ground, LawTables, Policies, RecordingMode, Row, Table
from op26x.policy.places import known_places
from op26x.policy.tables import read_table

STRICTEST = {"id": "unknown-manners", "place": UNKNOWN, "mode": "off"}

TODAY = date(2026, 11, 27)


def ids(rows: tuple[Row, ...]) -> list[str]:
    return [one.id for one in rows]


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"moed": "assent"}, "unknown field `moed`"),
        ({"mode": "sometimes"}, "'sometimes'"),
        ({"purpose": "fun"}, "'fun'"),
        ({"unless": ["luck"]}, "'luck'"),
        ({"confidence": "total"}, "'total'"),
        ({"ai_disclosure": ["never"]}, "'never'"),
        ({"closed": ["someday"]}, "'someday'"),
        ({"attempts": [{"n": 3, "days": 1}]}, "missing required field `scope`"),
        ({"id": "JP law"}, "rows\\[0\\].id"),
        ({"effective": "next year"}, "Expected `date.*rows\\[0\\].effective"),
        ({"effective": "2026-02-30"}, "day is out of range for month"),
        ({"window": "8-21"}, "rows\\[0\\].window"),
        ({"window": "08:00-21:00;"}, "rows\\[0\\].window"),
        ({"window": "25:00-26:00"}, "25:00 is no time of day"),
        ({"saturday": "08:00-12:61"}, "12:61 is no time of day"),
        ({"place": 49}, "rows\\[0\\].place"),
        ({"place": "XX"}, "row jp-law: there is no place 'XX'"),
        ({"place": ["JP", "US-XX"]}, "row jp-law: there is no place 'US-XX'"),
        ({"place": []}, "row jp-law: it names no place"),
        ({"cite": ""}, "row jp-law: it cites nothing"),
        ({"effective": "2027-02-01", "until": "2027-01-31"}, "row jp-law: it ends before it begins"),
    ],
)
@pytest.mark.parametrize("among", ["rows", "default"])
def test_what_is_wrong_with_a_row_is_named_with_its_remedy(among: str, fields: dict[str, Any], what: str) -> None:
    text = written(fields) if among == "rows" else written(default=(fields,))
    with pytest.raises(PolicyError, match=what.replace("rows", among)) as caught:
        read_table(text, "manners")
    assert "Law table manners" in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["id", "place", "cite", "confidence"])
def test_what_a_row_must_say_is_named(name: str) -> None:
    without = written({}).replace(f"{name}:".encode(), b"note:")
    with pytest.raises(PolicyError, match=f"Law table manners: .*missing required field `{name}`"):
        read_table(without, "manners")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"rows: [",
        b"\xff\xfe\xff",
        b"- a list",
        b"{[1]: 2}",
        b"!!python/object/apply:os.getcwd []",
        b"as_of: 2026-11-25\nabout: no rows\ndefault: []\n",
        b"as_of: 2026-13-45\nabout: a bad date\ndefault: []\nrows: []\n",
        b"as_of: 2026-11-25\nabout: more than a table has\ndefault: []\nrows: []\nmore: 1\n",
    ],
)
def test_a_text_that_is_no_table_is_refused(text: bytes) -> None:
    with pytest.raises(PolicyError, match="Law table manners: ") as caught:
        read_table(text, "manners")
    assert caught.value.remedy


@pytest.mark.parametrize(
    "tables",
    [
        [table({}, {"place": "KR"})],
        [table({}, default=({},))],
        [table({}, name="others"), table({})],
    ],
    ids=["of one table", "a default and a row", "of two tables"],
)
def test_two_rows_of_one_id_are_refused(tables: list[Table]) -> None:
    with pytest.raises(PolicyError, match="manners: two rows are called jp-law") as caught:
        LawTables(tables)
    assert caught.value.remedy


def test_the_version_is_its_date_and_changes_with_every_byte() -> None:
    rows = [{"mode": "announce"}, {"mode": "assent"}, {"mode": "assent", "note": "seen"}]
    versions = [table(one).version for one in rows]
    assert len(set(versions)) == 3
    assert all(version.startswith("2026-11-25/") for version in versions)
    assert table({"mode": "announce"}).version == versions[0]
    assert table({"mode": "announce"}, as_of="2026-11-26").version.startswith("2026-11-26/")


def test_the_versions_of_all_tables_are_known_by_name() -> None:
    one, other = table({}, name="one"), table({"id": "kr-law"}, name="other")
    assert LawTables([one, other]).versions == {"one": one.version, "other": other.version}


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("US-CA", ["ca", "us"]),
        ("US-TX", ["us"]),
        ("PR", ["us"]),
        ("DE", ["eu"]),
        ("US", ["us"]),
        ("JP", ["unknown-manners"]),
        (UNKNOWN, ["unknown-manners"]),
        ("nowhere", ["unknown-manners"]),
    ],
)
def test_a_place_has_its_rows_and_those_of_its_families_or_else_the_strictest(place: str, found: list[str]) -> None:
    rows = ({"id": "us", "place": "US"}, {"id": "ca", "place": "US-CA"}, {"id": "eu", "place": "EU"})
    assert ids(table(*rows, default=(STRICTEST,)).rows_of(place, TODAY)) == found


@pytest.mark.parametrize(
    ("place", "found"),
    [("IN", ["part", "unknown-manners"]), ("BR", ["other-part", "whole"]), ("JP", ["unknown-manners"])],
)
def test_where_only_a_part_is_known_the_strictest_holds_as_well(place: str, found: list[str]) -> None:
    rows = (
        {"id": "part", "place": "IN", "partial": True},
        {"id": "other-part", "place": "BR", "partial": True},
        {"id": "whole", "place": "BR"},
    )
    assert ids(table(*rows, default=(STRICTEST,)).rows_of(place, TODAY)) == found


@pytest.mark.parametrize(
    ("day", "mode"), [(date(2026, 12, 31), RecordingMode.ANNOUNCE), (date(2027, 1, 1), RecordingMode.ASSENT)]
)
def test_a_law_that_begins_next_year_holds_from_that_day(day: date, mode: RecordingMode) -> None:
    now = {"id": "jp-now", "mode": "announce"}
    soon = {"id": "jp-soon", "mode": "assent", "effective": "2027-01-01"}
    demanded = law(now, soon).demanded(frozenset({"JP"}), Circumstances(day)).fragments
    assert max((one.rules.recording for one in demanded), key=list(RecordingMode).index) is mode


@pytest.mark.parametrize(
    "fields", [{"effective": "2027-01-01"}, {"until": "2026-01-01"}], ids=["not yet in force", "in force no more"]
)
def test_a_law_that_is_not_in_force_tells_nothing_of_a_place(fields: dict[str, str]) -> None:
    default = {**STRICTEST, "mode": "assent"}
    resolved = Policies(law({"mode": "one-party", **fields}, default=(default,))).resolve(call("JP"))
    assert resolved.recording is RecordingMode.ASSENT


def test_only_a_default_row_is_about_unknown_places() -> None:
    with pytest.raises(PolicyError, match="the place unknown is for the default rows alone"):
        law({"place": "unknown", "mode": "one-party"})


def test_a_key_that_comes_twice_is_no_row() -> None:
    text = b"as_of: 2026-11-25\nabout: it\ndefault: []\nrows:\n  - {id: a, place: JP, mode: assent, mode: one-party}\n"
    with pytest.raises(PolicyError, match="line 5 has the key 'mode' twice"):
        read_table(text, "manners")


@pytest.mark.parametrize("window", ["21:00-08:00", "08:00-08:00", "24:00-24:00", "10:00-12:00,11:00-13:00"])
def test_a_window_has_spans_in_order(window: str) -> None:
    with pytest.raises(PolicyError, match="is not in order"):
        law({"window": window})


def test_a_demand_carries_where_it_comes_from() -> None:
    text = {"mode": "assent", "confidence": "medium", "unless": ["current-contract"]}
    (demanded,) = law(text).demanded(frozenset({"JP"}), Circumstances(date(2026, 11, 27))).fragments
    assert demanded == Fragment("jp-law", row(mode="assent").rules("JP"))


def test_a_row_that_is_lifted_demands_nothing_and_is_named() -> None:
    text = {"mode": "assent", "unless": ["current-contract"]}
    proved = Circumstances(date(2026, 11, 27), grounds=frozenset({Ground.CURRENT_CONTRACT}))
    demanded = law(text).demanded(frozenset({"JP"}), proved)
    assert demanded.fragments == ()
    assert demanded.lifted == (("jp-law", "current-contract"),)


def test_a_row_is_found_by_its_id() -> None:
    rows = law({"mode": "assent"}, default=(STRICTEST,))
    assert rows.row("jp-law") == row(mode="assent")
    assert rows.row("unknown-manners") is not None
    assert rows.row("kr-law") is None
    assert [one.id for _, one in rows.all_rows()] == ["unknown-manners", "jp-law"]


def test_a_policy_is_resolved_by_the_tables_that_it_names() -> None:
    rows = law({"mode": "off"})
    policy = Policies(rows).resolve(call("JP"))
    assert policy.recording is RecordingMode.OFF
    assert policy.tables == rows.versions


SHIPPED = [pytest.param(of, one, id=one.id) for of, one in LAW.all_rows()]


@pytest.mark.parametrize(("of", "one"), SHIPPED)
def test_every_row_that_is_shipped_cites_a_text_of_a_known_place_and_demands_something(of: Table, one: Row) -> None:
    assert len(one.cite) > 5
    assert set(one.places) <= known_places() | {UNKNOWN}
    assert one.mode is not None or one.rules(one.places[0]) != row().rules("JP")
    assert LAW.row(one.id) is one
    assert (one.places == (UNKNOWN,)) is (one in of.default)


def test_three_tables_are_shipped_and_each_has_the_strictest() -> None:
    assert [one.name for one in LAW.tables] == ["recording", "hours", "calling"]
    for one in LAW.tables:
        assert one.about
        assert ids(one.rows_of(UNKNOWN, TODAY)) == ids(one.default) != []
