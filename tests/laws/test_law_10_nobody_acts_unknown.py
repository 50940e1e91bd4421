"""Law 10: nobody acts unknown, and nobody on what is another organization's: each route, each role, each record.

The permission table decides. A route that is added is walked here without a word in this file: its action, its path and
its body are read off the application, and what is another organization's is read off the database.
"""

import asyncio
import sys
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import msgspec
import pytest
import yaml
from litestar import Router, WebSocket, asgi, get, route, websocket
from litestar.handlers.base import BaseRouteHandler
from litestar.routes.base import BaseRoute
from litestar.types import Receive, Scope, Send
from msgspec import inspect
from sqlmodel import SQLModel, select

from journeys.documents import agent
from laws.house import Scene
from op26x import PhoneNumber, hookimpl
from op26x.accounts import Role, actions_of, operator, permissions
from op26x.accounts.permissions import TABLE
from op26x.calls import Arrival, CallState, Direction, Installation, Workspace
from op26x.calls.core_plugins import register_core
from op26x.cli import Context
from op26x.clock import ManualClock
from op26x.errors import PluginError
from op26x.ids import Ids
from op26x.plugins import Plugins
from op26x.recording import WireTap
from op26x.settings import resolve
from op26x_service.app import Service
from op26x_service.auth import ACTION, PUBLIC, handlers_of

ALLOWED = {action: frozenset(row["roles"]) for action, row in tomllib.loads(TABLE.read_text())["actions"].items()}
NAMES = ("id", "name", "label", "provider_call_id")
"""The columns by which somebody may ask for a record."""
TELLING = 6
"""What is shorter may stand in any answer by chance."""
AUDIO = bytes(range(100, 120)) * 40


class Answer(NamedTuple):
    """What came of a request; of one that takes long, its first piece."""

    status: int
    body: str


@dataclass
class Tenant:
    """An organization with one of everything.

    Attributes:
        workspace: Its records.
        keys: The secret of an API key of each role.
        made: What only the service knows of: tokens of listening links.
    """

    workspace: Workspace
    keys: dict[Role, str]
    made: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its identifier."""
        return self.workspace.organization_id

    def rows(self) -> list[tuple[str, dict[str, Any]]]:
        """All that is on record of it; when a key was used last is left out."""
        with self.workspace.database.session() as session:
            return [
                (table.name, {name: value for name, value in row.items() if name != "last_used_at"})
                for table in SQLModel.metadata.sorted_tables
                if "organization_id" in table.c
                for row in session.execute(
                    select(table).where(table.c.organization_id == self.id)  # type: ignore[call-overload]
                ).mappings()
            ]

    def names(self) -> list[str]:
        """Everything by which one of its records may be asked for."""
        found = [row[name] for _, row in self.rows() for name in NAMES if row.get(name)]
        return list(dict.fromkeys([*found, self.id, *self.made]))

    def marks(self, other: "Tenant") -> set[str]:
        """What tells of it, and of nobody else."""
        own, others = (
            {value for _, row in tenant.rows() for value in row.values() if isinstance(value, str)}
            for tenant in (self, other)
        )
        return {mark for mark in {*own, self.id} - others - permissions().keys() if len(mark) >= TELLING}


class Routes:
    """A plugin with routes of its own."""

    def __init__(self, *handlers: object) -> None:
        self._handlers = handlers

    @hookimpl
    def op26x_routes(self) -> list[Any]:
        return list(self._handlers)


Build = Callable[..., Service]


@pytest.fixture
def build(data: Path) -> Iterator[Build]:
    """Makes services with a plugin's routes."""
    opened: list[Installation] = []

    def make(*handlers: object) -> Service:
        clock = ManualClock()
        plugins = register_core(Plugins())
        plugins.register(Routes(*handlers), "routes")
        settings = resolve({}, environ={}, overrides={"data": data})
        opened.append(Installation.open(settings, clock, Ids(clock)))
        return Service(Context(plugins, settings), opened[-1])

    yield make
    for installation in opened:
        installation.close()


@pytest.fixture
async def service(build: Build) -> AsyncIterator[Service]:
    """A service with two organizations, and another one that nobody made anything of."""
    service = build()
    yield service
    service.switchboard.sessions.clear()


