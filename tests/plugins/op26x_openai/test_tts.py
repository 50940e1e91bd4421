"""The voice, through Pipecat's service and the SDK, against the wire format."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipecat.frames.frames import TTSAudioRawFrame, TTSSpeakFrame, TTSStoppedFrame
from pipecat.services.openai.tts import VALID_VOICES
from pipecat.utils.errors import ErrorCategory

from counterparts.openai import OpenAICounterpart
from counterparts.pipeline import Heard, listen
from counterparts.script import Answer, Fail, Garbage, Reply, Silence
from op26x import Secret, ServiceRequest
from op26x.errors import AgentError, SettingsError
from op26x_openai.options import VOICES
from op26x_openai.settings import OpenAISettings
from op26x_openai.tts import Sound, build

from .conftest import IN_TIME_S, KEY, Ask

SOUND = bytes(range(250)) * 96
SENTENCE = "Monday at nine, then."


def spoken(heard: Heard) -> bool:
    return bool(heard.of(TTSStoppedFrame))


def failed(heard: Heard) -> bool:
    return bool(heard.errors)


async def test_a_sentence_is_spoken(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.speech.will(Answer(audio=SOUND))
    voice = build(ask(voice="coral", speed=1.1, instructions="Calmly."))
    heard = await listen(voice, TTSSpeakFrame(SENTENCE), until=spoken)
    frames = heard.of(TTSAudioRawFrame)
    assert b"".join(frame.audio for frame in frames) == SOUND
    assert {(frame.sample_rate, frame.num_channels) for frame in frames} == {(24000, 1)}
    assert len(frames[0].audio) == 4800
    (request,) = vendor.requests
    assert request.path == "/v1/audio/speech"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.json == {
        "input": SENTENCE,
        "model": "gpt-4o-mini-tts",
        "voice": "coral",
        "response_format": "pcm",
        "speed": 1.1,
        "instructions": "Calmly.",
    }


LATE = "OpenAI did not answer in time."
FAILURES = {
    "limit": (Fail(429, SENTENCE, 30), "OpenAI answered with HTTP 429.", ErrorCategory.RATE_LIMIT),
    "server error": (Fail(500, SENTENCE), "OpenAI answered with HTTP 500.", ErrorCategory.SERVER),
    "wrong key": (Fail(401, SENTENCE), "OpenAI answered with HTTP 401.", ErrorCategory.AUTHENTICATION),
    "bad request": (Fail(400, SENTENCE), "OpenAI failed.", ErrorCategory.UNKNOWN),
    "silence": (Silence(), LATE, ErrorCategory.CONNECTIVITY),
    "slow start": (Answer(audio=SOUND, first_after_s=8), LATE, ErrorCategory.CONNECTIVITY),
    "falls silent": (Answer(audio=SOUND, silent_after=3), LATE, ErrorCategory.CONNECTIVITY),
    "cut": (Answer(audio=SOUND, cut_after=3), "OpenAI failed: RemoteProtocolError.", ErrorCategory.UNKNOWN),
    "a page": (Garbage(content_type="text/html"), "OpenAI answered with a page.", ErrorCategory.UNKNOWN),
    "no sound": (Answer(audio=b""), "OpenAI sent no sound.", ErrorCategory.UNKNOWN),
    "half a sample": (Answer(audio=b"\x01"), "OpenAI sent no sound.", ErrorCategory.UNKNOWN),
    "a page that is called sound": (
        Garbage(b"<!DOCTYPE html>\n<title>Bad gateway</title>" * 9, "audio/pcm"),
        "OpenAI sent something else than PCM.",
        ErrorCategory.UNKNOWN,
    ),
    "an error that is called sound": (
        Garbage(b'{"error": {"message": "No."}}', "audio/pcm"),
        "OpenAI sent something else than PCM.",
        ErrorCategory.UNKNOWN,
    ),
    "a WAV file": (
        Garbage(b"RIFF" + bytes(200), "audio/wav"),
        "OpenAI sent something else than PCM.",
        ErrorCategory.UNKNOWN,
    ),
    "an object": (Garbage(b"{}", "application/json"), "OpenAI answered with a page.", ErrorCategory.UNKNOWN),
}


@pytest.mark.parametrize(("reply", "reason", "category"), FAILURES.values(), ids=FAILURES)
async def test_every_failure_is_an_error_in_time(
    vendor: OpenAICounterpart, ask: Ask, reply: Reply, reason: str, category: ErrorCategory
) -> None:
    vendor.speech.will(reply)
    heard = await listen(build(ask()), TTSSpeakFrame(SENTENCE), until=failed)
    assert [error.error for error in heard.errors] == [reason]
    assert heard.errors[0].category is category
    assert len(vendor.requests) == 1
    assert heard.seconds < IN_TIME_S


@pytest.mark.parametrize("sound", [SOUND + b"\x01", b"\x00\x01\x02"])
async def test_half_a_sample_at_the_end_is_left_out(vendor: OpenAICounterpart, ask: Ask, sound: bytes) -> None:
    vendor.speech.will(Answer(audio=sound))
    heard = await listen(build(ask()), TTSSpeakFrame(SENTENCE), until=spoken)
    assert b"".join(frame.audio for frame in heard.of(TTSAudioRawFrame)) == sound[: len(sound) // 2 * 2]
    assert not heard.errors


@given(st.binary(min_size=1, max_size=40), st.lists(st.integers(1, 39), max_size=5))
def test_samples_stay_whole_however_they_are_cut(sound: bytes, cuts: list[int]) -> None:
    sound = b"\x00" + sound
    edges = [0, *sorted(cuts), len(sound)]
    pieces = [sound[a:b] for a, b in pairwise(edges)]
    opened = Sound()
    passed = [opened.whole(piece) for piece in pieces if piece]
    assert all(len(piece) % 2 == 0 for piece in passed)
    assert b"".join(passed) == sound[: len(sound) // 2 * 2]


async def test_what_came_before_a_failure_is_heard(vendor: OpenAICounterpart, ask: Ask) -> None:
    vendor.speech.will(Answer(audio=SOUND, cut_after=3))
    heard = await listen(build(ask()), TTSSpeakFrame(SENTENCE), until=failed)
    audio = b"".join(frame.audio for frame in heard.of(TTSAudioRawFrame))
    assert audio
    assert SOUND.startswith(audio)


async def test_an_unknown_voice_or_option_is_refused(ask: Ask) -> None:
    with pytest.raises(AgentError, match=r"Did you mean alloy.*alloy, ash"):
        build(ask(voice="aloy"))
    with pytest.raises(AgentError, match="It takes: model, voice, speed, instructions"):
        build(ask(pitch=2))


def test_a_voice_of_the_settings_is_checked_too() -> None:
    settings = OpenAISettings(api_key=Secret(KEY), voice="hal")
    with pytest.raises(SettingsError, match=r"openai\.voice.*'hal'.*alloy, ash"):
        build(ServiceRequest(settings_of=lambda _cls: settings))


def test_the_voices_are_those_that_pipecat_knows() -> None:
    assert set(VOICES) == set(VALID_VOICES)
