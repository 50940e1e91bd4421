"""The core's groups of commands, by name alone: a command's module is loaded when it is asked for."""

import cyclopts

CALLS, RECORDINGS = "op26x.cli.commands", "op26x.cli.recordings"
GROUPS = {
    "calls": "Calls: list, show, place.",
    "agents": "Agents: list, check.",
    "config": "Settings.",
    "keys": "API keys: create, list, revoke.",
    "call": "Rehearse a call.",
    "recordings": "Recordings: list, export, transcript, delete, reconcile.",
    "retention": "How long everything is kept: show, set, sweep.",
}
COMMANDS = {
    "calls list": f"{CALLS}:list_calls",
    "calls show": f"{CALLS}:show_call",
    "calls place": f"{CALLS}:place_call",
    "agents list": f"{CALLS}:list_agents",
    "agents check": f"{CALLS}:check_agent",
    "config show": f"{CALLS}:show_config",
    "keys create": f"{CALLS}:create_key",
    "keys list": f"{CALLS}:list_keys",
    "keys revoke": f"{CALLS}:revoke_key",
    "recordings list": f"{RECORDINGS}:list_recordings",
    "recordings export": f"{RECORDINGS}:export_recording",
    "recordings transcript": f"{RECORDINGS}:show_transcript",
    "recordings delete": f"{RECORDINGS}:delete_recording",
    "recordings reconcile": f"{RECORDINGS}:reconcile",
    "retention show": f"{RECORDINGS}:show_period",
    "retention set": f"{RECORDINGS}:set_period",
    "retention sweep": f"{RECORDINGS}:sweep",
}


def add(app: cyclopts.App) -> None:
    """Adds the groups and their commands."""
    for name, about in GROUPS.items():
        app.command(cyclopts.App(name=name, help=about))
    for words, function in COMMANDS.items():
        group, _, name = words.partition(" ")
        app[group].command(function, name=name)
    app.command(f"{CALLS}:list_plugins", name="plugins", help="Lists plugins with what they provide and declare.")
