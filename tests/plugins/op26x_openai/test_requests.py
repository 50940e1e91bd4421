"""What OpenAI is really sent, request by request."""

import asyncio
import json
from typing import Any

import jsonschema
import pytest
from pipecat.frames.frames import LLMMessagesAppendFrame
from pipecat.pipeline.worker import PipelineWorker

from counterparts.conversation import GREETING, INSTRUCTIONS, PARTY, Table, answered, reserve, said, talk
from counterparts.openai import OpenAICounterpart, fault_of
from counterparts.pipeline import Heard
from counterparts.script import Answer, Call
from op26x.agents import ToolCall
from op26x_openai.llm import build

from .conftest import Ask

RESERVE = Call("reserve", {"day": "Monday", "party": PARTY})


def turns(request: dict[str, Any]) -> list[tuple[str, Any]]:
    """The messages in short: role, and text or names of tools."""
    return [
        (m["role"], [c["function"]["name"] for c in m["tool_calls"]] if "tool_calls" in m else m["content"])
        for m in request["messages"]
    ]


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_the_whole_conversation_reaches_the_model(
    vendor: OpenAICounterpart, ask: Ask, asynchronous: bool
) -> None:
    vendor.chat.will(Answer("One moment.", calls=(RESERVE,)), Answer("Reserved."))
    heard = await talk(
        build(ask(model="gpt-4.1", max_tokens=80, temperature=0.3)),
        "A table for Monday.",
        before=[GREETING],
        tools=[reserve()],
        asynchronous=asynchronous,
        answers=2,
    )
    assert said(heard) == "One moment.Reserved."
    assert not heard.errors
    first, second = (request.json for request in vendor.requests)
    for request in (first, second):
        assert {name: request[name] for name in ("model", "store", "max_completion_tokens", "temperature")} == {
            "model": "gpt-4.1",
            "store": False,
            "max_completion_tokens": 80,
            "temperature": 0.3,
        }
        assert "max_tokens" not in request
        ((kind, function),) = ((tool["type"], tool["function"]) for tool in request["tools"])
        assert (kind, function["name"], function["description"]) == ("function", "reserve", "Reserves a table.")
        jsonschema.validate(RESERVE.arguments, function["parameters"])
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(
                {"day": "Monday", "party": {"adults": 2, "children": [{"age": 40}]}}, function["parameters"]
            )
        assert not fault_of(request)
    system, greeting, asked = turns(first)
    assert system[0] == "system"
    assert system[1].startswith(INSTRUCTIONS)
    assert (greeting, asked) == (("assistant", GREETING["content"]), ("user", "A table for Monday."))
    assert turns(second)[1:] == [
        greeting,
        asked,
        ("assistant", "One moment."),
        ("assistant", ["reserve"]),
        ("tool", '{"table": 1}'),
    ]
    (called,) = second["messages"][-2]["tool_calls"]
    assert called["id"] == second["messages"][-1]["tool_call_id"] == "call_0"
    assert json.loads(called["function"]["arguments"]) == RESERVE.arguments


async def test_a_result_that_comes_late_is_told_behind_what_was_said_meanwhile(
    vendor: OpenAICounterpart, ask: Ask
) -> None:
    vendor.chat.will(Answer("One moment.", calls=(RESERVE,)), Answer("I am here."), Answer("Reserved."))
    done = asyncio.Event()

    async def slow(_call: ToolCall, _table: Table) -> dict[str, str]:
        await done.wait()
        return {"status": "reserved"}

    async def go_on(worker: PipelineWorker, heard: Heard) -> None:
        await worker.queue_frame(LLMMessagesAppendFrame([{"role": "user", "content": "Hello?"}], run_llm=True))
        await answered(heard, 2)
        done.set()
        await answered(heard, 3)

    heard = await talk(build(ask()), "A table.", tools=[reserve(slow)], asynchronous=True, then=go_on)
    assert said(heard) == "One moment.I am here.Reserved."
    _, second, third = (request.json for request in vendor.requests)
    assert not fault_of(second)
    assert not fault_of(third)
    (placeholder,) = (text for role, text in turns(second) if role == "tool")
    assert json.loads(placeholder)["status"] == "running"
    assert turns(second)[-1] == ("user", "Hello?")
    assert turns(third)[-1][0] == "developer"
    assert json.loads(turns(third)[-1][1])["result"] == '{"status": "reserved"}'
    assert ("assistant", "I am here.") in turns(third)


async def test_an_answer_that_used_an_id_before_gets_one_of_its_own(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.chat.will(Answer(calls=(RESERVE,)), Answer(calls=(RESERVE,)), Answer("Both."))
    await talk(build(ask()), "Two tables.", tools=[reserve()], answers=3)
    third = vendor.requests[2].json
    ids = [m["tool_call_id"] for m in third["messages"] if m["role"] == "tool"]
    assert len(set(ids)) == 2
    assert not fault_of(third)
