"""What Anthropic is told: what it needs to answer, and nothing else."""

from dataclasses import replace

from counterparts.anthropic import AnthropicCounterpart
from counterparts.conversation import talk
from counterparts.script import Answer
from op26x_anthropic.llm import build

from .conftest import Ask

CALL, AGENT = "01CALL0000000000000000TEST", "acme-desk"
FIELDS = {"model", "messages", "system", "max_tokens", "stream", "thinking", "tools", "output_config"}
HEADERS = {
    *("host", "accept", "accept-encoding", "connection", "content-type", "content-length", "user-agent"),
    *("x-api-key", "anthropic-version", "anthropic-beta"),
}


async def test_who_answers_is_told_no_more_than_the_conversation(vendor: AnthropicCounterpart, ask: Ask) -> None:
    vendor.messages.will(Answer("Nine."))
    await talk(build(replace(ask(), call_id=CALL, agent=AGENT)), "When?")
    (request,) = vendor.requests
    assert {name for name, value in request.json.items() if value} <= FIELDS, "no metadata.user_id above all"
    told = f"{request.path} {request.headers} {request.json}"
    assert CALL not in told
    assert AGENT not in told
    assert {name for name in request.headers if not name.startswith("x-stainless-")} <= HEADERS
    assert request.headers["user-agent"].startswith("AsyncAnthropic/Python ")
