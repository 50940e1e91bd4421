"""``op26x api-keys``: who may use the API, and for what."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from op26x.cli.context import WHO, Data, Json, Organization, Yes, by_command, open_workspace, run_async
from op26x.cli.output import make_sure, moment, print_list, print_one
from op26x.client.types import RoleName
from op26x.clock import in_utc
from op26x.errors import UsageError


def create_key(
    name: Annotated[str, Parameter(name="NAME")],
    /,
    *,
    role: RoleName | None = None,
    action: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    expires: datetime | None = None,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Makes an API key and prints it, this once.

    Args:
        name: What uses it.
        role: What it may do, as in the permission table.
        action: An action that it may do, calls.read for instance; may be given several times instead of a role.
        expires: When it ends by itself, ISO 8601; UTC.
    """
    from op26x.accounts import Role, operator
    from op26x.client.summaries import api_key_summary

    if not (role or action):
        raise UsageError("An API key does not say what it may do.", "Add --role viewer, or --action calls.read.")
    with open_workspace(data, organization, make=True) as workspace:
        making = workspace.api_keys.create(
            name,
            operator(workspace.organization_id, WHO),
            role=Role(role) if role else None,
            actions=action,
            expires_at=in_utc(expires) if expires else None,
            note=workspace.audit.noting("api-key.made", by_command(role or "actions")),
        )
        key, secret = run_async(making)
    made = {**msgspec.structs.asdict(api_key_summary(key)), "key": secret.reveal()}
    print_one(made, as_json=json, said=f"{key.id}  {key.name}  {key.role or key.actions}\n\n{secret.reveal()}")


def list_keys(*, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Lists API keys; the keys themselves are not stored."""
    from op26x.client.summaries import api_key_summary

    with open_workspace(data, organization) as workspace:
        keys = [api_key_summary(key) for key in run_async(workspace.api_keys.list())]
    rows: list[dict[str, Any]] = [
        {
            "id": key.id,
            "name": key.name,
            "may": key.role or key.actions,
            "last used": moment(key.last_used_at),
            "ends": moment(key.expires_at),
            "deleted": moment(key.revoked_at),
        }
        for key in keys
    ]
    print_list(keys, rows, as_json=json, empty="No API keys. Make one with: op26x api-keys create NAME --role viewer")


def delete_key(
    key_id: Annotated[str, Parameter(name="ID")],
    /,
    *,
    yes: Yes = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Ends an API key at once. It stays in the list, with when it ended."""
    from op26x.client.summaries import api_key_summary

    with open_workspace(data, organization) as workspace:
        key = run_async(workspace.api_keys.get(key_id))
        make_sure(f"end the API key {key.name} ({key.id}), at once", yes=yes)
        note = workspace.audit.noting("api-key.ended", by_command())
        ended = api_key_summary(run_async(workspace.api_keys.revoke(key.id, note)))
    print_one(ended, as_json=json, said=f"API key {key.name} is revoked.")
