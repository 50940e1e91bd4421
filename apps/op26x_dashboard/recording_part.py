"""The part "Recording" of a call's page: what became of it, audio and words on demand, deletion; controls in a call."""

from html import escape

import streamlit as st

from op26x.client import CallDetail, ConsentSummary, RecordingSummary, TranscriptTurn
from op26x.clock import SystemClock
from op26x.errors import KeyGone, NotFound, Op26xError, ServiceUnreachable
from op26x_dashboard import listening, media, outcomes, service, style, waveform, words
from op26x_dashboard.listening import Heard

LAMPS = {"on": "Recording", "paused": "Recording paused", "off": "Not recording"}
ACTIONS = {"on": ("pause", "stop", "delete"), "paused": ("resume", "stop", "delete")}
NEEDED = {"delete": "recordings.delete"}
SAYS = "The caller is told of each change by a fixed sentence."
LOGGED = "Each reading is logged, with the reason. Give no names or numbers."
GONE = "Audio, words and their key are destroyed for good. Nobody can bring them back."
PLAYER = "The recording: caller left, agent right"
WATCH_S = 2.0
MOST_REASON = 200
ASKED = "asked-to-delete"
PRESSED = "pressed"
TROUBLE = "trouble"


def live(detail: CallDetail) -> None:
    """The lamp and, while there is a recording, what can be done with it."""
    style.lamp(detail.recording_now, LAMPS[detail.recording_now])
    pressed = _pressed(detail.call.id)
    whose, trouble = st.session_state.get(TROUBLE, ("", ""))
    if trouble and whose == detail.call.id:
        st.error(trouble)
    offered = ACTIONS.get(detail.recording_now, ())
    actions = tuple(action for action in offered if service.may(NEEDED.get(action, "recordings.control")))
    if not actions:
        return
    _buttons(detail.call.id, actions)
    with st.empty():
        if pressed:
            _act(detail.call.id, pressed)
        else:
            style.quiet(SAYS)


def show(detail: CallDetail) -> None:
    """What became of the recording of a call that is over."""
    now = SystemClock().now()
    st.header("Recording", anchor=False)
    style.note(outcomes.sentence(detail, now))
    facts = {"Needed before recording": escape(outcomes.MODES.get(detail.call.recording_mode, words.NOTHING))}
    if detail.recording is not None:
        facts |= _facts(detail.recording)
    style.facts(facts)
    if detail.consents:
        style.table("What was agreed", ("Time", "Decision", "Shown by"), [_consent(c) for c in detail.consents])
    if detail.recording is None or not outcomes.readable(detail.recording, now):
        listening.end()
        return
    listened = listening.begun()
    heard = listening.current(detail.recording.id)
    if heard is None:
        if listened:
            style.quiet("Listening has ended. Give a reason to begin anew.")
        if service.may("recordings.read"):
            _offer(detail.recording)
    else:
        _play(detail.recording, heard)
    if service.may("recordings.delete"):
        _delete(detail.recording)


def _buttons(call_id: str, actions: tuple[str, ...]) -> None:
    """One for each action, and a second word before a deletion.

    Nothing moves while one acts: a button that jumps under the pointer loses the next press. So a button's key is its
    place, whatever it is called, and what it does is settled when it is drawn.
    """
    asked = st.session_state.get(ASKED) == call_id
    with st.container(horizontal=True):
        for place, action in enumerate(actions):
            press, what = (_ask, (call_id,)) if action == "delete" else (_press, (call_id, action))
            label = f"{words.sentence(action)} recording"
            st.button(label, key=f"act-{place}", disabled=asked, on_click=press, args=what)
    if asked:
        style.note("The recording of this call ends and is deleted at once, for good.")
        with st.container(horizontal=True):
            st.button("Delete for good", type="primary", on_click=_press, args=(call_id, "delete"))
            st.button("Keep it", on_click=_ask, args=("",))


def _act(call_id: str, action: str) -> None:
    try:
        with st.spinner("One moment"):
            service.act(call_id, action)
    except ServiceUnreachable:
        raise
    except NotFound:
        pass  # the call ended meanwhile, and the page shows it
    except Op26xError as error:
        st.session_state[TROUBLE] = call_id, str(error)
    st.rerun(scope="fragment")


