"""The services of one call, built from what the plugins provide and the agent's document asks for."""

import inspect
from dataclasses import dataclass
from typing import Any

from pipecat.services.llm_service import LLMService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from op26x import logs
from op26x.agents import Agent, ServiceChoice, Tool, check_offered, services_of, tools_of
from op26x.errors import SettingsError
from op26x.g711 import SAMPLE_RATE
from op26x.plugins import Registry
from op26x.settings import Settings
from op26x.types import ServiceRequest
from op26x.voice.hearing.ears import Recogniser
from op26x.voice.hearing.pipecat_ears import PipecatRecogniser
from op26x.voice.speaking.speakable.hook import SpeakableText
from op26x.voice.vendors.speech_to_speech import SpeechToSpeech

log = logs.get("voice")


@dataclass(frozen=True)
class CallServices:
    """What a call needs from plugins.

    Attributes:
        brain: The LLM service.
        voice: The TTS service.
        recogniser: What the ears use.
        beside: The same recogniser, if it is Pipecat's and has to run beside the pipeline.
        hears: Whether the brain is to be given the caller's audio.
        tools: What the brain may call.
    """

    brain: LLMService[Any]
    voice: TTSService
    recogniser: Recogniser
    beside: PipecatRecogniser | None
    hears: bool
    tools: list[Tool]


class ServiceBuilder:
    """Builds the services of calls.

    Args:
        registry: What there is.
        settings: Handed to providers.
    """

    def __init__(self, registry: Registry, settings: Settings) -> None:
        self._registry = registry
        self._settings = settings

    def check(self, agent: Agent) -> None:
        """Makes sure that an agent can take calls.

        Raises:
            AgentError: It asks for a provider or tool that no plugin offers.
            SettingsError: A provider lacks a setting, such as an API key.
        """
        check_offered(agent, self._registry)
        for kind, choice in services_of(agent):
            try:
                self._build(kind, choice, agent, call_id="")
            except SettingsError:
                raise
            except Exception as error:
                log.warning("a service can't be built now", agent=agent.name, kind=kind, exc_info=error)

    async def warm(self, agent: Agent) -> None:
        """Loads what is slow to load."""
        for kind, choice in services_of(agent):
            warm = self._registry.provider(kind, choice.use).warm
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
        brain, recogniser = made["brain"], made["recogniser"]
        hears = isinstance(brain, SpeechToSpeech)
        SpeakableText(agent.language).apply(made["voice"])
        beside = PipecatRecogniser(recogniser) if isinstance(recogniser, STTService) else None
        return CallServices(
            brain=brain.service if isinstance(brain, SpeechToSpeech) else brain,
            voice=made["voice"],
            recogniser=beside or recogniser,
            beside=beside,
            hears=hears,
            tools=tools_of(agent, self._registry),
        )

    def _build(self, kind: str, choice: ServiceChoice, agent: Agent, call_id: str) -> Any:
        request = ServiceRequest(
            options=choice.options,
            language=agent.language,
            agent=agent.name,
            call_id=call_id,
            sample_rate=SAMPLE_RATE,
            settings_of=self._settings.of,
        )
        return self._registry.provider(kind, choice.use).build(request)
