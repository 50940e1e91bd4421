"""A counterpart of Anthropic's API: messages, streamed, in their real wire format.

Formats: https://docs.anthropic.com/en/api/messages-streaming and https://docs.anthropic.com/en/api/errors.
"""

import json
from typing import Any

from litestar import Request, Response, post
from litestar.response import Stream

from counterparts.script import Answer, Call, Fail, Script
from counterparts.server import Counterpart, Wire

ARGUMENTS_PIECE = 12
ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


class AnthropicCounterpart(Counterpart):
    """Anthropic on the loopback.

    Attributes:
        messages: What messages do.
    """

    def __init__(self) -> None:
        self.messages = Script(Answer("Certainly."))
        super().__init__(self._handlers())

    @property
    def base_url(self) -> str:
        """As the SDK and the setting ``base_url`` want it."""
        return self.url

    def _handlers(self) -> list[Any]:
        @post("/v1/messages", status_code=200)
        async def messages(request: Request[Any, Any, Any]) -> Response[Any] | Stream:
            received = await self.receive(request)
            if fault := fault_of(received.json):
                return _error(Fail(400, fault))
            reply = self.messages.next()
            if isinstance(reply, Fail):
                return _error(reply)
            answer = reply if isinstance(reply, Answer) else Answer()
            events = [_start(received.json["model"]) + _sse("ping", {}), *_blocks(answer)]
            delta = {"stop_reason": "tool_use" if answer.calls else "end_turn", "stop_sequence": None}
            usage = {"output_tokens": 4}
            end = [_sse("message_delta", {"delta": delta, "usage": usage}), _sse("message_stop", {})]
            failure = _sse("error", {"error": {"type": "overloaded_error", "message": "Overloaded"}})
            media_type = "text/event-stream; charset=utf-8"
            return await self.reply(reply, Wire(media_type, events, end, failure, _sse("ping", {})))

        return [messages]


def fault_of(asked: dict[str, Any]) -> str:
    """Why Anthropic would answer with 400; empty if it would not.

    https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use#handling-tool-use-and-tool-result-content-blocks
    """
    if "tool_choice" in asked and not asked.get("tools"):
        return "tool_choice may only be specified while providing tools"
    turns = [(m["role"], _blocks_of(m["content"])) for m in asked["messages"]]
    if not turns or turns[0][0] != "user":
        return "messages: first message must use the user role"
    if turns[-1][0] != "user":
        return "This model does not support assistant message prefill."
    for (_, blocks), (_, answer) in zip(turns, [*turns[1:], ("", [])], strict=True):
        used = [b["id"] for b in blocks if b["type"] == "tool_use"]
        if used != [b.get("tool_use_id") for b in answer[: len(used)]]:
            return "tool_use ids were found without tool_result blocks immediately after"
    for (_, before), (_, blocks) in zip([("", []), *turns], turns, strict=False):
        for block in blocks:
            if block["type"] == "text" and not block["text"].strip():
                return "messages: text content blocks must contain non-whitespace text"
            if block["type"] == "tool_result" and block["tool_use_id"] not in [b.get("id") for b in before]:
                return "unexpected tool_use_id found in tool_result blocks"
    return ""


def _blocks_of(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _start(model: str) -> bytes:
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": model,
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 9, "output_tokens": 1},
    }
    return _sse("message_start", {"message": message})


def _blocks(answer: Answer) -> list[bytes]:
    events = []
    if answer.text:
        words = [f"{' ' if i else ''}{word}" for i, word in enumerate(answer.text.split(" "))]
        deltas = [{"type": "text_delta", "text": word} for word in words]
        events += _block(0, {"type": "text", "text": ""}, deltas)
    for index, call in enumerate(answer.calls, start=bool(answer.text)):
        block = {"type": "tool_use", "id": f"toolu_{index}", "name": call.name, "input": {}}
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in _pieces(call)]
        events += _block(index, block, deltas)
    return events


def _pieces(call: Call) -> list[str]:
    arguments = call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)
    return ["", *(arguments[i : i + ARGUMENTS_PIECE] for i in range(0, len(arguments), ARGUMENTS_PIECE))]


def _block(index: int, block: dict[str, Any], deltas: list[dict[str, Any]]) -> list[bytes]:
    return [
        _sse("content_block_start", {"index": index, "content_block": block}),
        *(_sse("content_block_delta", {"index": index, "delta": delta}) for delta in deltas),
        _sse("content_block_stop", {"index": index}),
    ]


def _sse(event: str, data: dict[str, Any]) -> bytes:
    return f"event: {event}\ndata: {json.dumps({'type': event, **data})}\n\n".encode()


def _error(fail: Fail) -> Response[Any]:
    error = {"type": ERROR_TYPES.get(fail.status, "api_error"), "message": fail.message}
    body = {"type": "error", "error": error, "request_id": "req_1"}
    return Response(body, status_code=fail.status, headers=fail.headers)
