"""The look: one style sheet, and the few pieces of HTML that Streamlit has no element for.

Tables are plain HTML rather than Streamlit's canvas: they are read by screen readers, their links open in a new tab
if one wants, and the whole row is the link. Colours are mixed from the text's own, so they fit light and dark.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import streamlit as st

SHEET = """
<style>
.stMainBlockContainer { max-width: 74rem; padding-top: 2rem; }
.op-brand a { font-weight: 650; letter-spacing: .02em; color: inherit; text-decoration: none; }
.op-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.op-quiet { color: color-mix(in srgb, currentColor 72%, transparent); }
.op-scroll { overflow-x: auto; }
.op-table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.op-table th, .op-table td {
  text-align: left; padding: .55rem .9rem .55rem 0; white-space: nowrap; font-weight: 400;
  border: 0; border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent);
}
.op-table thead th { font-size: .8rem; color: color-mix(in srgb, currentColor 72%, transparent); }
.op-table .op-number { text-align: right; padding-right: 1.6rem; }
.op-table tbody tr { position: relative; }
.op-table.op-links tbody tr:hover { background: color-mix(in srgb, currentColor 5%, transparent); }
.op-table a { color: inherit; text-decoration: underline; text-underline-offset: .2em;
  text-decoration-color: color-mix(in srgb, currentColor 40%, transparent); }
.op-table a::after { content: ""; position: absolute; inset: 0; }
.op-table a:focus-visible { outline: none; }
.op-table a:focus-visible::after, .op-brand a:focus-visible, .op-back:focus-visible {
  outline: 2px solid currentColor; outline-offset: -2px; }
.op-state { display: inline-flex; align-items: center; gap: .5em; }
.op-state::before { content: ""; width: .55em; height: .55em; border-radius: 50%; background: #868e96; }
.op-state[data-tone="open"]::before { background: #2f9e44; box-shadow: 0 0 0 .2em #2f9e4433; }
.op-state[data-tone="bad"]::before { background: #e03131; }
.stMainBlockContainer h1 { font-size: 2rem; padding: .25rem 0 .75rem; }
.stMainBlockContainer h2, .stMainBlockContainer h3 { font-size: 1.25rem; padding: 1.25rem 0 .5rem; }
.stMainBlockContainer dl.op-facts { display: grid; gap: 1rem 2rem; margin: 0 0 .75rem; padding: 0;
  grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
.stMainBlockContainer dl.op-figures { grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
.stMainBlockContainer .op-facts dt, .stMainBlockContainer .op-facts dd { margin: 0; padding: 0; }
.op-facts dt { font-size: .8rem; color: color-mix(in srgb, currentColor 72%, transparent); }
.op-facts dd { overflow-wrap: anywhere; }
.op-figures dd { font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.op-live { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0 0 .75rem; }
.op-back { color: inherit; text-underline-offset: .2em; }
.stMarkdown p code { color: inherit; font-size: .9em; margin: 0; padding: .1em .25em;
  background: color-mix(in srgb, currentColor 6%, transparent); }
.stCode pre { border: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
.op-note { border-left: 3px solid color-mix(in srgb, currentColor 25%, transparent); padding: .1rem 0 .1rem .9rem; }
</style>
"""

BAD = frozenset({"failed", "busy", "no-answer", "canceled"})
OPEN = frozenset({"queued", "ringing", "in-progress"})


def apply() -> None:
    """Puts the style sheet into the page."""
    st.html(SHEET)


def state(word: str) -> str:
    """A call's state with a dot in its colour; the word says it too."""
    tone = "open" if word in OPEN else "bad" if word in BAD else "done"
    return f'<span class="op-state" data-tone="{tone}">{escape(word.replace("-", " "))}</span>'


def link(address: str, text: str) -> str:
    """A link within the dashboard."""
    return f'<a href="{escape(address)}" target="_self">{escape(text)}</a>'


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Sequence[str] = (),
    links: bool = False,
) -> None:
    """A table.

    Args:
        caption: What it lists, for screen readers.
        columns: Headings.
        rows: Cells as HTML, escaped by the caller; the first heads its row.
        numbers: Headings of columns that are set to the right.
        links: Whether the whole row is the link in its first cell.
    """
    kinds = ['class="op-number"' if name in numbers else "" for name in columns]
    head = "".join(f'<th scope="col" {kind}>{escape(name)}</th>' for name, kind in zip(columns, kinds, strict=True))
    body = "".join(f"<tr>{_cells(row, kinds)}</tr>" for row in rows)
    st.html(
        f'<div class="op-scroll"><table class="op-table{" op-links" if links else ""}">'
        f'<caption class="op-hidden">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(row: Sequence[str], kinds: Sequence[str]) -> str:
    first, *others = row
    cells = (f"<td {kind}>{cell}</td>" for cell, kind in zip(others, kinds[1:], strict=True))
    return f'<th scope="row" {kinds[0]}>{first}</th>' + "".join(cells)


def facts(values: Mapping[str, str], *, figures: bool = False) -> None:
    """Names and values side by side, figures in large type; values are HTML, escaped by the caller."""
    pairs = "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in values.items())
    st.html(f'<dl class="op-facts{" op-figures" if figures else ""}">{pairs}</dl>')


def quiet(text: str) -> None:
    """A remark in the background; the text is escaped."""
    st.html(f'<p class="op-quiet">{escape(text)}</p>')


def note(text: str) -> None:
    """A remark that matters, without alarm; the text is escaped."""
    st.html(f'<p class="op-note">{escape(text)}</p>')


def back(address: str, text: str) -> None:
    """The way back."""
    st.html(f'<a class="op-back" href="{escape(address)}" target="_self">{escape(text)}</a>')


def command(text: str) -> None:
    """Something to copy. Without the colours of a language: they are too faint on this ground."""
    st.code(text, language=None, wrap_lines=True)
