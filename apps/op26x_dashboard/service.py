"""What the pages ask of the service, through its client. Nothing of it is kept but for the moment."""

import os
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import streamlit as st

from op26x.client import CallDetail, CallSummary, Client
from op26x.errors import NotFound, Op26xError, ServiceUnreachable
from op26x.settings import CoreSettings, Settings
from op26x_dashboard.environment import settings_of_pages

Action = Literal["pause", "resume", "stop", "delete"]
OPEN_STATES = frozenset({"queued", "ringing", "in-progress"})
FINAL_STATES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
PAGE_SIZE = 25
BATCH = 200
MOST_BATCHES = 10
KEEP_S = 60


@dataclass(frozen=True)
class Page:
    """A stretch of the list of calls.

    Attributes:
        calls: Newest first.
        older: Where the next stretch goes on; empty at the end of the list.
    """

    calls: list[CallSummary]
    older: str


@cache
def settings() -> Settings:
    """The settings of this process; they do not change while it runs."""
    return settings_of_pages(os.environ)


def core() -> CoreSettings:
    """The core's settings."""
    return settings().core


def client() -> Client:
    """The client of the service that runs now; a restarted service has another address and key.

    Raises:
        ServiceUnreachable: None runs.
    """
    path = core().runtime_path
    try:
        stamp = path.stat().st_mtime_ns
    except FileNotFoundError:
        return Client.of_running_service(settings())
    return _client(path, stamp)


@st.cache_resource(max_entries=2)
def _client(_path: Path, stamp: int) -> Client:
    # A client costs some 30 ms to make and keeps its connections: one serves every visitor until the file changes.
    return Client.of_running_service(settings())


def page_of_calls(states: AbstractSet[str], before: str = "") -> Page:
    """Calls in the given states; no state means all.

    The API does not filter, so calls are read in batches until a page is full. After ``MOST_BATCHES`` the page
    ends where it is, full or not, and ``older`` goes on from there.
    """
    found: list[CallSummary] = []
    size = BATCH if states else PAGE_SIZE + 1
    for _ in range(MOST_BATCHES):
        batch = client().calls(limit=size, before=before or None)
        for call in batch:
            if states and call.state not in states:
                continue
            if len(found) == PAGE_SIZE:
                return Page(found, found[-1].id)
            found.append(call)
        if len(batch) < size:
            return Page(found, "")
        before = batch[-1].id
    return Page(found, before)


def call(call_id: str) -> CallDetail:
    """One call with its turns. Raises ``NotFound``."""
    # The identifier comes from the address bar and becomes part of a path: nothing but an identifier may go on.
    if not (call_id.isascii() and call_id.isalnum()):
        raise NotFound("This is not the identifier of a call.", "See op26x calls list.")
    return client().call(call_id)


def act(call_id: str, action: str) -> None:
    """Does ``pause``, ``resume``, ``stop`` or ``delete`` with the recording of a call in progress."""
    client().act_on_recording(call_id, msgspec.convert(action, Action))


def latencies(summary: CallSummary) -> list[int]:
    """Latency of each answer in a finished call, in milliseconds; an open call has none to show yet."""
    return [] if summary.state in OPEN_STATES else _latencies(summary.id)


@st.cache_resource(ttl=KEEP_S, max_entries=1000, show_spinner=False)
def _latencies(call_id: str) -> list[int]:
    return [turn.latency_ms for turn in call(call_id).turns if turn.latency_ms is not None]


def answers() -> bool:
    """Whether a service runs and answers, be it with a refusal."""
    try:
        client().calls(limit=1)
    except (ServiceUnreachable, msgspec.DecodeError):
        return False
    except Op26xError:
        return True
    return True
