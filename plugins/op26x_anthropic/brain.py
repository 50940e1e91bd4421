"""Anthropic's messages as a brain (https://docs.anthropic.com/en/api/messages)."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from anthropic import AsyncStream
from anthropic.types.beta import BetaRawMessageStreamEvent
from pipecat.services.anthropic.llm import AnthropicLLMService, AnthropicLLMSettings

from op26x import ServiceRequest
from op26x.voice.vendors.streams import QuotesNobody, read_options, watched
from op26x_anthropic.connection import CONNECTIONS
from op26x_anthropic.options import BrainOptions
from op26x_anthropic.settings import AnthropicSettings


def build(request: ServiceRequest) -> "AnthropicBrain":
    """Makes a brain for one call.

    Args:
        request: Its options are ``BrainOptions``.

    Raises:
        AgentError: An option is unknown or does not fit.
        SettingsError: There is no API key.
    """
    settings: AnthropicSettings = request.settings_of(AnthropicSettings)
    options = read_options(request, BrainOptions, "brain 'anthropic'")
    chosen = AnthropicLLMSettings(
        model=options.model or settings.model,
        max_tokens=options.max_tokens or settings.max_tokens,
        effort=options.effort,
    )
    if options.temperature is not None:
        chosen.temperature = options.temperature
    return AnthropicBrain(settings, chosen)


class AnthropicBrain(QuotesNobody, AnthropicLLMService):
    """Pipecat's service with a watch on each answer.

    Args:
        connection: Key, address and time-out.
        settings: Model and sampling.
    """

    vendor = "Anthropic"

    def __init__(self, connection: AnthropicSettings, settings: AnthropicLLMSettings) -> None:
        super().__init__(api_key=connection.key().reveal(), client=CONNECTIONS.client(connection), settings=settings)
        self._timeout_s = connection.timeout_s

    async def _create_message_stream(
        self, api_call: Callable[..., Awaitable[AsyncStream[Any]]], params: dict[str, Any]
    ) -> AsyncGenerator[Any, None]:
        if params.get("tools"):
            # Pipecat runs the last function of an answer only.
            params = {**params, "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}
        return watched(api_call(**params), timeout_s=self._timeout_s, speaks=_speaks, finishes=_finishes)


def _speaks(event: BetaRawMessageStreamEvent) -> bool:
    return event.type in ("content_block_start", "content_block_delta")


def _finishes(event: BetaRawMessageStreamEvent) -> bool:
    return event.type == "message_stop"
