"""Overrides by API: a person answers for one, and only a person who may."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from framework.accounts.people.site import Site, running
from op26x.accounts import Role
from op26x.clock import ManualClock

pytestmark = pytest.mark.journey
"""Not of the unit suite: each begins a service and hashes passwords."""


@pytest.fixture
def site(data: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """With default settings."""
    with running(data, clock, monkeypatch) as site:
        yield site


def wanted(clock: ManualClock, **changes: str) -> dict[str, str]:
    """A row of the law that is not to hold for a month."""
    until = clock.now() + timedelta(days=30)
    return {"row": "us-consent", "why": "an opinion of counsel", "until": until.isoformat()} | changes


@pytest.mark.parametrize("role", Role)
def test_whoever_may_answers_for_an_override(site: Site, clock: ManualClock, role: Role) -> None:
    site.person()
    person = site.person("ben@example.com", role)
    token = site.session(person)
    made = site.api("POST", "/overrides", token, wanted(clock))
    if role not in (Role.OWNER, Role.PRIVACY_OFFICER):
        assert made.status_code == 403
        return
    assert made.status_code == 201
    assert made.json()["approved_by"] == f"user:{person.id}"
    (listed,) = site.api("GET", "/policy-rows", token).json()
    assert listed == made.json()
    told = site.api(
        "POST", "/policy/explain", token, {"caller": "+12125550199", "called": "+12065550123", "outbound": True}
    )
    (lifted,) = [one for one in told.json()["lifted"] if one["override"]]
    assert lifted["row"] == "us-consent"
    assert "an opinion of counsel" in lifted["by"]
    assert site.api("DELETE", f"/overrides/{made.json()['name']}?why=withdrawn", token).status_code == 204
    assert site.api("GET", "/policy-rows", token).json() == []


@pytest.mark.parametrize(
    "changes", [{"row": "unknown-recording"}, {"row": "us-nothing"}, {"why": " "}, {"until": "2031-01-01T00:00:00Z"}]
)
def test_an_override_without_grounds_is_refused(site: Site, clock: ManualClock, changes: dict[str, str]) -> None:
    token = site.session(site.person())
    assert site.api("POST", "/overrides", token, wanted(clock, **changes)).status_code == 400
    assert site.api("GET", "/policy-rows?ended=true", token).json() == []
