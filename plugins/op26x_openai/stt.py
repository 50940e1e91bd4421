"""OpenAI's transcription as an STT service (https://platform.openai.com/docs/api-reference/audio/createTranscription).

Pipecat's ``OpenAISTTService`` is segmented: it gets each stretch of speech whole and sends it as one WAV
file.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

from openai.types.audio import Transcription, TranscriptionVerbose
from pipecat.frames.frames import ErrorFrame
from pipecat.services.openai.stt import OpenAISTTService, OpenAISTTSettings
from pipecat.transcriptions.language import Language

from op26x import ServiceRequest
from op26x.errors import Fault, ProviderError
from op26x.types import primary_language
from op26x.voice.vendors.stream_gate import readable
from op26x.voice.vendors.streams import QuotesNobody, read_options
from op26x_openai.connection import CONNECTIONS
from op26x_openai.options import STTOptions
from op26x_openai.settings import OpenAISettings

WITH_WORD_TIMES = "whisper-1"
"""The one model of OpenAI's that tells when each word was said."""
LANGUAGES = {language.value for language in Language}
LONGEST_TEXT = 16_000
"""Characters."""
LONGEST_S = 3600.0


def build(request: ServiceRequest) -> "OpenAISTT":
    """Makes an STT service for one call.

    Args:
        request: Its options are ``STTOptions``; ``sample_rate`` is the one of its audio.

    Raises:
        AgentError: An option is unknown or does not fit, or the language is unknown, or the model takes no keywords.
        SettingsError: There is no API key.
    """
    settings: OpenAISettings = request.settings_of(OpenAISettings)
    model = request.options.get("model") or settings.stt_model
    options = read_options(request, STTOptions, "stt 'openai'", _faults(request, model))
    language = Language(primary_language(request.language))
    chosen = OpenAISTTSettings(
        model=options.model or settings.stt_model,
        language=language,
        prompt=options.prompt,
        keywords=options.keywords,
        temperature=options.temperature,
    )
    return OpenAISTT(settings, chosen, request.sample_rate)


def _faults(request: ServiceRequest, model: Any) -> Iterator[Fault]:
    """What does not fit together."""
    if primary_language(request.language) not in LANGUAGES:
        what = f"The stt 'openai' does not know the language {request.language!r}."
        yield Fault("language", what, "Write it as in BCP 47: en, hi, es-MX.")
    if request.options.get("keywords") and model == WITH_WORD_TIMES:
        what = f"The model {model} takes no keywords."
        yield Fault("keywords", what, "Put the words into its prompt, or choose another model.")


def checked(heard: Transcription) -> Transcription:
    """A transcription whose text can be used, and whose word times are all times or none.

    Raises:
        ProviderError: It has no text, or more than anybody says in one breath.
    """
    text = getattr(heard, "text", None)
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        raise ProviderError("OpenAI sent a transcription without text.", "Check the setting openai.base_url.")
    heard.text = readable(text)
    words = getattr(heard, "words", None)
    timed = isinstance(words, list) and all(_is_timed(word) for word in words)
    if isinstance(heard, TranscriptionVerbose):
        heard.words = [word.model_copy(update={"word": readable(word.word)}) for word in words or ()] if timed else None
    return heard


def _is_timed(word: Any) -> bool:
    start, end = getattr(word, "start", None), getattr(word, "end", None)
    if not isinstance(getattr(word, "word", None), str) or not isinstance(start, float | int):
        return False
    return isinstance(end, float | int) and 0 <= start <= end <= LONGEST_S


class OpenAISTT(QuotesNobody, OpenAISTTService):
    """Pipecat's service with a bound on each request.

    Args:
        connection: Key, address and time-out.
        settings: Model and language.
        sample_rate: Of the audio, samples per second.
    """

    vendor = "OpenAI"

    def __init__(self, connection: OpenAISettings, settings: OpenAISTTSettings, sample_rate: int) -> None:
        super().__init__(
            api_key=connection.key().reveal(),
            http_client=CONNECTIONS.pool(),
            settings=settings,
            sample_rate=sample_rate,
            # A cough has no words; without an answer the voice room would take it for a failure.
            push_empty_transcripts=True,
        )
        self._client = CONNECTIONS.client(connection)
        self._timeout_s = connection.timeout_s
        self._failure: Exception | None = None
        asked = {name: getattr(settings, name) for name in ("model", "language", "prompt", "temperature")}
        self._asked: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}

    async def _transcribe(self, audio: bytes) -> Transcription:
        self._failure = None
        try:
            async with asyncio.timeout(self._timeout_s):
                if self._asked["model"] == WITH_WORD_TIMES:
                    return checked(await self._with_word_times(audio))
                return checked(await super()._transcribe(audio))
        except Exception as error:
            self._failure = error
            raise

    async def _with_word_times(self, audio: bytes) -> Transcription:
        """Asks as Pipecat does, and for the times of words besides."""
        heard = await self._client.audio.transcriptions.create(
            file=("audio.wav", audio, "audio/wav"),
            response_format="verbose_json",
            timestamp_granularities=["word"],
            **self._asked,
        )
        return cast("Transcription", heard)

    async def push_error_frame(self, error: ErrorFrame, force_treat_as_permanent: bool = False) -> None:
        """Reports an error with the exception that Pipecat leaves out."""
        error.exception = error.exception or self._failure
        await super().push_error_frame(error, force_treat_as_permanent)
