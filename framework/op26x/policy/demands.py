"""What a row may demand, a law's or an organization's own, in the words of the tables."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

import msgspec

from op26x.policy.hours import DAY, CallingHours, Span
from op26x.policy.modes import RecordingMode
from op26x.policy.rules import Attempts, CallConsent, Disclosure, Rules

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Seconds = Annotated[float, msgspec.Meta(gt=0, le=600)]
Days = Annotated[int, msgspec.Meta(ge=1, le=36500)]
END = r"(?!\n)$"
"""The end of a pattern: without this, a line break may follow. JSON Schema knows no ``\\Z``."""
SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
"""What rows, campaigns and registries are called: ``us-ca-recording``."""
Windows = Annotated[str, msgspec.Meta(pattern=r"^\d\d:\d\d-\d\d:\d\d(,\d\d:\d\d-\d\d:\d\d)*" + END)]
RegistryName = Annotated[str, msgspec.Meta(pattern=f"^{SLUG}{END}")]


class Demands(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    rename={"closed_on": "closed"},
):
    """What a row demands, and when.

    Attributes:
        effective: The first day on which it holds.
        until: The last one.
        mode: What must have happened before a byte is recorded.
        on_recording: The announcement must be on the recording.
        listening: A notice is needed before a machine hears.
        window: Hours in which calls may be made, ``08:00-21:00`` or several with commas.
        saturday: The same on Saturdays.
        sunday: The same on Sundays.
        days: Weekdays on which they may be made.
        closed_on: On public ``holidays``, or weekdays on which they may not.
        attempts: How often.
        forbidden: Such calls may not be made.
        consent: What must be agreed before.
        consent_within_days: How long ago at most.
        registry: The do-not-call registry that must have been looked at.
        registry_within_days: How old it may be.
        identify: Who calls must be told.
        identify_within: Within so many seconds.
        end_within: A call that is not wanted ends within so many seconds.
        opt_out: How never to be called again must be told.
        ai_disclosure: When it must be told that a machine speaks.
        human_on_request: A person must be put through to a person.
        duty: What the organization must do itself.
        every_call: It is about calls that come in as well, though it is a duty.
    """

    effective: date | None = None
    until: date | None = None
    mode: RecordingMode | None = None
    on_recording: bool = False
    listening: bool = False
    window: Windows | None = None
    saturday: Windows | None = None
    sunday: Windows | None = None
    days: tuple[Weekday, ...] = WEEK
    closed_on: tuple[Weekday | Literal["holidays"], ...] = ()
    attempts: tuple[Attempts, ...] = ()
    forbidden: bool = False
    consent: CallConsent = CallConsent.NONE
    consent_within_days: Days | None = None
    registry: RegistryName = ""
    registry_within_days: Days | None = None
    identify: bool = False
    identify_within: Seconds | None = None
    end_within: Seconds | None = None
    opt_out: bool = False
    ai_disclosure: tuple[Disclosure, ...] = ()
    human_on_request: bool = False
    duty: str = ""
    every_call: bool = False

    def holds_on(self, day: date | None) -> bool:
        """Whether it is in force on a day; of a day that is not known, it may be."""
        if day is None:
            return True
        return (self.effective is None or self.effective <= day) and (self.until is None or day <= self.until)

    @property
    def only_outbound(self) -> bool:
        """Whether it is about calls that we place, as all is but recording, listening, machine and human."""
        every = self.mode, self.on_recording, self.listening, self.ai_disclosure, self.human_on_request
        return not (self.every_call or any(every))

    def rules(self, place: str) -> Rules:
        """What it demands, for a person in a place.

        Raises:
            ValueError: Its hours are none.
        """
        return Rules(
            recording=self.mode or RecordingMode.ONE_PARTY,
            announcement_recorded=self.on_recording,
            listening_notice=self.listening,
            ai_disclosure=frozenset(self.ai_disclosure),
            identify_caller=self.identify,
            identify_within_s=self.identify_within,
            end_within_s=self.end_within,
            opt_out=self.opt_out,
            human_on_request=self.human_on_request,
            call_consent=self.consent,
            consent_within_days=self.consent_within_days,
            registries=frozenset({self.registry} if self.registry else ()),
            registry_within_days=self.registry_within_days,
            forbidden=self.forbidden,
            hours=self._hours(place),
            attempts=frozenset(self.attempts),
            duties=frozenset({self.duty} if self.duty else ()),
        )

    def _hours(self, place: str) -> CallingHours:
        closed = {day for day in WEEK if day not in self.days or day in self.closed_on}
        own = {"sat": self.saturday, "sun": self.sunday}
        week = tuple(() if day in closed else tuple(_spans(own.get(day) or self.window)) for day in WEEK)
        return CallingHours(week, frozenset({place} if "holidays" in self.closed_on else ()))


def _spans(windows: str | None) -> Iterator[Span]:
    """The spans of a day.

    Raises:
        ValueError: One ends before it begins, or begins before the one before it has ended.
    """
    before = 0
    for window in windows.split(",") if windows else ["00:00-24:00"]:
        start, end = map(_minutes, window.split("-"))
        if not before <= start < end:
            raise ValueError(f"the window {windows} is not in order")
        before = end
        yield start, end


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    found = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or found > DAY:
        raise ValueError(f"{clock} is no time of day")
    return found
