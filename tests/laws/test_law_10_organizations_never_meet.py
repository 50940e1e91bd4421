"""Law 10: two organizations never meet, whatever either does, in whatever order: by API, command, live feed, media
socket, carrier's report and the names of files."""

import asyncio
import contextlib
import io
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from journeys.documents import agent
from laws.tenants import Tenant, ask, found, told, walked
from op26x import PhoneNumber, logs
from op26x.accounts import Role
from op26x.calls import Admission, Arrival, CallState, Direction, Installation, LiveEvent
from op26x.calls.core_plugins import register_core
from op26x.cli import Context
from op26x.cli.app import run
from op26x.clock import ManualClock
from op26x.errors import AdmissionRefused
from op26x.ids import Ids
from op26x.plugins import build_registry, load
from op26x.settings import resolve
from op26x.testing.caller import Caller
from op26x.testing.stand_ins import CallersWords, StandIns
from op26x_service.app import Service

T = TypeVar("T")

NAMES = ("red-clinic", "blue-clinic")
DIGITS = (17, 68)
COMMANDS = (
    *("calls list", "recordings list", "agents list", "api-keys list", "phone-lines list", "users list"),
    *("retention show", "organizations show {name}", "calls show {call}", "transcripts show {call}"),
)
WHO = st.sampled_from((0, 1))


