"""Postal addresses: told by a house number beside a street, in the orders of many countries, and by what was asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from op26x.redaction.entities import Entity, Span
from op26x.redaction.names import names
from op26x.redaction.reading import Reading
from op26x.redaction.recognizers.numbers import UNITED_KINGDOM_POSTCODE
from op26x.redaction.runs import Run, Runs
from op26x.redaction.tokens import Kind
from op26x.redaction.vocabulary import cues, units
from op26x.redaction.word_lists import word_lists

STREET_WORDS = 4
TAIL_WORDS = 9
HOUSE_DIGITS = 5
NUMBER_WORDS = 8
ABBREVIATIONS = frozenset(["st", "rd", "ave", "av", "dr", "ln", "blvd", "ct", "str", "apt"])
ARTICLES = frozenset(["de", "du", "des", "d", "la", "del", "de'", "le", "les", "los", "las"])
AMBIGUOUS = frozenset(["place", "avenue", "boulevard", "plaza", "camino", "route", "quai", "cours", "via"])
"""English words that are French or Spanish words for a street as well."""


@dataclass(frozen=True)
class Words:
    """``addresses.yaml``."""

    streets: frozenset[str]
    streets_before: frozenset[str]
    street_endings: tuple[str, ...]
    units: frozenset[str]
    starts: frozenset[str]
    directions: frozenset[str]
    states: frozenset[str]
    not_in_tail: frozenset[str]
    also_others: frozenset[str]


@cache
def _words() -> Words:
    listed = word_lists("addresses")
    return Words(
        streets=listed["streets"],
        streets_before=listed["streets_before"],
        street_endings=tuple(sorted(listed["street_endings"])),
        units=listed["units"],
        starts=listed["starts"],
        directions=listed["directions"],
        states=listed["states"],
        not_in_tail=listed["not_in_tail"],
        also_others=listed["also_others"],
    )


class Addresses:
    """Finds the postal addresses in one turn.

    Args:
        reading: The turn.
        asked: Whether the other side just asked for an address.
    """

    def __init__(self, reading: Reading, asked: bool) -> None:
        self._reading = reading
        self._tokens = reading.tokens
        self._end = len(reading.tokens)
        self._asked = asked and not reading.by_agent
        self._words = _words()
        self._runs = {run.first: run for run in reading.runs}
        self._cased = any(token.is_capitalised for token in reading.tokens[1:] if token.kind is Kind.WORD)

    def all(self) -> Iterator[Span]:
        """Each address, from left to right."""
        place = 0
        cued = 1 if self._asked else 0
        while place < self._end:
            if (after_cue := self._cue(place)) is not None:
                cued, place = after_cue + 8, after_cue
                continue
            found = (
                self._street(place)
                or self._foreign(place)
                or self._box(place)
                or self._cued(place, place < cued or self._asked)
            )
            if found is None:
                place += 1
                continue
            first, after = found
            yield Span(self._tokens[first].start, self._tokens[after - 1].end, Entity.ADDRESS)
            place = after

    def _cue(self, place: int) -> int | None:
        token = self._tokens[place]
        if token not in cues("ADDRESS") or (found := cues("ADDRESS").at(self._tokens, place, self._end)) is None:
            return None
        said = " ".join(token.low for token in self._tokens[place : found[0]])
        return None if said in ("street", "apartment", "flat", "house number", "house no") else found[0]

    def _house(self, place: int) -> int | None:
        """The token behind a house number."""
        token = self._tokens[place]
        if token.kind is Kind.DIGITS:
            if len(token.text) > HOUSE_DIGITS or int(token.text) == 0:
                return None
            after = place + 1
            if (
                after < self._end
                and self._tokens[after].start == self._tokens[after - 1].end
                and len(self._tokens[after].low) == 1
                and self._tokens[after].kind is Kind.WORD
            ):
                after += 1
            while (
                after + 1 < self._end
                and self._tokens[after].text in "-/"
                and self._tokens[after + 1].kind is Kind.DIGITS
            ):
                after += 2
            return after
        run = self._said_number(place)
        if run is None or run.letters > 1 or run.digits > HOUSE_DIGITS or not run.chars.strip("0"):
            return None
        return run.after

    def _said_number(self, place: int) -> Run | None:
        """A number in words that begins at a place and ends before the next mark."""
        low, words = self._tokens[place].low, self._reading.words
        if (
            low not in words.digits
            and low not in words.tens
            and low not in words.times
            and low not in words.hundreds
            and low not in words.hundred
        ):
            return None
        furthest = min(self._end, place + NUMBER_WORDS)
        marks = (at for at in range(place, furthest) if self._tokens[at].kind is Kind.MARK)
        end = next((at for at in marks if self._tokens[at].text != "-"), furthest)
        run = next(Runs(self._tokens[:end], words, self._reading.named).all(place), None)
        return run if run is not None and run.first == place else None

    def _street(self, place: int) -> tuple[int, int] | None:
        """``42 Elm Street, apartment 3b, Springfield``."""
        house = self._house(place)
        if house is None or house >= self._end:
            return None
        if self._is_unit(house):
            return None
        at = house + (self._tokens[house].text == "," and house + 1 < self._end)
        if self._tokens[at].low in self._words.streets_before and self._is_street_first(at):
            return self._start(place), self._tail(min(at + 3, self._end))
        for after in range(at, min(at + STREET_WORDS + 1, self._end)):
            token = self._tokens[after]
            if token.kind is Kind.MARK and token.text not in "'’-.":
                return None
            if token.text == "." and self._tokens[after - 1].low not in (
                "st",
                "n",
                "s",
                "e",
                "w",
                "ne",
                "nw",
                "se",
                "sw",
                "mt",
                "dr",
            ):
                return None
            if after == at and token.low == "broadway":
                return self._start(place), self._tail(after + 1)
            low = token.low
            if low in self._words.not_in_tail and low not in ("the", "of"):
                return None
            if after > at and low in self._words.streets:
                return (self._start(place), self._tail(after + 1)) if self._names_street(at, after) else None
            if low.endswith(self._words.street_endings) and len(low) > 6:
                return self._start(place), self._tail(after + 1)
        return None

    def _is_unit(self, place: int) -> bool:
        """Whether a word makes the number before it a quantity."""
        token = self._tokens[place]
        return (
            token.low in units() and token.low not in self._words.streets and not (token.text.isupper() and self._cased)
        )

    def _foreign(self, place: int) -> tuple[int, int] | None:
        """``Hauptstraße 12``, ``Calle Mayor 5``, ``Via Roma, 3``: the house number behind the street."""
        token = self._tokens[place]
        if token.kind is not Kind.WORD:
            return None
        low = token.low
        if (
            low.endswith(self._words.street_endings)
            and (len(low) > 6 or low in self._words.street_endings)
            and place + 1 < self._end
        ):
            first = place
            if low in self._words.street_endings and not (
                first and (self._tokens[first - 1].text == "-" or self._tokens[first - 1].is_capitalised)
            ):
                return None
            while (first and self._tokens[first - 1].text == "-") or (
                first and low in self._words.street_endings and self._tokens[first - 1].is_capitalised
            ):
                first -= 1
                if self._tokens[first].kind is Kind.WORD:
                    low = self._tokens[first].low
            number = place + 1 + (self._tokens[place + 1].text == "." and place + 2 < self._end)
            if (after := self._house(number)) is not None:
                return first, self._tail(after)
        if not self._is_street_first(place):
            return None
        if low in self._words.streets_before and (token.is_capitalised or not self._cased) and place + 1 < self._end:
            for after in range(place + 1, min(place + 7, self._end)):
                if (house := self._house(after)) is not None and after > place + 1:
                    return place, self._tail(house)
                if self._tokens[after].low in self._words.not_in_tail or (
                    self._tokens[after].text in ".?!;:" and len(low) > 3
                ):
                    break
        return None

    def _names_street(self, first: int, last: int) -> bool:
        """Whether a word that may be another thing is a street: ``4 Mill Way``, and not ``2 more drive failures``."""
        token = self._tokens[last]
        if token.low not in self._words.also_others:
            return True
        if self._cased:
            return token.is_capitalised
        return not any(word.low in names().stop for word in self._tokens[first:last])

    def _is_street_first(self, place: int) -> bool:
        """Whether a word for a street is one: some are English words too, and mean one only before ``de`` or ``la``."""
        return self._tokens[place].low not in AMBIGUOUS or self._reading.low(place + 1) in ARTICLES

    def _box(self, place: int) -> tuple[int, int] | None:
        """``PO Box 1234``."""
        if self._tokens[place].low not in ("po", "p", "post") or place + 2 >= self._end:
            return None
        at = place
        while at < self._end and at - place < 5 and self._tokens[at].low in ("po", "p", "o", ".", "post", "office"):
            at += 1
        if at + 1 < self._end and self._tokens[at].low == "box" and (run := self._runs.get(at + 1)) is not None:
            return place, self._tail(run.after)
        return None

    def _cued(self, place: int, cued: bool) -> tuple[int, int] | None:
        """What follows a question for an address, or ``my address is``."""
        token = self._tokens[place]
        starts = (
            token.low in self._words.starts
            and place + 1 < self._end
            and (place + 1 in self._runs or self._tokens[place + 1].low in ("number", "no", "#", "."))
        )
        if starts and (cued or token.is_capitalised or not self._cased or self._reading.low(place + 2) == ","):
            at = place + 1
            while at < self._end and at not in self._runs and at - place < 4:
                at += 1
            run = self._runs.get(at)
            if run is not None and run.digits <= HOUSE_DIGITS:
                after = self._tail(self._house(at) or run.after)
                if cued or (
                    after - place >= 4
                    and (self._cased or any(token.low in self._words.streets for token in self._tokens[place:after]))
                ):
                    return place, after
        if not cued:
            return None
        house = self._house(place)
        if house is None or (house < self._end and self._tokens[house].low in units()):
            return None
        after = self._tail(house)
        words = [at for at in range(house, after) if self._tokens[at].kind is Kind.WORD]
        return (self._start(place), after) if words and (self._asked or len(words) > 1) else None

    def _start(self, place: int) -> int:
        """The place where an address begins whose house number is at a place: ``flat 4, 12 High Street``."""
        at, earliest = place, place
        while at > 0 and place - at < 5:
            token = self._tokens[at - 1]
            if token.low in self._words.units or token.text == "#":
                earliest = at - 1
            elif not (
                token.text in (",", ".") or at - 1 in self._runs or (len(token.low) == 1 and token.kind is Kind.WORD)
            ):
                break
            at -= 1
        return earliest

    def _tail(self, place: int) -> int:
        """The token behind what follows a street: the flat, the town, the region, the postcode."""
        after, words = place, 0
        if self._is_abbreviation(after - 1) and (
            self._reading.low(after + 1) == "," or (after + 1 < self._end and not self._opens(after + 1))
        ):
            after += 1
        at = after
        while at < self._end and words < TAIL_WORDS:
            token = self._tokens[at]
            if token.text in ",#" or (token.text in "-/º°ª" and at > place):
                at += 1
                continue
            if token.text == "." and self._tokens[at - 1].low in ("apt", "ste", "no", "st", "fl", "bldg", "rm"):
                at += 1
                continue
            if self._is_state(at):
                at += 1
                after = at
                words += 1
                continue
            if token.kind is Kind.DIGITS:
                behind = self._number_of_tail(at)
                if behind is None:
                    break
                after = at = behind
                words += 1
                continue
            run = self._runs.get(at) or next((run for run in self._reading.runs if run.first < at < run.after), None)
            if run is not None and not self._is_name_of_place(run, at):
                if not self._may_follow(run, at):
                    break
                after = at = max(run.after, at + 1)
                words += 1
                continue
            if token.kind is not Kind.WORD or not self._is_of_tail(at):
                break
            at += 1
            after = at
            words += 1
        return after

    def _is_state(self, at: int) -> bool:
        token = self._tokens[at]
        return (
            token.low in self._words.states
            and (token.text.isupper() or not self._cased)
            and self._reading.low(at - 1) not in ("a",)
        )

    def _is_name_of_place(self, run: Run, at: int) -> bool:
        """Whether what reads as letters is a word of the address: ``E 12th Street``."""
        return run.letters > 0 and run.digits == 0 and len(self._tokens[at].low) > 1

    def _number_of_tail(self, at: int) -> int | None:
        """The token behind a written number that is of the flat or the postcode."""
        token, before = self._tokens[at], self._reading.low(at - 1)
        after = at + 1
        while (
            after < self._end
            and self._tokens[after].start == self._tokens[after - 1].end
            and (self._tokens[after].kind is not Kind.MARK or self._tokens[after].text in "-/ºª°")
        ):
            after += 1
        if self._tokens[after - 1].kind is Kind.MARK and self._tokens[after - 1].text in "-/":
            after -= 1
        behind = self._reading.low(after)
        named = len(token.text) in (4, 5, 6) or before in self._words.units or before in ("#", "no", ".")
        counts = behind in units() and behind not in self._words.streets
        if not named and (len(token.text) > 6 or counts or (before != "," and len(token.text) > 3)):
            return None
        run = next((run for run in self._reading.runs if run.first <= at < run.after), None)
        if run is not None and run.letters and UNITED_KINGDOM_POSTCODE.fullmatch(run.chars):
            return run.after
        following = self._tokens[after] if after < self._end else None
        if (
            len(token.text) == 3
            and following is not None
            and following.kind is Kind.DIGITS
            and len(following.text) in (2, 3)
        ):
            return after + 1
        return after

    def _is_abbreviation(self, place: int) -> bool:
        """Whether a full stop behind a word is the word's: ``St.``."""
        return self._tokens[place].low in ABBREVIATIONS and self._reading.low(place + 1) == "."

    def _opens(self, place: int) -> bool:
        return self._tokens[place].is_capitalised and self._tokens[place].low in names().stop

    def _may_follow(self, run: Run, at: int) -> bool:
        """Whether a number is of the flat or the postcode."""
        if at and self._tokens[at - 1].low in self._words.units | {"#", "no", "."}:
            return True
        behind = self._reading.low(run.after)
        if behind in units() and behind not in self._words.streets:
            return False
        if run.letters:
            return UNITED_KINGDOM_POSTCODE.fullmatch(run.chars) is not None or len(run.chars) <= 4
        return (
            run.digits in (4, 5, 6, 9)
            or (run.digits <= 3 and at > 0 and self._tokens[at - 1].text == ",")
            or run.digits <= 2
        )

    def _is_of_tail(self, at: int) -> bool:
        token, words = self._tokens[at], self._words
        low = token.low
        if low in words.units or (low in words.states and (token.text.isupper() or len(low) > 2 or not self._cased)):
            return True
        if low in words.not_in_tail:
            return low in ("of", "upon")
        if self._cased:
            return token.is_capitalised and not self._is_verb_after_end(at)
        return low not in names().common or low in words.directions or low in words.streets or len(low) > 3

    def _is_verb_after_end(self, at: int) -> bool:
        return self._tokens[at - 1].text in ".!?" and self._tokens[at].low in names().stop


def asks_for_address(reading: Reading) -> bool:
    """Whether a turn of the agent's asks for an address."""
    tokens = reading.tokens
    return any(
        token in cues("ADDRESS")
        and cues("ADDRESS").at(tokens, place, len(tokens)) is not None
        and reading.low(place - 1) not in ("email", "mail", "ip")
        for place, token in enumerate(tokens)
    )
