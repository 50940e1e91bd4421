"""Browsers: their cookies, the proof that a form is ours, and where they go next."""

import re
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.exceptions import ClientException

from op26x.accounts.people import SignedIn, SignIn, SignIns, Visitor
from op26x.client.cookies import DEVICE, FORM, HALF, SESSION, STATE, cookie_name, cookie_of, is_secure
from op26x.errors import UsageError
from op26x.exposure import is_loopback
from op26x.ids import Ids, same_secret

AnyRequest = Request[Any, Any, Any]

MOST_BYTES = 8 * 1024
FORM_FIELD = "form_token"
YEAR_S = 365 * 86_400
STATE_S = 600
PLACE = re.compile(r"/(?![/\\])[\x21-\x7e]{0,500}")
"""A path and a query on the same site: no scheme, no host, no backslash, no space."""


class Browsers:
    """What the pages need of every browser.

    Args:
        sign_ins: Sessions.
        ids: Makes form tokens.
        dashboard_port: Where the dashboard listens.
        tls: Whether browsers reach service and dashboard by ports of their own over TLS. Without TLS, they do so on the
            loopback; behind a proxy, both are one site.
        provider: Whether people may sign in by an OpenID provider.
    """

    def __init__(
        self, sign_ins: SignIns, ids: Ids, dashboard_port: int, *, tls: bool = False, provider: bool = False
    ) -> None:
        self._sign_ins = sign_ins
        self._ids = ids
        self.dashboard_port = dashboard_port
        self.provider = provider
        self._tls = tls

    async def signed_in(self, request: AnyRequest) -> SignIn | None:
        """The session of a browser; ``None`` if it has none that goes on."""
        token = self._cookie(request, SESSION)
        return await self._sign_ins.find(token) if token else None

    def visitor(self, request: AnyRequest) -> Visitor:
        """The browser, as signing in wants it."""
        return Visitor(
            request.client.host if request.client else "",
            request.headers.get("user-agent", ""),
            self._cookie(request, DEVICE),
        )

    def form_token(self, request: AnyRequest) -> str:
        """The token that a form must bring back: the one that the browser has, or a new one."""
        return self._cookie(request, FORM) or self._ids.token()

    def with_form(self, request: AnyRequest, response: Response[str], token: str) -> Response[str]:
        """A page with a form, and the cookie that its token must match (OWASP, double submit)."""
        return self._set(request, response, FORM, token, same_site="strict")

    def with_state(self, request: AnyRequest, response: Response[str], state: str) -> Response[str]:
        """Has a browser keep the state with which it went to an OpenID provider."""
        return self._set(request, response, STATE, state, max_age=STATE_S)

    def state(self, request: AnyRequest) -> str:
        """That state; empty if it has none."""
        return self._cookie(request, STATE)

    async def form(self, request: AnyRequest) -> dict[str, str]:
        """The fields of a form that came from one of our pages.

        Raises:
            UsageError: It did not, or the browser keeps no cookies.
            ClientException: Its fields can't be read.
        """
        origin = request.headers.get("origin", "")
        if origin and origin.partition("://")[2] != request.headers.get("host", ""):
            raise UsageError("This form was sent by another site.", "Open the page here, and send it again.")
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise UsageError("This form was sent by another site.", "Open the page here, and send it again.")
        try:
            sent = await request.form()
        except ValueError:
            raise ClientException("The form can't be read.") from None
        fields = {name: value for name, value in sent.items() if isinstance(value, str)}
        expected = self._cookie(request, FORM)
        if not expected or not same_secret(fields.get(FORM_FIELD, ""), expected):
            raise UsageError("This form is too old, or the browser keeps no cookies.", "Open the page anew.")
        return fields

    async def let_in(self, request: AnyRequest, signed_in: SignedIn, to: str) -> Response[str]:
        """Sends a browser on with its new session, or to where it is asked for the one-time code.

        A session that it had before ends.
        """
        if before := await self.signed_in(request):
            await self._sign_ins.end(before.user_id, before.id)
        if signed_in.needs_code:
            response = self.send_to(f"/sign-in/code?to={quote(to, safe='')}" if to else "/sign-in/code")
            return self._set(request, response, HALF, signed_in.token.reveal(), same_site="strict")
        response = self.send_to(self.place(request, to))
        self._set(request, response, SESSION, signed_in.token.reveal())
        self.with_device(request, response, signed_in.device)
        return self._unset(request, response, HALF)

    def with_device(self, request: AnyRequest, response: Response[str], device: str) -> Response[str]:
        """Has a browser remember that somebody has signed in with it."""
        return self._set(request, response, DEVICE, device, same_site="strict", max_age=YEAR_S)

    def let_out(self, request: AnyRequest) -> Response[str]:
        """Sends a browser away without its session."""
        return self.without_session(request, self.send_to("/sign-in"))

    def without_session(self, request: AnyRequest, response: Response[str]) -> Response[str]:
        """Takes the session's cookie from a browser."""
        return self._unset(request, response, SESSION)

    def place(self, request: AnyRequest, to: str) -> str:
        """Where a browser goes: a place of the dashboard, on the same host, whatever it asked for."""
        path = to if PLACE.fullmatch(to) else "/"
        host = _host(request)
        if not (is_loopback(host) or self._tls):
            return path
        if not self.dashboard_port:
            return "/account"  # no dashboard runs beside this service
        name = f"[{host}]" if ":" in host else host
        return f"{'https' if self._tls else 'http'}://{name}:{self.dashboard_port}{path}"

    def half(self, request: AnyRequest) -> str:
        """The session of a browser that waits for its one-time code; empty if it has none."""
        return self._cookie(request, HALF)

    @staticmethod
    def _cookie(request: AnyRequest, name: str) -> str:
        return cookie_of(request.cookies, name, secure=_is_secure(request))

    @staticmethod
    def send_to(place: str) -> Response[str]:
        """Sends a browser somewhere, with a question."""
        return Response("", status_code=303, headers={"Location": place, "Cache-Control": "no-store"})

    def _set(
        self,
        request: AnyRequest,
        response: Response[str],
        name: str,
        value: str,
        *,
        same_site: Literal["lax", "strict"] = "lax",
        max_age: int | None = None,
    ) -> Response[str]:
        secure = _is_secure(request)
        response.set_cookie(
            Cookie(
                key=cookie_name(name, secure=secure),
                value=value,
                path="/",
                httponly=True,
                secure=secure,
                samesite=same_site,
                max_age=max_age,
            )
        )
        return response

    def _unset(self, request: AnyRequest, response: Response[str], name: str) -> Response[str]:
        return self._set(request, response, name, "", max_age=0)


def _host(request: AnyRequest) -> str:
    """The host that was called; empty if it is none."""
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def _is_secure(request: AnyRequest) -> bool:
    return is_secure(str(request.scope.get("scheme", "http")), _host(request))
