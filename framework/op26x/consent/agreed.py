"""Whether a person's decisions amount to consent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from op26x.consent.model import Consent, ConsentPurpose, ConsentState

WRITTEN = frozenset({"form", "letter"})
"""Evidence that is in writing; an electronic form is (15 U.S.C. 7001; 47 CFR 64.1200(f)(9))."""
NO = frozenset({ConsentState.REFUSED, ConsentState.WITHDRAWN})
TO_BE_CALLED = frozenset({ConsentPurpose.CALL, ConsentPurpose.MARKETING, ConsentPurpose.CONTRACT})
"""Purposes for which somebody may be called."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a person decided on being called, and on purposes that they may be called for.

    Attributes:
        entries: Entries of the ledger, newest first.
    """

    entries: Sequence[Consent] = ()

    @property
    def want_no_calls(self) -> bool:
        """Whether they said no to being called, and have not said yes since."""
        last = self._last(ConsentPurpose.CALL)
        return last is not None and last.state in NO

    def agree(
        self,
        purposes: Collection[ConsentPurpose],
        now: datetime,
        *,
        written: bool = False,
        within_days: int | None = None,
    ) -> bool:
        """Whether they have agreed to one of several purposes, and have not taken it back.

        Whoever once said no to being called has taken back everything that they agreed to before, for good.

        Args:
            purposes: Any of them will do.
            now: The time, UTC.
            written: It must be in writing.
            within_days: Not longer ago than this.
        """
        calls = (one for one in self.entries if one.purpose == ConsentPurpose.CALL and one.state in NO)
        taken_back = next((one.at for one in calls), None)
        oldest = now - timedelta(days=within_days) if within_days is not None else None
        return any(
            one.state_at(now) is ConsentState.GRANTED
            and (not written or one.evidence in WRITTEN)
            and (taken_back is None or one.at > taken_back)
            and (oldest is None or one.at >= oldest)
            for one in map(self._last, purposes)
            if one is not None
        )

    def _last(self, purpose: ConsentPurpose) -> Consent | None:
        return next((one for one in self.entries if one.purpose == purpose), None)
