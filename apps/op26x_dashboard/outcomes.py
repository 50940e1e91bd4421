"""What became of a call's recording, in plain words."""

from datetime import datetime

from op26x.client import CallDetail, CallSummary, ConsentSummary, RecordingSummary
from op26x_dashboard import service, words

NOTHING = (
    "What was said is not stored: no audio, no transcript. "
    "Kept are times, states and figures; of phone numbers the last two digits."
)

MODES = {
    "off": "Nothing; recording is off",
    "one-party": "Nothing",
    "announce": "The announcement, proved played",
    "assent": "The announcement, proved played, and the caller's yes",
}
"""What had to happen before a byte was recorded."""

SENTENCES = {
    "recorded": "This call was recorded.",
    "stopped": "The recording was stopped during the call; what was recorded before is kept.",
    "deleted": f"The recording was deleted. {NOTHING}",
    "not-deleted": "It was to be deleted and could not be yet. Nobody can read it, and the next sweep tries again.",
    "erased": f"The recording was erased. {NOTHING}",
    "expired": f"The time to keep the recording is over, so it can't be read any more. {NOTHING}",
    "interrupted": "The recording broke off; what was written before is kept.",
    "refused": f"The caller did not want to be recorded. {NOTHING}",
    "silence": f"The caller was asked and did not answer, which counts as no. {NOTHING}",
    "unclear": f"The caller was asked and did not say a plain yes, which counts as no. {NOTHING}",
    "not-heard": f"The caller was asked, but the speech-to-text service did not work. {NOTHING}",
    "lost-mark": f"That the caller heard the announcement is not proved, so nothing was recorded. {NOTHING}",
    "no-announcement": f"There is no announcement in the agent's language, so nothing was recorded. {NOTHING}",
    "hung-up": f"The call ended before recording began. {NOTHING}",
    "failed": f"Recording failed. {NOTHING}",
    "off": f"Recording is off. {NOTHING}",
    "recording": "This call is being recorded.",
    "waiting": "Nothing is recorded so far.",
}

MARKS = {
    "recorded": ("whole", "recorded"),
    "stopped": ("part", "stopped"),
    "interrupted": ("part", "broke off"),
    "recording": ("live", "recording"),
    "deleted": ("gone", "deleted"),
    "erased": ("gone", "erased"),
    "expired": ("gone", "expired"),
    "failed": ("bad", "failed"),
    "not-deleted": ("bad", "not deleted"),
    "refused": ("none", "refused"),
    "silence": ("none", "no answer"),
    "unclear": ("none", "no plain yes"),
    "not-heard": ("bad", "not heard"),
    "lost-mark": ("none", "not announced"),
    "no-announcement": ("none", "not announced"),
    "hung-up": ("none", "hung up"),
    "waiting": ("none", "not yet"),
    "off": ("none", "off"),
}
"""By outcome, the shape of the mark and the word beside it."""

EVIDENCE = {
    "mark": "The announcement was played to its end",
    "digit": "By keypad",
    "words": "By voice",
    "operator": "By an operator",
    "silence": "No answer",
    "unclear": "No plain answer",
    "none-needed": "None needed",
}

WHO = {
    "user": "on the dashboard",
    "service-key": "on the dashboard",
    "operator": "by the operator",
    "command-line": "on the command line",
    "caller": "at the caller's demand",
    "sweep": "by the retention sweep",
    "service": "by the service",
}


def outcome(call: CallSummary, now: datetime) -> str:
    """What became of its recording up to now, as one of the words of ``SENTENCES``."""
    state = call.recording_state
    if call.recording_outcome == "deleted":
        return "deleted"
    if state == "erased":
        return "erased"
    if state == "erasing":
        return "not-deleted"
    if state and call.expires_at <= now:
        return "expired"
    if state == "in-progress":
        return "recording"
    if call.recording_outcome in SENTENCES and call.recording_outcome != "failed":
        return call.recording_outcome
    if state == "interrupted":
        return "interrupted"
    if call.recording_outcome == "failed":
        return "failed"
    return "waiting" if call.state in service.OPEN_STATES else "off"


def sentence(detail: CallDetail, now: datetime) -> str:
    """The same, as a sentence; of what is gone, when it went and by whom."""
    kind = outcome(detail.call, now)
    recording = detail.recording
    text = SENTENCES.get(kind, NOTHING)
    if recording is None or recording.erased_at is None:
        return text
    return f"The recording was erased on {words.full_moment(recording.erased_at)} {_by(recording)}. {NOTHING}"


def readable(recording: RecordingSummary | None, now: datetime) -> bool:
    """Whether it can be listened to: it is finished, not erased, and its time is not over."""
    return recording is not None and recording.state in ("completed", "interrupted") and recording.expires_at > now


def evidence(consent: ConsentSummary) -> str:
    """How a consent shows."""
    how = EVIDENCE.get(consent.evidence, words.plain(consent.evidence))
    return f"{how}: {consent.value}" if consent.evidence in ("digit", "words") and consent.value else how


def _by(recording: RecordingSummary) -> str:
    kind, _, key = recording.erased_by.partition(":")
    return f"with the API key {key}" if kind == "api-key" else WHO.get(kind, "by an unknown hand")
