"""The core's tool for secure entry: what it takes, and what the LLM is told."""

from collections.abc import Callable
from typing import get_args

import jsonschema
import pytest

from op26x.agents import Entered, EntryEnd, ToolCall, call_tool
from op26x.agents.digits import LENGTHS, Enterable, collect_digits_tool, fault_of, is_done
from op26x.agents.keypad import LONGEST_ENTRY
from op26x.errors import IllegalTransition
from op26x.redaction import Entity
from op26x.types import Personal

CARD = "4242424242424242"


class Pressed:
    """A keypad on which something was entered."""

    def __init__(self, digits: str, end: EntryEnd = EntryEnd.HASH) -> None:
        self.digits = digits
        self.end = end
        self.asked: list[tuple[str, int, bool]] = []

    async def collect(
        self, entity: str, most: int = LONGEST_ENTRY, done: Callable[[str], bool] | None = None
    ) -> Entered:
        """Gives it."""
        assert done is not None
        self.asked.append((entity, most, done(self.digits)))
        return Entered(Personal(self.digits), self.end)


class Busy(Pressed):
    """A keypad on which something is being entered."""

    async def collect(self, *_: object) -> Entered:
        """Refuses."""
        raise IllegalTransition("The caller is entering something already.")


async def told(keypad: Pressed | None, **arguments: object) -> object:
    call = ToolCall("01CALL", "clinic", keypad=keypad)
    return (await call_tool(collect_digits_tool(), call, arguments)).data


async def test_what_was_entered_goes_to_whoever_redacts_it() -> None:
    keypad = Pressed(CARD)
    assert await told(keypad, what="CARD") == {"status": "entered", "digits": CARD}
    assert keypad.asked == [("CARD", 19, True)]


@pytest.mark.parametrize(
    ("keypad", "arguments", "error"),
    [
        (None, {"what": "CARD"}, "There is no keypad here."),
        (Busy(""), {"what": "CARD"}, "The caller is entering something already."),
        (Pressed("", EntryEnd.NOTHING), {"what": "CARD"}, "Nothing was entered."),
        (Pressed("4242", EntryEnd.CALL_OVER), {"what": "CARD"}, "The call is over."),
        (Pressed("4242"), {"what": "CARD"}, "4 digits were entered, and it has 12 to 19."),
        (Pressed("123"), {"what": "ONE_TIME_CODE", "length": 6}, "3 digits were entered, and it has 6."),
        (Pressed(CARD[:-1] + "3"), {"what": "CARD"}, "A digit is wrong or missing."),
        (Pressed("1"), {"what": "NAME"}, "Wrong arguments"),
    ],
)
async def test_what_can_not_be_used_is_asked_for_again(
    keypad: Pressed | None, arguments: dict[str, object], error: str
) -> None:
    result = await told(keypad, **arguments)
    assert isinstance(result, dict)
    assert error in result["error"]
    assert "4242" not in str(result), "the LLM is told no digit that is wrong"


@pytest.mark.parametrize(
    ("what", "right", "wrong"),
    [
        ("CARD", CARD, "4242424242424241"),
        ("CARD_EXPIRY", "1228", "1328"),
        ("ROUTING_NUMBER", "021000021", "021000022"),
        ("NHS_NUMBER", "9434765919", "9434765918"),
        ("AADHAAR", "234123412346", "234123412347"),
        ("PIN", "4821", "48"),
    ],
)
def test_digits_that_can_not_be_right_are_known(what: str, right: str, wrong: str) -> None:
    assert fault_of(what, right) == ""
    assert fault_of(what, wrong)


def test_what_can_be_entered_is_an_entity_with_a_length() -> None:
    assert set(get_args(Enterable)) == set(LENGTHS)
    assert set(LENGTHS) <= {one.value for one in Entity}
    jsonschema.Draft202012Validator.check_schema(collect_digits_tool().schema())


@pytest.mark.parametrize(
    ("what", "digits", "length", "done"),
    [
        ("CARD", CARD, 0, True),
        ("CARD", "424242424242", 0, False),
        ("CARD", "378282246310005", 0, True),
        ("BANK_ACCOUNT", "12345", 0, False),
        ("BANK_ACCOUNT", "12345", 5, True),
        ("PIN", "4821", 0, False),
        ("SSN", "123456789", 0, True),
        ("SSN", "12345678", 0, False),
    ],
)
def test_only_what_is_certainly_whole_needs_no_long_wait(what: str, digits: str, length: int, done: bool) -> None:
    assert is_done(what, digits, length) is done
