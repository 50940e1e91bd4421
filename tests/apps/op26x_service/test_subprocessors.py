"""The public list of processors: those that are open, for everybody to see, without a word about organizations."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from framework.processors.vendors import VENDOR
from op26x.audit import Access
from op26x.clock import ManualClock
from op26x_service.app import Service

Anyone = TestClient[Litestar]
ATOM = "{http://www.w3.org/2005/Atom}"
OTHER = replace(VENDOR, name="Other <b>Inc</b>", hosts=("other.example",), places=("IE",), keeps="30 days", version="2")
HERE = VENDOR.reached_at("http://127.0.0.1:9000")


@pytest.fixture(autouse=True)
def vendors(service: Service) -> None:
    """Plugins that give data to three."""
    declared = {"vendor": (VENDOR,), "other": (OTHER,), "here": (HERE,)}
    service.installation.registry = replace(service.installation.registry, processors=declared)


def accept(service: Service, *several: Any) -> None:
    for one in several:
        asyncio.run(service.installation.workspace().processors.accept(one, Access("test", "test")))


def test_nobody_is_listed_before_terms_are_accepted(anonymous: Anyone) -> None:
    assert "Nobody" in anonymous.get("/processors").text
    assert anonymous.get("/processors.json").json() == []
    assert Xml.fromstring(anonymous.get("/processors.atom").content).findall(f"{ATOM}entry") == []


def test_whoever_is_given_data_is_listed(anonymous: Anyone, service: Service, clock: ManualClock) -> None:
    accept(service, VENDOR)
    clock.advance(86_400)
    accept(service, OTHER)
    found = anonymous.get("/processors.json").json()
    assert [(one["name"], one["places"], one["since"][:10]) for one in found] == [
        ("Other <b>Inc</b>", ["IE"], "2026-01-06"),
        ("Vendor", [], "2026-01-05"),
    ]
    page = anonymous.get("/processors")
    assert page.headers["content-type"].startswith("text/html")
    assert "Other &lt;b&gt;Inc&lt;/b&gt;" in page.text
    assert "30 days" in page.text
    assert 'href="https://vendor.example"' in page.text
    told = page.text + anonymous.get("/processors.json").text
    assert service.installation.first not in told
    assert "default" not in told


def test_a_new_one_is_told_of_before_it_is_given_anything(
    anonymous: Anyone, service: Service, clock: ManualClock
) -> None:
    day = clock.now() + timedelta(days=30)
    processors = service.installation.workspace().processors
    asyncio.run(processors.accept(VENDOR, Access("test", "test"), from_at=day))
    (one,) = anonymous.get("/processors.json").json()
    assert one["since"][:10] == f"{day:%Y-%m-%d}"
    assert one["announced"][:10] == f"{clock.now():%Y-%m-%d}"
    assert f"from {day:%Y-%m-%d}" in anonymous.get("/processors").text
    (entry,) = Xml.fromstring(anonymous.get("/processors.atom").content).findall(f"{ATOM}entry")
    assert str(entry.findtext(f"{ATOM}updated"))[:10] == f"{clock.now():%Y-%m-%d}", "the feed is new today"
    assert f"From {day:%Y-%m-%d} on." in str(entry.findtext(f"{ATOM}summary"))
    clock.advance(31 * 86_400)
    assert f"since {day:%Y-%m-%d}" in anonymous.get("/processors").text


def test_the_feed_has_a_new_entry_after_a_change(anonymous: Anyone, service: Service, clock: ManualClock) -> None:
    def entries() -> list[tuple[str, str]]:
        root = Xml.fromstring(anonymous.get("/processors.atom").content)
        found = [(one.findtext(f"{ATOM}id"), one.findtext(f"{ATOM}title")) for one in root.findall(f"{ATOM}entry")]
        return [(str(entry), str(title)) for entry, title in found]

    accept(service, VENDOR)
    (before,) = entries()
    clock.advance(60)
    changed = replace(VENDOR, version="3")
    service.installation.registry = replace(service.installation.registry, processors={"vendor": (changed,)})
    assert entries() == [], "nobody has accepted that"
    accept(service, changed)
    (after,) = entries()
    assert before[1] == after[1] == "Vendor"
    assert before[0] != after[0]
    assert anonymous.get("/processors.atom").headers["content-type"].startswith("application/atom+xml")
