"""The services of a call, as they are built."""

from typing import Any

from pipecat.services.llm_service import LLMService
from pipecat.services.tts_service import TTSService

from op26x import Provider
from op26x.agents import Agent, ServiceChoice
from op26x.plugins import Registry
from op26x.settings import Settings
from op26x.voice.call.services import ServiceBuilder


class Voice(TTSService):
    """Says nothing."""

    async def run_tts(self, text: str, context_id: str) -> Any:
        """Yields nothing."""
        for frame in ():
            yield frame


async def test_every_voice_is_handed_text_for_the_ear_in_the_agents_language(settings: Settings) -> None:
    providers: dict[str, dict[str, Provider[Any]]] = {
        "brain": {"any": Provider("any", lambda _request: LLMService())},
        "voice": {"any": Provider("any", lambda _request: Voice())},
        "recogniser": {"any": Provider("any", lambda _request: object())},
    }
    choice = ServiceChoice("any")
    agent = Agent("a", "Hello.", "Be.", brain=choice, voice=choice, recogniser=choice, language="de-DE")
    builder = ServiceBuilder(Registry(providers, {}), settings)
    await builder.warm(agent)
    voice = builder.build(agent, "call").voice
    assert await voice._transform_text("**Dr. Weber**, am 3. Mai 👍", "sentence") == "Doktor Weber, am dritten Mai"
