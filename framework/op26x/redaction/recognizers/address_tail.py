"""What follows a street: the flat, the town, the region, the postcode."""

from collections.abc import Mapping

from op26x.redaction.names import names
from op26x.redaction.reading import Reading
from op26x.redaction.recognizers.fitting import UNITED_KINGDOM_POSTCODE
from op26x.redaction.runs import Run
from op26x.redaction.tokens import Kind
from op26x.redaction.vocabulary import units
from op26x.redaction.word_lists import word_lists

LONGEST = 9
"""Words and numbers of a tail."""
HOUSE_DIGITS = 5
POSTCODE_DIGITS = range(4, 7)
SHORT = 3
ABBREVIATIONS = frozenset(["st", "rd", "ave", "av", "dr", "ln", "blvd", "ct", "str", "apt", "ste", "no", "fl", "bldg"])
WITHIN = frozenset("-/º°ª'’")


class AddressTail:
    """Reads the tail of addresses in one turn.

    Args:
        reading: The turn.
        by_case: Whether capitals tell names of places.
    """

    def __init__(self, reading: Reading, *, by_case: bool) -> None:
        self._reading = reading
        self._tokens = reading.tokens
        self._end = len(reading.tokens)
        self._by_case = by_case
        self._words: Mapping[str, frozenset[str]] = word_lists("addresses")
        self._runs = {place: run for run in reading.runs for place in range(run.first, run.after)}

    def behind(self, place: int) -> int:
        """The token behind an address whose street ends before a place."""
        after = at = place
        parts = 0
        while at < self._end and parts < LONGEST:
            if (skipped := self._past_mark(at, place)) is not None:
                at = skipped
            elif (read := self._part(at)) is not None:
                after = at = read
                parts += 1
            elif (found := self._reading.words.skipped.at(self._tokens, at, self._end)) is not None:
                at = found[0]
            else:
                break
        return after

    def _past_mark(self, at: int, start: int) -> int | None:
        token = self._tokens[at]
        if token.kind is not Kind.MARK:
            return None
        if token.text in ",#" or (token.text in WITHIN and at > start):
            return at + 1
        abbreviated = token.text == "." and at > 0 and self._tokens[at - 1].low in ABBREVIATIONS
        return at + 1 if abbreviated and not self._opens(at + 1) else None

    def _opens(self, place: int) -> bool:
        """Whether a sentence begins at a place."""
        if place >= self._end:
            return False
        token = self._tokens[place]
        return token.is_capitalised and token.low in names().stop

    def _part(self, at: int) -> int | None:
        """The token behind a word or a number of a tail."""
        token = self._tokens[at]
        if self._is_state(at):
            return at + 1
        if token.kind is Kind.DIGITS:
            return self._number(at)
        run = self._runs.get(at)
        if run is not None and not self._is_name(run, at):
            return max(run.after, at + 1) if self._may_follow(run, at) else None
        return at + 1 if token.kind is Kind.WORD and self._is_of_place(at) else None

    def _is_state(self, at: int) -> bool:
        token = self._tokens[at]
        written = token.text.isupper() or not self._by_case
        return token.low in self._words["states"] and written and self._reading.low(at - 1) != "a"

    def _is_name(self, run: Run, at: int) -> bool:
        """Whether what reads as letters is a word of the address: ``E 12th Street``, ``1016 GC Amsterdam``."""
        token = self._tokens[at]
        if len(token.low) == 1:
            return self._by_case and token.text.isupper() and self._tokens[at - 1].kind is Kind.DIGITS
        return run.letters > 0 and (run.digits == 0 or token.text.isupper()) and token.low not in self._words["units"]

    def _number(self, at: int) -> int | None:
        """The token behind a written number that is of the flat or the postcode."""
        token, before = self._tokens[at], self._reading.low(at - 1)
        after = self._end_of_number(at)
        behind = self._reading.low(after)
        named = len(token.text) in POSTCODE_DIGITS or before in self._words["units"] or before in ("#", ".")
        counts = (behind in units() and behind not in self._words["streets"]) or len(token.text) > max(POSTCODE_DIGITS)
        if not named and (counts or (len(token.text) > SHORT and before != ",")):
            return None
        run = self._runs.get(at)
        if run is not None and run.letters and UNITED_KINGDOM_POSTCODE.fullmatch(run.chars):
            return run.after
        following = self._tokens[after] if after < self._end else None
        swedish = following is not None and following.kind is Kind.DIGITS and len(token.text) == SHORT
        return after + 1 if swedish and following is not None and len(following.text) in (2, 3) else after

    def _end_of_number(self, at: int) -> int:
        """A number goes on as long as nothing parts it: ``12-3``, ``4th``, ``2º``."""
        after = at + 1
        while after < self._end and self._tokens[after].start == self._tokens[after - 1].end:
            if self._tokens[after].kind is Kind.MARK and self._tokens[after].text not in WITHIN:
                break
            after += 1
        return after - (self._tokens[after - 1].text in "-/'’")

    def _may_follow(self, run: Run, at: int) -> bool:
        """Whether a number in words, or with letters, is of the flat or the postcode."""
        before, behind = self._reading.low(at - 1), self._reading.low(run.after)
        if before in self._words["units"] or before in ("#", "."):
            return True
        if behind in units() and behind not in self._words["streets"]:
            return False
        if run.letters:
            return UNITED_KINGDOM_POSTCODE.fullmatch(run.chars) is not None or len(run.chars) <= SHORT + 1
        return run.digits in (4, 5, 6, 9) or run.digits <= 2 or (run.digits <= SHORT and before == ",")

    def _is_of_place(self, at: int) -> bool:
        token, words = self._tokens[at], self._words
        if token.low in words["units"] or (token.low in words["states"] and len(token.low) > 2):
            return True
        cued = at in self._reading.named and not (self._by_case and token.is_capitalised)
        if token.low in words["towns"] and self._ends_with(at):
            return True
        if token.low in words["articles"] and self._by_case and self._reading.language in ("fr", "es"):
            return at + 1 < self._end and (self._tokens[at + 1].is_capitalised or self._is_of_place(at + 1))
        if token.low in words["not_in_tail"] or cued:
            return token.low in ("of", "upon") or self._reading.low(at + 1) in words["waters"] or self._is_hyphened(at)
        if self._by_case:
            return (token.is_capitalised or self._is_hyphened(at)) and not self._begins_sentence(at)
        known = token.low in words["directions"] or token.low in words["streets"]
        return known or token.low not in names().common or len(token.low) > SHORT

    def _ends_with(self, at: int) -> bool:
        """Whether an address may end with a town that is called like something else: nothing follows, or its state."""
        following = at + 1 + (self._reading.low(at + 1) == ",")
        return following >= self._end or self._tokens[following].text in ".!?" or self._is_state(following)

    def _is_hyphened(self, at: int) -> bool:
        """``on`` in ``Stoke-on-Trent``."""
        return self._reading.low(at - 1) == "-" and self._reading.low(at + 1) == "-"

    def _begins_sentence(self, at: int) -> bool:
        return self._tokens[at - 1].text in ".!?" and self._tokens[at].low in names().stop
