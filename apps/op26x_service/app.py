"""Puts the Litestar application together."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from op26x import __version__, logs
from op26x.accounts import Guesses
from op26x.accounts.people.providers import check_provider
from op26x.agents import Agent, load_documents
from op26x.agents.document import in_force, parse_agent
from op26x.audit import Access
from op26x.audit.cosigning import Cosigning, known_witnesses
from op26x.audit.defaults import check_webhook
from op26x.calls import Installation
from op26x.calls.health import Health, Problem
from op26x.certificates import certificate_faults
from op26x.cli import Context
from op26x.errors import AgentError, SettingsError
from op26x.exposure import is_loopback
from op26x.ids import Ids
from op26x.plugins import build_registry, unfit
from op26x.storage.places import work_place
from op26x.types import Secret
from op26x.voice import Scheduling, VoiceSwitchboard
from op26x.work import DurableWork, Job
from op26x_service.ahead import SchemaAhead, load_ahead
from op26x_service.api import api_router, watch_routes
from op26x_service.audit_job import AuditJob
from op26x_service.auth import ACTION, LOOPBACK, OPERATOR, Doorkeeper, check_routes
from op26x_service.doors import MAX_BODY, RequestRate, protect
from op26x_service.firewall_job import FirewallJob
from op26x_service.metrics import Metrics
from op26x_service.pages import Browsers, page_routes, subprocessor_routes
from op26x_service.problems import EXCEPTION_HANDLERS

log = logs.get("service")

SERVICES, SCHEDULED_CALLS, LOOK_S = "services", "scheduled-calls", 20.0
SWEEP, MINUTE_S = "retention-sweep", 60.0
SWEEP_S = 300.0
"""An organization that takes longer goes on in the next run."""
RECONCILE, DAY_S = "reconcile", 86_400.0
CERTIFICATE_S = 600.0
RENEW = "Renew it: the service reads a new file within a minute."
NIGHTLY = Access("service", "nightly")


class Service:
    """Everything that a running service has.

    Args:
        context: Plugins and settings.
        installation: The organizations and their records.
    """

    def __init__(self, context: Context, installation: Installation) -> None:
        core = context.settings.core
        check_public_url(core.public_url)
        check_provider(core)
        check_webhook(core.checkpoint_webhook)
        installation.database.take_seat()
        self.installation = installation
        self._core = core
        self._clock = clock = installation.clock
        self._work = DurableWork(work_place(core), clock, installation.ids, installation.database.leads)
        self.runtime_key = Secret("op26x_" + Ids(clock).token())
        self.health = Health(installation, [self._doubts])
        waiting = {"storage": lambda: installation.database.waiting}
        self.metrics = Metrics(lambda: len(self.switchboard.sessions), waiting)
        context.plugins.register(self.metrics, "core-metrics")
        registry = build_registry(context.plugins)
        self.switchboard = VoiceSwitchboard(installation, context.plugins, registry, meters=self.metrics)
        self.scheduling = Scheduling(installation, self.switchboard)
        cosigning = Cosigning(known_witnesses(core.witnesses))
        self.firewall = FirewallJob(installation)
        self._audit = AuditJob(installation, context.plugins.teller("op26x_checkpoint"), cosigning)
        self._certificate_faults: list[str] = []
        self.told = logs.Tally(logs.get("doors"), clock)
        outside = core.public_url or core.host
        door = Doorkeeper(
            installation,
            self.runtime_key,
            Guesses(clock, self.told),
            RequestRate(clock, core.requests_per_minute),
            on_loopback=is_loopback(urlsplit(outside).hostname or outside),
        )
        self.browsers = Browsers(
            installation.people.sign_ins,
            installation.ids,
            core.dashboard_port,
            tls=bool(core.tls_certificate),
            provider=bool(core.oidc_issuer),
        )
        self._schema = SchemaAhead()
        self.app = Litestar(
            route_handlers=[
                api_router(self.switchboard, self.scheduling, installation),
                *watch_routes(self.switchboard, installation, self.metrics, self.health),
                *page_routes(installation.people, self.browsers, core),
                *subprocessor_routes(installation),
                *_routes_of_plugins(context, self.switchboard),
            ],
            guards=[door.guard],
            dependencies={"actor": Provide(door.actor), "workspace": Provide(door.workspace)},
            lifespan=[self._lifespan],
            exception_handlers=EXCEPTION_HANDLERS,
            request_max_body_size=MAX_BODY,
            before_send=[protect],
            logging_config=None,  # Litestar's would write what libraries say as text
            openapi_config=OpenAPIConfig(
                title="op26x",
                version=__version__,
                render_plugins=[self._schema],
                openapi_router=Router("/schema", route_handlers=[], opt={ACTION: "metrics.read", LOOPBACK: True}),
                components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
            ),
        )
        check_routes(self.app.routes)

    async def take_agents(self) -> None:
        """Publishes the documents of the setting ``agents``, and sees that the agents of the first organization work.

        Raises:
            AgentError: A document does not validate, or an agent can't take calls.
            SettingsError: There is no such directory or agent.
        """
        workspace = self.installation.workspace(self.installation.first)
        if self._core.agents:
            documents = load_documents(self._core.agents)
            for name, document in documents.items():
                self._check(in_force(parse_agent(document, name), llm=self._core.llm))
            await workspace.agents.follow(documents, OPERATOR)
        there = await workspace.agents.published()
        for published in there:
            self._check(published.agent)
        names = [published.agent.name for published in there]
        if self._core.agent and self._core.agent not in names:
            raise SettingsError(
                f"There is no agent {self._core.agent!r}.", f"Set OP26X_AGENT to one of: {', '.join(names)}."
            )

    def _check(self, agent: Agent) -> None:
        try:
            self.switchboard.check(agent)
        except AgentError as error:
            remedy = f"{error.remedy} Or have it take no calls: op26x agents withdraw {agent.name}.".lstrip()
            said = f"The agent {agent.name} can't take calls. {error.message}"
            raise AgentError(said, remedy, error.faults) from error

    async def keys_from_before(self) -> list[str]:
        """Names of API keys that are in force and were made before there were roles: they may do everything."""
        now = self.installation.clock.now()
        keys = await self.installation.workspace(self.installation.first).api_keys.list()
        return [key.name for key in keys if not key.made_by and key.stands(now)]

    async def link_for_owner(self, base: str) -> str:
        """A link by which somebody becomes the owner of the first organization; empty once it has one.

        Args:
            base: Where browsers reach this service.
        """
        first = self.installation.first
        if await self.installation.people.users.has_owner(first):
            return ""
        made = await self.installation.people.links.for_owner(first, OPERATOR)
        return f"{base.rstrip('/')}/welcome/{made.token.reveal()}"

    @asynccontextmanager
    async def _lifespan(self, app: Litestar) -> AsyncIterator[None]:
        load_ahead()
        self._schema.make(app)
        await self.take_agents()
        await self.switchboard.open()
        await self._work.open(self._jobs())
        await self.firewall.look()
        watching = [asyncio.create_task(work) for work in self._watches()]
        try:
            yield
        finally:
            for watch in watching:
                watch.cancel()
                with suppress(asyncio.CancelledError):
                    await watch
            await self.switchboard.drain(0)
            await self._work.close()
            await self._audit.end()
            await self.switchboard.close()
            self.installation.close()

    def _watches(self) -> list[Coroutine[Any, Any, None]]:
        beside = [self._mind_own()] if self.installation.database.seat else []
        certificate = [self._watch_certificate()] if self._core.tls_certificate else []
        return [self.health.watch(), self._audit.run(), self.firewall.run(), *certificate, *beside]

    async def _watch_certificate(self) -> None:
        while True:
            self._certificate_faults = await asyncio.to_thread(certificate_faults, self._core, self._clock.now())
            await asyncio.sleep(CERTIFICATE_S)

    async def _mind_own(self) -> None:
        """Does each minute what the leader can't do for this machine.

        It reads its clock, empties its reserve, and lets go of keys of organizations that were erased.
        """
        while True:
            try:
                await self.installation.time.erasable()
                for gone in await self.installation.let_go():
                    self.switchboard.forget(gone)
                for work in await self.installation.all():
                    await work.intents.carry_out()
            except Exception as error:
                log.error("what this machine has to do for itself could not be done", exc_info=error)
            await asyncio.sleep(MINUTE_S)

    def _jobs(self) -> list[Job]:
        beside = [self._services()] if self.installation.database.seat else []
        return [*beside, self._scheduled_calls(), self._sweep(), self._reconcile()]

    def _scheduled_calls(self) -> Job:
        """Places calls that waited: on the loop that serves, where calls live, whatever loop the job runs on."""
        serving = asyncio.get_running_loop()

        async def place(which: str) -> None:
            placing = asyncio.run_coroutine_threadsafe(self.scheduling.carry_out(which), serving)
            await asyncio.wrap_future(placing)

        return Job(SCHEDULED_CALLS, LOOK_S, self.scheduling.due, place)

    def _services(self) -> Job:
        """Closes what services left that are gone: two looks in a row must not find them.

        A service whose connection to the database broke takes its seat again before the second one.
        """
        missed = frozenset[int]()

        async def look() -> Sequence[str]:
            nonlocal missed
            database = self.installation.database
            there = {database.seat, *await database.other_seats()}
            without = await self.installation.across.seats_of_open_calls() - there
            gone, missed = missed & without, without
            return [str(seat) for seat in gone]

        async def close(seat: str) -> None:
            log.error("a service is gone, and what it left open is closed", seat=seat)
            await self.switchboard.close_left([int(seat)])

        return Job(SERVICES, LOOK_S, look, close)

    def _sweep(self) -> Job:
        async def expired() -> Sequence[str]:
            at = await self.installation.time.erasable()
            for gone in await self.installation.erase_closed(at, "sweep"):
                self.switchboard.forget(gone)
            await self.installation.people.sweep()
            found = []
            for work in await self.installation.all():
                if not work.time.problems():
                    await work.periods.hold(work.kept, at)
                await work.intents.carry_out()
                await work.late_ends.close_recordings()
                await work.sweep.demanded()
                await work.sweep.entries(at)
                if await work.sweep.is_due(at):
                    found.append(work.organization_id)
            return found

        async def erase(organization_id: str) -> None:
            work = await self.installation.opened(organization_id)
            until = self._clock.uptime() + SWEEP_S
            async for _ in work.sweep.erasing(await work.time.erasable()):
                await work.intents.carry_out()  # who demands something does not wait for the end of this
                await work.sweep.demanded()
                if self._work.closing or self._clock.uptime() > until:
                    return

        return Job(SWEEP, MINUTE_S, expired, erase)

    def _reconcile(self) -> Job:
        """Compares rows, keys and files at start and every night."""

        async def stores() -> Sequence[str]:
            return [work.organization_id for work in await self.installation.all()]

        async def compare(organization_id: str) -> None:
            work = await self.installation.opened(organization_id)
            await work.reconciliation.run(NIGHTLY, timedelta(days=await work.periods.days()))

        return Job(RECONCILE, DAY_S, stores, compare)

    def _doubts(self) -> Sequence[Problem]:
        clock = [Problem("clock", doubt, "") for doubt in self.installation.time.problems()]
        work = [Problem("work", failure, "") for failure in self._work.problems()]
        certificate = [Problem("certificate", fault, RENEW) for fault in self._certificate_faults]
        return [*clock, *certificate, *self._audit.problems(), *self.firewall.problems, *work]


def check_public_url(url: str) -> None:
    """Sees that an address is one that a telephony provider can call, or empty.

    Raises:
        SettingsError: It is not.
    """
    parts = urlsplit(url)
    if url and parts.scheme not in ("https", "http"):
        raise SettingsError(
            f"The public URL {url} does not begin with https://.", f"Write it as https://{parts.netloc or url}."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise SettingsError(
            f"The public URL {url} is not encrypted, and Twilio opens no media stream there.",
            f"Put a proxy with TLS before the service, and write https://{parts.netloc}.",
        )
    if "/twilio" in parts.path or parts.query or parts.fragment:
        raise SettingsError(
            f"The public URL {url} names a webhook.", f"Write {parts.scheme}://{parts.netloc}, without a path."
        )


def _routes_of_plugins(context: Context, switchboard: VoiceSwitchboard) -> list[Any]:
    found: list[Any] = []
    arguments = {"switchboard": switchboard, "settings": context.settings}
    for plugin, routes in context.plugins.collect("op26x_routes", **arguments):
        if not isinstance(routes, list):
            raise unfit(plugin, "op26x_routes", routes, "Return a list of Litestar route handlers.")
        found.extend(routes)
    return found
