"""Dates: of birth where a birth is spoken of, of a card's expiry where that is; any other date is nobody's secret."""

from collections.abc import Iterator
from dataclasses import dataclass

from op26x.redaction.entities import Entity, Span
from op26x.redaction.reading import Reading
from op26x.redaction.runs import Run, Runs
from op26x.redaction.tokens import Kind
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("dates")
CONNECTED = LISTS["connected"]
YEAR_WORDS = 8
LONGEST = 7
"""Digits before a day from which on it is part of a number."""
VERBS = frozenset(["may", "mar", "march"])
LAST_BIRTH = 2010
"""Dates after it are those of calls, orders and appointments."""
LITTLE_ELSE = 5
LAST_ADULT = 1999
"""Dates up to then are hardly of anything but a birth, said in full."""


@dataclass(frozen=True, slots=True)
class SaidDate:
    """A date in a text: its tokens, and the digits of its year (nothing, if none was said)."""

    first: int
    after: int
    year: str


def dates(reading: Reading, found: list[SaidDate]) -> Iterator[Span]:
    """Each date that is personal."""
    for said in found:
        if label := _label(said, reading):
            first = said.first - (reading.low(said.first - 1) in ("the", "le", "el", "den", "dem"))
            yield Span(reading.tokens[first].start, reading.tokens[said.after - 1].end, label)


def births(found: list[SaidDate], reading: Reading, *, named: bool) -> Iterator[Span]:
    """Full dates of long ago, which are of a birth.

    Args:
        found: The dates of a turn.
        reading: The turn.
        named: Whether a name was said with them; without one, it is one if the turn has little else, and a year in
            full.
    """
    for said in found:
        alone = len(reading.tokens) - (said.after - said.first) <= LITTLE_ELSE
        adult = alone and len(said.year) == 4 and int(said.year) <= LAST_ADULT
        if _may_be_of_birth(said.year) and (named or adult):
            yield Span(reading.tokens[said.first].start, reading.tokens[said.after - 1].end, Entity.DATE_OF_BIRTH)


def _may_be_of_birth(year: str) -> bool:
    value = int(year) if year.isdigit() else 0
    return (len(year) == 4 and 1900 < value <= LAST_BIRTH) or (len(year) == 2 and 30 < value < 100)


def _label(said: SaidDate, reading: Reading) -> str | None:
    wanted = (Entity.DATE_OF_BIRTH, Entity.CARD_EXPIRY)
    cue = reading.cue_before(said.first)
    if cue is not None and cue.topic in wanted and (_has_year(said, reading) or cue.topic == Entity.DATE_OF_BIRTH):
        return cue.topic
    behind = reading.cue_behind(said.after)
    if behind is not None and behind.topic in wanted:
        return behind.topic
    if cue is not None and cue.topic == Entity.CARD and said.year and said.after - said.first <= 3:
        return Entity.CARD_EXPIRY
    if reading.by_agent:
        return Entity.DATE_OF_BIRTH if reading.born and _may_be_of_birth(said.year) else None
    if topic := next((topic for topic in reading.asked if topic in wanted), None):
        return topic
    return next((topic for topic in reading.stale if topic == Entity.DATE_OF_BIRTH and said.year), None)


def _has_year(said: SaidDate, reading: Reading) -> bool:
    """Whether a year was said: ``September twenty seven`` is one of a card, ``8 September`` is none."""
    return bool(said.year) or (reading.low(said.first) in reading.words.months and said.after - said.first > 1)


def said_dates(reading: Reading) -> Iterator[SaidDate]:
    """Each date, from left to right."""
    by_first: dict[int, Run] = {run.first: run for run in reading.runs}
    place, end = 0, len(reading.tokens)
    while place < end:
        said = _named(reading, place, by_first) or _numeric(reading, place)
        if said is None:
            place += 1
        else:
            yield said
            place = max(said.after, place + 1)


def _numeric(reading: Reading, place: int) -> SaidDate | None:
    """``4/3/1982``, ``04.03.82``, ``1982-03-04``."""
    tokens = reading.tokens
    if place + 4 >= len(tokens) or tokens[place].kind is not Kind.DIGITS:
        return None
    marks = tokens[place + 1], tokens[place + 3]
    parts = tokens[place], tokens[place + 2], tokens[place + 4]
    if (
        marks[0].text not in "/-."
        or marks[0].text != marks[1].text
        or any(part.kind is not Kind.DIGITS for part in parts)
    ):
        return None
    if place and tokens[place - 1].text == marks[0].text and place > 1 and tokens[place - 2].kind is Kind.DIGITS:
        return None
    if place + 6 < len(tokens) and tokens[place + 5].text == marks[0].text and tokens[place + 6].kind is Kind.DIGITS:
        return None
    lengths = [len(part.text) for part in parts]
    if (
        sorted(lengths)[-1] > 4
        or lengths.count(4) > 1
        or lengths.count(3)
        or not _is_possible([int(part.text) for part in parts], lengths)
    ):
        return None
    years = [part.text for part in parts if len(part.text) == 4] or [parts[2].text]
    return SaidDate(place, place + 5, years[0])


def _is_possible(values: list[int], lengths: list[int]) -> bool:
    """Whether three numbers are a day, a month and a year in any usual order."""
    first, second, third = values
    if lengths[0] == 4:
        return 1 <= second <= 12 and 1 <= third <= 31
    return 1 <= min(first, second) <= 12 and 1 <= max(first, second) <= 31 and lengths[1] < 4


