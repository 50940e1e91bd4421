"""Runs: digits and letters that are said or written one after another, whatever stands between them.

``four one double one``, ``4111-1111``, ``A for apple B 12``, ``forty-one eleven, no sorry, twelve``: each is one run.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from unicodedata import decimal

from op26x.redaction.number_words import NumberWords
from op26x.redaction.tokens import Kind, Token
from op26x.redaction.vocabulary import Vocabulary, units
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("runs")
JOINING = LISTS["joining"]
"""Marks that may stand inside a run."""
SKIPPED_AT_MOST = 9
"""Tokens between two digits; more is another thought."""
ATTACHED = LISTS["attached"]
"""Letters that belong to a number and make it none of ours: ``4th``, ``3pm``, ``10kg``."""
ARTICLES = frozenset("ai")
TIMES = LISTS["times"]
"""What makes ``deux`` of ``deux fois six`` tell how often the six is said."""
PRONOUNS = LISTS["pronouns"]
"""What makes ``one`` stand for a thing, before it and behind it."""
OF_MANY = LISTS["of_many"]


@dataclass(slots=True)
class Run:
    """Digits and letters in the order in which they were said.

    Attributes:
        first: Its first token.
        after: The token behind its last.
        chars: Digits and upper-case letters.
        groups: The same, as it was grouped in speech or writing.
        commas: Tokens behind commas in it.
        dots: How many dots stand in it.
        dotted: The same, cut at the dots.
        counted: Whether it was said as a quantity: ``two thousand three hundred``.
        spoken: Whether any of it was said in words.
        corrected: Whether something in it was taken back.
    """

    first: int
    after: int
    chars: str
    groups: list[str]
    dots: int = 0
    spoken: bool = False
    corrected: bool = False
    counted: bool = False
    commas: list[int] = field(default_factory=list)
    dotted: list[str] = field(default_factory=list)

    @property
    def digits(self) -> int:
        return len(self.chars) - self.letters

    @property
    def letters(self) -> int:
        return 0 if self.chars.isdigit() else sum(char.isalpha() for char in self.chars)


def _ascii(digits: str) -> str:
    """Digits of any script, as ASCII has them."""
    return digits if digits.isascii() else "".join(str(decimal(digit)) for digit in digits)


class Runs:
    """Reads the runs of one text.

    Args:
        tokens: Of the text.
        words: Of its language.
        named: Places that name what follows, and are no part of it.
    """

    def __init__(self, tokens: Sequence[Token], words: Vocabulary, named: Set[int] = frozenset()) -> None:
        self._tokens = tokens
        self._words = words
        self._named = named
        self._end = len(tokens)
        self._numbers = NumberWords(tokens, words)

    def all(self, first: int = 0) -> Iterator[Run]:
        """Each run from a place on, from left to right."""
        place = first
        while place < self._end:
            if (run := self._from(place)) is None:
                place += 1
            else:
                yield run
                place = run.after

    def _from(self, place: int) -> Run | None:
        item = self._item(place, None)
        if item is None:
            return None
        if self._tokens[place].low == "oh" and place + 1 < self._end and self._tokens[place + 1].kind is Kind.MARK:
            return None
        run = Run(
            place,
            item[1],
            item[0],
            [item[0]],
            spoken=item[2],
            dotted=[item[0]],
            counted=self._is_counted(place, item[1]),
        )
        while (gap := self._gap(run.after)) is not None:
            following, dots, corrected = gap
            if self._is_another(run, following):
                break
            item = self._item(following, run)
            if item is None:
                break
            chars, after, spoken = item
            if any(self._tokens[at].text == "," for at in range(run.after, following)):
                run.commas.append(following)
            run.chars += chars
            run.groups.append(chars)
            run.after = after
            run.dots += dots
            run.counted |= self._is_counted(following, after)
            if dots:
                run.dotted.append(chars)
            else:
                run.dotted[-1] += chars
            run.spoken |= spoken
            run.corrected |= corrected
        return run

    def _is_another(self, run: Run, following: int) -> bool:
        """Whether written digits that follow a whole number are another one: ``555 0100 and 555 0101``."""
        between = {token.low for token in self._tokens[run.after : following]}
        if "(" in between and run.digits > 4:
            return True
        return (
            bool(between & {"and", "or", "und", "y", "et"})
            and run.digits >= 7
            and self._tokens[following].kind is Kind.DIGITS
            and not between & {"then"}
        )

    def _gap(self, place: int) -> tuple[int, int, bool] | None:
        """What may be skipped: the token behind it, dots in it, and whether it takes something back."""
        tokens, words = self._tokens, self._words
        start, dots, corrected, ended = place, 0, False, False
        while place < self._end and place - start < SKIPPED_AT_MOST:
            token = tokens[place]
            if token.kind is Kind.MARK:
                if token.text not in JOINING:
                    break
                ended |= self._ends_sentence(place)
                dots += token.text == "."
                place += 1
            elif (found := words.separators.at(tokens, place, self._end)) is not None:
                dots += token.low in ("dot", "point", "punkt", "punto", "डॉट")
                place = found[0]
            elif (skipped := words.skipped.at(tokens, place, self._end)) is not None:
                if ended and not skipped[1]:
                    return None
                corrected |= skipped[1]
                place = skipped[0]
            else:
                break
        return (place, dots, corrected) if place < self._end else None

    def _item(self, place: int, run: Run | None) -> tuple[str, int, bool] | None:
        """The characters that one item stands for, the token behind it, and whether it was said in words."""
        tokens = self._tokens
        token = tokens[place]
        if token.kind is Kind.DIGITS:
            return self._written(place)
        if token.kind is Kind.MARK or place in self._named:
            return None
        if len(token.low) == 1 and (explained := self._explained(place, run)) is not None:
            return token.low.upper(), explained, True
        if token.low == "one" and self._is_pronoun(place):
            return None
        if place + 1 < self._end and tokens[place + 1].low in TIMES and (twice := self._repeated(place)) is not None:
            return twice
        if (number := self._numbers.number_from(place)) is not None:
            return (*number, True)
        return self._repeated(place) or self._letter(place, run)

    def _written(self, place: int) -> tuple[str, int, bool] | None:
        token = self._tokens[place]
        after = place + 1
        if after < self._end:
            behind = self._tokens[after]
            before = self._tokens[place - 1] if place else None
            within = before is not None and before.end == token.start and before.kind is Kind.WORD
            if behind.start == token.end and behind.kind is Kind.WORD and not within and self._is_attached(after):
                return None
        return _ascii(token.text), after, False

    def _repeated(self, place: int) -> tuple[str, int, bool] | None:
        """``double one``, ``triple five``, ``double L``, ``deux fois six``."""
        tokens, words = self._tokens, self._words
        times = words.times.get(tokens[place].low)
        following = place + 1
        if following < self._end and tokens[following].low in TIMES:
            times = {"2": 2, "3": 3}.get(words.digits.get(tokens[place].low, ""))
            following += 1
        if times is None or following >= self._end:
            return None
        token = tokens[following]
        digit = words.digits.get(token.low, "") or (token.text if token.kind is Kind.DIGITS else "")
        if len(digit) == 1:
            return digit * times, following + 1, True
        if len(token.low) == 1 and token.kind is Kind.WORD:
            return token.low.upper() * times, following + 1, True
        return None

    def _letter(self, place: int, run: Run | None) -> tuple[str, int, bool] | None:
        tokens, words = self._tokens, self._words
        if (found := words.capital.at(tokens, place, self._end)) is not None and found[0] < self._end:
            inner = tokens[found[0]]
            if len(inner.low) == 1 and inner.kind is Kind.WORD:
                place = found[0]
        token = tokens[place]
        low = token.low
        if len(low) == 1:
            ends_code = run is not None and token.text == "A" and tokens[place - 1].kind is Kind.DIGITS
            if (
                low in ARTICLES
                and not ends_code
                and not self._touches_digits(place)
                and not self._is_spelling(place, run)
            ):
                return None
            return low.upper(), place + 1, False
        if (letter := words.letters.get(low)) is not None:
            return (letter.upper(), place + 1, True) if self._is_spelling(place, run) else None
        return self._code(place)

    def _explained(self, place: int, run: Run | None) -> int | None:
        """``S for sugar``: the token behind the word that explains the letter."""
        tokens = self._tokens
        following = place + 1
        if following < self._end and (found := self._words.letter_as.at(tokens, following, self._end)) is not None:
            if run is None and (tokens[place].low, tokens[following].low) == ("i", "like"):
                return None
            word = found[0]
            if word < self._end and len(tokens[word].low) > 1 and tokens[word].low[0] == tokens[place].low:
                return word + 1
        return None

    def _is_spelling(self, place: int, run: Run | None) -> bool:
        """Whether a letter stands beside, or a run that has letters stands before."""
        article = self._tokens[place].low in ARTICLES
        if run is not None and not article:
            return True
        following = place + 1
        while following < self._end and self._tokens[following].low in "-.,":
            following += 1
        if following >= self._end or (article and self._tokens[place + 1].kind is Kind.MARK and following > place + 1):
            return article and run is not None and place - run.after <= 2 and run.letters > 0
        token = self._tokens[following]
        if (
            article
            and run is not None
            and (token.kind is Kind.DIGITS or len(self._words.digits.get(token.low, "")) == 1)
        ):
            return True
        number = token.low in self._words.tens or token.low in self._words.digits
        if article and run is not None and run.letters > 1 and number:
            return True
        return token.kind is Kind.WORD and (
            (len(token.low) == 1 and token.low not in ARTICLES) or token.low in self._words.letters
        )

    def _code(self, place: int) -> tuple[str, int, bool] | None:
        """Letters of a code, which touch a digit or are written in capitals beside one: ``SBIN0001``, ``AB 12``."""
        tokens = self._tokens
        token = tokens[place]
        if not token.text.isascii() or len(token.text) > 8:
            return None
        before = tokens[place - 1] if place else None
        behind = tokens[place + 1] if place + 1 < self._end else None
        beside = token.text.isupper() and (
            (behind is not None and (behind.kind is Kind.DIGITS or behind.text == "-"))
            or (before is not None and (before.kind is Kind.DIGITS or before.text in "-,"))
        )
        if self._touches_digits(place) or (
            beside and (token.low not in units() or (behind is not None and behind.kind is Kind.DIGITS))
        ):
            return token.low.upper(), place + 1, False
        return None

    def _touches_digits(self, place: int) -> bool:
        tokens = self._tokens
        token = tokens[place]
        behind = tokens[place + 1] if place + 1 < self._end else None
        before = tokens[place - 1] if place else None
        return (behind is not None and behind.start == token.end and behind.kind is Kind.DIGITS) or (
            before is not None
            and before.end == token.start
            and before.kind is Kind.DIGITS
            and (token.low not in ATTACHED or token.text.isupper())
        )

    def _is_attached(self, place: int) -> bool:
        """Whether letters behind a number only tell what it counts, as in ``3pm``."""
        token = self._tokens[place]
        behind = self._tokens[place + 1] if place + 1 < self._end else None
        if behind is not None and behind.start == token.end and behind.kind is not Kind.MARK:
            return False
        return token.low in ATTACHED and (
            token.text.islower() or token.text in ("AM", "PM", "TH", "ST", "ND", "RD", "KG", "KM")
        )

    def _ends_sentence(self, place: int) -> bool:
        """Whether a full stop ends a sentence: one alone, with a blank behind."""
        tokens = self._tokens
        if tokens[place].text != ".":
            return False
        before, behind = (tokens[place - 1] if place else None), (tokens[place + 1] if place + 1 < self._end else None)
        return (
            not (before is not None and before.text == ".") and behind is not None and behind.start > tokens[place].end
        )

    def _is_pronoun(self, place: int) -> bool:
        """Whether ``one`` stands for a thing."""
        before = self._tokens[place - 1].low if place else ""
        behind = self._tokens[place + 1].low if place + 1 < self._end else ""
        return before in PRONOUNS or behind in OF_MANY

    def _is_counted(self, first: int, after: int) -> bool:
        """Whether an item was said with thousands and hundreds, as quantities are."""
        lows = {token.low for token in self._tokens[first:after]}
        return (
            bool(lows & self._words.thousand)
            and bool(lows & self._words.hundred)
            and "mil" not in lows
            and "mille" not in lows
        )
