"""Who listens to which recording: one listening link for each, held in memory until the page that asked is gone.

No audio and no words are held: the player and the page ask the service for them. Held is the outline of the waveform,
which is made once; it goes with the link.
"""

import threading
from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime import Runtime, exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from op26x.client import RecordingSummary
from op26x.errors import NotSignedIn, Op26xError
from op26x.ids import same_secret
from op26x_dashboard import service, waveform
from op26x_dashboard.waveform import Outline

KEY, AT_TURN = "heard", "heard-at-turn"


@dataclass(frozen=True)
class Heard:
    """A recording that somebody listens to.

    Attributes:
        token: The listening link's.
        recording_id: Which.
        session: The session of the person who may play it.
        page: The page that shows it.
        outline: What its waveform is drawn from.
    """

    token: str = field(repr=False)
    recording_id: str
    session: str = field(repr=False)
    page: str
    outline: Outline = field(repr=False)


_held: dict[str, Heard] = {}
_alone = threading.Lock()


def start(recording: RecordingSummary, why: str) -> None:
    """Begins to listen; the service logs it.

    Raises:
        NotSignedIn: Nobody looks at the page any more.
    """
    session, context = service.session_token(), get_script_run_ctx()
    if context is None:
        raise NotSignedIn("Nobody looks at this page.", "Load it again.")
    token = service.client(session).listen(recording.id, why).token
    try:
        outline = _outline(session, token)
    except BaseException:
        _end(session, token)
        raise
    with _alone:
        _held[token] = Heard(token, recording.id, session, context.session_id, outline)
    st.session_state[KEY] = token
    st.session_state[AT_TURN] = 0


def begun() -> bool:
    """Whether this page began to listen and did not close what it listens to."""
    return KEY in st.session_state


def current(recording_id: str) -> Heard | None:
    """What this page listens to, if it is that recording and may be read still."""
    token = st.session_state.get(KEY, "")
    heard = _held.get(token)
    if heard is None or heard.recording_id != recording_id or not _stands(heard):
        end()
        return None
    return heard


def goes_on() -> bool:
    """Whether what this page listens to may be read still."""
    heard = _held.get(st.session_state.get(KEY, ""))
    return heard is not None and _stands(heard)


def at_turn() -> int:
    """Number of the turn that was chosen; 0 before any was."""
    return int(st.session_state.get(AT_TURN, 0))


def go_to(number: int) -> None:
    """Chooses a turn."""
    st.session_state[AT_TURN] = number


def end() -> None:
    """Ends what this page listens to."""
    token = st.session_state.pop(KEY, "")
    st.session_state.pop(AT_TURN, None)
    if token:
        _end(service.session_token(), token)


def may_play(token: str, session: str) -> bool:
    """Whether somebody may play what a token stands for: the person who gave a reason to listen."""
    heard = _held.get(token)
    return heard is not None and bool(session) and same_secret(heard.session, session)


def forget(token: str) -> None:
    """Drops what the service lets nobody read any more."""
    with _alone:
        _held.pop(token, None)


def sweep() -> None:
    """Ends what no page shows any more, and drops what may not be read any more."""
    runtime: Runtime | None = get_instance() if exists() else None
    for heard in list(_held.values()):
        if runtime is None or not runtime.is_active_session(heard.page):
            _end(heard.session, heard.token)
        else:
            _stands(heard)


def _outline(session: str, token: str) -> Outline:
    part = service.client(session).linked_audio(token)
    try:
        return waveform.outline(part.pieces())
    finally:
        part.close()


def _stands(heard: Heard) -> bool:
    """Whether the service lets it be read; if not, it is dropped here."""
    try:
        service.client(heard.session).link(heard.token)
    except Op26xError:
        forget(heard.token)
        return False
    return True


def _end(session: str, token: str) -> None:
    forget(token)
    try:
        service.client(session).end_link(token)
    except Op26xError:
        return  # it ended by itself or with the service; else its time does it
