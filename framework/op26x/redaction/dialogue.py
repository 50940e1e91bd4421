"""Dialogues: what was asked, what was heard before, and the entities of each turn."""

import re
from collections.abc import Iterator, Sequence
from copy import copy

from op26x import logs
from op26x.errors import Op26xError, PluginError
from op26x.redaction.entities import Entity, Span, Turn
from op26x.redaction.reading import JOINING, NONE, Reading, read
from op26x.redaction.recognizers.addresses import Addresses, asks_for_address
from op26x.redaction.recognizers.ages import ages
from op26x.redaction.recognizers.contacts import contacts
from op26x.redaction.recognizers.dates import births, dates, said_dates, without_dates
from op26x.redaction.recognizers.numbers import numbers
from op26x.redaction.recognizers.passwords import asks_what_was_typed, passwords
from op26x.redaction.recognizers.persons import Persons, asks_for_name
from op26x.redaction.recognizers.spelling import spelled_names
from op26x.redaction.recognizers.written import written_codes
from op26x.redaction.tokens import Kind
from op26x.redaction.vocabulary import marks
from op26x.redaction.word_lists import word_lists
from op26x.types import Recognizer

log = logs.get("redaction")

WORDY = re.compile(r"[^\W\d_]{3}")
WORD = re.compile(r"[^\s.,?!;:¿¡\"()]+")
DEVANAGARI = re.compile("[\u0900-\u097f]")
ANYTHING = "Ada Byron, and my number is 020 7946 0000"
LONG_TURN = 12
"""Tokens of a turn that asks for something else, though it does not ask."""
LONG_ENOUGH = 3
"""Digits that, said again, are told to be of a number that was heard."""
LISTS = word_lists("dialogues")
KEEPS_ASKING = LISTS["keeps_asking"]
PRIORITY: dict[str, int] = {
    Entity.URL: 0,
    Entity.EMAIL: 1,
    Entity.UPI: 1,
    Entity.IP_ADDRESS: 2,
    Entity.ADDRESS: 3,
    Entity.DATE_OF_BIRTH: 4,
    Entity.CARD_EXPIRY: 4,
    Entity.AGE: 5,
    Entity.PASSWORD: 6,
}

PASSWORD_REMEMBERED = 5
"""Turns behind one that spoke of passwords, in which what looks like one still is one."""
NOT_IN_ADDRESSES = frozenset([Entity.EMAIL, Entity.URL, Entity.IBAN, Entity.PHONE, Entity.AGE])


