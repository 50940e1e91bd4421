"""Words as they were heard, read as kinds of words."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from op26x.consent.reading.patterns import BREAK, OTHER
from op26x.consent.reading.ways import Ways, is_way

LETTER = r"[\w\u0300-\u036f\u0900-\u0963\u200c\u200d]"
"""A part of a word. Vowel signs and accents that stand alone are letters too, which ``\\w`` does not know."""
TOKEN = re.compile(rf"{LETTER}+(?:'{LETTER}+)*'?|[.!?؟？।…;,]")
ENDS = frozenset(".!?؟？।…;")
BETWEEN = ENDS | {","}
MISHEARD_FROM = 6
"""A word of so many letters is known with one letter wrong, missing or too many: ``recoding``, ``dilete``."""
DROPPED = ""


def spoken(words: str) -> str:
    """Words as they are compared: composed (Unicode NFC), in lower case, with one space between them."""
    return " ".join(unicodedata.normalize("NFC", words).lower().replace("’", "'").split())


def words_of(text: str) -> list[str]:
    """The words of an utterance, without what is written between them."""
    return [token for token in TOKEN.findall(spoken(text)) if token not in BETWEEN]


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance.

    Attributes:
        kinds: A character for each word that counts, and one for each end of a sentence.
        words: What was said for each of these characters.
        asks: Whether it was written down as a question.
        commas: Before which of the characters a comma was written.
    """

    kinds: str
    words: tuple[str, ...]
    asks: bool
    commas: frozenset[int] = frozenset()

    def parts(self, between: str) -> Iterator["Heard"]:
        """Its sentences, and what stands in them before and after a kind of words; none of a single part."""
        cuts = {at for at, kind in enumerate(self.kinds) if kind in (BREAK, between)} | self.commas
        bounds = pairwise([0, *sorted(cuts), len(self.kinds)])
        parts = [slice(start, end) for start, end in bounds if end - start > 1]
        if cuts:
            for part in parts:
                kinds = self.kinds[part]
                skipped = len(kinds) - len(kinds.lstrip(BREAK + between))
                yield Heard(kinds[skipped:], self.words[part][skipped:], self.asks)


@dataclass(slots=True)
class Lexicon:
    """Which words are of which kind. The longest entry that fits is taken, and a word that fits none is an other word.

    Args:
        characters: Of each kind.
        forms: The words and phrases of each kind: ``tape/s/d`` is short for tape, tapes and taped.
        dropped: Words that are passed over: ``um``, ``please``.
        misheard: Whether words are known with a letter wrong.
        spelled: Words that are taken for others: ``dont`` for ``don't``, ``nix`` for ``nichts``.
        parts: Alternatives with a name. Where there are some, a form may be a way to say something (``ways``).
    """

    characters: Mapping[str, str]
    forms: Mapping[str, Iterable[str]]
    dropped: Iterable[str] = ()
    misheard: bool = True
    spelled: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    _entries: dict[str, list[tuple[tuple[str, ...], str]]] = field(init=False, default_factory=dict)
    _near: dict[str, str] = field(init=False, default_factory=dict)
    _ways: Ways | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.parts:
            self._ways = Ways(self.parts, self._tokens)
        for kind, forms in self.forms.items():
            for form in forms:
                if self._ways is not None and is_way(form):
                    self._ways.add(form, self.characters[kind])
                else:
                    self._add(form, self.characters[kind])
        for form in self.dropped:
            self._add(form, DROPPED)
        for entries in self._entries.values():
            entries.sort(key=lambda entry: len(entry[0]), reverse=True)

    def read(self, text: str, *, ways: bool = True) -> Heard:
        """An utterance as kinds of words.

        Args:
            text: What was said.
            ways: Whether to look for ways to say something, besides phrases as they stand.
        """
        tokens = self._tokens(text)
        kinds: list[str] = []
        words: list[str] = []
        commas: set[int] = set()
        at = 0
        while at < len(tokens):
            if tokens[at] == ",":
                commas.add(len(kinds))
                at += 1
                continue
            kind, length = self._kind(tokens, at, ways=ways)
            if kind is not DROPPED and not (kind == BREAK and (not kinds or kinds[-1] == BREAK)):
                kinds.append(kind)
                words.append(" ".join(tokens[at : at + length]))
            at += length
        return Heard("".join(kinds), tuple(words), any(mark in text for mark in "?؟？"), frozenset(commas))

    def spelling(self, form: str) -> str:
        """A form as it is found in what is read."""
        return " ".join(self._tokens(form))

    def doubled(self) -> list[str]:
        """Forms that stand under two kinds, of which only the first counts."""
        forms = [words for entries in self._entries.values() for words, _ in entries]
        return [" ".join(words) for words, times in Counter(forms).items() if times > 1]

    def _tokens(self, text: str) -> list[str]:
        tokens = TOKEN.findall(spoken(text).replace("-", " "))
        return [self.spelled.get(token, token) for token in tokens] if self.spelled else tokens

    def _kind(self, tokens: list[str], at: int, *, ways: bool) -> tuple[str, int]:
        token = tokens[at]
        way, reach = self._ways.longest(tokens, at) if ways and self._ways is not None else (OTHER, 0)
        for words, kind in self._entries.get(token, ()):
            length = len(words)
            if length <= reach and kind != DROPPED:
                break
            if length == 1 or tuple(tokens[at : at + length]) == words:
                return kind, length
        if reach:
            return way, reach
        if token in ENDS:
            return BREAK, 1
        return (self._misheard(token) if self.misheard and len(token) >= MISHEARD_FROM else OTHER), 1

    def _misheard(self, token: str) -> str:
        return next((self._near[near] for near in _with_a_letter_less(token) if near in self._near), OTHER)

    def _add(self, form: str, kind: str) -> None:
        for spelled in _forms(form):
            words = tuple(self._tokens(spelled))
            entries = self._entries.setdefault(words[0], [])
            if not self.spelled or (words, kind) not in entries:
                entries.append((words, kind))
            if len(words) == 1 and len(spelled) >= MISHEARD_FROM and kind is not DROPPED:
                for near in _with_a_letter_less(spelled):
                    self._near.setdefault(near, kind)


def _forms(form: str) -> Iterator[str]:
    stem, *endings = form.split("/")
    yield stem
    for ending in endings:
        yield stem + ending


def _with_a_letter_less(word: str) -> Iterator[str]:
    """The word, and the word without one of its letters, but for the first."""
    yield word
    for number in range(1, len(word)):
        yield word[:number] + word[number + 1 :]