@pytest.fixture
async def tenants(service: Service, data: Path) -> tuple[Tenant, Tenant]:
    """Both."""
    return await found(service, data, "red-clinic", 17), await found(service, data, "blue-clinic", 68)


async def found(service: Service, data: Path, name: str, digits: int) -> Tenant:
    """Founds an organization, and makes one of everything in it."""
    there = service.installation
    work = await there.opened((await there.organizations.create(name)).id)
    numbers = PhoneNumber(f"+155501001{digits}"), PhoneNumber(f"+155501002{digits}")
    await work.agents.save(yaml.safe_dump(agent(name=f"{name}-agent", greeting=f"Welcome to {name}.")), "test")
    await work.agents.publish(f"{name}-agent", "test")
    await work.phone_lines.add("twilio", numbers[1], label=f"{name} line", agent=f"{name}-agent")
    tenant = Tenant(work, {})
    for role in Role:
        _, secret = await work.api_keys.create(f"{name} {role}", operator(work.organization_id, "test"), role=role)
        tenant.keys[role] = secret.reveal()
    clock = there.clock
    assert isinstance(clock, ManualClock)
    over = await work.calls.begin(
        Arrival("twilio", f"CA-{name}-1", Direction.INBOUND, *numbers), f"{name}-agent", CallState.RINGING
    )
    await Scene(data, clock, work, over, WireTap(clock)).record(AUDIO, words=f"my name is {name}")
    live = await work.calls.begin(
        Arrival("twilio", f"CA-{name}-2", Direction.INBOUND, *numbers), f"{name}-agent", CallState.RINGING
    )
    await work.calls.move(live.id, CallState.IN_PROGRESS)
    service.switchboard.sessions[live.id] = SimpleNamespace(organization_id=work.organization_id)  # type: ignore[assignment]
    made = await ask(service, "POST", f"/api/recordings/{over.id}/links", tenant.keys[Role.OWNER], {})
    tenant.made.append(msgspec.json.decode(made.body)["token"])
    return tenant


async def ask(service: Service, method: str, path: str, key: str = "", body: object = None) -> Answer:
    """Asks the application, and leaves after the first piece of the answer."""
    status, pieces, over = 0, [], asyncio.Event()
    asked = [{"type": "http.request", "body": b"" if body is None else msgspec.json.encode(body), "more_body": False}]

    async def receive() -> Any:
        if asked:
            return asked.pop()
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)
        if message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))
            over.set()

    headers = [(b"content-type", b"application/json")] + ([(b"authorization", f"Bearer {key}".encode())] if key else [])
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("192.0.2.7", 50000),
        "server": ("127.0.0.1", 80),
        "state": {},
        "extensions": {},
    }
    async with asyncio.timeout(30):
        await service.app(scope, receive, send)  # type: ignore[arg-type]
    return Answer(status, b"".join(pieces).decode())


@dataclass(frozen=True)
class Walked:
    """A route, as it is asked.

    Attributes:
        method: How.
        action: What it needs.
        route: Where it is.
        handler: What answers.
    """

    method: str
    action: str
    route: BaseRoute
    handler: BaseRouteHandler

    @property
    def asks_for_one(self) -> bool:
        """Whether its path names a record."""
        return bool(self.route.path_parameters)

    def path(self, name: str) -> str:
        """Its path to a record."""
        parts = self.route.path_components
        return "/" + "/".join(part if isinstance(part, str) else "1" if part.type is int else name for part in parts)

    def body(self, name: str) -> Any:
        """What it takes, with the name of a record wherever there is room for one; ``None`` if it takes nothing."""
        data = self.handler.parsed_fn_signature.parameters.get("data")
        return None if data is None else example(inspect.type_info(data.annotation), name)


def example(kind: inspect.Type, name: str) -> Any:
    """The least that a type takes."""
    if isinstance(kind, inspect.StructType):
        needed = {one.encode_name: example(one.type, name) for one in kind.fields if one.required}
        return {**needed, "to": "+15550100123"} if "to" in needed else needed
    if isinstance(kind, inspect.UnionType):
        return example(kind.types[0], name)
    if isinstance(kind, inspect.LiteralType):
        return kind.values[-1]
    if isinstance(kind, inspect.EnumType):
        return next(iter(kind.cls)).value
    return {inspect.StrType: name, inspect.IntType: 30, inspect.FloatType: 1.0, inspect.BoolType: False}.get(
        type(kind), [] if isinstance(kind, inspect.ListType | inspect.CollectionType) else {}
    )


