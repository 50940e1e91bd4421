"""Dates and times of the day in words."""

import re

from op26x.voice.speaking.speakable.numbers import Numbers
from op26x.voice.speaking.speakable.rules import Rules

SHORT_YEAR = 2


class Dates:
    """The dates and times of a language.

    Args:
        rules: The language's.
        numbers: Say the numbers.

    Attributes:
        month_names: Matches what is read as a month.
    """

    def __init__(self, rules: Rules, numbers: Numbers) -> None:
        self._rules = rules
        self._numbers = numbers
        dates, times = rules.dates, rules.times_of_day
        self._month_of = {name.lower(): number for number, names in enumerate(dates.months) for name in names}
        names = sorted((name for names in dates.months for name in names), key=len, reverse=True)
        self.month_names = "(?:" + "|".join(map(re.escape, names)) + r")(?![^\W\d_])"
        before = "|".join(map(re.escape, sorted(rules.ordinal_point, key=len, reverse=True))) or r"(?!)"
        self._before = rf"(?:(?P<before>(?i:\b(?:{before}))) )?"
        article = rf"(?:(?i:\b{dates.article}) )?" if dates.article else ""
        marks = "|".join(map(re.escape, (*rules.ordinals, "."))) if rules.ordinals or rules.ordinal_point else r"\."
        day = rf"(?P<day>3[01]|[12]\d|0?[1-9])(?:{marks})?"
        of = rf"(?: {dates.of})?" if dates.of else ""
        year = rf"(?:,? ?{f'(?:{dates.of} )?' if dates.of else ''}(?P<year>[12]\d{{3}})(?!\d|[.,:/]\d))?"
        month = rf"(?P<month>{self.month_names})(?P<point>\.)?"
        self._day_month = re.compile(rf"{self._before}{article}(?<![\w.,:/-]){day}{of} ?{month}{year}")
        self._month_day = re.compile(rf"\b{month} {article}{day}(?![\w%€°]|[.,:/]\d){year}")
        self._iso = re.compile(rf"{self._before}(?<![\w-])(\d{{4}})-(\d{{2}})-(\d{{2}})(?![\w-])(?:T(?=\d\d:))?")
        self._numeric = re.compile(
            rf"{self._before}(?<![\w./-])(\d{{1,2}})([./-])(\d{{1,2}})\3(\d{{4}}|\d\d)(?![\w/-]|\.\d)"
        )
        after = "|".join(map(re.escape, times.after)) or r"(?!)"
        halves = "|".join(map(re.escape, sorted(times.halves, key=len, reverse=True))) or r"(?!)"
        colon = rf"(?:[:{times.letter}])" if times.letter else ":"
        self._clock = re.compile(
            rf"(?<![\w:.,])(?P<hour>[01]?\d|2[0-4]) ?{colon} ?(?P<minute>[0-5]\d)(?!\d|[:.]\d)(?: ?(?P<half>{halves})(?!\w))?(?: ?(?:{after})(?!\w))?"
        )
        self._hour = re.compile(
            rf"(?<![\w:.,])(?P<hour>1[0-2]|0?[1-9]) ?(?P<half>{halves})(?!\w)|"
            rf"(?<![\w:.,])(?P<hour24>[01]?\d|2[0-4])(?:\.(?P<minute>[0-5]\d))? ?(?:{after})(?!\w)"
        )
        self._seconds = re.compile(r"(?<![\w:.,])(\d?\d):([0-5]\d):([0-5]\d)(?![\w:]|\.\d)")

    def dates(self, text: str) -> str:
        """Dates, whether their month is a number or a name."""
        text = self._iso.sub(lambda m: self._checked(m, day=m[4], month=m[3], year=m[2]), text)
        text = self._numeric.sub(self._numeric_date, text)
        text = self._day_month.sub(self._named_month, text)
        return self._month_day.sub(self._named_month, text)

    def times(self, text: str) -> str:
        """Times of the day; hours, minutes and seconds become lengths of time, for the units."""
        text = self._seconds.sub(lambda m: f"{int(m[1])} h {int(m[2])} min {int(m[3])} s", text)
        text = self._clock.sub(lambda m: self._time(m["hour"], m["minute"], m["half"]), text)
        return self._hour.sub(lambda m: self._time(m["hour"] or m["hour24"], m["minute"] or "00", m["half"]), text)

    def _numeric_date(self, match: re.Match[str]) -> str:
        first, last, year = match[2], match[4], match[5]
        by_point = match[3] == "."
        day, month = (last, first) if self._rules.dates.order == "mdy" and not by_point else (first, last)
        if int(month) > 12:
            day, month = month, day
        if len(year) == SHORT_YEAR:
            year = f"20{year}"
        return self._checked(match, day=day, month=month, year=year)

    def _checked(self, match: re.Match[str], *, day: str, month: str, year: str) -> str:
        if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
            return match.group()
        return self._date(match["before"], int(day), int(month) - 1, year)

    def _named_month(self, match: re.Match[str]) -> str:
        before = match.groupdict().get("before")
        month = self._month_of[match["month"].lower()]
        date = self._date(before, int(match["day"]), month, match["year"])
        return date + "." if match["point"] and self._ends_sentence(match, month) else date

    def _ends_sentence(self, match: re.Match[str], month: int) -> bool:
        """Whether the point behind a month is the sentence's rather than the abbreviation's."""
        is_last = match.end() == match.end("point")
        written_out = match["month"].lower() == self._rules.dates.months[month][0].lower()
        return is_last and (written_out or not match.string[match.end() :].strip())

    def _date(self, before: str | None, day: int, month: int, year: str | None) -> str:
        dates = self._rules.dates
        if day == 1 and dates.first:
            said = dates.first
        elif dates.day == "ordinal":
            said = self._numbers.pointed(before or "", day)
        else:
            said = self._numbers.cardinal(str(day))
        date = dates.said.format(day=said, month=dates.months[month][0])
        if year:
            date += dates.year.format(year=self._numbers.year(year))
        return f"{before} {date}" if before else date

    def _time(self, hour: str, minute: str, half: str | None) -> str:
        times = self._rules.times_of_day
        hours = self._numbers.words(str(int(hour)), times.gender)
        if minute == "00":
            said = (times.late if int(hour) > 12 or hour == "00" else times.full).format(hour=hours)
            said = hours if half else said
        else:
            minutes = self._numbers.cardinal(str(int(minute)))
            few = times.few.format(minute=minutes) if int(minute) < 10 else minutes
            said = times.minutes.format(hour=hours, minute=few)
        if int(hour) == 1 and times.one:
            said = said.replace(times.full.format(hour=hours), times.one)
        return f"{said} {times.halves[half]}" if half else said
