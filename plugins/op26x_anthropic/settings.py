"""The plugin's settings, and its API key."""

import msgspec

from op26x import Secret
from op26x.settings import vendor_key


class AnthropicSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``anthropic``: ``OP26X_ANTHROPIC_…`` or ``[anthropic]``.

    Attributes:
        api_key: The key; empty means ``ANTHROPIC_API_KEY``, the vendor's own variable.
        base_url: Where the API is. If you change it, declare the company that runs it.
        model: The LLM's model. It is asked for the least thinking that it allows.
        max_tokens: Longest answer, in tokens.
        timeout_s: Seconds of silence from Anthropic, before or within an answer, that count as a failure.
    """

    api_key: Secret = Secret("")
    base_url: str = "https://api.anthropic.com"
    model: str = "claude-haiku-4-5"
    max_tokens: int = 1024
    timeout_s: float = 2.5

    def key(self) -> Secret:
        """The API key.

        Raises:
            SettingsError: There is none.
        """
        return vendor_key(self.api_key, "Anthropic", "anthropic", "ANTHROPIC_API_KEY")
