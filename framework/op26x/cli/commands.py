"""The core's own commands: ``calls``, ``agents``, ``plugins``, ``config``, ``keys``."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import Parameter

from op26x.cli.context import Data, Json, Limit, data_option, load_context, open_workspace, run_async
from op26x.cli.output import print_rows

if TYPE_CHECKING:
    from op26x.calls import Call
    from op26x.recording import Recording


def list_calls(*, data: Data = None, limit: Limit = 50, json: Json = False) -> None:
    """Lists calls, newest first."""
    with open_workspace(data) as workspace:
        calls = run_async(workspace.calls.list(limit=limit))
        recordings = run_async(workspace.recordings.of_calls([call.id for call in calls]))
    rows = [_call_row(c, recordings.get(c.id)) if json else _call_in_brief(c) for c in calls]
    here = data_option(data)
    print_rows(rows, as_json=json, empty=f"No calls yet. While op26x up{here} runs: op26x call simulate{here}")


def show_call(call_id: str, *, data: Data = None, json: Json = False) -> None:
    """Shows one call with its turns. Words are not among them: see op26x recordings transcript."""
    from op26x.client import TurnSummary

    with open_workspace(data) as workspace:
        call, turns = run_async(workspace.calls.get(call_id))
        found = _call_row(call, run_async(workspace.recordings.find(call_id)))
    rows = msgspec.to_builtins(msgspec.convert(turns, list[TurnSummary], from_attributes=True))
    if json:
        print(msgspec.json.encode({**found, "turns": rows}, enc_hook=str).decode())
        return
    print_rows([{"id": key, "value": value} for key, value in found.items()], as_json=False, empty="")
    print()
    print_rows([{k: v for k, v in r.items() if k != "id"} for r in rows], as_json=False, empty="No turns.")


def place_call(*, to: str, agent: str, data: Data = None, provider: str = "twilio", json: Json = False) -> None:
    """Places a call through the running service."""
    from op26x.client import Client

    settings = load_context(data=data).settings
    with Client.of_running_service(settings) as client:
        call = client.place_call(to=to, agent=agent, provider=provider)
    print_rows([{"id": call.id, "state": call.state, "agent": call.agent}], as_json=json, empty="")


def list_agents(*, agents: str | None = None, json: Json = False) -> None:
    """Lists the agents."""
    from op26x.agents import load_agents

    core = load_context(agents=agents).settings.core
    rows = [
        {
            "id": a.name,
            "llm": a.llm.use,
            "tts": a.tts.use,
            "stt": a.stt.use,
            "language": a.language,
        }
        for a in load_agents(core.agents, core.llm, core.recording).values()
    ]
    print_rows(rows, as_json=json, empty="No agents.")


def check_agent(file: Path) -> None:
    """Checks an agent document, and that the installed plugins build each service as it asks for it."""
    from op26x import logs
    from op26x.agents import read_document
    from op26x.calls.core_plugins import register_core
    from op26x.plugins import build_registry

    document = read_document(file)
    logs.configure(level="error")
    # Behind both: it loads Pipecat.
    from op26x.voice.call.services import ServiceBuilder

    context = load_context()
    registry = build_registry(register_core(context.plugins))
    faults, missing = ServiceBuilder(registry, context.settings).faults(document.agent)
    if faults:
        raise document.error(faults)
    print(f"{file.name}: agent {document.agent.name} is valid.")
    for error in dict.fromkeys(map(str, missing)):
        print(f"To take calls it needs more: {error}", file=sys.stderr)


def list_plugins(*, json: Json = False) -> None:
    """Lists plugins with what they provide and declare."""
    from op26x.calls.core_plugins import register_core

    context = load_context()
    register_core(context.plugins)
    rows = [
        {
            "id": summary.id,
            "module": summary.module,
            "provides": ", ".join(hook.removeprefix("op26x_") for hook in summary.hooks),
            "gives data to": "; ".join(f"{p.name} ({', '.join(p.hosts)})" for p in summary.processors) or "nobody",
        }
        for summary in context.plugins.summaries(context.settings)
    ]
    print_rows(rows, as_json=json, empty="No plugins.")


def show_config(*, data: Data = None, json: Json = False) -> None:
    """Prints each setting, its value (secrets hidden) and where it came from."""
    rows = [
        {"id": row.id, "value": row.value, "origin": row.origin, "environment": row.environment}
        for row in load_context(data=data).settings.rows()
    ]
    print_rows(rows, as_json=json, empty="")


def create_key(name: str, *, data: Data = None, json: Json = False) -> None:
    """Makes an API key and prints it, this once."""
    with open_workspace(data) as workspace:
        key, secret = workspace.api_keys.create(name)
    if json:
        print_rows([{"id": key.id, "name": key.name, "key": secret.reveal()}], as_json=True, empty="")
        return
    print_rows([{"id": key.id, "name": key.name}], as_json=False, empty="")
    print(f"\n{secret.reveal()}")  # on a line of its own, which no table breaks


def list_keys(*, data: Data = None, json: Json = False) -> None:
    """Lists API keys; the keys themselves are not stored."""
    with open_workspace(data) as workspace:
        keys = workspace.api_keys.list()
    rows = [
        {"id": k.id, "name": k.name, "created_at": _moment(k.created_at), "revoked_at": _moment(k.revoked_at)}
        for k in keys
    ]
    print_rows(rows, as_json=json, empty="No API keys. Make one with: op26x keys create NAME")


def revoke_key(key_id: Annotated[str, Parameter(name="ID")], /, *, data: Data = None) -> None:
    """Ends an API key at once."""
    with open_workspace(data) as workspace:
        key = workspace.api_keys.revoke(key_id)
    print(f"{key.name} is revoked.")


def _call_row(call: "Call", recording: "Recording | None") -> dict[str, Any]:
    from op26x.client import CallSummary

    row = msgspec.structs.asdict(msgspec.convert(call, CallSummary, from_attributes=True))
    row["recording_state"] = recording.state if recording else ""
    return {name: _moment(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _call_in_brief(call: Any) -> dict[str, Any]:
    """What fits on a line of 80 characters."""
    return {
        "id": call.id,
        "created_at": f"{call.created_at:%Y-%m-%d %H:%MZ}",
        "state": call.state,
        "seconds": "" if call.duration_s is None else f"{call.duration_s:.1f}",
        "outcome": call.outcome,
    }


def _moment(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None
