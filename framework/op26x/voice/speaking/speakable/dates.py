"""Dates in words."""

import re

from op26x.voice.speaking.speakable.numbers import Numbers
from op26x.voice.speaking.speakable.rules import Rules, either

DAY = r"3[01]|[12]\d|0?[1-9]"
MONTHS = 12
SHORT_YEAR = 2


class Dates:
    """The dates of a language.

    Args:
        rules: The language's.
        numbers: Say the numbers.

    Attributes:
        month_names: Matches what is read as a month.
    """

    def __init__(self, rules: Rules, numbers: Numbers) -> None:
        self._rules = rules
        self._numbers = numbers
        months = rules.dates.months
        self._month_of = {name.lower(): number for number, names in enumerate(months) for name in names}
        self.month_names = f"(?:{either(name for names in months for name in names)})" + r"(?![^\W\d_])"
        self._iso = re.compile(r"(?<![\w/-])(\d{4})([-/])(\d{2})\2(\d{2})(?![\w/-])(?:T(?=\d\d:))?")
        self._numeric = re.compile(r"(?<![\w./-])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d\d)(?![\w/-]|\.\d)")
        self._month_year = re.compile(r"(?<![\w./-])(0?[1-9]|1[0-2])/(20\d\d)(?![\w/-]|[.,]\d)")
        self._zero = re.compile(r"(?<![\w./-])(?=0|\d\d?/0)(\d{1,2})/(\d{1,2})(?![\w/-]|[.,]\d)")
        self._points = re.compile(r"(?<![\w.,])(\d{1,2})\.(\d{1,2})\.(?=$|[\s,;)–-])")
        self._day_month, self._month_day = self._with_names()

    def dates(self, text: str) -> str:
        """Dates, whether their month is a number or a name."""
        text = self._iso.sub(lambda m: self._checked(m, day=m[4], month=m[3], year=m[1]), text)
        text = self._numeric.sub(self._numeric_date, text)
        text = self._month_year.sub(self._month_of_year, text)
        text = self._zero.sub(self._day_of_month, text)
        if self._rules.ordinal_point:
            text = self._points.sub(self._day_of_month, text)
        text = self._day_month.sub(self._named_month, text)
        return self._month_day.sub(self._named_month, text)

    def _with_names(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        dates = self._rules.dates
        article = rf"(?:(?i:\b{dates.article}) )?" if dates.article else ""
        of = rf"(?: {dates.of})?" if dates.of else ""
        mark, point = rf"(?:{either(self._rules.ordinals)})?", rf"(?:{either((*self._rules.ordinals, '.'))})?"
        year = rf"(?:,?{of} ?(?P<year>[12]\d{{3}})(?!\d|[.,:/]\d))?"
        month = rf"(?P<month>{self.month_names})(?P<point>\.)?"
        since = rf"(?:(?P<since>{DAY}){point} ?[-–] ?)?"
        until = rf"(?: ?[-–] ?(?P<until>{DAY}){mark}(?!\d))?"
        return (
            re.compile(rf"{article}(?<![\w.,:/-]){since}(?P<day>{DAY}){point}{of} ?(?i:{month}){year}"),
            re.compile(rf"\b{month} {article}(?P<day>{DAY}){mark}{until}(?![\w%€°]|[.,:/]\d){year}"),
        )

    def _numeric_date(self, match: re.Match[str]) -> str:
        first, last, year = match[1], match[3], match[4]
        by_point = match[2] == "."
        day, month = (last, first) if self._rules.dates.order == "mdy" and not by_point else (first, last)
        if int(month) > MONTHS:
            day, month = month, day
        return self._checked(match, day=day, month=month, year=f"20{year}" if len(year) == SHORT_YEAR else year)

    def _month_of_year(self, match: re.Match[str]) -> str:
        dates = self._rules.dates
        return dates.months[int(match[1]) - 1][0] + dates.year.format(year=self._numbers.year(match[2]))

    def _day_of_month(self, match: re.Match[str]) -> str:
        first, last = match[1], match[2]
        by_point = match.group().endswith(".")
        day, month = (last, first) if self._rules.dates.order == "mdy" and not by_point else (first, last)
        if not (1 <= int(month) <= MONTHS and 1 <= int(day) <= 31):
            return match.group()
        ends_the_text = by_point and not match.string[match.end() :].strip()
        return self._date(self._day(match, day), int(month) - 1, None) + ("." if ends_the_text else "")

    def _checked(self, match: re.Match[str], *, day: str, month: str, year: str) -> str:
        if not (1 <= int(month) <= MONTHS and 1 <= int(day) <= 31 and "1100" <= year < "2100"):
            return match.group()
        return self._date(self._day(match, day), int(month) - 1, year)

    def _named_month(self, match: re.Match[str]) -> str:
        found = match.groupdict()
        month = self._month_of[match["month"].lower()]
        day = self._day(match, match["day"])
        if found.get("since"):
            day = f"{self._day(match, match['since'])} {self._rules.to} {day}"
        if found.get("until"):
            day = f"{day} {self._rules.to} {self._day(match, match['until'])}"
        date = self._date(day, month, match["year"])
        return date + "." if match["point"] and self._ends_sentence(match, month) else date

    def _ends_sentence(self, match: re.Match[str], month: int) -> bool:
        """Whether the point behind a month is the sentence's rather than the abbreviation's."""
        is_last = match.end() == match.end("point")
        written_out = match["month"].lower() == self._rules.dates.months[month][0].lower()
        return is_last and (written_out or not match.string[match.end() :].strip())

    def _day(self, match: re.Match[str], day: str) -> str:
        dates = self._rules.dates
        if int(day) == 1 and dates.first:
            return dates.first
        if dates.day == "ordinal":
            return self._numbers.pointed(int(day), match.string[: match.start()])
        return self._numbers.cardinal(str(int(day)))

    def _date(self, day: str, month: int, year: str | None) -> str:
        dates = self._rules.dates
        date = dates.said.format(day=day, month=dates.months[month][0])
        return date + dates.year.format(year=self._numbers.year(year)) if year else date