def _facts(recording: RecordingSummary) -> dict[str, str]:
    paused = sum(end - start for start, end in recording.gaps) / 1000
    facts = {"Recorded": words.duration(recording.duration_ms / 1000)}
    if paused:
        facts["Of that paused"] = words.duration(paused)
    facts["Recording ended because"] = escape(words.plain(recording.end_reason))
    if recording.erased_at is None:
        return facts | {"Kept until": words.full_moment(recording.expires_at)}
    return facts | {"Erased": words.full_moment(recording.erased_at)}


def _consent(consent: ConsentSummary) -> list[str]:
    return [words.full_moment(consent.at), escape(consent.state), escape(outcomes.evidence(consent))]


def _offer(recording: RecordingSummary) -> None:
    with st.form("listen", border=False):
        why = st.text_input("Reason for listening and reading", max_chars=MOST_REASON, help=LOGGED).strip()
        style.quiet(LOGGED)
        asked = st.form_submit_button("Listen and read", type="primary")
    if not asked:
        return
    if not why:
        st.warning("Give a reason first; nothing was read.")
        return
    try:
        listening.start(recording, why)
    except ServiceUnreachable:
        raise
    except Op26xError as error:
        st.error(str(error))
        return
    st.rerun(scope="fragment")


def _play(recording: RecordingSummary, heard: Heard) -> None:
    try:
        turns = service.client().linked_transcript(heard.token)
    except (KeyGone, NotFound):  # it ended since the page began to be drawn
        st.rerun()
    at_s = 0.0
    turn = next((turn for turn in turns if turn.number == listening.at_turn()), None)
    if turn is not None:
        at_s = max(0, turn.started_ms - recording.started_ms) / 1000
    st.audio(media.address(heard.token), start_time=int(at_s), autoplay=turn is not None, alt=PLAYER)
    if heard.outline.duration_s > 0:
        dark = st.context.theme.type == "dark"
        drawn = waveform.chart(heard.outline, recording.gaps, at_s=at_s if turn else None, dark=dark)
        st.altair_chart(drawn, alt=waveform.describe(heard.outline.duration_s, recording.gaps))
    if turns:
        st.subheader("Transcript", anchor=False)
        style.quiet("A time plays the recording from that turn on.")
        for spoken in turns:
            _line(recording, spoken)
    else:
        st.write("There is no transcript.")
    if st.button("Close recording"):
        listening.end()
        st.rerun()
    st.fragment(_watch, run_every=WATCH_S)()


def _watch() -> None:
    """Shows the page anew once what it plays may not be read any more, whoever ended that."""
    if not listening.goes_on():
        st.rerun()


def _line(recording: RecordingSummary, turn: TranscriptTurn) -> None:
    chosen = turn.number == listening.at_turn()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        start = words.offset(max(0, turn.started_ms - recording.started_ms))
        name = f"{start} {turn.speaker}"
        key = f"turn-{turn.number}"
        st.button(name, key=key, icon=":material/play_arrow:", width=150, on_click=listening.go_to, args=(turn.number,))
        style.said(turn.text, chosen=chosen)
    if chosen and turn.words:
        style.words_in_time(
            [(word.text, words.offset(max(0, word.start_ms - recording.started_ms))) for word in turn.words]
        )


def _delete(recording: RecordingSummary) -> None:
    if st.session_state.get(ASKED) != recording.id:
        st.button("Delete recording", on_click=_ask, args=(recording.id,))
        return
    with st.form("delete", border=False):
        style.note(GONE)
        why = st.text_input("Reason for deleting", max_chars=MOST_REASON, help=LOGGED).strip()
        sure = st.form_submit_button("Delete for good", type="primary")
    st.button("Keep it", on_click=_ask, args=("",))
    if not sure:
        return
    if not why:
        st.warning("Give a reason first; nothing was deleted.")
        return
    try:
        service.client().erase_recording(recording.id, why)
    except ServiceUnreachable:
        raise
    except Op26xError as error:
        st.error(str(error))
        return
    _ask("")
    listening.end()
    st.rerun()


def _pressed(call_id: str) -> str:
    """What is to be done with this call's recording now, once; empty if nothing is."""
    whose, action = st.session_state.pop(PRESSED, ("", ""))
    return action if whose == call_id else ""


def _press(call_id: str, action: str) -> None:
    """Has something done in the run that begins."""
    st.session_state[PRESSED] = call_id, action
    st.session_state.pop(TROUBLE, None)
    _ask("")


def _ask(record_id: str) -> None:
    """Has a deletion confirmed before it is done; of nothing, to ask no more."""
    st.session_state[ASKED] = record_id
