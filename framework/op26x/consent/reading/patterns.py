"""Patterns over words: regular expressions in which a name stands for a word of that kind.

An utterance is read as a string with one character per word, and a pattern is compiled into a regular expression on
such strings. So a pattern says which kinds of words follow each other, and not how any of them is spelled.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

OTHER = "x"
"""A word of no kind."""
BREAK = "|"
"""Where one sentence ends and another begins."""
FIRST = 0xE000
"""The first character of Unicode's private use area: kinds of words are numbered from here on."""

NOTHING = r"(?!)"
NAME = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of words of a language, each with its character.

    Attributes:
        characters: By the kind's name.
        sets: Patterns with names of their own, which others can use.
    """

    characters: Mapping[str, str]
    sets: Mapping[str, str]

    @classmethod
    def of(cls, names: Iterable[str], sets: Mapping[str, str]) -> "Kinds":
        """Gives each kind a character."""
        characters = {name: chr(FIRST + number) for number, name in enumerate(sorted(names))}
        return cls({**characters, OTHER: OTHER}, sets)

    def compile(self, pattern: str) -> re.Pattern[str]:
        """A regular expression over the characters of words.

        ``stop (this|you)* record`` is a word of kind ``stop``, any number of the kinds ``this`` and ``you``, and one of
        kind ``record``. ``^`` and ``$`` are the beginning and the end of a sentence, and ``x`` is a word of no kind.

        Raises:
            KeyError: A name is neither a kind of words nor a set of patterns.
        """
        return re.compile(self._expression(pattern))

    def any_of(self, patterns: Iterable[str]) -> re.Pattern[str]:
        """One expression that matches what any of the patterns does; of no patterns, nothing."""
        return re.compile("|".join(f"(?:{self._expression(pattern)})" for pattern in patterns) or NOTHING)

    def _expression(self, pattern: str) -> str:
        return "".join(self._part(part) for part in re.split(r"([a-z]+|[\^$]|\s+)", pattern))

    def _part(self, part: str) -> str:
        if NAME.fullmatch(part):
            if part in self.sets:
                return f"(?:{self._expression(self.sets[part])})"
            return self.characters[part]
        boundaries = {"^": rf"(?:(?<=\{BREAK})|\A)", "$": rf"(?=\{BREAK}|\Z)"}
        return boundaries.get(part, part.strip())
