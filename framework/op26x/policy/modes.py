"""When a call may be recorded, from at once to never; where its text may go, and in what form."""

from enum import StrEnum


class RecordingMode(StrEnum):
    """What must have happened before a byte of a call is recorded; each is stricter than the one before.

    Attributes:
        ONE_PARTY: Recorded from the start, without a word about it.
        ANNOUNCE: Recorded once the announcement was proved played.
        ASSENT: Recorded once the announcement was proved played and the caller agreed.
        OFF: Nothing is recorded.
    """

    ONE_PARTY = "one-party"
    ANNOUNCE = "announce"
    ASSENT = "assent"
    OFF = "off"

    @property
    def announces(self) -> bool:
        """Whether the caller is told first."""
        return self in (RecordingMode.ANNOUNCE, RecordingMode.ASSENT)


class Sink(StrEnum):
    """Where what is said in a call goes.

    Attributes:
        LLM: The language model that answers.
        TOOLS: The tools that it uses, but for what a tool declares that it needs.
        TRANSCRIPT: The transcript that is stored, if anything is.
        AUDIO: The recording that is stored, if anything is; whatever is not kept is a tone there.
        LIVE: Whoever watches the call live.
        PLUGINS: Plugins that are told of turns, and what they pass on.
    """

    LLM = "llm"
    TOOLS = "tools"
    TRANSCRIPT = "transcript"
    AUDIO = "audio"
    LIVE = "live"
    PLUGINS = "plugins"


class RedactAction(StrEnum):
    """What becomes of personal data on its way to a sink; each is stricter than the one before.

    Attributes:
        KEEP: It is told.
        PLACEHOLDER: ``<CARD_1>`` stands for it, the same one throughout the call.
        MASK: ``<CARD>`` stands for it, whichever it is.
        DROP: Nothing stands for it.
    """

    KEEP = "keep"
    PLACEHOLDER = "placeholder"
    MASK = "mask"
    DROP = "drop"
