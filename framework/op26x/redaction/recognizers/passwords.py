"""Passwords: what was asked for, what ``password is`` introduces, and what looks like one where one is spoken of."""

import re
from collections.abc import Iterator

from op26x.redaction.entities import Entity, Span
from op26x.redaction.names import is_word, names
from op26x.redaction.reading import Cue, Reading
from op26x.redaction.tokens import Kind
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("secrets")
LINKS = LISTS["links"]
LEAD_INS = LISTS["lead_ins"]
REFUSALS = LISTS["refusals"]
TYPED = LISTS["typed"]
GOES_ON = frozenset(
    ["if", "and", "but", "please", "so", "then", "still", "thanks", "thank", "because", "which", "hurry"]
)
WHERE_USED = LISTS["where_used"]
"""What is spoken of where passwords are used, though nobody says the word."""
UNCOMMON = frozenset("!#$%^&*?+=~")
NOT_PASSWORDS = LISTS["not_passwords"]
"""What is said of passwords, behind the word."""
SIGNS = LISTS["signs"]
"""Words that a sign is said with."""
DETOURS = LISTS["detours"]
"""What may stand between ``password`` and the link behind it: ``the password for the router is``."""
CLOSING = frozenset('.,;:"”)')
PUNCTUATION = ".,;:!?\"'“”()"
LONGEST = 4
"""Words of a password that is no number."""
LONGEST_ANSWER = 14
REACH = 7
COMPOUND = 3
SHORTEST = 6
LONG_WORD = 12
"""Letters of a word that nobody uses, from which on it is several that were run together."""
SIGN = re.compile(r"[0-9!@#$%^&*?_+=~]")


def passwords(reading: Reading) -> Iterator[Span]:
    """Each password."""
    cued = [cue for cue in reading.cues if cue.topic == Entity.PASSWORD]
    for cue in cued:
        if (place := _behind(cue, reading)) is not None:
            yield from _value(reading, place)
        elif _begins_one(reading, cue.after):
            yield from (span for span in _value(reading, cue.after) if _is_said_at_once(span, reading))
    if Entity.PASSWORD in reading.asked and not cued and _answers(reading):
        yield from (span for span in _value(reading, 0, answer=True) if _is_whole(span, reading))
    if cued or reading.passwords or Entity.PASSWORD in (*reading.asked, *reading.stale):
        yield from _typed(reading)
        yield from _looks_like_one(reading)
    elif any(token.low in WHERE_USED for token in reading.tokens):
        yield from (span for span in _looks_like_one(reading) if _has_sign(span, reading))


def _has_sign(span: Span, reading: Reading) -> bool:
    """Whether it has a sign within, as no name and no order has: ``sunshine#Chocolate2``."""
    said = reading.text[span.start : span.end]
    return any(char in UNCOMMON for char in said[1:]) and "://" not in said


def _begins_one(reading: Reading, place: int) -> bool:
    if place >= len(reading.tokens) or reading.tokens[place].kind is Kind.MARK:
        return False
    return reading.low(place) not in NOT_PASSWORDS


def _is_said_at_once(span: Span, reading: Reading) -> bool:
    """Whether what follows ``password`` without a word between is one: ``password horse seventy four``."""
    rest = reading.text[span.end :].lstrip()
    ends = not rest or rest[0] in '.,!;"' or rest.split()[0].lower() in GOES_ON
    return ends and _has_code(span, reading)


def _is_whole(span: Span, reading: Reading) -> bool:
    """Whether an answer is nothing but a password: it has signs in it, or nothing follows."""
    if SIGN.search(reading.text[span.start : span.end]) or _has_code(span, reading):
        return True
    rest = reading.text[span.end :].lstrip()
    return not rest or rest[0] in ".,!;"


def _typed(reading: Reading) -> Iterator[Span]:
    """``I typed sunny meadow eight eight``."""
    for place, token in enumerate(reading.tokens[:-1]):
        if token.low in TYPED and reading.tokens[place + 1].kind is not Kind.MARK:
            yield from (span for span in _value(reading, place + 1) if _has_code(span, reading))


def _has_code(span: Span, reading: Reading) -> bool:
    """Whether a word in it is said for a digit, a letter or a sign."""
    inside = (place for place, token in enumerate(reading.tokens) if span.start <= token.start < span.end)
    return any(_is_code(reading, place) for place in inside)


