"""OpenAI's chat completions as an LLM (https://platform.openai.com/docs/api-reference/chat)."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from openai import AsyncOpenAI, BadRequestError
from openai.types.chat import ChatCompletionChunk
from pipecat.adapters.llm.services.open_ai_adapter import OpenAILLMInvocationParams
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.openai.base_llm import OpenAILLMSettings
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.utils.types import assert_given

from op26x import ServiceRequest
from op26x.voice.vendors.event_stream import DONE, EventStream
from op26x.voice.vendors.frames import AnswerRefusedFrame, Refusal
from op26x.voice.vendors.stream_gate import AnswerGate, CallIds
from op26x.voice.vendors.streams import QuotesNobody, read_options, watched
from op26x_openai.chunks import VENDOR, ChunkReader, finishes, is_filter, speaks
from op26x_openai.connection import CONNECTIONS
from op26x_openai.options import LLMOptions
from op26x_openai.requests import OpenAIRequests
from op26x_openai.settings import OpenAISettings

# The lowest effort that OpenAI documents for each family: on the phone, thinking is silence.
LOWEST_EFFORT = (
    (re.compile(r"gpt-5(-mini|-nano)?"), "minimal"),
    (re.compile(r"gpt-5\.\d+(-mini|-nano|-luna|-sol|-terra)?"), "none"),
    (re.compile(r"gpt-6.*|o\d.*"), "low"),
)
DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def build(request: ServiceRequest) -> "OpenAILLM":
    """Makes an LLM for one call.

    Args:
        request: Its options are ``LLMOptions``.

    Raises:
        AgentError: An option is unknown or does not fit.
        SettingsError: There is no API key.
    """
    settings: OpenAISettings = request.settings_of(OpenAISettings)
    options = read_options(request, LLMOptions, "llm 'openai'")
    model = options.model or settings.model
    effort = options.reasoning_effort or lowest_effort(model)
    chosen = OpenAILLMSettings(model=model, extra={"reasoning_effort": effort} if effort else {})
    if options.temperature is not None:
        chosen.temperature = options.temperature
    if options.max_tokens is not None:
        chosen.max_completion_tokens = options.max_tokens
    return OpenAILLM(settings, chosen)


def lowest_effort(model: str) -> str:
    """The lowest reasoning effort of a model; empty if it does not reason or is not known."""
    name = DATED.sub("", model)
    return next((effort for family, effort in LOWEST_EFFORT if family.fullmatch(name)), "")


class OpenAILLM(QuotesNobody, OpenAILLMService):
    """Pipecat's service with a watch and a gate on each answer, and nothing stored at OpenAI.

    Args:
        connection: Key, address and time-out.
        settings: Model and sampling.
    """

    vendor = VENDOR
    adapter_class = OpenAIRequests
    _settings: OpenAILLMSettings

    def __init__(self, connection: OpenAISettings, settings: OpenAILLMSettings) -> None:
        self._connection = connection
        self._ids = CallIds()
        super().__init__(settings=settings)

    def create_client(self, *_arguments: Any, **_named: Any) -> AsyncOpenAI:
        """The client on the shared pool."""
        return CONNECTIONS.client(self._connection)

    def build_chat_completion_params(self, params_from_context: OpenAILLMInvocationParams) -> dict[str, Any]:
        """Adds ``store: false``, which keeps the conversation out of OpenAI's stored completions."""
        return {**super().build_chat_completion_params(params_from_context), "store": False}

    async def get_chat_completions(  # type: ignore[override]
        self, context: LLMContext
    ) -> AsyncGenerator[ChatCompletionChunk, None]:
        """The chunks of one answer; the request is sent when the first one is asked for."""
        return self._chunks(context)

    async def _chunks(self, context: LLMContext) -> AsyncGenerator[ChatCompletionChunk, None]:
        gate = AnswerGate(self.vendor, self._ids)
        reader = ChunkReader(gate)
        events = watched(self._open(context), timeout_s=self._connection.timeout_s, speaks=speaks, finishes=finishes)
        try:
            async with aclosing(events):
                async for event in events:
                    for chunk in reader.read(event):
                        yield chunk
        except BadRequestError as error:
            if not is_filter(error):
                raise
            gate.refuse(Refusal.FILTERED)
        for chunk in reader.end():
            yield chunk
        if gate.refused:
            await self.push_frame(AnswerRefusedFrame(gate.refused))

    async def _open(self, context: LLMContext) -> EventStream:
        instruction = assert_given(self._settings.system_instruction)
        asked = await self.get_llm_adapter().get_llm_invocation_params(
            context, system_instruction=instruction, convert_developer_to_user=False
        )
        params = self.build_chat_completion_params(asked)
        answer = await self._client.chat.completions.with_raw_response.create(**params)
        return EventStream(self.vendor, answer.http_response, lambda event: event.name == DONE)
