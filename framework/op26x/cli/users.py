"""``op26x users``: who may sign in, and as what. The operator's way in when nobody else has one."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from op26x.cli.context import WHO, Data, Json, Organization, Yes, by_command, open_installation, run_async
from op26x.cli.output import make_sure, moment, print_list, print_one
from op26x.client.types import OneTimeAddress, RoleName
from op26x.errors import NotFound

if TYPE_CHECKING:
    from op26x.accounts.people import MadeLink, User
    from op26x.calls import Installation

Email = Annotated[str, Parameter(name="EMAIL")]


def list_users(*, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Lists who belongs to the organization."""
    from op26x.client.summaries import person_summary

    with open_installation(data) as installation:
        owner = _organization(installation, organization)
        run_async(installation.workspace(owner).audit.add("people.read", owner, by_command()))
        found = [person_summary(person) for person in run_async(installation.people.users.members(owner))]
    rows: list[dict[str, Any]] = [
        {"id": one.id, "email": one.email, "role": one.role, "one-time code": "yes" if one.second_factor else ""}
        for one in found
    ]
    print_list(found, rows, as_json=json, empty="Nobody yet. Make a link with: op26x users invite EMAIL --role owner")


def invite_user(
    email: Email, /, *, role: RoleName, organization: Organization = "", data: Data = None, json: Json = False
) -> None:
    """Makes a link by which somebody joins the organization, once, within seven days."""
    from op26x.accounts import Role, operator

    with open_installation(data) as installation:
        owner = _organization(installation, organization)
        note = installation.workspace(owner).audit.noting("member.invited", by_command(role))
        made = run_async(installation.people.links.invite(operator(owner, WHO), email, Role(role), note))
        _print_link(installation, "welcome", made, as_json=json)


def set_user(
    email: Email, /, *, role: RoleName, organization: Organization = "", data: Data = None, json: Json = False
) -> None:
    """Makes a member of the organization something else."""
    from op26x.accounts import Role, operator

    with open_installation(data) as installation:
        owner = _organization(installation, organization)
        user = _user(installation, email)
        note = installation.workspace(owner).audit.noting("member.changed", by_command(role))
        run_async(installation.people.users.change_role(operator(owner, WHO), user.id, Role(role), note))
    print_one({"id": user.id, "role": role}, as_json=json, said=f"{email} is {role} from now on.")


def reset_user(
    email: Email,
    /,
    *,
    second_factor: Annotated[bool, Parameter(negative="", help="Ask for no one-time code either.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Makes a link by which somebody chooses another password, once, within an hour."""
    with open_installation(data) as installation:
        user = _user(installation, email)
        people = installation.people
        if second_factor:
            note = run_async(people.users.noting(user.id, "second-factor.ended", by_command()))
            run_async(people.second_factor.end(user.id, note))
        note = run_async(people.users.noting(user.id, "password.link-made", by_command()))
        made = run_async(people.links.for_password(user.id, WHO, lambda _: note(user.id)))
        _print_link(installation, "new-password", made, as_json=json)


def sign_out_user(email: Email, /, *, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Ends all sessions of somebody, in all organizations; that is on record in this one."""
    with open_installation(data) as installation:
        user = _user(installation, email)
        audit = installation.workspace(_organization(installation, organization)).audit
        note = audit.noting("sessions.ended", by_command())
        run_async(installation.people.sign_ins.end_others(user.id, note=note))
    print_one({"id": user.id}, as_json=json, said=f"{email} is signed out everywhere.")


def remove_user(
    email: Email,
    /,
    *,
    yes: Yes = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Ends somebody's membership in the organization."""
    from op26x.accounts import operator
    from op26x.client.summaries import person_summary

    with open_installation(data) as installation:
        owner = _organization(installation, organization)
        user = _user(installation, email)
        members = run_async(installation.people.users.members(owner))
        gone = next((person_summary(one) for one in members if one.id == user.id), None)
        if gone is None:
            raise NotFound("Nobody of this address belongs to the organization.", "See op26x users list.")
        make_sure(f"end the membership of {gone.email}", yes=yes)
        note = installation.workspace(owner).audit.noting("member.removed", by_command())
        run_async(installation.people.users.leave(operator(owner, WHO), user.id, note))
    print_one(gone, as_json=json, said=f"{gone.email} does not belong to the organization any more.")


def erase_user(email: Email, /, *, yes: Yes = False, data: Data = None, json: Json = False) -> None:
    """Erases somebody's account in all organizations: its key, then address, name and usage data."""
    with open_installation(data) as installation:
        user = _user(installation, email)
        make_sure(f"erase the account of {email}", yes=yes)
        run_async(installation.people.users.erase(user.id, WHO))
    print_one({"id": user.id}, as_json=json, said=f"The account {user.id} is erased. What it did stays on record.")


def _organization(installation: "Installation", named: str) -> str:
    return installation.organizations.named(named or installation.settings.core.organization).id


def _user(installation: "Installation", email: str) -> "User":
    found = run_async(installation.people.users.find(email))
    if found is None:
        raise NotFound("Nobody has this address.", "See op26x users list.")
    return found


def _print_link(installation: "Installation", page: str, made: "MadeLink", *, as_json: bool) -> None:
    from op26x.client.client import running_service

    core = installation.settings.core
    running = running_service(installation.settings)
    base = core.public_url.rstrip("/") or (running.url if running else f"http://127.0.0.1:{core.port}")
    link = OneTimeAddress(made.row.id, f"{base}/{page}/{made.token.reveal()}", made.row.expires_at)
    print_one(link, as_json=as_json, said=f"{link.url}\nIt works once, until {moment(link.expires_at)}.")
