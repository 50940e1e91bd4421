"""Postal addresses: told by a house number beside a street, in the orders of many countries, and by what was asked."""

from collections.abc import Iterator, Mapping

from op26x.redaction.entities import Entity, Span
from op26x.redaction.names import is_word, names
from op26x.redaction.reading import Reading
from op26x.redaction.recognizers.address_tail import HOUSE_DIGITS, POSTCODE_DIGITS, SHORT, AddressTail
from op26x.redaction.runs import Run, Runs
from op26x.redaction.tokens import Kind
from op26x.redaction.vocabulary import cues, units
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("addresses")
ARTICLES = LISTS["articles"]
AMBIGUOUS = LISTS["ambiguous"]
"""English words that are French or Spanish words for a street as well."""
PARTS = LISTS["parts"]
"""Expressions of an address that introduce none."""
PREFIXES = frozenset(["n", "s", "e", "w", "ne", "nw", "se", "sw", "st", "mt", "dr"])
BEHIND_HOUSE = frozenset(["bis", "ter", "quater"])
FLOORS = frozenset(["ground", "first", "second", "third", "fourth", "fifth", "top", "1st", "2nd", "3rd", "4th", "5th"])
STREET_WORDS = 4
FOREIGN_WORDS = 6
FLAT_WORDS = 4
NUMBER_WORDS = 8
BEHIND_CUE = 8
PLACE_WORDS = 6
LONG_ENDING = 6

