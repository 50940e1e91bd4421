"""What a service does for audit logs: entries go into the trees, checkpoints out to plugins and into a directory."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from op26x import hookimpl
from op26x.audit import Access, SignedCheckpoint
from op26x.audit.defaults import AuditDefaults, write
from op26x.audit.notes import Verifier, opened, read_checkpoint
from op26x.calls import Installation
from op26x.clock import ManualClock
from op26x.ids import Ids
from op26x.plugins import Plugins
from op26x.settings import resolve
from op26x.testing.virtual_loop import happen
from op26x_service.audit_job import AuditJob

BY = Access("command-line", "")


class Takes:
    """Takes checkpoints."""

    def __init__(self) -> None:
        self.taken: list[SignedCheckpoint] = []

    @hookimpl
    def op26x_checkpoint(self, checkpoint: SignedCheckpoint) -> None:
        self.taken.append(checkpoint)


def opened_on(folder: Path, **core: Any) -> tuple[Installation, Plugins, Takes]:
    settings = resolve({}, environ={}, overrides={"data": folder / "data", **core})
    clock = ManualClock()
    plugins, takes = Plugins(), Takes()
    plugins.register(takes, "takes")
    plugins.register(AuditDefaults(), "core-audit")
    plugins.use(settings)
    return Installation.open(settings, clock, Ids(clock)), plugins, takes


def test_entries_are_in_the_tree_within_two_seconds_and_a_checkpoint_out_within_a_minute(tmp_path: Path) -> None:
    installation, plugins, takes = opened_on(tmp_path, checkpoints=str(tmp_path / "elsewhere"))
    workspace = installation.workspace()

    async def story() -> None:
        job = AuditJob(installation, plugins.notifier("op26x_checkpoint"))
        running = asyncio.create_task(job.run())
        await workspace.audit.add("recording.read", "01RECORD", BY)
        await asyncio.sleep(2)
        assert [entry.position for entry in await workspace.audit.list()] == [0]
        assert takes.taken == []
        await asyncio.sleep(59)
        (one,) = takes.taken
        assert read_checkpoint(opened(one.note, [Verifier.parse(one.key)])).size == 1
        await asyncio.sleep(120)
        assert len(takes.taken) == 1, "nothing was added"
        await workspace.audit.add("recording.read", "01RECORD", BY)
        await job.sign()
        assert len(takes.taken) == 2
        running.cancel()

    happen(story)
    there = {file.name: file.read_text() for file in (tmp_path / "elsewhere").rglob("*") if file.is_file()}
    assert there == {f"{size:012}": one.note for size, one in enumerate(takes.taken, start=1)}
    installation.close()


def test_what_can_not_be_written_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installation, plugins, _ = opened_on(tmp_path)
    workspace = installation.workspace()
    failures = iter([OperationalError("locked", {}, Exception()), None])
    take_in = installation.take_in_entries

    async def fails() -> None:
        if error := next(failures, None):
            raise error
        await take_in()

    monkeypatch.setattr(installation, "take_in_entries", fails)

    async def story() -> None:
        running = asyncio.create_task(AuditJob(installation, plugins.notifier("op26x_checkpoint")).run())
        await workspace.audit.add("recording.read", "01RECORD", BY)
        await asyncio.sleep(3)
        assert [entry.position for entry in await workspace.audit.list()] == [0]
        running.cancel()

    happen(story)
    installation.close()


def test_without_the_setting_no_file_is_written_and_none_is_written_twice(tmp_path: Path) -> None:
    one = SignedCheckpoint("01ORG", "origin\n7\nroot\n\n", "key")
    write(tmp_path, one)
    write(tmp_path, SignedCheckpoint("01ORG", "origin\n7\nanother\n\n", "key"))
    (file,) = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert (file.relative_to(tmp_path), file.read_text()) == (Path("01ORG/000000000007"), one.note)
