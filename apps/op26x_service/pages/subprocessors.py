"""The public list of processors, for whoever is on the phone: as a page, as JSON, and as an Atom feed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as Xml

import msgspec
from litestar import Response, get

from op26x.calls import Installation
from op26x.processors import standings
from op26x_service.pages.rendering import page

PUBLIC: dict[str, Any] = {"public": "whoever is on the phone may know who is given what", "security": []}
ATOM = "http://www.w3.org/2005/Atom"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Listed(msgspec.Struct, frozen=True):
    """A company that is given personal data.

    Attributes:
        name: The company.
        purpose: What for.
        categories: Which data: ``communications``, ``account``, ``usage``.
        places: Countries in which it processes them; empty if it may be anywhere.
        keeps: What it keeps and for how long.
        terms: Where its terms can be read.
        version: Which version of them was accepted.
        since: Since when it may be given data under these terms, or from when on, UTC; nothing of one that keeps
            sealed files.
        announced: When that came into this list.
        id: Names this state of it: another one after any change.
    """

    name: str
    purpose: str
    categories: list[str]
    places: list[str]
    keeps: str
    terms: str
    version: str
    since: datetime | None
    announced: datetime | None
    id: str


async def listed(installation: Installation) -> list[Listed]:
    """Those whose terms some organization has accepted, be it from a later day on, and those that a setting names."""
    accepted = await installation.across.accepted_since(installation.clock.now())
    found = []
    for _, one, standing in standings(installation.registry, installation.settings.core, accepted):
        if standing.is_given_data:
            about = (one.purpose, list(one.categories), list(one.places), one.keeps, one.terms, one.version)
            since, announced = accepted.get(one.fingerprint, (None, None))
            found.append(Listed(one.name, *about, since, announced, one.fingerprint))
    return sorted(found, key=lambda one: one.name)


def subprocessor_routes(installation: Installation) -> list[Any]:
    """The routes."""

    @get("/processors", include_in_schema=False, **PUBLIC)
    async def show() -> Response[str]:
        """The list as a page."""
        return page("processors", companies=await listed(installation), now=installation.clock.now())

    @get("/processors.json", **PUBLIC)
    async def as_json() -> list[Listed]:
        """Who is given personal data here, what for, and under which terms."""
        return await listed(installation)

    @get("/processors.atom", include_in_schema=False, **PUBLIC)
    async def as_feed() -> Response[bytes]:
        """A feed with an entry for each company, new after any change."""
        return Response(feed(await listed(installation)), media_type="application/atom+xml")

    return [show, as_json, as_feed]


def feed(companies: Sequence[Listed]) -> bytes:
    """An Atom feed (RFC 4287) of the list."""
    Xml.register_namespace("", ATOM)
    root = Xml.Element(f"{{{ATOM}}}feed")

    def add(parent: Xml.Element, tag: str, text: str) -> None:
        Xml.SubElement(parent, f"{{{ATOM}}}{tag}").text = text

    dates = [one.announced or LONG_AGO for one in companies]
    add(root, "id", "urn:op26x:processors")
    add(root, "title", "Who is given personal data")
    add(root, "updated", max(dates, default=LONG_AGO).isoformat())
    for one, at in zip(companies, dates, strict=True):
        entry = Xml.SubElement(root, f"{{{ATOM}}}entry")
        add(entry, "id", f"urn:op26x:processor:{one.id}")
        add(entry, "title", one.name)
        add(entry, "updated", at.isoformat())
        Xml.SubElement(Xml.SubElement(entry, f"{{{ATOM}}}author"), f"{{{ATOM}}}name").text = "op26x"
        since = f"From {one.since:%Y-%m-%d} on." if one.since else ""
        add(entry, "summary", " ".join(filter(None, (f"{one.purpose}.", since, one.keeps, one.terms, one.version))))
    return bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True))
