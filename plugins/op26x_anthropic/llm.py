"""Anthropic's messages as an LLM (https://docs.anthropic.com/en/api/messages)."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from anthropic import AsyncStream
from pipecat.services.anthropic.llm import AnthropicLLMService, AnthropicLLMSettings

from op26x import ServiceRequest
from op26x.voice.vendors.event_stream import EventStream
from op26x.voice.vendors.frames import AnswerRefusedFrame
from op26x.voice.vendors.stream_gate import AnswerGate, CallIds
from op26x.voice.vendors.streams import QuotesNobody, read_options, watched
from op26x_anthropic.connection import CONNECTIONS
from op26x_anthropic.events import VENDOR, EventReader, Made, finishes, is_last, speaks
from op26x_anthropic.options import LLMOptions
from op26x_anthropic.requests import AnthropicRequests
from op26x_anthropic.settings import AnthropicSettings


def build(request: ServiceRequest) -> "AnthropicLLM":
    """Makes an LLM for one call.

    Args:
        request: Its options are ``LLMOptions``.

    Raises:
        AgentError: An option is unknown or does not fit.
        SettingsError: There is no API key.
    """
    settings: AnthropicSettings = request.settings_of(AnthropicSettings)
    options = read_options(request, LLMOptions, "llm 'anthropic'")
    chosen = AnthropicLLMSettings(
        model=options.model or settings.model,
        max_tokens=options.max_tokens or settings.max_tokens,
        effort=options.effort,
    )
    if options.temperature is not None:
        chosen.temperature = options.temperature
    return AnthropicLLM(settings, chosen)


class AnthropicLLM(QuotesNobody, AnthropicLLMService):
    """Pipecat's service with a watch and a gate on each answer.

    Args:
        connection: Key, address and time-out.
        settings: Model and sampling.
    """

    vendor = VENDOR
    adapter_class = AnthropicRequests

    def __init__(self, connection: AnthropicSettings, settings: AnthropicLLMSettings) -> None:
        super().__init__(api_key=connection.key().reveal(), client=CONNECTIONS.client(connection), settings=settings)
        self._timeout_s = connection.timeout_s
        self._ids = CallIds()

    def _should_inject_trailing_user_message(self) -> bool:
        """A turn of the agent's at the end would be continued instead of answered, by models that can."""
        return True

    async def _create_message_stream(
        self, _api_call: Callable[..., Awaitable[AsyncStream[Any]]], params: dict[str, Any]
    ) -> AsyncGenerator[Made, None]:
        return self._events(params)

    async def _events(self, params: dict[str, Any]) -> AsyncGenerator[Made, None]:
        gate = AnswerGate(self.vendor, self._ids)
        reader = EventReader(gate)
        events = watched(self._open(params), timeout_s=self._timeout_s, speaks=speaks, finishes=finishes)
        async with aclosing(events):
            async for event in events:
                for made in reader.read(event):
                    yield made
        for made in reader.end():
            yield made
        if gate.refused:
            await self.push_frame(AnswerRefusedFrame(gate.refused))

    async def _open(self, params: dict[str, Any]) -> EventStream:
        answer = await self._client.beta.messages.with_raw_response.create(**params)
        return EventStream(self.vendor, answer.http_response, is_last)
