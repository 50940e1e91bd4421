"""Whether a person's decisions amount to consent."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta

from op26x.consent.model import Consent, ConsentPurpose, ConsentState

WRITTEN = frozenset({"form", "letter"})
"""Evidence that is in writing; an electronic form is (15 U.S.C. 7001; 47 CFR 64.1200(f)(9))."""

Standing = Callable[[str, ConsentPurpose], Awaitable[Consent | None]]


async def has_agreed(
    standing: Standing,
    subject: str,
    purposes: Collection[ConsentPurpose],
    now: datetime,
    *,
    written: bool = False,
    within_days: int | None = None,
) -> bool:
    """Whether a person has agreed to one of several purposes, and has not taken it back.

    Whoever will not be called at all has taken back everything that they agreed to before.

    Args:
        standing: Tells what they decided last for a purpose.
        subject: Who, as a blind index.
        purposes: Any of them will do.
        now: The time, UTC.
        written: It must be in writing.
        within_days: Not longer ago than this.
    """
    decided = {one: found for one in {*purposes, ConsentPurpose.CALL} if (found := await standing(subject, one))}
    calls = decided.get(ConsentPurpose.CALL)
    taken_back = calls.at if calls and calls.state != ConsentState.GRANTED else None
    oldest = now - timedelta(days=within_days) if within_days is not None else None
    return any(
        one.state_at(now) is ConsentState.GRANTED
        and (not written or one.evidence in WRITTEN)
        and (taken_back is None or one.at > taken_back)
        and (oldest is None or one.at >= oldest)
        for purpose, one in decided.items()
        if purpose in purposes
    )
