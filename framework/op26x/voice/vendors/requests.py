"""What is sent to a llm: the turns in an order that it can answer to, and tools with their whole schema."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema


class ToolSchema(FunctionSchema):
    """A tool with all of its JSON Schema; Pipecat's own keeps no definitions, and references to them lead nowhere.

    Args:
        name: The tool.
        about: When to call it.
        schema: Of its arguments, an object; nested ones are in ``$defs``.
    """

    def __init__(self, name: str, about: str, schema: Mapping[str, Any]) -> None:
        super().__init__(name, about, schema.get("properties", {}), schema.get("required", []))
        self._definitions = schema.get("$defs", {})

    def to_default_dict(self) -> dict[str, Any]:
        """The function in OpenAI's form."""
        found = super().to_default_dict()
        if self._definitions:
            found["parameters"]["$defs"] = self._definitions
        return found


def answerable(messages: Sequence[Any]) -> list[Any]:
    """The turns, ending with what the LLM must answer to.

    What an answer said beside its tool calls stands behind them in the context, since it is put there when it was
    heard. At the end of a request it would be taken for the answer to the tools' results, or for one to be continued;
    so it goes in front of the calls.

    Args:
        messages: Pipecat's, in OpenAI's form or a vendor's.
    """
    end = len(messages)
    said = end
    while said and _is_text(messages[said - 1]):
        said -= 1
    calls = said
    while calls and _is_of_tools(messages[calls - 1]):
        calls -= 1
    return [*messages[:calls], *messages[said:end], *messages[calls:said]]


def _is_text(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") == "assistant" and not message.get("tool_calls")


def _is_of_tools(message: Any) -> bool:
    return isinstance(message, dict) and (message.get("role") == "tool" or bool(message.get("tool_calls")))
