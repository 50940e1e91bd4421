"""Numbers and codes that are personal: told by what was asked, by what stands beside them, and by their form."""

from collections.abc import Iterator
from itertools import pairwise

from op26x.redaction.entities import Entity, Span
from op26x.redaction.reading import LINKS, NONE, Cue, Reading
from op26x.redaction.recognizers.amounts import is_amount, is_moment, is_other_year, is_years
from op26x.redaction.recognizers.fitting import FITS, PARTS, fits, fits_in_part
from op26x.redaction.recognizers.forms import form_of
from op26x.redaction.runs import Run, Runs
from op26x.redaction.tokens import Token
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("numbers")
WEAK = LISTS["weak"]
"""What stands before small numbers only."""
ENDINGS = frozenset(["ending", "ends", "end", "last", "final", "endet", "letzten", "termina"])
LONG = 6
"""Digits that nobody says for a quantity."""
OTHER_TOKENS = 6
"""A turn with no more besides a number is an answer."""

CERTAIN = frozenset(
    [Entity.CARD, Entity.POSTCODE, Entity.NI_NUMBER, Entity.PAN, Entity.GSTIN, Entity.IFSC, Entity.SSN, Entity.AADHAAR]
)
"""What is told by its form, whatever number was spoken of before."""
PLUS = frozenset(["plus", "más", "प्लस"])
SAID_IN_PARTS = frozenset(
    [Entity.CARD, Entity.NHS_NUMBER, Entity.SSN, Entity.AADHAAR, Entity.PASSPORT, Entity.GSTIN, Entity.PAN]
)


def numbers(reading: Reading) -> Iterator[Span]:
    """Each run that is personal."""
    tokens = reading.tokens
    for run, label in _labelled(reading):
        if label:
            first = run.first
            while first and _opens(tokens[first - 1], tokens[first]):
                first -= 1
            yield Span(tokens[first].start, tokens[run.after - 1].end, label)


def _opens(token: Token, behind: Token) -> bool:
    """Whether a token begins the number behind it: ``plus forty four``, ``+44``, ``(020``."""
    return token.low in PLUS or (token.text in ("+", "(") and token.end == behind.start)


def _labelled(reading: Reading) -> Iterator[tuple[Run, str | None]]:
    """Each run and what it is; what is nothing as a whole may be several, with commas between."""
    for run in reading.runs:
        label = label_of(run, reading)
        if label is not None or not run.commas or is_amount(run, reading):
            yield run, label
            continue
        ends = [run.first, *run.commas, run.after]
        for first, after in pairwise(ends):
            for part in Runs(reading.tokens[:after], reading.words, reading.named).all(first):
                yield part, label_of(part, reading)


def label_of(run: Run, reading: Reading) -> str | None:
    """What a run is; nothing, if it is nobody's secret."""
    if (run.digits < 2 and len(run.chars) < 4) or run.chars in reading.harmless:
        return None
    cue = reading.cue_before(run.first)
    beside = cue is not None and run.first - cue.after <= 2
    if is_amount(run, reading) or (not beside and is_moment(run, reading)):
        return None
    other_year = cue is not None and cue.topic == Entity.DATE_OF_BIRTH and is_other_year(run, cue, reading)
    if cue is not None and cue.topic != NONE and not other_year and _fits_cue(cue.topic, run, reading):
        return cue.topic
    if other_year:
        return None
    by_form = form_of(run, reading)
    if cue is not None and cue.topic == NONE and _tells(cue, run, reading):
        return by_form if by_form in CERTAIN and _is_certain(by_form, run, cue) else None
    behind = reading.cue_behind(run.after)
    if behind is not None and behind.topic == NONE:
        return None
    if behind is not None and fits(behind.topic, run):
        return behind.topic
    return _answer(run, reading) or by_form or _anything(run, reading)


def _is_certain(label: str, run: Run, cue: Cue) -> bool:
    """Whether the form of a run counts more than what was said before it."""
    if label == Entity.POSTCODE:
        return run.first - cue.after > 2
    return run.letters > 0 or label == Entity.CARD


def _answer(run: Run, reading: Reading) -> str | None:
    """What a run is that answers a question."""
    if reading.by_agent:
        return None
    for topic in reading.asked:
        if fits_in_part(topic, run):
            return topic
    if len(reading.tokens) - (run.after - run.first) > OTHER_TOKENS:
        return None
    return next((topic for topic in reading.stale if fits_in_part(topic, run)), None)


def _anything(run: Run, reading: Reading) -> str | None:
    """What a caller says in digits is personal, where nobody knows what it is: a harmless number has a name."""
    if reading.by_agent or NONE in reading.asked:
        return None
    asked = next((topic for topic in reading.asked if topic in FITS), None)
    if asked is not None and len(run.chars) >= LONG and run.digits >= LONG - 2:
        return asked
    if run.letters or is_years(run):
        return None
    if run.digits >= LONG and (len(run.groups) > 1 or run.digits > LONG):
        return Entity.BANK_ACCOUNT
    alone = len(reading.tokens) - (run.after - run.first) <= OTHER_TOKENS
    if not alone or run.digits < LONG - 2:
        return None
    if run.digits == LONG:
        return Entity.SORT_CODE
    return Entity.PIN if _is_secret(run) and "," not in reading.said(run.first, run.after) else None


def _is_secret(run: Run) -> bool:
    """Whether four or five digits that answer a question are neither a year nor a round sum."""
    return len(run.groups) >= 3 or not (run.chars[:2] in ("19", "20") or run.chars.endswith("00") or run.counted)


def _fits_cue(topic: str, run: Run, reading: Reading) -> bool:
    if fits(topic, run) or (topic in SAID_IN_PARTS and PARTS[topic](run) and run.digits >= 3):
        return True
    ending = any(reading.low(at) in ENDINGS for at in range(max(0, run.first - 5), run.first))
    return ending and topic in FITS and not run.letters and run.digits in range(2, 7)


def _tells(cue: Cue, run: Run, reading: Reading) -> bool:
    """Whether a cue tells that a run is of an order, a flight, a price: it stands close before it."""
    distance = run.first - cue.after
    if reading.sentences[cue.first] != reading.sentences[run.first]:
        return distance <= 4 and cue.after - cue.first > 1
    word = reading.low(cue.first)
    asked = bool(reading.asked) and NONE not in reading.asked and not reading.by_agent
    if word in WEAK and cue.after - cue.first == 1 and (len(run.chars) > 4 or asked):
        return False
    linked = any(reading.low(at) in LINKS for at in range(cue.after, run.first))
    return distance <= (3 if cue.after - cue.first == 1 else 5) + 3 * linked
