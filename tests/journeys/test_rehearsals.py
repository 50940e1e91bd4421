"""Rehearsals as whoever writes an agent does them: own words in any language, and an exit code for scripts."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from journeys.documents import agent, does, says
from journeys.house import OtherProcess
from op26x.calls import Call
from workspaces import close_workspace, open_workspace

pytestmark = pytest.mark.real_time

SAYS = {
    "name": "client",
    "about": "Asks for a table.",
    "language": "fr",
    "steps": [{"say": "je voudrais une table"}, {"press": "2"}, {"hang_up": True}],
}


async def rehearse(service: OtherProcess, script: dict[str, Any], *options: str) -> tuple[int, str, str]:
    """Runs ``op26x calls simulate`` beside the service."""
    file = service.data.parent / f"{script['name']}.yaml"
    file.write_text(yaml.safe_dump(script))
    command = ("-m", "op26x", "calls", "simulate", "--caller", str(file), "--data", str(service.data), *options)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, env=service.environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return int(process.returncode or 0), out.decode(), err.decode()


async def calls(service: OtherProcess) -> list[Call]:
    """Those in its database."""
    workspace = open_workspace(service.settings, make=False)
    try:
        return list(await workspace.calls.list())
    finally:
        close_workspace(workspace)


async def test_words_of_ones_own_in_another_language_are_heard_and_answered(tmp_path: Path) -> None:
    service = OtherProcess(tmp_path, agent(llm=says("At 800 bien sûr.", "At 900 merci.")))
    async with service.running():
        code, out, err = await rehearse(service, SAYS, "--from", "whatsapp:+12125550121", "--json")
        assert code == 0, err
        found = json.loads(out)
        assert (found["state"], found["ended_by"], found["left"]) == ("completed", "caller", 0)
        said = [(turn["speaker"], turn["text"]) for turn in found["transcript"]]
        assert said[:3] == [("agent", "At 500 hello."), ("caller", "good morning"), ("agent", "At 800 bien sûr.")]
        (call,) = await calls(service)
        assert (call.id, call.caller_last_two, call.provider_call_id) == (found["id"], "21", found["provider_call_id"])
        code, out, _ = await rehearse(service, SAYS, "--no-transcript")
        assert (code, "At 800" in out, "op26x calls show" in out) == (0, False, True)


@pytest.mark.parametrize(
    ("llm", "why"),
    [
        (
            does([{"raise": "dead"}], [{"say": "At 800 so."}], [{"say": "At 900 so."}]),
            "Something failed in it, a service or a tool, 1×.",
        ),
        (does([{"say": "At 800 goodbye."}, {"use": "end_call"}]), "It was over with 2 steps of the script to go."),
    ],
    ids=["a vendor failed", "the agent hung up"],
)
async def test_a_rehearsal_that_failed_says_why_and_is_1(tmp_path: Path, llm: dict[str, Any], why: str) -> None:
    service = OtherProcess(tmp_path, agent(llm=llm))
    async with service.running():
        code, _, err = await rehearse(service, SAYS)
    assert (code, why in " ".join(err.split())) == (1, True), err


async def test_a_script_that_can_not_be_spoken_rings_nobody(tmp_path: Path) -> None:
    service = OtherProcess(tmp_path, agent())
    async with service.running():
        code, _, err = await rehearse(service, {**SAYS, "language": "xx"})
        assert (code, "No plugin speaks 'xx'" in " ".join(err.split())) == (2, True)
        assert await calls(service) == []
