"""OpenAI's speech as a TTS service (https://platform.openai.com/docs/api-reference/audio/createSpeech)."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from pipecat.frames.frames import ErrorFrame, Frame, TTSAudioRawFrame
from pipecat.services.openai.tts import OpenAITTSService, OpenAITTSSettings

from op26x import ServiceRequest
from op26x.errors import ProviderError, SettingsError
from op26x.voice.vendors.streams import QuotesNobody, read_options
from op26x_openai.connection import CONNECTIONS
from op26x_openai.options import VOICES, TTSOptions
from op26x_openai.settings import OpenAISettings

SAMPLE_RATE = 24000
FIRST_AUDIO_S = 0.1
HEAD = 64
FORMATS = (b"RIFF", b"ID3", b"OggS", b"fLaC")
PRINTABLE = re.compile(rb"[\t\n\r -~]+")


def build(request: ServiceRequest) -> "OpenAITTS":
    """Makes a TTS service for one call.

    Args:
        request: Its options are ``TTSOptions``.

    Raises:
        AgentError: An option is unknown or does not fit.
        SettingsError: There is no API key, or no voice as the settings name it.
    """
    settings: OpenAISettings = request.settings_of(OpenAISettings)
    options = read_options(request, TTSOptions, "tts 'openai'")
    voice = options.voice or settings.voice
    if voice not in VOICES:
        raise SettingsError(
            f"The setting openai.voice: there is no voice {voice!r}.", f"Choose one of: {', '.join(VOICES)}."
        )
    chosen = OpenAITTSSettings(
        model=options.model or settings.tts_model,
        voice=voice,
        speed=options.speed,
        instructions=options.instructions,
    )
    return OpenAITTS(settings, chosen)


class OpenAITTS(QuotesNobody, OpenAITTSService):
    """Pipecat's service, its first audio sooner, with a bound on each wait. Gives 16-bit mono PCM at 24 kHz.

    Args:
        connection: Key, address and time-out.
        settings: Model, voice and manner.
    """

    vendor = "OpenAI"

    def __init__(self, connection: OpenAISettings, settings: OpenAITTSSettings) -> None:
        super().__init__(
            api_key=connection.key().reveal(),
            http_client=CONNECTIONS.pool(),
            settings=settings,
            sample_rate=SAMPLE_RATE,
        )
        self._client = CONNECTIONS.client(connection)
        self._timeout_s = connection.timeout_s

    @property
    def chunk_size(self) -> int:
        """Bytes per audio frame. Pipecat's half a second of audio would be heard as delay."""
        return int(SAMPLE_RATE * FIRST_AUDIO_S) * 2

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame, None]:
        """Speaks a sentence: audio frames, or an error frame if OpenAI fails, falls silent, or sends no sound."""
        sound = Sound()
        try:
            async with aclosing(super().run_tts(text, context_id)) as frames:
                while True:
                    async with asyncio.timeout(self._timeout_s):
                        frame = await anext(frames, None)
                    if frame is None:
                        break
                    if not isinstance(frame, TTSAudioRawFrame):
                        yield frame
                        return
                    if audio := sound.whole(frame.audio):
                        yield TTSAudioRawFrame(audio, SAMPLE_RATE, 1, context_id=context_id)
            sound.end()
        except Exception as error:
            # Pipecat lets all errors but HTTP 400 pass, and a sentence would vanish without a word.
            yield ErrorFrame(error="", exception=error)


class Sound:
    """The audio of one sentence, in whole samples. What is no PCM would be heard as noise."""

    def __init__(self) -> None:
        self._begun = False
        self._half = b""

    def whole(self, audio: bytes) -> bytes:
        """Takes a piece and gives what is whole of it.

        Raises:
            ProviderError: It begins as a text or another format does.
        """
        if not self._begun and (audio.startswith(FORMATS) or PRINTABLE.fullmatch(audio[:HEAD])):
            raise ProviderError("OpenAI sent something else than PCM.", "Check the setting openai.base_url.")
        audio = self._half + audio
        even = len(audio) // 2 * 2
        self._begun = self._begun or bool(even)
        self._half = audio[even:]
        return audio[:even]

    def end(self) -> None:
        """Ends the sentence.

        Raises:
            ProviderError: There was none.
        """
        if not self._begun:
            raise ProviderError("OpenAI sent no sound.", "Check the setting openai.base_url.")
