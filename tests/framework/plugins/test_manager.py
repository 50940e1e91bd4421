"""The plugin manager: what does not fit is refused with a remedy, and exceptions get the treatment a hook promises."""

import asyncio
import sys
import types
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from op26x.calls import Refuse
from op26x.errors import HookFailed, PluginError
from op26x.hookspecs import hookimpl
from op26x.plugins import Plugins, load, of_type
from op26x.settings import Settings, resolve
from op26x.types import Processor, Provider


def module(name: str, **functions: Callable[..., Any]) -> types.ModuleType:
    """A plugin module whose functions were written in it."""
    made = types.ModuleType(name)
    for attribute, function in functions.items():
        function.__module__ = name
        setattr(made, attribute, function)
    return made


class Ended:
    """Hears that calls end, and may fail at it."""

    def __init__(self, heard: list[str], name: str, fails: bool = False) -> None:
        self._heard, self._name, self._fails = heard, name, fails

    @hookimpl
    def op26x_call_ended(self, call: object) -> None:
        self._heard.append(self._name)
        if self._fails:
            raise RuntimeError("broken wallboard")


class EndedLater:
    """Does so asynchronously."""

    def __init__(self, heard: list[str]) -> None:
        self._heard = heard

    @hookimpl
    async def op26x_call_ended(self) -> None:
        await asyncio.sleep(0)
        self._heard.append("later")


def router(answer: object) -> object:
    class Router:
        @hookimpl
        def op26x_route_call(self, arrival: object) -> object:
            if isinstance(answer, Exception):
                raise answer
            return answer

    return Router()


def test_an_unknown_hook_is_refused_and_the_known_ones_are_named(plugins: Plugins) -> None:
    class Typo:
        @hookimpl
        def op26x_call_endet(self, call: object) -> None: ...

    with pytest.raises(PluginError) as caught:
        plugins.register(Typo(), "typo")
    assert "typo" in caught.value.message
    assert "op26x_call_endet" in caught.value.message
    assert "op26x_call_ended" in caught.value.remedy


def test_an_unknown_parameter_is_refused_and_the_known_ones_are_named(plugins: Plugins) -> None:
    class Wrong:
        @hookimpl
        def op26x_turn_finished(self, call: object, transcript: str) -> None: ...

    with pytest.raises(PluginError) as caught:
        plugins.register(Wrong(), "wrong")
    assert "wrong" in caught.value.message
    assert "op26x_turn_finished" in caught.value.message
    assert caught.value.remedy == "op26x_turn_finished may take: call, turn, records, settings."


def test_a_parameter_of_a_hook_that_has_none_is_refused(plugins: Plugins) -> None:
    class Wrong:
        @hookimpl
        def op26x_tools(self, call: object) -> None: ...

    with pytest.raises(PluginError, match="op26x_tools") as caught:
        plugins.register(Wrong(), "wrong")
    assert "nothing" in caught.value.remedy


def test_a_module_that_forgot_the_marker_is_refused(plugins: Plugins) -> None:
    with pytest.raises(PluginError, match="op26x_call_ended") as caught:
        plugins.register(module("forgot", op26x_call_ended=lambda call: None), "forgot")
    assert "@hookimpl" in caught.value.remedy


def test_an_object_that_forgot_the_marker_is_refused(plugins: Plugins) -> None:
    class Forgot:
        def op26x_call_ended(self, call: object) -> None: ...

    with pytest.raises(PluginError, match="op26x_call_ended") as caught:
        plugins.register(Forgot(), "forgot")
    assert "@hookimpl" in caught.value.remedy


def test_a_function_imported_from_elsewhere_is_nobodys_forgotten_hook(plugins: Plugins) -> None:
    plugin = types.ModuleType("honest")
    plugin.op26x_call_ended = lambda call: None  # type: ignore[attr-defined]
    plugins.register(plugin, "honest")
    assert plugins.summaries()[0].hooks == ()


@pytest.mark.parametrize("marker", [hookimpl(wrapper=True), hookimpl(hookwrapper=True)])
def test_a_wrapper_is_refused(plugins: Plugins, marker: Callable[..., Any]) -> None:
    class Wraps:
        @marker
        def op26x_call_ended(self, call: object) -> Any:
            return (yield)

    with pytest.raises(PluginError, match="wraps op26x_call_ended") as caught:
        plugins.register(Wraps(), "wraps")
    assert "tryfirst" in caught.value.remedy


