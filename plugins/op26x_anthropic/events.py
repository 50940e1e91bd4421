"""The events of Anthropic's stream, as Pipecat gets them (https://docs.anthropic.com/en/api/messages-streaming).

What is missing, of another type or unknown is passed over. Tool calls are kept until the answer is complete. Pipecat
runs a call at each ``message_delta`` that stops for ``tool_use``; so each call comes with one of its own.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from anthropic.types.beta import (
    BetaInputJSONDelta,
    BetaMessageDeltaUsage,
    BetaRawContentBlockDeltaEvent,
    BetaRawContentBlockStartEvent,
    BetaRawMessageDeltaEvent,
    BetaSignatureDelta,
    BetaTextDelta,
    BetaThinkingBlock,
    BetaThinkingDelta,
    BetaToolUseBlock,
)
from anthropic.types.beta.beta_output_tokens_details import BetaOutputTokensDetails
from anthropic.types.beta.beta_raw_message_delta_event import Delta

from op26x.voice.vendors.event_stream import Event
from op26x.voice.vendors.frames import Refusal
from op26x.voice.vendors.stream_gate import AnswerGate, broken_off, count, mapping, readable

VENDOR = "Anthropic"
COUNTED = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")

Made = BetaRawContentBlockStartEvent | BetaRawContentBlockDeltaEvent | BetaRawMessageDeltaEvent


class EventReader:
    """Reads the events of one answer.

    Args:
        gate: What they pass through.
    """

    def __init__(self, gate: AnswerGate) -> None:
        self._gate = gate
        self._used = dict.fromkeys(COUNTED, 0)

    def read(self, event: Event) -> Iterator[Made]:
        """What Pipecat is told of an event.

        Raises:
            ProviderError: Anthropic reports an error, or sends too much.
        """
        kind = kind_of(event)
        if kind == "error":
            raise broken_off(VENDOR)
        if kind == "message_start":
            yield self._counted(mapping(event.data.get("message")).get("usage"))
        elif kind == "message_delta":
            if mapping(event.data.get("delta")).get("stop_reason") == "refusal":
                self._gate.refuse(Refusal.REFUSED)
            yield self._counted(event.data.get("usage"))
        elif kind == "content_block_start":
            yield from self._begin(event.data.get("index"), mapping(event.data.get("content_block")))
        elif kind == "content_block_delta":
            yield from self._go_on(event.data.get("index"), mapping(event.data.get("delta")))

    def end(self) -> Iterator[Made]:
        """What was kept until the end.

        Raises:
            ValueError: A tool was called with arguments that are no JSON object.
            ProviderError: A tool was called without a name.
        """
        if text := self._gate.rest():
            yield _text(text)
        for call in self._gate.end():
            block = BetaToolUseBlock(id=call.id, name=call.name, input={}, type="tool_use")
            yield BetaRawContentBlockStartEvent(type="content_block_start", index=0, content_block=block)
            yield _delta(BetaInputJSONDelta(type="input_json_delta", partial_json=call.arguments))
            yield self._counted(None, Delta(stop_reason="tool_use"))

    def _begin(self, index: Any, block: Mapping[str, Any]) -> Iterator[Made]:
        if block.get("type") == "tool_use":
            self._gate.begin_call(
                index=index, id=block.get("id"), name=block.get("name"), arguments=block.get("input") or None
            )
        elif block.get("type") == "thinking":
            thinking = BetaThinkingBlock(type="thinking", thinking="", signature="")
            yield BetaRawContentBlockStartEvent(type="content_block_start", index=0, content_block=thinking)
        elif text := self._gate.words(block.get("text")):
            yield _text(text)

    def _go_on(self, index: Any, delta: Mapping[str, Any]) -> Iterator[Made]:
        kind, thought, signature = delta.get("type"), delta.get("thinking"), delta.get("signature")
        if kind == "text_delta" and (text := self._gate.words(delta.get("text"))):
            yield _text(text)
        elif kind == "input_json_delta":
            self._gate.call(index=index, arguments=delta.get("partial_json"))
        elif kind == "thinking_delta" and isinstance(thought, str):
            yield _delta(BetaThinkingDelta(type="thinking_delta", thinking=readable(thought)))
        elif kind == "signature_delta" and isinstance(signature, str):
            yield _delta(BetaSignatureDelta(type="signature_delta", signature=readable(signature)))

    def _counted(self, usage: Any, delta: Delta | None = None) -> BetaRawMessageDeltaEvent:
        """Counts are cumulative: each replaces the one before."""
        told = mapping(usage)
        self._used.update({name: count(told[name]) for name in COUNTED if told.get(name) is not None})
        details = mapping(told.get("output_tokens_details"))
        thought = BetaOutputTokensDetails(thinking_tokens=count(details.get("thinking_tokens"))) if details else None
        return BetaRawMessageDeltaEvent(
            type="message_delta",
            delta=delta or Delta(),
            usage=BetaMessageDeltaUsage.model_validate({**self._used, "output_tokens_details": thought}),
        )


def kind_of(event: Event) -> str:
    """The type that an event tells, or its name."""
    kind = event.data.get("type")
    return kind if isinstance(kind, str) else event.name


def speaks(event: Event) -> bool:
    """Whether an event carries a part of the answer; keep-alives do not."""
    return kind_of(event) in ("content_block_start", "content_block_delta")


def is_last(event: Event) -> bool:
    """Whether nothing follows an event."""
    return kind_of(event) == "message_stop"


def finishes(event: Event) -> bool:
    """Whether an event is the answer's proper end."""
    stopped = kind_of(event) == "message_delta" and mapping(event.data.get("delta")).get("stop_reason")
    return is_last(event) or bool(stopped)


def _text(text: str) -> Made:
    return _delta(BetaTextDelta(type="text_delta", text=text))


def _delta(delta: BetaTextDelta | BetaInputJSONDelta | BetaThinkingDelta | BetaSignatureDelta) -> Made:
    return BetaRawContentBlockDeltaEvent(type="content_block_delta", index=0, delta=delta)
