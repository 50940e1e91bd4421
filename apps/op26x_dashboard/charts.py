"""The charts of one call, and the sentences that say the same to those who cannot see them."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from op26x.client import TurnSummary
from op26x_dashboard import words

CALLER, AGENT, LINE = "#8a94a6", "#2f7d76", "#b3541e"
LANES = ["caller", "agent"]


def timeline(turns: Sequence[TurnSummary]) -> Any:
    """Each side's speech as a bar in its lane."""
    rows = [
        {
            "turn": turn.number,
            "speaker": turn.speaker,
            "start": turn.started_ms / 1000,
            "end": turn.ended_ms / 1000,
            "remark": "interrupted" if turn.interrupted else "",
        }
        for turn in turns
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(height=22, cornerRadius=3)
        .encode(
            x=alt.X("start:Q", title="Seconds from the start of the call", scale=alt.Scale(nice=False)),
            x2="end:Q",
            y=alt.Y("speaker:N", sort=LANES, scale=alt.Scale(domain=LANES), title=None),
            color=alt.Color("speaker:N", scale=alt.Scale(domain=LANES, range=[CALLER, AGENT]), legend=None),
            opacity=alt.condition("datum.remark == 'interrupted'", alt.value(0.55), alt.value(1)),
            tooltip=["turn:Q", "speaker:N", "start:Q", "end:Q", "remark:N"],
        )
        .properties(height=130)
    )


def latency(turns: Sequence[TurnSummary]) -> Any:
    """A bar for each answer, lines at the median and the 95th percentile."""
    answers = [turn for turn in turns if turn.latency_ms is not None]
    rows = [{"turn": turn.number, "latency": turn.latency_ms} for turn in answers]
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(color=AGENT, cornerRadiusTopLeft=3, cornerRadiusTopRight=3, width={"band": 0.6})
        .encode(
            x=alt.X("turn:O", title="Turn", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("latency:Q", title="Milliseconds"),
            tooltip=["turn:O", alt.Tooltip("latency:Q", title="latency, ms")],
        )
    )
    p50, p95 = words.percentiles([turn.latency_ms for turn in answers if turn.latency_ms is not None])
    marks = [{"name": "p95", "at": p95}] if p50 == p95 else [{"name": "p50", "at": p50}, {"name": "p95", "at": p95}]
    base = alt.Chart(alt.Data(values=marks)).encode(y="at:Q")
    rules = base.mark_rule(color=LINE, strokeDash=[4, 4])
    labels = base.mark_text(color=LINE, align="right", baseline="bottom", dy=-2, x="width").encode(text="name:N")
    return (bars + rules + labels).properties(height=220)


def describe_timeline(turns: Sequence[TurnSummary]) -> str:
    """What the timeline shows, in words."""
    spoken = {lane: sum(t.ended_ms - t.started_ms for t in turns if t.speaker == lane) / 1000 for lane in LANES}
    return (
        f"Timeline of {len(turns)} turns: the caller spoke for {words.duration(spoken['caller'])}, "
        f"the agent for {words.duration(spoken['agent'])}."
    )


def describe_latency(turns: Sequence[TurnSummary]) -> str:
    """What the bars show, in words."""
    values = [turn.latency_ms for turn in turns if turn.latency_ms is not None]
    p50, p95 = words.percentiles(values)
    return (
        f"Bar chart of the latency of {len(values)} answers: median {words.milliseconds(p50)}, "
        f"95th percentile {words.milliseconds(p95)}."
    )
