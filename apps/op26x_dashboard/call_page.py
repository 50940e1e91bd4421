"""The page "One call": facts, what became of its recording, turns in time, latency of each answer."""

from html import escape
from urllib.parse import urlencode

import streamlit as st

from op26x.client import CallDetail, CallSummary, DisclosureSummary, Me, TurnSummary, percentiles
from op26x.clock import SystemClock
from op26x.errors import Forbidden, NotFound, NotSignedIn, Op26xError, ServiceUnreachable
from op26x_dashboard import charts, recording_part, service, style, words
from op26x_dashboard.absent import show_problem

LIVE_S = 1.0
COLUMNS = ("Turn", "Speaker", "Start", "End", "Length", "Latency", "Remark")
NUMBERS = ("Start", "End", "Length", "Latency")
GIVEN = ("Company", "For", "Data", "In clear", "Requests", "Out", "In", "Terms")
GIVEN_NUMBERS = ("Requests", "Out", "In")


def show(_me: Me) -> None:
    """The page of the call that the address names."""
    call_id = st.query_params["call"]
    style.back(_list_address(), "All calls")
    try:
        detail = service.call(call_id)
    except NotFound:
        _unknown(call_id)
        return
    live = detail.call.state in service.OPEN_STATES
    st.fragment(_follow, run_every=LIVE_S if live else None)(call_id, live)


def _list_address() -> str:
    """The list as it was left."""
    kept = {name: st.query_params[name] for name in ("state", "before") if name in st.query_params}
    return "?" + urlencode(kept)


def _unknown(call_id: str) -> None:
    st.title("No such call", anchor=False)
    st.write("No call has this identifier. It may have been deleted, or the link was cut short on its way.")
    style.command(call_id[:64])


def _follow(call_id: str, live: bool) -> None:
    try:
        detail = service.call(call_id)
    except (NotFound, ServiceUnreachable, NotSignedIn, Forbidden):
        st.rerun()  # the whole page says why, and asks no more
    except Op26xError as error:
        show_problem(error)
        return
    if live and detail.call.state not in service.OPEN_STATES:
        st.rerun()
    _call(detail)


def _call(detail: CallDetail) -> None:
    call = detail.call
    st.title(f"{words.sentence(call.direction)} call, {call.caller} to {call.called}", anchor=False)
    if call.state in service.OPEN_STATES:
        _live(detail)
        if detail.recording_now:
            recording_part.live(detail)
    latencies = [turn.latency_ms for turn in detail.turns if turn.latency_ms is not None]
    p50, p95 = percentiles(latencies)
    style.facts(
        {
            "Duration": words.duration(_seconds(call)),
            "Turns": str(len(detail.turns)),
            "Latency p50": words.milliseconds(p50),
            "Latency p95": words.milliseconds(p95),
        },
        figures=True,
    )
    style.facts(_facts(call))
    for override in detail.overrides:
        style.alarm(f"The law was overridden for this call: {override}")
    if call.state not in service.OPEN_STATES:
        recording_part.show(detail)
    if detail.turns:
        _charts(detail.turns, bool(latencies))
        st.header("Turns", anchor=False)
        style.table("Turns in order", COLUMNS, [_row(turn) for turn in detail.turns], numbers=NUMBERS)
    elif call.state not in service.OPEN_STATES:
        st.write("Nobody spoke in this call.")
    if call.state not in service.OPEN_STATES:
        _given(service.disclosures(call.id))


def _live(detail: CallDetail) -> None:
    st.html(
        f'<p class="op-live op-note" role="status">{style.state(detail.call.state)}'
        '<span class="op-quiet">This page follows the call by itself.</span></p>'
    )


def _facts(call: CallSummary) -> dict[str, str]:
    return {
        "State": style.state(call.state),
        "Outcome": escape(words.plain(call.outcome)),
        "Ended because": escape(words.plain(call.end_reason)),
        "Agent": escape(call.agent),
        "Caller": escape(call.caller),
        "Called": escape(call.called),
        "Began": words.full_moment(call.created_at),
        "Answered": words.full_moment(call.answered_at),
        "Ended": words.full_moment(call.ended_at),
        "Vendor errors": str(call.vendor_errors),
        "Identifier": f"<code>{escape(call.id)}</code>",
    }


def _given(disclosures: list[DisclosureSummary]) -> None:
    st.header("Given to", anchor=False)
    if not disclosures:
        st.write("No company is on record as having been given anything.")
        return
    style.table("What companies were given", GIVEN, [_given_row(one) for one in disclosures], numbers=GIVEN_NUMBERS)


def _given_row(one: DisclosureSummary) -> list[str]:
    return [
        escape(one.processor),
        escape(one.purpose),
        escape(", ".join(one.categories)),
        "not looked for" if one.entities is None else escape(one.entities) or "none found",
        str(one.requests),
        words.size(one.bytes_out) + ("" if one.whole else " or more"),
        words.size(one.bytes_in),
        escape(one.version),
    ]


def _seconds(call: CallSummary) -> float | None:
    if call.duration_s is None and call.answered_at and call.state in service.OPEN_STATES:
        return max(0.0, (SystemClock().now() - call.answered_at).total_seconds())
    return call.duration_s


def _charts(turns: list[TurnSummary], answers: bool) -> None:
    dark = st.context.theme.type == "dark"
    st.header("Who spoke when", anchor=False)
    st.altair_chart(charts.timeline(turns, dark=dark), alt=charts.describe_timeline(turns))
    if any(turn.interrupted for turn in turns):
        style.faded_key("Faded: interrupted by the other side.", charts.colours(dark)[1])
    if answers:
        st.header("Latency of each answer", anchor=False)
        style.quiet("From the end of the caller's speech to the first audio of the answer.")
        st.altair_chart(charts.latency(turns, dark=dark), alt=charts.describe_latency(turns))


def _row(turn: TurnSummary) -> list[str]:
    return [
        str(turn.number),
        escape(turn.speaker),
        words.offset(turn.started_ms),
        words.offset(turn.ended_ms),
        words.duration((turn.ended_ms - turn.started_ms) / 1000),
        words.milliseconds(turn.latency_ms),
        "interrupted" if turn.interrupted else "",
    ]
