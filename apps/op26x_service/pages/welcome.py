"""One-time links: to become an owner, to accept an invitation, to choose a new password. Looking uses none up."""

from typing import Any

from litestar import Response, get, post

from op26x.accounts.people import LinkKind, OneTimeLink, People
from op26x.errors import KeyGone, NotFound, Op26xError
from op26x.types import Secret
from op26x_service.pages.browser import AnyRequest, Browsers
from op26x_service.pages.rendering import page
from op26x_service.pages.sign_in import OPEN, SENT


def gone(error: Op26xError) -> Response[str]:
    """The page of a link that does not work."""
    status = 404 if isinstance(error, NotFound) else 410
    return page("gone", error=error, status=status, heading="This link does not work")


def welcome_routes(people: People, browsers: Browsers) -> list[Any]:
    """The routes."""

    async def welcome_form(
        request: AnyRequest, link: OneTimeLink, error: Op26xError | None = None, **typed: str
    ) -> Response[str]:
        token = browsers.form_token(request)
        shown = page(
            "welcome",
            error=error,
            form_token=token,
            role=link.role,
            invited=link.kind == LinkKind.INVITATION,
            email=typed.get("email", ""),
            name=typed.get("name", ""),
        )
        return browsers.with_form(request, shown, token)

    def password_form(request: AnyRequest, error: Op26xError | None = None) -> Response[str]:
        token = browsers.form_token(request)
        return browsers.with_form(request, page("new_password", error=error, form_token=token), token)

    @get("/welcome/{token:str}", **OPEN)
    async def show(request: AnyRequest, token: str) -> Response[str]:
        """Asks who comes by a link."""
        try:
            link = await people.signing_in.opened(token)
            if link.kind == LinkKind.PASSWORD:
                return browsers.send_to(f"/new-password/{token}")
            return await welcome_form(request, link)
        except (NotFound, KeyGone) as error:
            return gone(error)

    @post("/welcome/{token:str}", **SENT)
    async def take(request: AnyRequest, token: str) -> Response[str]:
        """Takes them in, and uses the link up."""
        typed: dict[str, str] = {}
        try:
            link = await people.signing_in.opened(token)
            try:
                typed = await browsers.form(request)
                signed_in = await people.signing_in.with_link(
                    token,
                    typed.get("email", ""),
                    typed.get("name", ""),
                    Secret(typed.get("password", "")),
                    browsers.visitor(request),
                )
            except (NotFound, KeyGone):
                raise
            except Op26xError as error:
                return await welcome_form(
                    request, link, error, email=typed.get("email", ""), name=typed.get("name", "")
                )
        except (NotFound, KeyGone) as error:
            return gone(error)
        return await browsers.let_in(request, signed_in, "")

    @get("/new-password/{token:str}", **OPEN)
    async def show_password(request: AnyRequest, token: str) -> Response[str]:
        """Asks for another password."""
        try:
            await people.signing_in.opened(token)
        except (NotFound, KeyGone) as error:
            return gone(error)
        return password_form(request)

    @post("/new-password/{token:str}", **SENT)
    async def take_password(request: AnyRequest, token: str) -> Response[str]:
        """Takes it, and ends every session."""
        try:
            fields = await browsers.form(request)
            device = await people.signing_in.choose_password(token, Secret(fields.get("password", "")))
        except (NotFound, KeyGone) as error:
            return gone(error)
        except Op26xError as error:
            return password_form(request, error)
        return browsers.with_device(request, browsers.send_to("/sign-in"), device)

    return [show, take, show_password, take_password]
