"""Numbers in words: cardinals, decimals, ordinals, fractions and ranges."""

import re
from functools import cache

from op26x.voice.speaking.speakable.rules import Noun, Rules, either, signs_of

MINUS = "-−"
KEPT_BELOW = 2100
LONGEST_BEFORE = 16
MOST_DIGITS = 15
NOT_WITHIN = r"(?<![\w.,:/+-])(?<!\d )"
"""Before a number that is not a piece of something longer, such as a version or an address of a network."""
NOT_BEFORE = r"(?![\w/])(?![.,:]\d)"
"""Behind such a number."""


class Numbers:
    """The numbers of a language.

    Args:
        rules: The language's.

    Attributes:
        pattern: A number as it is written, with its groups and decimals and without a sign.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        group = f"[{re.escape(rules.thousands)}]"
        grouped = rf"\d{{1,3}}(?:{group}\d{{2,3}})*{group}\d{{3}}(?!\d)"
        self.pattern = rf"(?:{grouped}|\d+)(?:[{re.escape(rules.decimal)}.]\d+)?"
        self._grouped = re.compile(grouped)
        self._group = re.compile(group)
        self._ends = {before.lower(): end for before, end in rules.ordinal_point.items()}
        self._changes = tuple(rules.agrees)
        sign = rf"(?P<sign>(?<!\w)[{MINUS}])?"
        behind = either([*rules.times_of_day.halves, *rules.times_of_day.after, *rules.units, *signs_of(rules)])
        clock = rf"\d{{1,2}}[:{rules.times_of_day.letter}]\d\d"
        end = rf"(?=(?:{either(signs_of(rules))})? ?\d)(?!\d+-)"
        self._range = re.compile(rf"(?<![\w-])((?:{clock}|{self.pattern})(?: ?(?:{behind}))?) ?[-–—] ?{end}")
        self._ordinal = re.compile(rf"(?<![\w.,])(\d{{1,4}})({either(rules.ordinals)})(?!\w)")
        self._pointed = re.compile(r"(?<=\w )(\d{1,3})\.(?= [^\W\d])")
        self._before = re.compile(rf"\b({either(rules.ordinal_point)}) $", re.I)
        self._fraction = re.compile(rf"{NOT_WITHIN}(?:(\d+) )?({either(rules.fractions)}){NOT_BEFORE}")
        self._over = re.compile(r"(?<![\w/.,])(\d+(?:[.,]\d+)?)/(?=\d+(?![\w/]))")
        self._product = re.compile(r"(?<=\d) ?[*×] ?(?=\d)")
        self._number = re.compile(rf"(?<![\w.,:/+'’]){sign}(?P<number>{self.pattern})(?![\w/])(?![.,:'’]\d)")

    def plain(self, written: str) -> str:
        """Digits with a decimal point, if any: ``1.234,5`` is ``1234.5`` in German."""
        match = self._grouped.match(written)
        whole = self._group.sub("", match.group()) if match else ""
        return whole + (written[match.end() :] if match else written).replace(",", ".")

    def words(self, plain: str, gender: str = "") -> str:
        """A number in words, or its digits if the language's package can't say it.

        Args:
            plain: Digits with a decimal point, if any.
            gender: Of what is counted.
        """
        whole, _, decimals = plain.partition(".")
        said = self.cardinal(whole)
        if not decimals:
            for end, instead in self._rules.genders.get(gender, {}).items():
                if said.endswith(end):
                    return said.removesuffix(end) + instead
            return said
        return " ".join((said, self._rules.point, self.digits(decimals)))

    def cardinal(self, digits: str) -> str:
        """A whole number in words."""
        if len(digits) > MOST_DIGITS or int(digits) >= self._rules.largest:
            return digits
        return _said(self._rules.library, self._rules.dialect, int(digits))

    def digits(self, digits: str) -> str:
        """Each digit in words."""
        return " ".join(self.cardinal(digit) for digit in digits)

    def ordinal(self, number: int) -> str:
        """An ordinal in words, in the form that the package gives; the cardinal where it knows none."""
        return _said(self._rules.library, self._rules.dialect, number, "ordinal")

    def year(self, digits: str) -> str:
        """A year in words."""
        return _said(self._rules.library, self._rules.dialect, int(digits), "year")

    def counted(self, plain: str, noun: Noun) -> str:
        """An amount of something: ``two kilometers``."""
        return f"{self.words(plain, noun.gender)} {noun.one if self._is_one(plain) else noun.many}"

    def signed(self, sign: str | None, words: str) -> str:
        """With the word for minus where there is a sign."""
        return f"{self._rules.minus} {words}" if sign else words

    def ranges(self, text: str) -> str:
        """Puts a word between the ends of ranges; the ends stay for what comes after."""
        return self._range.sub(rf"\1 {self._rules.to} ", text) if any(dash in text for dash in "-–—") else text

    def rest(self, text: str) -> str:
        """Everything that is still a number."""
        text = self._ordinal.sub(self._marked_ordinal, text)
        text = self._pointed.sub(self._pointed_ordinal, text)
        text = self._fraction.sub(self._said_fraction, text)
        text = self._over.sub(rf"\1 {self._rules.over} ", text)
        text = self._product.sub(f" {self._rules.times} ", text)
        return self._number.sub(self._said_number, text)

    def pointed(self, number: int, before: str) -> str:
        """An ordinal in the form that what stands before it asks for: ``am fünfundzwanzigsten``."""
        found = self._before.search(before[-LONGEST_BEFORE:])
        end = self._ends[found[1].lower()] if found else self._rules.ordinal_alone
        return self.ordinal(number) + end

    def _is_one(self, plain: str) -> bool:
        below = self._rules.singular_below
        return float(plain) < below if below is not None else plain == "1"

    def _marked_ordinal(self, match: re.Match[str]) -> str:
        off, on = self._rules.ordinals[match[2]]
        words = self.ordinal(int(match[1])).split(" ")
        return " ".join(word.removesuffix(off) + on if word.endswith(off) else word for word in words)

    def _pointed_ordinal(self, match: re.Match[str]) -> str:
        before = match.string[: match.start()]
        return self.pointed(int(match[1]), before) if self._before.search(before[-LONGEST_BEFORE:]) else match.group()

    def _said_fraction(self, match: re.Match[str]) -> str:
        alone, behind = self._rules.fractions[match[2]]
        return self._rules.mixed.format(whole=self.words(match[1], "m"), fraction=behind) if match[1] else alone

    def _said_number(self, match: re.Match[str]) -> str:
        written = match["number"]
        plain = self.plain(written)
        if written.isdecimal() and written[0] == "0" and len(written) > 1:
            return self.signed(match["sign"], self.digits(written))
        is_year = written.isdecimal() and len(written) == 4 and "1100" <= written < "2100" and not match["sign"]
        words = self.year(written) if is_year else self.words(plain)
        if words[0].isdecimal():
            return match.group()
        counts_something = re.match(r" [^\W\d]", match.string[match.end() : match.end() + 2])
        if counts_something and words.endswith(self._changes) and self._changes:
            return match.group()
        return self.signed(match["sign"], words)


def _said(library: str, dialect: str, number: int, kind: str = "cardinal") -> str:
    """A number in words. Only small ones are kept: a large one may be somebody's."""
    return _kept(library, dialect, number, kind) if number < KEPT_BELOW else _asked(library, dialect, number, kind)


def _asked(library: str, dialect: str, number: int, kind: str) -> str:
    if library == "indic_numtowords":
        from indic_numtowords import num2words as indic

        return str(indic(number, lang=dialect))
    from num2words import num2words

    return str(num2words(number, lang=dialect, to=kind)).replace(",", "")


_kept = cache(_asked)