def walked(service: Service) -> list[Walked]:
    """Every route that says which action it needs."""
    return [
        Walked(method, handler.opt[ACTION], route, handler)
        for route in service.app.routes
        for handler in handlers_of(route)
        for method in sorted(getattr(handler, "http_methods", ()))
        if ACTION in handler.opt and not tells_methods(handler)
    ]


def tells_methods(handler: BaseRouteHandler) -> bool:
    """Whether it is the one that Litestar adds to each path: it tells the methods that there are, and nothing else."""
    return handler.fn.__module__ == "litestar.routes.http"


def told(answer: Answer, asked: str, marks: set[str]) -> list[str]:
    """What an answer tells of another organization, beyond what was asked for by name."""
    return [mark for mark in marks if mark in answer.body.replace(asked, "")]


def test_the_walk_goes_everywhere(service: Service) -> None:
    under_api = {
        (method, route.path)
        for route in service.app.routes
        if route.path.startswith("/api")
        for handler in handlers_of(route)
        if not handler.opt.get(PUBLIC)
        if not tells_methods(handler)
        for method in handler.http_methods  # type: ignore[attr-defined]
    }
    assert {("GET", "/api/calls"), ("DELETE", "/api/recordings/{record_id:str}"), ("PUT", "/api/retention")} < under_api
    assert under_api <= {(one.method, one.route.path) for one in walked(service)}


def test_words_need_more_than_the_list_of_calls_and_each_change_its_own_permission(service: Service) -> None:
    needed = {(one.method, one.route.path): one.action for one in walked(service)}
    recording, link = "/api/recordings/{record_id:str}", "/api/links/{token:str}"
    assert (
        needed.items()
        >= {
            ("GET", "/api/calls"): "calls.read",
            ("POST", "/api/calls"): "calls.place",
            ("GET", "/api/calls/{call_id:str}"): "calls.read",
            ("POST", "/api/calls/{call_id:str}/recording"): "recordings.control",
            ("GET", "/api/live"): "live.read",
            ("GET", recording): "calls.read",
            ("GET", f"{recording}/audio"): "recordings.read",
            ("GET", f"{recording}/transcript"): "recordings.read",
            ("POST", f"{recording}/links"): "recordings.read",
            ("DELETE", recording): "recordings.delete",
            ("GET", link): "recordings.read",
            ("GET", f"{link}/audio"): "recordings.read",
            ("GET", f"{link}/transcript"): "recordings.read",
            ("GET", "/api/retention"): "retention.read",
            ("PUT", "/api/retention"): "retention.change",
            ("GET", "/api/agents"): "agents.read",
            ("GET", "/metrics"): "metrics.read",
            ("GET", "/schema/openapi.json"): "metrics.read",
        }.items()
    )


async def test_who_may_stop_a_recording_may_not_for_that_have_it_deleted(
    service: Service, tenants: tuple[Tenant, Tenant]
) -> None:
    """An agent-builder controls recordings and deletes none: by this route neither."""
    path = "/api/calls/01CALL/recording"
    for role, key in tenants[0].keys.items():
        expected = [404 if role in ALLOWED[action] else 403 for action in ("recordings.control", "recordings.delete")]
        for action, status in zip(("stop", "delete"), expected, strict=True):
            assert (await ask(service, "POST", path, key, {"action": action})).status == status, (role, action)


async def test_without_a_key_nobody_comes_in(service: Service, tenants: tuple[Tenant, Tenant]) -> None:
    for one in walked(service):
        for name in (tenants[0].names()[0], "none"):
            for key in ("", "op26x_guess"):
                answer = await ask(service, one.method, one.path(name), key, one.body(name))
                assert answer.status in (401, 429), one
                assert told(answer, name, tenants[0].marks(tenants[1])) == [], one


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_may_what_the_table_says_and_nothing_on_what_is_anothers(
    service: Service, tenants: tuple[Tenant, Tenant], role: Role
) -> None:
    for own, other in (tenants, tenants[::-1]):
        names, marks, before = other.names(), other.marks(own), other.rows()
        for one in walked(service):
            may = role in ALLOWED[one.action]
            for name in names if may and one.asks_for_one else names[:1]:
                answer = await ask(service, one.method, one.path(name), own.keys[role], one.body(name))
                expected = 403 if not may else 404 if one.asks_for_one else None
                assert expected in (None, answer.status), (one, name, answer)
                assert expected or 200 <= answer.status < 500, (one, name, answer)
                assert expected or answer.status not in (401, 403), (one, name, answer)
                assert told(answer, name, marks) == [], (one, name, answer)
        assert other.rows() == before, "nothing of it was touched"


