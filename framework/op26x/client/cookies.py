"""The cookies of browsers, by which service and dashboard know one session."""

from collections.abc import Mapping

from op26x.exposure import is_loopback

SESSION, HALF, DEVICE = "op26x_session", "op26x_half", "op26x_device"
"""The session; a session that waits for its one-time code; a browser that has signed in before."""
FORM, STATE = "op26x_form", "op26x_state"
"""A form's own token; the state with which a browser went to an OpenID provider."""
HOST_PREFIX = "__Host-"
"""Of a cookie that came over TLS and that no other host can set (RFC 6265bis, section 4.1.3.2)."""


def is_secure(scheme: str, host: str) -> bool:
    """Whether cookies travel over TLS, be it that a proxy ends it: in clear there is the loopback alone."""
    return scheme == "https" or not is_loopback(host)


def cookie_name(name: str, *, secure: bool) -> str:
    """What a cookie is called where it travels over TLS, or on the loopback without."""
    return f"{HOST_PREFIX}{name}" if secure else name


def cookie_of(cookies: Mapping[str, str], name: str, *, secure: bool) -> str:
    """The value of a cookie; empty if there is none. Over TLS, one that another host may have set is none."""
    return cookies.get(cookie_name(name, secure=secure), "")
