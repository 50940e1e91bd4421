"""What an agent document may say under ``brain`` when it uses ``anthropic``."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from op26x.errors import AgentError


class BrainOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of the brain (https://docs.anthropic.com/en/api/messages).

    Attributes:
        model: Instead of the setting ``model``.
        temperature: 0 to 1; the newest models do without.
        max_tokens: Instead of the setting ``max_tokens``.
        effort: ``low`` to ``max``, instead of the least thinking that the model allows.
    """

    model: str | None = None
    temperature: Annotated[float, Meta(ge=0, le=1)] | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    effort: str | None = None


def read(options: Mapping[str, Any]) -> BrainOptions:
    """Checks the options as the agent document has them.

    Raises:
        AgentError: An option is unknown or its value does not fit.
    """
    try:
        return msgspec.convert(dict(options), BrainOptions)
    except msgspec.ValidationError as error:
        known = ", ".join(BrainOptions.__struct_fields__)
        raise AgentError(f"The brain 'anthropic': {error}.", f"It takes: {known}.") from None