class Dialogue:
    """Finds the entities of a conversation, turn by turn; what came before tells what the next turn means.

    Args:
        language: ISO 639-1; without it, told from what is said.
        recognizers: More than those of the core.
        strict: Whether one of them that fails is an error; else it finds nothing in that turn, and the call goes on.
    """

    def __init__(
        self, language: str | None = None, recognizers: Sequence[Recognizer] = (), *, strict: bool = False
    ) -> None:
        self._recognizers = recognizers
        self._strict = strict
        self._entered: set[str] = set()
        self._fixed = language
        self._counts: dict[str, float] = {"en": 0.5}
        self._asked: tuple[str, ...] = ()
        self._stale: tuple[str, ...] = ()
        self._heard: list[tuple[str, str]] = []
        self._harmless: set[str] = set()
        self._persons: set[str] = set()
        self._own: set[str] = set()
        self._named = False
        self._born = self._questioned = False
        self._since_password = PASSWORD_REMEMBERED

    def spans(self, turn: Turn) -> list[Span]:
        """The entities of the next turn, from left to right; none overlap."""
        reading = read(turn.text, turn.speaker, self._asked, self._stale, self._fixed or self._language(turn.text))
        reading.harmless = self._harmless
        spoken_of = any(cue.topic == Entity.PASSWORD for cue in reading.cues)
        self._since_password = 0 if spoken_of else self._since_password + 1
        reading.born = self._born
        reading.questioned = self._questioned
        reading.passwords = self._since_password < PASSWORD_REMEMBERED
        spans = _apart(list(self._found(reading)), reading)
        if not reading.by_agent:
            self._born = any(span.label == Entity.DATE_OF_BIRTH for span in spans)
        self._remember(reading, spans)
        if reading.by_agent:
            self._listen(reading)
        self._questioned = reading.by_agent and "?" in reading.text and not self._asked
        return spans

    def heard(self, label: str, digits: str) -> None:
        """Digits that were heard in another way than by words."""
        self._heard.append((digits, label))
        self._entered.add(digits)

    def preview(self, turn: Turn) -> list[Span]:
        """The entities of a turn that is not over yet; nothing of it is remembered."""
        return self._copy().spans(turn)

    def beside(self, turn: Turn) -> list[Span]:
        """The entities of what is said beside the conversation, and answers no question of it; nor is it remembered."""
        other = self._copy()
        other._asked = other._stale = ()
        return other.spans(turn)

    def _copy(self) -> "Dialogue":
        other = copy(self)
        other._counts = dict(self._counts)
        other._heard = list(self._heard)
        other._harmless, other._persons, other._own = set(self._harmless), set(self._persons), set(self._own)
        return other

    def _found(self, reading: Reading) -> Iterator[Span]:
        for recognizer in self._recognizers:
            yield from _found_by(recognizer, reading.text, strict=self._strict)
        yield from contacts(reading)
        yield from Addresses(reading, Entity.ADDRESS in self._asked).all()
        found = list(said_dates(reading))
        without_dates(reading, found)
        yield from dates(reading, found)
        yield from ages(reading)
        yield from passwords(reading)
        yield from written_codes(reading)
        yield from numbers(reading)
        yield from self._repeated(reading)
        yield from self._spelled(reading)
        persons = list(Persons(reading, Entity.PERSON in self._asked, self._persons, self._own).all())
        yield from persons
        expected = bool(persons) or self._named or Entity.PERSON in (*self._asked, *self._stale)
        yield from spelled_names(reading, expected=expected and Entity.EMAIL not in self._asked)
        self._named = bool(persons)
        if not reading.by_agent and NONE not in {cue.topic for cue in reading.cues}:
            yield from births(found, reading, named=bool(persons))

    def _language(self, text: str) -> str:
        words = WORD.findall(text.lower())
        for language, listed in marks().items():
            if hits := sum(word in listed for word in words):
                self._counts[language] = self._counts.get(language, 0) + hits
        if DEVANAGARI.search(text):
            self._counts["hi"] = self._counts.get("hi", 0) + len(words)
        return max(self._counts, key=lambda language: self._counts[language])

    def _repeated(self, reading: Reading) -> Iterator[Span]:
        """Digits of a number that was heard before."""
        for run in reading.runs:
            year = len(run.chars) == 4 and len(run.groups) <= 2 and run.chars[:2] in ("19", "20")
            if len(run.chars) < LONG_ENOUGH or (year and run.chars not in self._entered):
                continue
            cue = reading.cue_before(run.first)
            if cue is not None and cue.topic == NONE:
                continue
            for chars, label in self._heard:
                if run.chars in chars or (len(chars) >= LONG_ENOUGH and chars in run.chars):
                    yield Span(reading.tokens[run.first].start, reading.tokens[run.after - 1].end, label)
                    break

    def _spelled(self, reading: Reading) -> Iterator[Span]:
        """Letters that answer a question for an e-mail address."""
        if Entity.EMAIL not in self._asked or reading.by_agent:
            return
        for run in reading.runs:
            if len(run.chars) >= 4 and run.letters and reading.cue_before(run.first) is None:
                yield Span(reading.tokens[run.first].start, reading.tokens[run.after - 1].end, Entity.EMAIL)

    def _remember(self, reading: Reading, spans: list[Span]) -> None:
        for run in reading.runs:
            start, end = reading.tokens[run.first].start, reading.tokens[run.after - 1].end
            if len(run.chars) >= LONG_ENOUGH and run.digits:
                within = next((span for span in spans if span.start <= start and end <= span.end), None)
                cue = reading.cue_before(run.first)
                if within is not None and within.label != Entity.DATE_OF_BIRTH:
                    self._heard.append((run.chars, within.label))
                elif within is None and cue is not None and cue.topic == NONE and len(run.chars) > LONG_ENOUGH:
                    self._harmless.add(run.chars)

    def _listen(self, reading: Reading) -> None:
        """What the agent's turn asks for."""
        topics = [cue.topic for cue in reversed(reading.cues) if cue.topic != NONE]
        if reading.passwords and "?" in reading.text and asks_what_was_typed(reading):
            topics.append(Entity.PASSWORD)
        if asks_for_name(reading):
            topics.append(Entity.PERSON)
        if asks_for_address(reading):
            topics.append(Entity.ADDRESS)
        if topics or reading.cues:
            self._stale = self._asked if topics else ()
            self._asked = tuple(dict.fromkeys(topics)) or (NONE,)
        elif ("?" in reading.text or len(reading.tokens) > LONG_TURN) and not any(
            token.low in KEEPS_ASKING for token in reading.tokens
        ):
            self._stale, self._asked = self._asked, ()


