"""What is known of a language: its words for numbers, dates, units and signs, one file each in ``languages``.

The words of units, months and currencies are those of Unicode's CLDR.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from op26x.types import primary_language

LANGUAGES = Path(__file__).with_name("languages")


class Noun(msgspec.Struct, frozen=True, array_like=True):
    """A word that is counted.

    Attributes:
        gender: A key of the language's ``genders``.
        one: Singular.
        many: Plural.
    """

    gender: str
    one: str
    many: str


class Currency(msgspec.Struct, frozen=True):
    """A currency.

    Attributes:
        signs: How it is written: ``€``, ``EUR``.
        unit: Euro.
        part: Its hundredth; ``None`` if nobody counts in it.
        of: Said before it behind ``million`` and the like.
    """

    signs: list[str]
    unit: Noun
    part: Noun | None = None
    of: str = ""


class Dates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How dates are written and said.

    Attributes:
        order: Which comes first in ``11/12/2026``.
        months: Twelve: what is said, and what else is read as it.
        day: Whether the day is said as an ordinal or a cardinal.
        first: What the first day of a month is called, if not by that.
        said: With ``{day}`` and ``{month}``.
        year: What follows with a year: ``{year}``.
        article: Stands before a day that is written with its month, and is part of what is said.
        of: May stand between day, month and year.
    """

    order: Literal["mdy", "dmy"]
    months: list[list[str]]
    day: Literal["ordinal", "cardinal"]
    said: str
    year: str
    first: str = ""
    article: str = ""
    of: str = ""


class Times(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How times of the day are said.

    Attributes:
        full: A full hour of a clock of twelve: ``{hour}``.
        one: The hour one, if it differs.
        late: A full hour after twelve.
        minutes: ``{hour}``, or ``{hours}`` as it is said full, and ``{minute}``.
        few: Minutes below ten: ``{minute}``.
        after: Words that may be written behind a time and are said by it: ``Uhr``.
        gender: Of hours.
        letter: Stands for the colon: ``14h30``.
        lengths: The units of hours, minutes and seconds.
        halves: What is written for the halves of the day, and said.
    """

    full: str
    late: str
    minutes: str
    few: str = "{minute}"
    one: str = ""
    after: list[str] = []
    gender: str = ""
    letter: str = ""
    lengths: tuple[str, str, str] = ("h", "min", "s")
    halves: dict[str, str] = {}


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The rules of a language in a region.

    Attributes:
        library: Which package knows the numbers.
        dialect: What that package calls the language.
        largest: Numbers from here on are left to the voice.
        country: Whose phone numbers are written without country code.
        thousands: Characters that group digits.
        decimal: Characters that stand before decimals.
        point: Said for it.
        minus: Said before a negative number.
        to: Said between the ends of a range.
        over: Said between numerator and denominator.
        times: Said for ``*`` between numbers.
        per: Said for ``/`` behind an amount.
        number: Said for ``#`` before a number.
        agrees: Ends of number words that change with the noun behind them; these numbers are left to the voice.
        genders: For each gender, ends of number words and what they become.
        singular_below: Amounts below take the singular; without, exactly one does.
        ordinals: Marks behind a number and how the ordinal's words end: what is taken off, what is put on.
        ordinal_point: Words before a number with a point that make it an ordinal, and what they put on it.
        ordinal_alone: What is put on the ordinal of a date with no such word before it.
        fractions: ``1/2``; what is said, alone and behind a whole number.
        mixed: ``{whole}`` and ``{fraction}``.
        dates: Dates.
        times_of_day: Times.
        currencies: Currencies.
        money: ``{units}`` and ``{parts}``.
        scales: What may stand between an amount and its currency, and what is said.
        units: Written behind a number.
        codes: Words before a number that is read digit by digit.
        abbreviations: Expanded wherever they stand.
        before_number: Expanded before a number.
        before_name: Expanded before a capital.
        after_name: Expanded behind a word with a capital.
        endings: Expanded at the end of a word.
        may_end: Abbreviations that may end a sentence.
        either: Said for ``/`` between words.
        address: Words for the characters of web and e-mail addresses.
        symbols: Words for what else is left.
    """

    library: Literal["num2words", "indic_numtowords"]
    dialect: str
    largest: int
    country: str
    thousands: str
    decimal: str
    point: str
    minus: str
    to: str
    over: str
    times: str
    per: str
    number: str
    fractions: dict[str, tuple[str, str]]
    mixed: str
    dates: Dates
    times_of_day: Times
    currencies: list[Currency]
    money: str
    units: dict[str, Noun]
    codes: list[str]
    abbreviations: dict[str, str]
    either: str
    address: dict[str, str]
    symbols: dict[str, str]
    agrees: list[str] = []
    genders: dict[str, dict[str, str]] = {}
    singular_below: float | None = None
    ordinals: dict[str, tuple[str, str]] = {}
    ordinal_point: dict[str, str] = {}
    ordinal_alone: str = ""
    scales: dict[str, Noun] = {}
    before_number: dict[str, str] = {}
    before_name: dict[str, str] = {}
    after_name: dict[str, str] = {}
    endings: dict[str, str] = {}
    may_end: list[str] = []


def either(words: Iterable[str]) -> str:
    """A regular expression for any of some words, the longest first; it matches nothing if there are none."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or r"(?!)"


def signs_of(rules: "Rules") -> list[str]:
    """How the language's currencies are written."""
    return [sign for currency in rules.currencies for sign in currency.signs]


@cache
def rules_of(language: str) -> Rules | None:
    """The rules of a language.

    Args:
        language: As in BCP 47; its region chooses among what differs by country.

    Returns:
        ``None`` if nothing is known of the language.
    """
    document = _documents().get(primary_language(language))
    if document is None:
        return None
    subtags = {subtag.upper() for subtag in language.replace("_", "-").split("-")[1:]}
    common = {key: value for key, value in document.items() if key != "regions"}
    for region, differences in document["regions"].items():
        if region in subtags:
            common = _merged(common, differences | {"country": region})
    return msgspec.convert(common, Rules)


def _merged(common: dict[str, Any], differences: dict[str, Any]) -> dict[str, Any]:
    merged = dict(common)
    for key, value in differences.items():
        merged[key] = _merged(merged[key], value) if isinstance(value, dict) and key in merged else value
    return merged


@cache
def _documents() -> dict[str, dict[str, Any]]:
    return {path.stem: msgspec.yaml.decode(path.read_bytes()) for path in LANGUAGES.glob("*.yaml")}
