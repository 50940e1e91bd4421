"""How far a call has come."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum


class Phase(StrEnum):
    """The phases, in order.

    Attributes:
        OPENING: Announcement and assent; the LLM hears nothing yet.
        GREETING: The agent greets, and is heard whole.
        TALKING: The conversation.
        ENDING: Nothing is said any more; what the caller demanded is still done.
        OVER: Nothing happens any more.
    """

    OPENING = "opening"
    GREETING = "greeting"
    TALKING = "talking"
    ENDING = "ending"
    OVER = "over"


@dataclass
class Progress:
    """What the parts of one call know of it together.

    Attributes:
        phase: How far it has come.
        greeted: Set when the greeting was heard, or never will be.
        ending: Why it will end as soon as the agent has finished its sentence; empty while it goes on.
    """

    phase: Phase = Phase.OPENING
    greeted: asyncio.Event = field(default_factory=asyncio.Event)
    ending: str = ""

    @property
    def talking(self) -> bool:
        """Whether the conversation is on."""
        return self.phase is Phase.TALKING

    @property
    def over(self) -> bool:
        """Whether nothing is said any more."""
        return self.phase in (Phase.ENDING, Phase.OVER)
