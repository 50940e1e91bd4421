"""Persons: names, told by what introduces them, by lists of names and by capitals where the text has them."""

from collections.abc import Iterator

from op26x.redaction.entities import Entity, Span
from op26x.redaction.names import is_word
from op26x.redaction.reading import JOINING, Reading
from op26x.redaction.recognizers.name_reader import LONGEST, NameReader, Trust
from op26x.redaction.recognizers.names_alone import Name, alone
from op26x.redaction.recognizers.spelling import spelled_after
from op26x.redaction.tokens import Kind, Token
from op26x.redaction.vocabulary import cues
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("introductions")
WEAK = LISTS["weak"]
ASKING = LISTS["asking"]
LEAD_INS = LISTS["lead_ins"]
GREETINGS = LISTS["greetings"]
KIN = LISTS["kin"]
OWN = LISTS["own"]
LINKS = LISTS["links"]
TO_SPELLING = LISTS["to_spelling"]
OF_THE_AGENT = LISTS["of_the_agent"]
"""What stands behind an agent's own name: ``it's Dana from the pharmacy``."""
BEFORE_SPELLING = 4
HERE = frozenset(["here", "speaking"])
ADDRESSED = frozenset(["ma'am", "madam", "sir", "ji"])
REMEMBERED = 3
"""Letters of a name from which on it is known again."""


