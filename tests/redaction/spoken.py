"""Renders a value the way callers say it and recognisers or chat users write it.

`render(value, rng, style)` returns the text of the value alone. In `spoken` mode it may still hold capitals and
punctuation; the caller of this module normalises the whole turn.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from . import names
from .values import Value, ascii_fold, letters
from .words import NATO, VOCABULARY, Vocabulary, number_words, ordinal_words, year_words

MANNERS = ("single", "double", "pairs", "hundreds", "mixed")
_DEVANAGARI_DIGITS = str.maketrans("0123456789", "०१२३४५६७८९")
LETTER_MANNERS = ("bare", "bare", "upper", "as_in", "as_in", "nato", "capital", "double")


@dataclass(frozen=True)
class Style:
    """How a turn is rendered: `mode` is `written`, `recogniser` or `spoken`; `disfluent` allows fillers and slips."""

    mode: str
    region: str
    lang: str
    disfluent: bool = True

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary of the style's language."""
        return VOCABULARY[self.lang]


def digit_language(rng: random.Random, style: Style) -> str:
    """The language digits are said in: Hindi speakers often use English ones."""
    if style.lang == "hi" and rng.random() < 0.5:
        return "en"
    if style.lang == "hi_deva" and rng.random() < 0.4:
        return "hi_english"
    return style.lang


def _zero(rng: random.Random, lang: str, region: str) -> str:
    if lang == "hi_english":
        return number_words(0, lang)
    zeros = [zero for zero in VOCABULARY[lang].zeros if zero != "nought" or region == "uk"]
    return rng.choice(zeros)


def _digit(char: str, lang: str, zero: str) -> str:
    if char == "0":
        return zero
    return number_words(int(char), lang)


def _runs(text: str) -> list[str]:
    return ["".join(run) for _, run in groupby(text)]


