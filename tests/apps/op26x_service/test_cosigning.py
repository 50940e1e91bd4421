"""Checkpoints of our logs are co-signed by our witness, over its HTTP interface; what it has against one is said."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from op26x.audit import Access, verify
from op26x.audit.cosigning import Cosigning, KnownWitness, known_witnesses
from op26x.audit.notes import Cosigner, Verifier, signers
from op26x.audit.witness import Witness
from op26x.calls import Installation, Workspace
from op26x.clock import ManualClock
from op26x.errors import SettingsError
from op26x.exposure import Peers
from op26x.ids import Ids
from op26x.plugins import Plugins
from op26x.settings import CoreSettings, resolve
from op26x_service.audit_job import AuditJob
from op26x_service.witness import application

OWN = Cosigner("witness.example/w1", bytes(range(32)))
AT = KnownWitness(OWN.verifier, "https://witness.example")
BY = Access("command-line", "")
FORGET = "DELETE FROM audit_checkpoint"
REWRITE = (
    "DROP TRIGGER audit_entry_is_append_only",
    "DROP TRIGGER audit_entry_is_kept",
    "DELETE FROM audit_tile",
    "DELETE FROM audit_tree",
    FORGET,
    "UPDATE audit_entry SET position = NULL, why = 'another'",
)


@dataclass
class Scene:
    """An installation, and a witness of its first log.

    Attributes:
        asked: What the witness was asked.
        answer: What it answers instead of what it would.
    """

    installation: Installation
    directory: Path
    asked: list[httpx.Request]
    answer: Callable[[httpx.Request], httpx.Response] | None = None

    @property
    def workspace(self) -> Workspace:
        return self.installation.workspace(self.installation.first)

    def cosigning(self) -> Cosigning:
        return Cosigning((AT,), self._transport(self.workspace.tree.verifier))

    def _transport(self, *logs: Verifier) -> httpx.AsyncBaseTransport:
        witness = Witness(OWN, logs, self.directory, ManualClock())
        app = httpx.ASGITransport(application(witness, Peers("127.0.0.1", CoreSettings())))  # type: ignore[arg-type]
        scene = self

        class Watched(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                scene.asked.append(request)
                return scene.answer(request) if scene.answer else await app.handle_async_request(request)

        return Watched()

    async def grow(self, count: int = 1) -> str:
        for _ in range(count):
            await self.workspace.audit.add("recording.read", "01RECORD", BY)
        return await self.workspace.tree.checkpoint()

    async def behind_its_back(self, *statements: str) -> None:
        for statement in statements:
            await self.workspace.database.run(
                lambda session, statement=statement: session.connection().exec_driver_sql(statement)  # type: ignore[misc]
            )


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    clock = ManualClock()
    options = resolve({}, environ={}, overrides={"data": tmp_path / "data"})
    directory = tmp_path / "witness"
    directory.mkdir()
    return Scene(Installation.open(options, clock, Ids(clock)), directory, [])


async def _cosigned(scene: Scene) -> dict[str, int]:
    return (await verify(scene.workspace.tree, witnesses=[OWN.verifier])).cosigned


async def test_each_new_checkpoint_is_co_signed_once(scene: Scene) -> None:
    cosigning = scene.cosigning()
    for size, asked in ((3, 1), (3, 1), (10, 2), (11, 3)):
        await scene.grow(size - await scene.workspace.database.run(scene.workspace.tree.size))
        await cosigning.cosign([scene.workspace.tree])
        assert await _cosigned(scene) == {"witness.example/w1": size}
        assert len(scene.asked) == asked
    assert {request.method + request.url.path for request in scene.asked} == {"POST/add-checkpoint"}
    assert (cosigning.refused, cosigning.away) == ({}, {})
    proof = await scene.workspace.tree.prove("0")
    assert signers(proof.checkpoint, [OWN.verifier]) == {OWN.verifier}, "proofs carry it"


async def test_who_was_started_again_learns_what_the_witness_saw(scene: Scene) -> None:
    await scene.grow(3)
    await scene.cosigning().cosign([scene.workspace.tree])
    await scene.grow(4)
    await scene.cosigning().cosign([scene.workspace.tree])
    assert [request.content.split(b"\n")[0] for request in scene.asked] == [b"old 0", b"old 0", b"old 3"]
    assert await _cosigned(scene) == {"witness.example/w1": 7}


@pytest.mark.sqlite
@pytest.mark.parametrize("more", [0, 2, -1], ids=["as long", "longer", "shorter"])
async def test_a_past_that_was_written_anew_is_refused_and_said(scene: Scene, more: int) -> None:
    await scene.grow(5)
    cosigning = scene.cosigning()
    await cosigning.cosign([scene.workspace.tree])
    cut = ("DELETE FROM audit_entry WHERE position = 4",) if more < 0 else ()
    await scene.behind_its_back(*REWRITE[:2], *cut, *REWRITE[2:])
    await scene.grow(max(more, 0))
    assert (await verify(scene.workspace.tree)).faults == [], "by itself the log looks whole"
    for _ in range(2):
        await cosigning.cosign([scene.workspace.tree])
    about = (scene.workspace.organization_id, "witness.example/w1")
    assert list(cosigning.refused) == [about]
    assert await _cosigned(scene) == {"witness.example/w1": 0}
    job = AuditJob(scene.installation, Plugins().teller("op26x_checkpoint"), cosigning)
    (problem,) = job.problems()
    assert (problem.name, "refuses to co-sign" in problem.message) == ("audit-log", True)


async def test_a_witness_that_is_away_holds_nothing_up_and_is_asked_again(scene: Scene) -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    other = scene.installation.workspace((await scene.installation.organizations.create("other")).id)
    await scene.grow()
    await other.tree.checkpoint()
    trees = [scene.workspace.tree, other.tree]
    cosigning = scene.cosigning()
    scene.answer = away
    await cosigning.cosign(trees)
    assert (len(scene.asked), len(cosigning.away)) == (1, 2), "it is asked once in a round"
    scene.answer = None
    await cosigning.cosign(trees)
    assert await _cosigned(scene) == {"witness.example/w1": 1}
    ((organization, why),) = [(about[0], why) for about, why in cosigning.away.items()]
    assert (organization, why) == (other.organization_id, "It does not know this log.")


WRONG: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    "an error": lambda request: httpx.Response(500),
    "nothing": lambda request: httpx.Response(200),
    "a page": lambda request: httpx.Response(200, text="<html>\n\n</html>"),
    "a conflict without a size": lambda request: httpx.Response(409),
    "another's signature": lambda request: httpx.Response(
        200, text=Cosigner("witness.example/w1", bytes(32)).cosign("text\n", ManualClock().now())
    ),
    "of another text": lambda request: httpx.Response(200, text=OWN.cosign("text\n", ManualClock().now())),
}


@pytest.mark.parametrize("kind", WRONG)
async def test_what_is_no_co_signature_is_not_kept(scene: Scene, kind: str) -> None:
    note = await scene.grow()
    cosigning = scene.cosigning()
    scene.answer = WRONG[kind]
    await cosigning.cosign([scene.workspace.tree])
    assert len(cosigning.away) == 1
    assert await scene.workspace.tree.newest_checkpoint() == note


async def test_a_co_signature_that_was_changed_is_found(scene: Scene) -> None:
    await scene.grow()
    await scene.cosigning().cosign([scene.workspace.tree])
    note = await scene.workspace.tree.newest_checkpoint()
    line = OWN.cosign("text\n", ManualClock().now())
    await scene.behind_its_back(f"UPDATE audit_checkpoint SET note = '{note.rpartition('— ')[0]}{line}'")
    found = await verify(scene.workspace.tree, witnesses=[OWN.verifier])
    assert ["The signature of witness.example/w1 is wrong" in fault.what for fault in found.faults] == [True]
    assert (await verify(scene.workspace.tree)).faults == [], "whoever does not know the witness passes it over"


def _named(witness: KnownWitness) -> str:
    return f"{witness.verifier} {witness.url}"


def test_the_setting_names_keys_and_addresses() -> None:
    beside = replace(AT, url="http://127.0.0.1:8030")
    assert known_witnesses("") == ()
    assert known_witnesses(f"{_named(AT)}/, {_named(beside)}") == (AT, beside)


@pytest.mark.parametrize(
    "said",
    [
        str(OWN.verifier),
        f"{OWN.verifier} http://witness.example",
        f"{OWN.verifier} https://",
        "https://witness.example",
        f"{Verifier('log.example/one', OWN.verifier.key)} https://witness.example",
    ],
)
def test_a_witness_that_is_none_is_told(said: str) -> None:
    with pytest.raises(SettingsError, match=r"KEY URL|no key"):
        known_witnesses(said)


async def _status(scene: Scene, request: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]], host: str) -> int:
    witness = Witness(OWN, [], scene.directory, ManualClock())
    core = CoreSettings(trusted_proxies="10.0.0.5")
    app = application(witness, Peers("0.0.0.0", core))
    transport = httpx.ASGITransport(app, client=(host, 1))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://witness") as client:
        return (await request(client)).status_code


@pytest.mark.parametrize(
    ("host", "body", "status"),
    [
        ("10.0.0.5", b"", 400),
        ("10.0.0.6", b"", 403),
        ("127.0.0.1", b"\xff", 400),
        ("127.0.0.1", b"o" * 20_000, 413),
    ],
)
async def test_the_door_of_a_witness(scene: Scene, host: str, body: bytes, status: int) -> None:
    assert await _status(scene, lambda client: client.post("/add-checkpoint", content=body), host) == status
    assert await _status(scene, lambda client: client.get("/"), host) == (403 if status == 403 else 200)
