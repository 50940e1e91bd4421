"""Counts what a call gives to companies, where it is handed over: audio, words, contexts, and what comes back."""

import inspect
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import msgspec
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    LLMContextFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.tts_service import TTSService

from op26x import logs
from op26x.agents.tools import Handler, Tool, ToolCall, ToolResult
from op26x.clock import Clock
from op26x.processors.disclosures import TOOL, VOICE, DisclosureLedger, Given, Planned
from op26x.redaction import in_words
from op26x.voice.conversation.in_clear import InClear
from op26x.voice.conversation.services import CallServices
from op26x.voice.hearing.ears import Heard, SpeechToText, Utterance

log = logs.get("voice")


class Counter:
    """What one role of a call was given.

    Args:
        clock: Tells when.
    """

    def __init__(self, clock: Clock) -> None:
        self.given = Given()
        self._clock = clock

    def sent(self, size: int, requests: int = 0) -> None:
        """That many bytes were given."""
        given = self.given
        given.last_at = self._clock.now()
        given.first_at = given.first_at or given.last_at
        given.bytes_out += size
        given.requests += requests

    def came(self, size: int) -> None:
        """That many bytes came back."""
        self.given.bytes_in += size


class CallDisclosures:
    """Those of one call.

    Args:
        ledger: Where they are written.
        call_id: Of which call.
        planned: Whom it may give something; services of nobody else are counted.
        clock: Tells when.
    """

    def __init__(self, ledger: DisclosureLedger, call_id: str, planned: Sequence[Planned], clock: Clock) -> None:
        self._ledger = ledger
        self._call_id = call_id
        self._planned = planned
        self._counters = {one.role: Counter(clock) for one in planned}

    async def begin(self) -> None:
        """Notes whom the call may give something, before it does."""
        await self._ledger.begin(self._call_id, self._planned)

    def counted(self, services: CallServices) -> CallServices:
        """The same services, with what they are given counted."""
        if counter := self._counters.get("llm"):
            _count_llm(services.llm, counter)
        if counter := self._counters.get("tts"):
            _count_tts(services.tts, counter)
        tools = [self._counted_tool(tool) for tool in services.tools]
        services = replace(services, tools=tools)
        if counter := self._counters.get("stt"):
            if services.beside is None:
                return replace(services, stt=CountedSpeechToText(services.stt, counter))
            _count_stt(services.beside.service, counter)
        return services

    def _counted_tool(self, tool: Tool) -> Tool:
        counter = self._counters.get(f"{TOOL}{tool.name}")
        return tool if counter is None else replace(tool, handler=_counted_handler(tool.handler, counter))

    def carried(self, to_caller: int, from_caller: int) -> None:
        """The carrier was given that many bytes of audio, and gave us that many."""
        if counter := self._counters.get("telephony"):
            counter.sent(to_caller, requests=1)
            counter.came(from_caller)

    async def end(self, clear: InClear | None) -> None:
        """Notes how much it was. What can't be written is said in the log; that it was given stays noted.

        Args:
            clear: What was found in clear in it; ``None`` if nothing was looked for.
        """
        if not self._planned:
            return
        if clear is not None:
            for one in self._planned:
                roles = (one.role, VOICE) if VOICE in one.categories else (one.role,)
                self._counters[one.role].given.entities = in_words(clear.counted(roles))
        try:
            await self._ledger.end(self._call_id, {role: one.given for role, one in self._counters.items()})
        except Exception as error:
            log.error("it can't be noted how much a call gave away", call=self._call_id, exc_info=error)


def _count_llm(llm: FrameProcessor, counter: Counter) -> None:
    def taken(frame: Frame) -> None:
        if isinstance(frame, LLMContextFrame):
            counter.sent(_size(llm, frame.context), requests=1)
        elif isinstance(frame, InputAudioRawFrame):
            counter.sent(len(frame.audio))

    _watch(llm, taken, counter)


