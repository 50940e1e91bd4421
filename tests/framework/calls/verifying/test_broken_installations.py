"""Each check can fail: an installation is broken behind its back, and the check says so by name, and no other does."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from framework.calls.verifying.certificates import certificate
from framework.processors.vendors import VENDOR, disclose
from laws.house import Scene
from op26x.accounts import Role
from op26x.audit import Access
from op26x.calls import Arrival, CallState, Direction, Installation, Workspace
from op26x.calls.verifying import Verification, verify_policy
from op26x.calls.verifying.verification import CHECKS
from op26x.certificates import certificate_faults
from op26x.clock import ManualClock
from op26x.consent import ConsentState
from op26x.consent.ledger import ConsentGiven
from op26x.ids import Ids
from op26x.plugins import build_registry
from op26x.plugins.manager import Plugins
from op26x.policy import RecordingMode
from op26x.policy.promises import promises
from op26x.recording import WireTap
from op26x.settings import CoreSettings, resolve
from op26x.types import PhoneNumber, Processor
from op26x.vault import KeyKind
from op26x.work.intents import Reserve

pytestmark = pytest.mark.sqlite
"""They change the files behind its back."""
BY = Access("test", "test")


@dataclass
class Town:
    """An installation with a recorded call, a person, and somebody who was given something."""

    folder: Path
    clock: ManualClock
    installation: Installation
    workspace: Workspace
    call_id: str

    def sql(self, statement: str, *values: Any) -> None:
        """Changes the database behind its back."""
        with closing(sqlite3.connect(self.installation.settings.core.database_path)) as connection:
            for trigger in ("audit_entry_is_append_only", "audit_entry_is_kept", "consent_is_append_only"):
                connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
            connection.execute(statement, values)
            connection.commit()

    async def verified(self) -> Verification:
        """How it stands."""
        return await verify_policy(self.installation, self.workspace)

    def set(self, **core: Any) -> None:
        """Changes settings, as if it had been started with them."""
        overrides = {"data": self.folder / "data", **core}
        self.installation.settings = resolve({}, environ={}, overrides=overrides)


@pytest.fixture
async def town(tmp_path: Path, data: Path) -> AsyncIterator[Town]:
    """Whole."""
    clock = ManualClock()
    registry = replace(build_registry(Plugins()), processors={"vendor": (VENDOR,)})
    settings = resolve({}, environ={}, overrides={"data": data})
    installation = Installation.open(settings, clock, Ids(clock))
    installation.registry = replace(installation.registry, processors=registry.processors)
    workspace = installation.workspace()
    user = await installation.people.users.create("anna@example.com", "Anna", "")
    await installation.people.users.join(user.id, workspace.organization_id, Role.OWNER)
    numbers = PhoneNumber("+12125550123"), PhoneNumber("+12125550199")
    arrival = Arrival("test", "CA1", Direction.INBOUND, *numbers)
    call = await workspace.calls.begin(arrival, "clinic", CallState.RINGING)
    await workspace.consents.add(ConsentGiven(call.caller_index, call.id, ConsentState.GRANTED, "digit", "1", "en/1"))
    await Scene(tmp_path, clock, workspace, call, WireTap(clock)).record(bytes(8000), words="good morning")
    await workspace.calls.recording(call.id, RecordingMode.ASSENT, "recorded")
    await workspace.processors.accept(VENDOR, BY)
    await disclose(workspace, call)
    yield Town(tmp_path, clock, installation, workspace, call.id)
    installation.close()


def found(verification: Verification) -> dict[str, list[str]]:
    """The checks that found something."""
    checks = {check.id: check.findings for promise in verification.promises for check in promise.checks}
    return {name: findings for name, findings in checks.items() if findings}


async def test_an_installation_that_nobody_broke_holds_every_promise(town: Town) -> None:
    verification = await town.verified()
    assert found(verification) == {}
    assert verification.broken == []
    assert {one.state for one in verification.promises} == {"holds", "duty"}
    said = " ".join(one.says for one in verification.promises)
    assert "Vendor" in said
    assert "30 days" in said


async def test_looking_changes_nothing(town: Town) -> None:
    await town.verified()
    before = [(one.what, one.record_id) for one in await town.workspace.audit.list(limit=None)]
    await town.verified()
    assert [(one.what, one.record_id) for one in await town.workspace.audit.list(limit=None)] == before


def recorded_where_off(town: Town) -> None:
    town.sql("UPDATE call SET recording_mode = 'off'")


def words_without_recording(town: Town) -> None:
    town.sql("UPDATE recording SET state = 'erased'")
    (blob,) = [file for file in (town.folder / "data").rglob("*") if file.name == town.call_id]
    blob.unlink()


def no_announcement(town: Town) -> None:
    town.sql("UPDATE recording SET announcement = ''")


def no_yes(town: Town) -> None:
    town.sql("UPDATE consent SET state = 'refused'")


def unknown_column(town: Town) -> None:
    town.sql("ALTER TABLE call ADD COLUMN note TEXT")


def unknown_table(town: Town) -> None:
    town.sql("CREATE TABLE spreadsheet (name TEXT)")


def number_in_clear(town: Town) -> None:
    town.sql("UPDATE call SET caller_number = ?", b"+12125550123 is in clear here")


def short_value(town: Town) -> None:
    town.sql("UPDATE transcript_line SET content = ?", b"\x01good")


def file_in_clear(town: Town) -> None:
    (blob,) = [file for file in (town.folder / "data").rglob("*") if file.name == town.call_id]
    blob.write_bytes(b"RIFF" + bytes(9000))


def open_root_key(town: Town) -> None:
    town.installation.settings.core.key_path.chmod(0o644)


async def overdue(town: Town) -> None:
    town.clock.advance(timedelta(days=31).total_seconds())


def kept_too_long(town: Town) -> None:
    town.sql("UPDATE call SET kept_days = 90")


def longer_than_its_call(town: Town) -> None:
    town.sql("UPDATE recording SET expires_at = '2027-01-01 00:00:00.000000'")


async def file_without_row(town: Town) -> None:
    writer = await town.installation.blobs.create("recordings/01K0000000000000000000000A")
    await writer.append(bytes([40]) + bytes(100))
    await writer.close()


async def key_without_row(town: Town) -> None:
    await town.workspace.keys.create(KeyKind.SUBJECT, "a" * 64)
    town.clock.advance(timedelta(hours=2).total_seconds())


def lost_audio(town: Town) -> None:
    (blob,) = [file for file in (town.folder / "data").rglob("*") if file.name == town.call_id]
    blob.unlink()


def waiting_erasure(town: Town) -> None:
    town.sql("UPDATE recording SET state = 'erasing'")


def terms_never_accepted(town: Town) -> None:
    town.sql("UPDATE disclosure SET terms = 'other'")


def terms_taken_back_before(town: Town) -> None:
    town.sql("UPDATE processor_acceptance SET ended_at = '2020-01-01 00:00:00.000000'")


def terms_accepted_afterwards(town: Town) -> None:
    town.sql("UPDATE processor_acceptance SET at = '2099-01-01 00:00:00.000000'")


def kept_by_a_store(town: Town) -> None:
    store = Processor("Store", ("s3.example.com",), "storage", ("communications",), "https://example.com/dpa")
    registry = town.installation.registry
    owners = registry.owners | {"blobs": {"local": "store"}}
    town.installation.registry = replace(registry, processors=registry.processors | {"store": (store,)}, owners=owners)


async def phoned_home(town: Town) -> None:
    await town.workspace.audit.add("connection.refused", "hash-of-a-host", BY)


def trains(town: Town) -> None:
    training = replace(VENDOR, trains_on_data=True)
    town.installation.registry = replace(town.installation.registry, processors={"vendor": (training,)})
    town.sql("UPDATE processor_acceptance SET fingerprint = ?", training.fingerprint)
    town.sql("UPDATE disclosure SET terms = ?", training.fingerprint)


def in_clear(town: Town) -> None:
    town.set(public_url="http://calls.example.com")


def listens_in_clear(town: Town) -> None:
    town.set(host="0.0.0.0")


def expired_certificate(town: Town) -> None:
    town.set(**certificate(town.folder, town.clock.now() - timedelta(days=100), days=30))


def certificate_of_another_host(town: Town) -> None:
    files = certificate(town.folder, town.clock.now() - timedelta(days=1), days=60, names=["other.example.com"])
    town.set(public_url="https://calls.example.com", **files)


def certificate_that_ends_soon(town: Town) -> None:
    town.set(**certificate(town.folder, town.clock.now() - timedelta(days=1), days=6))


def key_of_another_certificate(town: Town) -> None:
    own = certificate(town.folder, town.clock.now() - timedelta(days=1), days=60)
    (town.folder / "other").mkdir()
    other = certificate(town.folder / "other", town.clock.now() - timedelta(days=1), days=60)
    town.set(tls_certificate=own["tls_certificate"], tls_key=other["tls_key"])


async def changed_log(town: Town) -> None:
    await town.workspace.tree.checkpoint()
    town.sql("UPDATE audit_entry SET who = 'nobody' WHERE position = 0")


def no_owner(town: Town) -> None:
    town.sql("UPDATE membership SET role = 'viewer'")


async def key_from_before(town: Town) -> None:
    from op26x.accounts import operator

    maker = operator(town.workspace.organization_id, "test")
    await town.workspace.api_keys.create("old", maker, role=Role.VIEWER)
    town.sql("UPDATE api_key SET made_by = ''")


async def old_law(town: Town) -> None:
    town.clock.at = town.clock.at + timedelta(days=2000)


BROKEN: dict[str, list[Callable[[Town], Awaitable[None] | None]]] = {
    "data-map": [unknown_column, unknown_table],
    "recorded-where-off": [recorded_where_off],
    "words-without-recording": [words_without_recording],
    "recorded-without-proof": [no_announcement, no_yes],
    "given-without-terms": [terms_never_accepted, terms_taken_back_before, terms_accepted_afterwards, kept_by_a_store],
    "refused-connections": [phoned_home],
    "terms-that-train": [trains],
    "law-out-of-date": [old_law],
    "tls": [in_clear, listens_in_clear],
    "certificate": [
        expired_certificate,
        certificate_of_another_host,
        certificate_that_ends_soon,
        key_of_another_certificate,
    ],
    "columns-in-clear": [number_in_clear, short_value],
    "files-in-clear": [file_in_clear],
    "root-key": [open_root_key],
    "overdue": [overdue],
    "kept-too-long": [kept_too_long, longer_than_its_call],
    "files-without-rows": [file_without_row],
    "keys-without-rows": [key_without_row],
    "demands-waiting": [waiting_erasure],
    "lost": [lost_audio],
    "audit-log": [changed_log],
    "owners": [no_owner, key_from_before],
}
BESIDE = {
    "words-without-recording": {"keys-without-rows"},
    "law-out-of-date": {"overdue", "keys-without-rows"},
}
"""Where one fault can't be had without another."""


