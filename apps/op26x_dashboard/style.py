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
.op-brand { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; }
.op-brand nav { display: flex; gap: 1.25rem; }
.op-brand .op-account { margin-left: auto; overflow-wrap: anywhere; font-weight: 400; font-size: .9rem; }
.op-brand nav a { font-weight: 400; text-decoration: underline; text-underline-offset: .2em;
  text-decoration-color: color-mix(in srgb, currentColor 40%, transparent); }
.op-mark { display: inline-flex; align-items: center; gap: .5em; }
.op-mark::before { content: ""; box-sizing: border-box; width: .7em; height: .7em; border-radius: 50%;
  border: 1.5px solid color-mix(in srgb, currentColor 60%, transparent); }
.op-mark[data-shape="whole"]::before { background: currentColor; }
.op-mark[data-shape="part"]::before { background: linear-gradient(90deg, currentColor 50%, transparent 50%); }
.op-mark[data-shape="gone"]::before { border-style: dotted; }
.op-mark[data-shape="live"]::before { background: #e03131; border-color: #e03131; }
.op-mark[data-shape="bad"]::before { border-color: #e03131; border-radius: 0; }
.op-lamp { display: inline-flex; align-items: center; gap: .6em; margin: 0; font-weight: 600; }
.op-lamp::before { content: ""; box-sizing: border-box; width: .8em; height: .8em; border-radius: 50%;
  border: 2px solid color-mix(in srgb, currentColor 60%, transparent); }
.op-lamp[data-lamp="on"]::before { background: #e03131; border-color: #e03131; box-shadow: 0 0 0 .25em #e0313133; }
.op-lamp[data-lamp="paused"]::before { border: 0; border-radius: 0; background:
  linear-gradient(90deg, currentColor 35%, transparent 35% 65%, currentColor 65%); }
.op-said { margin: 0; padding: .1rem 0 .1rem .75rem; border-left: 3px solid transparent; overflow-wrap: anywhere; }
.op-said[aria-current] { border-left-color: currentColor; font-weight: 600; }
.stMainBlockContainer ol.op-words { display: flex; flex-wrap: wrap; gap: .35rem .75rem; list-style: none;
  margin: 0 0 .5rem; padding: 0; }
.stMainBlockContainer .op-words li { margin: 0; padding: 0; font-size: 1rem; }
.op-words small { font-size: .8rem; font-variant-numeric: tabular-nums;
  color: color-mix(in srgb, currentColor 72%, transparent); }
.op-key::before { content: ""; display: inline-block; width: 1.4em; height: .7em; margin-right: .5em;
  border-radius: 2px; background: var(--op-key); opacity: .55; }
@media (max-width: 640px) {
  .op-table .op-wide { display: none; }
  .op-table, .op-table thead th { font-size: .8rem; }
  .op-table th, .op-table td, .op-table .op-number { padding-right: .5rem; }
  .op-table th:last-child, .op-table td:last-child { padding-right: 0; }
  .op-table:not(.op-links) td:not(.op-number), .op-table:not(.op-links) tbody th { white-space: normal; }
}
.op-alarm { border-left: 3px solid #e03131; padding: .1rem 0 .1rem .9rem; color: light-dark(#c92a2a, #ff8787); }
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


def mark(shape: str, word: str) -> str:
    """What became of a recording: a shape, and a word that says it too."""
    return f'<span class="op-mark" data-shape="{shape}">{escape(word)}</span>'


def lamp(which: str, text: str) -> None:
    """Whether a call is being recorded, ``on``, ``paused`` or ``off``; the text says it too."""
    st.html(f'<p class="op-lamp" aria-live="polite" data-lamp="{escape(which)}">{escape(text)}</p>')


def masthead(links: Mapping[str, str], who: str, account: str) -> None:
    """The name, the ways to the pages, and whoever is signed in with the way to their account."""
    ways = "".join(f'<a href="{escape(to)}" target="_self">{escape(name)}</a>' for name, to in links.items())
    own = f'<a class="op-account" href="{escape(account)}" target="_self">{escape(who)}</a>'
    st.html(
        '<header class="op-brand"><a href="?" target="_self">op26x</a>'
        f'<nav aria-label="Pages">{ways}</nav>{own}</header>'
    )


def said(text: str, *, chosen: bool) -> None:
    """What was said in a turn; the text is escaped."""
    st.html(f'<p class="op-said"{" aria-current=true" if chosen else ""}>{escape(text)}</p>')


def words_in_time(timed: Iterable[tuple[str, str]]) -> None:
    """Words with the times at which they were said; both are escaped."""
    items = "".join(f"<li>{escape(word)} <small>{escape(at)}</small></li>" for word, at in timed)
    st.html(f'<ol class="op-words" aria-label="Words with their times">{items}</ol>')


def faded_key(text: str, colour: str) -> None:
    """What the faded bars of a chart mean; ``colour`` is that of a bar that is not faded."""
    st.html(f'<p class="op-quiet op-key" style="--op-key: {colour}">{escape(text)}</p>')


def link(address: str, text: str) -> str:
    """A link within the dashboard."""
    return f'<a href="{escape(address)}" target="_self">{escape(text)}</a>'


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Sequence[str] = (),
    wide: Sequence[str] = (),
    links: bool = False,
) -> None:
    """A table.

    Args:
        caption: What it lists, for screen readers.
        columns: Headings.
        rows: Cells as HTML, escaped by the caller; the first heads its row.
        numbers: Headings of columns that are set to the right.
        wide: Headings of columns that a narrow screen leaves out.
        links: Whether the whole row is the link in its first cell.
    """
    kinds = [
        f'class="{"op-number" if name in numbers else ""} {"op-wide" if name in wide else ""}"' for name in columns
    ]
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


def alarm(text: str) -> None:
    """What nobody is to overlook."""
    st.html(f'<p class="op-alarm" role="alert">{escape(text)}</p>')


def back(address: str, text: str) -> None:
    """The way back."""
    st.html(f'<a class="op-back" href="{escape(address)}" target="_self">{escape(text)}</a>')


def command(text: str) -> None:
    """Something to copy. Without the colours of a language: they are too faint on this ground."""
    st.code(text, language=None, wrap_lines=True)
