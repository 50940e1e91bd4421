"""The stub providers as an op26x plugin; named by OP26X_PLUGINS.

With STUB_COMPANY set they are a company's, whose terms are accepted: what it is given is in the ledger.
"""

import os
from typing import Any

from op26x import Processor, Provider, hookimpl
from op26x.voice import SpeechToSpeech
from stubs import StubLLM, StubSpeech, StubStreamingSTT, StubSTT, StubTTS


@hookimpl
def op26x_processors() -> list[Processor]:
    """The company, if they are one's."""
    name = os.environ.get("STUB_COMPANY", "")
    terms = "https://stub.example/terms"
    return [Processor(name, ("stub.example",), "stubs", ("communications",), terms)] if name else []


@hookimpl
def op26x_llm_service() -> list[Provider[Any]]:
    """LLMs that answer at once: one in words, one that hears and speaks by itself."""
    return [
        Provider("stub", lambda request: StubLLM()),
        Provider("stub-speech", lambda request: SpeechToSpeech(StubSpeech())),
    ]


@hookimpl
def op26x_stt_service() -> list[Provider[Any]]:
    """STT services that answer at once: one takes speech whole, the other as a stream."""
    return [
        Provider("stub", lambda request: StubSTT()),
        Provider("stub-streaming", lambda request: StubStreamingSTT()),
    ]


@hookimpl
def op26x_tts_service() -> Provider[Any]:
    """A synthesiser that answers at once."""
    return Provider("stub", lambda request: StubTTS())
