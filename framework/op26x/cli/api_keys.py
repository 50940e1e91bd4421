"""``op26x api-keys``: who may use the API."""

from typing import Annotated

import msgspec
from cyclopts import Parameter

from op26x.cli.context import Data, Json, Yes, open_workspace
from op26x.cli.output import make_sure, moment, print_list, print_one


def create_key(name: Annotated[str, Parameter(name="NAME")], /, *, data: Data = None, json: Json = False) -> None:
    """Makes an API key and prints it, this once."""
    from op26x.client.summaries import api_key_summary

    with open_workspace(data, make=True) as workspace:
        key, secret = workspace.api_keys.create(name)
    made = {**msgspec.structs.asdict(api_key_summary(key)), "key": secret.reveal()}
    print_one(made, as_json=json, said=f"{key.id}  {key.name}\n\n{secret.reveal()}")


def list_keys(*, data: Data = None, json: Json = False) -> None:
    """Lists API keys; the keys themselves are not stored."""
    from op26x.client.summaries import api_key_summary

    with open_workspace(data) as workspace:
        keys = [api_key_summary(key) for key in workspace.api_keys.list()]
    rows = [
        {"id": key.id, "name": key.name, "made": moment(key.created_at), "deleted": moment(key.revoked_at)}
        for key in keys
    ]
    print_list(keys, rows, as_json=json, empty="No API keys. Make one with: op26x api-keys create NAME")


def delete_key(
    key_id: Annotated[str, Parameter(name="ID")], /, *, yes: Yes = False, data: Data = None, json: Json = False
) -> None:
    """Ends an API key at once. It stays in the list, with when it ended."""
    from op26x.client.summaries import api_key_summary

    with open_workspace(data) as workspace:
        key = workspace.api_keys.get(key_id)
        make_sure(f"end the API key {key.name} ({key.id}), at once", yes=yes)
        ended = api_key_summary(workspace.api_keys.revoke(key.id))
    print_one(ended, as_json=json, said=f"API key {key.name} is revoked.")
