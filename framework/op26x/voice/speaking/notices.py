"""The notices about recording and rights, rendered for each agent before it takes a call."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from op26x import g711, logs
from op26x.agents import Agent
from op26x.consent import Announcement, Notice, fits_announcement
from op26x.consent.texts import texts
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

    def followed_by(self, more: "Spoken") -> "Spoken":
        """Both as one sentence: what proves that it was played proves both."""
        return Spoken(f"{self.text} {more.text}", f"{self.version}+{more.version}", self.ulaw + more.ulaw)


class Voices:
    """Renders what is announced, once for all organizations and agents that say the same.

    Args:
        plugins: Asked by ``op26x_render_sentence``.
    """

    def __init__(self, plugins: Plugins) -> None:
        self._render = plugins.decider("op26x_render_sentence", lambda pcm, _: g711.fault_of(pcm))
        self._rendered: dict[tuple[str, str], bytes] = {}

    async def speak(self, text: str, language: str) -> bytes:
        """A sentence as 8 kHz mu-law; empty if no plugin can speak it.

        Raises:
            HookFailed: A plugin failed at it.
        """
        if (language, text) not in self._rendered:
            pcm = await self._render(text=text, language=language)
            self._rendered[language, text] = g711.encode(pcm) if pcm else b""
        return self._rendered[language, text]


class Notices:
    """What can be said to callers of an organization's agents.

    Args:
        plugins: Asked by ``op26x_announce``.
        voices: Speaks what has no audio of its own.
        organization_id: Whose they are.
        organization: Its name, as it is said where a sentence has ``{organization}``.
    """

    def __init__(self, plugins: Plugins, voices: Voices, organization_id: str, organization: str) -> None:
        self._announce = plugins.decider("op26x_announce", fits_announcement)
        self._voices = voices
        self._organization_id = organization_id
        self._organization = organization
        self._spoken: dict[tuple[str, str], dict[Notice, Spoken]] = {}
        self._words: dict[tuple[str, str], Mapping[Notice, str]] = {}
        self._second: dict[str, dict[Notice, Spoken]] = {}

    async def warm(self, agent: Agent, words: Mapping[Notice, str]) -> None:
        """Renders every notice for an agent; one that nobody can say is left out, and what needs it does not happen.

        Args:
            agent: Who says them.
            words: The organization's own, which go before the plugins'.
        """
        whose = agent.name, agent.language
        if self._words.get(whose) == words:
            return
        spoken = {}
        for notice in Notice:
            try:
                said = await self._said_by(agent, notice, words.get(notice, ""))
            except HookFailed as error:
                log.error("a notice can't be spoken", notice=notice.value, agent=agent.name, why=error.message)
                continue
            if said is not None:
                spoken[notice] = said
        self._spoken[whose], self._words[whose] = spoken, words

    async def warm_second(self, language: str) -> None:
        """Renders what is said in a second language; what can't be spoken in it is said in one language alone."""
        known = texts(language)
        if known is None or language in self._second:
            return
        spoken = {}
        for notice, text in known.second.items():
            try:
                ulaw = await self._voices.speak(text, language)
            except HookFailed as error:
                log.error("a notice can't be spoken", notice=notice.value, language=language, why=error.message)
                continue
            if ulaw:
                spoken[notice] = Spoken(text, Announcement(text, language).version, ulaw)
        self._second[language] = spoken

    def known_to(self, agent: Agent) -> bool:
        """Whether an agent's notices were rendered once."""
        return (agent.name, agent.language) in self._spoken

    def get(self, agent: Agent, notice: Notice, second: str = "") -> Spoken | None:
        """A notice of an agent; ``None`` if it can't be spoken.

        Args:
            agent: Who says it.
            notice: Which.
            second: The language in which it is said once more, in short, if it is one that is.
        """
        spoken = self._spoken.get((agent.name, agent.language), {}).get(notice)
        more = self._second.get(second, {}).get(notice)
        return spoken if spoken is None or more is None else spoken.followed_by(more)

    async def _said_by(self, agent: Agent, notice: Notice, own: str) -> Spoken | None:
        announcement: Announcement | None = (
            Announcement(own, agent.language)
            if own
            else await self._announce(
                notice=notice, language=agent.language, agent=agent.name, organization_id=self._organization_id
            )
        )
        if announcement is None:
            return None
        announcement = replace(announcement, text=announcement.text.replace("{organization}", self._organization))
        audio = announcement.audio
        ulaw = g711.encode(audio) if audio else await self._voices.speak(announcement.text, announcement.language)
        return Spoken(announcement.text, announcement.version, ulaw) if ulaw else None
