"""Places scheduled calls, each once and as soon as the person may be called."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NoReturn

from op26x import logs
from op26x.audit import Access
from op26x.calls import Installation, NewCall, ScheduledCall, ScheduleState, Workspace
from op26x.calls.admission import SOON
from op26x.calls.scheduled import PLACING
from op26x.errors import AdmissionRefused, IllegalTransition, KeyGone, UsageError
from op26x.voice.call.switchboard import VoiceSwitchboard

log = logs.get("scheduled-calls")

KEEP, LONGEST = timedelta(days=7), timedelta(days=90)
"""How long a call is tried if nothing is said, and how far ahead one may be ordered: a number is not kept for ever."""
SCHEDULE = Access("service", "scheduled")


class Scheduling:
    """Orders and places scheduled calls.

    Args:
        installation: The organizations and their records.
        switchboard: Places calls.
    """

    def __init__(self, installation: Installation, switchboard: VoiceSwitchboard) -> None:
        self._installation = installation
        self._switchboard = switchboard

    async def order(
        self,
        organization_id: str,
        new: NewCall,
        access: Access,
        *,
        not_before: datetime | None = None,
        until: datetime | None = None,
    ) -> ScheduledCall:
        """Places a call at once if that may be, else as soon as it may.

        Args:
            organization_id: Whose call it is.
            new: The call.
            access: Who orders it, and why.
            not_before: Not before then, UTC.
            until: It is given up then; by default seven days after the first moment at which it may be tried.

        Raises:
            UsageError: No such agent, no number, or the times don't fit.
            AdmissionRefused: The person may not be called, and waiting would not help.
            ProviderError: The provider refused or did not answer.
        """
        now = self._installation.clock.now()
        first = max(now, not_before or now)
        latest = now + LONGEST
        if max(first, until or first) > latest:
            raise UsageError(
                f"A call can be ordered {LONGEST.days} days ahead at most.", "Order it later, or choose an earlier end."
            )
        last = until or min(first + KEEP, latest)
        if last <= first:
            raise UsageError("The call would be given up before it may be tried.", "Choose a later time for until.")
        arrival = await self._switchboard.arrival_of(organization_id, new)
        _, refusal = await (await self._switchboard.of(organization_id)).expected(arrival)
        if refusal and refusal.again is None:
            raise refusal.error()
        scheduled = (await self._installation.opened(organization_id)).scheduled
        row = await scheduled.add(new, access, not_before=first, until=last)
        if first <= now:
            await self._try(organization_id, row.id)
        return await scheduled.get(row.id)

    async def due(self) -> list[str]:
        """Scheduled calls that are to be tried now, each as ``ORGANIZATION/ID``; none while no calls are taken."""
        if not self._switchboard.accepting:
            return []
        now = self._installation.clock.now()
        return ["/".join(one) for one in await self._installation.across.due_scheduled_calls(now)]

    async def carry_out(self, which: str) -> None:
        """Tries one of ``due``. It may be repeated: a call is never placed twice."""
        organization_id, _, scheduled_id = which.partition("/")
        try:
            await self._try(organization_id, scheduled_id)
        except Exception as error:  # the next one is not to wait for what is wrong with this one
            log.warning("a scheduled call came to nothing", scheduled_call=scheduled_id, exc_info=error)

    async def _try(self, organization_id: str, scheduled_id: str) -> None:
        """Tries one, which is then placed or waits on; raises why it came to nothing."""
        work = await self._installation.opened(organization_id)
        row = await work.scheduled.claim(scheduled_id)
        if row is None:
            await self._lost(work, scheduled_id)
            return
        if row.until <= self._installation.clock.now():
            await self._over(work, scheduled_id)
        asked = False

        async def still() -> None:
            nonlocal asked
            if not await work.scheduled.renew(scheduled_id):
                raise IllegalTransition("The call has waited so long that it was given up.")
            asked = True

        try:
            new = await work.scheduled.opened(row)
            call_id = await self._place(organization_id, new, still)
        except KeyGone:
            await self._over(work, scheduled_id)
        except AdmissionRefused as refused:
            if refused.again is None:
                await work.scheduled.settle(scheduled_id, ScheduleState.REFUSED, SCHEDULE, reason=refused.message)
                raise
            await work.scheduled.put_off(scheduled_id, min(refused.again, row.until), refused.reason or refused.message)
        except Exception as error:
            if asked or isinstance(error, UsageError):  # the phone may have rung, or nobody could call
                kind = type(error).__name__
                await work.scheduled.settle(scheduled_id, ScheduleState.FAILED, SCHEDULE, reason=kind)
                raise
            log.error("a scheduled call could not be placed yet", scheduled_call=scheduled_id, exc_info=error)
            soon = min(self._installation.clock.now() + SOON, row.until)
            await work.scheduled.put_off(scheduled_id, soon, type(error).__name__)
        else:
            await work.scheduled.settle(scheduled_id, ScheduleState.PLACED, SCHEDULE, call_id=call_id)

    async def _place(self, organization_id: str, new: NewCall, still: Callable[[], Awaitable[None]]) -> str:
        """Places a call; of one that may not be placed now, no record of a call is made."""
        arrival = await self._switchboard.arrival_of(organization_id, new)
        _, refusal = await (await self._switchboard.of(organization_id)).expected(arrival)
        if refusal:
            raise refusal.error()
        return await self._switchboard.place(organization_id, new, still)

    async def _over(self, work: Workspace, scheduled_id: str) -> NoReturn:
        await work.scheduled.settle(scheduled_id, ScheduleState.EXPIRED, SCHEDULE)
        raise AdmissionRefused("The time to place the call was over before the person could be called.")

    async def _lost(self, work: Workspace, scheduled_id: str) -> None:
        """Gives up what a service was placing when it was killed: the telephone may have rung, and is left alone."""
        row = await work.scheduled.get(scheduled_id)
        if row.state != ScheduleState.PLACING or row.not_before > self._installation.clock.now() - PLACING:
            return
        await work.scheduled.settle(scheduled_id, ScheduleState.FAILED, SCHEDULE, reason="service-stopped")
        raise AdmissionRefused("The service was stopped while it placed the call.")
