"""Where a telephone number may be: country, North American state or province, and every time zone."""

from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

import msgspec
import phonenumbers
from babel.languages import get_official_languages
from phonenumbers import PhoneNumberType, timezone

from op26x.errors import PolicyError

UNKNOWN = "unknown"
"""The place of a number that may be anywhere: withheld, invalid, toll-free, satellite. Its law is the strictest."""
SOMEWHERE = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
"""Kinds of numbers that belong to a place; whoever has one of another kind may be elsewhere."""


class _Places(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    families: dict[str, tuple[str, ...]]
    likely: tuple[str, ...]
    anywhere: tuple[str, ...]
    areas: dict[str, dict[str, tuple[int, ...]]]


_DATA = msgspec.yaml.decode((Path(__file__).parent / "places.yaml").read_bytes(), type=_Places)

LIKELY_COUNTRIES = _DATA.likely


class Whereabouts(msgspec.Struct, frozen=True):
    """Where somebody may be.

    Attributes:
        places: Every candidate, ``US-CA`` or ``DE`` (ISO 3166), ``unknown`` among them if it may be anywhere.
        zones: Every time zone that they may be in, by the names of the time zone database.
    """

    places: frozenset[str]
    zones: frozenset[str]

    def also_in(self, places: Iterable[str]) -> "Whereabouts":
        """The same with places that are known from elsewhere, a form for instance: joined, they replace nothing."""
        more = frozenset(places)
        return Whereabouts(self.places | more, self.zones.union(*map(zones_of, more)))


ANYWHERE = Whereabouts(frozenset({UNKNOWN}), frozenset(_DATA.anywhere))


def whereabouts(number: str) -> Whereabouts:
    """Where a number may be.

    Args:
        number: In E.164 form; empty if it is withheld.

    Returns:
        The candidates. A number in North America whose area is not known may be in every state of its country.

    The number itself is not remembered.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ANYWHERE
    country = phonenumbers.region_code_for_number(parsed)
    if (
        country not in phonenumbers.SUPPORTED_REGIONS
        or not phonenumbers.is_valid_number(parsed)
        or phonenumbers.number_type(parsed) not in SOMEWHERE
    ):
        return ANYWHERE
    zones = frozenset(timezone.time_zones_for_number(parsed)) - {timezone.UNKNOWN_TIMEZONE}
    if country in _DATA.areas:
        area = int(str(parsed.national_number)[:3])
        parts = _areas(country).get(area) or frozenset(_DATA.areas[country])
        places = frozenset(f"{country}-{part}" for part in parts)
    else:
        places = frozenset({country})
    return Whereabouts(places, zones or ANYWHERE.zones)


@cache
def zones_of(place: str) -> frozenset[str]:
    """Every time zone of a place, as far as telephone numbers show them."""
    country, _, part = place.partition("-")
    areas = _DATA.areas.get(country, {}).get(part, ())
    numbers = [f"+1{area}5550100" for area in areas]
    if not numbers and (example := phonenumbers.example_number(country)) is not None:
        numbers = [phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)]
    return frozenset().union(*(whereabouts(number).zones for number in numbers)) or ANYWHERE.zones


@cache
def languages_of(place: str) -> tuple[str, ...]:
    """The official languages of a place's country, that of most people first (Unicode CLDR); none of an unknown one."""
    return get_official_languages(place.partition("-")[0], de_facto=True)


def families_of(place: str) -> tuple[str, ...]:
    """A place and all that it belongs to: ``US-CA`` is ``US-CA`` and ``US``, ``FR`` is ``FR`` and ``EU``."""
    found = [place]
    for one in found:
        above = [one.partition("-")[0]] if "-" in one else []
        above += [family for family, members in _DATA.families.items() if one in members]
        found += [place for place in above if place not in found]
    return tuple(found)


def is_inside(place: str, places: Collection[str]) -> bool:
    """Whether a place belongs to one of several, as ``FR`` does to the ``EU``."""
    return any(family in places for family in families_of(place))


def check_place(place: str) -> str:
    """A place of a person or of ours, as it was given.

    Raises:
        PolicyError: It is none, or has parts with laws of their own.
    """
    if place not in known_places():
        raise PolicyError(f"There is no place {place!r}.", "Write it as in ISO 3166: DE, US-CA.")
    if place in _DATA.areas or (place not in phonenumbers.SUPPORTED_REGIONS and "-" not in place):
        raise PolicyError(f"The law is not the same in all of {place}.", "Name the part, as in US-CA, or the country.")
    return place


@cache
def known_places() -> frozenset[str]:
    """Every code that a row of a law table may name."""
    states = {f"{country}-{part}" for country, parts in _DATA.areas.items() for part in parts}
    return frozenset({*phonenumbers.SUPPORTED_REGIONS, *_DATA.families, *states})


@cache
def _areas(country: str) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for part, codes in _DATA.areas[country].items():
        for code in codes:
            found[code] = found.get(code, frozenset()) | {part}
    return found
