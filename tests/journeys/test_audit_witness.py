"""The commands of docs/audit-log.md: a witness beside a service finds a past that was written anew, without a copy."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from journeys.documents import agent
from journeys.house import OtherProcess

pytestmark = pytest.mark.real_time

RENAMED = "UPDATE audit_entry SET why = 'another'"
FORGED = (
    "DROP TRIGGER audit_entry_is_append_only",
    "DELETE FROM audit_tile",
    "DELETE FROM audit_tree",
    "DELETE FROM audit_checkpoint",
    "UPDATE audit_entry SET position = NULL",
    RENAMED,
)


async def _run(service: OtherProcess, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "op26x", *arguments, "--data", str(service.data)),
        env=service.environ,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, said.decode()


@asynccontextmanager
async def _witness(folder: Path, service: OtherProcess, key: str) -> AsyncIterator[str]:
    """A witness in a process of its own; gives what it says must be set."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "op26x", "audit", "witness", str(folder / "witness")),
        *("--name", "witness.example", "--log", key, "--port", "0"),
        env=service.environ,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        async with asyncio.timeout(60):
            while not (line := (await process.stdout.readline()).decode()).startswith("OP26X_WITNESSES="):
                assert line, "it did not start"
        yield line.strip().removeprefix("OP26X_WITNESSES=").strip('"')
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 30)


async def test_a_past_that_was_written_anew_is_refused_by_the_witness(tmp_path: Path) -> None:
    service = OtherProcess(tmp_path, agent())
    assert (await _run(service, "retention", "set", "30"))[0] == 0
    _, said = await _run(service, "audit", "checkpoint", "--json")
    async with _witness(tmp_path, service, json.loads(said)["key"]) as setting:
        service.environ["OP26X_WITNESSES"] = setting
        async with service.running():
            pass
        code, said = await _run(service, "audit", "verify")
        assert (code, "witness.example+" in said, "has co-signed 0 of" in said) == (0, False, False)
        assert "witness.example has co-signed" in said

        with closing(sqlite3.connect(service.data / "op26x.db")) as database:
            for statement in FORGED:
                database.execute(statement)
            database.commit()
        async with service.running():
            pass
    assert "a witness saw another log" in service.output.read_text()
    code, said = await _run(service, "audit", "verify")
    assert (code, "witness.example has co-signed 0 of the entries" in said) == (0, True)
    assert len(list((tmp_path / "witness").glob("*.refused"))) == 1
