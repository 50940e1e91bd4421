"""Places: a number is where it may be, and whoever may be anywhere is held to be everywhere."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from op26x.policy import UNKNOWN, whereabouts
from op26x.policy import places as of_places
from op26x.policy.places import ANYWHERE, families_of, is_inside, known_places, languages_of

MADE = msgspec.yaml.decode(Path(of_places.__file__).with_suffix(".yaml").read_bytes())


@pytest.mark.parametrize(
    ("number", "places"),
    [
        ("+12125550123", "US-NY"),
        ("+15125550123", "US-TX"),
        ("+12065550123", "US-WA"),
        ("+12025550123", "US-DC"),
        ("+14155550123", "US-CA"),
        ("+17875550123", "PR"),
        ("+14165550123", "CA-ON"),
        ("+19025550123", "CA-NS CA-PE"),
        ("+18675550123", "CA-NT CA-NU CA-YT"),
        ("+442071838750", "GB"),
        ("+441624675663", "IM"),
        ("+447624301234", "IM"),
        ("+77012345678", "KZ"),
        ("+77172123456", "KZ"),
        ("+74951234567", "RU"),
        ("+4915112345678", "DE"),
        ("+493012345678", "DE"),
        ("+33612345678", "FR"),
        ("+590690001234", "GP"),
        ("+919876543210", "IN"),
        ("+35818123456", "AX"),
    ],
)
def test_a_number_is_in_its_country_and_in_north_america_in_its_state(number: str, places: str) -> None:
    assert whereabouts(number).places == set(places.split())


@pytest.mark.parametrize(
    "number",
    [
        "",
        "anonymous",
        "sip:someone@example.com",
        "12125550123",
        "+15550100123",
        "+1212555012",
        "+18005550100",
        "+19005550100",
        "+15005550006",
        "+447012345678",
        "+4980012345678",
        "+80012345678",
        "+266696687",
        "+7378742833",
        "+2562533",
        "+8656696",
        "+86282452253",
    ],
    ids=[
        "withheld",
        "no number",
        "an address",
        "not in E.164",
        "invalid",
        "too short",
        "toll-free",
        "premium",
        "personal",
        "personal in Britain",
        "toll-free in Germany",
        "toll-free anywhere",
        "Twilio's anonymous",
        "Twilio's restricted",
        "Twilio's blocked",
        "Twilio's unknown",
        "Twilio's unavailable",
    ],
)
def test_a_number_that_is_of_no_place_may_be_anywhere(number: str) -> None:
    assert whereabouts(number) == ANYWHERE
    assert whereabouts(number).places == {UNKNOWN}


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+12125550123", "America/New_York"),
        ("+17875550123", "America/Puerto_Rico"),
        ("+4915112345678", "Europe/Berlin"),
        ("+12085550123", "America/Boise America/Los_Angeles"),
        ("+34612345678", "Atlantic/Canary Europe/Madrid"),
        ("+262692123456", "Indian/Mayotte Indian/Reunion"),
    ],
)
def test_a_number_is_in_every_time_zone_of_its_area(number: str, zones: str) -> None:
    assert whereabouts(number).zones == set(zones.split())


def test_a_satellite_telephone_may_be_in_every_time_zone() -> None:
    assert whereabouts("+881612345678").zones == ANYWHERE.zones


@pytest.mark.parametrize(
    ("place", "places", "inside"),
    [
        ("DE", {"EU"}, True),
        ("RE", {"EEA"}, True),
        ("EU", {"EU"}, True),
        ("EU", {"DE"}, False),
        ("NO", {"EU", "GB"}, False),
        ("GB", {"EU", "GB"}, True),
        ("DE", set(), False),
        ("Atlantis", {"EU"}, False),
    ],
)
def test_a_place_is_inside_others_or_not(place: str, places: set[str], inside: bool) -> None:
    assert is_inside(place, places) is inside


def test_a_place_that_is_known_from_elsewhere_replaces_none() -> None:
    found = whereabouts("+12125550123")
    assert found.also_in(["US-CA", "DE"]).places == {"US-NY", "US-CA", "DE"}
    assert found.places == {"US-NY"}


@pytest.mark.parametrize(
    ("place", "families"),
    [
        ("US-CA", ["US-CA", "US"]),
        ("CA-QC", ["CA-QC", "CA"]),
        ("DE", ["DE", "EU", "EEA"]),
        ("FR", ["FR", "EU", "EEA"]),
        ("RE", ["RE", "FR", "EU", "EEA"]),
        ("PR", ["PR", "US"]),
        ("NO", ["NO", "EEA"]),
        ("GB", ["GB"]),
        ("IM", ["IM"]),
        ("JP", ["JP"]),
        (UNKNOWN, [UNKNOWN]),
    ],
)
def test_a_place_is_under_its_own_law_and_that_of_its_families(place: str, families: list[str]) -> None:
    assert list(families_of(place)) == families


@pytest.mark.parametrize("place", ["DE", "EU", "US", "US-CA", "US-DC", "CA-ON", "PR", "IM"])
def test_a_law_may_be_of_a_state_a_country_or_a_family(place: str) -> None:
    assert place in known_places()


@pytest.mark.parametrize("place", ["", "XX", "USA", "US-XX", "us-ca", "DE-BY", UNKNOWN])
def test_what_is_no_place_is_not_known(place: str) -> None:
    assert place not in known_places()


def test_whatever_belongs_to_a_family_is_a_place() -> None:
    assert {member for members in MADE["families"].values() for member in members} <= known_places()


def test_this_machine_knows_every_zone_that_a_number_can_be_in() -> None:
    zones = {zone for found in TIMEZONE_DATA.values() for zone in found} | ANYWHERE.zones
    assert {ZoneInfo(zone).key for zone in zones} == zones


def areas(region: str) -> Iterator[tuple[str, int]]:
    """Every area code of a country with each state or province that it is in."""
    import holidays
    import phonenumbers
    from phonenumbers import geocoder

    calendar = holidays.country_holidays(region)
    aliases = {**calendar.subdivisions_aliases, "Washington D.C.": "DC", "British Colombia": "BC"}
    for area in range(200, 1000):
        for local in ("5550100", "2345678", "2015550"):
            number = phonenumbers.parse(f"+1{area}{local}")
            if phonenumbers.region_code_for_number(number) == region and phonenumbers.is_valid_number(number):
                described = geocoder.description_for_number(number, "en").rpartition(", ")[2].replace(" State", "")
                for part in described.split("/"):
                    if state := part if part in calendar.subdivisions else aliases.get(part):
                        yield state, area


@pytest.mark.parametrize("region", ["US", "CA"])
def test_area_codes_are_where_the_geographic_data_of_phonenumbers_has_them(region: str) -> None:
    """``places.yaml`` is made by this; a failure shows what a newer library knows better."""
    found: dict[str, set[int]] = {}
    for state, area in areas(region):
        found.setdefault(state, set()).add(area)
    assert MADE["areas"][region] == {state: sorted(codes) for state, codes in sorted(found.items())}


@pytest.mark.parametrize(
    ("place", "languages"),
    [
        ("DE", ("de",)),
        ("IN", ("hi", "en")),
        ("US-CA", ("en",)),
        ("CA-QC", ("en", "fr")),
        ("PR", ("es", "en")),
        (UNKNOWN, ()),
    ],
)
def test_a_place_has_the_official_languages_of_its_country(place: str, languages: tuple[str, ...]) -> None:
    assert languages_of(place) == languages


def test_every_place_has_languages_or_none() -> None:
    assert all(isinstance(languages_of(place), tuple) for place in known_places())
