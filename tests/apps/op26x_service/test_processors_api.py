"""The API's routes about those who are given data: accepted as they were read, and what they were given."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from framework.processors.vendors import VENDOR, disclose
from op26x.calls import Arrival, Call, CallState, Direction
from op26x.client import Client, DisclosuresWanted
from op26x.clock import ManualClock
from op26x.errors import NotFound, UsageError
from op26x.types import PhoneNumber
from op26x_service.app import Service

Api = TestClient[Litestar]
NUMBER, OTHER = "+12125550142", "+12125550199"


@pytest.fixture(autouse=True)
def vendor(service: Service) -> None:
    """A plugin that gives data to somebody."""
    service.installation.registry = replace(service.installation.registry, processors={"vendor": (VENDOR,)})


@pytest.fixture
def client(api: Api, service: Service) -> Client:
    """Of the operator."""
    return Client("http://testserver", service.runtime_key.reveal(), api._transport)


def entries(api: Api, what: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/api/audit", params={"what": what}).json()
    return found


def test_terms_are_accepted_as_they_were_read(client: Client, api: Api, service: Service) -> None:
    (found,) = client.processors()
    assert (found.id, found.standing, found.hosts, found.accepted_at) == ("Vendor", "new", ["api.vendor.example"], None)
    with pytest.raises(UsageError, match="is not what it is now"):
        client.accept_processor("Vendor", "0" * 16)
    client.accept_processor("Vendor", found.fingerprint)
    (accepted,) = client.processors()
    assert (accepted.standing, accepted.accepted_by) == ("accepted", "operator")
    changed = replace(VENDOR, version="2")
    service.installation.registry = replace(service.installation.registry, processors={"vendor": (changed,)})
    (again,) = client.processors()
    assert (again.standing, again.version) == ("changed", "2")
    with pytest.raises(UsageError):
        client.accept_processor("Vendor", found.fingerprint)
    client.withdraw_processor("Vendor")
    assert [one["what"] for one in entries(api, "processor")] == ["processor.withdrawn", "processor.accepted"]


def test_whoever_is_no_processor_is_not_found(client: Client) -> None:
    with pytest.raises(NotFound):
        client.accept_processor("Nobody/../x", "0" * 16)
    with pytest.raises(NotFound, match="are not accepted"):
        client.withdraw_processor("Vendor")


def test_an_agreement_is_named_where_terms_are_not_known(client: Client, service: Service) -> None:
    own = VENDOR.reached_at("https://llm.example.com/v1")
    service.installation.registry = replace(service.installation.registry, processors={"vendor": (own,)})
    (found,) = client.processors()
    with pytest.raises(UsageError, match="are not known"):
        client.accept_processor(found.id, found.fingerprint)
    client.accept_processor(found.id, found.fingerprint, "DPA of 1 March")
    assert client.processors()[0].agreement == "DPA of 1 March"


def test_what_companies_were_given_is_found_by_call_company_and_person(
    client: Client, api: Api, service: Service, clock: ManualClock
) -> None:
    workspace = service.installation.workspace()
    numbers = PhoneNumber(NUMBER), PhoneNumber(OTHER)

    async def held() -> Call:
        arrival = Arrival("test", "CA1", Direction.INBOUND, *numbers)
        call = await workspace.calls.begin(arrival, "desk", CallState.RINGING)
        await disclose(workspace, call)
        return call

    call = asyncio.run(held())
    (of_call,) = client.call_disclosures(call.id)
    assert (of_call.processor, of_call.categories, of_call.bytes_out) == ("Vendor", ["words"], 100)
    assert client.disclosures(DisclosuresWanted()) == [of_call]
    assert client.disclosures(DisclosuresWanted(processor="Somebody")) == []
    assert entries(api, "disclosures") == []
    assert client.disclosures(DisclosuresWanted(NUMBER, why="they asked")) == [of_call]
    assert client.disclosures(DisclosuresWanted("+12125550111")) == []
    assert [one["why"] for one in entries(api, "disclosures")] == ["not said", "they asked"]
    assert client.disclosures(DisclosuresWanted(since=clock.now() + timedelta(days=1))) == []
    (total,) = client.disclosure_totals(1)
    assert (total.day, total.processor, total.calls, total.bytes_out) == ("2026-01-05", "Vendor", 1, 100)
    assert NUMBER not in api.get(f"/api/calls/{call.id}/disclosures").text


def test_a_number_that_is_none_and_a_call_that_is_not_there(client: Client, api: Api) -> None:
    with pytest.raises(UsageError):
        client.disclosures(DisclosuresWanted("12"))
    with pytest.raises(NotFound):
        client.call_disclosures("01NOBODY")
    assert api.get("/api/disclosures/totals", params={"days": 0}).status_code == 400
