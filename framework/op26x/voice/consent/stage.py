"""How far the recording of a call has come; ``recorded_call`` draws it."""

from enum import Enum, auto


class Stage(Enum):
    """The stages, in order.

    Attributes:
        OPENING: It is announced and asked for; nothing is proved yet.
        STARTING: Everything is proved; key and file are being made.
        RECORDING: What is said is kept, unless it is paused.
        ENDED: Nothing is kept, now or later.
    """

    OPENING = auto()
    STARTING = auto()
    RECORDING = auto()
    ENDED = auto()
