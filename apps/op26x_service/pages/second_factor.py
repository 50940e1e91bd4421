"""The second factor of whoever is signed in: an authenticator, and the codes for when it is lost."""

from typing import Any

from litestar import Response, post

from op26x.accounts.people import People, SignIn
from op26x.accounts.people.second_factor import otpauth_uri
from op26x_service.pages.account import AccountPage
from op26x_service.pages.browser import AnyRequest, Browsers
from op26x_service.pages.sign_in import SENT


def second_factor_routes(people: People, browsers: Browsers) -> list[Any]:
    """The routes. Turning it on and off asks for the password again: an open browser alone is not enough."""
    account = AccountPage(people, browsers)

    @post("/account/second-factor", **SENT)
    @account.asked
    async def prepare(request: AnyRequest, session: SignIn) -> Response[str]:
        """Shows the secret for an authenticator, as a QR code and in letters."""
        import segno

        user = await account.confirmed(request, session)
        secret = await people.second_factor.prepare(user)
        uri = otpauth_uri(secret, (await people.users.email_of(user)).reveal())
        picture = segno.make(uri, error="m").svg_data_uri(scale=5)
        return await account.show(request, session, qr=picture, secret=secret.reveal())

    @post("/account/second-factor/code", **SENT)
    @account.asked
    async def begin(request: AnyRequest, session: SignIn) -> Response[str]:
        """Takes the first code, and shows the recovery codes, this once."""
        fields = await browsers.form(request)
        user = await people.users.get(session.user_id)
        code = fields.get("code", "").replace(" ", "")
        codes = await people.signing_in.turn_on_second_factor(user, code, browsers.visitor(request))
        return await account.show(request, session, codes=[code.reveal() for code in codes])

    @post("/account/second-factor/end", **SENT)
    @account.asked
    async def end(request: AnyRequest, session: SignIn) -> Response[str]:
        """Asks for no code any more."""
        user = await account.confirmed(request, session)
        await people.signing_in.turn_off_second_factor(user, browsers.visitor(request))
        return browsers.send_to("/account")

    return [prepare, begin, end]
