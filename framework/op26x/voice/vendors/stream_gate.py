"""The gate between a vendor's stream and the call: what passes is sane, whatever was sent.

A plugin reads its vendor's events and hands the parts to an ``AnswerGate``. Text comes out readable, tool calls come
out whole, each once and with an id of its own, and what is absurdly long ends the answer.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from op26x.errors import ProviderError
from op26x.voice.vendors.frames import Refusal

LONGEST_ANSWER = 64_000
"""Characters: more than an hour of speech."""
MOST_CALLS = 32
LONGEST_NAME = 256
LONGEST_ARGUMENTS = 64_000
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def readable(text: str) -> str:
    """A text that can be spoken, stored and sent: without halves of characters, without control characters."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return CONTROLS.sub(" ", whole)


def readable_json(value: Any) -> Any:
    """A JSON value with every text in it readable."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, list):
        return [readable_json(item) for item in value]
    if isinstance(value, dict):
        return {readable(str(key)): readable_json(item) for key, item in value.items()}
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def count(value: Any) -> int:
    """The value if it can be a number of tokens, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31 else 0


@dataclass(frozen=True)
class WholeCall:
    """A tool call to run.

    Attributes:
        id: Unlike any other of the conversation.
        name: The tool.
        arguments: A JSON object.
    """

    id: str
    name: str
    arguments: str


class CallIds:
    """The ids of the tool calls of a conversation; results find their calls by them."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def own(self, wanted: str) -> str:
        """The id that was given, or a new one if it is missing, too long or was used before."""
        number = len(self._used) + 1
        given = wanted if 0 < len(wanted) <= LONGEST_NAME and readable(wanted) == wanted else f"call-{number}"
        while given in self._used:
            given, number = f"call-{number}", number + 1
        self._used.add(given)
        return given


@dataclass
class _Call:
    index: int | None
    id: str
    name: str = ""
    arguments: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.arguments)

    def is_complete(self) -> bool:
        try:
            return isinstance(json.loads(self.text), dict)
        except (ValueError, RecursionError):
            return False


class AnswerGate:
    """One answer.

    Args:
        vendor: The company, for messages.
        ids: Of the conversation.

    Attributes:
        refused: Why it is no answer; known at its end.
    """

    def __init__(self, vendor: str, ids: CallIds) -> None:
        self.refused: Refusal | None = None
        self._vendor = vendor
        self._ids = ids
        self._calls: list[_Call] = []
        self._half = ""
        self._length = 0
        self._spoken = False

    def words(self, text: Any) -> str:
        """A piece of text, as far as it can be passed on; a character in two halves waits for its second one."""
        if not isinstance(text, str) or not text:
            return ""
        self._length += len(text)
        if self._length > LONGEST_ANSWER:
            raise self._absurd()
        held = self._half + text
        split = len(held) - ("\ud800" <= held[-1] <= "\udbff")
        passed, self._half = readable(held[:split]), held[split:]
        self._spoken = self._spoken or bool(passed.strip())
        return passed

    def call(self, *, index: Any = None, id: Any = None, name: Any = None, arguments: Any = None) -> None:
        """A piece of a tool call, or a whole one.

        Args:
            index: Its number within the answer, if it has one; two calls may have the same.
            id: Its id, perhaps in its first piece only.
            name: The tool, likewise.
            arguments: A piece of JSON, or an object.
        """
        number = index if isinstance(index, int) else None
        given = id if isinstance(id, str) else ""
        tool = name if isinstance(name, str) else ""
        text = json.dumps(arguments) if isinstance(arguments, dict) else arguments if isinstance(arguments, str) else ""
        call = self._continued(number, given, tool)
        if call is None:
            call = _Call(number, given)
            self._calls.append(call)
        elif given and call.is_complete() and text in ("", call.text):
            return  # the same call again
        call.id = call.id or given
        call.name = call.name or tool
        call.arguments.append(text)
        self._length += len(text) + len(tool)
        if len(self._calls) > MOST_CALLS or self._length > LONGEST_ARGUMENTS or len(call.name) > LONGEST_NAME:
            raise self._absurd()

    def begin_call(self, *, index: Any, id: Any, name: Any, arguments: Any = None) -> None:
        """The beginning of a tool call, for vendors that mark it."""
        self._calls.append(_Call(index if isinstance(index, int) else None, id if isinstance(id, str) else ""))
        self.call(index=index, name=name, arguments=arguments)

    def _continued(self, index: int | None, id: str, name: str) -> _Call | None:
        """The call that a piece goes on with; ``None`` if it begins one."""
        if id and (same := [call for call in self._calls if call.id == id]):
            return same[-1]
        at = [call for call in self._calls if call.index == index] if index is not None else self._calls
        if not at:
            return None
        last = at[-1]
        if id and last.id:
            return None
        begins = bool(name and last.name) and (name != last.name or not last.text or last.is_complete())
        return None if begins else last

    def refuse(self, reason: Refusal) -> None:
        """Notes that it is no answer; the first reason counts."""
        self.refused = self.refused or reason

    def rest(self) -> str:
        """What is left of the text at the end."""
        half, self._half = self._half, ""
        self._spoken = self._spoken or bool(half)
        return readable(half)

    def end(self) -> list[WholeCall]:
        """The tool calls. Those of an answer that was broken off by a refusal are not whole, and none are run.

        Raises:
            ValueError: The arguments of one are no JSON object.
            ProviderError: One has no name.
        """
        calls = [] if self.refused else [self._whole(call) for call in self._calls]
        if not calls and not self._spoken:
            self.refuse(Refusal.EMPTY)
        return calls

    def _whole(self, call: _Call) -> WholeCall:
        if not call.name.strip():
            raise ProviderError(f"{self._vendor} called a tool without a name.", "Try another model.")
        found = json.loads(call.text or "{}")
        if isinstance(found, str):  # some servers encode twice
            found = json.loads(found or "{}")
        if not isinstance(found, dict | None):
            raise ValueError("the arguments of a tool are no object")
        # The id last: what can't be run takes none.
        arguments = json.dumps(readable_json(found or {}))
        return WholeCall(self._ids.own(call.id), readable(call.name), arguments)

    def _absurd(self) -> ProviderError:
        return ProviderError(f"{self._vendor} sent too much.", "See the log of the vendor.")


def broken_off(vendor: str) -> ProviderError:
    """The error of an answer within which the vendor reports one."""
    return ProviderError(f"{vendor} broke off its answer with an error.", "See the log of the vendor.")
