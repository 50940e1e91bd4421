"""A service with people, and browsers before it; providers cost nothing, and no job runs beside."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlmodel import SQLModel, select

from framework.accounts.people.town import FIREFOX, PASSWORD, Town
from op26x import Provider, hookimpl
from op26x.accounts import Role
from op26x.accounts.people import User
from op26x.agents import Tool
from op26x.audit import AuditEntry
from op26x.audit.model import AuditCheckpoint, AuditTile, AuditTree
from op26x.calls import Installation
from op26x.calls.core_plugins import register_core
from op26x.cli import Context
from op26x.clock import ManualClock
from op26x.plugins import Plugins
from op26x.settings import resolve
from op26x.testing.scripted_llm import Script, ScriptedLLM
from op26x.testing.stand_ins import CallersWords, ToneTTS
from op26x.types import PhoneNumber, Secret
from op26x.work import DurableWork, durable
from op26x_service.app import Service

T = TypeVar("T")

HTTP, HTTPS = "http://127.0.0.1:8026", "https://calls.example.com"
TOKEN = re.compile(r'name="form_token" value="([^"]*)"')

GROWS = (AuditTree, AuditTile, AuditCheckpoint)


class Carrier:
    """Telephony that notes whom it is to call."""

    def __init__(self) -> None:
        self.placed: list[str] = []
        self.own_number = PhoneNumber("+12125550199")
        self.can_hang_up = False

    def check_settings(self) -> None:
        """There is nothing to set."""

    async def place_call(self, *, to: PhoneNumber, caller: PhoneNumber) -> str:
        """Calls somebody."""
        self.placed.append(to.reveal())
        return f"CA{len(self.placed)}"


class House:
    """A plugin that provides all that the rehearsal agent asks for."""

    def __init__(self) -> None:
        self.carrier = Carrier()

    @hookimpl
    def op26x_telephony(self) -> Provider[Carrier]:
        """Whom it is to call is noted."""
        return Provider("twilio", lambda request: self.carrier)

    @hookimpl
    def op26x_llm_service(self) -> Provider[Any]:
        """Says nothing."""
        return Provider("rehearsal", lambda request: ScriptedLLM(Script([])))

    @hookimpl
    def op26x_stt_service(self) -> Provider[Any]:
        """Hears nothing."""
        return Provider("local", lambda request: CallersWords())

    @hookimpl
    def op26x_tts_service(self) -> Provider[Any]:
        """A tone."""
        return Provider("local", lambda request: ToneTTS())

    @hookimpl
    def op26x_tools(self) -> list[Tool]:
        """Those of the rehearsal agent."""

        class Nothing(msgspec.Struct):
            """No arguments."""

        return [
            Tool(name, "", Nothing, lambda call, none: {}) for name in ("free_slots", "book_appointment", "pay_deposit")
        ]


@dataclass
class Browser:
    """A browser: it keeps its own cookies, follows nothing and runs no script.

    Attributes:
        client: Reaches the service.
        base: Under which address.
        cookies: By name.
        set_cookies: The last headers ``Set-Cookie`` that gave it one, by name, with all that they said.
    """

    client: TestClient[Litestar]
    base: str = HTTP
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: dict[str, Any] = field(default_factory=dict)

    def ask(self, method: str, path: str, headers: Mapping[str, str] = {}, **more: Any) -> httpx.Response:
        """Sends a request with the cookies it has, and keeps those it gets."""
        own = {"User-Agent": FIREFOX}
        if self.cookies:
            own["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.client.cookies.clear()
        response = self.client.request(
            method, self.base + path, headers={**own, **headers}, follow_redirects=False, **more
        )
        self.client.cookies.clear()
        for line in response.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.set_cookies[name] = morsel
                    self.cookies[name] = morsel.value
        return response

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Opens a page."""
        return self.ask("GET", path, headers)

    def form_token(self, path: str = "/sign-in/code") -> str:
        """The token in the forms of a page."""
        found = TOKEN.search(self.get(path).text)
        assert found, f"There is no form on {path}."
        return found[1]

    def post(self, path: str, headers: Mapping[str, str] = {}, **fields: str) -> httpx.Response:
        """Sends a form, with its token unless another one is given."""
        sent = {"form_token": self.form_token(), **fields}
        return self.ask("POST", path, headers, data=sent)

    def sign_in(self, email: str = "anna@example.com", password: Secret = PASSWORD, to: str = "") -> httpx.Response:
        """Sends address and password."""
        return self.post("/sign-in", email=email, password=password.reveal(), to=to)

    @property
    def session(self) -> str:
        """The token of its session; empty if it has none."""
        return self.cookies.get("__Host-op26x_session") or self.cookies.get("op26x_session", "")


