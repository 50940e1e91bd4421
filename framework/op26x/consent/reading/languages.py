"""What is known of each language: its kinds of words (``lexicons``), and rules about them (``rules.yaml``)."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from op26x.consent.reading.patterns import Kinds
from op26x.consent.reading.words import Lexicon
from op26x.types import primary_language

FOLDER = Path(__file__).parent / "lexicons"
RULES = Path(__file__).parent / "rules.yaml"
LANGUAGES = tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))
"""As in BCP 47."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lexicon as it is written.

    Attributes:
        dropped: Words that are passed over.
        kinds: Words and phrases, by kind.
    """

    dropped: list[str]
    kinds: dict[str, list[str]]


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rules as they are written.

    Attributes:
        sets: Patterns with a name, for use in others.
        refuses: Patterns of whole answers that are a no.
        demands: Patterns that are a demand for certain, by right.
        never: Patterns that keep an utterance from being a demand, by right.
        ambiguous: Words of the kind ``record`` that often mean something else.
    """

    sets: dict[str, str]
    refuses: list[str]
    demands: dict[str, list[str]]
    never: dict[str, list[str]]
    ambiguous: frozenset[str]


@dataclass(frozen=True, slots=True)
class Language:
    """One language, ready to read.

    Attributes:
        name: As in BCP 47.
        kinds: Of words.
        lexicon: Which words are of which.
        refuses: What is a no.
        demands: What is a demand for certain, by right.
        never: What is no demand, whatever else speaks for it, by right.
        ambiguous: Words of the kind ``record`` that often mean something else.
    """

    name: str
    kinds: Kinds
    lexicon: Lexicon
    refuses: re.Pattern[str]
    demands: dict[str, re.Pattern[str]]
    never: dict[str, re.Pattern[str]]
    ambiguous: frozenset[str]

    @classmethod
    def read(cls, name: str) -> "Language":
        """Reads its file, and the rules."""
        words = msgspec.yaml.decode((FOLDER / f"{name}.yaml").read_bytes(), type=Words)
        rules = msgspec.yaml.decode(RULES.read_bytes(), type=Rules)
        kinds = Kinds.of(words.kinds, rules.sets)
        return cls(
            name,
            kinds,
            Lexicon(kinds.characters, words.kinds, words.dropped),
            kinds.any_of(rules.refuses),
            {right: kinds.any_of(patterns) for right, patterns in rules.demands.items()},
            {right: kinds.any_of(patterns) for right, patterns in rules.never.items()},
            rules.ambiguous,
        )


def language_named(language: str) -> Language | None:
    """A language; a region is passed over (``en-IN`` is ``en``). ``None`` if it is not known."""
    primary = primary_language(language)
    return _read(primary) if primary in LANGUAGES else None


@cache
def _read(name: str) -> Language:
    return Language.read(name)
