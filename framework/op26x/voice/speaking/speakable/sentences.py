"""Sentences: where an answer that comes in bit by bit is cut into pieces that can be said."""

import re
from functools import cache

from pipecat.utils.text.base_text_aggregator import Aggregation
from pipecat.utils.text.simple_text_aggregator import SimpleTextAggregator

from op26x.voice.speaking.speakable.rules import Rules, either, rules_of, signs_of

FENCE = re.compile(r"^[ \t]*(```|~~~)", re.M)
ROW = re.compile(r"^[ \t]*\|.*$", re.M)
ITEM = re.compile(r"^[ \t]*\d{1,3}\.", re.M)
BEGUN = re.compile(r"(?<!\w)\d{1,2}\.\s+(?P<next>\w*)$")
NEVER = re.compile(r"(?!)")


class SentenceAggregator(SimpleTextAggregator):
    """Pipecat's sentences, uncut where the point ends no sentence.

    Pipecat asks a library for the ends of sentences. That one knows no numbers of lists, cuts ``am 25. November`` and,
    in French and Hindi, behind titles. Code in fences and rows of tables stay in one piece as well, so that what leaves
    them out needs to remember nothing from one piece to the next.

    Args:
        language: As in BCP 47.
    """

    def __init__(self, language: str) -> None:
        super().__init__(language=language)  # type: ignore[no-untyped-call]
        self._abbreviation, self._ordinal, self._last_word, self._months = _patterns(language)

    async def _check_sentence_with_lookahead(self, char: str, *, protected_end: int = 0) -> Aggregation | None:
        within_word = char.isalnum() and self._text[-2:-1].isalnum()
        end = 0 if within_word else self._uncut_end()
        return await super()._check_sentence_with_lookahead(char, protected_end=max(protected_end, end))

    def _uncut_end(self) -> int:
        """Up to where no point ends a sentence."""
        text = self._text
        if len(FENCE.findall(text)) % 2:
            return len(text)
        ends = [
            match.end()
            for found in (FENCE, ROW, ITEM, self._abbreviation, self._ordinal)
            for match in found.finditer(text)
        ]
        ends += [match.end() for match in self._last_word.finditer(text) if match["next"].islower()]
        begun = BEGUN.search(text) if self._months else None
        if begun and any(month.startswith(begun["next"]) for month in self._months):
            ends.append(len(text))
        return max(ends, default=0)


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], list[str]]:
    """What is no end, what is an end unless something small follows, and the months that a number with a point has."""
    rules = rules_of(language)
    if rules is None:
        return NEVER, NEVER, NEVER, []
    months = [name for names in rules.dates.months for name in names] if rules.ordinal_point else []
    return _abbreviations(rules), _ordinals(rules), _last_words(rules), months


def _abbreviations(rules: Rules) -> re.Pattern[str]:
    """Matches an abbreviation that ends no sentence, and the beginning of one that has several points."""
    patterns = [_spaced(key) for key in rules.abbreviations if key.endswith(".") and key not in rules.may_end]
    patterns += [
        rf"{_spaced(key[: point + 1])}(?=\s?{re.escape(key[point + 1 :].lstrip()[0])})"
        for key in (*rules.abbreviations, *rules.times_of_day.halves)
        for point in (match.start() for match in re.finditer(r"\.(?=.)", key))
    ]
    patterns += [rf"{_spaced(key)}(?=\s?\d)" for key in (*rules.before_number, *signs_of(rules)) if key.endswith(".")]
    patterns += [rf"{_spaced(key)}(?=\s[^\W\d_])" for key in rules.before_name if key.endswith(".")]
    return re.compile(rf"(?<![\w.])(?:{'|'.join(patterns)})") if patterns else NEVER


def _last_words(rules: Rules) -> re.Pattern[str]:
    """Matches an abbreviation that ends a sentence, unless what follows is small."""
    keys = [key for key in (*rules.may_end, *rules.times_of_day.halves) if key.endswith(".")]
    return re.compile(rf"(?<![\w.])(?:{'|'.join(map(_spaced, keys))})(?=\s+(?P<next>[^\W\d_]))") if keys else NEVER


def _spaced(key: str) -> str:
    return re.escape(key).replace(r"\ ", r"\s?")


def _ordinals(rules: Rules) -> re.Pattern[str]:
    return re.compile(rf"(?i)\b(?:{either(rules.ordinal_point)}) \d{{1,3}}\.(?=\s)")
