"""The services of a call: agents are checked by building them, and a voice is handed text for the ear."""

import asyncio
import re
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from pipecat.services.llm_service import LLMService
from pipecat.services.tts_service import TTSService

from op26x import Provider, ServiceRequest
from op26x.agents import Agent, ServiceChoice, in_force, parse_agent
from op26x.errors import AgentError, Fault, ProviderError, SettingsError
from op26x.plugins import Registry, build_registry, load
from op26x.settings import Settings, resolve
from op26x.testing.scripted_llm import Script, ScriptedLLM
from op26x.testing.stand_ins import CallersWords, ToneTTS
from op26x.voice.conversation.services import ServiceBuilder

KEYS = {"OP26X_OPENAI_API_KEY": "a", "OP26X_ANTHROPIC_API_KEY": "a"}
HEALTHY = {
    "openai": "llm: {use: openai, temperature: 0.3}\ntts: {use: openai, voice: coral}\nstt: openai",
    "anthropic": "llm: {use: anthropic, effort: low}\ntts: local\nstt: local",
    "local": "llm: rehearsal\ntts: local\nstt: local\nlanguage: en-IN",
}


def settings(**environ: str) -> Settings:
    """Of the installed plugins."""
    return resolve(load().sections(), environ=environ)


def made(services: str) -> Agent:
    """An agent with these services."""
    return in_force(parse_agent(f"name: clinic\ngreeting: Hello.\ninstructions: Book.\n{services}\n"))


def registry(llm: Callable[[ServiceRequest], Any]) -> Registry:
    """One with an LLM of its own, and working services for the rest."""
    tts = {"working": Provider("working", lambda request: ToneTTS())}
    stt = {"working": Provider("working", lambda request: CallersWords())}
    return Registry({"llm": {"own": Provider("own", llm)}, "tts": tts, "stt": stt}, {})


def own(options: dict[str, Any] | None = None, **more: Any) -> Agent:
    """An agent with that LLM."""
    choice = ServiceChoice("working")
    return Agent("clinic", "Hello.", "Book.", ServiceChoice("own", options or {}), choice, choice, **more)


def raising(error: Exception) -> Callable[[ServiceRequest], Any]:
    """A provider that can't build."""

    def build(_request: ServiceRequest) -> Any:
        raise error

    return build


@pytest.mark.parametrize("services", HEALTHY.values(), ids=HEALTHY)
def test_a_healthy_agent_warns_of_nothing(services: str, capfd: pytest.CaptureFixture[str]) -> None:
    builder = ServiceBuilder(build_registry(load()), settings(**KEYS))
    builder.check(made(services))  # loads what warns as it is loaded
    capfd.readouterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        builder.check(made(services))
    assert "built" not in "".join(capfd.readouterr())


async def test_it_is_checked_within_a_loop_and_without_one() -> None:
    loops = []

    def build(_request: ServiceRequest) -> object:
        loops.append(asyncio.get_running_loop())
        return ScriptedLLM(Script([]))

    builder = ServiceBuilder(registry(build), settings())
    builder.check(own())
    await asyncio.to_thread(builder.check, own())
    here, there = loops
    assert here is asyncio.get_running_loop()
    assert there is not here
    assert there.is_closed()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RuntimeError("4711"), "The llm 'own' can't be built: RuntimeError in test_services.py, line N. See the log."),
        (ProviderError("It is gone.", "Ring them."), "The llm 'own' can't be built: It is gone. Ring them."),
        (AgentError("No such model.", "Choose another."), "No such model. Choose another."),
    ],
)
def test_what_cannot_be_built_is_an_error(error: Exception, told: str) -> None:
    with pytest.raises(AgentError) as caught:
        ServiceBuilder(registry(raising(error)), settings()).check(own())
    assert re.sub(r"line \d+", "line N", str(caught.value)) == f"Agent clinic: {told}"


@pytest.mark.parametrize("made", [None, "a service", object(), ToneTTS])
def test_what_is_no_service_is_refused_before_a_call(made: object) -> None:
    builder = ServiceBuilder(registry(lambda request: made), settings())
    with pytest.raises(AgentError, match=r"The llm 'own': build of its Provider returned a \w+") as caught:
        builder.check(own())
    assert "LLMService" in str(caught.value)


def test_what_is_wrong_comes_before_what_is_missing() -> None:
    builder = ServiceBuilder(registry(raising(SettingsError("No key.", "Set it."))), settings())
    with pytest.raises(SettingsError, match="No key"):
        builder.check(own())
    with pytest.raises(AgentError, match="'nosuch'"):
        builder.check(own(tools=("nosuch",)))
    faults, missing = builder.faults(own(tools=("nosuch",)))
    assert ([fault.where for fault in faults], [error.message for error in missing]) == (["tools"], ["No key."])


@pytest.mark.parametrize(
    ("where", "options", "placed"),
    [
        ("pitch", {"pitch": 3}, "llm.pitch"),
        ("language", {}, "language"),
        ("language", {"language": "x"}, "llm.language"),
        ("", {}, "llm"),
    ],
)
def test_a_fault_is_placed_in_the_document(where: str, options: dict[str, Any], placed: str) -> None:
    error = AgentError.of([Fault(where, "Wrong.", "Change it.")])
    faults, _ = ServiceBuilder(registry(raising(error)), settings()).faults(own(options))
    assert [fault.where for fault in faults] == [placed]


def test_all_faults_of_all_services_are_named_at_once() -> None:
    agent = made(
        "llm: {use: openai, temprature: 0.3, max_tokens: many}\ntts: {use: openai, voice: nosuch}\n"
        "stt: {use: local, model: x}\ntools: [end_cal]"
    )
    with pytest.raises(AgentError) as caught:
        ServiceBuilder(build_registry(load()), settings(**KEYS)).check(agent)
    assert [fault.where for fault in caught.value.faults] == [
        "tools",
        "llm.temprature",
        "llm.max_tokens",
        "tts.voice",
        "stt.model",
    ]


@pytest.mark.parametrize("services", ["llm: {use: rehearsal, model: x}", "llm: rehearsal\nlanguage: xx"])
def test_local_services_refuse_what_they_do_not_know(services: str) -> None:
    with pytest.raises(AgentError):
        ServiceBuilder(build_registry(load()), settings()).check(made(services))


class Voice(TTSService):
    """Says nothing."""

    async def run_tts(self, text: str, context_id: str) -> Any:
        """Yields nothing."""
        for frame in ():
            yield frame


async def test_every_voice_is_handed_text_for_the_ear_in_the_agents_language() -> None:
    providers: dict[str, dict[str, Provider[Any]]] = {
        "llm": {"any": Provider("any", lambda _request: LLMService())},
        "tts": {"any": Provider("any", lambda _request: Voice())},
        "stt": {"any": Provider("any", lambda _request: CallersWords())},
    }
    choice = ServiceChoice("any")
    agent = Agent("a", "Hello.", "Be.", llm=choice, tts=choice, stt=choice, language="de-DE")
    builder = ServiceBuilder(Registry(providers, {}), settings())
    await builder.warm(agent)
    voice = builder.build(agent, "call").tts
    assert await voice._transform_text("**Dr. Weber**, am 3. Mai 👍", "sentence") == "Doktor Weber, am dritten Mai"
