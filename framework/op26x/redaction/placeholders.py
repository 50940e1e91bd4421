"""Placeholders: what stands for personal data where it must not go, and the vault that knows what they stand for.

``<CARD_1>`` is the same card throughout a call. The vault lives in memory and ends with the call.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Any

import msgspec

from op26x.redaction.entities import Span
from op26x.redaction.values import same, value_of
from op26x.redaction.word_lists import FOLDER
from op26x.types import Personal

PLACEHOLDER = re.compile(r"<([A-Z][A-Z_]*[A-Z])_([1-9]\d{0,3})>")
LONG = 6
"""Characters, or digits of a number, that are not the same by chance."""


class Placeholders:
    """Those of one call.

    Args:
        language: Of the call, ISO 639-1: numbers are said in it.
    """

    def __init__(self, language: str = "en") -> None:
        self._language = language
        self._names: dict[tuple[str, str], str] = {}
        self._values: dict[str, Personal] = {}
        self._said: dict[str, Personal] = {}
        self._counts: dict[str, int] = {}

    def put(self, text: str, spans: Iterable[Span]) -> str:
        """A text with placeholders for what its spans hold."""
        return replaced(text, spans, self.name)

    def name(self, label: str, said: str) -> str:
        """The placeholder for a value; the same one for the same value, however it was said."""
        value = value_of(label, said, self._language)
        known = self._names.get((label, same(value)))
        if known is None:
            self._counts[label] = count = self._counts.get(label, 0) + 1
            self._names[label, same(value)] = known = f"<{label}_{count}>"
            self._values[known] = Personal(value)
        self._said[known] = Personal(said)
        return known

    def pass_over(self, text: str) -> None:
        """Gives no name that stands in a text already; what it stands for there is not known any more."""
        for match in PLACEHOLDER.finditer(text):
            self._counts[match[1]] = max(self._counts.get(match[1], 0), int(match[2]))

    @property
    def labels(self) -> frozenset[str]:
        """Of what there are any."""
        return frozenset(self._counts)

    @property
    def names(self) -> Collection[str]:
        """All there are."""
        return self._values

    @property
    def counts(self) -> Mapping[str, int]:
        """How many different values there are of each label."""
        return self._counts

    def said(self, name: str) -> str:
        """What a placeholder stands for, as it was said last; itself, if it is none of this call's."""
        said = self._said.get(name)
        return name if said is None else said.reveal()

    def reveal(self, data: Any, entities: Collection[str]) -> Any:
        """Data as JSON has it, with the values of some entities' placeholders; those of others stay.

        Args:
            data: Text, numbers, lists and mappings, nested.
            entities: Labels of what may be revealed.
        """
        return each_text(data, lambda text, _: PLACEHOLDER.sub(lambda match: self._revealed(match, entities), text))

    def hide(self, text: str, names: Iterable[str]) -> str:
        """A text with placeholders for what some of them stand for, where it says that in as many characters.

        What is short may well be something else, unless it is all of the text.
        """
        for name in names:
            for said in {self._values[name].reveal(), self._said[name].reveal()}:
                if said == text:
                    return name
                if len(said) >= LONG:
                    text = re.sub(rf"(?<!\w){re.escape(said)}(?!\w)", name, text, flags=re.IGNORECASE)
        return text

    def spoken(self, text: str, ending: Collection[str] = ()) -> str:
        """A text for the ear: ``<CARD_1>`` is "your card number".

        Args:
            text: What an agent is about to say.
            ending: Labels whose last four characters may be said.
        """
        words = _for_the_ear(self._language)

        def said(match: re.Match[str]) -> str:
            word = words.get(match[1], words.get("", ""))
            value = self._values.get(match[0])
            if value is None or match[1] not in ending or len(value.reveal()) <= len("1234"):
                return word
            return f"{word} {' '.join(value.reveal()[-4:])}"

        return PLACEHOLDER.sub(said, text)

    def _revealed(self, match: re.Match[str], entities: Collection[str]) -> str:
        value = self._values.get(match[0])
        return match[0] if value is None or match[1] not in entities else value.reveal()


@cache
def _for_the_ear(language: str) -> Mapping[str, str]:
    listed = msgspec.yaml.decode((FOLDER / "spoken.yaml").read_bytes(), type=dict[str, dict[str, str]])
    return listed.get(language) or listed["en"]


def replaced(text: str, spans: Iterable[Span], put: Callable[[str, str], str]) -> str:
    """A text with something else in place of what its spans hold.

    Args:
        text: What was said.
        spans: From left to right, none overlapping.
        put: Called with a span's label and text.
    """
    pieces, at = [], 0
    for span in spans:
        pieces += [text[at : span.start], put(span.label, text[span.start : span.end])]
        at = span.end
    return "".join((*pieces, text[at:]))


def each_text(
    data: Any,
    change: Callable[[str, str], str],
    name: str = "",
    *,
    of_key: Callable[[str], str] = lambda key: key,
    numbers: Collection[str] = (),
) -> Any:
    """Data as JSON has it, with every text in it changed.

    Args:
        data: Text, numbers, lists and mappings, nested. A whole number of six digits and more counts as text.
        change: Takes a text and the name of its field.
        name: Of the field that the data is in.
        of_key: Takes the name of a field.
        numbers: Shorter ones that count as texts as well.
    """
    if isinstance(data, str):
        return change(data, name)
    if isinstance(data, int) and (len(digits := str(data)) >= LONG or digits in numbers):
        return data if (changed := change(digits, name)) == digits else changed
    if isinstance(data, Mapping):
        named = ((str(key), value) for key, value in data.items())
        return {of_key(key): each_text(value, change, key, of_key=of_key, numbers=numbers) for key, value in named}
    if isinstance(data, list | tuple):
        return [each_text(value, change, name, of_key=of_key, numbers=numbers) for value in data]
    return data


def in_words(counts: Mapping[str, int]) -> str:
    """How many there are of each entity: ``CARD 1, PERSON 2``; empty if there are none."""
    return ", ".join(f"{label} {count}" for label, count in sorted(counts.items()))


def names_in(text: str) -> list[str]:
    """The placeholders in a text."""
    return [match[0] for match in PLACEHOLDER.finditer(text)]


def label_of(name: str) -> str:
    """``CARD`` of ``<CARD_1>``."""
    return name[1:].rpartition("_")[0]


def disarmed(text: str) -> str:
    """What a caller or a tool says: a placeholder in it is none, for the vault would give what it names."""
    return PLACEHOLDER.sub(lambda match: f"{match[1]} {match[2]}", text)
