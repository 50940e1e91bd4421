"""Services that plugins provide. Each hook returns one ``Provider`` or a list of them.

Providers are collected once, at start; two with the same name are refused with a message that names both
plugins. For each call the chosen provider's ``build`` makes one service; no hook is called per audio frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from op26x.hookspecs._markers import hookspec

if TYPE_CHECKING:
    from pipecat.services.llm_service import LLMService
    from pipecat.services.stt_service import STTService
    from pipecat.services.tts_service import TTSService

    from op26x.calls import Telephony
    from op26x.consent import RegistryFormat
    from op26x.storage import BlobStore
    from op26x.types import Provider
    from op26x.vault import KeyStore
    from op26x.voice import SpeechToSpeech, SpeechToText


@hookspec
def op26x_telephony() -> Provider[Telephony] | list[Provider[Telephony]]:
    """Provides the way to place, end and transfer calls with a telephony company. *Declaration*.

    ``build`` returns an object with ``place_call``, ``hang_up`` and ``transfer`` (see ``op26x.calls.Telephony``).
    Webhooks and media streams come in through ``op26x_routes``.

    Example::

        @hookimpl
        def op26x_telephony():
            return Provider("mycarrier", MyCarrier, about="Calls through MyCarrier")
    """


@hookspec
def op26x_llm_service() -> Provider[LLMService | SpeechToSpeech] | list[Provider[LLMService | SpeechToSpeech]]:
    """Provides an LLM: a Pipecat LLM service, or a speech-to-speech one wrapped in ``op26x.voice.SpeechToSpeech``.

    *Declaration*. A speech-to-speech service is given the caller's audio, which costs more than words do, and hears the
    caller before any rule of ours has read what they say.

    ``build`` is called once per call. What it raises, or what the service reports as an error during the call,
    is answered to the caller by a fixed sentence within three seconds.

    Example::

        @hookimpl
        def op26x_llm_service():
            return Provider("groq", lambda request: GroqLLMService(api_key=..., settings=...))
    """


@hookspec
def op26x_stt_service() -> Provider[STTService | SpeechToText] | list[Provider[STTService | SpeechToText]]:
    """Provides an STT service. *Declaration*.

    ``build`` returns one of three things, cheapest first; incoming audio stays out of the pipeline in all cases:

    - an ``op26x.voice.SpeechToText``: is handed the caller's speech as it comes, between start and end of speech;
    - a Pipecat ``SegmentedSTTService``: is handed each stretch of speech whole, when it is over;
    - any other Pipecat ``STTService``: gets the whole audio stream through an adapter beside the pipeline.

    The transcript of a recorded call has the time of each word if the first tells it, or if the second puts an answer
    with OpenAI's ``words`` (``word``, ``start``, ``end`` in seconds) into its ``TranscriptionFrame.result``.

    Example::

        @hookimpl
        def op26x_stt_service():
            return Provider("deepgram", lambda request: DeepgramSTTService(api_key=...))
    """


@hookspec
def op26x_tts_service() -> Provider[TTSService] | list[Provider[TTSService]]:
    """Provides a TTS service: one of Pipecat. *Declaration*.

    Audio of any sample rate is taken; 8 kHz needs no conversion.

    Example::

        @hookimpl
        def op26x_tts_service():
            return Provider("cartesia", lambda request: CartesiaTTSService(api_key=..., settings=...))
    """


@hookspec
def op26x_blob_store() -> Provider[BlobStore] | list[Provider[BlobStore]]:
    """Provides a place for blobs: sealed recordings and whatever else is too large for a row. *Declaration*.

    The setting ``blobs`` chooses one by its name. ``build`` is called once per process and returns an
    ``op26x.storage.BlobStore``. What is appended must be readable, and must outlive this process, as soon as ``append``
    returns. Blobs come sealed: a store needs no encryption of its own. A store that a company runs declares the company
    with ``op26x_processors``.

    Example::

        @hookimpl
        def op26x_blob_store():
            return Provider("nas", lambda request: LocalBlobs(request.settings_of(NasSettings).folder))
    """


@hookspec
def op26x_do_not_call_format() -> Provider[RegistryFormat] | list[Provider[RegistryFormat]]:
    """Reads the files of a do-not-call registry, for ``op26x registries import --format NAME``. *Declaration*.

    ``build`` returns an ``op26x.consent.RegistryFormat``, which turns lines of text into numbers in E.164 form.

    Example::

        def numbers(lines):
            return ("+44" + line.strip().removeprefix("0") for line in lines)

        @hookimpl
        def op26x_do_not_call_format():
            return Provider("gb-tps", lambda request: RegistryFormat(numbers))
    """


@hookspec
def op26x_key_store() -> Provider[KeyStore] | list[Provider[KeyStore]]:
    """Provides the place of the root key: a file, a KMS. *Declaration*.

    ``build`` returns an ``op26x.vault.KeyStore``: it wraps and unwraps keys of 32 bytes, and derives one from a label.
    It is asked when a process starts, never during a call. The setting ``key_store`` chooses one by its name.

    Example::

        @hookimpl
        def op26x_key_store():
            return Provider("kms", lambda request: MyKms(request.settings_of(MySettings).key_id))
    """


@hookspec(firstresult=True)
def op26x_render_sentence(text: str, language: str) -> bytes | None:
    """Speaks a fixed sentence without any vendor: apologies, goodbyes. *Deciding*; the first answer wins.

    Called when a service starts, for each of the core's sentences, so that a caller can be
    answered when the chosen TTS service has failed.

    Args:
        text: The sentence.
        language: As in BCP 47.

    Returns:
        16-bit mono PCM at 8 kHz, or ``None`` if the plugin can't speak that language.

    An exception leaves the sentence unspoken; the call then ends in silence.

    Example::

        @hookimpl
        def op26x_render_sentence(text, language):
            return recordings.get((text, language))
    """
