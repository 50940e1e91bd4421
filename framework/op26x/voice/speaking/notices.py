"""The notices about recording and rights, rendered for each agent when the service starts."""

from dataclasses import dataclass

from op26x import g711, logs
from op26x.agents import Agent
from op26x.consent import Announcement, Notice, fits_announcement
from op26x.errors import HookFailed
from op26x.plugins import Plugins

log = logs.get("voice")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A notice that can be played.

    Attributes:
        text: In words.
        version: Names exactly this text and audio.
        ulaw: 8 kHz mu-law.
    """

    text: str
    version: str
    ulaw: bytes


class Notices:
    """What can be said to callers of each agent.

    Args:
        plugins: Asked by ``op26x_announce`` and ``op26x_render_sentence``.
    """

    def __init__(self, plugins: Plugins) -> None:
        self._announce = plugins.decider("op26x_announce", fits_announcement)
        self._render = plugins.decider("op26x_render_sentence", lambda pcm, _: g711.fault_of(pcm))
        self._spoken: dict[tuple[str, str, Notice], Spoken] = {}
        self._rendered: dict[tuple[str, str], bytes] = {}

    async def warm(self, agent: Agent) -> None:
        """Renders every notice for an agent; one that nobody can say is left out, and what needs it does not happen."""
        for notice in Notice:
            try:
                spoken = await self._spoken_by(agent, notice)
            except HookFailed as error:
                log.error("a notice can't be spoken", notice=notice.value, agent=agent.name, why=error.message)
                continue
            if spoken is not None:
                self._spoken[agent.name, agent.language, notice] = spoken

    def get(self, agent: Agent, notice: Notice) -> Spoken | None:
        """A notice of an agent; ``None`` if it can't be spoken."""
        return self._spoken.get((agent.name, agent.language, notice))

    async def _spoken_by(self, agent: Agent, notice: Notice) -> Spoken | None:
        said: Announcement | None = await self._announce(notice=notice, language=agent.language, agent=agent.name)
        if said is None:
            return None
        ulaw = g711.encode(said.audio) if said.audio else await self._render_once(said.text, said.language)
        return Spoken(said.text, said.version, ulaw) if ulaw else None

    async def _render_once(self, text: str, language: str) -> bytes:
        """The audio of a sentence, which many agents may have in common; empty if no plugin can speak it."""
        if (language, text) not in self._rendered:
            pcm = await self._render(text=text, language=language)
            self._rendered[language, text] = g711.encode(pcm) if pcm else b""
        return self._rendered[language, text]
