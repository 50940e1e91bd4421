"""Anthropic: an LLM (messages).

``llm`` puts bounds on Pipecat's service: every answer begins, goes on and ends within the configured time,
or an error says so. ``connection`` holds the one pool of connections, ``settings`` and ``options`` say what can be
configured.
"""

from typing import TYPE_CHECKING, Any

from op26x import Processor, Provider, ServiceRequest, hookimpl
from op26x.settings import Settings
from op26x_anthropic.settings import AnthropicSettings

if TYPE_CHECKING:
    from pipecat.services.llm_service import LLMService


@hookimpl
def op26x_settings() -> type[AnthropicSettings]:
    """Section ``anthropic``."""
    return AnthropicSettings


@hookimpl
def op26x_processors(settings: Settings) -> list[Processor]:
    """Anthropic answers. Its commercial terms forbid training on what is sent to its API."""
    company = Processor(
        name="Anthropic",
        hosts=("api.anthropic.com",),
        purpose="language model",
        categories=("communications",),
        terms="https://www.anthropic.com/legal/data-processing-addendum",
        version="Commercial Terms of 17 June 2025",
        clause="Anthropic may not train models on what customers send, or on what is answered.",
        keeps="What is sent and answered, against misuse, for up to 30 days.",
        subprocessors="https://www.anthropic.com/subprocessors",
    )
    return [company.reached_at(settings.of(AnthropicSettings).base_url)]


@hookimpl
def op26x_llm_service() -> "Provider[LLMService[Any]]":
    """Anthropic's models as an LLM."""
    return Provider("anthropic", _llm, about="Anthropic's language models", warm=_warm)


def _llm(request: ServiceRequest) -> "LLMService[Any]":
    from op26x_anthropic.llm import build

    return build(request)


async def _warm() -> None:
    """Imports Pipecat's service and the SDK, and loads the certificates, so that no call waits for them."""
    from op26x_anthropic import llm  # noqa: F401
    from op26x_anthropic.connection import CONNECTIONS

    CONNECTIONS.pool()
