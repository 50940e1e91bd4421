"""Phone numbers as carriers write them: the same person has the same number in every form."""

import re

import phonenumbers

SCHEME = re.compile(r"(?i)^(whatsapp|tel|sips?|messenger|rcs|client):(//)?")
NO_NUMBER = {"266696687", "7378742833", "2562533", "8656696", "86282452253"}
"""ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE on a keypad: how a withheld number comes as one
(https://support.twilio.com/hc/en-us/articles/223179988)."""


def read_number(text: str, near: str = "") -> str:
    """The number in a text, in E.164 form.

    Args:
        text: ``+14155550121``, ``whatsapp:+14155550121``, ``sip:+14155550121@host;user=phone``,
            ``tel:+1-415-555-0121``, ``14155550121``, ``0044 20 7946 0123``, or a national number.
        near: A number of the country that a national number belongs to, in E.164 form.

    Returns:
        The number; empty if it was withheld, or if there is none in the text.
    """
    user = SCHEME.sub("", text.strip()).partition("@")[0].partition(";")[0]
    digits = re.sub(r"[^\d]", "", user)
    if not digits or digits in NO_NUMBER or re.search(r"[^\W\d_]", user):
        return ""
    if user.lstrip().startswith("+"):
        readings = [_parsed("+" + digits)]
    else:
        readings = [_parsed(digits, _region(near)), _parsed("+" + digits.removeprefix("00"))]
    for fits in (phonenumbers.is_valid_number, phonenumbers.is_possible_number):
        for number in readings:
            if number is not None and fits(number):
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ""


def _region(number: str) -> str | None:
    parsed = _parsed(number)
    return phonenumbers.region_code_for_number(parsed) if parsed is not None else None


def _parsed(text: str, region: str | None = None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