@pytest.mark.parametrize(
    ("name", "break_it"),
    [(name, one) for name, several in BROKEN.items() for one in several],
    ids=lambda one: getattr(one, "__name__", one),
)
async def test_what_is_broken_is_named_and_nothing_else(
    town: Town, name: str, break_it: Callable[[Town], Awaitable[None] | None]
) -> None:
    result = break_it(town)
    if asyncio.iscoroutine(result):
        await result
    verification = await town.verified()
    named = found(verification)
    assert name in named, named
    assert named.keys() - {name} <= BESIDE.get(name, set()), named
    broken = {one.id for one in verification.broken}
    assert {promise.id for promise in promises() if name in promise.checks} <= broken


def test_every_check_is_broken_by_some_test_and_asked_by_some_promise() -> None:
    asked = {name for promise in promises() for name in promise.checks}
    assert set(BROKEN) == set(CHECKS) == asked


async def test_a_check_that_fails_is_no_promise_that_holds(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def raises(_look: object) -> list[str]:
        """Nothing."""
        raise OSError("no disk")

    monkeypatch.setitem(CHECKS, "tls", raises)
    assert found(await town.verified())["tls"] == ["It can't be looked at: OSError. The log has the place."]


async def test_a_reserve_that_can_not_be_read_is_not_an_empty_one(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(_reserve: object) -> list[bytes]:
        raise OSError("no disk")

    monkeypatch.setattr(Reserve, "notes", unreadable)
    assert found(await town.verified())["demands-waiting"] == ["It can't be looked at: OSError. The log has the place."]


async def test_what_one_process_was_refused_is_everybodys_finding(town: Town) -> None:
    await phoned_home(town)
    other = await town.installation.organizations.create("other")
    elsewhere = await verify_policy(town.installation, town.installation.workspace(other.id))
    assert found(elsewhere)["refused-connections"]


def test_a_certificate_may_be_for_an_address(tmp_path: Path) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    files = certificate(tmp_path, now, days=60, names=["203.0.113.5"])
    assert certificate_faults(CoreSettings(public_url="https://203.0.113.5", **files), now) == []
    assert certificate_faults(CoreSettings(public_url="https://203.0.113.6", **files), now) == [
        "The certificate is not for 203.0.113.6."
    ]
