"""What Pipecat asks of a language model's adapter, for an LLM that has no vendor."""

from typing import Any

from pipecat.adapters.llm.base_llm_adapter import BaseLLMAdapter
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.processors.aggregators.llm_context import LLMContext


class RehearsalAdapter(BaseLLMAdapter[dict[str, Any]]):  # type: ignore[no-untyped-call]
    """Leaves a context as it is. Pipecat's default is OpenAI's, whose SDK takes a second and 15 MB to load."""

    @property
    def id_for_llm_specific_messages(self) -> str:
        """No message is meant for this LLM alone."""
        return "rehearsal"

    async def get_llm_invocation_params(self, context: LLMContext, **_: Any) -> dict[str, Any]:
        """The messages as they are."""
        return {"messages": self.get_messages(context)}

    def to_provider_tools_format(self, tools_schema: ToolsSchema) -> list[Any]:
        """The rules know the tools."""
        return []

    def get_messages_for_logging(self, context: LLMContext) -> list[dict[str, Any]]:
        """What callers say is not logged."""
        return []
