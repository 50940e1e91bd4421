"""The dialects of servers that write like OpenAI, each through the SDK and Pipecat's service; and whatever else comes.

``dialects`` holds streams as the servers write them, ``SERVER.CASE.sse``; those of ``any`` are of no one server. From
https://docs.vllm.ai/en/latest/serving/openai_compatible_server/, https://docs.ollama.com/api/openai-compatibility,
https://github.com/ggml-org/llama.cpp/tree/master/tools/server, https://console.groq.com/docs/openai,
https://docs.together.ai/docs/openai-api-compatibility, https://openrouter.ai/docs/api-reference/streaming,
https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-streaming, https://ai.google.dev/gemini-api/docs/openai.
"""

import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk
from pipecat.frames.frames import LLMFullResponseEndFrame, LLMFullResponseStartFrame, LLMTextFrame

from counterparts.conversation import said, talk
from counterparts.openai import OpenAICounterpart
from counterparts.pipeline import Heard
from counterparts.script import Answer, Fail, Garbage
from op26x.errors import ProviderError
from op26x.voice.vendors.event_stream import DONE, Event
from op26x.voice.vendors.frames import AnswerRefusedFrame, Refusal
from op26x.voice.vendors.stream_gate import AnswerGate, CallIds
from op26x_openai.chunks import ChunkReader, Thoughts, finishes, speaks
from op26x_openai.llm import build

from .conftest import IN_TIME_S, Ask

DIALECTS = {file.stem: file for file in sorted((Path(__file__).parent / "dialects").glob("*.sse"))}
NINE = "Nine is free."
TEXTS = {
    **{name: NINE for name in DIALECTS if name.endswith(".text")},
    **dict.fromkeys(
        ("any.thoughts", "any.crlf", "any.no_finish_reason", "any.null_delta", "any.parts", "any.whole_message"), NINE
    ),
    "any.half_characters": "Nine🙂 is\ufffd free. ",
}
CALLS = {
    **{name: ["Monday", "Tuesday"] for name in DIALECTS if ".calls" in name},
    "any.objects": ["Monday", "Tuesday"],
    "openai.function_call": ["Monday"],
}
REFUSALS = {
    "openai.refusal": ("", Refusal.REFUSED),
    "azure.filtered": ("", Refusal.FILTERED),
    "azure.filtered_midway": ("Nine", Refusal.FILTERED),
    "azure.filter_error": ("", Refusal.FILTERED),
    "gemini.filtered": ("", Refusal.FILTERED),
    "any.empty": ("", Refusal.EMPTY),
}
ERRORS = {
    **{name: "OpenAI broke off its answer with an error." for name in DIALECTS if name.endswith(".error")},
    "any.broken_arguments": "OpenAI failed: JSONDecodeError.",
}


def test_each_dialect_is_expected_to_do_something() -> None:
    assert DIALECTS.keys() == TEXTS.keys() | CALLS.keys() | REFUSALS.keys() | ERRORS.keys()


def refusals(heard: Heard) -> list[Refusal]:
    """Why there was no answer; told within one."""
    kinds = (LLMFullResponseStartFrame, LLMTextFrame, AnswerRefusedFrame, LLMFullResponseEndFrame)
    order = [type(frame) for frame in heard.frames if isinstance(frame, kinds)]
    assert all(order[n + 1] is LLMFullResponseEndFrame for n, kind in enumerate(order) if kind is AnswerRefusedFrame)
    return [frame.reason for frame in heard.of(AnswerRefusedFrame)]


@pytest.mark.parametrize("name", TEXTS)
async def test_text_is_heard(vendor: OpenAICounterpart, ask: Ask, name: str) -> None:
    vendor.chat.will(Garbage(DIALECTS[name].read_bytes()))
    heard = await talk(build(ask()), "When?")
    assert said(heard) == TEXTS[name]
    assert not heard.errors
    assert refusals(heard) == []


