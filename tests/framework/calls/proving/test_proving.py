"""The proof of a call: signed, checked offline by us and by others, and nothing personal in it."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from framework.processors.vendors import VENDOR, disclose
from laws.house import Scene
from op26x.audit import Access
from op26x.calls import Arrival, Call, CallState, Direction, Installation, Workspace
from op26x.calls.proving import CallProof, as_html, check_page, check_proof, prove_call, read_proof
from op26x.clock import ManualClock
from op26x.consent import ConsentState
from op26x.consent.announcement import Announcement
from op26x.consent.ledger import ConsentGiven
from op26x.consent.texts import Notice, texts
from op26x.errors import NotFound, UsageError
from op26x.policy import Policies, PolicyCall, whereabouts
from op26x.recording import WireTap
from op26x.types import PhoneNumber

NUMBER, LINE, WORDS = "+4930901820123", "+12125550199", "my password is swordfish"


async def held(workspace: Workspace, clock: ManualClock, folder: Path) -> Call:
    """A recorded call with consent, under a policy, in which somebody was given something."""
    await workspace.processors.accept(VENDOR, Access("user:1", "2026"))
    numbers = PhoneNumber(NUMBER), PhoneNumber(LINE)
    sides = whereabouts(NUMBER), whereabouts(LINE)
    policy = await workspace.policies.keep(Policies().resolve(PolicyCall(*sides, clock.now())))
    arrival = Arrival("test", "CA1", Direction.INBOUND, *numbers)
    call = await workspace.calls.begin(arrival, "desk", CallState.RINGING, policy=policy)
    known = texts("en")
    assert known is not None
    said = known.sentences[Notice.ASSENT].replace("{organization}", "Default")
    version = Announcement(said, "en").version
    agreed = ConsentGiven(call.caller_index, call.id, ConsentState.GRANTED, "digit", "1", version, policy=policy)
    await workspace.consents.add(agreed)
    await Scene(folder, clock, workspace, call, WireTap(clock)).record(bytes(8000), words=WORDS)
    await disclose(workspace, call)
    return call


@pytest.fixture
async def call(workspace: Workspace, clock: ManualClock, tmp_path: Path) -> Call:
    return await held(workspace, clock, tmp_path)


@pytest.fixture
async def proof(workspace: Workspace, call: Call) -> CallProof:
    return await prove_call(workspace, "default", call.id)


def said(proof: CallProof) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(proof.statement)
    return found


async def test_it_says_what_is_on_record_and_holds(workspace: Workspace, call: Call, proof: CallProof) -> None:
    checked = check_proof(proof, str(workspace.tree.verifier))
    assert (checked.id, checked.organization, checked.findings) == (call.id, workspace.organization_id, [])
    told = said(proof)
    (consent,) = told["consents"]
    assert (consent["state"], consent["evidence"], consent["value"]) == ("granted", "digit", "1")
    assert "record" in consent["text"]
    assert told["policy"]["hash"] == told["call"]["policy"] == consent["policy"]
    assert any("de-" in source for field in told["policy"]["fields"] for source in field["decided_by"])
    assert told["recording"]["sha256"]
    assert [one["processor"] for one in told["disclosures"]] == ["Vendor"]
    assert [one["version"] for one in told["acceptances"]] == [VENDOR.version]
    whats = {json.loads(one["entry"])["what"] for one in told["entries"]}
    assert {"consent.granted", "processor.accepted"} <= whats


async def test_nothing_personal_is_in_it(workspace: Workspace, call: Call, proof: CallProof) -> None:
    for written in (msgspec.json.encode(proof).decode(), as_html(proof)):
        for secret in (NUMBER, LINE, NUMBER[1:], "swordfish", call.caller_index, call.called_index):
            assert secret not in written


async def test_it_is_checked_without_a_line_of_ours(proof: CallProof) -> None:
    """By the words of RFC 9162 and of signed notes alone."""
    told = json.loads(proof.statement)
    name, _, rest = proof.key.partition("+")
    key = base64.b64decode(rest.partition("+")[2])
    assert key[0] == 1
    public = Ed25519PublicKey.from_public_bytes(key[1:])
    for note in (proof.note, told["checkpoint"]):
        text, _, signature = note.rpartition("\n\n")
        signed_by, encoded = signature.strip().removeprefix("— ").split(" ")
        assert signed_by == name
        public.verify(base64.b64decode(encoded)[4:], f"{text}\n".encode())
    digest = base64.b64encode(hashlib.sha256(proof.statement.encode()).digest()).decode()
    assert proof.note.split("\n")[:3] == [f"op26x/proof/{told['organization']}", told["call"]["id"], digest]
    assert hashlib.sha256(told["policy"]["content"].encode()).hexdigest() == told["policy"]["hash"]
    _, size, root = told["checkpoint"].split("\n")[:3]
    for one in told["entries"]:
        node, index, last = hashlib.sha256(b"\0" + one["entry"].encode()).digest(), one["position"], int(size) - 1
        for sibling in map(bytes.fromhex, one["hashes"]):
            if index % 2 or index == last:
                node = hashlib.sha256(b"\1" + sibling + node).digest()
                while index and not index % 2:
                    index, last = index // 2, last // 2
            else:
                node = hashlib.sha256(b"\1" + node + sibling).digest()
            index, last = index // 2, last // 2
        assert last == 0
        assert node == base64.b64decode(root)


def changed(proof: CallProof, change: Callable[[dict[str, Any]], object], workspace: Workspace) -> CallProof:
    """Another statement, honestly signed: what it says does not fit together."""
    from op26x.calls.proving.statement import signed_text

    told = json.loads(proof.statement)
    change(told)
    written = json.dumps(told)
    note = workspace.tree.sign(signed_text(told["organization"], told["call"]["id"], written))
    return CallProof(written, note, proof.key)


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "policy": (
        lambda told: told["policy"].update(content=told["policy"]["content"] + " "),
        "not the one that its hash",
    ),
    "policy of the call": (lambda told: told["call"].update(policy="0" * 64), "under another policy"),
    "no policy": (lambda told: told.update(policy=None), "not in the proof"),
    "entry": (lambda told: told["entries"][0].update(entry=told["entries"][0]["entry"] + " "), "is not in the log"),
    "hashes": (lambda told: told["entries"][0].update(hashes=["zz"]), "is not in the log"),
    "consent": (lambda told: told["consents"][0].update(state="refused"), "no entry of the consent"),
    "another consent": (lambda told: told["consents"][0].update(id="01OTHER"), "no entry of the consent"),
    "consent's policy": (lambda told: told["consents"][0].update(policy=""), "given under another policy"),
    "terms": (lambda told: told["disclosures"][0].update(terms="other"), "does not show to have been accepted then"),
    "terms that were taken back": (
        lambda told: told["acceptances"][0].update(ended_at="2020-01-01T00:00:00Z"),
        "does not show to have been accepted then",
    ),
    "terms that were accepted later": (
        lambda told: told["acceptances"][0].update(at="2099-01-01T00:00:00Z"),
        "does not show to have been accepted then",
    ),
    "acceptance": (lambda told: told["acceptances"][0].update(id="01OTHER"), "no entry of the terms"),
    "form": (lambda told: told.update(form="op26x call proof 2"), "another form"),
    "checkpoint": (lambda told: told.update(checkpoint=told["checkpoint"].replace("\n", "\n1", 1)), "checkpoint"),
    "organization": (lambda told: told.update(organization="01OTHER"), "another"),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_what_does_not_fit_together_is_named(workspace: Workspace, proof: CallProof, name: str) -> None:
    change, told = CHANGES[name]
    findings = check_proof(changed(proof, change, workspace)).findings
    assert any(told in one for one in findings), findings


async def test_a_byte_that_was_changed_is_found(workspace: Workspace, proof: CallProof) -> None:
    forged = CallProof(proof.statement.replace('"granted"', '"refused"', 1), proof.note, proof.key)
    assert "What is signed is not this statement." in check_proof(forged).findings


async def test_another_key_does_not_pass_for_the_organizations(
    installation: Installation, workspace: Workspace, proof: CallProof
) -> None:
    other = installation.workspace((await installation.organizations.create("other")).id)
    key = str(other.tree.verifier)
    findings = check_proof(proof, key).findings
    assert len(findings) == 2
    assert all("signature" in one for one in findings)
    with pytest.raises(UsageError):
        check_proof(proof, "no key")


async def test_the_page_is_a_proof_as_well(proof: CallProof) -> None:
    page = as_html(proof)
    assert read_proof(page.encode()) == proof
    assert read_proof(msgspec.json.encode(proof)) == proof
    assert page.count("</script>") == 1
    assert "src=" not in page.replace("src=&quot;", "")
    assert check_page(page.encode(), proof) == check_page(msgspec.json.encode(proof), proof) == []
    for wrong in (b"", b"{}", b"<html></html>", b"\xff\xfe"):
        with pytest.raises(UsageError, match="no proof of a call"):
            read_proof(wrong)


async def test_a_page_that_shows_something_else_is_found(proof: CallProof) -> None:
    forged = as_html(proof).replace("<td>Vendor</td>", "<td>Nobody</td>", 1)
    assert forged != as_html(proof)
    assert read_proof(forged.encode()) == proof
    (finding,) = check_page(forged.encode(), proof)
    assert "not what is signed" in finding


async def test_an_entry_is_proved_by_one_checkpoint_however_fast_the_log_grows(
    workspace: Workspace, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    proved = workspace.tree.proved

    async def busy(entry_id: str, note: str) -> Any:
        await workspace.audit.add("connection.refused", call.id, Access("user:1", ""))
        await workspace.tree.checkpoint()
        return await proved(entry_id, note)

    monkeypatch.setattr(workspace.tree, "proved", busy)
    assert check_proof(await prove_call(workspace, "default", call.id)).findings == []


async def test_words_that_look_like_html_stay_words(workspace: Workspace, clock: ManualClock, tmp_path: Path) -> None:
    call = await held(workspace, clock, tmp_path)
    proof = await prove_call(workspace, "</script><script>alert(1)</script>", call.id)
    page = as_html(proof)
    assert "<script>alert" not in page
    assert read_proof(page.encode()) == proof


async def test_a_call_of_which_nothing_is_known_is_proved_too(
    workspace: Workspace, arrival: Callable[..., Arrival]
) -> None:
    call = await workspace.calls.begin(arrival(), "desk", CallState.RINGING)
    proof = await prove_call(workspace, "default", call.id)
    assert check_proof(proof).findings == []
    assert "from before calls had a policy" in as_html(proof)


async def test_a_call_that_is_not_there_is_not_proved(workspace: Workspace) -> None:
    with pytest.raises(NotFound):
        await prove_call(workspace, "default", "01NOBODY")
