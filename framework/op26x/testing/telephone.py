"""A telephone for tests: calls that read from top to bottom, each line of which takes the time that it takes."""

import asyncio
import itertools
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import structlog
from loguru import logger as pipecats_log

from op26x import g711, logs
from op26x.audit import Access
from op26x.calls import Admission, Arrival, Call, Direction, LiveEvent
from op26x.clock import SystemClock
from op26x.consent import Consent
from op26x.errors import AdmissionRefused, KeyGone, NotFound
from op26x.plugins import GROUP, Plugins
from op26x.testing.caller import Caller
from op26x.testing.rig import Rig, rig
from op26x.testing.scripted_llm import Say, Script, Step
from op26x.testing.stand_ins import TEST_LINE, CallersWords, StandIns, TestLine
from op26x.testing.virtual_loop import LoopClock, VirtualLoop
from op26x.types import PhoneNumber

T = TypeVar("T")

NUMBER = "+15550100123"
"""Of whoever is on the line."""
QUIET_S = 1.0
"""An agent that has been silent for so long has said what it had to say."""
PATIENCE_S = 60.0
"""How long an answer may take."""
SETTLE_S = 60.0
"""How long what goes on behind a call is given at its end; in real time, a hundredth of it."""
POLL_S = 0.02
READER = Access("test", "what is kept")

Answer = str | Sequence[Step]


class Telephone:
    """Rings an agent; made by the fixture ``telephone``.

    Args:
        folder: Where the data of its calls go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runner: asyncio.Runner | None = None
        self._stack = AsyncExitStack()
        self._stt = CallersWords()
        self._sids = itertools.count(1)
        self._failures: list[tuple[str, BaseException | None]] = []
        self._may_fail = False
        self._settle_s = SETTLE_S
        self._logging = structlog.get_config() if structlog.is_configured() else None

    def set_up(
        self,
        *plugins: ModuleType | object,
        answers: Sequence[Answer] = ("Yes.",),
        settings: Mapping[str, str] | None = None,
        real_time: bool = False,
        may_fail: bool = False,
        **agent: Any,
    ) -> None:
        """Says which agent answers, on which plugins; once, before the first call.

        Args:
            plugins: Yours: modules, or objects with hooks. No installed plugin is loaded, only the core's own.
                One has the name of its entry point, if it is installed, or of its module or class.
            answers: What the LLM answers, turn by turn, the last one again and again: words, or steps such as
                ``[Say("One moment."), Use("opening_hours", {"weekday": "monday"})]``.
            settings: By environment variable, ``{"OP26X_HOURS_ZONE": "Europe/Madrid"}``.
            real_time: Whether seconds take seconds. A plugin that talks to another process needs it: its answers do
                not come sooner because a test does not wait.
            may_fail: Whether the test goes on when a hook or a service has failed.
            agent: What the agent's document says, as in YAML: ``llm="parrot"``, ``recording="assent"``. It has the
                tools of all your plugins unless it says which.

        Raises:
            AgentError: The agent asks for what no plugin offers.
            PluginError: A plugin does not fit.
            SettingsError: A setting is unknown or wrong.
        """
        if self._runner is not None:
            raise RuntimeError("telephone.set_up() comes once, before the first call.")
        self._runner = asyncio.Runner(loop_factory=None if real_time else VirtualLoop)
        self._may_fail = may_fail
        self._settle_s = SETTLE_S / 100 if real_time else SETTLE_S
        self._listen_to_failures()
        loaded = Plugins()
        loaded.register(StandIns(self._stt), "stand-ins")
        loaded.register(Script(*([Say(a)] if isinstance(a, str) else a for a in answers)), "script")
        for plugin in plugins:
            loaded.register(plugin, _name_of(plugin))
        clock = SystemClock() if real_time else LoopClock()
        opening = self._stack.enter_async_context(rig(self._folder, loaded, agent, clock, settings))
        self._rig: Rig = self.run(opening)

    def ring(self, number: str = NUMBER) -> "PhoneCall":
        """Calls the agent, and returns when it has greeted or asked something.

        Args:
            number: The calling number, as a carrier writes it; empty if it is withheld.
        """
        return self._begin(number, placed=False)

    def place(self, to: str = NUMBER) -> "PhoneCall":
        """Has the agent call somebody, who answers; returns when it has greeted or asked something.

        Args:
            to: The number called, in E.164.
        """
        return self._begin(to, placed=True)

    def _begin(self, number: str, *, placed: bool) -> "PhoneCall":
        if self._runner is None:
            self.set_up()
        call = PhoneCall(self, self._rig, PhoneNumber(number), self._stt, self._settle_s)
        self.run(call._pick_up() if placed else call._ring(f"rung-{next(self._sids)}"))
        return call

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine of yours in the time of the calls, and returns its result."""
        assert self._runner is not None, "Call telephone.set_up() first."
        return self._runner.run(work)

    def close(self) -> None:
        """Ends all calls, and says what failed in them.

        Raises:
            AssertionError: A hook or a service has failed; its exception is the cause.
        """
        if self._runner is None:
            return
        try:
            self.run(self._end())
        finally:
            self._runner.close()
            if self._logging is None:
                structlog.reset_defaults()
            else:
                structlog.configure(**self._logging)
        if self._failures and not self._may_fail:
            said, error = self._failures[0]
            more = f" And {len(self._failures) - 1} more." if self._failures[1:] else ""
            raise AssertionError(f"In the call, {said}.{more} If it is meant to: set_up(…, may_fail=True).") from error

    async def _end(self) -> None:
        if hasattr(self, "_rig"):
            await self._rig.switchboard.drain(0)
        await self._stack.aclose()

    def _listen_to_failures(self) -> None:
        def note(_logger: object, level: str, event: Any) -> Any:
            if level == "error":
                error = event.get("exc_info")
                known = {key: value for key, value in event.items() if key not in ("event", "exc_info", "room", "call")}
                details = ", ".join(f"{key} {value}" for key, value in known.items())
                said = f"{event['event']} ({details})" if details else str(event["event"])
                self._failures.append((said, error if isinstance(error, BaseException) else None))
            return event

        pipecats_log.disable("pipecat")
        logs.structure("info")
        structlog.configure(processors=[note, *structlog.get_config()["processors"]])


