"""What an agent document may say under ``llm``, ``stt`` and ``tts`` when it uses ``openai``."""

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh"]
Voice = Literal[
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse"
]
VOICES: tuple[str, ...] = get_args(Voice)


class LLMOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of the LLM (https://platform.openai.com/docs/api-reference/chat/create).

    Attributes:
        model: Instead of the setting ``model``.
        temperature: 0 to 2; reasoning models refuse it.
        max_tokens: Longest answer, in tokens, thoughts included.
        reasoning_effort: Instead of the model's lowest.
    """

    model: str | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    reasoning_effort: Effort | None = None


class STTOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of the STT service (https://platform.openai.com/docs/api-reference/audio/createTranscription).

    Attributes:
        model: Instead of the setting ``stt_model``.
        prompt: Text that guides spelling and style.
        keywords: Words to expect: names of products, streets.
        temperature: 0 to 1.
    """

    model: str | None = None
    prompt: str | None = None
    keywords: list[str] | None = None
    temperature: Annotated[float, Meta(ge=0, le=1)] | None = None


class TTSOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of the TTS service (https://platform.openai.com/docs/api-reference/audio/createSpeech).

    Attributes:
        model: Instead of the setting ``voice_model``.
        voice: Instead of the setting ``voice``.
        speed: 0.25 to 4.
        instructions: How to speak.
    """

    model: str | None = None
    voice: Voice | None = None
    speed: Annotated[float, Meta(ge=0.25, le=4)] | None = None
    instructions: str | None = None
