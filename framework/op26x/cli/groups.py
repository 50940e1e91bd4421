"""The core's groups of commands, by name alone: a command's module is loaded when it is asked for.

A command is ``op26x NOUN VERB``: one group for each noun, and the same verbs in all of them. The programs
(``up``, ``demo``, ``dashboard``) are the only ones without a noun.
"""

import cyclopts

GROUPS = {
    "calls": "Calls: list, show, place, chat, and what plugins add.",
    "recordings": "Recordings: list, show, export, delete, reconcile.",
    "transcripts": "What was said in recorded calls: show.",
    "retention": "How long everything is kept: show, set, sweep.",
    "agents": "Agents: list, show, check.",
    "plugins": "Plugins, what they provide and whom they give data to: list.",
    "settings": "Settings and where they come from: list.",
    "api-keys": "API keys: list, create, delete.",
}
COMMANDS = {
    "calls list": "calls:list_calls",
    "calls show": "calls:show_call",
    "calls place": "calls:place_call",
    "calls chat": "chat:chat",
    "recordings list": "recordings:list_recordings",
    "recordings show": "recordings:show_recording",
    "recordings export": "recordings:export_recording",
    "recordings delete": "recordings:delete_recording",
    "recordings reconcile": "recordings:reconcile",
    "transcripts show": "recordings:show_transcript",
    "retention show": "retention:show_period",
    "retention set": "retention:set_period",
    "retention sweep": "retention:sweep",
    "agents list": "agents:list_agents",
    "agents show": "agents:show_agent",
    "agents check": "agents:check_agent",
    "plugins list": "installation:list_plugins",
    "settings list": "installation:list_settings",
    "api-keys list": "api_keys:list_keys",
    "api-keys create": "api_keys:create_key",
    "api-keys delete": "api_keys:delete_key",
}


def add(app: cyclopts.App) -> None:
    """Adds the groups and their commands."""
    for name, about in GROUPS.items():
        app.command(cyclopts.App(name=name, help=about))
    for words, function in COMMANDS.items():
        group, _, name = words.partition(" ")
        app[group].command(f"op26x.cli.{function}", name=name)