def _size(llm: FrameProcessor, context: Any) -> int:
    """Bytes of what an LLM is asked with: instructions, turns and tools, as JSON."""
    instructions = getattr(getattr(llm, "_settings", None), "system_instruction", "")
    tools = getattr(context.tools, "standard_tools", ())
    asked = [str(instructions or ""), context.get_messages(), [tool.to_default_dict() for tool in tools]]
    return _bytes_of_data(asked)


def _counted_handler(handler: Handler, counter: Counter) -> Handler:
    """The same, which runs where it would have run: on the loop, or on a thread of its own."""

    async def later(result: Awaitable[Any]) -> Any:
        found = await result
        counter.came(_bytes_of_data(found))
        return found

    def counted(call: ToolCall, arguments: Any) -> Any:
        counter.sent(_bytes_of_data(arguments), requests=1)
        result = handler(call, arguments)
        if inspect.isawaitable(result):
            return later(result)
        counter.came(_bytes_of_data(result))
        return result

    async def counted_on_loop(call: ToolCall, arguments: Any) -> Any:
        return await counted(call, arguments)

    return counted_on_loop if inspect.iscoroutinefunction(handler) else counted


def _bytes_of_data(data: Any) -> int:
    """Bytes of it as JSON, or of its text if it is none."""
    data = data.data if isinstance(data, ToolResult) else data
    try:
        return len(msgspec.json.encode(data, enc_hook=str))
    except (ValueError, TypeError, RecursionError):
        return _bytes_of(str(data))


def _bytes_of(text: str) -> int:
    """Bytes of a text, of one as well that no service could send: a model may end in half a character."""
    return len(text.encode("utf-8", "surrogatepass"))


def _count_stt(stt: FrameProcessor, counter: Counter) -> None:
    def taken(frame: Frame) -> None:
        if isinstance(frame, InputAudioRawFrame):
            counter.sent(len(frame.audio))
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            counter.sent(0, requests=1)

    _watch(stt, taken, counter)


def _count_tts(tts: TTSService, counter: Counter) -> None:
    speak = tts.run_tts

    async def run_tts(text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        counter.sent(_bytes_of(text), requests=1)
        async with aclosing(speak(text, context_id)) as frames:
            async for frame in frames:
                yield frame

    tts.run_tts = run_tts  # type: ignore[method-assign]
    _watch(tts, lambda _: None, counter)


def _watch(service: Any, taken: Any, counter: Counter) -> None:
    """Stands in front of a service and behind it; nothing else of it changes."""
    process, push = service.process_frame, service.push_frame

    async def process_frame(frame: Frame, direction: FrameDirection) -> None:
        taken(frame)
        await process(frame, direction)

    async def push_frame(frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM) -> None:
        if isinstance(frame, TTSAudioRawFrame):
            counter.came(len(frame.audio))
        elif isinstance(frame, LLMTextFrame | TranscriptionFrame):
            counter.came(_bytes_of(frame.text))
        await push(frame, direction)

    service.process_frame, service.push_frame = process_frame, push_frame


class CountedSpeechToText:
    """An ``op26x.voice.SpeechToText`` of a plugin's own kind, counted.

    Args:
        stt: The service, which other calls may share.
        counter: Counts.
    """

    def __init__(self, stt: SpeechToText, counter: Counter) -> None:
        self._stt = stt
        self._counter = counter

    def utterance(self) -> "CountedUtterance":
        """Begins one."""
        return CountedUtterance(self._stt.utterance(), self._counter)


class CountedUtterance:
    """An ``op26x.voice.Utterance``, counted."""

    def __init__(self, utterance: Utterance, counter: Counter) -> None:
        self._utterance = utterance
        self._counter = counter
        self._begun = False

    def feed(self, pcm: bytes) -> None:
        """Takes audio."""
        self._counter.sent(len(pcm), requests=not self._begun)
        self._begun = True
        self._utterance.feed(pcm)

    async def finish(self) -> Heard:
        """What was heard."""
        heard = await self._utterance.finish()
        self._counter.came(_bytes_of(heard.text))
        return heard

    def cancel(self) -> None:
        """The words are no longer needed."""
        self._utterance.cancel()
