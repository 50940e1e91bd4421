"""What is asked of OpenAI's chat completions."""

from pipecat.adapters.llm.services.open_ai_adapter import OpenAILLMAdapter
from pipecat.processors.aggregators.llm_context import LLMContext, LLMContextMessage

from op26x.voice.vendors.requests import answerable


class OpenAIRequests(OpenAILLMAdapter):  # type: ignore[no-untyped-call]
    """Pipecat's form of a request, ending with what is to be answered."""

    def get_messages(self, context: LLMContext, *, truncate_large_values: bool = False) -> list[LLMContextMessage]:
        """The turns of a context."""
        return answerable(super().get_messages(context, truncate_large_values=truncate_large_values))
