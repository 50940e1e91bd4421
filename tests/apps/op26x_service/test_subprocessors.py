"""The public list of processors: those that are open, for everybody to see, without a word about organizations."""

import asyncio
from dataclasses import replace
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