class TwoOrganizations(RuleBasedStateMachine):
    """Two organizations on one service. Each rule is a deed of one; nothing of the other is told or touched."""

    def __init__(self) -> None:
        super().__init__()
        logs.configure("critical", io.StringIO())
        self._folder = tempfile.TemporaryDirectory()
        self._loop = asyncio.new_event_loop()
        self._sids = 0
        self._admitted: list[list[tuple[str, Admission]]] = [[], []]
        self._heard: list[list[LiveEvent]] = [[], []]

    @initialize()
    def open(self) -> None:
        """A service with both, and somebody who listens to each."""
        self.data = Path(self._folder.name) / "data"
        clock = ManualClock()
        plugins = register_core(load(["journeys.stubs"]))
        plugins.register(StandIns(CallersWords()), "stand-ins")
        resolved = resolve(plugins.sections(), environ={}, overrides={"data": self.data}, file=self.data / "none")
        plugins.use(resolved)
        registry = build_registry(plugins)
        self.installation = Installation.open(resolved, clock, Ids(clock), registry=registry)
        self.service = Service(Context(plugins, resolved), self.installation)
        self.tenants: list[Tenant] = [
            self.do(found(self.service, self.data, name, digits)) for name, digits in zip(NAMES, DIGITS, strict=True)
        ]
        self.service.switchboard.accepting = True
        for number, tenant in enumerate(self.tenants):
            feed = self.do(self.service.switchboard.of(tenant.id)).feed
            feed.publish = self._heard[number].append  # type: ignore[method-assign, assignment]

    def do(self, work: Awaitable[T]) -> T:
        """Does something asynchronous to its end."""

        async def awaited() -> T:
            return await work

        return self._loop.run_until_complete(awaited())

    def other(self, who: int) -> Tenant:
        """The one that does nothing now."""
        return self.tenants[1 - who]

    def untouched(self, who: int, deed: Callable[[], T]) -> T:
        """Does something of one, and sees that the other's rows are what they were."""
        before = self.other(who).rows()
        result = deed()
        assert self.other(who).rows() == before, "the other one was touched"
        return result

    @rule(who=WHO, number=st.integers(0, 10_000), name=st.integers(0, 10_000))
    def ask_for_anything(self, who: int, number: int, name: int) -> None:
        """Any route, with its owner's key, by any name of the other's."""
        own, other = self.tenants[who], self.other(who)
        routes = walked(self.service)
        route, names = routes[number % len(routes)], other.names()
        asked, marks = names[name % len(names)], other.marks(own)

        def deed() -> Any:
            return self.do(ask(self.service, route.method, route.path(asked), own.keys[Role.OWNER], route.body(asked)))

        answer = self.untouched(who, deed)
        assert told(answer, asked, marks) == [], (route, asked, answer)
        if route.asks_for_one:
            assert answer.status in (403, 404), (route, asked, answer)

    @rule(who=WHO, command=st.sampled_from(COMMANDS), call=st.integers(0, 100))
    def run_a_command(self, who: int, command: str, call: int) -> None:
        """A command for one, by the names of the other's calls."""
        own, other = self.tenants[who], self.other(who)
        theirs = [row.id for row in self.do(other.workspace.calls.list())]
        named = theirs[call % len(theirs)]
        words = command.format(name=NAMES[who], call=named).split()
        if not command.startswith("organizations"):
            words += ["--organization", NAMES[who]]
        output = io.StringIO()

        def deed() -> int:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
                return run([*words, "--json", "--data", str(self.data)])

        code = self.untouched(who, deed)
        assert ("{call}" in command) == (code != 0), output.getvalue()
        said = output.getvalue().replace(named, "")
        assert [mark for mark in other.marks(own) if mark in said] == []

    @rule(who=WHO)
    def a_call_arrives(self, who: int) -> None:
        """Somebody rings one's number: one's agent takes it."""
        self._sids += 1
        sid = f"CA{self._sids:032}"
        called = PhoneNumber(f"+121255502{DIGITS[who]}")
        arrival = Arrival("twilio", sid, Direction.INBOUND, PhoneNumber("+12125550300"), called)
        admission = self.untouched(who, lambda: self.do(self.service.switchboard.arrive(arrival)))
        assert (admission.organization_id, admission.agent) == (self.tenants[who].id, f"{NAMES[who]}-agent")
        self._admitted[who].append((sid, admission))

    @precondition(lambda self: all(self._admitted))
    @rule(who=WHO)
    def a_stream_comes_with_the_others_token(self, who: int) -> None:
        """The token of one's call does not open the other's, which stays as it was."""
        _, mine = self._admitted[who].pop()
        sid, theirs = self._admitted[1 - who][-1]

        async def connect() -> None:
            line = Caller(sid, PhoneNumber("+12125550300"), CallersWords())
            await self.service.switchboard.connect(mine.token, sid, line)

        try:
            self.untouched(who, lambda: self.do(connect()))
        except AdmissionRefused:
            assert theirs.call_id not in self.service.switchboard.sessions
        else:
            raise AssertionError("the stream was taken")

    @precondition(lambda self: any(self._admitted))
    @rule(who=WHO, state=st.sampled_from([CallState.FAILED, CallState.NO_ANSWER, CallState.BUSY]))
    def the_carrier_reports(self, who: int, state: CallState) -> None:
        """What a carrier says of one's call changes that call alone."""
        if not self._admitted[who]:
            return
        sid, _ = self._admitted[who][-1]
        self.untouched(who, lambda: self.do(self.service.switchboard.report("twilio", sid, state)))

    @rule(who=WHO, number=st.integers(1, 50))
    def another_agent(self, who: int, number: int) -> None:
        """One writes and publishes an agent; the other has no such one."""
        name = f"{NAMES[who]}-{number}"
        own = self.tenants[who].workspace

        def deed() -> None:
            document = "\n".join(f"{key}: {value!r}" for key, value in agent(name=name).items() if key in ("name",))
            written = f"{document}\ngreeting: Hello from {NAMES[who]}.\ninstructions: Talk.\nllm: scripted\n"
            self.do(own.agents.save(written, "test"))
            self.do(own.agents.publish(name, "test"))

        self.untouched(who, deed)
        assert self.do(self.other(who).workspace.agents.choose(name)) is None

    @invariant()
    def nobody_hears_the_others_calls(self) -> None:
        """Live events are of one's own calls."""
        for number, heard in enumerate(self._heard):
            calls = {admission.call_id for _, admission in self._admitted[1 - number]}
            assert not calls & {event.call_id for event in heard}

    @invariant()
    def files_are_named_by_nothing_that_tells(self) -> None:
        """No file is called after an organization, a number or a label."""
        names = " ".join(str(file.relative_to(self._folder.name)) for file in Path(self._folder.name).rglob("*"))
        assert not [name for name in (*NAMES, "2125550", "line") if name in names]

    def teardown(self) -> None:
        """Closes everything."""
        if hasattr(self, "installation"):
            self.service.switchboard._deadlines.close()
            self.service.switchboard.sessions.clear()
            self.installation.close()
        self._loop.close()
        self._folder.cleanup()


TestTwoOrganizations = TwoOrganizations.TestCase
TestTwoOrganizations.settings = settings(
    max_examples=6, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
