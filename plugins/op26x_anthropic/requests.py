"""What is asked of Anthropic's messages."""

from typing import Any

from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.adapters.llm.services.anthropic_adapter import AnthropicLLMAdapter
from pipecat.processors.aggregators.llm_context import LLMContext, LLMContextMessage

from op26x.voice.vendors.requests import answerable

NO_WORDS = "."
"""A turn of the caller's in which nothing is said; Pipecat puts the same one at an end where one is missing."""


class AnthropicRequests(AnthropicLLMAdapter):  # type: ignore[no-untyped-call]
    """Pipecat's form of a request, beginning with the caller's turn and ending with what is to be answered."""

    def get_messages(self, context: LLMContext, *, truncate_large_values: bool = False) -> list[LLMContextMessage]:
        """The turns of a context. The agent greets first, and Anthropic's messages begin with ``user``."""
        turns = answerable(super().get_messages(context, truncate_large_values=truncate_large_values))
        first = turns[0] if turns else None
        if isinstance(first, dict) and first.get("role") == "assistant":
            turns.insert(0, {"role": "user", "content": NO_WORDS})
        return turns

    def to_provider_tools_format(self, tools_schema: ToolsSchema) -> list[dict[str, Any]]:
        """The tools, with the definitions in their schemas."""
        asked = [function.to_default_dict() for function in tools_schema.standard_tools]
        return [
            {"name": tool["name"], "description": tool["description"], "input_schema": tool["parameters"]}
            for tool in asked
        ]
