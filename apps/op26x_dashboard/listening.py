"""Audio and words of one call while somebody listens: in this session's memory only, gone when they leave the call."""

from dataclasses import dataclass

import streamlit as st

from op26x.client import RecordingSummary, TranscriptTurn
from op26x_dashboard import service

KEY = "heard"


@dataclass
class Heard:
    """What was read of a recording.

    Attributes:
        recording_id: Which.
        wav: The audio, caller left, agent right.
        turns: What was said, in order.
        at_turn: Number of the turn that was chosen; 0 before any was.
    """

    recording_id: str
    wav: bytes
    turns: list[TranscriptTurn]
    at_turn: int = 0

    def go_to(self, number: int) -> None:
        """Chooses a turn."""
        self.at_turn = number


def current(recording_id: str) -> Heard | None:
    """What is held of a recording; anything held of another one is dropped."""
    heard: Heard | None = st.session_state.get(KEY)
    if heard is not None and heard.recording_id != recording_id:
        drop()
    return heard


def read(recording: RecordingSummary, why: str) -> None:
    """Reads audio and words; the service logs both readings."""
    client = service.client()
    st.session_state[KEY] = Heard(recording.id, client.audio(recording.id, why), client.transcript(recording.id, why))


def drop() -> None:
    """Forgets what is held, and runs the whole page if anything was: only then Streamlit forgets what it played."""
    if st.session_state.pop(KEY, None) is not None:
        st.rerun()
