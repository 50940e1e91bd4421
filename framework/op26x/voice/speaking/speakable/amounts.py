"""Money, and what else is counted in units, in words."""

import re

from op26x.voice.speaking.speakable.numbers import MINUS, Numbers
from op26x.voice.speaking.speakable.rules import Currency, Rules, either

SHORT_SCALE = 2
"""A scale of one or two letters (``k``, ``bn``) is read with a currency only."""


class Amounts:
    """Amounts in a language.

    Args:
        rules: The language's.
        numbers: Say the numbers.
    """

    def __init__(self, rules: Rules, numbers: Numbers) -> None:
        self._rules = rules
        self._numbers = numbers
        self._currency_of = {sign: currency for currency in rules.currencies for sign in currency.signs}
        signs = either(self._currency_of)
        scale = rf"(?: ?(?P<scale>{either(rules.scales)})(?!\w))?"
        sign = rf"(?P<minus>(?<!\w)[{MINUS}])?"
        number = rf"(?P<number>{numbers.pattern})"
        self._before = re.compile(rf"{sign}(?<!\w)(?P<sign>{signs}) ?(?P<inner>[{MINUS}])?{number}{scale}(?!\w|[.,]\d)")
        self._sign_after = re.compile(rf"(?<![\w.,]){sign}{number}{scale}[  ]?(?P<sign>{signs})(?!\w)")
        words = either(word for word in rules.scales if len(word) > SHORT_SCALE)
        self._scaled = re.compile(rf"(?<![\w.,]){sign}{number} ?(?P<scale>{words})(?!\w)")
        self._none = re.compile(r"(?<=\d)(?:/|,)[-–](?!\d)")
        unit = rf"(?: ?(?P<unit>{either([*rules.units, *self._currency_of])}))?"
        self._per = re.compile(rf"(?<![\w.,:/])((?:{signs})? ?{numbers.pattern}{unit}) ?/ ?(?P<per>[^\W\d_]+)")
        self._unit = re.compile(
            rf"(?<![\w.,:/]){sign}{number}(?: |(?P<joined>-)(?=[^\W\d]))?(?P<unit>{either(rules.units)})(?![\w²³/])"
        )

    def money(self, text: str) -> str:
        """Amounts of money, the currency's sign before or behind the number."""
        text = self._per.sub(self._said_per, self._none.sub("", text))
        text = self._before.sub(self._said_money, text)
        return self._sign_after.sub(self._said_money, text)

    def units(self, text: str) -> str:
        """Amounts of anything else."""
        text = self._unit.sub(self._said_unit, text)
        return self._scaled.sub(lambda m: self._numbers.signed(m["minus"], self._scaled_words(m)), text)

    def _said_per(self, match: re.Match[str]) -> str:
        units = self._rules.units
        if f"{match['unit']}/{match['per']}" in units:
            return match.group()
        per = units[match["per"]].one if match["per"] in units else match["per"]
        return f"{match[1]} {self._rules.per} {per}"

    def _said_money(self, match: re.Match[str]) -> str:
        currency = self._currency_of[match["sign"]]
        if match["scale"]:
            said = f"{self._scaled_words(match)} {currency.of}{currency.unit.many}"
        else:
            said = self._coins(self._numbers.plain(match["number"]), currency)
        return self._numbers.signed(match["minus"] or match.groupdict().get("inner"), said)

    def _coins(self, plain: str, currency: Currency) -> str:
        whole, _, decimals = plain.partition(".")
        if len(decimals) != 2 or currency.part is None:
            return self._numbers.counted(plain, currency.unit)
        units, parts = (
            self._numbers.counted(whole, currency.unit),
            self._numbers.counted(str(int(decimals)), currency.part),
        )
        if not int(decimals):
            return units
        return self._rules.money.format(units=units, parts=parts) if int(whole) else parts

    def _scaled_words(self, match: re.Match[str]) -> str:
        plain = self._numbers.plain(match["number"])
        return self._numbers.counted(plain, self._rules.scales[match["scale"]])

    def _said_unit(self, match: re.Match[str]) -> str:
        plain = self._numbers.plain(match["number"])
        unit = self._rules.units[match["unit"]]
        if match["joined"] and match.string.startswith("-", match.end()):
            return match.group()
        if match["joined"]:  # a 5-km run
            said = f"{self._numbers.words(plain, unit.gender)} {unit.one}"
        else:
            said = self._numbers.counted(plain, unit)
        ends_the_text = match["unit"].endswith(".") and not match.string[match.end() :].strip()
        return self._numbers.signed(match["minus"], said) + ("." if ends_the_text else "")
