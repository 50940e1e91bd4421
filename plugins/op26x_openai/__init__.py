"""OpenAI: an LLM (chat completions), an STT service (transcriptions) and a TTS service (speech).

``llm``, ``stt`` and ``tts`` put bounds on Pipecat's services: every answer begins, goes on and
ends within the configured time, or an error says so. ``connection`` holds the one pool of connections,
``settings`` and ``options`` say what can be configured.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from op26x import Processor, Provider, ServiceRequest, hookimpl
from op26x.settings import Settings
from op26x_openai.settings import OpenAISettings

if TYPE_CHECKING:
    from pipecat.services.llm_service import LLMService
    from pipecat.services.stt_service import STTService
    from pipecat.services.tts_service import TTSService


HOST = "api.openai.com"


@hookimpl
def op26x_settings() -> type[OpenAISettings]:
    """Section ``openai``."""
    return OpenAISettings


@hookimpl
def op26x_processors(settings: Settings) -> list[Processor]:
    """OpenAI hears, answers and speaks. Data sent to its API is not used for training unless one opts in.

    A regional host, ``eu.api.openai.com``, is OpenAI's as well, and keeps and processes the data there
    (https://platform.openai.com/docs/guides/your-data).
    """
    host = urlsplit(settings.of(OpenAISettings).base_url).hostname or ""
    region = host.removesuffix(f".{HOST}") if host.endswith(f".{HOST}") else ""
    company = Processor(
        name="OpenAI",
        hosts=(host if region else HOST,),
        places=(region.upper(),) if region else (),
        purpose="language model, speech recognition and speech synthesis",
        categories=("communications",),
        terms="https://openai.com/policies/data-processing-addendum/",
        version="as read in April 2026",
        clause="Data sent to the API since 1 March 2023 are not used for training unless one opts in to it.",
        keeps="What is sent and answered, in logs against misuse, for up to 30 days.",
        subprocessors="https://openai.com/policies/sub-processor-list/",
    )
    return [company.reached_at(settings.of(OpenAISettings).base_url)]


@hookimpl
def op26x_llm_service() -> "Provider[LLMService[Any]]":
    """OpenAI's models as an LLM."""
    return Provider("openai", _llm, about="OpenAI's language models", warm=_warm)


@hookimpl
def op26x_stt_service() -> "Provider[STTService]":
    """OpenAI's transcription as an STT service."""
    return Provider("openai", _stt, about="OpenAI's speech recognition", warm=_warm)


@hookimpl
def op26x_tts_service() -> "Provider[TTSService]":
    """OpenAI's speech as a TTS service."""
    return Provider("openai", _tts, about="OpenAI's speech synthesis", warm=_warm)


def _llm(request: ServiceRequest) -> "LLMService[Any]":
    from op26x_openai.llm import build

    return build(request)


def _stt(request: ServiceRequest) -> "STTService":
    from op26x_openai.stt import build

    return build(request)


def _tts(request: ServiceRequest) -> "TTSService":
    from op26x_openai.tts import build

    return build(request)


async def _warm() -> None:
    """Imports Pipecat's services and the SDK, and loads the certificates, so that no call waits for them."""
    from op26x_openai import llm, stt, tts  # noqa: F401
    from op26x_openai.connection import CONNECTIONS

    CONNECTIONS.pool()
