"""The waveform of a recording: the caller above, the agent below, pauses marked."""

import io
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import altair as alt
import numpy as np

from op26x_dashboard import charts, words

BINS = 400
HEADER_BYTES, SAMPLE_BYTES = 44, 2
HALF = 0.9
"""Of a lane's half height, how much a full swing fills."""


@dataclass(frozen=True)
class Outline:
    """What a waveform is drawn from; no speech can be made of it.

    Attributes:
        tracks: The largest swing of each track in each stretch of time, 0 to 1: the caller's, then the agent's.
        duration_s: Length of the recording in seconds.
    """

    tracks: list[list[float]]
    duration_s: float


def outline(pieces: Iterable[bytes], bins: int = BINS) -> Outline:
    """The outline of a WAV file that comes in pieces, of which no more than a stretch is held.

    Args:
        pieces: The file, 16 bit, from its first byte on.
        bins: Into how many stretches of time it is cut, at the most.
    """
    stream, held = iter(pieces), bytearray()
    for piece in stream:
        held += piece
        if len(held) >= HEADER_BYTES:
            break
    with wave.open(io.BytesIO(bytes(held[:HEADER_BYTES]))) as file:
        frames, rate, channels = file.getnframes(), file.getframerate(), file.getnchannels()
    del held[:HEADER_BYTES]
    stretch = max(1, -(-frames // bins)) * channels * SAMPLE_BYTES
    swings: list[list[float]] = []
    for piece in chain([b""], stream):
        held += piece
        while len(held) >= stretch:
            swings.append(_swing(held[:stretch], channels))
            del held[:stretch]
    if held:
        swings.append(_swing(held, channels))
    return Outline([list(track) for track in zip(*swings, strict=True)] or [[]] * channels, frames / rate)


def _swing(stretch: bytearray, channels: int) -> list[float]:
    """The largest swing of each track."""
    samples = np.frombuffer(bytes(stretch), "<i2").reshape(-1, channels).astype(np.int32)
    largest: list[float] = (np.abs(samples).max(axis=0) / 32768).round(4).tolist()
    return largest


def chart(drawn: Outline, gaps: Sequence[tuple[int, int]], *, at_s: float | None = None, dark: bool = False) -> Any:
    """The waveform.

    Args:
        drawn: The recording's outline.
        gaps: Pauses, milliseconds from its start.
        at_s: Where a line marks the chosen turn, seconds from its start.
        dark: For a dark ground.
    """
    axis = charts.axis(dark)
    seconds = alt.X(
        "at:Q",
        title="Seconds from the start of the recording",
        scale=alt.Scale(domain=[0, drawn.duration_s], nice=False),
        axis=alt.Axis(tickCount=8, **axis),
    )
    lanes = alt.Axis(values=[1, -1], labelExpr="datum.value > 0 ? 'caller' : 'agent'", grid=False, **axis)
    height = alt.Y("low:Q", title=None, scale=alt.Scale(domain=[-2, 2], nice=False), axis=lanes)
    layers = [
        alt.Chart(charts.inline(_area(track, middle, drawn.duration_s)))
        .mark_area(color=colour, line={"color": colour, "strokeWidth": 1})
        .encode(x=seconds, y=height, y2="high:Q")
        for track, middle, colour in zip(drawn.tracks, (1, -1), charts.colours(dark), strict=True)
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


def _area(track: Sequence[float], middle: int, duration_s: float) -> list[dict[str, float]]:
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
