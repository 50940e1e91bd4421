"""Phone numbers, and what else is read digit by digit."""

import re

from op26x.voice.speaking.speakable.numbers import Numbers
from op26x.voice.speaking.speakable.rules import Rules, either

GROUP = 3
AMOUNT = re.compile(r"\d{1,3}(?: \d{3})+")
"""What may be an amount as well, where a space groups its digits."""
LONG = 7
"""So many digits are no amount."""


class Codes:
    """What is read digit by digit in a language.

    Args:
        rules: The language's.
        numbers: Say the digits.
    """

    def __init__(self, rules: Rules, numbers: Numbers) -> None:
        self._rules = rules
        self._numbers = numbers
        self._phone = re.compile(r"(?<![\w.,/+-])(?:\+ ?|\((?=\d))?\d[\d ()./-]{5,22}\d(?![\w/-]|[.,:]\d)")
        code = r"(?P<code>(?=[\w-]*\d)(?=[\w-]{3})[A-Z\d]+(?:-[A-Z\d]+)*)(?![\w-]|[.,:]\d)"
        blocks = r"[A-Z]{2}\d\d(?: \d{4})+(?: \d{1,4})?|\d{4}(?: \d{4}){2,}|\d+(?:-\d+){2,}"
        self._blocks = re.compile(rf"(?<![\w.,/+-])(?:{blocks})(?![\w/-]|[.,:]\d)")
        self._announced = re.compile(rf"(?i:\b(?:{either([*rules.codes, rules.number])})):? #?{code}")
        self._mixed = re.compile(r"(?<![\w@.-])(?=[A-Z\d-]*[A-Z])(?=[A-Z-]*\d)[A-Z\d]+(?:-[A-Z\d]+)*(?![\w@-]|\.\w)")
        self._digits = re.compile(rf"(?<![\w.,:/-])(?<!\d )(?:0\d+|\d{{{LONG},}}|\d{{5,6}}(?<!00))(?![\w/-]|[.,:]\d)")

    def phones(self, text: str) -> str:
        """Phone numbers, and numbers of cards and accounts, group by group."""
        return self._blocks.sub(lambda m: self._said_blocks(m.group()), self._phone.sub(self._said_phone, text))

    def codes(self, text: str) -> str:
        """Codes that a word announces, codes with letters and digits, and digits that are no amount."""
        text = self._announced.sub(lambda m: m.group().removesuffix(m["code"]) + self._spelled(m["code"]), text)
        text = self._mixed.sub(self._said_mixed, text)
        return self._digits.sub(lambda m: self._grouped(m.group()), text)

    def _said_phone(self, match: re.Match[str]) -> str:
        import phonenumbers

        written = match.group()
        if not 7 <= sum(char.isdecimal() for char in written) <= 15:
            return written
        try:
            number = phonenumbers.parse(written, self._rules.country)
        except phonenumbers.NumberParseException:
            return written
        if not phonenumbers.is_possible_number(number) or not _looks_like_phone(written):
            return written
        if AMOUNT.fullmatch(written) and not phonenumbers.is_valid_number(number):
            return written
        if not re.search(r"[ ()./-]", written.removeprefix("+")) and phonenumbers.is_valid_number(number):
            international = written.startswith("+")
            form = phonenumbers.PhoneNumberFormat
            written = phonenumbers.format_number(number, form.INTERNATIONAL if international else form.NATIONAL)
        groups = ", ".join(self._numbers.digits(group) for group in re.findall(r"\d+", written))
        return f"{self._rules.symbols['+']} {groups}" if written.startswith("+") else groups

    def _said_blocks(self, blocks: str) -> str:
        groups = re.findall(r"[A-Z]+|\d+", blocks)
        return ", ".join(self._numbers.digits(group) if group.isdecimal() else " ".join(group) for group in groups)

    def _said_mixed(self, match: re.Match[str]) -> str:
        code = match.group()
        turns = len(re.findall(r"[A-Z]+|\d+", code))
        return self._spelled(code) if (turns > 2 and len(code) > 3) or sum(map(str.isdecimal, code)) >= 3 else code

    def _spelled(self, code: str) -> str:
        return ", ".join(
            self._grouped(part) if part.isdecimal() else " ".join(part)
            for part in re.findall(r"[A-Z]+|\d+", code.upper())
        )

    def _grouped(self, digits: str) -> str:
        if len(digits) <= GROUP + 1:
            return self._numbers.digits(digits)
        cuts = range(0, len(digits) - 1, GROUP)
        ends = [*cuts[1:], len(digits)]
        return ", ".join(self._numbers.digits(digits[start:end]) for start, end in zip(cuts, ends, strict=True))


def _looks_like_phone(written: str) -> bool:
    """Whether it is no sum, range or list of numbers: it has a country code, a leading zero or groups of digits."""
    if written[0] in "+(0":
        return True
    return len(re.findall(r"\d{2,}", written)) >= 2 and not re.search(r" -|- |\d/|^\d{1,3}(?:\.\d{3})+$", written)
