"""From text for the eye to text for the ear."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from op26x.voice.speaking.speakable import markup
from op26x.voice.speaking.speakable.amounts import Amounts
from op26x.voice.speaking.speakable.codes import Codes
from op26x.voice.speaking.speakable.dates import Dates
from op26x.voice.speaking.speakable.numbers import Numbers
from op26x.voice.speaking.speakable.rules import Rules, rules_of
from op26x.voice.speaking.speakable.times import Times
from op26x.voice.speaking.speakable.words import Words

PASSES = 4
SUPERSCRIPTS_OF_UNITS = "²³"
DASH = re.compile(r"\s+(?:-+|–|—)\s+|—|--+")
MARKUP = re.compile(r"[*_`~|<>\[\]{}\\^#]+")
TOKEN_SIGNS = re.compile(r"[*_`~|\\^]+|^#+(?=\s|$)")
DIGIT = re.compile(r"\d")
LONELY = re.compile(r"(?<!\S)[^\w\s¿¡(\"'“„«‘@&+=%$€£₹/°]+(?!\S)")
ENDS = frozenset(".,;:?!…।)»”")
SPACE_BEFORE = re.compile(r"\s+([.,;:!?…।])(?!\w)")
REPEATED = re.compile(r"([,;:।])(?:\s*[,;:.।])*(?=[,;:.।])|,(?=\s*[.!?;:])")
SPACES = re.compile(r"\s+")

Step = Callable[[str], str]


def speakable(text: str, language: str) -> str:
    """Text as a voice should read it.

    Markup, emoji and drawings are taken off in every language. In one with rules, numbers, dates, times, money, units,
    phone numbers, codes, addresses, abbreviations and signs become words. What the rules don't cover stays as it is,
    and is left to the voice. Text that is speakable already is not changed.

    Args:
        text: A sentence or several.
        language: As in BCP 47; the region decides on dates (``11/12/2026``), groups of digits and phone numbers.

    Returns:
        One line; empty if nothing in the text can be said.
    """
    for _ in range(PASSES):
        said = _said_once(text, language)
        if said == text:
            break
        text = said
    return text


def without_signs(token: str) -> str:
    """A piece of a word, as it comes from the LLM, without markup and emoji; its spaces stay."""
    return TOKEN_SIGNS.sub("", markup.visible(token))


def _said_once(text: str, language: str) -> str:
    for step in _steps(language):
        text = step(text)
    return text


@cache
def _steps(language: str) -> tuple[Step, ...]:
    rules = rules_of(language)
    if rules is None:
        return (markup.visible, markup.plain, _tidy)
    numbers = Numbers(rules)
    dates, times = Dates(rules, numbers), Times(rules, numbers)
    amounts, codes, words = Amounts(rules, numbers), Codes(rules, numbers), Words(rules, numbers)
    not_items = _not_items(rules, dates)
    of_digits = (
        words.number_signs,
        dates.dates,
        codes.phones,
        numbers.ranges,
        times.times,
        amounts.money,
        amounts.units,
        codes.codes,
        numbers.rest,
    )
    return (
        markup.visible,
        lambda text: markup.plain(text, not_items),
        _simple_digits,
        words.addresses,
        words.abbreviations,
        *map(_where_digits_are, of_digits),
        words.keys,
        words.symbols,
        _tidy,
    )


def _where_digits_are(step: Step) -> Step:
    return lambda text: step(text) if DIGIT.search(text) else text


def _not_items(rules: Rules, dates: Dates) -> re.Pattern[str] | None:
    return re.compile(rf"^(\s*\d{{1,2}})\.(?=\s+{dates.month_names})", re.M) if rules.ordinal_point else None


def _simple_digits(text: str) -> str:
    """Fractions and digits in circles as plain digits: a half is ``1/2``."""
    if text.isascii():
        return text
    said: list[str] = []
    for char in text:
        if unicodedata.category(char) == "No" and char not in SUPERSCRIPTS_OF_UNITS:
            simple = unicodedata.normalize("NFKC", char).replace("⁄", "/")
            said.append(f" {simple}" if said and said[-1].isdecimal() and "/" in simple else simple)
        else:
            said.append(char)
    return "".join(said)


def _tidy(text: str) -> str:
    """Without what is left of markup, and with the spaces of a sentence."""
    text = MARKUP.sub(" ", DASH.sub(", ", SPACES.sub(" ", text)))
    text = LONELY.sub(_lonely, text)
    text = SPACE_BEFORE.sub(r"\1", text)
    text = REPEATED.sub("", SPACES.sub(" ", text)).lstrip(" ,;:-–").rstrip(" ,-–")
    return text if any(char.isalnum() for char in text) else ""


def _lonely(match: re.Match[str]) -> str:
    """Marks between spaces: those that end a sentence are kept, for the word before."""
    return match.group() if ENDS.issuperset(match.group()) else " "