class Persons:
    """Finds the names in one turn.

    Args:
        reading: The turn.
        asked: Whether the other side just asked for a name.
        known: Names of persons, in lower case, that came up before in the conversation; added to.
        own: The agent's own names, which are nobody's secret; added to where the agent introduces itself.
    """

    def __init__(self, reading: Reading, asked: bool, known: set[str], own: set[str]) -> None:
        self._reading = reading
        self._tokens = reading.tokens
        self._end = len(reading.tokens)
        self._asked = asked and not reading.by_agent
        self._known = known
        self._own = own
        self._reader = NameReader(reading, own)
        self._codes = {run.first: run.after for run in reading.runs if run.letters and len(run.chars) > 2}

    def all(self) -> Iterator[Span]:
        """Each name, from left to right."""
        place, behind = 0, -1
        if (answer := self._answer() or self._at_once()) is not None:
            yield self._span(*answer)
            place = answer[1]
        while place < self._end:
            if (beyond := self._reader.brand_from(place) or self._codes.get(place)) is not None:
                place = beyond
                continue
            found = self._introduced(place) or self._alone(place) or self._beside(place, behind)
            if found is not None and found[1] > found[0]:
                found = found[0], self._over_fillers(*found)
                behind = found[1]
                yield self._span(*found)
            place = max(place + 1, found[1] if found is not None else 0)

    def _beside(self, place: int, behind: int) -> Name | None:
        """A name that stands beside another: ``Gérard Corboz, then Fatoumata Coulibaly and Jean``."""
        if not 0 < behind < place <= behind + 2 or self._reader.is_stopped(place):
            return None
        if not all(token.text == "," or token.low in JOINING for token in self._tokens[behind:place]):
            return None
        token = self._tokens[place]
        lists, months = self._reader.lists, self._reading.words.months
        ordinary = token.stem in lists.ordinary or token.stem in lists.not_persons or token.low in months
        if ordinary or not token.is_capitalised or not self._is_no_word(token):
            return None
        after = self._reader.name_from(place, Trust.STRONG)
        return None if after is None or self._reader.is_company(place, after) else (place, after)

    def _over_fillers(self, first: int, after: int) -> int:
        """Behind a name of which more comes: ``Anna, let me see, Szabo``."""
        place = after + (self._reading.low(after) == ",")
        filler = self._reading.words.skipped.at(self._tokens, place, self._end) if place < self._end else None
        if filler is None or filler[1] or after - first > 1 or self._reading.low(place) in JOINING:
            return after
        place = filler[0] + (self._reading.low(filler[0]) == ",")
        if place >= self._end or self._reader.is_stopped(place):
            return after
        token = self._tokens[place]
        if not (self._reader.is_listed(token) or (token.is_capitalised and not is_word(token.low))):
            return after
        return self._reader.name_from(place, Trust.STRONG) or after

    def _span(self, first: int, after: int) -> Span:
        for token in self._tokens[first:after]:
            if token.kind is Kind.WORD and len(token.low) >= REMEMBERED:
                self._known.add(token.stem)
        end = self._tokens[after - 1]
        return Span(self._tokens[first].start, end.end - (len(end.low) - len(end.stem)), Entity.PERSON)

    def _answer(self) -> Name | None:
        """The name at the beginning of an answer to a question for it."""
        place = self._past_lead_ins(0) if self._asked else self._end
        if place < self._end and self._tokens[place].low in self._reader.lists.titles:
            place += 1 + (self._reading.low(place + 1) == ".")
        if place >= self._end:
            return None
        if (spelled := spelled_after(self._reading, place)) is not None:
            return place, spelled
        after = self._reader.name_from(place, Trust.STRONG)
        if after is None or after - place > LONGEST or not self._is_answer(place, after):
            return None
        if all(token.stem in self._own for token in self._tokens[place:after]):
            return None
        return place, self._with_spelling(after)

    def _at_once(self) -> Name | None:
        """A name that a turn begins with, told by what stands behind it, or by nothing else being there.

        ``Hunter Sharp here``, ``Amaira Sane speaking``, ``Wafae ma'am?``; ``Aryan Chand.`` where something was asked.
        """
        first = self._past_lead_ins(0)
        after = first
        while after < self._end and after - first < LONGEST and self._may_begin(after):
            after += 1
        if after == first:
            return None
        behind, unknown = self._reading.low(after), [not is_word(one.low) for one in self._tokens[first:after]]
        if behind in HERE and (any(unknown) or self._reader.is_given(self._tokens[first])):
            return None if self._reading.by_agent else (first, after)
        title = self._tokens[first].low in self._reader.lists.titles
        if behind in ADDRESSED and (first, after) == (0, 1) and not title:
            return (first, after) if unknown[0] or self._reader.is_listed(self._tokens[first]) else None
        nothing_else = after >= self._end or (after == self._end - 1 and self._tokens[after].text in ".!?")
        whole = nothing_else and first == 0 and after - first > 1 and all(unknown)
        return (first, after) if whole and self._reading.questioned and not self._reading.by_agent else None

    def _may_begin(self, place: int) -> bool:
        """Whether a word may be of a name at the beginning of a turn."""
        token, lists = self._tokens[place], self._reader.lists
        if token.kind is not Kind.WORD or len(token.low) < 2 or token.low in HERE or token.low in ADDRESSED:
            return False
        if any(token.stem in listed for listed in (lists.company_tails, lists.not_persons, self._own)):
            return False
        return (token.is_capitalised or not self._reader.by_case) and not self._reader.is_stopped(place)

    def _is_answer(self, first: int, after: int) -> bool:
        """Whether what begins like a name is one: a list has it, or nothing else follows."""
        if any(self._reader.is_listed(token) for token in self._tokens[first:after]):
            return True
        if after >= self._end or self._tokens[after - 1].low.endswith("'s"):
            return True
        following = self._tokens[after]
        return following.low in LEAD_INS or following.text in ".,!" or self._starts_run(after)

    def _starts_run(self, place: int) -> bool:
        return any(run.first == place for run in self._reading.runs)

    def _past_lead_ins(self, place: int) -> int:
        while place < self._end and self._tokens[place].low in LEAD_INS:
            place += 1
        return place

    def _introduced(self, place: int) -> Name | None:
        """A name behind an expression that introduces one."""
        token = self._tokens[place]
        if token.kind is not Kind.WORD or token not in cues("PERSON"):
            return None
        if (found := cues("PERSON").at(self._tokens, place, self._end)) is None:
            return None
        said = " ".join(token.low for token in self._tokens[place : found[0]])
        first, trust = self._behind_title(*self._behind(said, found[0]))
        if first >= self._end or (
            first > found[0] and self._tokens[first - 1].text == "." and trust is not Trust.TITLE
        ):
            return None
        spelled = spelled_after(self._reading, first) if said in ASKING or trust >= Trust.STRONG else None
        after = spelled or self._reader.name_from(first, trust)
        if after is None:
            return None
        if self._reading.by_agent and self._is_own(said, place, after):
            self._own.update(token.low for token in self._tokens[first:after] if token.kind is Kind.WORD)
            return first, first
        return first, after if spelled else self._with_spelling(after)

    def _behind_title(self, first: int, trust: Trust) -> tuple[int, Trust]:
        """``spoke to Mr. Halloway``: the title is no part of the name."""
        if first >= self._end or self._tokens[first].low not in self._reader.lists.titles:
            return first, trust
        return first + 1 + (self._reading.low(first + 1) == "."), Trust.TITLE

    def _behind(self, said: str, after: int) -> tuple[int, Trust]:
        """Where the name begins that an expression introduces, and how much that tells."""
        if said in self._reader.lists.titles:
            return after + (self._reading.low(after) == "."), Trust.TITLE
        if said in KIN:
            first = after + (self._reading.low(after) in (",", "is"))
            named = first < self._end and self._is_no_word(self._tokens[first])
            return first, Trust.STRONG if named else Trust.WEAK
        if said in GREETINGS:
            return after + (self._reading.low(after) == ","), Trust.WEAK
        trust = Trust.WEAK if said in WEAK else Trust.STRONG
        of_name = self._tokens[after - 1].stem == "name"
        if said not in ASKING and not of_name:
            return after, trust
        first = self._past_lead_ins(after + (self._reading.low(after) == "?"))
        linked = any(self._tokens[at].low in LINKS for at in range(after, min(first, self._end)))
        if linked or (of_name and self._looks_like_name(first)):
            trust = Trust.STRONG
        return first, trust

    def _is_no_word(self, token: Token) -> bool:
        """Whether a word is probably a name; German writes other nouns with capitals as well."""
        if self._reader.english:
            return not is_word(token.low)
        return self._reader.by_case and token.is_capitalised and self._reading.language != "de"

    def _looks_like_name(self, place: int) -> bool:
        if place >= self._end:
            return False
        token = self._tokens[place]
        if self._reader.by_case:
            return token.is_capitalised
        return token.low not in self._reader.lists.ordinary and not token.low.endswith(("ing", "ed"))

    def _is_own(self, said: str, place: int, after: int) -> bool:
        """Whether the agent speaks of itself."""
        if said in OWN:
            return True
        if said == "it's":
            return self._reading.low(after) in OF_THE_AGENT
        return self._reading.low(place - 1) in ("you're", "are") and said.endswith((" with", " to"))

    def _alone(self, place: int) -> Name | None:
        """A name that nothing introduces, or that came up before."""
        token, reader = self._tokens[place], self._reader
        if token.kind is not Kind.WORD or (len(token.low) == 1 and not reader.is_initial(place, opens=True)):
            return None
        if reader.is_stopped(place) or token.stem in self._own:
            return None
        introduces = self._reading.low(place + 1) in ("speaking", "here")
        if self._reading.by_agent and introduces and reader.is_listed(token):
            self._own.add(token.stem)
            return None
        if token.stem in self._known and (token.is_capitalised or token.stem not in reader.lists.ordinary):
            return place, reader.name_from(place) or place + 1
        return alone(reader, place)

    def _with_spelling(self, after: int) -> int:
        """A name may be spelled right after it was said."""
        place = after
        while place < self._end and place - after < BEFORE_SPELLING:
            token = self._tokens[place]
            if token.text not in ",.-—:;" and token.low not in TO_SPELLING:
                break
            place += 1
        spelled = spelled_after(self._reading, place)
        return after if spelled is None else spelled


def asks_for_name(reading: Reading) -> bool:
    """Whether a turn of the agent's asks for a name."""
    tokens, introducing = reading.tokens, cues("PERSON")
    return any(
        (found := introducing.at(tokens, place, len(tokens))) is not None
        and " ".join(token.low for token in tokens[place : found[0]]) in ASKING
        for place, token in enumerate(tokens)
        if token in introducing
    )
