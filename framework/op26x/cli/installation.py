"""``op26x plugins`` and ``op26x settings``: what this installation consists of, and what is in force."""

import sys

from op26x.cli.context import Data, Json, load_context, load_plugins
from op26x.cli.output import print_list
from op26x.errors import PluginError


def list_plugins(*, json: Json = False) -> int:
    """Lists plugins with what they provide and whom they give data to. Exit code 1 if one can't be loaded."""
    from op26x.calls.core_plugins import register_core

    broken: dict[str, PluginError] = {}
    plugins = register_core(load_plugins(broken))
    found = plugins.summaries()
    rows = [
        {
            "id": plugin.id,
            "module": plugin.module,
            "provides": ", ".join(hook.removeprefix("op26x_") for hook in plugin.hooks),
            "gives data to": "; ".join(f"{p.name} ({', '.join(p.hosts)})" for p in plugin.processors) or "nobody",
        }
        for plugin in found
    ]
    print_list(found, rows, as_json=json, empty="No plugins.")
    for error in broken.values():
        print(error, file=sys.stderr)
    return 1 if broken else 0


def list_settings(*, data: Data = None, json: Json = False) -> None:
    """Prints each setting, its value (secrets hidden) and where it came from."""
    found = [
        {"id": row.id, "value": row.value, "origin": row.origin, "environment": row.environment}
        for row in load_context(data=data).settings.rows()
    ]
    print_list(found, found, as_json=json, empty="")
