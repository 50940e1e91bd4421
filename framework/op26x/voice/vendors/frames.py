"""What an LLM tells besides words and tool calls."""

from dataclasses import dataclass
from enum import StrEnum

from pipecat.frames.frames import DataFrame


class Refusal(StrEnum):
    """Why an answer has no words, or ends without more of them.

    Attributes:
        REFUSED: The model declined.
        FILTERED: The vendor's content filter held it back.
        EMPTY: It ended with neither words nor a tool.
    """

    REFUSED = "refused"
    FILTERED = "filtered"
    EMPTY = "empty"


@dataclass
class AnswerRefusedFrame(DataFrame):
    """An answer that is none, which is no failure either: the caller hears a fixed sentence, and the call goes on.

    An LLM pushes it between ``LLMFullResponseStartFrame`` and ``LLMFullResponseEndFrame``.

    Attributes:
        reason: Why.
    """

    reason: Refusal = Refusal.REFUSED
