"""A counterpart of OpenAI's API: chat completions, transcriptions, speech, in their real wire formats.

Formats: https://platform.openai.com/docs/api-reference/chat-streaming, …/audio, and
https://platform.openai.com/docs/guides/error-codes.
"""

import json
from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, post
from litestar.response import Stream

from counterparts.script import Answer, Call, Fail, Reply, Script
from counterparts.server import Counterpart, Wire

AUDIO_PIECE = 4096
ARGUMENTS_PIECE = 12
ERROR_TYPES = {401: "invalid_request_error", 429: "rate_limit_error", 500: "server_error"}
ERROR_CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded"}
USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
BROKEN = {"message": "Broken.", "type": "server_error", "param": None, "code": None}


class OpenAICounterpart(Counterpart):
    """OpenAI on the loopback.

    Attributes:
        chat: What chat completions do.
        transcriptions: What the STT service does.
        speech: What the synthesiser does.
    """

    def __init__(self) -> None:
        self.chat = Script(Answer("Certainly."))
        self.transcriptions = Script(Answer("Hello."))
        self.speech = Script(Answer(audio=bytes(9600)))
        super().__init__(self._handlers())

    @property
    def base_url(self) -> str:
        """As the SDK and the setting ``base_url`` want it."""
        return f"{self.url}/v1"

    def _handlers(self) -> list[Any]:
        @post("/v1/chat/completions", status_code=200)
        async def chat(request: Request[Any, Any, Any]) -> Response[Any] | Stream:
            received = await self.receive(request)
            if fault := fault_of(received.json):
                return _error(Fail(400, fault))
            reply = self.chat.next()
            if isinstance(reply, Fail):
                return _error(reply)
            answer = reply if isinstance(reply, Answer) else Answer()
            events = [_chunk({"role": "assistant", "content": ""}), *_deltas(answer)]
            end = [_chunk({}, "tool_calls" if answer.calls else "stop")]
            if received.json.get("stream_options", {}).get("include_usage"):
                end.append(_chunk(None, usage=USAGE))
            end.append(b"data: [DONE]\n\n")
            wire = Wire("text/event-stream", events, end, _sse({"error": BROKEN}), b": keep-alive\n\n")
            return await self.reply(reply, wire)

        @post("/v1/audio/transcriptions", status_code=200)
        async def transcriptions(request: Request[Any, Any, Any]) -> Response[Any] | Stream:
            received = await self.receive(request)
            return await self._plain(self.transcriptions.next(), "application/json", received.json)

        @post("/v1/audio/speech", status_code=200)
        async def speech(request: Request[Any, Any, Any]) -> Response[Any] | Stream:
            await self.receive(request)
            return await self._plain(self.speech.next(), "audio/pcm")

        return [chat, transcriptions, speech]

    async def _plain(
        self, reply: Reply, media_type: str, asked: Mapping[str, Any] | None = None
    ) -> Response[Any] | Stream:
        if isinstance(reply, Fail):
            return _error(reply)
        answer = reply if isinstance(reply, Answer) else Answer()
        if media_type == "application/json":
            usage = {"type": "duration", "seconds": 2}
            events = [json.dumps({"text": answer.text, "usage": usage, **_verbose(answer, asked or {})}).encode()]
        else:
            pieces = range(0, len(answer.audio), AUDIO_PIECE)
            events = [answer.audio[i : i + AUDIO_PIECE] for i in pieces]
        return await self.reply(reply, Wire(media_type, events))


def fault_of(asked: dict[str, Any]) -> str:
    """Why OpenAI would answer with 400; empty if it would not.

    https://platform.openai.com/docs/guides/function-calling
    """
    waiting: list[str] = []
    for message in asked["messages"]:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
            waiting.remove(message["tool_call_id"])
        elif waiting:
            return "An assistant message with 'tool_calls' must be followed by tool messages."
        waiting += [call["id"] for call in message.get("tool_calls", [])]
    if any(parameters.get("type") != "object" for parameters in _parameters(asked)):
        return "schema must be a JSON Schema of 'type: \"object\"'"
    return "An assistant message with 'tool_calls' must be followed by tool messages." if waiting else ""


def _parameters(asked: dict[str, Any]) -> list[dict[str, Any]]:
    return [tool["function"]["parameters"] for tool in asked.get("tools", [])]


def _verbose(answer: Answer, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What ``verbose_json`` adds: here each word takes a quarter of a second, with a pause as long before it."""
    if asked.get("response_format") != "verbose_json":
        return {}
    words = [
        {"word": word.strip(",."), "start": n / 2 + 0.25, "end": n / 2 + 0.5}
        for n, word in enumerate(answer.text.split())
    ]
    by_word = "word" in asked.get("timestamp_granularities[]", "")
    return {"task": "transcribe", "language": "english", "duration": 2.0, **({"words": words} if by_word else {})}


def _deltas(answer: Answer) -> list[bytes]:
    words = [f"{' ' if i else ''}{word}" for i, word in enumerate(answer.text.split(" ")) if answer.text]
    calls = [event for i, call in enumerate(answer.calls) for event in _call(i, call)]
    return [_chunk({"content": word}) for word in words] + calls


def _call(index: int, call: Call) -> list[bytes]:
    arguments = call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)
    first = {
        "index": index,
        "id": f"call_{index}",
        "type": "function",
        "function": {"name": call.name, "arguments": ""},
    }
    pieces = [arguments[i : i + ARGUMENTS_PIECE] for i in range(0, len(arguments), ARGUMENTS_PIECE)]
    further = [{"index": index, "function": {"arguments": piece}} for piece in pieces]
    return [_chunk({"tool_calls": [part]}) for part in [first, *further]]


def _chunk(delta: dict[str, Any] | None, finish: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _sse(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1790000000,
            "model": "gpt-4.1-mini-2025-04-14",
            "service_tier": "default",
            "system_fingerprint": "fp_1",
            "choices": [] if delta is None else [choice],
            "usage": usage,
        }
    )


def _sse(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


def _error(fail: Fail) -> Response[Any]:
    error = {
        "message": fail.message,
        "type": ERROR_TYPES.get(fail.status, "invalid_request_error"),
        "param": None,
        "code": fail.code or ERROR_CODES.get(fail.status),
    }
    return Response({"error": error}, status_code=fail.status, headers=fail.headers)
