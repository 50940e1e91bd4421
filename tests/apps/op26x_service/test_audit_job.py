"""What a service does for audit logs: entries go into the trees, checkpoints out to plugins and into a directory."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from op26x import hookimpl
from op26x.audit import Access, SignedCheckpoint, verify
from op26x.audit.cosigning import Cosigning
from op26x.audit.defaults import AuditDefaults, write
from op26x.audit.notes import Verifier, opened, read_checkpoint
from op26x.calls import Installation
from op26x.clock import ManualClock
from op26x.ids import Ids
from op26x.plugins import Plugins
from op26x.settings import resolve
from op26x.storage import Database
from op26x.testing.virtual_loop import happen
from op26x_service.audit_job import AuditJob

CUT = "UPDATE audit_tree SET size = 0 WHERE organization_id = '{}'"
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


def _job(installation: Installation, plugins: Plugins) -> AuditJob:
    return AuditJob(installation, plugins.teller("op26x_checkpoint"), Cosigning(()))


def test_of_several_services_the_one_that_leads_does_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installation, plugins, _ = opened_on(tmp_path)
    workspace = installation.workspace()
    leading = False

    async def leads(_database: Database) -> bool:
        return leading

    async def positions() -> list[int | None]:
        return [entry.position for entry in await workspace.audit.list()]

    async def story() -> None:
        nonlocal leading
        monkeypatch.setattr(Database, "leads", leads)
        running = asyncio.create_task(_job(installation, plugins).run())
        await workspace.audit.add("recording.read", "01RECORD", BY)
        await asyncio.sleep(5)
        assert await positions() == [None]
        leading = True
        await asyncio.sleep(2)
        assert await positions() == [0]
        running.cancel()

    happen(story)
    installation.close()


def test_entries_are_in_the_tree_within_two_seconds_and_a_checkpoint_out_within_a_minute(tmp_path: Path) -> None:
    installation, plugins, takes = opened_on(tmp_path, checkpoints=str(tmp_path / "elsewhere"))
    workspace = installation.workspace()

    async def story() -> None:
        job = _job(installation, plugins)
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


def test_a_checkpoint_that_did_not_arrive_is_sent_again_and_one_that_was_signed_elsewhere_too(tmp_path: Path) -> None:
    """By a command, by whoever asks for one, or by a service that was killed before it told anybody."""
    installation, plugins, takes = opened_on(tmp_path)
    workspace = installation.workspace()

    class Fails:
        left = 2

        @hookimpl
        def op26x_checkpoint(self, checkpoint: SignedCheckpoint) -> None:
            self.left -= 1
            if self.left >= 0:
                raise OSError("no bucket")

    plugins.register(Fails(), "fails")

    async def story() -> None:
        await workspace.audit.add("recording.read", "01RECORD", BY)
        note = await workspace.tree.checkpoint()
        job = _job(installation, plugins)
        for sent in (1, 2, 3, 3):
            await job.sign()
            assert [one.note for one in takes.taken] == [note] * sent

    asyncio.run(story())
    installation.close()


def test_one_log_that_was_changed_keeps_no_other_from_growing(tmp_path: Path) -> None:
    installation, _, _ = opened_on(tmp_path)
    workspace = installation.workspace()

    async def story() -> None:
        other = installation.workspace((await installation.organizations.create("other")).id)
        for one in (workspace, other):
            await one.audit.add("recording.read", "01RECORD", BY)
        await installation.take_in_entries()
        await workspace.database.run(
            lambda session: session.connection().exec_driver_sql(CUT.format(workspace.organization_id))
        )
        for one in (workspace, other):
            await one.audit.add("recording.read", "01RECORD", BY)
        await installation.sign_checkpoints()
        assert installation.faulty_logs == {workspace.organization_id}
        assert [entry.position for entry in await other.audit.list()] == [1, 0]
        assert [entry.position for entry in await workspace.audit.list()] == [None, 0]
        (fault, *_) = (await verify(workspace.tree)).faults
        assert (fault.position, "says that it has 0 entries" in fault.what) == (1, True)

    asyncio.run(story())
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
        running = asyncio.create_task(_job(installation, plugins).run())
        await workspace.audit.add("recording.read", "01RECORD", BY)
        await asyncio.sleep(3)
        assert [entry.position for entry in await workspace.audit.list()] == [0]
        running.cancel()

    happen(story)
    installation.close()


def test_without_the_setting_no_file_is_written_and_none_is_written_twice(tmp_path: Path) -> None:
    one = SignedCheckpoint("01ORG", "01ID", 7, "origin\n7\nroot\n\n", "key")
    write(tmp_path, one)
    write(tmp_path, SignedCheckpoint("01ORG", "01ID", 7, f"{one.note}— witness\n", "key"))
    (file,) = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert (file.relative_to(tmp_path), file.read_text()) == (Path("01ORG/000000000007"), one.note)
