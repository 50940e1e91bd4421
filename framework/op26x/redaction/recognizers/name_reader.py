"""Names, read word by word from where one begins."""

from enum import IntEnum

from op26x.redaction.names import brands, is_word, names, ordinary, plain
from op26x.redaction.reading import Reading
from op26x.redaction.tokens import Kind, Token
from op26x.redaction.vocabulary import marks
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("introductions")
ALSO_ORDINARY = LISTS["also_ordinary"]
"""Words that end companies' names in capitals, and are ordinary words behind a person's name in lower case."""
IRISH = ("o'", "d'", "mc")
LONGEST = 5
LONGEST_WITH_MARKS = 7
ABBREVIATION = 4
SHOUTING = 4
"""Words from which on capitals mean nothing, where all are capitals."""
JOINING = frozenset([".", "-", "'", "’"])


class Trust(IntEnum):
    """How much tells that a name begins at a place."""

    ALONE = 0
    WEAK = 1
    STRONG = 2
    TITLE = 3


class NameReader:
    """Reads names in one turn.

    Args:
        reading: The turn.
        own: The agent's own names, which are nobody's secret.

    Attributes:
        lists: Lists of names and of words.
        english: Whether what is no English word is probably a name.
        by_case: Whether the text has capitals that tell something.
    """

    def __init__(self, reading: Reading, own: set[str]) -> None:
        letters = [token for token in reading.tokens if token.kind is Kind.WORD]
        hindi = marks()["hi"] - marks()["en"]
        shouted = len(letters) >= SHOUTING and all(token.text.isupper() for token in letters)
        self.lists = names()
        self.english = reading.language == "en" and not any(token.low in hindi for token in letters)
        self.by_case = any(token.is_capitalised for token in letters) and not shouted
        self.reading = reading
        self.tokens = reading.tokens
        self.end = len(reading.tokens)
        self._own = own
        self._foreign = ordinary(reading.language)
        self._starting = {run.first for run in reading.runs}

    def name_from(self, first: int, trust: Trust = Trust.ALONE) -> int | None:
        """The token behind a name that begins at a place; nothing, if none does."""
        place = first
        while place < self.end and place - first < LONGEST_WITH_MARKS and self._goes_on(place, first, trust):
            place += 1
        while place > first and self._hangs(place - 1, first):
            place -= 1
        if place == first or self.is_company(first, place):
            return None
        if place - first == 1 and self.tokens[first].low in self._own and trust < Trust.STRONG:
            return None
        return place

    def _goes_on(self, place: int, first: int, trust: Trust) -> bool:
        token = self.tokens[place]
        if place > first and (token.start > self.tokens[place - 1].end + 1 or self.brand_from(place) is not None):
            return False
        if token.kind is Kind.MARK:
            return token.text in JOINING and place > first and self._joins(place)
        return token.kind is Kind.WORD and self._may_be_part(place, first, trust)

    def _hangs(self, place: int, first: int) -> bool:
        """Whether the last token of a name is none: a mark, or a particle with nothing behind it."""
        token = self.tokens[place]
        if token.kind is Kind.MARK:
            return True
        return place > first and token.low in self.lists.particles and not token.is_capitalised

    def _joins(self, place: int) -> bool:
        """Whether a mark belongs to a name: ``J.``, ``Anne-Marie``, ``O'Brien``."""
        mark, before = self.tokens[place], self.tokens[place - 1]
        if place + 1 >= self.end or self.tokens[place + 1].kind is not Kind.WORD:
            return False
        behind = self.tokens[place + 1]
        if mark.text == ".":
            named = behind.is_capitalised or behind.low in self.lists.particles
            return len(before.text) == 1 and before.is_capitalised and named
        return before.end == mark.start and mark.end == behind.start

    def _may_be_part(self, place: int, first: int, trust: Trust) -> bool:
        token, opens = self.tokens[place], place == first
        if not opens and token.is_capitalised and token.low in self.lists.particles:
            return True
        if not opens and self.tokens[place - 1].low.endswith("'s"):
            return False
        if self._is_particle(place, opens=opens, trust=trust):
            return True
        if self._is_excluded(place, opens=opens, trust=trust) or (
            opens and trust < Trust.STRONG and token.stem in self.lists.not_after_weak
        ):
            return False
        if self.is_initial(place, opens=opens) or (not opens and token.stem in self.lists.suffixes):
            return True
        words = self.reading.words
        if token.stem in words.digits or token.stem in words.tens or (place in self._starting and len(token.stem) == 1):
            return False
        if self.by_case:
            return self._may_be_cased(place, opens=opens, trust=trust)
        if opens:
            return self._may_open(token, trust)
        particle = place - 1 > first and self.tokens[place - 1].low in self.lists.particles
        return self._may_follow(token, Trust.STRONG if particle else trust)

    def _is_excluded(self, place: int, *, opens: bool, trust: Trust) -> bool:
        """Whether a word is none of a name; a capital makes one of ``Will``, and of ``Pierre`` behind ``Jean``."""
        token = self.tokens[place]
        if place in self.reading.named or not token.is_capitalised or not self.by_case:
            return self.is_stopped(place)
        if not opens:
            return token.stem in self.lists.stop and not self.is_given(token)
        named = trust >= Trust.WEAK and self.is_given(token) and (trust >= Trust.STRONG or self._full_behind(place))
        return self.is_stopped(place) and not named

    def _is_particle(self, place: int, *, opens: bool, trust: Trust) -> bool:
        """``de`` in ``Leonardo de la Torre``: a name follows."""
        token = self.tokens[place]
        if token.low not in self.lists.particles or place + 1 >= self.end:
            return False
        following = place + 1
        while following + 1 < self.end and self.tokens[following].low in self.lists.particles:
            following += 1
        if self.tokens[following].text == "-" and following + 1 < self.end:
            following += 1
        behind = self.tokens[following]
        if behind.kind is not Kind.WORD or behind.low in self.lists.stop:
            return False
        allowed = trust >= Trust.STRONG or not opens or token.is_capitalised
        return allowed and (behind.is_capitalised or not self.by_case)

    def _may_be_cased(self, place: int, *, opens: bool, trust: Trust) -> bool:
        token, lists = self.tokens[place], self.lists
        low, listed = token.stem, self.is_listed(token)
        strong = trust >= Trust.STRONG
        if not token.is_capitalised:
            known = listed if opens else low not in lists.ordinary
            return strong and (known or low not in lists.ordinary) and len(low) > 2
        if opens:
            return self._may_open_in_capitals(place, trust)
        if low in lists.not_persons and low not in lists.family:
            return False
        return listed or low not in lists.ordinary or (strong and low not in lists.common)

    def _may_open_in_capitals(self, place: int, trust: Trust) -> bool:
        token, lists = self.tokens[place], self.lists
        low, listed = token.stem, self.is_listed(token)
        if 1 < len(low) <= ABBREVIATION and token.text.isupper():
            return False
        if low in lists.not_persons:
            return listed and (trust >= Trust.STRONG or self._full_behind(place))
        opens_sentence = low in lists.ordinary and self.opens_sentence(place)
        if listed:
            return trust >= Trust.STRONG or not opens_sentence
        if low in lists.company_tails:
            return False
        if trust >= Trust.WEAK and self.english and not is_word(low):
            return True
        return trust >= Trust.STRONG and not opens_sentence

    def _full_behind(self, place: int) -> bool:
        """Whether a word that is a month or a town is followed by a family name."""
        following = self.tokens[place + 1] if place + 1 < self.end else None
        if following is None or following.kind is not Kind.WORD or not following.is_capitalised:
            return False
        return following.low not in self.lists.stop and following.low not in self.lists.company_tails

    def _may_open(self, token: Token, trust: Trust) -> bool:
        lists, low, listed = self.lists, token.stem, self.is_listed(token)
        if trust is Trust.TITLE:
            return True
        if trust < Trust.STRONG:
            return listed and low not in lists.ordinary
        if listed and is_word(low) and low not in lists.given:
            return False
        return (listed and low not in lists.not_persons) or (not is_word(low) and low not in lists.ordinary)

    def _may_follow(self, token: Token, trust: Trust) -> bool:
        lists, low = self.lists, token.stem
        strong = trust >= Trust.STRONG
        if self.is_listed(token) and (low not in lists.common or (low in lists.family and strong)):
            return True
        return low not in lists.ordinary and len(low) > 2 and strong

    def is_stopped(self, place: int) -> bool:
        """Whether a word can't be of a name."""
        token = self.tokens[place]
        if place in self.reading.named or token.stem in self._foreign:
            return True
        return token.stem in self.lists.stop or token.low in self.lists.stop

    def is_initial(self, place: int, *, opens: bool) -> bool:
        """``J.``, or a capital within a name."""
        token = self.tokens[place]
        if len(token.text) != 1 or not token.text.isupper() or token.text == "I" or place + 1 >= self.end:
            return False
        return not opens or self.reading.low(place + 1) == "."

    def is_listed(self, token: Token) -> bool:
        """Whether a list has it as a name."""
        low = token.stem
        if low.startswith(IRISH) and len(low) > ABBREVIATION:
            return True
        return self.is_given(token) or low in self.lists.family or plain(low) in self.lists.family

    def is_given(self, token: Token) -> bool:
        """Whether a list has it as a given name."""
        return token.stem in self.lists.given or plain(token.stem) in self.lists.given

    def is_company(self, first: int, after: int) -> bool:
        """Whether what stands behind a name makes it a company's, a street's, a product's."""
        following = self.reading.low(after)
        if following == "&" or self.reading.low(first - 1) == "&":
            return True
        if following not in self.lists.company_tails:
            return False
        return not (self.by_case and following in ALSO_ORDINARY and not self.tokens[after].is_capitalised)

    def brand_from(self, place: int) -> int | None:
        """The token behind a company, a product or a place that is named like a person."""
        if self.tokens[place].kind is not Kind.WORD or self.tokens[place] not in brands():
            return None
        found = brands().at(self.tokens, place, self.end)
        return None if found is None else found[0]

    def opens_sentence(self, place: int) -> bool:
        """Whether a capital may be there for being the first."""
        if place == 0 or self.reading.sentences[place - 1] != self.reading.sentences[place]:
            return True
        return self.tokens[place - 1].text in '"“:-—'
