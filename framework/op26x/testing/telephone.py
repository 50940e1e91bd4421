"""A telephone for tests: calls that read from top to bottom, each line of which takes the time that it takes."""

import asyncio
import inspect
import itertools
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import msgspec

from op26x.clock import SystemClock
from op26x.plugins import GROUP, Plugins
from op26x.testing.failures import Failure, Failures
from op26x.testing.phone_call import PhoneCall
from op26x.testing.rig import Rig, rig
from op26x.testing.scripted_llm import Say, Script, Step, Use
from op26x.testing.stand_ins import CALLED, CallersWords, StandIns
from op26x.testing.virtual_loop import LoopClock, VirtualLoop
from op26x.types import PhoneNumber

T = TypeVar("T")

NUMBER = "+12125550123"
"""Of whoever is on the line."""
SETTLE_S = 60.0
"""How long what goes on behind a call is given at its end; in real time, a hundredth of it."""
VARIABLE = "OP26X_"

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
        self._listening = Failures()
        self._rig: Rig | None = None
        self._script = Script()
        self._may_fail = False
        self._settle_s = SETTLE_S

    @property
    def failures(self) -> list[Failure]:
        """What has failed so far, in order: ``what``, in words, and the ``error`` that was raised, if there was one."""
        return self._listening.found

    @property
    def asked(self) -> list[list[Any]]:
        """The messages of each request to the stand-in LLM, as Pipecat's context has them."""
        return self._script.asked

    def set_up(
        self,
        *plugins: ModuleType | object,
        answers: Sequence[Answer] = ("Yes.",),
        settings: Mapping[str, str] | None = None,
        at: datetime = LoopClock.START,
        real_time: bool = False,
        may_fail: bool = False,
        **agent: Any,
    ) -> None:
        """Says which agent answers, on which plugins; once, before the first call.

        Args:
            plugins: Yours: modules, or objects with hooks; of two that answer the same hook, the later is asked first.
                No installed plugin is loaded, only the core's own. A plugin has the name of the entry point by which it
                is installed, or else of its module or class.
            answers: What the stand-in LLM answers, turn by turn, the last one again and again: words, or steps such as
                ``[Say("One moment."), Use("opening_hours", {"weekday": "monday"})]``. After a tool was used, the next
                answer is what it makes of the result.
            settings: By environment variable, ``{"OP26X_HOURS_ZONE": "Europe/Madrid"}``.
            at: What op26x's clock says when the first call begins, with its zone.
            real_time: Whether seconds take seconds. A plugin that talks to another process needs it, and so does a
                tool that is a plain ``def``, if the time that it takes matters.
            may_fail: Whether the test goes on when a hook, a service or a tool has failed; see ``failures``.
            agent: What the agent's document says, as in YAML: ``llm="parrot"``, ``recording="assent"``. It is called
                ``tested``, greets with "Hello.", may use all tools of your plugins, and records nothing.

        Raises:
            AgentError: The agent asks for what no plugin offers.
            PluginError: A plugin does not fit.
            SettingsError: A setting is unknown or wrong.
            TypeError: An argument is of the wrong type.
        """
        if self._runner is not None:
            raise RuntimeError("telephone.set_up() comes once, before the first call.")
        _check(plugins, answers, settings or {})
        self._runner = asyncio.Runner(loop_factory=None if real_time else VirtualLoop)
        self._may_fail = may_fail
        self._settle_s = SETTLE_S / 100 if real_time else SETTLE_S
        self._listening.begin()
        self._script = Script(*([Say(a)] if isinstance(a, str) else a for a in answers))
        self._script.check, self._script.at_the_end = self._check_use, self._script_is_over
        loaded = Plugins()
        loaded.register(StandIns(self._stt), "stand-ins")
        loaded.register(self._script, "script")
        for plugin in plugins:
            loaded.register(plugin, _name_of(plugin))
        clock = SystemClock() if real_time else LoopClock(at)
        self._rig = self.run(self._stack.enter_async_context(rig(self._folder, loaded, agent, clock, settings)))

    def ring(self, number: str = NUMBER, *, called: str = CALLED.reveal()) -> PhoneCall:
        """Calls the agent, and returns when it has greeted or asked something.

        Args:
            number: The calling number, in any form in which a carrier writes it; empty if it is withheld.
            called: The number that is called.
        """
        call = self._call(number)
        self.run(call._ring(f"rung-{next(self._sids)}", PhoneNumber.from_carrier(called)))
        return call

    def place(self, to: str = NUMBER, *, agreed: bool = True) -> PhoneCall:
        """Has the agent call somebody, who answers; returns when it has greeted or asked something.

        Args:
            to: The number called, in E.164.
            agreed: Whether they agreed in writing to be called, as most laws demand; it is entered before the call.
        """
        call = self._call(to)
        self.run(call._pick_up(agreed=agreed))
        return call

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine of yours in the time of the calls, and returns its result."""
        assert self._runner is not None, "Call telephone.set_up() first."
        return self._runner.run(work)

    def close(self) -> None:
        """Ends all calls, and says what failed in them; the fixture does.

        Raises:
            AssertionError: A hook, a service or a tool has failed; its exception is the cause.
        """
        if self._runner is None:
            return
        try:
            self.run(self._end())
        finally:
            self._runner.close()
            self._listening.end()
        if self.failures and not self._may_fail:
            first, *others = self.failures
            more = f" And {len(others)} more." if others else ""
            raise AssertionError(
                f"In the call, {first.what}.{more} If it is meant to: set_up(…, may_fail=True)."
            ) from first.error

    def _call(self, number: str) -> PhoneCall:
        if self._rig is None:
            self.set_up()
        assert self._rig is not None
        return PhoneCall(self, self._rig, PhoneNumber.from_carrier(number), self._stt, self._script, self._settle_s)

    async def _end(self) -> None:
        if self._rig is not None:
            await self._rig.switchboard.drain(0)
        await self._stack.aclose()

    def _check_use(self, use: Use) -> None:
        """A script that uses a tool wrongly tests something else than it says."""
        tools = self._rig.tools if self._rig else {}
        if use.tool not in tools:
            known = ", ".join(tools) or "none"
            self._listening.add(f"the script uses a tool {use.tool!r} that the agent does not have (it has: {known})")
            return
        try:
            msgspec.convert(dict(use.arguments), tools[use.tool].arguments, strict=False)
        except msgspec.ValidationError as error:
            self._listening.add(f"the script uses the tool {use.tool} with wrong arguments: {error}")

    def _script_is_over(self) -> None:
        self._listening.add("the script ends with a tool: add the answer in which the LLM tells its result")


def _check(plugins: Sequence[object], answers: Sequence[Answer], settings: Mapping[str, str]) -> None:
    for plugin in plugins:
        if isinstance(plugin, str):
            raise TypeError(f"set_up({plugin!r}): pass the module itself, as in: import {plugin}")
        if inspect.isclass(plugin):
            raise TypeError(f"set_up({plugin.__name__}): pass an instance, {plugin.__name__}()")
    if isinstance(answers, str) or not all(isinstance(answer, str) or _are_steps(answer) for answer in answers):
        raise TypeError('answers: pass a list, each entry words or a list of steps, as in ["Yes.", [Say("No.")]]')
    if wrong := [name for name in settings if not name.startswith(VARIABLE)]:
        raise TypeError(f"settings: {wrong[0]!r} is no environment variable of op26x, such as OP26X_BLOBS")


def _are_steps(answer: Sequence[Step]) -> bool:
    return all(isinstance(step, Step) for step in answer)


def _name_of(plugin: ModuleType | object) -> str:
    """As the entry point has it by which the plugin is installed; otherwise its module's or class's name."""
    if not isinstance(plugin, ModuleType):
        return type(plugin).__name__.lower()
    installed = (point.name for point in entry_points(group=GROUP) if point.value == plugin.__name__)
    return next(installed, plugin.__name__.rpartition(".")[2])