def _found_by(recognizer: Recognizer, text: str, *, strict: bool) -> list[Span]:
    """What a plugin's recognizer finds; one that fails finds nothing."""
    try:
        found = [(int(start), int(end)) for start, end in recognizer.find(text)]
    except Exception as error:
        if strict:
            raise _failed(recognizer, error) from error
        log.error("a recognizer failed", label=recognizer.label, why=type(error).__name__)
        return []
    return [Span(start, end, recognizer.label) for start, end in found if 0 <= start < end <= len(text)]


def warm() -> None:
    """Loads names and words, which takes a second the first time."""
    redact_dialogue([Turn("agent", "What is your name?"), Turn("caller", ANYTHING)])


def try_out(recognizers: Sequence[Recognizer]) -> None:
    """Sees that recognizers of plugins work, and has them load what they load; one that fails would find nothing.

    Raises:
        SettingsError: One can't do what its settings say.
        PluginError: One raises.
    """
    for recognizer in recognizers:
        try:
            list(recognizer.find(ANYTHING))
        except Op26xError:
            raise
        except Exception as error:
            raise _failed(recognizer, error) from error


def _failed(recognizer: Recognizer, error: Exception) -> PluginError:
    said = f"The recognizer {recognizer.label} raised {type(error).__name__}."
    return PluginError(said, "Mend its plugin, or uninstall it.")


def redact_dialogue(turns: Sequence[Turn]) -> list[list[Span]]:
    """The entities of each turn of a conversation.

    Args:
        turns: In the order in which they were said.

    Returns:
        For each turn its spans, in characters, from left to right.
    """
    dialogue = Dialogue()
    return [dialogue.spans(turn) for turn in turns]


def _apart(found: list[Span], reading: Reading) -> list[Span]:
    """Spans that do not overlap: what overlaps is one, with the label of the most certain; what is said twice too."""
    merged: list[Span] = []
    for span in sorted(_without_others(found, reading.text), key=lambda span: (span.start, -span.end)):
        before = merged[-1] if merged else None
        if before is not None and span.start < before.end:
            first = min((before, span), key=lambda one: (PRIORITY.get(one.label, 9), one.start - one.end))
            merged[-1] = Span(before.start, max(before.end, span.end), first.label)
        elif before is not None and span.label == before.label and _are_one(before, span, reading):
            merged[-1] = Span(before.start, span.end, span.label)
        else:
            merged.append(span)
    return merged


def _without_others(found: list[Span], text: str) -> Iterator[Span]:
    """The spans, but addresses end before what is certainly no part of one, and begin behind it."""
    others = [span for span in found if span.label in NOT_IN_ADDRESSES]
    for span in found:
        if span.label != Entity.ADDRESS:
            yield span
            continue
        start, end = span.start, span.end
        for other in others:
            if other.label == Entity.PHONE and start <= other.start and WORDY.search(text[other.end : end]):
                continue  # two numbers of an address that were taken for one
            if other.start <= start < other.end:
                start = other.end
            elif start < other.start < end:
                end = other.start
        while start < end and not text[start].isalnum():
            start += 1
        while start < end and not text[end - 1].isalnum():
            end -= 1
        if start < end:
            yield Span(start, end, span.label)


def _are_one(before: Span, span: Span, reading: Reading) -> bool:
    """Whether nothing stands between two spans but a filler or a correction: ``the fourth, no, the fifth of May``."""
    between = [place for place, token in enumerate(reading.tokens) if before.end <= token.start < span.start]
    words = [place for place in between if reading.tokens[place].kind is Kind.WORD]
    if not words or len(between) > 6:
        return False
    place = words[0]
    while place <= words[-1]:
        found = reading.words.skipped.at(reading.tokens, place, words[-1] + 1)
        if found is None:
            return False
        if reading.low(place) in JOINING and len(words) == 1:
            return False
        place = found[0]
        while place <= words[-1] and reading.tokens[place].kind is Kind.MARK:
            place += 1
    return True
