"""Secure entry for any agent: the core's tool ``collect_digits``, and what it takes digits for."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import msgspec
from stdnum import luhn
from stdnum.gb import nhs
from stdnum.in_ import aadhaar
from stdnum.us import rtn

from op26x.agents.keypad import LONGEST_ENTRY, EntryEnd
from op26x.agents.tools import Tool, ToolCall
from op26x.errors import IllegalTransition

LIMIT_S = 180.0
Enterable = Literal[
    "CARD",
    "CVV",
    "CARD_EXPIRY",
    "BANK_ACCOUNT",
    "SORT_CODE",
    "ROUTING_NUMBER",
    "SSN",
    "ITIN",
    "NHS_NUMBER",
    "AADHAAR",
    "PIN",
    "ONE_TIME_CODE",
    "MEDICAL_RECORD_NUMBER",
    "DATE_OF_BIRTH",
    "PHONE",
    "POSTCODE",
]


class Digits(msgspec.Struct):
    """Arguments of ``collect_digits``."""

    what: Annotated[Enterable, msgspec.Meta(description="What the caller enters")]
    length: Annotated[
        int, msgspec.Meta(ge=0, le=LONGEST_ENTRY, description="How many digits it has, if you know; otherwise 0")
    ] = 0


LENGTHS: Mapping[str, tuple[int, int]] = {
    "CARD": (12, 19),
    "CVV": (3, 4),
    "CARD_EXPIRY": (4, 4),
    "BANK_ACCOUNT": (5, 18),
    "SORT_CODE": (6, 6),
    "ROUTING_NUMBER": (9, 9),
    "SSN": (9, 9),
    "ITIN": (9, 9),
    "NHS_NUMBER": (10, 10),
    "AADHAAR": (12, 12),
    "PIN": (3, 12),
    "ONE_TIME_CODE": (4, 10),
    "MEDICAL_RECORD_NUMBER": (3, 14),
    "DATE_OF_BIRTH": (6, 8),
    "PHONE": (5, 15),
    "POSTCODE": (4, 9),
}
"""How many digits each can have (ISO/IEC 7812 for cards)."""
CHECKS: Mapping[str, Callable[[str], bool]] = {
    "CARD": luhn.is_valid,
    "CARD_EXPIRY": lambda digits: 1 <= int(digits[:2]) <= 12,
    "ROUTING_NUMBER": rtn.is_valid,
    "NHS_NUMBER": nhs.is_valid,
    "AADHAAR": aadhaar.is_valid,
}
"""Which digits can't be right, where a check digit or a form tells."""


CARD_LENGTHS: Mapping[str, int] = {"34": 15, "37": 15, "30": 14, "36": 14, "38": 14, "39": 14}
"""Digits of cards by how they begin, where these are not sixteen (ISO/IEC 7812; American Express, Diners Club)."""


def is_done(what: str, digits: str, length: int = 0) -> bool:
    """Whether digits are so certainly all of it that the caller need not be waited for long.

    Arguments are those of ``fault_of``.
    """
    if fault_of(what, digits, length):
        return False
    if what == "CARD" and not length:
        return len(digits) >= CARD_LENGTHS.get(digits[:2], 16)
    least, most = LENGTHS[what]
    return bool(length) or least == most


def fault_of(what: str, digits: str, length: int = 0) -> str:
    """What is wrong with digits, for whoever asks for them again; empty if nothing is.

    Args:
        what: What they should be, as ``op26x.redaction.Entity`` names it.
        digits: As they were entered.
        length: How many there should be; 0 if any number that it can have will do.
    """
    least, most = (length, length) if length else LENGTHS[what]
    if not least <= len(digits) <= most:
        right = str(least) if least == most else f"{least} to {most}"
        return f"{len(digits)} digits were entered, and it has {right}."
    check = CHECKS.get(what)
    return "A digit is wrong or missing." if check is not None and not check(digits) else ""


def collect_digits_tool() -> Tool:
    """The core's own tool for what a caller had better not say aloud."""
    return Tool(
        "collect_digits",
        "Takes digits that the caller enters on the telephone keypad, so that nobody hears or records them. Ask for "
        "them in the same answer, and for the hash (pound) key at the end. You get a placeholder to hand to tools.",
        Digits,
        _collect,
        limit_s=LIMIT_S,
        filler="",
    )


async def _collect(call: ToolCall, wanted: Digits) -> dict[str, str]:
    if call.keypad is None:
        return {"error": "There is no keypad here."}
    most = wanted.length or LENGTHS[wanted.what][1]

    def done(digits: str) -> bool:
        return is_done(wanted.what, digits, wanted.length)

    try:
        entered = await call.keypad.collect(wanted.what, most, done)
    except IllegalTransition as error:
        return {"error": error.message}
    if entered.end is EntryEnd.CALL_OVER:
        return {"error": "The call is over."}
    if not entered.digits:
        return {"error": "Nothing was entered."}
    digits = entered.digits.reveal()
    if fault := fault_of(wanted.what, digits, wanted.length):
        return {"error": f"{fault} Ask the caller to enter it again."}
    return {"status": "entered", "digits": digits}