def test_two_plugins_of_one_name_are_refused(plugins: Plugins) -> None:
    plugins.register(router("a"), "twin")
    with pytest.raises(PluginError, match="twin"):
        plugins.register(router("b"), "twin")


async def test_everyone_is_told_and_one_ones_exception_stays_its_own(plugins: Plugins) -> None:
    heard: list[str] = []
    plugins.register(Ended(heard, "first"), "first")
    plugins.register(Ended(heard, "broken", fails=True), "broken")
    plugins.register(EndedLater(heard), "later")
    await plugins.notifier("op26x_call_ended")(call="call")
    assert sorted(heard) == ["broken", "first", "later"]


async def test_a_notification_that_nobody_hears_does_nothing(plugins: Plugins) -> None:
    await plugins.notifier("op26x_call_ended")(call="call")


async def test_cancelling_is_not_swallowed_by_a_notification(plugins: Plugins) -> None:
    class Cancelled:
        @hookimpl
        async def op26x_call_ended(self) -> None:
            raise asyncio.CancelledError

    plugins.register(Cancelled(), "cancelled")
    with pytest.raises(asyncio.CancelledError):
        await plugins.notifier("op26x_call_ended")(call="call")


@pytest.mark.parametrize(
    ("answers", "decision"),
    [
        ([], None),
        ([None], None),
        (["sales"], "sales"),
        ([None, "sales", None], "sales"),
        (["", None], ""),
        ([False], False),
    ],
)
async def test_the_first_answer_that_is_not_none_decides(
    plugins: Plugins, answers: list[object], decision: object
) -> None:
    for number, answer in enumerate(answers):
        plugins.register(router(answer), f"router{number}")
    assert await plugins.decider("op26x_route_call")(arrival="arrival") == decision


async def test_a_plugin_may_ask_to_be_first_or_last(plugins: Plugins) -> None:
    class First:
        @hookimpl(tryfirst=True)
        def op26x_route_call(self) -> str:
            return "first"

    class Last:
        @hookimpl(trylast=True)
        async def op26x_route_call(self) -> str:
            return "last"

    plugins.register(First(), "first")
    plugins.register(Last(), "last")
    assert await plugins.decider("op26x_route_call")(arrival="arrival") == "first"
    plugins = Plugins()
    plugins.register(router("middle"), "middle")
    plugins.register(Last(), "last")
    assert await plugins.decider("op26x_route_call")(arrival="arrival") == "middle"


async def test_a_deciding_hook_that_raises_is_a_failure_that_names_plugin_and_hook(plugins: Plugins) -> None:
    plugins.register(router("too late"), "fine")
    plugins.register(router(KeyError("number")), "broken")
    with pytest.raises(HookFailed) as caught:
        await plugins.decider("op26x_route_call")(arrival="arrival")
    assert "broken" in caught.value.message
    assert "op26x_route_call" in caught.value.message
    assert isinstance(caught.value.__cause__, KeyError)


async def test_an_answer_before_the_exception_decides(plugins: Plugins) -> None:
    plugins.register(router(KeyError("number")), "broken")
    plugins.register(router("sales"), "asked-first")
    assert await plugins.decider("op26x_route_call")(arrival="arrival") == "sales"


async def test_hooks_are_resolved_once(plugins: Plugins) -> None:
    decide = plugins.decider("op26x_route_call")
    plugins.register(router("too late"), "late")
    assert await decide(arrival="arrival") is None


def demanding(answer: object) -> object:
    class Demands:
        @hookimpl
        def op26x_policy_for_call(self, arrival: object) -> object:
            if isinstance(answer, Exception):
                raise answer
            return answer

    return Demands()


async def test_all_answers_are_gathered_with_the_names_of_their_plugins(plugins: Plugins) -> None:
    class Later:
        @hookimpl
        async def op26x_policy_for_call(self, agent: str, settings: Settings) -> str:
            await asyncio.sleep(0)
            return f"{agent} of {settings.core.agent}"

    plugins.use(resolve({}, environ={"OP26X_AGENT": "clinic"}))
    for number, answer in enumerate(["one", None, "", "one"]):
        plugins.register(demanding(answer), f"house{number}")
    plugins.register(Later(), "later")
    answers = await plugins.gatherer("op26x_policy_for_call")(arrival="arrival", agent="sales")
    assert sorted(answers) == [("house0", "one"), ("house2", ""), ("house3", "one"), ("later", "sales of clinic")]


