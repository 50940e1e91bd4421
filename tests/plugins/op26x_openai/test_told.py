"""What OpenAI is told: what it needs to answer, hear and speak, and nothing else; and where it may be."""

from dataclasses import replace

import pytest
from pipecat.frames.frames import (
    InputAudioRawFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    TTSStoppedFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

import op26x_openai
from counterparts.conversation import talk
from counterparts.openai import OpenAICounterpart
from counterparts.pipeline import listen
from counterparts.script import Answer
from op26x import ServiceRequest
from op26x.plugins import Plugins
from op26x.settings import resolve
from op26x_openai import llm, stt, tts
from op26x_openai.settings import OpenAISettings

from .conftest import Ask

CALL, AGENT = "01CALL0000000000000000TEST", "acme-desk"
CHAT = {"model", "messages", "stream", "stream_options", "store", "max_completion_tokens", "max_tokens"}
HEADERS = {
    *("host", "accept", "accept-encoding", "connection", "content-type", "content-length", "authorization"),
    "user-agent",
}


def asked(ask: Ask) -> ServiceRequest:
    return replace(ask(), call_id=CALL, agent=AGENT)


def check(vendor: OpenAICounterpart) -> None:
    """No request names the call, the agent or a person; what is beside the usual headers is the SDK's about itself."""
    for request in vendor.requests:
        told = f"{request.path} {request.headers} {request.json}"
        assert CALL not in told
        assert AGENT not in told
        assert {name for name in request.headers if not name.startswith("x-stainless-")} <= HEADERS
        assert request.headers["user-agent"].startswith("AsyncOpenAI/Python ")


async def test_who_answers_is_told_no_more_than_the_conversation(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.chat.will(Answer("Nine."))
    await talk(llm.build(asked(ask)), "When?")
    (request,) = vendor.requests
    assert {name for name, value in request.json.items() if value is not None} <= CHAT
    assert request.json["store"] is False
    check(vendor)


async def test_who_hears_is_told_the_sound_and_the_language(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.transcriptions.will(Answer("Monday."))
    sound = [VADUserStartedSpeakingFrame(), InputAudioRawFrame(bytes(16000), 8000, 1), VADUserStoppedSpeakingFrame()]
    await listen(stt.build(asked(ask)), *sound, until=lambda heard: bool(heard.of(TranscriptionFrame) or heard.errors))
    (request,) = vendor.requests
    assert request.json.keys() <= {"model", "language", "response_format", "temperature"}
    check(vendor)


async def test_who_speaks_is_told_the_sentence(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.speech.will(Answer(audio=bytes(48000)))
    await listen(tts.build(asked(ask)), TTSSpeakFrame("Nine."), until=lambda heard: bool(heard.of(TTSStoppedFrame)))
    (request,) = vendor.requests
    assert request.json.keys() <= {"input", "model", "voice", "response_format", "speed", "instructions"}
    check(vendor)


@pytest.mark.parametrize(
    ("base_url", "name", "host", "places"),
    [
        ("https://api.openai.com/v1", "OpenAI", "api.openai.com", ()),
        ("https://eu.api.openai.com/v1", "OpenAI", "eu.api.openai.com", ("EU",)),
        ("https://llm.example.com/v1", "whoever runs llm.example.com", "llm.example.com", ()),
        (
            "https://eu.api.openai.com.example/v1",
            "whoever runs eu.api.openai.com.example",
            "eu.api.openai.com.example",
            (),
        ),
    ],
)
def test_a_region_of_the_vendors_is_the_vendor_in_that_place(
    base_url: str, name: str, host: str, places: tuple[str, ...]
) -> None:
    plugins = Plugins()
    plugins.register(op26x_openai, "openai")
    settings = resolve({"openai": OpenAISettings}, environ={"OP26X_OPENAI_BASE_URL": base_url})
    ((found,),) = plugins.processors(settings).values()
    assert (found.name, found.hosts, found.places) == (name, (host,), places)
