"""The chunks of OpenAI and of the servers that write like it, each in its own dialect; Pipecat gets them in one.

https://platform.openai.com/docs/api-reference/chat-streaming. What is missing, ``null``, of another type or unknown is
passed over; tool calls are kept until the answer is complete and come one in a chunk.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from openai import BadRequestError
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import (
    Choice,
    ChoiceDelta,
    ChoiceDeltaToolCall,
    ChoiceDeltaToolCallFunction,
)
from openai.types.completion_usage import CompletionTokensDetails, PromptTokensDetails

from op26x.voice.vendors.event_stream import DONE, Event
from op26x.voice.vendors.frames import Refusal
from op26x.voice.vendors.stream_gate import AnswerGate, broken_off, count, mapping, readable

VENDOR = "OpenAI"
FILTERED = {"content_filter", "safety", "prohibited_content", "blocklist", "spii", "recitation", "guardrail_intervened"}
"""How the servers call it: OpenAI's word, Gemini's, Bedrock's."""


class ChunkReader:
    """Reads the events of one answer.

    Args:
        gate: What they pass through.
    """

    def __init__(self, gate: AnswerGate) -> None:
        self._gate = gate
        self._model = ""
        self._thoughts = Thoughts()

    def read(self, event: Event) -> Iterator[ChatCompletionChunk]:
        """The chunks that an event makes.

        Raises:
            ProviderError: The vendor reports an error, or sends too much.
        """
        if (error := _error(event)) is not None:
            if not is_filter(error):
                raise broken_off(VENDOR)
            self._gate.refuse(Refusal.FILTERED)
        self._model = _name(event.data.get("model")) or self._model
        if (usage := _usage(event.data)) is not None:
            yield self._chunk(usage=usage)
        for choice in _choices(event):
            self._note_end(choice.get("finish_reason"))
            delta = _delta(choice)
            if isinstance(refusal := delta.get("refusal"), str) and refusal:
                self._gate.refuse(Refusal.REFUSED)
            if text := self._gate.words(self._thoughts.left_out(_text(delta.get("content")))):
                yield self._chunk(ChoiceDelta(content=text))
            for call in _calls(delta):
                function = mapping(call.get("function"))
                self._gate.call(
                    index=call.get("index"),
                    id=call.get("id"),
                    name=function.get("name"),
                    arguments=function.get("arguments"),
                )

    def end(self) -> Iterator[ChatCompletionChunk]:
        """What was kept until the end.

        Raises:
            ValueError: A tool was called with arguments that are no JSON object.
            ProviderError: A tool was called without a name.
        """
        if text := self._gate.words(self._thoughts.rest()) + self._gate.rest():
            yield self._chunk(ChoiceDelta(content=text))
        for number, call in enumerate(self._gate.end()):
            function = ChoiceDeltaToolCallFunction(name=call.name, arguments=call.arguments)
            part = ChoiceDeltaToolCall(index=number, id=call.id, function=function, type="function")
            yield self._chunk(ChoiceDelta(tool_calls=[part]))

    def _note_end(self, reason: Any) -> None:
        # Gemini tells more behind a colon.
        word = reason.lower().partition(":")[0].strip() if isinstance(reason, str) else ""
        if word == "error":
            raise broken_off(VENDOR)
        if word in FILTERED:
            self._gate.refuse(Refusal.FILTERED)
        elif word == "refusal":
            self._gate.refuse(Refusal.REFUSED)

    def _chunk(self, delta: ChoiceDelta | None = None, usage: CompletionUsage | None = None) -> ChatCompletionChunk:
        return ChatCompletionChunk(
            id="",
            choices=[] if delta is None else [Choice(index=0, delta=delta)],
            created=0,
            model=self._model,
            object="chat.completion.chunk",
            usage=usage,
        )