@pytest.mark.parametrize("name", CALLS)
async def test_every_call_is_run_once_with_its_own_id(vendor: OpenAICounterpart, ask: Ask, name: str) -> None:
    vendor.chat.will(Garbage(DIALECTS[name].read_bytes()), Answer(NINE))
    asked: list[dict[str, Any]] = []

    def free(arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(arguments)
        return arguments

    heard = await talk(build(ask()), "When?", functions={"free": free}, answers=2)
    assert [arguments["day"] for arguments in asked] == CALLS[name]
    assert said(heard) == NINE
    assert not heard.errors
    assert refusals(heard) == []
    told = {
        m["tool_call_id"]: json.loads(m["content"]) for m in vendor.requests[1].json["messages"] if m["role"] == "tool"
    }
    assert [result["day"] for result in told.values()] == CALLS[name]


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refusal_is_an_answer(vendor: OpenAICounterpart, ask: Ask, name: str) -> None:
    vendor.chat.will(Garbage(DIALECTS[name].read_bytes()))
    heard = await talk(build(ask()), "When?", functions={"free": lambda _: {}})
    assert (said(heard), refusals(heard)) == (REFUSALS[name][0], [REFUSALS[name][1]])
    assert not heard.errors


async def test_azures_refusal_to_read_a_prompt_is_an_answer(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.chat.will(Fail(400, "The response was filtered due to the prompt.", code="content_filter"), Fail(400, NINE))
    heard = await talk(build(ask()), "When?")
    assert refusals(heard) == [Refusal.FILTERED]
    assert not heard.errors
    heard = await talk(build(ask()), "When?")
    assert refusals(heard) == []
    assert [error.error for error in heard.errors] == ["OpenAI answered with HTTP 400."]


@pytest.mark.parametrize("name", ERRORS)
async def test_an_error_within_an_answer_is_one_error(vendor: OpenAICounterpart, ask: Ask, name: str) -> None:
    vendor.chat.will(Garbage(DIALECTS[name].read_bytes()))
    heard = await talk(build(ask()), "When?", functions={"free": lambda _: {}})
    assert [error.error for error in heard.errors] == [ERRORS[name]]
    assert refusals(heard) == []


async def test_usage_is_counted_where_groq_tells_it(vendor: OpenAICounterpart, ask: Ask) -> None:
    reader = ChunkReader(AnswerGate("OpenAI", CallIds()))
    data = json.loads(DIALECTS["groq.text"].read_text().split("\n\n")[3].removeprefix("data: "))
    (chunk,) = reader.read(Event("", data))
    assert chunk.usage
    assert (chunk.usage.prompt_tokens, chunk.usage.completion_tokens, chunk.usage.total_tokens) == (40, 6, 46)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>\nThe user asks.\n</think>\n\nNine.", "Nine."),
        ("\n<think></think>Nine.", "Nine."),
        ("<think>no end", ""),
        ("<think>a</thin b</think>Nine </think>.", "Nine </think>."),
        ("Nine <think>of</think> ten.", "Nine <think>of</think> ten."),
        ("<thin", "<thin"),
        ("< 5", "< 5"),
        (" \n", " \n"),
        ("", ""),
    ],
)
@given(data=st.data())
def test_thoughts_in_the_text_are_not_spoken_however_it_is_cut(text: str, answer: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    thoughts = Thoughts()
    pieces = [thoughts.left_out(text[a:b]) for a, b in pairwise([0, *cuts, len(text)])]
    assert ("".join(pieces) + thoughts.rest()).strip() == answer.strip()


SAMPLES = [
    json.loads(line.removeprefix("data: "))
    for file in DIALECTS.values()
    for line in file.read_text(encoding="utf-8").splitlines()
    if line.startswith("data: {")
]
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=5),
    st.sampled_from(["\ud800", "\udfff\ud800", "\x00", "{", "[]", "stop"]),
    st.just([]),
    st.just({}),
    st.just([None, {}, "x"]),
)


def mutated(value: Any, junk: Any, chance: random.Random) -> Any:
    """A value with one of its parts replaced, removed, or put in a list."""
    if isinstance(value, dict | list) and value and chance.random() < 0.9:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = chance.choice(keys)
        changed = dict(value) if isinstance(value, dict) else list(value)
        if chance.random() < 0.15:
            del changed[key]
        else:
            changed[key] = mutated(value[key], junk, chance)
        return changed
    return [value, junk] if chance.random() < 0.1 else junk


MUTATED = st.builds(mutated, st.sampled_from(SAMPLES), JUNK, st.randoms(use_true_random=False))
EVENTS = st.lists(st.sampled_from(SAMPLES) | MUTATED, max_size=8)


@settings(max_examples=300)
@given(EVENTS)
def test_whatever_comes_the_reader_gives_sane_chunks_or_an_error(events: list[Any]) -> None:
    gate = AnswerGate("OpenAI", CallIds())
    reader = ChunkReader(gate)
    chunks: list[ChatCompletionChunk] = []
    try:
        for data in events:
            if isinstance(data, dict):
                event = Event("", data)
                assert speaks(event) in (True, False)
                assert finishes(event) in (True, False)
                chunks += reader.read(event)
        chunks += reader.end()
    except (ValueError, ProviderError):
        return
    assert not finishes(Event("x")) and finishes(Event(DONE))
    json.dumps([chunk.model_dump(warnings="error") for chunk in chunks], ensure_ascii=False).encode()
    parts = [call for chunk in chunks for choice in chunk.choices for call in choice.delta.tool_calls or ()]
    assert len({part.id for part in parts}) == len(parts)
    assert chunks or gate.refused


ENDS = st.sampled_from([b"data: [DONE]\n\n", b"", b"data: [DONE]", b"data: {oops\n\n", b"\xff\n"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(EVENTS, ENDS, st.sampled_from(["\n", "\r\n"]))
async def test_whatever_comes_the_service_answers_or_reports_one_error(
    vendor: OpenAICounterpart, ask: Ask, events: list[Any], end: bytes, line: str
) -> None:
    body = "".join(f"data: {json.dumps(data)}{line}{line}" for data in events).encode() + end
    vendor.chat.otherwise = Answer(NINE)
    vendor.chat.will(Garbage(body))
    heard = await talk(build(ask()), "When?", functions={"free": dict}, until=settled)
    words = said(heard)
    words.encode()
    assert len(heard.errors) <= 1
    assert not (heard.errors and heard.of(AnswerRefusedFrame))
    assert heard.seconds < IN_TIME_S
    for request in vendor.requests:
        json.dumps(request.json, ensure_ascii=False).encode()
    vendor.requests.clear()


def settled(heard: Heard) -> bool:
    """Whether it was answered: at least once, and every answer ended."""
    started, ended = len(heard.of(LLMFullResponseStartFrame)), len(heard.of(LLMFullResponseEndFrame))
    return bool(ended) and started == ended
