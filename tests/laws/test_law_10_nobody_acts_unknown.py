"""Law 10: nobody acts unknown, and nobody on what is another organization's: each route, each role, each record.

The permission table decides. A route that is added is walked here without a word in this file: its action, its path and
its body are read off the application, and what is another organization's is read off the database.
"""

import importlib
import sys
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Router, WebSocket, asgi, get, route, websocket
from litestar.types import Receive, Scope, Send

import faults
from laws.tenants import Answer, Tenant, ask, found, tells_methods, told, walked
from op26x import hookimpl
from op26x.accounts import Role, actions_of, permissions
from op26x.accounts.permissions import TABLE
from op26x.calls import Installation, Workspace
from op26x.calls.core_plugins import register_core
from op26x.cli import Context
from op26x.clock import ManualClock
from op26x.errors import PluginError
from op26x.ids import Ids
from op26x.plugins import Plugins
from op26x.settings import resolve
from op26x_service.app import Service
from op26x_service.auth import PUBLIC, handlers_of

ALLOWED = {action: frozenset(row["roles"]) for action, row in tomllib.loads(TABLE.read_text())["actions"].items()}


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
        settings = resolve({}, environ={}, overrides={"data": data, "requests_per_minute": 1_000_000})
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
            ("GET", "/api/calls/{call_id:str}/policy"): "calls.read",
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
            ("POST", "/api/policy/explain"): "policy.read",
            ("POST", "/api/consents/find"): "consents.read",
            ("POST", "/api/scheduled-calls"): "calls.place",
            ("GET", "/api/scheduled-calls"): "calls.read",
            ("DELETE", "/api/scheduled-calls/{scheduled_id:str}"): "calls.place",
            ("GET", "/api/suppressions"): "suppressions.read",
            ("POST", "/api/suppressions"): "suppressions.change",
            ("DELETE", "/api/suppressions/{suppression_id:str}"): "suppressions.change",
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
        body = {"to": "+12125550123", "agent": "blue-clinic-agent"}
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


FAULTS = [file.stem for file in Path(faults.__path__[0]).glob("*.py") if "def op26x_routes" in file.read_text()]


@pytest.mark.parametrize("plugin", FAULTS)
def test_the_plugins_of_the_fault_suite_say_who_may_ask(build: Build, plugin: str) -> None:
    """That suite runs on demand: what keeps its services from starting would else be found by nobody."""
    build(*importlib.import_module(f"faults.{plugin}").op26x_routes())


def test_each_row_of_the_table_says_what_it_allows_and_to_whom() -> None:
    assert {role for roles in ALLOWED.values() for role in roles} == {role.value for role in Role}
    assert all(row.about.endswith(".") for row in permissions().values())
