"""The STT service, through Pipecat's service and the SDK, against the wire format."""

import io
import json
import wave

import pytest
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.utils.errors import ErrorCategory

from counterparts.openai import OpenAICounterpart
from counterparts.pipeline import Heard, listen
from counterparts.script import Answer, Fail, Garbage, Reply, Silence
from op26x.errors import AgentError
from op26x.voice.hearing.pipecat_ears import TimedWord, timed_words
from op26x_openai.stt import build

from .conftest import IN_TIME_S, KEY, Ask

SPEECH = bytes(range(1, 251)) * 64


def speech() -> list[Frame]:
    """One second of sound, 16-bit mono PCM at 8 kHz, as the voice room hands it over."""
    return [
        VADUserStartedSpeakingFrame(),
        InputAudioRawFrame(SPEECH, 8000, 1),
        VADUserStoppedSpeakingFrame(),
    ]


def heard_or_failed(heard: Heard) -> bool:
    return bool(heard.errors or heard.of(TranscriptionFrame))


async def test_speech_goes_out_as_a_wav_file_at_the_rate_of_the_line(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.transcriptions.will(Answer("On Monday, please."))
    stt = build(ask(language="en-US", keywords=["Doctor Ahn"]))
    assert isinstance(stt, SegmentedSTTService)
    heard = await listen(stt, *speech(), until=heard_or_failed)
    assert [frame.text for frame in heard.of(TranscriptionFrame)] == ["On Monday, please."]
    (request,) = vendor.requests
    assert request.path == "/v1/audio/transcriptions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.json["model"] == "gpt-transcribe"
    assert request.json["language"] == "en"
    assert "Doctor Ahn" in request.json.values()
    with wave.open(io.BytesIO(request.file)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.readframes(file.getnframes()).startswith(SPEECH)


async def test_whisper_tells_when_each_word_was_said(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.transcriptions.will(Answer("On Monday, please."))
    heard = await listen(build(ask(model="whisper-1", prompt="Doctor Ahn")), *speech(), until=heard_or_failed)
    (frame,) = heard.of(TranscriptionFrame)
    assert frame.text == "On Monday, please."
    words = timed_words(frame.result)
    assert words == (TimedWord("On", 250, 500), TimedWord("Monday", 750, 1000), TimedWord("please", 1250, 1500))
    asked = vendor.requests[0].json
    assert (asked["model"], asked["language"], asked["prompt"]) == ("whisper-1", "en", "Doctor Ahn")
    assert "temperature" not in asked


async def test_a_cough_is_answered_with_no_words(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.transcriptions.will(Answer(" "))
    heard = await listen(build(ask()), *speech(), until=heard_or_failed)
    assert [frame.text for frame in heard.of(TranscriptionFrame)] == [""]
    assert not heard.errors


NO_TEXT = "OpenAI sent a transcription without text."
FAILURES = {
    "limit": (Fail(429, "No.", 30), "OpenAI answered with HTTP 429.", ErrorCategory.RATE_LIMIT),
    "server error": (Fail(500), "OpenAI answered with HTTP 500.", ErrorCategory.SERVER),
    "wrong key": (Fail(401), "OpenAI answered with HTTP 401.", ErrorCategory.AUTHENTICATION),
    "silence": (Silence(), "OpenAI did not answer in time.", ErrorCategory.CONNECTIVITY),
    "slow": (Answer("Yes.", first_after_s=8), "OpenAI did not answer in time.", ErrorCategory.CONNECTIVITY),
    "cut": (Answer("Yes.", cut_after=0), "OpenAI failed: APIConnectionError.", ErrorCategory.UNKNOWN),
    "a page": (Garbage(content_type="text/html"), "OpenAI answered with a page.", ErrorCategory.UNKNOWN),
    "no JSON": (Garbage(), "OpenAI failed: JSONDecodeError.", ErrorCategory.UNKNOWN),
    "other JSON": (Garbage(b"{}"), NO_TEXT, ErrorCategory.UNKNOWN),
    "null": (Garbage(b'{"text": null}'), NO_TEXT, ErrorCategory.UNKNOWN),
    "a number": (Garbage(b'{"text": 5}'), NO_TEXT, ErrorCategory.UNKNOWN),
    "a list": (Garbage(b'["text"]'), NO_TEXT, ErrorCategory.UNKNOWN),
    "a text": (Garbage(b'"text"'), NO_TEXT, ErrorCategory.UNKNOWN),
    "nothing": (Garbage(b"null"), NO_TEXT, ErrorCategory.UNKNOWN),
    "a book": (Garbage(b'{"text": "' + b"word " * 9000 + b'"}'), NO_TEXT, ErrorCategory.UNKNOWN),
}


@pytest.mark.parametrize(("reply", "reason", "category"), FAILURES.values(), ids=FAILURES)
async def test_every_failure_is_an_error_in_time(
    vendor: OpenAICounterpart, ask: Ask, reply: Reply, reason: str, category: ErrorCategory
) -> None:
    vendor.transcriptions.will(reply)
    heard = await listen(build(ask()), *speech(), until=heard_or_failed)
    assert [error.error for error in heard.errors] == [reason]
    assert heard.errors[0].category is category
    assert len(vendor.requests) == 1
    assert heard.seconds < IN_TIME_S


async def test_an_unknown_language_or_option_is_refused(ask: Ask) -> None:
    with pytest.raises(AgentError, match="xx"):
        build(ask(language="xx"))
    with pytest.raises(AgentError, match="It takes: model, prompt, keywords, temperature"):
        build(ask(diarise=True))
    with pytest.raises(AgentError, match="whisper-1 takes no keywords"):
        build(ask(model="whisper-1", keywords=["Doctor Ahn"]))
    with pytest.raises(AgentError) as caught:
        build(ask(language="xx", model="whisper-1", keywords=["Doctor Ahn"], temperature=2))
    assert [fault.where for fault in caught.value.faults] == ["temperature", "language", "keywords"]


async def test_half_a_character_is_replaced(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.transcriptions.will(Garbage(b'{"text": "Mon\\ud800day\\u0000"}'))
    heard = await listen(build(ask()), *speech(), until=heard_or_failed)
    assert [frame.text for frame in heard.of(TranscriptionFrame)] == ["Mon\ufffdday"]


WORD = {"word": "Yes", "start": 0.1, "end": 0.4}


@pytest.mark.parametrize(
    ("words", "timed"),
    [
        ([WORD], 1),
        ([WORD, {**WORD, "word": "n\ud800o"}], 2),
        (None, 0),
        ("Yes", 0),
        ([WORD, None], 0),
        ([WORD, "no"], 0),
        ([WORD, {**WORD, "word": None}], 0),
        ([WORD, {**WORD, "start": "soon"}], 0),
        ([WORD, {**WORD, "end": None}], 0),
        ([WORD, {**WORD, "end": float("nan")}], 0),
        ([WORD, {**WORD, "end": float("inf")}], 0),
        ([WORD, {**WORD, "start": -1}], 0),
        ([WORD, {**WORD, "start": 2}], 0),
    ],
)
async def test_words_have_times_all_or_none(vendor: OpenAICounterpart, ask: Ask, words: object, timed: int) -> None:
    vendor.transcriptions.will(Garbage(json.dumps({"text": "Yes.", "words": words}).encode()))
    heard = await listen(build(ask(model="whisper-1")), *speech(), until=heard_or_failed)
    assert not heard.errors
    (frame,) = heard.of(TranscriptionFrame)
    found = timed_words(frame.result)
    assert len(found) == timed
    json.dumps([word.text for word in found], ensure_ascii=False).encode()
