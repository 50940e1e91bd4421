"""The LLM, through Pipecat's service and the SDK, against the wire format."""

import io
import json
import logging
from typing import Any

import pytest
from pipecat.frames.frames import InterruptionFrame, LLMTextFrame
from pipecat.pipeline.worker import PipelineWorker
from pipecat.utils.errors import ErrorCategory

from counterparts.anthropic import AnthropicCounterpart
from counterparts.conversation import INSTRUCTIONS, said, talk
from counterparts.pipeline import Heard
from counterparts.script import Answer, Call, Fail, Garbage, Reply, Silence
from op26x import ServiceRequest, logs
from op26x.errors import AgentError, SettingsError
from op26x_anthropic.llm import build

from .conftest import IN_TIME_S, KEY, SLOW_S, TIMEOUT_S, Ask

WORDS = "Monday at nine would suit us well."


async def test_answers(vendor: AnthropicCounterpart, ask: Ask) -> None:
    vendor.messages.will(Answer(WORDS))
    heard = await talk(build(ask()), "When?")
    assert said(heard) == WORDS
    assert not heard.errors
    (request,) = vendor.requests
    assert request.path == "/v1/messages"
    assert request.headers["x-api-key"] == KEY
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert request.json["stream"] is True
    assert request.json["model"] == "claude-haiku-4-5"
    assert request.json["max_tokens"] == 1024
    assert request.json["thinking"] == {"type": "disabled"}
    assert INSTRUCTIONS in json.dumps(request.json)
    assert "When?" in json.dumps(request.json["messages"][-1])
    assert not {"temperature", "tools", "tool_choice"} & {k for k, v in request.json.items() if v}