def _behind(cue: Cue, reading: Reading) -> int | None:
    """Where a value begins that a cue introduces."""
    tokens, end = reading.tokens, len(reading.tokens)
    if cue.after >= end:
        return None
    if tokens[cue.after - 1].low.endswith("'s"):
        return cue.after
    if reading.low(cue.after) in LINKS:
        return cue.after + 1
    if reading.low(cue.after) not in DETOURS:
        return None
    reached = range(cue.after, min(cue.after + REACH, end))
    return next((place + 1 for place in reached if reading.low(place) in LINKS), None)


def _answers(reading: Reading) -> bool:
    """Whether a turn may be nothing but the password that was asked for."""
    tokens = reading.tokens
    refused = any(token.low in REFUSALS for token in tokens)
    return not (reading.by_agent or refused or len(tokens) > LONGEST_ANSWER or "?" in reading.text[:-1])


def _value(reading: Reading, place: int, *, answer: bool = False) -> Iterator[Span]:
    tokens, end = reading.tokens, len(reading.tokens)
    while place < end and tokens[place].low in LEAD_INS:
        place += 1
    if place >= end or tokens[place].low in REFUSALS or (tokens[place].low in names().stop and not answer):
        return
    if (behind := _behind_made_up(reading, place)) is not None:
        yield Span(tokens[place].start, tokens[behind - 1].end, Entity.PASSWORD)
        return
    after, words = place, 0
    while after < end and _goes_on(reading, after, place, words):
        words += tokens[after].kind is Kind.WORD and not _is_code(reading, after)
        after += 1
    if after > place:
        yield Span(tokens[place].start, tokens[after - 1].end, Entity.PASSWORD)


def _behind_made_up(reading: Reading, place: int) -> int | None:
    """The token behind a password that is written in one piece: ``Gr33n-Kettle!91``, ``?password=buster``."""
    tokens, end = reading.tokens, len(reading.tokens)
    after = place + 1
    while after < end and tokens[after].start == tokens[after - 1].end:
        after += 1
    while after - 1 > place and tokens[after - 1].text in CLOSING:
        after -= 1
    in_url = place and reading.text[tokens[place].start - 1] == "="
    written = reading.text[tokens[place].start : tokens[after - 1].end]
    alone = after >= end or not _is_code(reading, after)
    if in_url or (alone and len(written) >= SHORTEST and not written.isalnum() and _is_made_up(written)):
        return after
    return None


def _goes_on(reading: Reading, at: int, first: int, words: int) -> bool:
    """Whether a token belongs to a password that begins at a place, after so many words of it."""
    token = reading.tokens[at]
    glued = at > first and token.start == reading.tokens[at - 1].end
    if token.text in CLOSING:
        return glued and at + 1 < len(reading.tokens) and reading.tokens[at + 1].start == token.end
    if glued or token.kind is not Kind.WORD:
        return True
    if _is_code(reading, at) or token in reading.words.skipped:
        return True
    return words < LONGEST and (at == first or token.low not in names().stop)


def _is_code(reading: Reading, at: int) -> bool:
    """Whether a word is said for a digit, a letter or a sign."""
    low, words = reading.low(at), reading.words
    return len(low) == 1 or low in words.digits or low in words.tens or low in words.letters or low in SIGNS


def _looks_like_one(reading: Reading) -> Iterator[Span]:
    for match in re.finditer(r"\S+", reading.text):
        word = match.group().strip(PUNCTUATION)
        start = match.start() + match.group().find(word) if word else match.start()
        reference = word.isupper() and word.isalnum()
        if len(word) >= SHORTEST and "@" not in word[1:-4] and not reference and _is_made_up(word):
            yield Span(start, start + len(word), Entity.PASSWORD)


def _is_made_up(word: str) -> bool:
    """``Gr33n-Kettle!91``, ``teapot-tiger-welcome``, ``tigerlilyteapot``: nobody writes so but for a password."""
    letters = sum(char.isalpha() for char in word)
    if letters >= COMPOUND and SIGN.search(word):
        return True
    if len([part for part in word.split("-") if part.isalpha()]) >= COMPOUND and word.islower():
        return not any(part in names().stop for part in word.split("-"))
    return word.isalpha() and len(word) >= LONG_WORD and not is_word(word.lower())


def asks_what_was_typed(reading: Reading) -> bool:
    """``What were you typing?``: where passwords were spoken of, it asks for one."""
    return any(token.low in TYPED for token in reading.tokens)
