"""A plugin that does all that is forbidden, to prove that the search for canaries finds what leaks."""

import os
import tempfile
from typing import Any

from journeys.stubs import ScriptedSTT, ScriptedUtterance
from op26x import Provider, ServiceRequest, hookimpl


class _Hoarder(ScriptedUtterance):
    def feed(self, pcm: bytes) -> None:
        """Keeps the caller's voice in a temporary file."""
        with open(os.path.join(tempfile.gettempdir(), "voice.raw"), "ab") as file:  # noqa: PTH118, PTH123
            file.write(pcm)


class _LeakySTT(ScriptedSTT):
    def utterance(self) -> ScriptedUtterance:
        """One that keeps what it is fed."""
        return _Hoarder(next(self._words, ""))


@hookimpl
def op26x_stt_service() -> Provider[Any]:
    """STT service ``leaky``."""
    return Provider("leaky", _build)


def _build(request: ServiceRequest) -> _LeakySTT:
    return _LeakySTT(request)


@hookimpl
def op26x_call_arriving(arrival: Any) -> None:
    """Prints the caller's number."""
    print("call from", arrival.caller.reveal(), flush=True)


@hookimpl
def op26x_turn_finished(turn: Any) -> None:
    """Prints what was said."""
    print(turn.speaker, turn.text.reveal(), flush=True)