class Thoughts:
    """Leaves out what a model thinks aloud in front of its answer, between ``<think>`` and ``</think>``.

    Servers without a parser for their model stream it as text (https://docs.vllm.ai/en/latest/features/reasoning_outputs/).
    """

    BEGIN, END = "<think>", "</think>"

    def __init__(self) -> None:
        self._held = ""
        self._begun = self._over = False

    def left_out(self, text: str) -> str:
        """The part of a piece of text that is not thought."""
        if self._over:
            return text
        held, self._held = self._held + text, ""
        head = held.lstrip()
        self._begun = self._begun or head.startswith(self.BEGIN)
        if not self._begun:
            if self.BEGIN.startswith(head):
                self._held = held
                return ""
            self._over = True
            return held
        _, end, answer = held.partition(self.END)
        self._over = bool(end)
        self._held = "" if end else held[1 - len(self.END) :]
        return answer.lstrip()

    def rest(self) -> str:
        """What was held back and is no thought after all."""
        held, self._held = self._held, ""
        return "" if self._begun else held


def speaks(event: Event) -> bool:
    """Whether an event carries a part of the answer; thoughts are silence to a caller."""
    deltas = [_delta(choice) for choice in _choices(event)]
    return any(_text(delta.get("content")) or delta.get("refusal") or _calls(delta) for delta in deltas)


def finishes(event: Event) -> bool:
    """Whether an event is the answer's proper end."""
    told = any(choice.get("finish_reason") for choice in _choices(event))
    return event.name == DONE or told or is_filter(_error(event))


def is_filter(error: Any) -> bool:
    """Whether an error says that a content filter held the answer back, as Azure does
    (https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter)."""
    code = error.code if isinstance(error, BadRequestError) else mapping(error).get("code")
    return code == "content_filter"


def _error(event: Event) -> Any:
    """The error that an event reports: OpenAI's form, vLLM's, or one that its name tells."""
    if event.data.get("error"):
        return event.data["error"]
    return event.data if event.data.get("object") == "error" or event.name == "error" else None


def _choices(event: Event) -> Sequence[Mapping[str, Any]]:
    """The first choice of an event; no other was asked for."""
    choices = event.data.get("choices")
    listed = choices if isinstance(choices, list) else []
    return [choice for choice in listed if isinstance(choice, dict) and choice.get("index") in (0, None)][:1]


def _delta(choice: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(choice.get("delta")) or mapping(choice.get("message"))


def _calls(delta: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The tool calls of a delta, or the one of the form before them."""
    if not isinstance(listed := delta.get("tool_calls"), list):
        listed = [listed] if isinstance(listed, dict) else []
    if not listed and isinstance(function := delta.get("function_call"), dict):
        listed = [{"function": function}]
    return [call for call in listed if isinstance(call, dict)]


def _text(content: Any) -> str:
    """The text of a content: a string, or a list of parts."""
    if isinstance(content, list):
        parts = [mapping(part) for part in content]
        texts = [part.get("text") for part in parts if part.get("type") in ("text", "output_text")]
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _name(value: Any) -> str:
    return readable(value)[:256] if isinstance(value, str) else ""


def _usage(data: Mapping[str, Any]) -> CompletionUsage | None:
    """What was used, where OpenAI tells it or where Groq does."""
    usage = mapping(data.get("usage")) or mapping(mapping(data.get("x_groq")).get("usage"))
    if not usage:
        return None
    asked, answered = count(usage.get("prompt_tokens")), count(usage.get("completion_tokens"))
    cached = count(mapping(usage.get("prompt_tokens_details")).get("cached_tokens"))
    thought = count(mapping(usage.get("completion_tokens_details")).get("reasoning_tokens"))
    return CompletionUsage(
        prompt_tokens=asked,
        completion_tokens=answered,
        total_tokens=count(usage.get("total_tokens")) or asked + answered,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=cached),
        completion_tokens_details=CompletionTokensDetails(reasoning_tokens=thought),
    )
