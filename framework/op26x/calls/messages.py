"""What services of one installation say to each other."""

import msgspec

from op26x.calls.live import LiveEvent


class Hello(msgspec.Struct, frozen=True):
    """A service is there.

    Attributes:
        seat: Its seat.
        key: The public key of its process.
        hears: Organizations of which somebody listens to live events there; ``*`` stands for all.
    """

    seat: int
    key: bytes
    hears: list[str]


class Happened(msgspec.Struct, frozen=True, tag=True):
    """Something in a call of an organization."""

    organization_id: str
    event: LiveEvent


class Question(msgspec.Struct, frozen=True, tag=True):
    """What a service wants of another's call: to know how it is recorded, or something done about that.

    Attributes:
        organization_id: Whose call.
        call_id: Which.
        right: What is to be done; nothing if it only asks.
        who: On whose behalf, as of ``Access``.
        why: The reason.
        came_from: The class of their address.
        number: Names the question; who sends it gives it one.
    """

    organization_id: str
    call_id: str
    right: str = ""
    who: str = ""
    why: str = ""
    came_from: str = ""
    number: int = 0


class Answer(msgspec.Struct, frozen=True, tag=True):
    """How that call is recorded then, or why nothing was done.

    Attributes:
        mode: What has to happen before it is recorded.
        now: ``on``, ``paused`` or ``off``.
        notice: What the caller is told of it.
        error: Name of an error of ``op26x.errors``; empty if there was none.
        message: What it says.
        remedy: What to do.
        number: Of the question; who sends it gives it one.
    """

    mode: str = ""
    now: str = ""
    notice: str = ""
    error: str = ""
    message: str = ""
    remedy: str = ""
    number: int = 0
