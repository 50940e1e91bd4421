"""Signing in and out."""

from typing import Any

from litestar import Response, get, post

from op26x.accounts.people import People
from op26x.errors import Op26xError, SignInRefused
from op26x.types import Secret
from op26x_service.pages.browser import MOST_BYTES, AnyRequest, Browsers
from op26x_service.pages.rendering import page

OPEN: dict[str, Any] = {"public": "lets people in", "security": [], "include_in_schema": False}
SENT: dict[str, Any] = {**OPEN, "status_code": 200, "request_max_body_size": MOST_BYTES}


def sign_in_routes(people: People, browsers: Browsers) -> list[Any]:
    """The routes."""

    def form(request: AnyRequest, to: str, error: Op26xError | None = None, email: str = "") -> Response[str]:
        token = browsers.form_token(request)
        values = {"form_token": token, "to": to, "email": email, "provider": browsers.provider}
        shown = page("sign_in", error=error, status=status_of(error), **values)
        return browsers.with_form(request, shown, token)

    def code_form(request: AnyRequest, to: str, error: Op26xError | None = None) -> Response[str]:
        token = browsers.form_token(request)
        shown = page("code", error=error, status=status_of(error), form_token=token, to=to)
        return browsers.with_form(request, shown, token)

    @get("/sign-in", **OPEN)
    async def show(request: AnyRequest, to: str = "") -> Response[str]:
        """Asks for address and password; who is signed in goes on."""
        session = await browsers.signed_in(request)
        if session is not None:
            belongs = await people.users.organizations(session.user_id)
            return browsers.send_to(browsers.place(request, to) if belongs else "/account")
        return form(request, to)

    @post("/sign-in", **SENT)
    async def sign_in(request: AnyRequest) -> Response[str]:
        """Takes address and password."""
        fields: dict[str, str] = {}
        try:
            fields = await browsers.form(request)
            password = Secret(fields.get("password", ""))
            signed_in = await people.signing_in.with_password(
                fields.get("email", ""), password, browsers.visitor(request)
            )
        except Op26xError as error:
            return form(request, fields.get("to", ""), error, fields.get("email", ""))
        return await browsers.let_in(request, signed_in, fields.get("to", ""))

    @get("/sign-in/code", **OPEN)
    async def show_code(request: AnyRequest, to: str = "") -> Response[str]:
        """Asks for the one-time code."""
        return code_form(request, to)

    @post("/sign-in/code", **SENT)
    async def take_code(request: AnyRequest) -> Response[str]:
        """Takes the one-time code, or a recovery code."""
        fields: dict[str, str] = {}
        try:
            fields = await browsers.form(request)
            half = browsers.half(request)
            signed_in = await people.signing_in.with_code(half, fields.get("code", ""), browsers.visitor(request))
        except Op26xError as error:
            return code_form(request, fields.get("to", ""), error)
        return await browsers.let_in(request, signed_in, fields.get("to", ""))

    @post("/sign-out", **SENT)
    async def sign_out(request: AnyRequest) -> Response[str]:
        """Ends the session."""
        await browsers.form(request)
        session = await browsers.signed_in(request)
        if session is not None:
            await people.sign_ins.end(session.user_id, session.id)
        return browsers.let_out(request)

    return [show, sign_in, show_code, take_code, sign_out]


def status_of(error: Op26xError | None) -> int | None:
    """The status of a page that was refused: 429 if there is to be waited; else what a page with an error has."""
    return 429 if isinstance(error, SignInRefused) and error.wait_s else None
