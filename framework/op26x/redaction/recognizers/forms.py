"""What a run is by its form alone: check digits, groups, letters in their places."""

import re
from datetime import date

from stdnum import luhn, verhoeff
from stdnum.us import rtn

from op26x.redaction.entities import Entity
from op26x.redaction.reading import Reading
from op26x.redaction.recognizers.fitting import UNITED_KINGDOM_POSTCODE
from op26x.redaction.runs import Run
from op26x.redaction.word_lists import word_lists

CARD_DIGITS = range(12, 20)
IBAN_COUNTRIES = "|".join(sorted(word_lists("numbers")["iban_countries"])).upper()
PATTERNS: list[tuple[str, re.Pattern[str]]] = [
    (Entity.IBAN, re.compile(rf"(?:{IBAN_COUNTRIES})\d{{2}}[A-Z0-9]{{11,30}}")),
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
