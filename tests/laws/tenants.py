"""Organizations with one of everything, how a service is asked, and what its answers tell of whom."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import yaml
from litestar.handlers.base import BaseRouteHandler
from litestar.routes.base import BaseRoute
from msgspec import inspect
from sqlmodel import SQLModel, select

from framework.policy.lawbook import counting
from framework.processors.vendors import VENDOR, disclose
from journeys.documents import agent
from laws.house import Scene
from op26x import PhoneNumber
from op26x.accounts import Role, operator, permissions
from op26x.audit import Access
from op26x.calls import Arrival, CallState, Direction, NewCall, Workspace
from op26x.clock import ManualClock
from op26x.consent import Notice
from op26x.consent.registry_formats import PLAIN
from op26x.policy import read_own_rows
from op26x.recording import WireTap
from op26x_service.app import Service
from op26x_service.auth import ACTION, handlers_of

NAMES = ("id", "name", "label", "provider_call_id")
"""The columns by which somebody may ask for a record."""
TELLING = 6
"""What is shorter may stand in any answer by chance."""
WORDS = ("what", "why", "purpose")
"""Columns with words that the audit log of any organization may have."""
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
            {
                value
                for _, row in tenant.rows()
                for name, value in row.items()
                if isinstance(value, str) and name not in WORDS
            }
            for tenant in (self, other)
        )
        return {mark for mark in {*own, self.id} - others - permissions().keys() if len(mark) >= TELLING}


async def found(service: Service, data: Path, name: str, digits: int) -> Tenant:
    """Founds an organization, and makes one of everything in it."""
    there = service.installation
    work = await there.opened((await there.organizations.create(name)).id)
    numbers = PhoneNumber(f"+121255501{digits}"), PhoneNumber(f"+121255502{digits}")
    await work.agents.save(yaml.safe_dump(agent(name=f"{name}-agent", greeting=f"Welcome to {name}.")), "test")
    await work.agents.publish(f"{name}-agent", "test")
    await work.phone_lines.add("twilio", numbers[1], label=f"{name} line", agent=f"{name}-agent")
    await work.announcements.set(Notice.ANNOUNCE, "en", f"{name} records this call.", "test")
    ahead = NewCall(PhoneNumber(f"+121255503{digits}"), f"{name}-agent")
    now = there.clock.now()
    (own,) = read_own_rows(f"- {{name: {name}-row, why: {name} says so, longest_s: 300}}".encode())
    await work.own_rows.add([own], Access("test", "test"))
    until = now + timedelta(days=7)
    await work.own_rows.override("us-hours", Access("test", f"{name} asked"), approved_by=f"user:{name}", until=until)
    await work.registries.read(f"{name}-registry", ["+12025550123"], PLAIN, now, Access("test", "test"))
    await work.scheduled.add(ahead, Access(name, "test"), not_before=now, until=now + timedelta(days=7))
    tenant = Tenant(work, {})
    for role in Role:
        _, secret = await work.api_keys.create(f"{name} {role}", operator(work.organization_id, "test"), role=role)
        tenant.keys[role] = secret.reveal()
    clock = there.clock
    assert isinstance(clock, ManualClock)
    over = await work.calls.begin(
        Arrival("twilio", f"CA-{name}-1", Direction.INBOUND, *numbers), f"{name}-agent", CallState.RINGING
    )
    await work.attempts.note(over, counting(7))
    await work.processors.accept(VENDOR, Access("test", "test"), f"{name} has a contract")
    await disclose(work, over)
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
    path, _, query = path.partition("?")
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
        "query_string": query.encode(),
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
        return {**needed, "to": "+12125550123"} if "to" in needed else needed
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
