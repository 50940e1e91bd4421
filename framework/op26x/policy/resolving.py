"""Puts the policy of a call together: the law of every place that it touches, and what everybody else demands."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from op26x.errors import PolicyError
from op26x.policy.effective import EffectivePolicy, Fragment, decided_by, join
from op26x.policy.hours import local_day
from op26x.policy.own_rows import OwnRow
from op26x.policy.places import Whereabouts, languages_of
from op26x.policy.rows import CallPurpose, Circumstances, Ground
from op26x.policy.tables import LAW, LawTables

EARLIEST, LATEST = date(2024, 1, 1), date(2100, 1, 1)
"""A clock that says otherwise is wrong."""


@dataclass(frozen=True, slots=True)
class PolicyCall:
    """What is known of a call when its policy is resolved.

    Attributes:
        person: Where the person on the phone may be.
        ours: Where our side may be.
        at: When, UTC.
        outbound: Whether we call.
        purpose: What for; nothing if the agent does not say, and then what holds for every purpose holds.
        grounds: What is proved, which lifts rows that name it.
        overridden: Rows that the organization has overridden, each with what is said of that.
    """

    person: Whereabouts
    ours: Whereabouts
    at: datetime
    outbound: bool = False
    purpose: CallPurpose | None = None
    grounds: frozenset[Ground] = field(default_factory=frozenset)
    overridden: tuple[tuple[str, str], ...] = ()


class Policies:
    """Resolves policies.

    Args:
        law: The tables.
    """

    def __init__(self, law: LawTables = LAW) -> None:
        self.law = law
        self._joined = lru_cache(maxsize=2000)(self._join)

    def resolve(
        self, call: PolicyCall, fragments: Iterable[Fragment] = (), own: Iterable[OwnRow] = ()
    ) -> EffectivePolicy:
        """The policy of a call.

        Args:
            call: What is known of it.
            fragments: What installation, organization, agent and plugins demand.
            own: The organization's rows about such calls.

        Raises:
            PolicyError: The clock is wrong by years, so that nobody knows which law is in force.
        """
        if not EARLIEST <= call.at.date() < LATEST:
            raise PolicyError(
                f"The clock says {call.at.date()}.", "Set the machine's clock: laws hold from day to day."
            )
        return self._joined(call.person, call.ours.places, _circumstances(call), tuple(fragments), tuple(own))

    def strictest(self, call: PolicyCall, fragments: Iterable[Fragment], own: Iterable[OwnRow] = ()) -> EffectivePolicy:
        """The policy of a call of which not even the day is known: what holds on any day holds."""
        circumstances = (Circumstances(None, call.outbound),)
        return self._joined(call.person, call.ours.places, circumstances, tuple(fragments), tuple(own))

    def _join(
        self,
        person: Whereabouts,
        ours: frozenset[str],
        circumstances: tuple[Circumstances, ...],
        fragments: tuple[Fragment, ...],
        own: tuple[OwnRow, ...],
    ) -> EffectivePolicy:
        places = person.places | ours
        law = [self.law.demanded(places, day) for day in circumstances]
        added = (one for day in circumstances for row in own for one in row.fragments(places, day))
        everything = tuple(dict.fromkeys([*(one for day in law for one in day.fragments), *added, *fragments]))
        rules = join(everything)
        return EffectivePolicy(
            **{name: getattr(rules, name) for name in rules.__struct_fields__},
            decided_by=decided_by(everything),
            places=tuple(sorted(places)),
            zones=tuple(sorted(person.zones)),
            languages=tuple(dict.fromkeys(one for place in sorted(person.places) for one in languages_of(place))),
            tables=dict(self.law.versions),
            lifted=dict(sorted(pair for day in law for pair in day.lifted)),
        )


def _circumstances(call: PolicyCall) -> tuple[Circumstances, ...]:
    """On each day that it is where the person may be: a law begins and ends by their calendar."""
    days = {call.at.date(), *(local_day(call.at, zone) for zone in call.person.zones)}
    return tuple(Circumstances(day, call.outbound, call.purpose, call.grounds, call.overridden) for day in sorted(days))
