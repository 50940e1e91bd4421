"""What the pages ask of the service, through its client. Nothing of it is kept but for the moment."""

import os
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import Literal
from urllib.parse import quote, urlsplit

import msgspec
import streamlit as st

from op26x.client import CallDetail, CallSummary, Client, DisclosureSummary, Me
from op26x.client.client import running_service
from op26x.client.cookies import SESSION, cookie_of, is_secure
from op26x.errors import NotFound, NotSignedIn, Op26xError, ServiceUnreachable
from op26x.exposure import is_loopback
from op26x.settings import CoreSettings, Settings
from op26x_dashboard.environment import settings_of_pages

Action = Literal["pause", "resume", "stop", "delete"]
OPEN_STATES = frozenset({"queued", "ringing", "in-progress"})
FINAL_STATES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
PAGE_SIZE = 25
BATCH = 200
MOST_BATCHES = 10
KEEP_S = 60
CLIENTS, CLIENT_S = 100, 300
MAY, DRAWN_FOR = "may", "organization"


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


def session_token() -> str:
    """The session of whoever looks at the page; empty if their browser shows none."""
    parts = urlsplit(st.context.url or "")
    return cookie_of(st.context.cookies, SESSION, secure=is_secure(parts.scheme, host()))


def url() -> str:
    """Where the service listens.

    Raises:
        ServiceUnreachable: None runs.
    """
    running = running_service(settings())
    if running is None:
        raise ServiceUnreachable(f"No service is running on {core().data}.", "Start it with: op26x up")
    return running.url


def client(session: str = "") -> Client:
    """The client of the service that runs now, as the person whose session it is: the dashboard has no key of its own.

    Args:
        session: Token of the session; that of whoever looks at the page if left out.

    Raises:
        ServiceUnreachable: None runs.
        NotSignedIn: There is no session.
    """
    token = session or session_token()
    if not token:
        raise NotSignedIn("You are not signed in.", "Sign in to go on.")
    own = not session
    organization = st.session_state.get(DRAWN_FOR, "") if own else ""
    address = st.context.ip_address or "" if own else ""
    agent = st.context.headers.get("User-Agent", "") if own else ""
    return _client(url(), token, address, agent, organization)


@st.cache_resource(max_entries=CLIENTS, ttl=CLIENT_S, show_spinner=False)
def _client(at: str, token: str, address: str, agent: str, organization: str) -> Client:
    # A client costs some 30 ms to make and keeps its connections. The service is told whose questions it passes on.
    told = {"X-Forwarded-For": address, "User-Agent": agent}
    return Client(at, token, organization=organization, headers={name: value for name, value in told.items() if value})


def me() -> Me:
    """Who looks at the page, for which organization, and what they may do."""
    st.session_state.pop(DRAWN_FOR, None)  # the one that the session is for now
    return client().me()


def remember(me: Me) -> bool:
    """Keeps what whoever looks at the page may do and for which organization, for as long as it is drawn.

    Returns:
        Whether they may do less in it than when it was drawn before.
    """
    before: frozenset[str] = st.session_state.get(MAY, frozenset())
    st.session_state[MAY] = frozenset(me.actions)
    st.session_state[DRAWN_FOR] = me.organization_id
    return bool(before - frozenset(me.actions))


def may(action: str) -> bool:
    """Whether whoever looks at the page may do something: what they may not is not offered. The service decides."""
    return action in st.session_state.get(MAY, frozenset())


def host() -> str:
    """The name under which the browser looks at the page."""
    return urlsplit(st.context.url or "").hostname or "127.0.0.1"


def sign_in_address(host: str, to: str = "/") -> str:
    """Where whoever comes to the dashboard signs in: a page of the service.

    Args:
        host: The name or address under which the dashboard is looked at.
        to: Where in the dashboard they want to go.

    Raises:
        ServiceUnreachable: None runs.
    """
    return _page_of_service(host, f"/sign-in?to={quote(to, safe='')}")


def account_address(host: str) -> str:
    """Where whoever is signed in finds their account; errors as of ``sign_in_address``."""
    return _page_of_service(host, "/account")


def _page_of_service(host: str, path: str) -> str:
    direct = bool(core().tls_certificate)
    if not (is_loopback(host) or direct):
        return path  # one site: a proxy sends this path to the service
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if direct else 'http'}://{name}:{urlsplit(url()).port or core().port}{path}"


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


def disclosures(call_id: str) -> list[DisclosureSummary]:
    """What companies were given in a call."""
    return client().call_disclosures(call_id)


def act(call_id: str, action: str) -> None:
    """Does ``pause``, ``resume``, ``stop`` or ``delete`` with the recording of a call in progress."""
    client().act_on_recording(call_id, msgspec.convert(action, Action))


def latencies(summary: CallSummary) -> list[int]:
    """Latency of each answer in a finished call, in milliseconds; an open call has none to show yet."""
    return [] if summary.state in OPEN_STATES else _latencies(session_token(), summary.id)


@st.cache_resource(ttl=KEEP_S, max_entries=1000, show_spinner=False)
def _latencies(session: str, call_id: str) -> list[int]:
    return [turn.latency_ms for turn in client(session).call(call_id).turns if turn.latency_ms is not None]


def answers() -> bool:
    """Whether a service runs and answers, be it with a refusal."""
    try:
        client().me()
    except (ServiceUnreachable, msgspec.DecodeError):
        return False
    except Op26xError:
        return True
    return True