async def test_a_filter_by_what_is_anothers_finds_nothing(service: Service, tenants: tuple[Tenant, Tenant]) -> None:
    own, other = tenants
    theirs = [call.id for call in await other.workspace.calls.list()]
    mine = {call.id for call in await own.workspace.calls.list()}
    async with client(service, own.keys[Role.OWNER]) as api:
        for name in other.names():
            for by in ("agent", "provider_call_id"):
                assert (await api.get("/api/calls", params={by: name})).json() == [], (by, name)
        for call_id in theirs:
            listed = {call["id"] for call in (await api.get("/api/calls", params={"before": call_id})).json()}
            assert listed <= mine
        body = {"to": "+15550100123", "agent": "blue-clinic-agent"}
        response = await api.post("/api/calls", json=body)
        assert response.status_code == 400
        assert "The agents are: red-clinic-agent." in response.json()["remedy"]


def client(service: Service, key: str, **headers: str) -> httpx.AsyncClient:
    """Asks the application with a key."""
    named = {"Authorization": f"Bearer {key}", **headers}
    return httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://test", headers=named)  # type: ignore[arg-type]


async def test_a_key_acts_for_its_own_organization_whatever_the_header_says(
    service: Service, tenants: tuple[Tenant, Tenant]
) -> None:
    own, other = tenants
    for named in (other.id, "blue-clinic", "nobody"):
        async with client(service, own.keys[Role.OWNER], **{"Op26x-Organization": named}) as api:
            listed = {call["id"] for call in (await api.get("/api/calls")).json()}
            assert listed == {call.id for call in await own.workspace.calls.list()}


async def test_the_operator_acts_for_one_organization_at_a_time(
    service: Service, tenants: tuple[Tenant, Tenant]
) -> None:
    own, other = tenants
    names, marks = other.names(), other.marks(own)
    async with client(service, service.runtime_key.reveal(), **{"Op26x-Organization": "red-clinic"}) as api:
        for one in walked(service):
            if one.route.path.startswith("/api") and one.asks_for_one:
                for name in names:
                    response = await api.request(one.method, one.path(name), json=one.body(name))
                    assert response.status_code == 404, (one, name, response.text)
                    assert told(Answer(404, response.text), name, marks) == []


async def test_keys_of_a_closed_organization_let_nobody_in(service: Service, tenants: tuple[Tenant, Tenant]) -> None:
    own, other = tenants
    await service.installation.close_organization(own.id, "test")
    for one in walked(service):
        for key in own.keys.values():
            name = own.names()[0]
            assert (await ask(service, one.method, one.path(name), key, one.body(name))).status in (401, 429), one
    assert (await ask(service, "GET", "/api/calls", other.keys[Role.VIEWER])).status == 200


@pytest.fixture
def _fresh_table() -> Iterator[None]:
    """The table is read again, before and after."""
    for cached in (permissions, actions_of):
        cached.cache_clear()
    yield
    for cached in (permissions, actions_of):
        cached.cache_clear()


