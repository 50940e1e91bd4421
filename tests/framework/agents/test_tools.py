"""Tools: a JSON Schema for the LLM, checked arguments, and failures that are told to the LLM alone."""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from op26x.agents import AgentTools, Tool, ToolCall, ToolResult, call_tool, end_call_tool
from op26x.clock import ManualClock
from op26x.errors import PluginError
from op26x.plugins import Plugins, build_registry

CALL = ToolCall("01CALL", "clinic", ManualClock())


class Slot(msgspec.Struct):
    """When."""

    day: str
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)]


class Booking(msgspec.Struct):
    """What is asked for."""

    name: Annotated[str, msgspec.Meta(description="The caller's name", min_length=1)]
    slots: list[Slot]
    kind: Literal["check", "cleaning"] = "check"
    note: str | None = None


class Tree(msgspec.Struct):
    """A thing of things of its own kind."""

    label: str
    branches: list["Tree"] = []


class Nothing(msgspec.Struct):
    """No arguments."""


def tool(handler: Any, arguments: type[msgspec.Struct] = Booking) -> Tool:
    return Tool("book", "Books.", arguments, handler)


GOOD: dict[str, Any] = {"name": "Ada", "slots": [{"day": "monday", "hour": 9}]}


@pytest.mark.parametrize("arguments", [Booking, Slot, Tree, Nothing])
def test_the_schema_is_json_schema_of_an_object(arguments: type[msgspec.Struct]) -> None:
    schema = tool(print, arguments).schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    assert set(schema) <= {"type", "properties", "required", "$defs"}


def test_the_schema_tells_types_descriptions_and_what_is_required() -> None:
    schema = tool(print).schema()
    assert schema["properties"]["name"] == {"type": "string", "description": "The caller's name", "minLength": 1}
    assert schema["required"] == ["name", "slots"]
    assert schema["properties"]["kind"]["enum"] == ["check", "cleaning"]


@pytest.mark.parametrize(
    ("arguments", "fits"),
    [
        (GOOD, True),
        (GOOD | {"kind": "cleaning", "note": None}, True),
        (GOOD | {"kind": "surgery"}, False),
        (GOOD | {"name": ""}, False),
        (GOOD | {"slots": [{"day": "monday", "hour": 24}]}, False),
        (GOOD | {"slots": ["monday"]}, False),
        ({"name": "Ada"}, False),
        ({}, False),
    ],
)
async def test_schema_and_check_agree(arguments: dict[str, Any], fits: bool) -> None:
    booking = tool(lambda call, given: {"status": "booked"})
    assert jsonschema.Draft202012Validator(booking.schema()).is_valid(arguments) == fits
    result = await call_tool(booking, CALL, arguments)
    assert (result.data == {"status": "booked"}) == fits


def test_a_schema_that_speaks_of_itself_can_be_followed() -> None:
    validator = jsonschema.Draft202012Validator(tool(print, Tree).schema())
    assert validator.is_valid({"label": "a", "branches": [{"label": "b", "branches": [{"label": "c"}]}]})
    assert not validator.is_valid({"label": "a", "branches": [{"label": "b", "branches": [{"label": 3}]}]})


async def test_a_handler_gets_the_call_and_typed_arguments() -> None:
    seen: list[Any] = []
    await call_tool(tool(lambda call, given: seen.extend((call, given))), CALL, GOOD)
    assert seen == [CALL, Booking("Ada", [Slot("monday", 9)])]


async def test_numbers_in_words_are_taken_as_llms_write_them() -> None:
    result = await call_tool(tool(lambda call, slot: {"hour": slot.hour}, Slot), CALL, {"day": "monday", "hour": "9"})
    assert result.data == {"hour": 9}


async def test_a_handler_may_be_asynchronous() -> None:
    async def later(call: ToolCall, given: Booking) -> Mapping[str, Any]:
        return {"name": given.name}

    assert (await call_tool(tool(later), CALL, GOOD)).data == {"name": "Ada"}


async def test_a_handler_may_return_a_result() -> None:
    result = ToolResult({"status": "ok"}, outcome="appointment-booked", end_call=True)
    assert await call_tool(tool(lambda call, given: result), CALL, GOOD) == result


async def test_a_handler_may_return_nothing() -> None:
    result = await call_tool(tool(lambda call, given: None), CALL, GOOD)
    assert (result.data, result.outcome, result.end_call) == ({"status": "done"}, "", False)


class Odd(BaseException):
    """Nothing that anybody catches."""


async def _exits(_call: ToolCall, _: Any) -> Any:
    sys.exit(3)


async def _cancels(_call: ToolCall, _: Any) -> Any:
    raise asyncio.CancelledError


async def _cancels_itself(_call: ToolCall, _: Any) -> Any:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(1)


@pytest.mark.parametrize(
    "handler",
    [
        _exits,
        _cancels,
        _cancels_itself,
        lambda call, given: sys.exit(3),
        lambda call, given: next(iter([])),
        lambda call, given: (_ for _ in ()).throw(KeyboardInterrupt),
        lambda call, given: (_ for _ in ()).throw(Odd),
    ],
)
async def test_whatever_a_handler_raises_is_told_to_the_llm_and_ends_nothing_else(handler: Any) -> None:
    result = await asyncio.wait_for(call_tool(tool(handler), CALL, GOOD), 10)
    assert "failed" in result.data["error"]


