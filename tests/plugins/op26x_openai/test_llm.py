"""The LLM, through Pipecat's service and the SDK, against the wire format."""

import io
import json
import logging
from typing import Any

import pytest
from pipecat.frames.frames import InterruptionFrame, LLMFullResponseEndFrame, LLMTextFrame
from pipecat.pipeline.worker import PipelineWorker
from pipecat.utils.errors import ErrorCategory

from counterparts.conversation import INSTRUCTIONS, said, talk
from counterparts.openai import OpenAICounterpart
from counterparts.pipeline import Heard
from counterparts.script import Answer, Call, Fail, Garbage, Reply, Silence
from op26x import ServiceRequest, logs
from op26x.errors import AgentError, SettingsError
from op26x_openai.llm import build, lowest_effort

from .conftest import IN_TIME_S, KEY, SLOW_S, TIMEOUT_S, Ask

WORDS = "Monday at nine would suit us well."


async def test_answers_and_stores_nothing_at_the_vendor(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.chat.will(Answer(WORDS))
    heard = await talk(build(ask()), "When?")
    assert said(heard) == WORDS
    assert not heard.errors
    (request,) = vendor.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.json["store"] is False
    assert request.json["stream"] is True
    assert request.json["model"] == "gpt-4.1-mini"
    assert [m["content"] for m in request.json["messages"]] == [INSTRUCTIONS, "When?"]
    assert not {"temperature", "max_completion_tokens", "reasoning_effort"} & request.json.keys()


async def test_function_calls_go_round(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.chat.will(
        Answer(calls=(Call("free", {"day": "Monday"}), Call("free", {"day": "Tuesday"}))),
        Answer("Nine is free."),
    )
    asked = []

    def free(arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(arguments)
        return {"slots": ["nine"]}

    heard = await talk(build(ask()), "When?", functions={"free": free}, answers=2)
    assert asked == [{"day": "Monday"}, {"day": "Tuesday"}]
    assert said(heard) == "Nine is free."
    first, second = (request.json for request in vendor.requests)
    assert first["tools"][0]["function"]["name"] == "free"
    results = [m for m in second["messages"] if m["role"] == "tool"]
    assert [m["tool_call_id"] for m in results] == ["call_0", "call_1"]
    assert [json.loads(m["content"]) for m in results] == [{"slots": ["nine"]}] * 2
    assert second["store"] is False


SLOW = TIMEOUT_S * 150
LATE = "OpenAI did not answer in time."
LOST, UNCLEAR = ErrorCategory.CONNECTIVITY, ErrorCategory.UNKNOWN
FAILURES = {
    "limit": (Fail(429, WORDS, 30), "OpenAI answered with HTTP 429.", ErrorCategory.RATE_LIMIT),
    "server error": (Fail(500, WORDS), "OpenAI answered with HTTP 500.", ErrorCategory.SERVER),
    "wrong key": (Fail(401, WORDS), "OpenAI answered with HTTP 401.", ErrorCategory.AUTHENTICATION),
    "redirect": (Fail(307, WORDS, location="/elsewhere"), "OpenAI answered with HTTP 307.", UNCLEAR),
    "silence": (Silence(), LATE, LOST),
    "slow start": (Answer(WORDS, first_after_s=SLOW), LATE, LOST),
    "late word": (Answer(WORDS, between_s=SLOW), LATE, LOST),
    "falls silent": (Answer(WORDS, silent_after=4), LATE, LOST),
    "only pings": (Answer(WORDS, silent_after=1, pings=True), LATE, LOST),
    "cut": (Answer(WORDS, cut_after=4), "OpenAI failed: RemoteProtocolError.", UNCLEAR),
    "ends early": (Answer(WORDS, end_after=4), "OpenAI failed: ConnectionError.", LOST),
    "error event": (Answer(WORDS, fail_after=4), "OpenAI broke off its answer with an error.", UNCLEAR),
    "a page": (Garbage(content_type="text/html"), "OpenAI answered with a page.", UNCLEAR),
    "no events": (Garbage(b"hello"), "OpenAI failed: ConnectionError.", LOST),
    "no text": (Garbage(), "OpenAI failed: ConnectionError.", LOST),
    "broken event": (Garbage(b"data: {oops\n\n"), "OpenAI failed: JSONDecodeError.", UNCLEAR),
    "broken arguments": (
        Answer(calls=(Call("free", '{"day": "Mon'),)),
        "OpenAI failed: JSONDecodeError.",
        UNCLEAR,
    ),
}


@pytest.mark.parametrize(("reply", "reason", "category"), FAILURES.values(), ids=FAILURES)
async def test_every_failure_is_an_error_in_time(
    vendor: OpenAICounterpart, ask: Ask, reply: Reply, reason: str, category: ErrorCategory
) -> None:
    vendor.chat.will(reply)
    heard = await talk(build(ask()), "When?", functions={"free": lambda _: {}})
    assert [error.error for error in heard.errors] == [reason]
    assert heard.errors[0].category is category
    assert len(vendor.requests) == 1
    assert heard.seconds < IN_TIME_S


async def test_the_next_call_is_not_harmed_by_a_failure(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.chat.will(Answer(WORDS, cut_after=4), Fail(401), Answer(WORDS))
    assert (await talk(build(ask()), "When?")).errors
    assert (await talk(build(ask()), "When?")).errors
    assert said(await talk(build(ask()), "When?")) == WORDS


async def test_a_slow_answer_within_the_time_is_heard_whole(vendor: OpenAICounterpart, ask: Ask) -> None:
    numbers = " ".join(str(number) for number in range(25))
    vendor.chat.will(Answer(numbers, first_after_s=SLOW_S / 20, between_s=SLOW_S / 20))
    heard = await talk(build(ask(timeout_s=SLOW_S)), "Count.")
    assert said(heard) == numbers
    assert not heard.errors


async def test_silence_after_the_proper_end_is_no_failure(vendor: OpenAICounterpart, ask: Ask) -> None:
    finish = {"choices": [{"index": 0, "delta": {"content": "Yes."}, "finish_reason": "stop"}]}
    body = f"data: {json.dumps(finish)}\n\n".encode()
    vendor.chat.will(Garbage(body))
    heard = await talk(build(ask()), "Really?")
    assert said(heard) == "Yes."
    assert not heard.errors


async def test_an_interruption_hangs_up_on_the_vendor(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.chat.will(Answer(WORDS, between_s=TIMEOUT_S / 2))

    async def interrupt(worker: PipelineWorker, _heard: Heard) -> None:
        await worker.queue_frame(InterruptionFrame())
        await vendor.wait_for_disconnect()

    heard = await talk(build(ask()), "When?", until=lambda h: bool(h.of(LLMTextFrame)), then=interrupt)
    assert vendor.disconnects == 1
    assert not heard.errors
    assert len(heard.of(LLMFullResponseEndFrame)) <= 1


async def test_options_reach_the_wire(vendor: OpenAICounterpart, ask: Ask) -> None:
    await talk(build(ask(model="gpt-5-mini", temperature=0.3, max_tokens=80)), "When?")
    sent = vendor.requests[0].json
    assert sent["model"] == "gpt-5-mini"
    assert sent["temperature"] == 0.3
    assert sent["max_completion_tokens"] == 80
    assert sent["reasoning_effort"] == "minimal"


@pytest.mark.parametrize(
    ("model", "effort"),
    [
        ("gpt-4.1-mini", ""),
        ("gpt-5-nano-2025-08-07", "minimal"),
        ("gpt-5.4-mini", "none"),
        ("gpt-5.3-chat-latest", ""),
        ("o4-mini", "low"),
        ("my-own", ""),
    ],
)
def test_thinking_is_kept_short(model: str, effort: str) -> None:
    assert lowest_effort(model) == effort


WRONG = {
    "temprature": (1, "temperature?"),
    "temperature": (3, "temperature"),
    "max_tokens": ("many", "max_tokens"),
    "reasoning_effort": ("hihg", "high?"),
    "colour": ("red", "It takes: model, temperature, max_tokens, reasoning_effort"),
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
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsError) as caught:
        build(ServiceRequest())
    assert "OP26X_OPENAI_API_KEY" in caught.value.remedy


async def test_no_log_holds_words_or_key(
    vendor: OpenAICounterpart, ask: Ask, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    stream = io.StringIO()
    logs.configure(level="debug", stream=stream)
    caplog.set_level(logging.DEBUG)
    vendor.chat.will(Answer("Answer 4711."), Fail(500, "You said 'Prompt 4711'."), Garbage(b"data: 4711{\n\n"))
    errors = []
    for _ in range(3):
        llm = build(ask())
        errors += (await talk(llm, "Prompt 4711.")).errors
        assert KEY not in repr(llm) + repr(vars(llm))
    assert len(errors) == 2
    written = stream.getvalue() + caplog.text + "".join(capfd.readouterr()) + "".join(e.error for e in errors)
    assert "4711" not in written
    assert KEY not in written
