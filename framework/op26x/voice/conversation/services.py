"""The services of one call, built from what the plugins provide and the agent's document asks for."""

import asyncio
import inspect
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from pipecat.services.llm_service import LLMService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from op26x import logs
from op26x.agents import Agent, ServiceChoice, Tool, faults_of_choices, services_of, tools_of
from op26x.errors import AgentError, Fault, Op26xError, SettingsError
from op26x.g711 import SAMPLE_RATE
from op26x.plugins import Registry
from op26x.settings import Settings
from op26x.types import ServiceRequest
from op26x.voice.hearing.ears import SpeechToText
from op26x.voice.hearing.pipecat_ears import PipecatSTT
from op26x.voice.speaking.speakable.hook import SpeakableText
from op26x.voice.vendors.speech_to_speech import SpeechToSpeech

log = logs.get("voice")

WANTED: dict[str, tuple[type, ...]] = {
    "llm": (LLMService, SpeechToSpeech),
    "stt": (STTService, SpeechToText),
    "tts": (TTSService,),
}
RETURN = {
    "llm": "a Pipecat LLMService, or a SpeechToSpeech",
    "stt": "a Pipecat STTService, or an object with a method utterance",
    "tts": "a Pipecat TTSService",
}


@dataclass(frozen=True)
class CallServices:
    """What a call needs from plugins.

    Attributes:
        llm: The LLM service.
        tts: The TTS service.
        stt: What the ears use.
        beside: The same STT service, if it is Pipecat's and has to run beside the pipeline.
        hears: Whether the LLM is to be given the caller's audio.
        tools: What the LLM may call.
    """

    llm: LLMService[Any]
    tts: TTSService
    stt: SpeechToText
    beside: PipecatSTT | None
    hears: bool
    tools: list[Tool]


class ServiceBuilder:
    """Builds the services of calls.

    Args:
        registry: What there is.
        settings: Handed to providers.

    Attributes:
        registry: What there is.
    """

    def __init__(self, registry: Registry, settings: Settings) -> None:
        self.registry = registry
        self._settings = settings

    def check(self, agent: Agent) -> None:
        """Makes sure that an agent can take calls.

        Raises:
            AgentError: It asks for what no plugin offers, or one of its services can't be built; with all faults.
            SettingsError: A provider lacks a setting, such as an API key.
        """
        faults, missing = self.faults(agent)
        if faults:
            raise AgentError.of([replace(fault, message=f"Agent {agent.name}: {fault.message}") for fault in faults])
        if missing:
            raise missing[0]

    def faults(self, agent: Agent) -> tuple[list[Fault], list[SettingsError]]:
        """What keeps an agent from taking calls: what is wrong with it, and settings that its providers lack."""
        faults, missing = faults_of_choices(agent, self.registry), list[SettingsError]()
        for kind, choice in services_of(agent):
            if choice.use not in self.registry.providers[kind]:
                continue
            try:
                _in_a_loop(partial(self._build, kind, choice, agent, call_id=""))
            except AgentError as error:
                faults += [replace(fault, where=_where(fault, kind, choice)) for fault in error.faults]
            except SettingsError as error:
                missing.append(error)
            except Exception as error:
                log.error("a service can't be built", agent=agent.name, kind=kind, exc_info=error)
                what = error.message if isinstance(error, Op26xError) else f"{type(error).__name__} in {_place(error)}."
                remedy = error.remedy if isinstance(error, Op26xError) and error.remedy else "See the log."
                faults.append(Fault(kind, f"The {kind} {choice.use!r} can't be built: {what}", remedy))
        return faults, missing

    async def warm(self, agent: Agent) -> None:
        """Loads what is slow to load."""
        for kind, choice in services_of(agent):
            warm = self.registry.provider(kind, choice.use).warm
            result = warm() if warm else None
            if inspect.isawaitable(result):
                await result
        SpeakableText(agent.language).load()

    def build(self, agent: Agent, call_id: str) -> CallServices:
        """Fresh services for one call.

        Raises:
            Op26xError: A provider can't build its service.
        """
        made = {kind: self._build(kind, choice, agent, call_id) for kind, choice in services_of(agent)}
        llm, stt = made["llm"], made["stt"]
        hears = isinstance(llm, SpeechToSpeech)
        SpeakableText(agent.language).apply(made["tts"])
        beside = PipecatSTT(stt) if isinstance(stt, STTService) else None
        return CallServices(
            llm=llm.service if isinstance(llm, SpeechToSpeech) else llm,
            tts=made["tts"],
            stt=beside or stt,
            beside=beside,
            hears=hears,
            tools=tools_of(agent, self.registry),
        )

    def build_llm(self, agent: Agent) -> tuple[LLMService[Any], list[Tool]]:
        """The LLM service and the tools alone, for a conversation without sound.

        Raises:
            AgentError: Its LLM listens and speaks by itself.
            Op26xError: The service can't be built.
        """
        llm = self._build("llm", agent.llm, agent, "chat")
        if isinstance(llm, SpeechToSpeech):
            what = f"The llm {agent.llm.use!r} takes speech, and nothing that is typed."
            raise AgentError.of([Fault("llm", what, "Rehearse it with op26x calls simulate.")])
        return llm, tools_of(agent, self.registry)

    def _build(self, kind: str, choice: ServiceChoice, agent: Agent, call_id: str) -> Any:
        request = ServiceRequest(
            options=choice.options,
            language=agent.language,
            agent=agent.name,
            call_id=call_id,
            sample_rate=SAMPLE_RATE,
            settings_of=self._settings.of,
        )
        service = self.registry.provider(kind, choice.use).build(request)
        if not isinstance(service, WANTED[kind]):
            raise AgentError.of(
                [
                    Fault(
                        "",
                        f"The {kind} {choice.use!r}: build of its Provider returned a {type(service).__name__}.",
                        f"The plugin must return {RETURN[kind]}.",
                    )
                ]
            )
        return service


def _where(fault: Fault, kind: str, choice: ServiceChoice) -> str:
    """The key of the document: an option of the service, a key of the agent's own, or the service."""
    if fault.where.partition(".")[0] not in choice.options and fault.where in Agent.__struct_fields__:
        return fault.where
    return f"{kind}.{fault.where}".rstrip(".")


def _place(error: Exception) -> str:
    """Where it was raised; what it says may quote a key."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}, line {frame.lineno}"


def _in_a_loop(build: Callable[[], object]) -> None:
    """Builds within an event loop, as in a call: connections belong to one."""

    async def built() -> None:
        build()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(built())
        finally:
            loop.close()
    else:
        build()
