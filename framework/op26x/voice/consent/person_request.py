"""The wish to talk to a person: the caller is put through, called back, or told that neither can be."""

from collections.abc import Awaitable, Callable

from op26x import logs
from op26x.agents import HumanChoice, HumanMode
from op26x.calls import Call, CallLog
from op26x.consent import DEMANDED, Notice
from op26x.policy import EffectivePolicy
from op26x.types import PhoneNumber

log = logs.get("voice")

TOLD = {
    HumanMode.TRANSFER: Notice.PUT_THROUGH,
    HumanMode.CALL_BACK: Notice.CALLED_BACK,
    HumanMode.NONE: Notice.NO_PERSON,
    HumanMode.AGENT: Notice.NO_PERSON,
}


def owed(choice: HumanChoice, policy: EffectivePolicy) -> HumanChoice:
    """What becomes of a caller who asks for a person, under a policy: where the law wants one, nobody is sent away."""
    if policy.human_on_request and choice.mode is HumanMode.NONE:
        return HumanChoice(HumanMode.CALL_BACK)
    return choice


class PersonRequest:
    """What becomes of it in one call.

    Args:
        call: As stored.
        choice: What becomes of it, as ``owed`` has it.
        calls: Where it is noted.
        transfer: Puts the call through to a number, and ends it here.

    Attributes:
        promised: The caller was told, or is being told, that somebody takes over: the call does not end by itself.
        transferring: The carrier was asked to, so that the end of the media stream is no hang-up.
    """

    def __init__(
        self, call: Call, choice: HumanChoice, calls: CallLog, transfer: Callable[[PhoneNumber], Awaitable[None]]
    ) -> None:
        self._call = call
        self._choice = choice
        self._calls = calls
        self._transfer = transfer
        self.promised = self.transferring = False

    async def note(self) -> Notice:
        """Notes the wish; returns what the caller is told."""
        mode = self._choice.mode
        if mode is HumanMode.CALL_BACK and not self._call.subject_index:
            mode = HumanMode.NONE
        try:
            await self._calls.person_requested(self._call.id, mode.value, DEMANDED.who)
        except Exception as error:
            log.error("a wish to talk to a person could not be noted", call=self._call.id, exc_info=error)
            if mode is HumanMode.CALL_BACK:
                return Notice.NOT_NOTED
        self.promised = mode is HumanMode.TRANSFER
        return TOLD[mode]

    async def told(self, notice: Notice) -> Notice | None:
        """Puts the caller through once they were told so; returns what they are told if that fails."""
        if notice is not Notice.PUT_THROUGH or self.transferring:
            return None
        self.transferring = True
        try:
            await self._transfer(PhoneNumber(self._choice.number))
        except Exception as error:
            log.error("a caller could not be put through", call=self._call.id, exc_info=error)
            self.promised = self.transferring = False
            return Notice.NOT_PUT_THROUGH
        return None