def _say_doubles(rng: random.Random, text: str, lang: str, zero: str) -> list[str]:
    words: list[str] = []
    for run in _runs(text):
        name = _digit(run[0], lang, zero)
        if len(run) == 3:
            words.append(f"{rng.choice(VOCABULARY[lang].triple)} {name}")
            continue
        words += [f"{rng.choice(VOCABULARY[lang].double)} {name}"] * (len(run) // 2)
        words += [name] * (len(run) % 2)
    return words


def _say_pair(pair: str, lang: str, zero: str) -> str:
    if len(pair) == 1 or pair[0] == "0":
        return " ".join(_digit(char, lang, zero) for char in pair)
    return number_words(int(pair), lang)


def _say_pairs(text: str, lang: str, zero: str) -> list[str]:
    head = [text[:1]] if len(text) % 2 else []
    pairs = head + [text[at : at + 2] for at in range(len(text) % 2, len(text), 2)]
    return [_say_pair(pair, lang, zero) for pair in pairs]


def _say_hundreds(text: str, lang: str, zero: str) -> list[str]:
    if 3 <= len(text) <= 4 and text[0] != "0" and (text.endswith("00") or len(text) == 3):
        number = int(text)
        if lang == "en" and number > 1000 and number % 1000:
            return [f"{number_words(number // 100, lang)} hundred"]
        return [number_words(number, lang)]
    return _say_pairs(text, lang, zero)


def say_digits(rng: random.Random, text: str, manner: str, lang: str, zero: str) -> list[str]:
    """The digits of one group as spoken words: `"4111"` in manner `double` is `["four", "triple one"]`."""
    if manner == "double":
        return _say_doubles(rng, text, lang, zero)
    if manner == "pairs" and lang != "hi_english":
        return _say_pairs(text, lang, zero)
    if manner == "hundreds" and lang != "hi_english":
        return _say_hundreds(text, lang, zero)
    words = [_digit(char, lang, zero) for char in text]
    if manner == "mixed":
        return [char if rng.random() < 0.45 else word for char, word in zip(text, words, strict=True)]
    return words


def regroup(rng: random.Random, parts: Sequence[str]) -> list[str]:
    """The digits in groups a speaker might pause between: the natural ones, random ones, or none."""
    choice = rng.random()
    if choice < 0.5:
        return list(parts)
    text = "".join(parts)
    if choice < 0.65:
        return [text]
    groups, at = [], 0
    while at < len(text):
        size = rng.choice((2, 2, 3, 3, 4))
        groups.append(text[at : at + size])
        at += size
    return groups


def _slip(rng: random.Random, text: str) -> str:
    """`text` with one character changed to another of its kind."""
    places = [at for at, char in enumerate(text) if char.isalnum()]
    at = rng.choice(places)
    pool = "0123456789" if text[at].isdigit() else "ABCDEFGHJKLMNPRSTUVW"
    return text[:at] + rng.choice([char for char in pool if char != text[at].upper()]) + text[at + 1 :]


def join_chunks(rng: random.Random, said: Sequence[str], style: Style) -> str:
    """The chunks with pauses between: commas, joining words, or nothing."""
    choice = rng.random()
    if choice < 0.1:
        word = rng.choice(style.vocabulary.joiners)
        return f" {word} ".join(said)
    joint = rng.choice((", ", " ", "... ", " - ")) if choice < 0.5 else ", "
    return joint.join(said)


def _hesitate(rng: random.Random, said: list[str], style: Style) -> list[str]:
    """Adds a filler between two chunks now and then."""
    if style.disfluent and style.mode != "written" and len(said) > 1 and rng.random() < 0.14:
        said.insert(rng.randrange(1, len(said)), rng.choice(style.vocabulary.fillers))
    return said


def _mend(rng: random.Random, groups: Sequence[str], said: list[str], wrong: Sequence[str], style: Style) -> list[str]:
    """Says one group wrongly, then a correction marker, then the group again (or from the start again)."""
    at = rng.randrange(len(groups))
    marker = rng.choice(style.vocabulary.corrections)
    start = 0 if at <= 1 and rng.random() < 0.4 else at
    return [*said[:at], wrong[at], marker, *said[start:]]


def _speak_groups(rng: random.Random, groups: list[str], style: Style, corrected: bool) -> str:
    lang = digit_language(rng, style)
    weights = (4, 3, 2, 1, 1) if style.lang != "fr" else (1, 0, 7, 1, 0)
    manner = rng.choices(MANNERS, weights)[0]
    zero = _zero(rng, lang, style.region)
    inner = rng.choice((" ", " ", " ", ", ")) if style.mode == "recogniser" else " "
    if corrected and len(groups) == 1 and len(groups[0]) > 4:
        groups = [groups[0][:3], groups[0][3:]]

    def say(group: str) -> str:
        plus = f"{rng.choice(style.vocabulary.symbols['+'])} " if group.startswith("+") else ""
        return plus + inner.join(say_digits(rng, group.lstrip("+"), manner, lang, zero))

    said = [say(group) for group in groups]
    if corrected:
        said = _mend(rng, groups, said, [say(_slip(rng, group)) for group in groups], style)
    text = join_chunks(rng, _hesitate(rng, said, style), style)
    return re.sub(r"\bzwei\b", "zwo", text) if lang == "de" and rng.random() < 0.3 else text


def _separator(rng: random.Random, value: Value, style: Style) -> str:
    """What stands between written groups."""
    if not value.joiner and style.mode == "written":
        return rng.choice(("", "", "", " "))
    usual = (value.joiner, value.joiner, " ", "-", "", ".", ", ")
    return rng.choices(usual, (6, 6, 4, 3, 5, 1, 1 if style.mode == "recogniser" else 0))[0]


def _write_groups(rng: random.Random, value: Value, style: Style, corrected: bool) -> str:
    """Digits as recognisers and chat users write them."""
    groups = list(value.parts)
    if value.label == "PHONE" and value.region == "us" and len(groups) == 3 and rng.random() < 0.4:
        groups = [f"({groups[0]})", f"{groups[1]}-{groups[2]}"]
    elif rng.random() < 0.2:
        groups = regroup(rng, groups)
    separator = _separator(rng, value, style)
    if style.mode == "recogniser" and rng.random() < 0.12:
        groups = list("".join(value.parts).lstrip("+"))
        separator = rng.choice((" ", ", ", "-"))
    if corrected:
        said = _mend(rng, groups, groups, [_slip(rng, group) for group in groups], style)
        return re.sub(r" +", " ", (separator if separator.strip() == "," else " ").join(said))
    if separator != ".":
        return separator.join(_hesitate(rng, groups, style) if separator in (" ", ", ") else groups)
    return separator.join(groups)


def _in_words(rng: random.Random, style: Style) -> bool:
    share = {"spoken": 0.93, "recogniser": 0.22, "written": 0.03}[style.mode]
    return rng.random() < share


def render_digits(rng: random.Random, value: Value, style: Style, corrected: bool) -> str:
    """A number made of digits only (a leading `+` allowed)."""
    if _in_words(rng, style):
        return _speak_groups(rng, regroup(rng, value.parts), style, corrected)
    return _write_groups(rng, value, style, corrected)


def _as_in(rng: random.Random, char: str, style: Style) -> str:
    alphabet = rng.choice(style.vocabulary.alphabet)
    word = alphabet.get(char.lower()) or NATO.get(char.lower(), char)
    return rng.choice(style.vocabulary.as_in).format(char.upper(), word)


def _letter(rng: random.Random, char: str, manner: str, style: Style) -> str:
    if not char.isascii():
        return char
    if manner == "as_in" and rng.random() < 0.75:
        return _as_in(rng, char, style)
    if manner == "nato":
        return NATO[char.lower()]
    if manner == "capital":
        return f"{rng.choice(style.vocabulary.capital)} {char.upper()}"
    if manner == "upper" or style.mode != "spoken":
        return char.upper()
    return rng.choice(("zed", "zee")) if char.lower() == "z" and rng.random() < 0.2 else char.lower()


def say_letters(rng: random.Random, text: str, manner: str, style: Style) -> list[str]:
    """The letters of `text` one by one: `"SMITH"` in manner `as_in` is `["S for sugar", "M for mother", ...]`."""
    if manner != "double":
        return [_letter(rng, char, manner, style) for char in text]
    said: list[str] = []
    for run in _runs(text):
        name = _letter(rng, run[0], "bare", style)
        said += [f"{rng.choice(style.vocabulary.double)} {name}"] if len(run) == 2 else [name] * len(run)
    return said


def _letter_manner(rng: random.Random, style: Style) -> str:
    manner = rng.choice(LETTER_MANNERS)
    return "as_in" if manner == "nato" and style.lang not in ("en", "hi") else manner


def spell(rng: random.Random, text: str, style: Style) -> str:
    """A word spelled letter by letter: "s m i t h", "S-M-I-T-H", "S for sugar, M for mother"."""
    manner = _letter_manner(rng, style)
    if manner == "capital":
        manner = "bare"
    said = say_letters(rng, text, manner, style)
    if manner in ("as_in", "nato"):
        return ", ".join(_hesitate(rng, said, style))
    joint = rng.choice((" ", ", ", "-", "-", ". ")) if style.mode != "spoken" else " "
    return joint.join(said if joint == "-" else _hesitate(rng, said, style)).removesuffix(".")


def _code_runs(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]+|\d+", text)


def _speak_code(rng: random.Random, groups: list[str], style: Style, corrected: bool) -> str:
    lang = digit_language(rng, style)
    digit_manner = rng.choices(MANNERS, (5, 3, 1, 0, 1))[0]
    letter_manner = _letter_manner(rng, style)
    zero = _zero(rng, lang, style.region)

    def say(group: str) -> str:
        said: list[str] = []
        for run in _code_runs(group):
            alphabetic = run.isalpha()
            said += say_letters(rng, run, letter_manner, style) if alphabetic else []
            said += [] if alphabetic else say_digits(rng, run, digit_manner, lang, zero)
        return " ".join(said)

    said = [say(group) for group in groups]
    if corrected:
        said = _mend(rng, groups, said, [say(_slip(rng, group)) for group in groups], style)
    return join_chunks(rng, _hesitate(rng, said, style), style)


def _write_code(rng: random.Random, value: Value, style: Style, corrected: bool) -> str:
    if corrected:
        parts = list(value.parts)
        return " ".join(_mend(rng, parts, parts, [_slip(rng, part) for part in parts], style))
    compact = "".join(value.parts)
    choice = rng.random()
    if choice < 0.3:
        return compact
    if choice < 0.7:
        return value.text
    if choice < 0.8:
        return compact.lower() if style.mode == "written" else " ".join(value.parts)
    if style.mode == "written" or choice < 0.87:
        return rng.choice((" ", "-")).join(value.parts)
    if choice < 0.94:
        return rng.choice((" ", "-", ", ")).join(compact)
    return rng.choice((" ", ", ")).join(run for part in value.parts for run in _code_runs(part))


def render_code(rng: random.Random, value: Value, style: Style, corrected: bool) -> str:
    """A code of letters and digits: a postcode, a passport, an IBAN."""
    if _in_words(rng, style):
        return _speak_code(rng, list(value.parts), style, corrected)
    return _write_code(rng, value, style, corrected)


def _say_number_token(rng: random.Random, token: str, style: Style, label: str) -> str:
    lang = digit_language(rng, style)
    zero = _zero(rng, lang, style.region)
    if label == "IP_ADDRESS" and rng.random() < 0.4:
        return number_words(int(token), lang)
    manner = rng.choices(("single", "double", "pairs"), (4, 1, 4))[0]
    return " ".join(say_digits(rng, token, manner, lang, zero))


def _domain_word(token: str, style: Style) -> str:
    deva = {"gmail": "जीमेल", "com": "कॉम", "yahoo": "याहू", "outlook": "आउटलुक", "in": "इन", "co": "को"}
    return deva.get(token, token) if style.lang == "hi_deva" else token


def _say_word_token(rng: random.Random, token: str, style: Style, value: Value) -> str:
    mixed = bool(re.search(r"\d", token)) or (
        value.label in ("IP_ADDRESS", "URL") and not re.search(r"[aeiouy]", token)
    )
    if len(token) == 1 or mixed:
        return _say_mixed(rng, token, style)
    if value.label == "PASSWORD" and token[0].isupper() and rng.random() < 0.6:
        capital = f"{rng.choice(style.vocabulary.capital)} {token[0]}"
        return f"{token} with a {capital}" if style.lang == "en" and rng.random() < 0.5 else f"{capital} {token}"
    return _domain_word(token, style)


def _say_mixed(rng: random.Random, token: str, style: Style) -> str:
    lang = digit_language(rng, style)
    zero = _zero(rng, lang, style.region)
    said: list[str] = []
    for char in token:
        if char.isdigit():
            said.append(_digit(char, lang, zero))
        else:
            said.append(_letter(rng, char, "capital" if char.isupper() and rng.random() < 0.7 else "bare", style))
    return " ".join(said)


def _say_symbol(rng: random.Random, token: str, style: Style, value: Value) -> str:
    if token == "@" and style.region == "in" and style.lang == "en" and rng.random() < 0.5:
        return "at the rate"
    if token == "." and value.label == "IP_ADDRESS" and style.lang == "en":
        return rng.choice(("dot", "dot", "point"))
    return rng.choice(style.vocabulary.symbols[token])


def _say_token(rng: random.Random, token: str, style: Style, value: Value) -> str:
    if token.isdigit():
        return _say_number_token(rng, token, style, value.label)
    if token in style.vocabulary.symbols:
        return _say_symbol(rng, token, style, value)
    return _say_word_token(rng, token, style, value)


def _speak_tokens(rng: random.Random, value: Value, style: Style, spelled: bool) -> str:
    local_end = value.parts.index("@") if "@" in value.parts else len(value.parts)
    said: list[str] = []
    for at, token in enumerate(value.parts):
        if spelled and at < local_end and token.isalpha():
            said.append(spell(rng, token, style))
        else:
            said.append(_say_token(rng, token, style, value))
    if value.label == "EMAIL" and 0 < local_end < len(said) and rng.random() < 0.15:
        hint = rng.choice((*style.vocabulary.one_word, *style.vocabulary.lower))
        said.insert(local_end, f", {hint}," if style.mode != "spoken" else hint)
    return re.sub(r"\s+,", ",", " ".join(_hesitate(rng, said, style)))


def _half_written_mail(rng: random.Random, value: Value) -> str:
    """What a recogniser makes of a spoken address: "johnsmith at gmail.com", "John Smith at Gmail dot com"."""
    at = value.parts.index("@")
    local, domain = value.parts[:at], value.parts[at + 1 :]
    if rng.random() < 0.5:
        return f"{''.join(local)} at {''.join(domain)}"
    words = [{"-": "dash", "_": "underscore", ".": "dot"}.get(token, token.capitalize()) for token in local]
    return f"{' '.join(words)} at {' '.join(domain).capitalize().replace('.', 'dot')}"


def render_tokens(rng: random.Random, value: Value, style: Style, spelled: bool = False) -> str:
    """An e-mail or UPI address, URL, IP address or password."""
    share = {"spoken": 1.0, "recogniser": 0.3, "written": 0.02}[style.mode]
    if spelled or rng.random() < share:
        return _speak_tokens(rng, value, style, spelled)
    text = value.text
    if value.label == "EMAIL" and style.mode == "recogniser" and "@" in value.parts[1:-1] and rng.random() < 0.3:
        return _half_written_mail(rng, value)
    if value.label == "EMAIL" and rng.random() < 0.1:
        return text.capitalize()
    return text


def _in_script(text: str, style: Style) -> str:
    if style.lang != "hi_deva":
        return text
    if text in names.DEVANAGARI:
        return names.DEVANAGARI[text]
    return " ".join(names.DEVANAGARI.get(word, word) for word in text.split(" "))


def render_person(rng: random.Random, value: Value, style: Style) -> str:
    """A name, given name first."""
    said = [_in_script(part, style) for part in value.parts]
    if style.disfluent and style.mode != "written" and len(said) > 1 and rng.random() < 0.04:
        return f"{said[0]}, {rng.choice(style.vocabulary.fillers)}, {' '.join(said[1:])}"
    return " ".join(said)


_UNIT_WORDS: dict[str, tuple[str, ...]] = {
    "us": ("apartment {}", "apt {}", "unit {}", "suite {}", "number {}"),
    "uk": ("flat {}", "apartment {}", "flat {}"),
    "in": ("flat {}", "flat number {}", "block {}"),
    "de": ("Wohnung {}", "Apartment {}"),
    "es": ("piso {}", "{}"),
    "fr": ("appartement {}", "appt {}"),
    "hi": ("flat {}", "flat number {}"),
}


def _say_house_number(rng: random.Random, number: str, style: Style) -> str:
    if not _in_words(rng, style):
        return number
    lang = digit_language(rng, style)
    zero = _zero(rng, lang, style.region)
    said: list[str] = []
    for run in _code_runs(number):
        if run.isalpha():
            said.append(run)
        elif len(run) <= 2 or (len(run) == 3 and rng.random() < 0.4) or lang not in ("en", "hi_english"):
            said.append(number_words(int(run), lang))
        else:
            said += say_digits(rng, run, rng.choice(("single", "pairs", "pairs", "hundreds")), lang, zero)
    return " ".join(said)


_ABBREVIATIONS = {"Street": "St", "Road": "Rd", "Avenue": "Ave", "Drive": "Dr", "Lane": "Ln", "Boulevard": "Blvd"}


def _street_in_words(street: str, style: Style) -> str:
    """Figures in a street name as words: "West 34th Street" is "West thirty-fourth Street"."""
    street = re.sub(r"(\d+)(?:st|nd|rd|th)\b", lambda match: ordinal_words(int(match[1]), style.lang), street)
    return re.sub(r"\d+", lambda match: number_words(int(match[0]), style.lang), street)


def _street_line(rng: random.Random, number: str, street: str, style: Style) -> str:
    if style.mode == "written" and rng.random() < 0.35:
        street = " ".join(_ABBREVIATIONS.get(word, word) for word in street.split(" "))
    if style.mode == "spoken":
        street = _street_in_words(street, style)
    street = _in_script(street, style)
    if style.lang in ("de", "es"):
        return f"{street} {number}"
    if style.region in ("in", "hi"):
        return f"{rng.choice(('', '', 'H No ', 'house number ')) if style.lang != 'hi_deva' else ''}{number} {street}"
    return f"{number} {street}"


def render_address(rng: random.Random, value: Value, style: Style, short: bool = True) -> str:
    """An address in one breath; `short` lets the town or the region be left out."""
    number, street, unit, town, area = value.parts
    pieces: list[str] = []
    if unit:
        said = _say_house_number(rng, unit.replace(" ", ""), style)
        said = "फ़्लैट " + said if style.lang == "hi_deva" else rng.choice(_UNIT_WORDS[value.region]).format(said)
        pieces.append(said)
    if number:
        line = _street_line(rng, _say_house_number(rng, number, style), street, style)
        pieces.insert(1 if value.region in ("uk", "in", "hi") else 0, line)
    kept = 2 if not short or rng.random() < 0.3 else rng.choice((0, 1, 1))
    pieces += [_in_script(place, style) for place in (town, area)[:kept] if place]
    return ", ".join(_hesitate(rng, pieces, style))


_WRITTEN_DATES: dict[str, tuple[str, ...]] = {
    "us": (
        "{M} {th}, {y}",
        "{M} {d}, {y}",
        "{n}/{d}/{yy}",
        "{nn}/{dd}/{y}",
        "{n}-{d}-{yy}",
        "{y}-{nn}-{dd}",
        "{M} {d} {y}",
    ),
    "uk": (
        "{th} of {M} {y}",
        "{d} {M} {y}",
        "{dd}/{nn}/{y}",
        "{d}/{n}/{yy}",
        "{dd}.{nn}.{yy}",
        "{M} {th}, {y}",
        "{y}-{nn}-{dd}",
    ),
    "de": ("{d}. {M} {y}", "{dd}.{nn}.{y}", "{d}.{n}.{yy}", "{d}.{n}.{y}"),
    "es": ("{d} de {M} de {y}", "{dd}/{nn}/{y}", "{d}/{n}/{yy}", "{d} de {M} del {yy}"),
    "fr": ("{d} {M} {y}", "{dd}/{nn}/{y}", "{d}/{n}/{yy}"),
    "hi": ("{d} {M} {y}", "{dd}/{nn}/{y}", "{d}-{n}-{yy}", "{dd} {nn} {y}"),
}
_SPOKEN_DATES: dict[str, tuple[str, ...]] = {
    "us": (
        "{M} {D} {Y}", "{M} the {D} {Y}", "{M} {D} {YY}", "{N} {C} {YY}", "{N} {C} {Y}", "{O} {P} {Y}",
        "{N} slash {C} slash {YY}", "the {D} of {M} {Y}", "{M} {C} {Y}",
    ),
    "uk": (
        "the {D} of {M} {Y}", "{D} of {M} {Y}", "{D} {M} {Y}", "{M} the {D} {Y}", "{C} {N} {YY}", "{P} {O} {YY}",
        "the {D} of {M} {YY}", "the {D} of the {Nth} {Y}", "{C} {M} {Y}",
    ),
    "de": ("{D} {M} {Y}", "der {De} {M} {Y}", "{De}n {M} {Y}", "{D} {Nth} {Y}", "{D} {Nth} {YY}", "{P} {O} {Y}"),
    "es": ("{C} de {M} de {Y}", "el {C} de {M} de {Y}", "{C} de {M} del {YY}", "{C} del {N} del {YY}", "{P} {O} {Y}"),
    "fr": ("{C} {M} {Y}", "le {C} {M} {Y}", "{C} {N} {YY}", "{P} {O} {YY}"),
    "hi": ("{C} {M} {Y}", "{C} {M} {YY}", "{P} {O} {Y}", "{C} {N} {Y}"),
}  # fmt: skip


def date_pattern_key(style: Style) -> str:
    """Which set of date patterns a style uses."""
    if style.lang.startswith("hi"):
        return "hi"
    if style.lang == "en":
        return "us" if style.region == "us" else "uk"
    return style.lang


def _suffix(day: int) -> str:
    return "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _date_fields(rng: random.Random, value: Value, style: Style) -> dict[str, str]:
    year, month, day = (int(part) for part in value.parts)
    lang = style.lang
    zero = _zero(rng, lang, style.region)
    day_words = "premier" if lang == "fr" and day == 1 else number_words(day, lang)
    return {
        "d": str(day),
        "dd": f"{day:02d}",
        "n": str(month),
        "nn": f"{month:02d}",
        "y": str(year),
        "yy": f"{year % 100:02d}",
        "th": f"{day}{_suffix(day)}",
        "M": style.vocabulary.months[month - 1],
        "D": ordinal_words(day, lang),
        "De": ordinal_words(day, lang).removesuffix("r"),
        "Nth": ordinal_words(month, lang),
        "C": day_words,
        "N": number_words(month, lang),
        "O": _say_pair(f"{month:02d}", lang, zero),
        "P": _say_pair(f"{day:02d}", lang, zero),
        "Y": year_words(year, lang),
        "YY": _say_pair(f"{year % 100:02d}", lang, zero),
    }


def render_date(rng: random.Random, value: Value, style: Style) -> str:
    """A full date in words, in figures, or as recognisers write it."""
    key = date_pattern_key(style)
    spoken = _in_words(rng, style)
    patterns = _SPOKEN_DATES[key] if spoken else _WRITTEN_DATES[key]
    if style.mode == "spoken" and not spoken:
        patterns = tuple(pattern for pattern in patterns if "{M}" in pattern)
    return rng.choice(patterns).format(**_date_fields(rng, value, style))


def render_date_part(rng: random.Random, value: Value, style: Style, part: str) -> str:
    """The `start` (day and month), `day`, `month` or `year` of a date."""
    fields = _date_fields(rng, value, style)
    spoken = _in_words(rng, style)
    if part == "year":
        return fields["Y" if spoken else "y"]
    if part == "month":
        return fields["M"]
    day = fields["C" if style.lang != "en" else "D"] if spoken else fields["d"]
    if part == "day":
        return day
    if style.lang == "es":
        return f"{day} de {fields['M']}"
    return f"{fields['M']} {day}" if date_pattern_key(style) == "us" else f"{day} {fields['M']}"


def render_expiry(rng: random.Random, value: Value, style: Style) -> str:
    """A card expiry: "04/27", "zero four twenty seven", "April 2027"."""
    month, year = int(value.parts[0]), int(value.parts[1])
    name = style.vocabulary.months[month - 1]
    if not _in_words(rng, style):
        short = f"{month:02d}/{year % 100:02d}"
        choices = [short, short, short, f"{month:02d}/{year}", f"{name} {year}", f"{month:02d} {year % 100:02d}"]
        return rng.choice(choices)
    lang = style.lang
    figures = _say_pair(f"{month:02d}", lang, _zero(rng, lang, style.region))
    years = (number_words(year % 100, lang), year_words(year, lang))
    slash = rng.choice(style.vocabulary.symbols["/"])
    shapes = (
        f"{figures} {years[0]}", f"{figures} {slash} {years[0]}", f"{name} {years[1]}", f"{name} {years[0]}",
        f"{number_words(month, lang)} {years[0]}", f"{figures} {years[1]}",
    )  # fmt: skip
    return rng.choice(shapes)


def render_number(rng: random.Random, value: Value, style: Style) -> str:
    """One whole number, such as an age."""
    return number_words(int(value.parts[0]), style.lang) if _in_words(rng, style) else value.parts[0]


def _cut(items: Sequence[str], part: str, thirds: bool) -> tuple[str, ...]:
    count = len(items)
    first = max(1, count // 3) if thirds else max(1, count // 2)
    second = max(first + 1, 2 * count // 3) if thirds else first
    bounds = {"first": (0, first), "middle": (first, second), "rest": (second, count)}
    start, end = bounds[part]
    return tuple(items[start:end])


def _cut_groups(value: Value, part: str, thirds: bool) -> Value:
    parts = value.parts
    if len(parts) < (3 if thirds else 2):
        text = "".join(parts)
        size = max(1, len(text) // (3 if thirds else 2))
        parts = (text[:size], text[size : 2 * size], text[2 * size :]) if thirds else (text[:size], text[size:])
    return value.having(*_cut(parts, part, thirds))


def _cut_tokens(value: Value, part: str, thirds: bool) -> Value:
    if "@" not in value.parts:
        return _cut_groups(value, part, thirds)
    at = value.parts.index("@")
    end = at + 2 if thirds and len(value.parts) > at + 2 else len(value.parts)
    pieces = {"first": value.parts[:at], "middle": value.parts[at:end], "rest": value.parts[end if thirds else at :]}
    return value.having(*pieces[part])


def _render_part(rng: random.Random, value: Value, style: Style, part: str, thirds: bool) -> str:
    if value.form == "date":
        names_of = {"first": "day" if thirds else "start", "middle": "month", "rest": "year"}
        return render_date_part(rng, value, style, names_of[part])
    if value.form == "expiry":
        month, year = value.parts
        name = style.vocabulary.months[int(month) - 1]
        return name if part == "first" else render_number(rng, value.having(year[2:]), style)
    if value.form == "address":
        number, street, unit, town, area = value.parts
        pieces = {"first": (number, street, "", "", ""), "rest": ("", "", unit, town, area)}
        if thirds:
            pieces |= {"middle": ("", "", unit, town, ""), "rest": ("", "", "", "", area)}
        return render_address(rng, value.having(*pieces[part]), style, short=False)
    if value.form == "person":
        return render_person(rng, value.having(*_cut(value.parts, part, thirds)), style)
    cut = _cut_tokens(value, part, thirds) if value.form == "tokens" else _cut_groups(value, part, thirds)
    return _render_whole(rng, cut, style)


def _render_last4(rng: random.Random, value: Value, style: Style) -> str:
    tail = "".join(value.parts)[-4:]
    form = "digits" if tail.isdigit() else "code"
    return _render_whole(rng, replace(value, parts=(tail,), form=form, joiner=""), style)


def _render_whole(rng: random.Random, value: Value, style: Style, corrected: bool = False) -> str:
    if value.form == "digits":
        return render_digits(rng, value, style, corrected)
    if value.form == "code":
        return render_code(rng, value, style, corrected)
    renderers = {
        "tokens": render_tokens, "person": render_person, "address": render_address, "date": render_date,
        "expiry": render_expiry, "number": render_number,
    }  # fmt: skip
    return renderers[value.form](rng, value, style)


def _wrong_value(rng: random.Random, value: Value) -> Value:
    """A value of the same form with a slip in it."""
    if value.form in ("date", "expiry"):
        month_at = 0 if value.form == "expiry" else 1
        parts = list(value.parts)
        parts[month_at] = f"{int(parts[month_at]) % 12 + 1:02d}"
        return value.having(*parts)
    if value.form == "address":
        return value.having(str(rng.randint(1, 99)), *value.parts[1:])
    if value.form == "number":
        return value.having(str(90 + (int(value.parts[0]) + 1) % 10))
    first = value.parts[0]
    mistaken = str(rng.randint(10, 99)) if first.isdigit() else first[:-1] + letters(rng, 1, "aeinrst")
    return value.having(mistaken, *value.parts[1:])


def _render_corrected(rng: random.Random, value: Value, style: Style) -> str:
    if value.form in ("digits", "code"):
        return _render_whole(rng, value, style, corrected=True)
    wrong, right = _render_whole(rng, _wrong_value(rng, value), style), _render_whole(rng, value, style)
    wrong_words = wrong.split(" ")
    kept = " ".join(wrong_words[: rng.randint(max(1, len(wrong_words) // 2), len(wrong_words))]).rstrip(",.- ")
    return f"{kept}, {rng.choice(style.vocabulary.corrections)}, {right}"


def _render_spelled(rng: random.Random, value: Value, style: Style) -> str:
    if value.form == "tokens":
        return render_tokens(rng, value, style, spelled=True)
    which = rng.choice((value.parts[-1:], value.parts[-1:], value.parts[:1], value.parts))
    words = [ascii_fold(word) or word for part in which for word in part.split(" ")]
    return ", ".join(spell(rng, word, style) for word in words)


def render(value: Value, rng: random.Random, style: Style, variant: str = "", thirds: bool = False) -> str:
    """The value as said in `style`.

    `variant` is empty or one of `again`, `first`, `middle`, `rest`, `last4`, `corrected`, `given`, `family`, `spelled`;
    `thirds` says that the value is cut in three (`first`, `middle`, `rest`) and not in two.
    """
    if variant in ("first", "middle", "rest"):
        text = _render_part(rng, value, style, variant, thirds)
    elif variant in ("given", "family"):
        text = _in_script(value.parts[0 if variant == "given" else -1], style)
    elif variant == "last4":
        text = _render_last4(rng, value, style)
    elif variant == "spelled":
        text = _render_spelled(rng, value, style)
    elif variant == "corrected" or _slips_anyway(rng, value, style):
        text = _render_corrected(rng, value, style)
    else:
        text = _render_whole(rng, value, style)
    if style.region == "us" and rng.random() < 0.6:
        text = re.sub(r"\b([Hh]undred|thousand) and ", r"\1 ", text)
    if style.lang == "hi_deva" and style.mode != "spoken" and value.form != "tokens" and rng.random() < 0.12:
        text = text.translate(_DEVANAGARI_DIGITS)
    return text.strip(" ,.")


def _slips_anyway(rng: random.Random, value: Value, style: Style) -> bool:
    if not style.disfluent or style.mode == "written" or value.form not in ("digits", "code"):
        return False
    return len("".join(value.parts)) > 5 and rng.random() < 0.06
