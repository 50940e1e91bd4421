"""The charts of one call, and the sentences that say the same to those who cannot see them."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from op26x.client import TurnSummary, percentiles
from op26x_dashboard import words

LANES = ["caller", "agent"]
MOST_WIDTH_PX, ALL_WIDTH_PX = 32, 600
HEADROOM = 1.2


def timeline(turns: Sequence[TurnSummary], *, dark: bool = False) -> Any:
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
    style = axis(dark)
    seconds = max(turn.ended_ms for turn in turns) / 1000
    return (
        alt.Chart(inline(rows))
        .mark_bar(height=22, cornerRadius=3)
        .encode(
            x=alt.X(
                "start:Q",
                title="Seconds from the start of the call",
                scale=alt.Scale(domain=[0, seconds], nice=False),
                axis=alt.Axis(tickCount=8, **style),
            ),
            x2="end:Q",
            y=alt.Y("speaker:N", scale=alt.Scale(domain=LANES), title=None, axis=alt.Axis(**style)),
            color=alt.Color("speaker:N", scale=alt.Scale(domain=LANES, range=colours(dark)), legend=None),
            opacity=alt.condition("datum.remark == 'interrupted'", alt.value(0.55), alt.value(1)),
            tooltip=["turn:Q", "speaker:N", "start:Q", "end:Q", "remark:N"],
        )
        .properties(height=140)
    )


def latency(turns: Sequence[TurnSummary], *, dark: bool = False) -> Any:
    """A bar for each answer, lines at the median and the 95th percentile."""
    rows = [{"turn": turn.number, "latency": turn.latency_ms} for turn in turns if turn.latency_ms is not None]
    values = _latencies(turns)
    style = axis(dark)
    scale = alt.Scale(domain=[0, max(values) * HEADROOM])
    bars = (
        alt.Chart(inline(rows))
        .mark_bar(
            color="#5fb3aa" if dark else "#2f7d76",
            cornerRadiusTopLeft=3,
            cornerRadiusTopRight=3,
            size=min(MOST_WIDTH_PX, ALL_WIDTH_PX / len(rows)),
        )
        .encode(
            x=alt.X("turn:O", title="Turn", axis=alt.Axis(labelAngle=0, **style)),
            y=alt.Y("latency:Q", title="Milliseconds", scale=scale, axis=alt.Axis(tickCount=5, **style)),
            tooltip=["turn:O", alt.Tooltip("latency:Q", title="latency, ms")],
        )
    )
    return (bars + _marks(values, dark)).properties(height=240)


def _marks(values: Sequence[int], dark: bool) -> Any:
    p50, p95 = percentiles(values)
    # The median's name goes below its line: the two may lie close together.
    lines = [("p95", p95, False), ("p50", p50, True)] if p50 != p95 else [("p50, p95", p95, False)]
    colour = warm(dark)
    charts = []
    for name, at, below in lines:
        base = alt.Chart(inline([{"name": name, "at": at}])).encode(y="at:Q")
        label = base.mark_text(
            color=colour,
            align="right",
            baseline="top" if below else "bottom",
            dy=4 if below else -3,
            x="width",
            fontSize=12,
        )
        charts += [base.mark_rule(color=colour, strokeDash=[4, 4]), label.encode(text="name:N")]
    return alt.layer(*charts)


def colours(dark: bool) -> list[str]:
    """Of the lanes."""
    return ["#a8b0be", "#5fb3aa"] if dark else ["#7b8494", "#2f7d76"]


def warm(dark: bool) -> str:
    """Of marks that stand out from both lanes."""
    return "#f0a878" if dark else "#a34a17"


def inline(rows: list[dict[str, Any]]) -> Any:
    """Rows as the data of a chart."""
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]


def axis(dark: bool) -> dict[str, Any]:
    """Streamlit's own axis labels are too faint to be read by everybody (WCAG 2.2, 1.4.3 asks for 4.5 to 1)."""
    colour = "#b6bac4" if dark else "#5c606b"
    return {"labelColor": colour, "titleColor": colour, "labelFontSize": 12, "titleFontSize": 12}


def _latencies(turns: Sequence[TurnSummary]) -> list[int]:
    return [turn.latency_ms for turn in turns if turn.latency_ms is not None]


def describe_timeline(turns: Sequence[TurnSummary]) -> str:
    """What the timeline shows, in words."""
    spoken = {lane: sum(t.ended_ms - t.started_ms for t in turns if t.speaker == lane) / 1000 for lane in LANES}
    return (
        f"Timeline of {len(turns)} turns: the caller spoke for {words.duration(spoken['caller'])}, "
        f"the agent for {words.duration(spoken['agent'])}."
    )


def describe_latency(turns: Sequence[TurnSummary]) -> str:
    """What the bars show, in words."""
    values = _latencies(turns)
    p50, p95 = percentiles(values)
    return (
        f"Bar chart of the latency of {len(values)} answers: median {words.milliseconds(p50)}, "
        f"95th percentile {words.milliseconds(p95)}."
    )
