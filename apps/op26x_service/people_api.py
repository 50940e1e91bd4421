"""The API's routes about people: who asks, who belongs to the organization, invitations."""

from typing import Any

from litestar import Request, delete, get, post, put
from litestar.exceptions import HTTPException

from op26x.accounts import Actor, Role
from op26x.accounts.people import People
from op26x.calls import Workspace
from op26x.client.summaries import invitation_summary, person_summary
from op26x.client.types import (
    ChangedRole,
    ChosenOrganization,
    Invitation,
    InvitationSummary,
    Me,
    MyOrganization,
    OneTimeAddress,
    PersonSummary,
)
from op26x_service.auth import address_of

AnyRequest = Request[Any, Any, Any]


def people_routes(people: People, public_url: str) -> list[Any]:
    """The routes. Each change is an entry in the audit log."""
    return [*_own_routes(people), *_member_routes(people), *_link_routes(people, public_url)]


def _own_routes(people: People) -> list[Any]:
    """About whoever asks."""

    @get("/me", action="me.read")
    async def me(actor: Actor) -> Me:
        """Who asks, for which organization, and what they may do."""
        may = sorted(actor.actions)
        if not actor.session_id:
            return Me(actor.who, "", actor.organization_id, "", may, [])
        user = await people.users.get(actor.user_id)
        theirs = await people.users.organizations(user.id)
        email = await people.users.email_of(user)
        organizations = [MyOrganization(one.id, one.name, role.value) for one, role in theirs]
        role = next((one.role for one in organizations if one.id == actor.organization_id), "")
        lacks = actor.lacks_second_factor
        return Me(user.id, email.reveal(), actor.organization_id, role, may, organizations, lacks)

    @put("/me/organization", action="me.change")
    async def choose(actor: Actor, data: ChosenOrganization) -> None:
        """The organization that the session is for from now on."""
        there = await people.users.organizations(actor.user_id)
        chosen = next((one for one, _ in there if data.organization in (one.id, one.name)), None)
        if chosen is None:
            raise HTTPException(f"There is no organization {data.organization}.", status_code=404)
        await people.sign_ins.act_for(actor.session_id, chosen.id)

    return [me, choose]


def _member_routes(people: People) -> list[Any]:
    """About the members of an organization."""

    @get("/people", action="people.read")
    async def list_people(workspace: Workspace, actor: Actor) -> list[PersonSummary]:
        """Who belongs to the organization."""
        await workspace.audit.add("people.read", workspace.organization_id, actor.access())
        return [person_summary(person) for person in await people.users.members(workspace.organization_id)]

    @put("/people/{user_id:str}", action="people.change")
    async def change_role(workspace: Workspace, actor: Actor, user_id: str, data: ChangedRole) -> None:
        """Makes a member something else; it holds from their next click on."""
        note = workspace.audit.noting("member.changed", actor.access(data.role))
        await people.users.change_role(actor, user_id, Role(data.role), note)

    @delete("/people/{user_id:str}", action="people.change")
    async def remove(workspace: Workspace, actor: Actor, user_id: str) -> None:
        """Ends a membership."""
        await people.users.leave(actor, user_id, workspace.audit.noting("member.removed", actor.access()))

    @delete("/people/{user_id:str}/sessions", action="people.change")
    async def sign_out(workspace: Workspace, actor: Actor, user_id: str) -> None:
        """Ends all sessions of a member: a lost laptop, a browser that was left open."""
        await people.users.must_govern(actor, user_id)
        await people.sign_ins.end_others(user_id, note=workspace.audit.noting("sessions.ended", actor.access()))

    return [list_people, change_role, remove, sign_out]


def _link_routes(people: People, public_url: str) -> list[Any]:
    """About one-time links: invitations, and links to choose a new password."""

    @get("/invitations", action="people.read")
    async def list_invitations(workspace: Workspace, actor: Actor) -> list[InvitationSummary]:
        """Invitations that wait to be accepted."""
        await workspace.audit.add("people.read", workspace.organization_id, actor.access("invitations"))
        return [invitation_summary(row) for row in await people.links.open_invitations(workspace.organization_id)]

    @post("/invitations", status_code=201, action="people.change")
    async def invite(request: AnyRequest, workspace: Workspace, actor: Actor, data: Invitation) -> OneTimeAddress:
        """Invites somebody; the link is in this answer and nowhere else."""
        note = workspace.audit.noting("member.invited", actor.access(data.role))
        made = await people.links.invite(actor, data.email, Role(data.role), note)
        url = f"{address_of(request, public_url)}/welcome/{made.token.reveal()}"
        return OneTimeAddress(made.row.id, url, made.row.expires_at)

    @delete("/invitations/{link_id:str}", action="people.change")
    async def take_back(workspace: Workspace, actor: Actor, link_id: str) -> None:
        """Takes an invitation back."""
        await people.links.take_back(actor, link_id, workspace.audit.noting("invitation.ended", actor.access()))

    @post("/people/{user_id:str}/password-link", status_code=201, action="people.change")
    async def reset(request: AnyRequest, workspace: Workspace, actor: Actor, user_id: str) -> OneTimeAddress:
        """A link by which a member chooses another password; the link is in this answer and nowhere else."""
        await people.users.must_govern(actor, user_id)
        entry = workspace.audit.entry("password.link-made", user_id, actor.access())
        made = await people.links.for_password(user_id, actor.who, lambda _: [entry])
        url = f"{address_of(request, public_url)}/new-password/{made.token.reveal()}"
        return OneTimeAddress(made.row.id, url, made.row.expires_at)

    return [list_invitations, invite, take_back, reset]