async def test_function_calls_go_round(vendor: AnthropicCounterpart, ask: Ask) -> None:
    vendor.messages.will(Answer("One moment.", calls=(Call("free", {"day": "Monday"}),)), Answer("Nine is free."))
    asked = []

    def free(arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(arguments)
        return {"slots": ["nine"]}

    heard = await talk(build(ask()), "When?", functions={"free": free}, answers=2)
    assert asked == [{"day": "Monday"}]
    assert said(heard) == "One moment.Nine is free."
    first, second = (request.json for request in vendor.requests)
    assert first["tools"][0]["name"] == "free"
    assert first["tools"][0]["input_schema"]["required"] == ["day"]
    blocks = [b for m in second["messages"] if isinstance(m["content"], list) for b in m["content"]]
    (use,) = (b for b in blocks if b["type"] == "tool_use")
    (result,) = (b for b in blocks if b["type"] == "tool_result")
    assert use["id"] == result["tool_use_id"] == "toolu_1"
    assert json.loads(result["content"]) == {"slots": ["nine"]}


async def test_all_functions_of_an_answer_are_run(vendor: AnthropicCounterpart, ask: Ask) -> None:
    days = [{"day": "Monday"}, {"day": "Tuesday"}, {"day": "Friday"}]
    vendor.messages.will(Answer("One moment.", calls=tuple(Call("free", day) for day in days)), Answer("All free."))
    asked = []

    def free(arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(arguments)
        return arguments

    heard = await talk(build(ask()), "When?", functions={"free": free}, answers=2)
    assert asked == days
    assert said(heard) == "One moment.All free."
    blocks = [b for m in vendor.requests[1].json["messages"] if isinstance(m["content"], list) for b in m["content"]]
    results = {b["tool_use_id"]: json.loads(b["content"]) for b in blocks if b["type"] == "tool_result"}
    assert results == {b["id"]: b["input"] for b in blocks if b["type"] == "tool_use"}
    assert len(results) == 3


SLOW = TIMEOUT_S * 150
LATE = "Anthropic did not answer in time."
LOST, UNCLEAR = ErrorCategory.CONNECTIVITY, ErrorCategory.UNKNOWN
FAILURES = {
    "limit": (Fail(429, WORDS, 30), "Anthropic answered with HTTP 429.", ErrorCategory.RATE_LIMIT),
    "overloaded": (Fail(529, WORDS), "Anthropic answered with HTTP 529.", ErrorCategory.SERVER),
    "server error": (Fail(500, WORDS), "Anthropic answered with HTTP 500.", ErrorCategory.SERVER),
    "wrong key": (Fail(401, WORDS), "Anthropic answered with HTTP 401.", ErrorCategory.AUTHENTICATION),
    "redirect": (Fail(307, WORDS, location="/elsewhere"), "Anthropic answered with HTTP 307.", UNCLEAR),
    "silence": (Silence(), LATE, LOST),
    "slow start": (Answer(WORDS, first_after_s=SLOW), LATE, LOST),
    "late word": (Answer(WORDS, between_s=SLOW), LATE, LOST),
    "falls silent": (Answer(WORDS, silent_after=4), LATE, LOST),
    "only pings": (Answer(WORDS, silent_after=1, pings=True), LATE, LOST),
    "cut": (Answer(WORDS, cut_after=4), "Anthropic failed: RemoteProtocolError.", UNCLEAR),
    "ends early": (Answer(WORDS, end_after=4), "Anthropic failed: ConnectionError.", LOST),
    "error event": (Answer(WORDS, fail_after=4), "Anthropic broke off its answer with an error.", UNCLEAR),
    "a page": (Garbage(content_type="text/html"), "Anthropic answered with a page.", UNCLEAR),
    "no events": (Garbage(b"hello"), "Anthropic failed: ConnectionError.", LOST),
    "no text": (Garbage(), "Anthropic failed: ConnectionError.", LOST),
    "broken event": (
        Garbage(b"event: message_start\ndata: {oops\n\n"),
        "Anthropic failed: JSONDecodeError.",
        UNCLEAR,
    ),
    "broken arguments": (
        Answer(calls=(Call("free", '{"day": "Mon'),)),
        "Anthropic failed: JSONDecodeError.",
        UNCLEAR,
    ),
}


@pytest.mark.parametrize(("reply", "reason", "category"), FAILURES.values(), ids=FAILURES)
async def test_every_failure_is_an_error_in_time(
    vendor: AnthropicCounterpart, ask: Ask, reply: Reply, reason: str, category: ErrorCategory
) -> None:
    vendor.messages.will(reply)
    heard = await talk(build(ask()), "When?", functions={"free": lambda _: {}})
    assert [error.error for error in heard.errors] == [reason]
    assert heard.errors[0].category is category
    assert len(vendor.requests) == 1
    assert heard.seconds < IN_TIME_S


async def test_the_next_call_is_not_harmed_by_a_failure(vendor: AnthropicCounterpart, ask: Ask) -> None:
    vendor.messages.will(Answer(WORDS, cut_after=4), Fail(401), Answer(WORDS))
    assert (await talk(build(ask()), "When?")).errors
    assert (await talk(build(ask()), "When?")).errors
    assert said(await talk(build(ask()), "When?")) == WORDS


async def test_a_slow_answer_within_the_time_is_heard_whole(vendor: AnthropicCounterpart, ask: Ask) -> None:
    numbers = " ".join(str(number) for number in range(25))
    vendor.messages.will(Answer(numbers, first_after_s=SLOW_S / 20, between_s=SLOW_S / 20))
    heard = await talk(build(ask(timeout_s=SLOW_S)), "Count.")
    assert said(heard) == numbers
    assert not heard.errors


async def test_an_interruption_hangs_up_on_the_vendor(vendor: AnthropicCounterpart, ask: Ask) -> None:
    vendor.messages.will(Answer(WORDS, between_s=TIMEOUT_S / 2))

    async def interrupt(worker: PipelineWorker, _heard: Heard) -> None:
        await worker.queue_frame(InterruptionFrame())
        await vendor.wait_for_disconnect()

    heard = await talk(build(ask()), "When?", until=lambda h: bool(h.of(LLMTextFrame)), then=interrupt)
    assert vendor.disconnects == 1
    assert not heard.errors


async def test_options_reach_the_wire(vendor: AnthropicCounterpart, ask: Ask) -> None:
    await talk(build(ask(model="claude-opus-5-5", temperature=0.3, max_tokens=80, effort="medium")), "When?")
    sent = vendor.requests[0].json
    assert sent["model"] == "claude-opus-5-5"
    assert sent["temperature"] == 0.3
    assert sent["max_tokens"] == 80
    assert sent["output_config"] == {"effort": "medium"}


WRONG = {
    "temprature": (1, "temperature?"),
    "temperature": (3, "temperature"),
    "max_tokens": ("many", "max_tokens"),
    "effort": ("hihg", "high?"),
    "colour": ("red", "It takes: model, temperature, max_tokens, effort"),
}


@pytest.mark.parametrize(("name", "value", "remedy"), [(name, *wrong) for name, wrong in WRONG.items()])
def test_a_wrong_option_is_named_with_its_remedy(ask: Ask, name: str, value: Any, remedy: str) -> None:
    with pytest.raises(AgentError) as caught:
        build(ask(**{name: value}))
    assert name in caught.value.message
    assert remedy in caught.value.remedy
    assert [fault.where for fault in caught.value.faults] == [name]


def test_all_wrong_options_are_named_at_once(ask: Ask) -> None:
    with pytest.raises(AgentError) as caught:
        build(ask(**{name: value for name, (value, _) in WRONG.items()}))
    assert {fault.where for fault in caught.value.faults} == WRONG.keys()
    assert all(name in str(caught.value) for name in WRONG)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, True, "0.3"])
def test_a_temperature_is_a_number_in_its_range(ask: Ask, value: Any) -> None:
    with pytest.raises(AgentError):
        build(ask(temperature=value))


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(SettingsError) as caught:
        build(ServiceRequest())
    assert "OP26X_ANTHROPIC_API_KEY" in caught.value.remedy


async def test_no_log_holds_words_or_key(
    vendor: AnthropicCounterpart,
    ask: Ask,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    stream = io.StringIO()
    logs.configure(level="debug", stream=stream)
    caplog.set_level(logging.DEBUG)
    broken = b"event: message_start\ndata: 4711{\n\n"
    vendor.messages.will(Answer("Answer 4711."), Fail(500, "You said 'Prompt 4711'."), Garbage(broken))
    errors = []
    for _ in range(3):
        llm = build(ask())
        errors += (await talk(llm, "Prompt 4711.")).errors
        assert KEY not in repr(llm) + repr(vars(llm))
    assert len(errors) == 2
    written = stream.getvalue() + caplog.text + "".join(capfd.readouterr()) + "".join(e.error for e in errors)
    assert "4711" not in written
    assert KEY not in written