Found = tuple[int, int]
"""The first token of an address, and the one behind its last."""


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
        self._words: Mapping[str, frozenset[str]] = LISTS
        self._endings = tuple(sorted(LISTS["street_endings"]))
        self._runs = {run.first: run for run in reading.runs}
        self._inside = {place: run for run in reading.runs for place in range(run.first, run.after)}
        self._by_case = any(token.is_capitalised for token in reading.tokens[1:] if token.kind is Kind.WORD)
        self._tail = AddressTail(reading, by_case=self._by_case)

    def all(self) -> Iterator[Span]:
        """Each address, from left to right."""
        if self._asked and self._is_place():
            yield self._span(0, self._end - (self._tokens[-1].kind is Kind.MARK))
            return
        place, cued = 0, 0
        while place < self._end:
            if (after_cue := self._cue(place)) is not None:
                cued, place = after_cue + BEHIND_CUE, after_cue
                continue
            expected = self._asked or place < cued
            found = self._street(place) or self._foreign(place) or self._box(place) or self._expected(place, expected)
            if found is not None:
                yield self._span(*found)
            place = max(place + 1, found[1] if found is not None else 0)

    def _span(self, first: int, after: int) -> Span:
        return Span(self._tokens[first].start, self._tokens[after - 1].end, Entity.ADDRESS)

    def _cue(self, place: int) -> int | None:
        token = self._tokens[place]
        if token not in cues("ADDRESS") or (found := cues("ADDRESS").at(self._tokens, place, self._end)) is None:
            return None
        said = " ".join(token.low for token in self._tokens[place : found[0]])
        return None if said in PARTS else found[0]

    def _is_place(self) -> bool:
        """Whether an answer is a street or a town without a number: ``Larkspur Avenue``, ``Boise, Idaho``."""
        words = [token for token in self._tokens if token.kind is not Kind.MARK]
        if not 0 < len(words) <= PLACE_WORDS or any(token.kind is Kind.DIGITS for token in words) or self._runs:
            return False
        lists = self._words
        if words[-1].low in lists["streets"] and len(words) > 1:
            return not any(token.low in names().stop for token in words)
        known = [token.low in lists["states"] and len(token.low) > 2 for token in words]
        unknown = [not is_word(token.low) or (self._by_case and token.is_capitalised) for token in words]
        stopped = any(token.low in names().stop for token in words)
        return len(words) > 1 and not stopped and (any(known) or all(unknown))

    def _house(self, place: int) -> int | None:
        """The token behind a house number."""
        token = self._tokens[place]
        if token.kind is not Kind.DIGITS:
            run = self._said_number(place)
            short = run is not None and run.letters <= 1 and run.digits <= HOUSE_DIGITS
            return run.after if run is not None and short and run.chars.strip("0") else None
        if len(token.text) > HOUSE_DIGITS or int(token.text) == 0:
            return None
        after = place + 1
        if self._touches(after) and len(self._tokens[after].low) == 1 and self._tokens[after].kind is Kind.WORD:
            after += 1
        while self._reading.low(after) in ("-", "/") and self._reading.low(after + 1).isdecimal():
            after += 2
        return after + (self._reading.low(after) in BEHIND_HOUSE)

    def _touches(self, place: int) -> bool:
        return place < self._end and self._tokens[place].start == self._tokens[place - 1].end

    def _said_number(self, place: int) -> Run | None:
        """A number in words that begins at a place and ends before the next mark."""
        low, words = self._tokens[place].low, self._reading.words
        if not any(low in listed for listed in (words.digits, words.tens, words.times, words.hundreds, words.hundred)):
            return None
        furthest = min(self._end, place + NUMBER_WORDS)
        marks = (at for at in range(place, furthest) if self._tokens[at].kind is Kind.MARK)
        end = next((at for at in marks if self._tokens[at].text != "-"), furthest)
        run = next(Runs(self._tokens[:end], words, self._reading.named).all(place), None)
        return run if run is not None and run.first == place else None

    def _street(self, place: int) -> Found | None:
        """``42 Elm Street, apartment 3b, Springfield``."""
        house = self._house(place)
        if house is None or house >= self._end or self._is_unit(house):
            return None
        at = house + (self._tokens[house].text == "," and house + 1 < self._end)
        low = self._tokens[at].low
        if low in self._words["streets_before"] and self._is_street_first(at):
            return self._start(place), self._tail.behind(min(at + SHORT, self._end))
        if low == "broadway":
            return self._start(place), self._tail.behind(at + 1)
        for after in range(at, min(at + STREET_WORDS + 1, self._end)):
            if not self._may_name_street(after):
                return None
            low = self._tokens[after].low
            if after > at and low in self._words["streets"]:
                return (self._start(place), self._tail.behind(after + 1)) if self._names_street(at, after) else None
            if self._ends_like_street(after):
                return self._start(place), self._tail.behind(after + 1)
        return None

    def _may_name_street(self, place: int) -> bool:
        token = self._tokens[place]
        if token.text == ".":
            return self._tokens[place - 1].low in PREFIXES
        if token.kind is Kind.MARK:
            return token.text in "'’-"
        return token.low not in self._words["not_in_tail"] or token.low in ("the", "of")

    def _ends_like_street(self, place: int) -> bool:
        """``Hauptstraße``, ``Storgatan``: one word that says what it is, where it can be no English one."""
        token = self._tokens[place]
        german = token.is_capitalised if self._by_case else self._reading.language != "en"
        return german and len(token.low) > LONG_ENDING and token.low.endswith(self._endings)

    def _names_street(self, first: int, last: int) -> bool:
        """Whether a word that may be another thing is a street: ``4 Mill Way``, and not ``2 more drive failures``."""
        token = self._tokens[last]
        if token.low not in self._words["also_others"]:
            return True
        if self._by_case:
            return token.is_capitalised
        return not any(word.low in names().stop for word in self._tokens[first:last])

    def _is_unit(self, place: int) -> bool:
        """Whether a word makes the number before it a quantity."""
        token = self._tokens[place]
        if token.low not in units() or token.low in self._words["streets"]:
            return False
        return not (token.text.isupper() and self._by_case)

    def _foreign(self, place: int) -> Found | None:
        """``Hauptstraße 12``, ``Calle Mayor 5``, ``Am Markt 3, 50667 Köln``: the house number behind the street."""
        token = self._tokens[place]
        if token.kind is Kind.DIGITS:
            return self._before_postcode(place)
        if token.kind is not Kind.WORD or place + 1 >= self._end:
            return None
        if self._ends_like_street(place) or (token.low in self._words["street_endings"] and self._is_split(place)):
            number = place + 1 + (self._tokens[place + 1].text == "." and place + 2 < self._end)
            house = self._house(number)
            return None if house is None else (self._first_of_street(place), self._tail.behind(house))
        if token.low in self._words["streets_before"] and self._is_street_first(place):
            return self._behind_street(place) if token.is_capitalised or not self._by_case else None
        return None

    def _is_split(self, place: int) -> bool:
        """``Berliner Straße``, ``Karl-Marx-Allee``."""
        before = self._tokens[place - 1] if place else None
        return before is not None and (before.text == "-" or before.is_capitalised)

    def _first_of_street(self, place: int) -> int:
        first = place
        while first and (self._tokens[first - 1].text == "-" or self._tokens[first].text == "-"):
            first -= 1
        if first == place and self._tokens[place].low in self._words["street_endings"]:
            first -= 1
        return first

    def _behind_street(self, place: int) -> Found | None:
        for at in range(place + 1, min(place + 1 + FOREIGN_WORDS, self._end)):
            house = self._house(at)
            if house is not None and at > place + 1:
                return place, self._tail.behind(house)
            ends = self._tokens[at].text in ".?!;:" and len(self._tokens[place].low) > SHORT
            if ends or self._tokens[at].low in self._words["not_in_tail"]:
                return None
        return None

    def _before_postcode(self, place: int) -> Found | None:
        """A house number behind capitalised words, with a postcode and a town behind it."""
        house = self._house(place)
        if not self._by_case or house is None or house + 2 >= self._end or self._tokens[house].text != ",":
            return None
        postcode, town = self._tokens[house + 1], self._tokens[house + 2]
        if postcode.kind is not Kind.DIGITS or len(postcode.text) not in POSTCODE_DIGITS or not town.is_capitalised:
            return None
        first = place
        while first and self._tokens[first - 1].is_capitalised and place - first < STREET_WORDS:
            first -= 1
        return (first, self._tail.behind(house)) if first < place else None

    def _is_street_first(self, place: int) -> bool:
        """Whether a word for a street is one: some are English words too, and mean one only before ``de`` or ``la``."""
        return self._tokens[place].low not in AMBIGUOUS or self._reading.low(place + 1) in ARTICLES

    def _box(self, place: int) -> Found | None:
        """``PO Box 1234``."""
        at = place
        while at < self._end and at - place < HOUSE_DIGITS and self._tokens[at].low in self._words["boxes"]:
            at += 1
        run = self._runs.get(at + 1) if at > place and self._reading.low(at) == "box" else None
        if run is None:
            return None
        digits = self._tokens[at + 1].kind is Kind.DIGITS
        return place, self._tail.behind(at + 2 if digits else run.after)

    def _expected(self, place: int, expected: bool) -> Found | None:
        """What follows a question for an address, ``my address is``, or ``flat 4``."""
        if (found := self._from_flat(place, expected)) is not None or not expected:
            return found
        house = self._house(place)
        if house is None or (house < self._end and self._reading.low(house) in units()):
            return None
        after = self._tail.behind(house)
        words = sum(self._tokens[at].kind is Kind.WORD for at in range(house, after))
        return (self._start(place), after) if words > (not self._asked) else None

    def _from_flat(self, place: int, expected: bool) -> Found | None:
        token = self._tokens[place]
        if token.low not in self._words["starts"] or place + 1 >= self._end:
            return None
        if not (self._house(place + 1) is not None or self._tokens[place + 1].low in ("number", "no", "#", ".")):
            return None
        if not (expected or token.is_capitalised or not self._by_case or self._reading.low(place + 2) == ","):
            return None
        numbers = (self._house(at) for at in range(place + 1, min(place + FLAT_WORDS, self._end)))
        if (number := next((after for after in numbers if after is not None), None)) is None:
            return None
        after = self._tail.behind(number)
        told = expected or (after - place > SHORT and (self._by_case or self._has_street(place, after)))
        return (place, after) if told else None

    def _has_street(self, first: int, after: int) -> bool:
        return any(token.low in self._words["streets"] for token in self._tokens[first:after])

    def _start(self, place: int) -> int:
        """Where an address begins whose house number is at a place: ``flat 4, 12 High Street``."""
        at = earliest = place
        for _ in range(HOUSE_DIGITS):
            before = self._tokens[at - 1] if at else None
            if before is None:
                break
            run = self._inside.get(at - 1)
            if self._names_part(at):
                at = earliest = at - 1
            elif before.text in (",", ".") or self._is_letter(at - 1) or before.low == "number":
                at -= 1
            elif run is not None and run.first < at:
                at = run.first
            elif (filler := self._filler_before(at)) is not None:
                at = filler
            else:
                break
        return earliest

    def _names_part(self, behind: int) -> bool:
        """Whether the token before a place names a part of a building: ``flat``, ``third`` of ``third floor``."""
        before, low = self._tokens[behind - 1], self._reading.low(behind)
        if before.low in self._words["units"] or before.text == "#":
            return True
        return (self._is_letter(behind - 1) and low == "no") or (before.low in FLOORS and low == "floor")

    def _is_letter(self, place: int) -> bool:
        return len(self._tokens[place].low) == 1 and self._tokens[place].kind is Kind.WORD

    def _filler_before(self, place: int) -> int | None:
        skipped = self._reading.words.skipped
        ends = ((start, skipped.at(self._tokens, start, place)) for start in range(max(0, place - SHORT), place))
        return next((start for start, found in ends if found is not None and found[0] == place and not found[1]), None)


def asks_for_address(reading: Reading) -> bool:
    """Whether a turn of the agent's asks for an address."""
    tokens, asking = reading.tokens, cues("ADDRESS")
    return any(
        token in asking
        and asking.at(tokens, place, len(tokens)) is not None
        and reading.low(place - 1) not in ("email", "mail", "ip")
        for place, token in enumerate(tokens)
    )
