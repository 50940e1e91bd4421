"""The waveform of a recording: the caller above, the agent below, pauses marked."""

import io
import wave
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from op26x_dashboard import charts, words

BINS = 400
HALF = 0.9
"""Of a lane's half height, how much a full swing fills."""


def peaks(wav: bytes, bins: int = BINS) -> list[list[float]]:
    """The largest swing of each track in each stretch of time, 0 to 1: the caller's, then the agent's."""
    with wave.open(io.BytesIO(wav)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
    size = max(1, -(-len(samples) // bins))
    padded = np.pad(np.abs(samples.astype(np.int32)), ((0, -len(samples) % size), (0, 0)))
    highest = padded.reshape(-1, size, samples.shape[1]).max(axis=1) / 32768
    return [track.round(4).tolist() for track in highest.T]


def length_s(wav: bytes) -> float:
    """Its length in seconds."""
    with wave.open(io.BytesIO(wav)) as file:
        return float(file.getnframes() / file.getframerate())


def chart(
    wav: bytes, duration_s: float, gaps: Sequence[tuple[int, int]], *, at_s: float | None = None, dark: bool = False
) -> Any:
    """The waveform.

    Args:
        wav: The recording.
        duration_s: Its length in seconds.
        gaps: Pauses, milliseconds from its start.
        at_s: Where a line marks the chosen turn, seconds from its start.
        dark: For a dark ground.
    """
    axis = charts.axis(dark)
    seconds = alt.X(
        "at:Q",
        title="Seconds from the start of the recording",
        scale=alt.Scale(domain=[0, duration_s], nice=False),
        axis=alt.Axis(tickCount=8, **axis),
    )
    lanes = alt.Axis(values=[1, -1], labelExpr="datum.value > 0 ? 'caller' : 'agent'", grid=False, **axis)
    height = alt.Y("low:Q", title=None, scale=alt.Scale(domain=[-2, 2], nice=False), axis=lanes)
    layers = [
        alt.Chart(charts.inline(_outline(track, middle, duration_s)))
        .mark_area(color=colour, line={"color": colour, "strokeWidth": 1})
        .encode(x=seconds, y=height, y2="high:Q")
        for track, middle, colour in zip(peaks(wav), (1, -1), charts.colours(dark), strict=True)
    ]
    if gaps:
        layers += _pauses(gaps, seconds, height, dark)
    if at_s is not None:
        layers.append(alt.Chart(charts.inline([{"at": at_s}])).mark_rule(color=charts.warm(dark)).encode(x=seconds))
    return alt.layer(*layers).properties(height=180)


def describe(duration_s: float, gaps: Sequence[tuple[int, int]]) -> str:
    """What it shows, in words."""
    text = f"Waveform of {words.duration(duration_s)}, the caller above, the agent below"
    if not gaps:
        return f"{text}."
    spans = ", ".join(f"{words.offset(start)} to {words.offset(end)}" for start, end in gaps)
    return f"{text}; paused from {spans}."


def _outline(track: Sequence[float], middle: int, duration_s: float) -> list[dict[str, float]]:
    step = duration_s / max(1, len(track))
    return [
        {"at": round((n + 0.5) * step, 3), "low": middle - HALF * swing, "high": middle + HALF * swing}
        for n, swing in enumerate(track)
    ]


def _pauses(gaps: Sequence[tuple[int, int]], seconds: Any, height: Any, dark: bool) -> list[Any]:
    rows = [{"at": a / 1000, "until": b / 1000, "low": -2, "high": 2, "name": "paused"} for a, b in gaps]
    base = alt.Chart(charts.inline(rows)).encode(x=seconds, y=height)
    colour = charts.warm(dark)
    box = base.mark_rect(color=colour, opacity=0.18).encode(x2="until:Q", y2="high:Q")
    name = base.mark_text(color=colour, align="left", baseline="top", dx=4, dy=4, fontSize=12)
    return [box, name.encode(y=alt.value(0), text="name:N")]
