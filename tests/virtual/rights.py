"""A caller who demands something at one moment of a call, and what must have become of it."""

from dataclasses import dataclass, field
from typing import Any

from journeys.documents import does
from journeys.line import SPEECH
from op26x.consent import Notice, Right
from op26x.consent.rights import KEYS
from op26x.consent.texts import texts
from op26x.policy import RecordingMode
from virtual.call import Board, Kept, VirtualLine

SAID = {
    Right.STOP: "please stop recording",
    Right.DELETE: "delete this recording",
    Right.SUPPRESS: "do not call me again",
    Right.MACHINE: "am i talking to a machine",
    Right.PAUSE: "please pause the recording",
    Right.RESUME: "go on with the recording",
}
PRESSED = {right: f"*{key}" for key, right in KEYS.items()}
SPEECH_S = len(SPEECH) / 8000
KNOWN_S = {"key": 0.05, "voice": SPEECH_S + 0.9}
"""How long after it was begun a demand must have taken effect."""
TOO_SHORT_S = 0.5
"""Whoever speaks less than that before the line is closed is not heard by anybody."""
ANNOUNCED_S = 1.3
"""A recording begins with our own announcement, so a pause from its first moment on begins when that is over."""
OVER_S = 13.0
"""No call of this story is longer."""
GONE = {"withdrawn", "refused"}


@dataclass(frozen=True)
class Demand:
    """What is demanded, when, and by what.

    Attributes:
        right: What.
        by: ``key`` or ``voice``.
        at: Seconds from the start of the stream.
        hangs_up: Whether the caller hangs up as soon as it is said.
        mode: Of recording.
    """

    right: Right
    by: str
    at: float
    hangs_up: bool = False
    mode: RecordingMode = RecordingMode.ASSENT


@dataclass
class Story:
    """What happened.

    Attributes:
        demand: What was demanded.
        heard: Whether anybody could hear it: the line was open for long enough.
        closed_at: When the line was closed, in seconds from the start of the stream.
        kept: What there is of the call.
        suppressed: Whether the caller is on the do-not-call list.
        told: The texts of all turns of the agent, in order.
        paused_from_s: Where the pauses of the recording begin, in seconds from the start of the stream.
    """

    demand: Demand
    heard: bool
    closed_at: float
    kept: Kept
    suppressed: bool
    told: list[str]
    paused_from_s: list[float] = field(default_factory=list)


def document() -> dict[str, Any]:
    """An agent who answers once and hangs up at the second turn."""
    return {"llm": does([{"say": "At 800 yes indeed."}], [{"say": "At 900 goodbye."}, {"use": "end_call"}])}


async def tell(board: Board, demand: Demand) -> Story:
    """Holds a call in which something is demanded.

    The caller agrees, speaks twice, and is told goodbye: opening, question, answer, thanks, greeting, talk, goodbye.
    """
    seen = len(board.events)
    line = await board.ring()
    if demand.mode is RecordingMode.ASSENT:
        line.at(1.0, lambda: line.press("1"))
    line.at(4.0, lambda: speak(line, "good morning", demand))
    line.at(8.5, lambda: speak(line, "good evening", demand))
    line.at(demand.at, lambda: act(line, demand))
    if demand.hangs_up:
        line.at(demand.at + (SPEECH_S if demand.by == "voice" else 0.0) + 0.1, line.hang_up)
    line.at(OVER_S, line.hang_up)
    await line.over()
    call = await board.workspace.calls.by_provider_id("twilio", line.sid)
    assert call is not None
    kept = await board.kept(line)
    recording = kept.recording
    gaps = recording.info().gaps if recording is not None else ()
    enough = TOO_SHORT_S if demand.by == "voice" else 0.0
    return Story(
        demand=demand,
        heard=demand.at + enough < line.closed_at,
        closed_at=line.closed_at,
        kept=kept,
        suppressed=await board.workspace.suppressions.hold(call.subject_index),
        told=[event.text for event in board.events[seen:] if event.kind == "turn" and event.speaker == "agent"],
        paused_from_s=[(recording.started_ms + gap.start_ms) / 1000 for gap in gaps] if recording is not None else [],
    )


def speak(line: VirtualLine, words: str, demand: Demand) -> None:
    """Says something ordinary, unless the demand is being said."""
    if demand.by == "key" or not -SPEECH_S - 1 < line.now() - demand.at < SPEECH_S + 1:
        line.say(words)


async def act(line: VirtualLine, demand: Demand) -> None:
    """Demands it."""
    if demand.by == "key":
        await line.press(PRESSED[demand.right])
    else:
        line.say(SAID[demand.right])


def check(story: Story) -> None:
    """The law: it has taken effect, and ledger and disk agree."""
    demand, kept = story.demand, story.kept
    if not story.heard:
        return
    known = demand.at + KNOWN_S[demand.by]
    match demand.right:
        case Right.STOP:
            assert not kept.readable or kept.end_s <= known + 0.1, (story, "it went on")
            _agree(story, {"stopped", "refused"})
        case Right.DELETE:
            assert not kept.readable, (story, "it can be played")
            assert not kept.blob, (story, "its bytes are there")
            _agree(story, {"deleted", "refused"})
        case Right.SUPPRESS:
            assert story.suppressed, (story, "they are called again")
        case Right.MACHINE:
            assert _told(story, Notice.MACHINE) or story.closed_at < known + 1.5, (story, "nobody answered")
        case Right.PAUSE:
            paused = bool(story.paused_from_s) and story.paused_from_s[0] <= max(known, ANNOUNCED_S) + 0.1
            assert not kept.readable or paused or kept.end_s <= known + 0.1, (story, "it went on")
        case Right.RESUME:
            # Told that nothing is recorded, the caller answers before the question is over, which does not count.
            assert kept.outcome in ("recorded", "hung-up", "silence", "unclear", "lost-mark"), story


def _agree(story: Story, outcomes: set[str]) -> None:
    """What the ledger says is what became of the recording."""
    states, kept = story.kept.states, story.kept
    assert states, (story, "nothing is in the ledger")
    assert states[-1] in GONE, (story, "the ledger says that they agree")
    assert len([state for state in states if state in GONE]) == 1, (story, "it is in the ledger more than once")
    assert kept.outcome in outcomes, story
    if kept.outcome == "refused":
        assert kept.recording is None, story


def _told(story: Story, notice: Notice) -> bool:
    english = texts("en")
    assert english is not None
    return english.sentences[notice] in story.told