@dataclass(frozen=True)
class Site:
    """A service that runs.

    Attributes:
        service: The service.
        town: Its people.
        client: Reaches it.
        placed: The numbers that were called.
    """

    service: Service
    town: Town
    client: TestClient[Litestar]
    placed: list[str]

    def do(self, work: Callable[..., Awaitable[T]], *arguments: Any, **named: Any) -> T:
        """Does something on the event loop of the service."""
        with self.client.portal() as portal:
            done: T = portal.call(lambda: work(*arguments, **named))
            return done

    def browser(self, base: str = HTTP) -> Browser:
        """A new browser without cookies."""
        return Browser(self.client, base)

    def person(self, email: str = "anna@example.com", role: Role | None = Role.OWNER, **more: Any) -> User:
        """Somebody new; arguments as of ``Town.person``."""
        return self.do(self.town.person, email, role, **more)

    def signed_in(self, email: str = "anna@example.com", base: str = HTTP) -> Browser:
        """A browser in which somebody is signed in."""
        browser = self.browser(base)
        assert browser.sign_in(email).status_code == 303
        assert browser.session
        return browser

    def api(self, method: str, path: str, secret: str, body: Any = None, **headers: str) -> httpx.Response:
        """Asks the API with a session's token or an API key."""
        self.client.cookies.clear()
        shown = {"Authorization": f"Bearer {secret}", "User-Agent": FIREFOX}
        return self.client.request(method, f"{HTTP}/api{path}", headers={**shown, **headers}, json=body)

    def session(self, user: User) -> str:
        """The token of a new session of somebody's."""
        return self.do(self.town.session, user).reveal()

    def rows(self, *tables: type[SQLModel]) -> list[str]:
        """All rows of some tables, or of all; each as text. The audit log's tree grows by itself, and is left out."""
        with self.service.installation.database.session() as session:
            every = [mapper.class_ for mapper in SQLModel._sa_registry.mappers if mapper.class_ not in GROWS]
            return sorted(
                f"{table.__name__} {row.model_dump(exclude={'position'})}"
                for table in tables or every
                for row in session.exec(select(table)).all()
            )

    def audit(self, organization_id: str = "") -> list[tuple[str, str, str]]:
        """Who did what to which record of an organization, in order."""
        wanted = organization_id or self.town.organization
        with self.service.installation.database.session() as session:
            query = select(AuditEntry).where(AuditEntry.organization_id == wanted).order_by(AuditEntry.id)
            return [(entry.who, entry.what, entry.record_id) for entry in session.exec(query).all()]


@contextmanager
def running(data: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, **overrides: Any) -> Iterator[Site]:
    """A service on a data directory, with core settings."""

    async def forget(_work: DurableWork) -> None:
        durable._jobs.clear()
        durable._alone.clear()

    monkeypatch.setattr(DurableWork, "_launch", lambda self: None)
    monkeypatch.setattr(DurableWork, "_tick", lambda self, *_: None)
    monkeypatch.setattr(DurableWork, "close", forget)
    plugins = register_core(Plugins())
    house = House()
    plugins.register(house, "house")
    settings = resolve({}, environ={}, overrides={"data": data, **overrides})
    installation = Installation.open(settings, clock)
    service = Service(Context(plugins, settings), installation)
    try:
        with TestClient(service.app, raise_server_exceptions=False) as client:
            yield Site(service, Town(installation, clock), client, house.carrier.placed)
    finally:
        installation.close()
