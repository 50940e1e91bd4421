"""What is held of whoever is signed in: shown, given out, and erased when they say so."""

from typing import Any

import msgspec
from litestar import Response, get, post

from op26x.accounts.actor import USER
from op26x.accounts.people import People, SignIn
from op26x_service.pages.account import AccountPage
from op26x_service.pages.browser import AnyRequest, Browsers
from op26x_service.pages.rendering import page
from op26x_service.pages.sign_in import OPEN, SENT


def own_data_routes(people: People, browsers: Browsers) -> list[Any]:
    """The routes. Erasing asks for the password again."""
    account = AccountPage(people, browsers)

    @get("/account/data", **OPEN)
    @account.asked
    async def give_out(_request: AnyRequest, session: SignIn) -> Response[bytes]:
        """Everything that is held of them, as JSON (GDPR, articles 15 and 20)."""
        body = msgspec.json.format(msgspec.json.encode(await _held(people, session)))
        headers = {"Content-Disposition": 'attachment; filename="op26x-account.json"'}
        return Response(body, media_type="application/json", headers=headers)

    @post("/account/erase", **SENT)
    @account.asked
    async def erase(request: AnyRequest, session: SignIn) -> Response[str]:
        """Erases the account: its key first."""
        user = await account.confirmed(request, session)
        await people.users.erase(user.id, USER + user.id)
        return browsers.without_session(request, page("erased"))

    return [give_out, erase]


async def _held(people: People, session: SignIn) -> dict[str, Any]:
    user = await people.users.get(session.user_id)
    person = await people.users.person(user)
    return {
        "id": user.id,
        "email": person.email.reveal(),
        "name": person.name.reveal(),
        "created_at": user.created_at,
        "one_time_code": person.second_factor,
        "organizations": [
            {"id": one.id, "name": one.name, "role": role.value}
            for one, role in await people.users.organizations(user.id)
        ],
        "sessions": [
            {
                "began_at": one.created_at,
                "last_seen_at": one.last_seen_at,
                "network": one.network,
                "browser": one.browser,
            }
            for one in await people.sign_ins.stored(user.id)
        ],
        "usage": [
            {"at": one.at, "action": one.action, "address": one.address.reveal(), "browser": one.browser}
            for one in await people.usage.of(user.id, limit=10_000)
        ],
    }