@pytest.mark.parametrize("handler", ["swallows", "blocks"])
async def test_a_handler_that_does_not_stop_is_given_up(handler: str) -> None:
    release = threading.Event()

    async def swallows(_call: ToolCall, _: Any) -> Any:
        while not release.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.01)

    def blocks(_call: ToolCall, _: Any) -> None:
        release.wait()

    made = Tool("book", "Books.", Booking, swallows if handler == "swallows" else blocks, limit_s=0.05)
    try:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call_tool(made, CALL, GOOD), 10)
    finally:
        release.set()


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (datetime(2026, 11, 25, 14, 30), {"result": "2026-11-25T14:30:00"}),
        (Decimal("3.10"), {"result": "3.10"}),
        (["ten", "two"], {"result": ["ten", "two"]}),
        ("sold out", {"result": "sold out"}),
        (0, {"result": 0}),
        (float("nan"), {"status": "done"}),
        ({"at": date(2026, 11, 25), "price": Decimal("1.5")}, {"at": "2026-11-25", "price": "1.5"}),
        ({}, {"status": "done"}),
        (None, {"status": "done"}),
    ],
)
async def test_whatever_a_handler_returns_becomes_json(returned: Any, told: Any) -> None:
    assert (await call_tool(tool(lambda call, given: returned), CALL, GOOD)).data == told


@pytest.mark.parametrize("returned", [object(), {1: object()}, "x" * 70_000, {"\ud800": 1}])
async def test_what_can_not_be_told_is_an_error_that_is(returned: Any) -> None:
    assert "error" in (await call_tool(tool(lambda call, given: returned), CALL, GOOD)).data


async def test_an_outcome_is_a_word() -> None:
    result = await call_tool(tool(lambda call, given: ToolResult({}, outcome=["x"])), CALL, GOOD)  # type: ignore[arg-type]
    assert result.outcome == ""


async def test_a_plain_function_runs_off_the_loop() -> None:
    threads = []
    await call_tool(tool(lambda call, given: threads.append(threading.current_thread())), CALL, GOOD)
    assert threads != [threading.current_thread()]


async def test_wrong_arguments_are_told_to_the_llm_and_the_handler_is_not_called() -> None:
    called: list[object] = []
    result = await call_tool(tool(lambda call, given: called.append(given)), CALL, {"name": 5})
    assert "book" in result.data["error"]
    assert called == []


@pytest.mark.parametrize("arguments", [None, [], ["name"], "name", 5])
async def test_arguments_that_are_no_mapping_are_told_to_the_llm(arguments: Any) -> None:
    result = await call_tool(tool(lambda call, given: {}), CALL, arguments)
    assert "error" in result.data


async def test_a_handler_that_raises_is_told_without_its_message() -> None:
    async def later(call: ToolCall, given: Booking) -> None:
        raise LookupError(f"no room for {given.name}")

    def at_once(call: ToolCall, given: Booking) -> None:
        raise LookupError(f"no room for {given.name}")

    for handler in (later, at_once):
        result = await call_tool(tool(handler), CALL, GOOD)
        assert result.data == {"error": "book failed: LookupError"}
        assert not result.end_call


@settings(max_examples=25)
@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())))
async def test_any_arguments_give_a_result(arguments: dict[str, Any]) -> None:
    assert isinstance(await call_tool(tool(lambda call, given: {}), CALL, arguments), ToolResult)


async def test_the_core_offers_a_tool_that_ends_the_call() -> None:
    result = await call_tool(end_call_tool(), CALL, {})
    assert result.end_call
    jsonschema.Draft202012Validator.check_schema(end_call_tool().schema())


def test_the_cores_own_tools_come_from_a_plugin(plugins: Plugins) -> None:
    plugins.register(AgentTools(), "core-agents")
    assert list(build_registry(plugins).tools) == ["end_call", "pause_recording", "resume_recording", "collect_digits"]


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (("Next-Slot", "x", Booking, print), "'Next-Slot' is no name"),
        (("book it", "x", Booking, print), "'book it' is no name"),
        (("book", "x", dict, print), "arguments of the tool book"),
        (("book", "x", "Booking", print), "arguments of the tool book"),
        (("book", "x", Booking, None), "handler of the tool book"),
    ],
)
def test_what_no_llm_can_be_offered_is_no_tool(made: tuple[Any, ...], what: str) -> None:
    with pytest.raises(PluginError, match=what):
        Tool(*made)


@pytest.mark.parametrize("outcome", ["Booked for John Miller", "booked +4912345", "x" * 65, 7])
async def test_an_outcome_that_is_no_word_is_not_stored(outcome: Any) -> None:
    result = await call_tool(tool(lambda call, given: ToolResult({"a": 1}, outcome=outcome)), CALL, GOOD)
    assert (result.data, result.outcome) == ({"a": 1}, "")