@pytest.mark.parametrize("answers", [[], [None, None]])
async def test_where_nobody_answers_nothing_is_gathered(plugins: Plugins, answers: list[object]) -> None:
    for number, answer in enumerate(answers):
        plugins.register(demanding(answer), f"house{number}")
    assert await plugins.gatherer("op26x_policy_for_call")(arrival="arrival") == []


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_one_that_raises_fails_the_gathering_whatever_others_say(plugins: Plugins, place: int) -> None:
    answers: list[object] = ["one", "two"]
    answers.insert(place, KeyError("+12125550123"))
    for number, answer in enumerate(answers):
        plugins.register(demanding(answer), f"house{number}")
    with pytest.raises(HookFailed, match=rf"house{place} failed in op26x_policy_for_call") as caught:
        await plugins.gatherer("op26x_policy_for_call")(arrival="arrival")
    assert isinstance(caught.value.__cause__, KeyError)
    assert "2125550123" not in str(caught.value)


async def test_an_answer_that_comes_too_late_fails_the_gathering(
    plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Never:
        @hookimpl
        async def op26x_policy_for_call(self) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr("op26x.plugins.manager.LONGEST_S", 0.0)
    plugins.register(Never(), "never")
    with pytest.raises(HookFailed, match="never failed"):
        await plugins.gatherer("op26x_policy_for_call")(arrival="arrival")


@pytest.mark.parametrize("answer", [7, False, ["one"]])
async def test_an_answer_that_does_not_fit_fails_the_gathering(plugins: Plugins, answer: object) -> None:
    plugins.register(demanding("one"), "fine")
    plugins.register(demanding(answer), "broken")
    with pytest.raises(
        HookFailed,
        match=rf"Plugin broken, hook op26x_policy_for_call: it returned a {type(answer).__name__}, not a str",
    ):
        await plugins.gatherer("op26x_policy_for_call", of_type(str))(arrival="arrival")


async def test_who_is_gathered_from_is_resolved_once(plugins: Plugins) -> None:
    plugins.register(demanding("in time"), "early")
    gather = plugins.gatherer("op26x_policy_for_call")
    plugins.register(demanding("too late"), "late")
    assert await gather(arrival="arrival") == [("early", "in time")]


def test_declarations_come_in_the_order_of_registration(plugins: Plugins) -> None:
    class Declares:
        def __init__(self, value: object) -> None:
            self._value = value

        @hookimpl
        def op26x_settings(self) -> object:
            return self._value

    plugins.register(Declares("one"), "a")
    plugins.register(Declares(None), "b")
    plugins.register(Declares("two"), "c")
    assert plugins.collect("op26x_settings") == [("a", "one"), ("c", "two")]


def test_a_declaration_may_leave_parameters_out(plugins: Plugins) -> None:
    class Routes:
        @hookimpl
        def op26x_routes(self, settings: str) -> list[str]:
            return [settings]

    plugins.register(Routes(), "routes")
    assert plugins.collect("op26x_routes", switchboard=None, settings="s") == [("routes", ["s"])]


def test_a_declaration_that_raises_names_plugin_and_hook(plugins: Plugins) -> None:
    class Broken:
        @hookimpl
        def op26x_settings(self) -> object:
            raise ZeroDivisionError("no")

    plugins.register(Broken(), "broken")
    with pytest.raises(PluginError, match=r"broken.*op26x_settings.*ZeroDivisionError") as caught:
        plugins.collect("op26x_settings")
    assert caught.value.remedy


class Later:
    """What can be waited for and is no coroutine."""

    def __await__(self) -> Generator[Any, None, object]:
        yield
        return object


async def later() -> object:
    return object


@pytest.mark.parametrize("answer", [later, Later])
def test_a_declaration_can_not_be_asynchronous(plugins: Plugins, answer: Callable[[], object]) -> None:
    class Waits:
        @hookimpl
        def op26x_settings(self) -> object:
            return answer()

    plugins.register(Waits(), "waits")
    with pytest.raises(PluginError, match=r"waits.*op26x_settings"):
        plugins.collect("op26x_settings")


class Needs(msgspec.Struct):
    api_key: str


class Limits(msgspec.Struct):
    per_day: int = 3


@pytest.mark.parametrize("section", ["limits", Limits(), ("limits", Limits), dict, Needs])
def test_settings_that_are_no_struct_with_defaults_are_refused(plugins: Plugins, section: object) -> None:
    class Wrong:
        @hookimpl
        def op26x_settings(self) -> object:
            return section

    plugins.register(Wrong(), "wrong")
    with pytest.raises(PluginError, match="wrong, hook op26x_settings: ") as caught:
        plugins.sections()
    assert caught.value.remedy


@pytest.mark.parametrize("processors", ["Carrier Inc.", Processor("C", ("c.example",), "x", (), ""), [Processor]])
def test_processors_that_are_no_list_of_them_are_refused(plugins: Plugins, processors: object) -> None:
    class Wrong:
        @hookimpl
        def op26x_processors(self) -> object:
            return processors

    plugins.register(Wrong(), "wrong")
    with pytest.raises(PluginError, match="wrong, hook op26x_processors: "):
        plugins.summaries()


def test_summaries_tell_what_a_plugin_provides_and_whom_it_gives_data_to(plugins: Plugins) -> None:
    company = Processor("Carrier Inc.", ("api.carrier.example",), "telephony", ("communications",), "https://x")

    class Carrier:
        @hookimpl
        def op26x_telephony(self) -> Provider[object]:
            return Provider("carrier", lambda request: object())

        @hookimpl
        def op26x_processors(self) -> list[Processor]:
            return [company]

    plugins.register(Carrier(), "carrier")
    plugins.register(module("quiet_plugin"), "quiet")
    carrier, quiet = plugins.summaries()
    assert (carrier.id, carrier.hooks) == ("carrier", ("op26x_processors", "op26x_telephony"))
    assert (carrier.processors, carrier.module) == ((company,), __name__)
    assert (quiet.id, quiet.module, quiet.hooks, quiet.processors) == ("quiet", "quiet_plugin", (), ())


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory on the module path, forgotten afterwards."""
    folder = tmp_path / "outside"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield folder
    for name in set(sys.modules) - before:
        if name.startswith("outside_"):
            del sys.modules[name]


def test_load_takes_core_plugins_then_installed_ones_then_those_named(outside: Path) -> None:
    (outside / "outside_plugin.py").write_text(
        "from op26x import hookimpl\n@hookimpl\ndef op26x_route_call(arrival):\n    return 'named'\n"
    )
    names = [s.id for s in load(["outside_plugin"], [("core-router", router("core"))]).summaries()]
    assert names[0] == "core-router"
    assert names[-1] == "outside_plugin"
    assert names[1:-1] == sorted(names[1:-1])
    assert {"local", "service", "twilio"} <= set(names)


@pytest.mark.parametrize("body", ["import no_such_module_at_all", "1 / 0", "syntax error here"])
def test_a_plugin_that_can_not_be_imported_is_named(outside: Path, body: str) -> None:
    (outside / "outside_broken.py").write_text(body)
    with pytest.raises(PluginError, match="outside_broken") as caught:
        load(["outside_broken"])
    assert caught.value.remedy


def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(PluginError, match="outside_nowhere"):
        load(["outside_nowhere"])


def test_a_misspelt_hook_is_told_of_with_the_one_that_was_meant(plugins: Plugins) -> None:
    class Misspelt:
        @hookimpl
        def op26x_tool(self) -> None: ...

    with pytest.raises(PluginError) as caught:
        plugins.register(Misspelt(), "mine")
    assert (caught.value.message, caught.value.remedy) == (
        "Plugin mine: unknown hook 'op26x_tool'.",
        "Did you mean op26x_tools?",
    )


async def test_every_hook_may_ask_for_the_settings() -> None:
    class Asking:
        @hookimpl
        def op26x_call_arriving(self, arrival: object, settings: Settings) -> Refuse | None:
            return Refuse(settings.core.agent)

        @hookimpl
        def op26x_call_ended(self, settings: Settings, call: object) -> None:
            told.append(settings.core.agent)

    told: list[str] = []
    plugins = Plugins()
    plugins.register(Asking(), "asking")
    assert plugins.settings.core.agent == ""
    plugins.use(resolve({}, environ={"OP26X_AGENT": "clinic"}))
    assert await plugins.decider("op26x_call_arriving")(arrival=None) == Refuse("clinic")
    await plugins.notifier("op26x_call_ended")(call=None)
    assert told == ["clinic"]