@pytest.mark.usefixtures("_fresh_table")
async def test_the_table_is_what_decides(
    service: Service, tenants: tuple[Tenant, Tenant], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = tenants[0].keys[Role.VIEWER]
    asked = [("/api/retention", 200, 403), ("/api/live", 403, 200), ("/api/calls", 200, 200)]
    for path, before, _ in asked:
        assert (await ask(service, "GET", path, viewer)).status == before
    rows = [
        f'"{action}" = {{ about = "", roles = {sorted(ALLOWED[action] - {"viewer"})} }}'
        for action in ALLOWED
        if action not in ("live.read", "calls.read")
    ]
    rows += [f'"{action}" = {{ about = "", roles = ["viewer"] }}' for action in ("live.read", "calls.read")]
    table = tmp_path / "permissions.toml"
    table.write_text("[actions]\n" + "\n".join(rows))
    monkeypatch.setattr(sys.modules["op26x.accounts.permissions"], "TABLE", table)  # a function has that name too
    for cached in (permissions, actions_of):
        cached.cache_clear()
    for path, _, after in asked:
        assert (await ask(service, "GET", path, viewer)).status == after


def unsaid(**said: str) -> list[Any]:
    """Routes of every kind, which say as much of who may ask."""

    @get("/mine/{name:str}", **said)
    async def answers(name: str) -> None: ...

    @websocket("/mine", **said)
    async def speaks(socket: WebSocket[Any, Any, Any]) -> None: ...

    @asgi("/mine", is_mount=True, **said)
    async def mounted(scope: Scope, receive: Receive, send: Send) -> None: ...

    @route("/mine/{name:str}", http_method=["OPTIONS"], status_code=200, **said)
    async def tells(name: str) -> str:
        return name

    return [answers, speaks, mounted, tells]


@pytest.mark.parametrize("kind", range(4), ids=["http", "websocket", "asgi", "options"])
@pytest.mark.parametrize("said", [{}, {"public": ""}, {"action": ""}, {"action": "calls.raed"}])
def test_a_route_that_does_not_say_who_may_ask_does_not_start(build: Build, kind: int, said: dict[str, str]) -> None:
    with pytest.raises(PluginError, match="/mine") as caught:
        build(unsaid(**said)[kind])
    assert caught.value.remedy


@pytest.mark.parametrize("kind", range(4), ids=["http", "websocket", "asgi", "options"])
@pytest.mark.parametrize("said", [{"public": "it is a picture"}, {"action": "calls.read"}])
def test_one_that_says_it_starts(build: Build, kind: int, said: dict[str, str]) -> None:
    build(unsaid(**said)[kind])


async def test_a_route_for_options_is_guarded_like_any_other(build: Build, data: Path) -> None:
    service = build(unsaid(action="retention.change")[3])
    tenant = await found(service, data, "red-clinic", 17)
    service.switchboard.sessions.clear()
    keys = ("", tenant.keys[Role.VIEWER], tenant.keys[Role.OWNER])
    assert [(await ask(service, "OPTIONS", "/mine/x", key)).status for key in keys] == [401, 403, 200]


@pytest.mark.parametrize("public", ["", False, "so says its router"])
async def test_an_action_counts_whatever_else_is_said(build: Build, data: Path, public: Any) -> None:
    """A route is open or it is not: one that names an action is not, or does not start."""
    try:
        service = build(Router("/mine", route_handlers=[unsaid(action="retention.change")[0]], opt={"public": public}))
    except PluginError:
        return
    tenant = await found(service, data, "red-clinic", 17)
    service.switchboard.sessions.clear()
    answers = [await ask(service, "GET", "/mine/mine/x", key) for key in ("", tenant.keys[Role.VIEWER])]
    assert [answer.status for answer in answers] == [401, 403]


async def test_a_plugins_route_is_walked_and_guarded_like_any_other(build: Build, data: Path) -> None:
    @get("/mine/{name:str}", action="retention.change")
    async def answers(name: str, workspace: Workspace) -> str:
        return workspace.organization_id

    service = build(answers)
    (one,) = [one for one in walked(service) if one.route.path == "/mine/{name:str}"]
    assert (one.method, one.action, one.path("x")) == ("GET", "retention.change", "/mine/x")
    tenant = await found(service, data, "red-clinic", 17)
    assert (await ask(service, "GET", "/mine/x")).status == 401
    for role, key in tenant.keys.items():
        answer = await ask(service, "GET", "/mine/x", key)
        assert answer.status == (200 if role in ALLOWED["retention.change"] else 403)
        assert (tenant.id in answer.body) == (answer.status == 200)
    service.switchboard.sessions.clear()


def test_each_row_of_the_table_says_what_it_allows_and_to_whom() -> None:
    assert {role for roles in ALLOWED.values() for role in roles} == {role.value for role in Role}
    assert all(row.about.endswith(".") for row in permissions().values())
