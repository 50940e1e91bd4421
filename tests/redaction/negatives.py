"""Hard negatives: numbers, dates, codes and names that are not personal data, said in the same styles."""

import random
from collections.abc import Callable

from . import names
from .spoken import Style, render
from .values import Value, digits, letters
from .words import number_words, ordinal_words, year_words

CURRENCY = {"us": ("$", "dollars"), "uk": ("£", "pounds"), "in": ("₹", "rupees"), "hi": ("₹", "rupees")}


def _words_wanted(rng: random.Random, style: Style) -> bool:
    return style.mode == "spoken" or rng.random() < 0.12


def say_number(rng: random.Random, number: int, style: Style) -> str:
    """A whole number in words or figures, as the mode has it."""
    return number_words(number, style.lang) if _words_wanted(rng, style) else str(number)


def _unit(rng: random.Random, style: Style, kind: str) -> str:
    return rng.choice(style.vocabulary.units[kind])


def _code(parts: tuple[str, ...], joiner: str, style: Style) -> Value:
    return Value("NONE", parts, joiner, "digits" if "".join(parts).isdigit() else "code", style.region)


def _order_number(rng: random.Random, style: Style) -> str:
    shapes = (
        (digits(rng, rng.randint(5, 8)),),
        (digits(rng, 3), digits(rng, 4)),
        (letters(rng, rng.randint(1, 3)), digits(rng, rng.randint(4, 6))),
        (letters(rng, 2) + digits(rng, 2), digits(rng, 4)),
    )
    return render(_code(rng.choice(shapes), rng.choice(("", "-")), style), rng, style)


def _price(rng: random.Random, style: Style) -> str:
    symbol, unit = CURRENCY.get(style.region, ("€", "euros"))
    whole, cents = (
        rng.choice((rng.randint(2, 99), rng.randint(100, 2500))),
        rng.choice((0, 0, 99, 50, rng.randint(1, 98))),
    )
    if not _words_wanted(rng, style):
        figure = f"{whole}.{cents:02d}" if cents else str(whole)
        return f"{figure.replace('.', ',')} {symbol}" if symbol == "€" else f"{symbol}{figure}"
    name = style.vocabulary.units.get(unit, (unit,))[0]
    tail = f" {number_words(cents, style.lang)}" if cents else ""
    return f"{number_words(whole, style.lang)} {name}{tail}"


def _year(rng: random.Random, style: Style) -> str:
    year = rng.randint(1985, 2026)
    return year_words(year, style.lang) if _words_wanted(rng, style) else str(year)


def _english_time(rng: random.Random, hour: int, minute: int) -> str:
    exact = f"{number_words(hour, 'en')} {number_words(minute, 'en') if minute else ''}".strip()
    return rng.choice((exact, f"half past {number_words(hour, 'en')}", f"{exact} {rng.choice(('am', 'pm'))}"))


def _time(rng: random.Random, style: Style) -> str:
    hour, minute = rng.randint(1, 12), rng.choice((0, 15, 30, 45, 20, 10, 35))
    if style.lang == "en":
        if _words_wanted(rng, style):
            return _english_time(rng, hour, minute)
        return rng.choice((f"{hour}:{minute:02d}", f"{hour}:{minute:02d} {rng.choice(('AM', 'PM'))}", f"{hour}pm"))
    if not _words_wanted(rng, style):
        return f"{hour}:{minute:02d}"
    link = {"de": " Uhr ", "es": " y ", "fr": " heures ", "hi": " bajkar ", "hi_deva": " बजकर "}[style.lang]
    if not minute:
        link = {"es": " en punto"}.get(style.lang, link).rstrip()
        return number_words(hour, style.lang) + link
    return number_words(hour, style.lang) + link + number_words(minute, style.lang)


def _quantity(rng: random.Random, style: Style) -> str:
    return say_number(rng, rng.choice((rng.randint(2, 12), rng.randint(13, 250))), style)


def _flight_number(rng: random.Random, style: Style) -> str:
    airline = rng.choice(("BA", "AA", "LH", "UA", "AI", "IB", "AF", "DL"))
    return render(_code((airline, digits(rng, rng.choice((3, 4)))), rng.choice((" ", "")), style), rng, style)


