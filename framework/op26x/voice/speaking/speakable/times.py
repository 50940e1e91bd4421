"""Times of the day in words."""

import re

from op26x.voice.speaking.speakable.numbers import Numbers
from op26x.voice.speaking.speakable.rules import Rules, either

APART = r"(?<![\w:.,])"


class Times:
    """The times of a language.

    Args:
        rules: The language's.
        numbers: Say the numbers.
    """

    def __init__(self, rules: Rules, numbers: Numbers) -> None:
        self._rules = rules.times_of_day
        self._numbers = numbers
        after = either(self._rules.after)
        half = rf"(?P<half>{either(self._rules.halves)})(?!\w)"
        colon = f"[:{self._rules.letter}]"
        clock = rf"(?P<hour>[01]?\d|2[0-4]) ?{colon} ?(?P<minute>[0-5]\d)(?!\d|[:.]\d)"
        self._clock = re.compile(rf"{APART}{clock}(?: ?{half})?(?: ?(?:{after})(?!\w))?")
        self._half = re.compile(rf"{APART}(?P<hour>1[0-2]|0?[1-9])(?P<minute>) ?{half}")
        self._after = re.compile(
            rf"{APART}(?P<hour>[01]?\d|2[0-4])(?:\.(?P<minute>[0-5]\d))?(?P<half>) ?(?:{after})(?!\w)"
        )
        self._seconds = re.compile(rf"{APART}(\d?\d):([0-5]\d):([0-5]\d)(?![\w:]|\.\d)")

    def times(self, text: str) -> str:
        """Times of the day; hours, minutes and seconds become lengths of time, for the units."""
        text = self._seconds.sub(self._length, text)
        for pattern in (self._clock, self._half, self._after):
            text = pattern.sub(self._time, text)
        return text

    def _length(self, match: re.Match[str]) -> str:
        return " ".join(f"{int(count)} {unit}" for count, unit in zip(match.groups(), self._rules.lengths, strict=True))

    def _time(self, match: re.Match[str]) -> str:
        hour, minute, half = int(match["hour"]), int(match["minute"] or 0), match["half"]
        said = self._full(hour, bool(half))
        if minute:
            minutes = self._numbers.cardinal(str(minute))
            few = self._rules.few.format(minute=minutes) if minute < 10 else minutes
            said = self._rules.minutes.format(hours=self._full(hour, False), hour=self._hours(hour), minute=few)
        if not half:
            return said
        ends_the_text = half.endswith(".") and not match.string[match.end() :].strip()
        return f"{said} {self._rules.halves[half]}{'.' if ends_the_text else ''}"

    def _full(self, hour: int, with_half: bool) -> str:
        if with_half:
            return self._hours(hour)
        if hour == 1 and self._rules.one:
            return self._rules.one
        form = self._rules.late if hour > 12 or hour == 0 else self._rules.full
        return form.format(hour=self._hours(hour))

    def _hours(self, hour: int) -> str:
        return self._numbers.words(str(hour), self._rules.gender)
