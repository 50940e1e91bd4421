"""What becomes of callers who ask for a person, where nobody is whom they could be put through to."""

from op26x.agents import HumanChoice
from op26x.calls import Call, CallLog
from op26x.types import PhoneNumber
from op26x.voice.consent.person_request import PersonRequest


async def _never(number: PhoneNumber) -> None:
    raise AssertionError("nobody is to be put through")


def nobody(call: Call, calls: CallLog) -> PersonRequest:
    """They are told so."""
    return PersonRequest(call, HumanChoice(), calls, _never)
