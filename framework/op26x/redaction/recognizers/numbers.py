"""Numbers and codes that are personal: told by what was asked, by what stands beside them, and by their form."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise

from stdnum import luhn, verhoeff
from stdnum.us import rtn

from op26x.redaction.entities import Entity, Span
from op26x.redaction.reading import LINKS, NONE, Cue, Reading
from op26x.redaction.runs import Run, Runs
from op26x.redaction.vocabulary import units
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("numbers")
CURRENCIES = LISTS["currencies"]
LONG = 6
"""Digits that nobody says for a quantity."""
OTHER_TOKENS = 6
"""A turn with no more besides a number is an answer."""
COUNTED_AT_MOST = 4
"""Digits of a number that a word behind it can count; more is no quantity that people say."""
CARD_DIGITS = range(12, 20)
PERCENT = frozenset(["percent", "%", "per"])
UNITED_KINGDOM_POSTCODE = re.compile(r"(?:GIR0AA|[A-Z]{1,2}[0-9O][0-9A-Z]?[0-9O][A-Z]{2})")

CERTAIN = frozenset(
    [Entity.CARD, Entity.POSTCODE, Entity.NI_NUMBER, Entity.PAN, Entity.GSTIN, Entity.IFSC, Entity.SSN, Entity.AADHAAR]
)
"""What is told by its form, whatever number was spoken of before."""

Fits = Callable[[Run], bool]


def _digits(*lengths: int | range) -> Fits:
    allowed = {one for length in lengths for one in ([length] if isinstance(length, int) else length)}
    return lambda run: not run.letters and (run.digits in allowed or (run.corrected and run.digits > min(allowed)))


def _code(least: int, most: int, digits: int = 1) -> Fits:
    return lambda run: least <= len(run.chars) <= most * (2 if run.corrected else 1) and run.digits >= digits


FITS: dict[str, Fits] = {
    Entity.CARD: _digits(range(3, 20)),
    Entity.CVV: _digits(3, 4),
    Entity.CARD_EXPIRY: lambda run: not run.letters and run.digits in range(3, 9) and _is_month(run.chars),
    Entity.BANK_ACCOUNT: _digits(range(3, 19)),
    Entity.SORT_CODE: _digits(2, 4, 6),
    Entity.ROUTING_NUMBER: _digits(range(3, 10)),
    Entity.IBAN: _code(4, 34, 2),
    Entity.SSN: _digits(3, 4, 5, 6, 9),
    Entity.ITIN: _digits(3, 4, 5, 6, 9),
    Entity.NHS_NUMBER: _digits(3, 4, 6, 7, 10),
    Entity.NI_NUMBER: _code(3, 9, 0),
    Entity.AADHAAR: _digits(4, 8, 12),
    Entity.PAN: _code(4, 10),
    Entity.GSTIN: _code(6, 15, 4),
    Entity.UPI: _code(5, 20),
    Entity.IFSC: _code(5, 11, 3),
    Entity.PASSPORT: _code(5, 10, 4),
    Entity.DRIVING_LICENCE: _code(4, 20, 3),
    Entity.VEHICLE_PLATE: _code(4, 11),
    Entity.PHONE: lambda run: not run.letters and (run.digits in range(7, 16) or (run.corrected and run.digits > 7)),
    Entity.POSTCODE: lambda run: _is_postcode(run.chars) or (run.corrected and 4 < len(run.chars) < 20),
    Entity.DATE_OF_BIRTH: lambda run: not run.letters and run.digits in range(4, 9),
    Entity.IP_ADDRESS: lambda run: len(run.dotted) == 4 and not run.letters,
    Entity.PASSWORD: _code(4, 30),
    Entity.PIN: _digits(range(4, 9)),
    Entity.ONE_TIME_CODE: _code(4, 10, 2),
    Entity.MEDICAL_RECORD_NUMBER: _code(4, 14, 3),
}
PARTS: dict[str, Fits] = {
    Entity.PHONE: _digits(range(3, 16)),
    Entity.PASSPORT: _code(3, 10, 2),
    Entity.GSTIN: _code(3, 15, 1),
    Entity.PAN: _code(3, 10, 0),
    Entity.NHS_NUMBER: _digits(range(3, 11)),
    Entity.SSN: _digits(range(2, 10)),
    Entity.SORT_CODE: _digits(range(2, 7)),
    Entity.AADHAAR: _digits(range(3, 13)),
    Entity.ONE_TIME_CODE: _code(2, 10, 2),
    Entity.PIN: _digits(range(2, 9)),
    Entity.CARD: _digits(range(2, 20)),
    Entity.VEHICLE_PLATE: lambda run: len(run.chars) in range(2, 12) and (run.letters > 0 or run.digits > 2),
    Entity.DATE_OF_BIRTH: _digits(range(2, 9)),
    Entity.POSTCODE: _code(2, 9),
    Entity.IFSC: _code(3, 11, 0),
    Entity.MEDICAL_RECORD_NUMBER: _code(3, 14, 2),
    Entity.DRIVING_LICENCE: _code(3, 20, 2),
    Entity.IBAN: _code(3, 34, 2),
}
"""What is enough where the entity was asked for, since people say it in pieces."""
SAID_IN_PARTS = frozenset(
    [Entity.CARD, Entity.NHS_NUMBER, Entity.SSN, Entity.AADHAAR, Entity.PASSPORT, Entity.GSTIN, Entity.PAN]
)
WEAK = LISTS["weak"]
"""What stands before small numbers only."""
ENDINGS = frozenset(["ending", "ends", "end", "last", "final", "endet", "letzten", "termina"])
BEFORE_TIMES = LISTS["before_times"]
BEFORE_YEARS = LISTS["before_years"]


def numbers(reading: Reading) -> Iterator[Span]:
    """Each run that is personal."""
    tokens = reading.tokens
    for run, label in _labelled(reading):
        if label:
            first = run.first
            while (
                first
                and tokens[first - 1].low in ("+", "(", "plus", "más", "प्लस")
                and (tokens[first - 1].low in ("plus", "más", "प्लस") or tokens[first - 1].end == tokens[first].start)
            ):
                first -= 1
            yield Span(tokens[first].start, tokens[run.after - 1].end, label)


def _labelled(reading: Reading) -> Iterator[tuple[Run, str | None]]:
    """Each run and what it is; what is nothing as a whole may be several, with commas between."""
    for run in reading.runs:
        label = label_of(run, reading)
        if label is not None or not run.commas:
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
    if _is_amount(run, reading) or (not beside and _is_moment(run, reading)):
        return None
    other_year = cue is not None and cue.topic == Entity.DATE_OF_BIRTH and _is_other_year(run, cue, reading)
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
        if _fits_in_part(topic, run):
            return topic
    if len(reading.tokens) - (run.after - run.first) > OTHER_TOKENS:
        return None
    return next((topic for topic in reading.stale if _fits_in_part(topic, run)), None)


def _anything(run: Run, reading: Reading) -> str | None:
    """What a caller says in digits is personal, where nobody knows what it is: a harmless number has a name."""
    if reading.by_agent or NONE in reading.asked:
        return None
    asked = next((topic for topic in reading.asked if topic in FITS), None)
    if asked is not None and len(run.chars) >= LONG and run.digits >= LONG - 2:
        return asked
    if run.letters or _is_years(run):
        return None
    if run.digits >= LONG and (len(run.groups) > 1 or run.digits > LONG):
        return Entity.BANK_ACCOUNT
    alone = len(reading.tokens) - (run.after - run.first) <= OTHER_TOKENS
    if not alone or run.digits < LONG - 2:
        return None
    if run.digits == LONG:
        return Entity.SORT_CODE
    return Entity.PIN if _is_secret(run) and "," not in reading.said(run.first, run.after) else None


def _is_years(run: Run) -> bool:
    """``in 2023 and 2024``."""
    return all(len(group) == 4 and group[:2] in ("19", "20") for group in run.groups)


def _fits_in_part(topic: str, run: Run) -> bool:
    return fits(topic, run) or (topic in PARTS and PARTS[topic](run))


def _is_secret(run: Run) -> bool:
    """Whether four or five digits that answer a question are neither a year nor a round sum."""
    return len(run.groups) >= 3 or not (run.chars[:2] in ("19", "20") or run.chars.endswith("00") or run.counted)


def _fits_cue(topic: str, run: Run, reading: Reading) -> bool:
    if fits(topic, run) or (topic in SAID_IN_PARTS and PARTS[topic](run) and run.digits >= 3):
        return True
    ending = any(reading.low(at) in ENDINGS for at in range(max(0, run.first - 5), run.first))
    return ending and topic in FITS and not run.letters and run.digits in range(2, 7)


def fits(topic: str, run: Run) -> bool:
    """Whether a run has the form that an entity has."""
    return topic in FITS and FITS[topic](run)


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


def _is_amount(run: Run, reading: Reading) -> bool:
    """Whether the run counts, measures or prices something, or tells a time."""
    tokens, before = reading.tokens, reading.low(run.first - 1)
    if run.counted or before in CURRENCIES or (before == "." and reading.low(run.first - 2) == "rs"):
        return True
    behind = reading.low(run.after)
    if behind in PERCENT and run.digits <= 5:
        return True
    if (
        ":" in (before, behind)
        and run.digits <= 4
        and (
            (
                behind == ":"
                and tokens[run.after].start == tokens[run.after - 1].end
                and reading.low(run.after + 1)[:2].isdigit()
            )
            or (
                before == ":"
                and tokens[run.first - 1].end == tokens[run.first].start
                and reading.low(run.first - 2).isdigit()
            )
        )
    ):
        return True
    if _is_round(run, reading):
        return True
    if run.letters or run.digits > COUNTED_AT_MOST + 2 * (run.groups[-1].endswith("00")):
        return False
    return behind in units() and run.after < len(tokens) and not _is_list(run)


def _is_moment(run: Run, reading: Reading) -> bool:
    """Whether a run is a time of day or a year, as they are spoken of."""
    before = reading.low(run.first - 1)
    if run.letters or not 3 <= run.digits <= 4:
        return False
    if run.digits == 4 and run.chars[:2] in ("19", "20") and len(run.groups) <= 2 and before in BEFORE_YEARS:
        return True
    hour_first = (
        len(run.groups) == 2 and int(run.groups[0]) <= 24 and len(run.groups[1]) == 2 and int(run.groups[1]) < 60
    )
    return run.spoken and hour_first and before in BEFORE_TIMES


def _is_other_year(run: Run, cue: Cue, reading: Reading) -> bool:
    """Whether a year is not that of the birth: ``born 1954, joined in 2001``."""
    return (
        run.digits == 4
        and reading.low(run.first - 1) in ("in", "since", "until", "till", "from")
        and cue.after < run.first - 1
    )


def _is_round(run: Run, reading: Reading) -> bool:
    """Whether it is a sum: ``5,000``, ``ten thousand``."""
    if run.letters:
        return False
    if run.spoken and len(run.groups) == 1 and run.chars.endswith("000"):
        return True
    tokens = reading.tokens[run.first : run.after]
    commas = [at for at, token in enumerate(tokens) if token.text == ","]
    return (
        bool(commas)
        and all(
            0 < at < len(tokens) - 1
            and tokens[at - 1].end == tokens[at].start
            and tokens[at + 1].start == tokens[at].end
            and len(tokens[at + 1].text) in (2, 3)
            for at in commas
        )
        and len(tokens[-1].text) == 3
        and len(run.groups) == len(commas) + 1
    )


def _is_list(run: Run) -> bool:
    """Whether it was said digit by digit, as no quantity is."""
    return len(run.groups) >= 4


def _is_month(chars: str) -> bool:
    return 1 <= int(chars[:2]) <= 12 or 1 <= int(chars[:1]) <= 9


def _is_postcode(chars: str) -> bool:
    if chars.isdigit():
        return len(chars) in (5, 6, 9)
    return UNITED_KINGDOM_POSTCODE.fullmatch(chars) is not None or (len(chars) in (3, 4) and chars[0].isalpha())


PATTERNS: list[tuple[str, re.Pattern[str]]] = [
    (Entity.GSTIN, re.compile(r"\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]")),
    (Entity.PAN, re.compile(r"[A-Z]{3}[PCHFATBLJG][A-Z]\d{4}[A-Z]")),
    (Entity.IFSC, re.compile(r"[A-Z]{4}0[A-Z0-9]{6}")),
    (Entity.NI_NUMBER, re.compile(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")),
    (Entity.VEHICLE_PLATE, re.compile(r"[A-Z]{2}\d{2}[A-Z]{3}|[A-Z]\d{1,3}[A-Z]{3}|[A-Z]{2}\d{1,2}[A-Z]{1,3}\d{4}")),
    (Entity.POSTCODE, UNITED_KINGDOM_POSTCODE),
    (
        Entity.DRIVING_LICENCE,
        re.compile(r"[A-Z9]{5}\d{6}[A-Z9]{2}[A-Z0-9]{3}|[A-Z]{2}\d{2}(?:19|20)\d{2}\d{7}|[A-Z]\d{12,14}"),
    ),
]


def form_of(run: Run, reading: Reading) -> str | None:
    """What a run is by its form alone."""
    chars = run.chars
    if run.letters:
        return _by_pattern(run)
    if len(run.dotted) == 4 and all(len(part) <= 3 and int(part) < 256 for part in run.dotted):
        return Entity.IP_ADDRESS
    if run.dots and len(chars) < 7:
        return None
    return _by_digits(chars, run, reading)


def _by_pattern(run: Run) -> str | None:
    if run.digits < 2:
        return None
    starts = range(len(run.groups)) if run.corrected else range(1)
    for chars in ("".join(run.groups[start:]) for start in starts):
        for label, pattern in PATTERNS:
            if pattern.fullmatch(chars):
                return label
    return None


def _by_digits(chars: str, run: Run, reading: Reading) -> str | None:
    lengths = [len(group) for group in run.groups]
    if (
        len(chars) in CARD_DIGITS
        and chars[0] in "23456"
        and (luhn.is_valid(chars) or (lengths[:3] == [4, 4, 4] and len(chars) >= 15))
    ):
        return Entity.CARD
    if len(chars) == 12 and chars[0] in "23456789" and (lengths == [4, 4, 4] or verhoeff.is_valid(chars)):
        return Entity.AADHAAR
    if lengths == [3, 2, 4] and chars[0] != "9":
        return Entity.SSN
    if lengths == [3, 2, 4]:
        return Entity.ITIN
    if lengths == [2, 2, 2] and _hyphens(run, reading) and int(chars[:2]) > 31:
        return Entity.SORT_CODE
    if _is_phone(chars, lengths, run, reading):
        return Entity.PHONE
    if len(chars) == 9 and rtn.is_valid(chars) and run.spoken:
        return Entity.ROUTING_NUMBER
    if len(chars) >= 9 and run.dots < 3 and not _is_date(chars):
        return Entity.BANK_ACCOUNT
    return None


def _is_phone(chars: str, lengths: list[int], run: Run, reading: Reading) -> bool:
    before = reading.tokens[run.first - 1].text if run.first else ""
    if before == "+" or (before == "(" and run.first > 1 and reading.tokens[run.first - 2].text == "+"):
        return len(chars) in range(8, 16)
    if (
        lengths
        in ([3, 3, 4], [1, 3, 3, 4], [3, 4], [5, 5], [5, 6], [4, 3, 4], [4, 3, 3], [3, 4, 4], [2, 5, 5], [5, 3, 3])
        and len(chars) >= 7
    ):
        return len(lengths) > 2 or len(chars) > 7 or _hyphens(run, reading) or before == "("
    if len(chars) == 10:
        return chars[0] in "23456789"
    if len(chars) == 11:
        return chars[0] in "01"
    return len(chars) in (12, 13) and chars[:2] in ("91", "44", "49", "34", "33")


def _hyphens(run: Run, reading: Reading) -> bool:
    return any(reading.tokens[at].text in "-–." for at in range(run.first, run.after))


def _is_date(chars: str) -> bool:
    """Whether eight or more digits are a timestamp."""
    if len(chars) not in (8, 12, 14):
        return False
    try:
        date(int(chars[:4]), int(chars[4:6]), int(chars[6:8]))
    except ValueError:
        return False
    return 1900 < int(chars[:4]) < 2100
