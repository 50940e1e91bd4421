"""The API of policies, consents and suppressions: asked before there is a call, by those who may, and on the record."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from op26x import PhoneNumber
from op26x.accounts import Role
from op26x.client import Client, ConsentsWanted, OverrideWanted, PolicyRowsWanted, PolicyWanted
from op26x.clock import ManualClock
from op26x.errors import NotFound, UsageError
from op26x.policy import RecordingMode, Rules
from op26x.testing.agreed import agree
from op26x_service.app import Service

Api = TestClient[Litestar]
NUMBER = "+12125550123"
BRAZIL, GERMANY = "+5511987654321", "+4930901820"


@pytest.fixture
def client(api: Api, service: Service) -> Client:
    """Of the operator."""
    return Client("http://testserver", service.runtime_key.reveal(), api._transport)


def entries(service: Service) -> list[tuple[str, str]]:
    """What the audit log has of it."""
    log = asyncio.run(service.installation.workspace().audit.list(limit=None))
    return [(entry.what, entry.why) for entry in log]


def test_a_policy_is_explained_before_there_is_a_call(client: Client, house: Any) -> None:
    told = client.explain(PolicyWanted(GERMANY, NUMBER))
    (recording,) = [field for field in told.fields if field.field == "recording"]
    assert (told.places, told.refusal) == (["DE", "US-NY"], "")
    assert recording.value == "assent"
    house.rules = Rules(recording=RecordingMode.OFF)
    (recording,) = [
        field for field in client.explain(PolicyWanted(GERMANY, NUMBER)).fields if field.field == "recording"
    ]
    assert (recording.value, [one.source for one in recording.decided_by]) == ("off", ["plugin house"])


def test_of_a_call_to_be_placed_it_says_what_is_in_the_way(
    client: Client, service: Service, clock: ManualClock
) -> None:
    wanted = PolicyWanted(NUMBER, BRAZIL, outbound=True)
    assert client.explain(wanted).refusal == "no written consent to be called"
    asyncio.run(agree(service.installation.workspace(), PhoneNumber(BRAZIL)))
    told = client.explain(wanted)
    assert (told.refusal, told.remedy) == (
        "outside calling hours",
        "They may be called from 2026-01-05 13:00 UTC on.",
    )
    clock.advance(timedelta(hours=6).total_seconds())
    assert client.explain(wanted).refusal == ""
    client.suppress(BRAZIL, "an e-mail")
    assert client.explain(wanted).refusal == "do-not-call"


def test_places_and_times_that_are_none_are_said_to(client: Client, api: Api) -> None:
    with pytest.raises(NotFound):
        client.explain(PolicyWanted(NUMBER, NUMBER, agent="nobody"))
    with pytest.raises(UsageError, match="Atlantis"):
        client.explain(PolicyWanted(NUMBER, NUMBER, place="Atlantis"))
    assert api.post("/api/policy/explain", json={"at": "tomorrow"}).status_code == 400
    told = client.explain(PolicyWanted("", "", place="US-CA"))
    assert "US-CA" in told.places


def test_what_one_person_agreed_to_is_found_by_their_number_and_noted(client: Client, service: Service) -> None:
    asyncio.run(agree(service.installation.workspace(), PhoneNumber(NUMBER)))
    (found,) = client.consents(ConsentsWanted(NUMBER, "call", why="they asked"))
    assert (found.purpose, found.state) == ("call", "granted")
    assert client.consents(ConsentsWanted(BRAZIL)) == []
    assert client.consents(ConsentsWanted(purpose="marketing")) == []
    assert ("consents.read", "they asked") in entries(service)
    with pytest.raises(UsageError):
        client.consents(ConsentsWanted("12"))


def test_the_do_not_call_list_grows_and_shrinks_on_the_record(client: Client, api: Api, service: Service) -> None:
    answer = api.post("/api/suppressions", json={"number": NUMBER, "why": "a letter"})
    assert answer.status_code == 201
    assert api.post("/api/suppressions", json={"number": NUMBER, "why": "another"}).json() == answer.json()
    (entry,) = client.suppressions()
    assert NUMBER not in api.get("/api/suppressions").text
    with pytest.raises(UsageError, match="whose wish"):
        client.unsuppress(entry.id, " ")
    client.unsuppress(entry.id, "a form of 5 January")
    assert client.suppressions() == []
    with pytest.raises(NotFound):
        client.unsuppress(entry.id, "a form")
    noted = [entry for entry in entries(service) if entry[0].startswith("suppression")]
    assert noted[::-1] == [("suppression.added", "a letter"), ("suppression.removed", "a form of 5 January")]


def test_the_entry_that_holds_is_answered(client: Client, api: Api) -> None:
    def added(**fields: str) -> str:
        answer = api.post("/api/suppressions", json={"number": NUMBER, "why": "a letter", **fields})
        return str(answer.json()["id"])

    everything, spring = added(), added(campaign="spring")
    assert everything != spring
    assert (added(), added(campaign="spring")) == (everything, spring)
    too_far = api.post("/api/suppressions", json={"number": NUMBER, "why": "x", "until": "9999-12-31T23:59:59-05:00"})
    assert too_far.status_code == 400, too_far.text


def test_no_number_is_in_an_address(service: Service) -> None:
    """Whatever stands before a service writes addresses down: so none of its routes takes a number there."""
    taken = {
        (route.path, name)
        for route in service.app.routes
        for handler in getattr(route, "route_handlers", ())
        for name, parameter in handler.parsed_fn_signature.parameters.items()
        if parameter.annotation is str and name in {"number", "caller", "called"}
    }
    assert taken == set()


def test_a_viewer_sees_no_list_of_people(anonymous: Api, new_key: Callable[..., Any]) -> None:
    with anonymous.portal() as portal:
        _, secret = portal.call(lambda: new_key(role=Role.VIEWER))
    headers = {"Authorization": f"Bearer {secret}"}
    assert anonymous.post("/api/policy/explain", json={}, headers=headers).status_code == 200
    assert anonymous.post("/api/consents/find", json={}, headers=headers).status_code == 403
    assert anonymous.get("/api/suppressions", headers=headers).status_code == 403


ROW = "- {name: short, why: costs, longest_s: 60}"


def test_rows_of_the_organization_hold_from_the_next_call(client: Client, service: Service) -> None:
    (added,) = client.add_policy_rows(PolicyRowsWanted(ROW, "the board"))
    assert (added.name, added.kind, added.demands) == ("short", "row", "longest s: 60")
    (longest,) = [one for one in client.explain(PolicyWanted(GERMANY, NUMBER)).fields if one.field == "longest_s"]
    assert (longest.value, [one.source for one in longest.decided_by]) == ("60", ["row short"])
    with pytest.raises(UsageError, match="never used again"):
        client.add_policy_rows(PolicyRowsWanted(ROW))
    client.remove_policy_row("short", "it was wrong")
    assert client.policy_rows() == []
    assert [one.name for one in client.policy_rows(ended=True)] == ["short"]
    with pytest.raises(NotFound):
        client.remove_policy_row("short", "again")
    assert {("policy-row.added", "the board"), ("policy-row.removed", "it was wrong")} <= {*entries(service)}


def test_a_row_about_a_campaign_is_about_its_calls(client: Client) -> None:
    client.add_policy_rows(PolicyRowsWanted("- {name: not-in-spring, why: x, campaign: spring, forbidden: true}"))
    for campaign, forbidden in (("", "no"), ("autumn", "no"), ("spring", "yes")):
        told = client.explain(PolicyWanted(NUMBER, BRAZIL, outbound=True, campaign=campaign))
        assert [one.value for one in told.fields if one.field == "forbidden"] == [forbidden]
    with pytest.raises(UsageError, match="No campaign is called"):
        client.explain(PolicyWanted(NUMBER, BRAZIL, campaign="Spring!"))


def test_a_program_answers_for_no_override(client: Client, clock: ManualClock) -> None:
    wanted = OverrideWanted("us-hours", "counsel says so", clock.now() + timedelta(days=30))
    with pytest.raises(UsageError, match="Only a person can do this"):
        client.override(wanted)
    assert client.policy_rows(ended=True) == []
    with pytest.raises(NotFound):
        client.end_override("01NOTHING", "x")


def test_a_suppression_may_be_for_a_campaign_or_for_a_time(client: Client, clock: ManualClock) -> None:
    until = clock.now() + timedelta(days=30)
    client.suppress(NUMBER, "a letter", campaign="spring", until=until)
    (entry,) = client.suppressions()
    assert (entry.campaign, entry.until) == ("spring", until)
    assert client.registries() == []