def _named(reading: Reading, place: int, runs: dict[int, Run]) -> SaidDate | None:
    """A date with its month's name, or with ordinals: ``the fourth of march eighty two``, ``March 4th, 1982``."""
    tokens, months = reading.tokens, reading.words.months
    low = tokens[place].low
    if any(run.first < place < run.after and run.letters for run in reading.runs):
        return None
    if low in months and (low not in VERBS or _dated(reading, place)):
        year, behind = _year(reading, _day(reading, _connected(reading, place + 1)) or place + 1)
        return SaidDate(place, behind, year) if behind > place + 1 else None
    within = any(run.first + 1 < place < run.after and len(run.chars) > LONGEST for run in reading.runs)
    if within or (after := _day(reading, place)) is None:
        return None
    following = _connected(reading, after)
    if following >= len(tokens):
        return None
    if tokens[following].low not in months:
        return _ordinals(reading, place, after, following) or _in_numbers(reading, place, after, following)
    year, after = _year(reading, following + 1)
    return SaidDate(place, after, year)


def _ordinals(reading: Reading, place: int, after: int, following: int) -> SaidDate | None:
    """``the fifth of the sixth nineteen sixty``."""
    ordinals = reading.words.ordinals
    if reading.low(after) not in ("of", "del") or not (
        reading.tokens[after - 1].low in ordinals and reading.low(following) in ordinals
    ):
        return None
    year, end = _year(reading, following + 1)
    return SaidDate(place, end, year) if year else None


def _in_numbers(reading: Reading, place: int, after: int, following: int) -> SaidDate | None:
    """``cuatro del cinco del cuarenta y tres``, ``vierzehnter dritter achtundsechzig``: where a birth is spoken of."""
    words, month = reading.words, reading.tokens[following].low
    ordinal = reading.tokens[after - 1].low in words.ordinals and month in words.ordinals
    number = after < following and month in words.digits and 1 <= int(words.digits[month]) <= 12
    spoken_of = {cue.topic for cue in reading.cues} | {*reading.asked, *reading.stale}
    if not (ordinal or number) or not (reading.born or Entity.DATE_OF_BIRTH in spoken_of):
        return None
    year, end = _year(reading, following + 1)
    return SaidDate(place, end, year) if year else None


def _dated(reading: Reading, place: int) -> bool:
    """Whether a month whose name is also a verb stands beside a number."""
    return _day(reading, place + 1) is not None or _day(reading, _connected(reading, place + 1)) is not None


def _connected(reading: Reading, place: int) -> int:
    skipped = 0
    while place < len(reading.tokens) and skipped < 2 and reading.tokens[place].low in CONNECTED:
        place += 1
        skipped += 1
    return place


def _day(reading: Reading, place: int) -> int | None:
    """The token behind a day of a month."""
    tokens, words, end = reading.tokens, reading.words, len(reading.tokens)
    if place >= end:
        return None
    token = tokens[place]
    if token.kind is Kind.DIGITS:
        if len(token.text) > 2 or not 1 <= int(token.text) <= 31:
            return None
        behind = tokens[place + 1] if place + 1 < end else None
        suffix = (
            behind is not None and behind.start == token.end and behind.low in ("st", "nd", "rd", "th", "er", "º", "ª")
        )
        return place + 1 + suffix
    if token.low in words.ordinals:
        return place + 1
    if token.low in words.tens and place + 1 < end:
        following = place + 1 + (tokens[place + 1].low == "-")
        if following < end and (
            tokens[following].low in words.ordinals or len(words.digits.get(tokens[following].low, "")) == 1
        ):
            return following + 1
        return place + 1
    if words.joiner and token.low in words.tens:
        return place + 1
    value = words.digits.get(token.low)
    return place + 1 if value is not None and 1 <= int(value) <= 31 else None


def _year(reading: Reading, place: int) -> tuple[str, int]:
    """The digits of a year that follows, and the token behind it."""
    following = _connected(reading, place)
    for run in reading.runs:
        if run.first <= following < run.after:
            return _year_in(run, following, reading, place)
    if (
        following < len(reading.tokens)
        and reading.tokens[following].text in "'’"
        and following + 1 < len(reading.tokens)
    ):
        token = reading.tokens[following + 1]
        if token.kind is Kind.DIGITS and len(token.text) == 2:
            return token.text, following + 2
    return "", place


def _year_in(run: Run, following: int, reading: Reading, place: int) -> tuple[str, int]:
    """The year at a place within a run: two or four digits, in one group or several."""
    tokens = reading.tokens
    token = tokens[following]
    if token.kind is Kind.DIGITS:
        return (token.text, following + 1) if len(token.text) in (2, 4) else ("", place)
    rest = next(Runs(tokens[following : min(run.after, following + YEAR_WORDS)], reading.words).all(), None)
    if rest is None or rest.first != 0 or rest.letters:
        return "", place
    if rest.digits in (2, 4):
        return rest.chars, following + rest.after
    return "", place


def without_dates(reading: Reading, found: list[SaidDate]) -> None:
    """Takes the dates out of the runs of a turn: what follows a date is a run of its own."""
    for said in found:
        kept: list[Run] = []
        for run in reading.runs:
            if run.after <= said.first or run.first >= said.after:
                kept.append(run)
                continue
            for first, after in ((run.first, said.first), (said.after, run.after)):
                if after > first:
                    for part in Runs(reading.tokens[:after], reading.words, reading.named).all(first):
                        kept.append(part)
        reading.runs = kept
