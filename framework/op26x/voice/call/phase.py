"""How far a call has come."""

from enum import StrEnum


class Phase(StrEnum):
    """The phases, in order.

    Attributes:
        OPENING: Announcement and assent; the brain hears nothing yet.
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
