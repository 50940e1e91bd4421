"""The plugin's settings, and its API key."""

import msgspec

from op26x import Secret
from op26x.settings import vendor_key


class OpenAISettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``openai``: ``OP26X_OPENAI_…`` or ``[openai]``.

    Attributes:
        api_key: The key; empty means ``OPENAI_API_KEY``, the vendor's own variable.
        base_url: Where the API is, its version included. If you change it, declare the company that runs it.
        model: The LLM's model. Reasoning models are asked for their lowest effort.
        stt_model: The STT service's model.
        tts_model: The TTS service's model.
        voice: The voice that speaks.
        timeout_s: Seconds of silence from OpenAI, before or within an answer, that count as a failure.
    """

    api_key: Secret = Secret("")
    base_url: str = "https://api.openai.com/v1"
    model: str = "gpt-4.1-mini"
    stt_model: str = "gpt-transcribe"
    tts_model: str = "gpt-4o-mini-tts"
    voice: str = "alloy"
    timeout_s: float = 2.5

    def key(self) -> Secret:
        """The API key.

        Raises:
            SettingsError: There is none.
        """
        return vendor_key(self.api_key, "OpenAI", "openai", "OPENAI_API_KEY")
