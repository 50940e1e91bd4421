"""The account of whoever is signed in: password and sessions."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from litestar import Response, get, post

from op26x.accounts.people import People, SignIn, User
from op26x.errors import NotFound, Op26xError, SignInRefused
from op26x.types import Secret
from op26x_service.pages.browser import AnyRequest, Browsers
from op26x_service.pages.rendering import page
from op26x_service.pages.sign_in import OPEN, SENT, status_of

FRESH = timedelta(minutes=10)

Act = Callable[[AnyRequest, SignIn], Awaitable[Response[Any]]]
"""What a route does for whoever is signed in."""


class AccountPage:
    """The page, and what its forms have in common.

    Args:
        people: Whose account it is.
        browsers: Who looks at it.
    """

    def __init__(self, people: People, browsers: Browsers) -> None:
        self.people = people
        self.browsers = browsers

    def asked(self, act: Act) -> Callable[[AnyRequest], Awaitable[Response[Any]]]:
        """A route for whoever is signed in: anybody else is sent to sign in; an error is shown on the page."""

        async def answer(request: AnyRequest) -> Response[Any]:
            session = await self.browsers.signed_in(request)
            if session is None:
                return self.browsers.send_to("/sign-in")
            try:
                return await act(request, session)
            except Op26xError as error:
                return await self.show(request, session, error, 404 if isinstance(error, NotFound) else None)

        return answer

    async def show(
        self,
        request: AnyRequest,
        session: SignIn,
        error: Op26xError | None = None,
        status: int | None = None,
        **more: Any,
    ) -> Response[str]:
        """The page; ``more`` is what it shows this once."""
        user = await self.people.users.get(session.user_id)
        token = self.browsers.form_token(request)
        values = {
            "email": (await self.people.users.email_of(user)).reveal(),
            "usage": await self.people.usage.of(user.id, limit=20),
            "sessions": await self.people.sign_ins.list(user.id),
            "this": session.id,
            "second_factor": user.totp_since is not None,
            "asked_by": [one.name for one, _ in await self.people.users.organizations(user.id) if one.second_factor],
            "with_password": bool(user.password_hash),
            "waiting": user.totp_pending is not None and user.totp_since is None,
            "qr": "",
            "secret": "",
            "codes": [],
            "dashboard": self.browsers.place(request, "/"),
            **more,
        }
        return self.browsers.with_form(
            request, page("account", error=error, status=status or status_of(error), form_token=token, **values), token
        )

    async def confirmed(self, request: AnyRequest, session: SignIn) -> User:
        """Whose account it is, once they have given their password again, or have come from their provider just now."""
        fields = await self.browsers.form(request)
        user = await self.people.users.get(session.user_id)
        if not user.password_hash:
            self._must_be_fresh(session)
            return user
        password = Secret(fields.get("password", ""))
        await self.people.signing_in.confirm(user, password, self.browsers.visitor(request))
        return user

    def _must_be_fresh(self, session: SignIn) -> None:
        if self.people.clock.now() - session.created_at > FRESH:
            raise SignInRefused("You signed in a while ago.", "Sign out, sign in anew, and do this within ten minutes.")


def account_routes(people: People, browsers: Browsers) -> list[Any]:
    """The routes."""
    account = AccountPage(people, browsers)

    @get("/account", **OPEN)
    @account.asked
    async def show(request: AnyRequest, session: SignIn) -> Response[str]:
        """The page."""
        return await account.show(request, session)

    @post("/account/password", **SENT)
    @account.asked
    async def change_password(request: AnyRequest, session: SignIn) -> Response[str]:
        """Changes the password; all sessions end."""
        fields = await browsers.form(request)
        user = await people.users.get(session.user_id)
        old, new = Secret(fields.get("password", "")), Secret(fields.get("new_password", ""))
        await people.signing_in.change_password(user, old, new, browsers.visitor(request))
        return browsers.let_out(request)

    @post("/account/sessions/end", **SENT)
    @account.asked
    async def end_session(request: AnyRequest, session: SignIn) -> Response[str]:
        """Ends one session, or all others."""
        fields = await browsers.form(request)
        if fields.get("session"):
            await people.sign_ins.end(session.user_id, fields["session"])
        else:
            await people.sign_ins.end_others(session.user_id, session.id)
        return browsers.send_to("/account")

    return [show, change_password, end_session]
