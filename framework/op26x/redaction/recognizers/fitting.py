"""Which entity a run could be, by how many digits and letters it has."""

import re
from collections.abc import Callable

from op26x.redaction.entities import Entity
from op26x.redaction.runs import Run

UNITED_KINGDOM_POSTCODE = re.compile(r"(?:GIR0AA|[A-Z]{1,2}[0-9O][0-9A-Z]?[0-9O][A-Z]{2})")
Fits = Callable[[Run], bool]


def _digits(*lengths: int | range) -> Fits:
    allowed = {one for length in lengths for one in ([length] if isinstance(length, int) else length)}
    return lambda run: not run.letters and (run.digits in allowed or (run.corrected and run.digits > min(allowed)))


def _code(least: int, most: int, digits: int = 1) -> Fits:
    return lambda run: least <= len(run.chars) <= most * (2 if run.corrected else 1) and run.digits >= digits


def _is_month(chars: str) -> bool:
    return 1 <= int(chars[:2]) <= 12 or 1 <= int(chars[:1]) <= 9


def _is_postcode(chars: str) -> bool:
    if chars.isdigit():
        return len(chars) in (5, 6, 9)
    return UNITED_KINGDOM_POSTCODE.fullmatch(chars) is not None or (len(chars) in (3, 4) and chars[0].isalpha())


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


def fits(topic: str, run: Run) -> bool:
    """Whether a run has the form that an entity has."""
    return topic in FITS and FITS[topic](run)


def fits_in_part(topic: str, run: Run) -> bool:
    """Whether it has the form of a part, as an answer in pieces has."""
    return fits(topic, run) or (topic in PARTS and PARTS[topic](run))
