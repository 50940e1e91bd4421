"""The stub providers as an op26x plugin; named by OP26X_PLUGINS."""

from typing import Any

from op26x import Provider, hookimpl
from stubs import StubLLM, StubSTT, StubTTS


@hookimpl
def op26x_llm_service() -> Provider[Any]:
    """A brain that answers at once."""
    return Provider("stub", lambda request: StubLLM())


@hookimpl
def op26x_stt_service() -> Provider[Any]:
    """A recogniser that answers at once."""
    return Provider("stub", lambda request: StubSTT())


@hookimpl
def op26x_tts_service() -> Provider[Any]:
    """A synthesiser that answers at once."""
    return Provider("stub", lambda request: StubTTS())
