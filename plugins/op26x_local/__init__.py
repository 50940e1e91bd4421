"""Speech and an LLM without any network: for the first call, for rehearsals, for tests.

``stt`` hears (pocketsphinx); ``espeak`` speaks (espeak-ng), and ``tts`` makes a Pipecat service of it. ``rehearsal``
decides what an appointment agent says, by rules, and ``llm`` makes a Pipecat service of it; ``appointments`` and
``deposits`` have its tools.
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
    """The offline STT service, English only."""
    return Provider("local", _stt, "Offline STT service (pocketsphinx), English", warm=_warm)


@hookimpl
def op26x_tts_service() -> Provider[Any]:
    """The offline TTS service."""
    return Provider("local", _tts, "Offline speech synthesis (espeak-ng)")


@hookimpl
def op26x_llm_service() -> Provider[Any]:
    """The rule-based rehearsal LLM."""
    return Provider("rehearsal", _llm, "Rule-based rehearsal llm: appointments only, no language model")


@hookimpl
def op26x_tools() -> "list[Tool]":
    """The invented clinic's diary, and its till."""
    from op26x_local.appointments import tools
    from op26x_local.deposits import tool

    return [*tools(), tool()]


@hookimpl(trylast=True)
def op26x_render_sentence(text: str, language: str) -> bytes | None:
    """Fixed sentences in any language that the synthesiser speaks."""
    from op26x_local.espeak import VOICES, Espeak

    return Espeak.shared().speak(text, language=language) if language in VOICES else None


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an agent document may say under ``llm``, ``stt`` and ``tts`` when they are local: nothing."""


def _stt(request: ServiceRequest) -> Any:
    from op26x.voice.vendors.streams import read_options
    from op26x_local.stt import LocalSTT

    remedy = "Choose another: stt: openai, or a plugin of your own. op26x calls chat needs none."
    read_options(request, NoOptions, "stt 'local'", _english_only(request, "The stt 'local' hears", remedy))
    stt = LocalSTT.shared()
    if not request.call_id:  # built to see whether it can be, at the start of a service
        stt.begin()
    return stt


async def _warm() -> None:
    from op26x_local.stt import LocalSTT

    await LocalSTT.shared().warm()


def _tts(request: ServiceRequest) -> Any:
    from op26x.voice.vendors.streams import read_options
    from op26x_local.espeak import VOICES
    from op26x_local.tts import LocalTTS

    language = primary_language(request.language)
    unspoken = Fault(
        "language",
        f"The tts 'local' does not speak the language {request.language!r}.",
        f"It speaks {', '.join(VOICES)}; choose another TTS service for others.",
    )
    read_options(request, NoOptions, "tts 'local'", () if language in VOICES else (unspoken,))
    return LocalTTS(language=language)


def _llm(request: ServiceRequest) -> Any:
    from op26x.voice.vendors.streams import read_options
    from op26x_local.llm import RehearsalLLM

    remedy = "Choose another LLM, llm: openai for instance."
    read_options(request, NoOptions, "llm 'rehearsal'", _english_only(request, "The llm 'rehearsal' speaks", remedy))
    return RehearsalLLM()


def _english_only(request: ServiceRequest, what: str, remedy: str) -> tuple[Fault, ...]:
    if primary_language(request.language) == "en":
        return ()
    return (Fault("language", f"{what} English, not the language {request.language!r}.", remedy),)
