"""The page "Calls": a list, newest first; without a call, how to place the first one."""

from datetime import datetime
from html import escape
from urllib.parse import urlencode

import streamlit as st

from op26x.client import CallSummary, Me, percentiles
from op26x.clock import SystemClock
from op26x.errors import Forbidden, NotSignedIn, Op26xError, ServiceUnreachable
from op26x_dashboard import outcomes, service, style, words
from op26x_dashboard.absent import data_option, show_problem

ALL = "all"
STATES = [ALL, "queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"]
LIVE_S, QUIET_S = 2.0, 3.0
COLUMNS = (
    "Time",
    "State",
    "Recording",
    "Direction",
    "Agent",
    "Caller",
    "Duration",
    "Answers",
    "Median latency",
    "Outcome",
    "Ended because",
)
ON_WIDE_SCREENS = ("Direction", "Agent", "Answers", "Median latency", "Outcome", "Ended because")
NUMBERS = ("Duration", "Answers", "Median latency")


def show(_me: Me) -> None:
    """The page."""
    before = st.query_params.get("before", "")
    newest = service.client().calls(limit=service.PAGE_SIZE)
    if not newest:
        _empty()
        return
    title, choice = st.columns([4, 1], vertical_alignment="bottom")
    title.title("Calls", anchor=False)
    state = choice.selectbox(
        "State", STATES, key="state", bind="query-params", format_func=_choice, on_change=_to_newest
    )
    live = any(call.state in service.OPEN_STATES for call in newest)
    # Only the first page changes by itself; further back, a list that moves under the pointer would be a nuisance.
    every = None if before else LIVE_S if live else QUIET_S
    st.fragment(_list, run_every=every)(state, before, live)


def _list(state: str, before: str, live: bool) -> None:
    try:
        page = service.page_of_calls(frozenset() if state == ALL else {state}, before)
        rows = [_row(call, SystemClock().now()) for call in page.calls]
    except (ServiceUnreachable, NotSignedIn, Forbidden):
        st.rerun()  # the whole page says why, and asks no more
    except Op26xError as error:
        show_problem(error)
        return
    if rows:
        style.table("Calls, newest first", COLUMNS, rows, numbers=NUMBERS, wide=ON_WIDE_SCREENS, links=True)
    else:
        st.write("No call here is in this state." if state != ALL else "There are no calls before this one.")
    _paging(before, page.older)
    if not before and state == ALL and live != any(call.state in service.OPEN_STATES for call in page.calls):
        st.rerun()


def _row(call: CallSummary, now: datetime) -> list[str]:
    # The rest of the address goes along, so that the way back leads to the same stretch of the list.
    address = "?" + urlencode({"call": call.id, **st.query_params.to_dict()})
    latencies = service.latencies(call)
    return [
        style.link(address, words.moment(call.created_at, now)),
        style.state(call.state),
        style.mark(*outcomes.MARKS[outcomes.outcome(call, now)]),
        escape(call.direction),
        escape(call.agent),
        escape(call.caller),
        words.duration(call.duration_s),
        str(len(latencies)) if latencies else words.NOTHING,
        words.milliseconds(percentiles(latencies)[0]),
        escape(words.plain(call.outcome)),
        escape(words.plain(call.end_reason)),
    ]


def _paging(before: str, older: str) -> None:
    if not before and not older:
        return
    with st.container(horizontal=True):
        if before and st.button("Newer"):
            _go(_trail().pop() if _trail() else "")
        if older and st.button("Older"):
            _trail().append(before)
            _go(older)


def _go(before: str) -> None:
    if before:
        st.query_params["before"] = before
    else:
        st.query_params.pop("before", None)
    st.rerun()  # the whole page: its refreshing depends on where one is


def _to_newest() -> None:
    _trail().clear()
    st.query_params.pop("before", None)


def _trail() -> list[str]:
    """Where the pages between the newest calls and here began; lost with the session, then Newer goes to the top."""
    trail: list[str] = st.session_state.setdefault("trail", [])
    return trail


def _choice(state: str) -> str:
    return "All states" if state == ALL else words.sentence(state)


def _empty() -> None:
    core = service.core()
    st.title("No calls yet", anchor=False)
    st.write("The service is running and takes calls. The first one appears here by itself.")
    rehearse, real = st.columns(2, gap="large")
    with rehearse:
        st.header("Rehearse one", anchor=False)
        st.write("A caller on this machine rings the service just as Twilio would. In another terminal:")
        style.command(f"op26x calls simulate{data_option()}")
        st.write(
            "It needs the same `OP26X_TWILIO_AUTH_TOKEN` as the service; for a rehearsal any word will do. "
            "If the service was started without one, stop it and start it again:"
        )
        style.command(f"export OP26X_TWILIO_AUTH_TOKEN=rehearsal\nop26x up{data_option()}")
    with real:
        st.header("Or take a real one", anchor=False)
        st.write("In the Twilio console, let a number's voice webhook point here, method POST:")
        public = core.public_url.rstrip("/")
        style.command(f"{public or 'https://YOUR-ADDRESS'}/twilio/voice")
        if not public:
            st.write("The address under which Twilio reaches this service is set with `OP26X_PUBLIC_URL`.")
        st.write("`OP26X_TWILIO_AUTH_TOKEN` is then the auth token of your Twilio account.")
    st.fragment(_await_first, run_every=LIVE_S)()


def _await_first() -> None:
    try:
        if not service.client().calls(limit=1):
            return
    except Op26xError:
        pass  # the whole page says why
    st.rerun()
