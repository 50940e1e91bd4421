"""The phone numbers of calls: sealed with the key of the person, and opened again."""

from op26x import logs
from op26x.calls.info import Arrival
from op26x.calls.model import CALLED, CALLER, Call
from op26x.calls.states import Direction
from op26x.datamap import PersonalColumns
from op26x.errors import VaultError
from op26x.types import PhoneNumber
from op26x.vault import BlindIndex, KeyKind, Keyring

log = logs.get("calls")

_CALLER, _CALLED = PersonalColumns(Call, CALLER), PersonalColumns(Call, CALLED)


class CallNumbers:
    """Those of one organization's calls.

    Args:
        index: Makes blind indexes of them.
        keys: Has the keys that they are encrypted with.
    """

    def __init__(self, index: BlindIndex, keys: Keyring) -> None:
        self._index = index
        self._keys = keys

    async def hold(self, call: Call, arrival: Arrival) -> None:
        """Takes both numbers into a call; if no key can be had, one is found and not stored, and the call goes on."""
        await self._hold(call, _CALLER, arrival.caller)
        await self._hold(call, _CALLED, arrival.called)

    async def opened(self, call: Call) -> tuple[PhoneNumber, PhoneNumber]:
        """Both numbers in clear, the caller's first; empty ones were withheld, or are from before the vault.

        Raises:
            KeyGone: They were erased.
        """
        return (
            await self._open(call, _CALLER, call.caller_index),
            await self._open(call, _CALLED, call.called_index),
        )

    async def arrival(self, call: Call) -> Arrival:
        """A call of ours as it was ordered, for what is asked before it is dialled.

        A number is empty if it is not there, or can't be read any more. Places known from elsewhere are not kept.
        """
        return Arrival(
            call.provider,
            call.provider_call_id or "",
            Direction(call.direction),
            await self._readable(call, _CALLER, call.caller_index),
            await self._readable(call, _CALLED, call.called_index),
            call.agent,
            call.organization_id,
            campaign=call.campaign,
        )

    async def _hold(self, call: Call, columns: PersonalColumns, number: PhoneNumber) -> None:
        index = columns.note(call, number, self._index)
        if not number:
            return
        try:
            key = await self._keys.create(KeyKind.SUBJECT, index)
        except VaultError as error:
            log.error("a number can't be stored", call=call.id, exc_info=error)
            return
        columns.seal(call, number, key)

    async def _readable(self, call: Call, columns: PersonalColumns, index: str) -> PhoneNumber:
        try:
            return await self._open(call, columns, index)
        except VaultError:
            return PhoneNumber("")

    async def _open(self, call: Call, columns: PersonalColumns, index: str) -> PhoneNumber:
        if not columns.is_sealed(call):
            return PhoneNumber("")
        key = await self._keys.get(KeyKind.SUBJECT, index)
        return PhoneNumber(columns.open(call, key).reveal())
