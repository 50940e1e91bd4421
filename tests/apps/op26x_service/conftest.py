"""A service on an empty data directory, with providers that cost nothing and no installed plugin."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar, get
from litestar.testing import TestClient
from litestar.testing.transport import TestClientTransport

from op26x import PhoneNumber, Provider, hookimpl
from op26x.accounts import ApiKey, Role, operator
from op26x.agents import Tool
from op26x.calls import Arrival, Direction, Installation, Refuse
from op26x.calls.core_plugins import register_core
from op26x.cli import Context
from op26x.clock import ManualClock
from op26x.errors import ProviderError
from op26x.plugins import Plugins
from op26x.policy import Rules
from op26x.settings import resolve
from op26x.testing.agreed import agree
from op26x.testing.scripted_llm import Script, ScriptedLLM
from op26x.testing.stand_ins import CallersWords, ToneTTS
from op26x.work import DurableWork, durable
from op26x_service.app import Service


class Carrier:
    """Telephony that notes what it is asked and answers as it is told."""

    def __init__(self) -> None:
        self.placed: list[str] = []
        self.own_number = PhoneNumber("+12125550199")
        self.can_hang_up = False
        self.fails = False

    def check_settings(self) -> None:
        """There is nothing to set."""

    async def place_call(self, *, to: PhoneNumber, caller: PhoneNumber) -> str:
        if self.fails:
            raise ProviderError("The carrier refused.", "Ask it why.")
        self.placed.append(to.reveal())
        return f"CA{len(self.placed)}"

    async def hang_up(self, provider_call_id: str) -> None:
        raise AssertionError("Nobody hangs up here.")


class House:
    """A plugin that provides all that the rehearsal agent asks for, and a route of its own that breaks."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self.refusal: Refuse | None = None
        self.rules: Rules | None = None

    @hookimpl
    def op26x_telephony(self) -> Provider[Carrier]:
        return Provider("twilio", lambda request: self._carrier)

    @hookimpl
    def op26x_llm_service(self) -> Provider[Any]:
        return Provider("rehearsal", lambda request: ScriptedLLM(Script([])))

    @hookimpl
    def op26x_stt_service(self) -> Provider[Any]:
        return Provider("local", lambda request: CallersWords())

    @hookimpl
    def op26x_tts_service(self) -> Provider[Any]:
        return Provider("local", lambda request: ToneTTS())

    @hookimpl
    def op26x_tools(self) -> list[Tool]:
        class Nothing(msgspec.Struct):
            """No arguments."""

        return [
            Tool(name, "", Nothing, lambda call, none: {}) for name in ("free_slots", "book_appointment", "pay_deposit")
        ]

    @hookimpl
    def op26x_call_arriving(self, arrival: Arrival) -> Refuse | None:
        return self.refusal

    @hookimpl
    def op26x_policy_for_call(self) -> Rules | None:
        return self.rules

    @hookimpl
    def op26x_routes(self) -> list[Any]:
        @get("/broken", public="it breaks, whoever asks")
        async def broken() -> None:
            raise RuntimeError("the caller said 4111 1111")

        return [broken]


@pytest.fixture
def carrier() -> Carrier:
    """The telephony company."""
    return Carrier()


@pytest.fixture
def house(carrier: Carrier) -> House:
    """The plugin."""
    return House(carrier)


@pytest.fixture
def clock() -> ManualClock:
    """Stands at 2026-01-05, 09:00 UTC."""
    return ManualClock()


@pytest.fixture
def build(data: Path, house: House, clock: ManualClock) -> Iterator[Callable[..., Service]]:
    """Makes services, with core settings."""
    opened: list[Installation] = []

    def make(**overrides: Any) -> Service:
        plugins = register_core(Plugins())
        plugins.register(house, "house")
        settings = resolve({}, environ={}, overrides={"data": data, **overrides})
        opened.append(Installation.open(settings, clock))
        return Service(Context(plugins, settings), opened[-1])

    yield make
    for installation in opened:
        installation.close()


@pytest.fixture
def service(build: Callable[..., Service]) -> Service:
    """With default settings."""
    return build()


@pytest.fixture
def new_key(service: Service) -> Callable[..., Awaitable[tuple[ApiKey, str]]]:
    """Makes API keys, by default ones that may do everything that an owner may; returns the key and its secret."""
    workspace = service.installation.workspace()
    maker = operator(workspace.organization_id, "test")

    async def make(name: str = "notebook", **what: Any) -> tuple[ApiKey, str]:
        key, secret = await workspace.api_keys.create(name, maker, **(what or {"role": Role.OWNER}))
        return key, secret.reveal()

    return make


@pytest.fixture
def anonymous(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient[Litestar]]:
    """Who talks to it without a key. No job runs beside: it takes as long to begin and end them as all the rest."""
    monkeypatch.setattr(DurableWork, "_launch", lambda self: None)
    monkeypatch.setattr(DurableWork, "_tick", lambda self, *_: None)
    monkeypatch.setattr(DurableWork, "close", _forget)
    with TestClient(service.app, raise_server_exceptions=False) as client:
        yield client


async def _forget(_work: DurableWork) -> None:
    durable._jobs.clear()
    durable._alone.clear()


@pytest.fixture
def neighbour(anonymous: TestClient[Litestar], monkeypatch: pytest.MonkeyPatch) -> TestClient[Litestar]:
    """Who talks to it without a key, from the machine that it runs on: Litestar's client comes from nowhere."""
    parse = TestClientTransport.parse_request

    def from_loopback(transport: Any, request: Any) -> Any:
        return {**parse(transport, request), "client": ("127.0.0.1", 50000)}

    monkeypatch.setattr(TestClientTransport, "parse_request", from_loopback)
    return anonymous


@pytest.fixture
def api(anonymous: TestClient[Litestar], service: Service) -> TestClient[Litestar]:
    """Who talks to it with the key of the process."""
    anonymous.headers["Authorization"] = f"Bearer {service.runtime_key.reveal()}"
    return anonymous


@pytest.fixture
def arrival() -> Arrival:
    """An inbound call."""
    return Arrival("twilio", "CAIN", Direction.INBOUND, PhoneNumber("+12125559876"), PhoneNumber("+12125554321"))


@pytest.fixture
def agreed(service: Service) -> None:
    """Whoever has the number +12125550123 agreed to be called."""
    asyncio.run(agree(service.installation.workspace(), PhoneNumber("+12125550123")))
