"""Speech and a brain without any network: for the first call, for rehearsals, for tests.

``recogniser`` (pocketsphinx) and ``synthesiser`` (espeak-ng) are plain classes; ``voice`` makes a Pipecat service of
the latter. ``rehearsal`` decides what an appointment agent says, by rules; ``brain`` makes an LLM service of it;
``appointments`` has its tools.
"""

from typing import TYPE_CHECKING, Any

import msgspec

from op26x import Provider, ServiceRequest, hookimpl
from op26x.errors import Fault
from op26x.types import primary_language

if TYPE_CHECKING:
    from op26x.agents import Tool


@hookimpl
def op26x_stt_service() -> Provider[Any]:
    """The offline recogniser, English only."""
    return Provider("local", _recogniser, "Offline recogniser (pocketsphinx), English", warm=_warm)


@hookimpl
def op26x_tts_service() -> Provider[Any]:
    """The offline synthesiser."""
    return Provider("local", _voice, "Offline synthesiser (espeak-ng)")


@hookimpl
def op26x_llm_service() -> Provider[Any]:
    """The rule-based rehearsal brain."""
    return Provider("rehearsal", _brain, "Rule-based rehearsal brain: appointments only, no language model")


@hookimpl
def op26x_tools() -> "list[Tool]":
    """The invented clinic's diary."""
    from op26x_local.appointments import tools

    return tools()


@hookimpl(trylast=True)
def op26x_render_sentence(text: str, language: str) -> bytes | None:
    """Fixed sentences in any language that the synthesiser speaks."""
    from op26x_local.synthesiser import VOICES, Synthesiser

    return Synthesiser.shared().speak(text, language=language) if language in VOICES else None


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an agent document may say under ``brain``, ``voice`` and ``recogniser`` when they are local: nothing."""


def _recogniser(request: ServiceRequest) -> Any:
    from op26x.voice.vendors.streams import read_options
    from op26x_local.recogniser import Recogniser

    read_options(request, NoOptions, "recogniser 'local'")
    recogniser = Recogniser.shared()
    if not request.call_id:  # built to see whether it can be, at the start of a service
        recogniser.begin()
    return recogniser


async def _warm() -> None:
    from op26x_local.recogniser import Recogniser

    await Recogniser.shared().warm()


def _voice(request: ServiceRequest) -> Any:
    from op26x.voice.vendors.streams import read_options
    from op26x_local.synthesiser import VOICES
    from op26x_local.voice import LocalVoice

    language = primary_language(request.language)
    unspoken = Fault(
        "language",
        f"The voice 'local' does not speak the language {request.language!r}.",
        f"It speaks {', '.join(VOICES)}; choose another voice for others.",
    )
    read_options(request, NoOptions, "voice 'local'", () if language in VOICES else (unspoken,))
    return LocalVoice(language=language)


def _brain(request: ServiceRequest) -> Any:
    from op26x.voice.vendors.streams import read_options
    from op26x_local.brain import RehearsalBrain

    read_options(request, NoOptions, "brain 'rehearsal'")
    return RehearsalBrain()
