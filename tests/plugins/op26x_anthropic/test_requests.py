"""What Anthropic is really sent, request by request."""

import asyncio
import json
from typing import Any

import jsonschema
import pytest
from pipecat.frames.frames import LLMMessagesAppendFrame
from pipecat.pipeline.worker import PipelineWorker

from counterparts.anthropic import AnthropicCounterpart, fault_of
from counterparts.conversation import GREETING, INSTRUCTIONS, PARTY, Table, answered, reserve, said, talk
from counterparts.pipeline import Heard
from counterparts.script import Answer, Call
from op26x.agents import ToolCall
from op26x_anthropic.llm import build

from .conftest import Ask

RESERVE = Call("reserve", {"day": "Monday", "party": PARTY})


def turns(request: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The messages in short: role, and text or kind of each block."""
    found = []
    for message in request["messages"]:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        found.append((message["role"], [block.get("text", block["type"]) for block in blocks]))
    return found


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-opus-5-5"])
async def test_the_whole_conversation_reaches_the_model(
    vendor: AnthropicCounterpart, ask: Ask, asynchronous: bool, model: str
) -> None:
    vendor.messages.will(Answer("One moment.", calls=(RESERVE,)), Answer("Reserved."))
    heard = await talk(
        build(ask(model=model, max_tokens=80, temperature=0.3)),
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
        assert (request["model"], request["max_tokens"], request["temperature"]) == (model, 80, 0.3)
        assert request["system"].startswith(INSTRUCTIONS)
        (tool,) = request["tools"]
        assert (tool["name"], tool["description"]) == ("reserve", "Reserves a table.")
        jsonschema.validate(RESERVE.arguments, tool["input_schema"])
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(
                {"day": "Monday", "party": {"adults": 2, "children": [{"age": 40}]}}, tool["input_schema"]
            )
        assert not fault_of(request)
    begin = [("user", ["."]), ("assistant", [GREETING["content"]]), ("user", ["A table for Monday."])]
    assert turns(first) == begin
    assert turns(second) == [*begin, ("assistant", ["One moment.", "tool_use"]), ("user", ["tool_result"])]
    called, result = second["messages"][-2]["content"][-1], second["messages"][-1]["content"][0]
    assert called["input"] == RESERVE.arguments
    assert called["id"] == result["tool_use_id"] == "toolu_1"
    assert json.loads(result["content"]) == {"table": 1}


async def test_a_result_that_comes_late_is_told_behind_what_was_said_meanwhile(
    vendor: AnthropicCounterpart, ask: Ask
) -> None:
    vendor.messages.will(Answer("One moment.", calls=(RESERVE,)), Answer("I am here."), Answer("Reserved."))
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
    blocks = [block for message in second["messages"] for block in message["content"] if isinstance(block, dict)]
    (placeholder,) = (block for block in blocks if block["type"] == "tool_result")
    assert json.loads(placeholder["content"])["status"] == "running"
    role, (told,) = turns(third)[-1]
    assert role == "user"
    assert json.loads(told)["result"] == '{"status": "reserved"}'


async def test_an_answer_that_used_an_id_before_gets_one_of_its_own(vendor: AnthropicCounterpart, ask: Ask) -> None:
    vendor.messages.will(Answer(calls=(RESERVE,)), Answer(calls=(RESERVE,)), Answer("Both."))
    await talk(build(ask()), "Two tables.", tools=[reserve()], answers=3)
    third = vendor.requests[2].json
    blocks = [b for m in third["messages"] if isinstance(m["content"], list) for b in m["content"]]
    assert len({b["id"] for b in blocks if b["type"] == "tool_use"}) == 2
    assert not fault_of(third)
