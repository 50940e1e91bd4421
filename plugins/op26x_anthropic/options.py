"""What an agent document may say under ``llm`` when it uses ``anthropic``."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Effort = Literal["low", "medium", "high", "xhigh", "max"]


class LLMOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of the LLM (https://docs.anthropic.com/en/api/messages).

    Attributes:
        model: Instead of the setting ``model``.
        temperature: 0 to 1; the newest models do without.
        max_tokens: Instead of the setting ``max_tokens``.
        effort: ``low`` to ``max``, instead of the least thinking that the model allows.
    """

    model: str | None = None
    temperature: Annotated[float, Meta(ge=0, le=1)] | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    effort: Effort | None = None