def _name_of(plugin: ModuleType | object) -> str:
    """As the entry point has it by which the plugin is installed; otherwise its module's or class's name."""
    if not isinstance(plugin, ModuleType):
        return type(plugin).__name__.lower()
    installed = (point.name for point in entry_points(group=GROUP) if point.value == plugin.__name__)
    return next(installed, plugin.__name__.rpartition(".")[2])


class PhoneCall:
    """A call, from the caller's side. What waits, waits in the time of the call.

    Attributes:
        caller: The person on the line.
        events: What happened in all calls of the telephone since this one began.
        rejected: Why the call was not taken; empty if it was.
    """

    def __init__(self, telephone: Telephone, on: Rig, number: PhoneNumber, stt: CallersWords, settle_s: float) -> None:
        self.events: list[LiveEvent] = []
        self.rejected = ""
        self._telephone = telephone
        self._rig = on
        self._call_id = ""
        self._number = number
        self._stt = stt
        self._settle_s = settle_s

    def say(self, words: str = "", *, audio: bytes = b"", seconds: float = 0.0, answered: bool = True) -> None:
        """Says something, and returns when the agent has answered.

        Args:
            words: What the stand-in STT service understands. A service of yours listens to the sound.
            audio: The sound, 16-bit mono PCM at 8 kHz; by default, two seconds of somebody speaking.
            seconds: How much of those two seconds.
            answered: With ``False``, returns as soon as everything is said, so that the next line happens during the
                answer.

        Raises:
            AssertionError: The call is over, or the agent has not answered within a minute.
        """
        self._telephone.run(self._say(words, audio, seconds, answered=answered))

    def press(self, keys: str, *, answered: bool = True) -> None:
        """Presses keys, and returns when the agent has answered; errors as of ``say``."""
        self._telephone.run(self._press(keys, answered=answered))

    def wait(self, seconds: float) -> None:
        """Lets time pass."""
        self._telephone.run(asyncio.sleep(seconds))

    def hang_up(self) -> None:
        """Hangs up, and returns when all that the call has set off is done."""
        self._telephone.run(self._hang_up())

    @property
    def over(self) -> bool:
        """Whether the call has ended, or was not taken."""
        return bool(self.rejected) or not self.caller.open

    @property
    def agent_said(self) -> list[str]:
        """What the agent has said so far, turn by turn, as far as it was heard."""
        return self._turns("agent")

    @property
    def caller_said(self) -> list[str]:
        """What the caller has said so far, turn by turn, as the STT service understood it."""
        return self._turns("caller")

    @property
    def heard(self) -> bytes:
        """All that the caller has heard so far, silence included: 16-bit mono PCM at 8 kHz."""
        return self._telephone.run(self._heard())

    @property
    def record(self) -> Call:
        """The call as it is stored: ``state``, ``end_reason``, ``outcome``, ``recording_outcome`` and more."""
        return self._telephone.run(self._record())

    @property
    def consents(self) -> list[Consent]:
        """The call's entries in the consent ledger, in order; the ``state`` of each is ``granted``, for example."""
        return self._telephone.run(self._rig.workspace.consents.of_call(self._call_id))

    @property
    def recording(self) -> bytes:
        """The recording as a WAV file of two channels, caller and agent; empty if there is none to be heard."""
        return self._telephone.run(self._recording())

    async def _ring(self, sid: str) -> None:
        """Rings the agent, and listens to what it opens with."""
        self._rig.hear(self.events.append)
        arrival = Arrival(TEST_LINE, sid, Direction.INBOUND, self._number, TestLine.own_number)
        try:
            await self._talk(await self._rig.switchboard.arrive(arrival), sid)
        except AdmissionRefused as refused:
            self.rejected = refused.message
        call = await self._rig.workspace.calls.by_provider_id(TEST_LINE, sid)
        self._call_id = call.id if call else ""

    async def _pick_up(self) -> None:
        """Is rung by the agent, and listens to what it opens with."""
        board = self._rig.switchboard
        self._rig.hear(self.events.append)
        try:
            self._call_id = await board.place(TEST_LINE, self._number, next(iter(board.agents)))
        except AdmissionRefused as refused:
            self.rejected = refused.message
            return
        call, _ = await self._rig.workspace.calls.get(self._call_id)
        sid = call.provider_call_id or ""
        admission = await board.admission_of(TEST_LINE, sid)
        assert admission is not None, f"The call is {call.state}."
        await self._talk(admission, sid)

    async def _talk(self, admission: Admission, sid: str) -> None:
        self._call_id = admission.call_id
        self.caller = Caller(sid, self._number, self._stt)
        self.caller.session = await self._rig.switchboard.connect(admission.token, sid, self.caller)
        self.caller.live()
        await self._heard_more_than(0.0)

    async def _say(self, words: str, audio: bytes, seconds: float, *, answered: bool) -> None:
        self._must_be_open()
        self.caller.say(words, seconds)
        if audio:
            self.caller.sound(g711.encode(audio))
        before = self.caller.sent_s
        while self.caller.speaks and self.caller.open:
            await asyncio.sleep(POLL_S)
            before = self.caller.sent_s
        if answered:
            await self._heard_more_than(before)

    async def _press(self, keys: str, *, answered: bool) -> None:
        self._must_be_open()
        before = self.caller.sent_s
        await self.caller.press(keys)
        if answered:
            await self._heard_more_than(before)

    async def _heard_more_than(self, before_s: float) -> None:
        """Listens until more was sent than before, and the agent is quiet."""
        loop = asyncio.get_running_loop()
        until, quiet_since = loop.time() + PATIENCE_S, loop.time()
        while self.caller.open:
            if self.caller.hears or self.caller.sent_s <= before_s:
                quiet_since = loop.time()
            if loop.time() - quiet_since >= QUIET_S:
                return
            silent = self.caller.sent_s <= before_s
            assert not (silent and loop.time() > until), f"The agent did not answer within {PATIENCE_S:.0f} s."
            await asyncio.sleep(POLL_S)

    async def _hang_up(self) -> None:
        if not self.over:
            await self.caller.hang_up()
        while self._call_id in self._rig.switchboard.sessions:
            await asyncio.sleep(POLL_S)
        await asyncio.sleep(self._settle_s)

    async def _heard(self) -> bytes:
        return g711.decode(self.caller.heard)

    async def _record(self) -> Call:
        assert self._call_id, f"The call has no record: {self.rejected}"
        call, _ = await self._rig.workspace.calls.get(self._call_id)
        return call

    async def _recording(self) -> bytes:
        try:
            _, wav = await self._rig.workspace.recordings.open(self._call_id, READER)
        except (KeyGone, NotFound):
            return b""
        return await wav.read()

    def _must_be_open(self) -> None:
        assert not self.rejected, f"There is no call: {self.rejected}"
        assert self.caller.open, f"The call is over. The agent's last words: {''.join(self.agent_said[-1:])!r}"

    def _turns(self, speaker: str) -> list[str]:
        mine = (event for event in self.events if event.call_id == self._call_id)
        return [event.text for event in mine if event.kind == "turn" and event.speaker == speaker]