def _case_number(rng: random.Random, style: Style) -> str:
    prefix = rng.choice(("C", "CS", "INC", "TKT", "REF", ""))
    body = digits(rng, rng.randint(5, 8))
    return render(_code((prefix, body) if prefix else (body,), rng.choice(("", "-")), style), rng, style)


def _product(rng: random.Random, style: Style) -> str:
    return rng.choice(names.PRODUCTS[style.lang])


def _date(rng: random.Random, style: Style) -> str:
    parts = (str(rng.randint(2023, 2027)), f"{rng.randint(1, 12):02d}", f"{rng.randint(1, 28):02d}")
    value = Value("NONE", parts, "-", "date", style.region)
    return render(value, rng, style, rng.choice(("first", "first", "")))


def _weekday(rng: random.Random, style: Style) -> str:
    return rng.choice(style.vocabulary.weekdays)


def _counted(low: int, high: int, unit: str) -> Callable[[random.Random, Style], str]:
    def make(rng: random.Random, style: Style) -> str:
        return f"{say_number(rng, rng.randint(low, high), style)} {_unit(rng, style, unit)}"

    return make


def _percent(rng: random.Random, style: Style) -> str:
    number = rng.choice((5, 10, 15, 20, 25, 30, 50, 75, rng.randint(1, 99)))
    if _words_wanted(rng, style):
        return f"{number_words(number, style.lang)} {_unit(rng, style, 'percent')}"
    return f"{number}%"


def _room(rng: random.Random, style: Style) -> str:
    return render(_code((str(rng.randint(1, 420)),), "", style), rng, style)


def _ordinal(rng: random.Random, style: Style) -> str:
    number = rng.randint(1, 10)
    if style.lang == "en" and not _words_wanted(rng, style):
        return f"{number}{({1: 'st', 2: 'nd', 3: 'rd'}).get(number, 'th')}"
    return ordinal_words(number, style.lang)


def _score(rng: random.Random, style: Style) -> str:
    home, away = rng.randint(0, 6), rng.randint(0, 6)
    if _words_wanted(rng, style):
        return f"{number_words(home, style.lang)} {number_words(away, style.lang)}"
    return f"{home}-{away}"


def _version(rng: random.Random, style: Style) -> str:
    numbers = [rng.randint(1, 17), rng.randint(0, 12), rng.randint(0, 9)][: rng.choice((2, 2, 3))]
    if _words_wanted(rng, style):
        point = f" {style.vocabulary.units['point'][0]} "
        return point.join(number_words(number, style.lang) for number in numbers)
    return ".".join(map(str, numbers))


def _model_number(rng: random.Random, style: Style) -> str:
    parts = (letters(rng, rng.randint(1, 3)), digits(rng, rng.choice((2, 3, 4))))
    return render(_code(parts, rng.choice(("-", "", " ")), style), rng, style)


def _street(rng: random.Random, style: Style) -> str:
    return rng.choice(names.GENERIC_STREETS[style.lang])


def _company(rng: random.Random, style: Style) -> str:
    return rng.choice(names.COMPANIES)


def _city(rng: random.Random, style: Style) -> str:
    town = rng.choice(names.TOWNS[style.region])[0]
    return names.DEVANAGARI.get(town, town) if style.lang == "hi_deva" else town


MAKERS: dict[str, Callable[[random.Random, Style], str]] = {
    "order_number": _order_number, "price": _price, "year": _year, "time": _time, "quantity": _quantity,
    "flight_number": _flight_number, "case_number": _case_number, "product": _product, "date": _date,
    "weekday": _weekday, "percent": _percent, "room": _room, "floor": _ordinal, "ordinal": _ordinal,
    "measure": _counted(2, 90, "measure"), "temperature": _counted(2, 38, "degrees"), "score": _score,
    "duration": _counted(2, 45, "duration"), "version": _version, "distance": _counted(2, 300, "distance"),
    "model_number": _model_number, "street_generic": _street, "company": _company, "city": _city,
}  # fmt: skip


def negative(kind: str, rng: random.Random, style: Style) -> str:
    """A hard negative of `kind` as said in `style`; it is never gold."""
    return MAKERS[kind](rng, style)
