"""What the calls of one organization share: its records, its agents, its live feed."""

import asyncio
from datetime import datetime

from op26x import logs
from op26x.accounts import spoken_name
from op26x.agents import Agent, PublishedAgent
from op26x.calls import Admission, Admissions, Arrival, Call, CallState, Direction, LiveFeed, Workspace
from op26x.calls.admission import TERMS_NOT_ACCEPTED, not_with
from op26x.calls.dialling import NotNow, Person
from op26x.calls.own_policy import OwnPolicy, owners_of, tool_owners
from op26x.calls.policies import CallPolicies, disallowed
from op26x.calls.tokens import StreamTokens
from op26x.consent import fits_answer, load_ahead, second_language
from op26x.errors import AdmissionRefused, HookFailed, NotFound, UsageError
from op26x.plugins import Plugins, Registry
from op26x.policy import EffectivePolicy
from op26x.processors import planned
from op26x.processors.disclosures import TOOL
from op26x.types import PhoneNumber
from op26x.voice.consent.dependencies import RecordingDependencies
from op26x.voice.conversation.dependencies import CallDependencies, Meters
from op26x.voice.conversation.disclosed import CallDisclosures
from op26x.voice.conversation.services import ServiceBuilder
from op26x.voice.speaking.notices import Notices, Voices
from op26x.voice.speaking.sentences import Sentences

log = logs.get("switchboard")


class AgentsReady:
    """Loads what agents need to speak and to hear, once for all that need the same.

    Args:
        plugins: Asked for sentences.
        services: Builds and loads services.
    """

    def __init__(self, plugins: Plugins, services: ServiceBuilder) -> None:
        self.sentences = Sentences(plugins)
        self.voices = Voices(plugins)
        self._services = services
        self._loaded: set[tuple[str, ...]] = set()

    async def ready(self, agent: Agent) -> None:
        """Returns when the services of an agent are loaded."""
        used = agent.language, agent.llm.use, agent.stt.use, agent.tts.use
        if used not in self._loaded:
            await asyncio.to_thread(load_ahead, agent.language)
            await self.sentences.warm(agent.language)
            await self._services.warm(agent)
            self._loaded.add(used)


class OrganizationCalls:
    """The calls of one organization.

    Args:
        workspace: Its records.
        name: The organization's.
        plugins: Whose hooks are called.
        registry: What they provide and declare.
        prepared: Has what can be said.
        tokens: Open media streams.
        feed: Told what happens in them.
        meters: Told what can be counted.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        plugins: Plugins,
        registry: Registry,
        prepared: AgentsReady,
        tokens: StreamTokens,
        feed: LiveFeed,
        meters: Meters,
    ) -> None:
        self.workspace = workspace
        self.feed = feed
        self._registry = registry
        self._prepared = prepared
        self._notices = Notices(plugins, prepared.voices, workspace.organization_id, spoken_name(name))
        core, own = workspace.settings.core, OwnPolicy(workspace, registry)
        self._policies = CallPolicies(plugins, registry, core, workspace.clock.now, own)
        self._admissions = Admissions(workspace, plugins, self._choose, tokens, self._policies, self.ready_for)
        self.shared = CallDependencies(
            log=workspace.calls,
            late_ends=workspace.late_ends,
            feed=self.feed,
            sentences=prepared.sentences,
            notices=self._notices,
            clock=workspace.clock,
            recording=RecordingDependencies(
                calls=workspace.calls,
                recordings=workspace.recordings,
                erasures=workspace.erasures,
                transcripts=workspace.transcripts,
                consents=workspace.consents,
                suppressions=workspace.suppressions,
                clock=workspace.clock,
                started=plugins.notifier("op26x_recording_started"),
                paused=plugins.notifier("op26x_recording_paused"),
                sealed=plugins.notifier("op26x_recording_sealed", records=workspace.records),
            ),
            read_assent=plugins.decider("op26x_read_assent", fits_answer),
            answered=plugins.notifier("op26x_call_answered", records=workspace.records),
            turn_finished=plugins.notifier("op26x_turn_finished", records=workspace.records),
            meters=meters,
            recognizers=registry.recognizers,
        )

    async def arrive(self, arrival: Arrival) -> Admission:
        """Takes a call, or raises ``AdmissionRefused``."""
        return await self._admissions.decide(arrival)

    async def ready(self, agent: Agent) -> None:
        """Returns when an agent can take a call at once, with what callers are told as it stands now."""
        await self._prepared.ready(agent)
        await self._notices.warm(agent, await self.workspace.announcements.of(agent.language))

    async def ready_for(self, agent: Agent, policy: EffectivePolicy) -> None:
        """The same with what a call's policy adds: a second language for what callers are told."""
        await self._notices.warm_second(second_language(policy, agent.language))

    async def ready_again(self, agent: Agent) -> None:
        """The same for an agent that may have been ready at admission: the service may have started since."""
        if not self._notices.known_to(agent):
            await self.ready(agent)

    async def disclosures(self, call: Call, agent: Agent, *, hears: bool) -> CallDisclosures:
        """Notes whom a call may give something, and counts what it does give.

        Args:
            call: The call.
            agent: Who takes it.
            hears: Whether its LLM is given the caller's audio.

        Raises:
            AdmissionRefused: One of them has terms that are not accepted any more.
        """
        workspace = self.workspace
        tools = {f"{TOOL}{name}": plugin for name, plugin in tool_owners(agent, self._registry).items()}
        owners = owners_of(agent, call.provider, self._registry) | tools
        found = await workspace.processors.list(self._registry, workspace.settings.core)
        several = planned(found, owners, ("llm",) if hears else (), knowing=agent.tools_know_number)
        if closed := next((one.found for one in several if not one.found.standing.is_open), None):
            raise AdmissionRefused(closed.why_closed, closed.remedy, reason=TERMS_NOT_ACCEPTED)
        made = CallDisclosures(workspace.disclosures, call.id, several, workspace.clock)
        await made.begin()
        return made

    async def agent_of(self, call: Call) -> PublishedAgent:
        """The version of the agent that a call was admitted with."""
        return await self.workspace.agents.held_with(call.agent, call.agent_version)

    async def caller_id(self, provider: str, own: PhoneNumber) -> PhoneNumber:
        """The number that a call of this organization comes from: its first phone line's, else the provider's own.

        Raises:
            UsageError: It has none, and neither has the provider.
        """
        lines = [line for line in await self.workspace.phone_lines.list() if line.provider == provider]
        if lines:
            return await self.workspace.phone_lines.number(lines[0])
        if not own:
            raise UsageError(
                "No number to call from is set.",
                f"Add a phone line with op26x phone-lines add, or set OP26X_{provider.upper()}_NUMBER.",
            )
        return own

    async def _choose(self, name: str) -> PublishedAgent | None:
        found = await self.workspace.agents.choose(name)
        if found is None:
            return None
        try:
            await self.ready(found.agent)
        except Exception as error:
            log.error("an agent can't be made ready", agent=found.agent.name, exc_info=error)
            raise HookFailed("The agent can't be made ready.") from error
        return found

    async def policy_of(self, call: Call) -> EffectivePolicy:
        """The policy that a call was admitted under."""
        return await self.workspace.policies.get(call.policy)

    async def expected(self, arrival: Arrival, at: datetime | None = None) -> tuple[EffectivePolicy, NotNow | None]:
        """What a call would be held under, and why it may not be placed now if it would be ours.

        Args:
            arrival: The call.
            at: When, UTC; now by default.

        Raises:
            NotFound: No agent takes calls under that name.
        """
        found = await self.workspace.agents.choose(arrival.agent)
        if found is None:
            raise NotFound(f"No agent {arrival.agent!r} takes calls.", "See op26x agents list.")
        policy = await self._policies.of(arrival, found.agent, at)
        if arrival.direction is Direction.INBOUND:
            return policy, None
        person = Person.of(arrival, self.workspace.index)
        return policy, await self.workspace.dialling.refusal(policy, person, found.agent.purpose)

    async def check_again(self, call: Call) -> None:
        """Asks at the moment of dialling once more whether the call may be held, and cancels it if not.

        Raises:
            AdmissionRefused: It may not, though it might have been when it was ordered.
        """
        agent = (await self.agent_of(call)).agent
        arrival = await self.workspace.numbers.arrival(call)
        person = Person(call.called_index, arrival.called, call.campaign)
        ordered = await self.policy_of(call)
        now = await self._policies.again(arrival, agent, ordered)
        for policy in {ordered.hash: ordered, now.hash: now}.values():
            wrong = disallowed(agent, call.provider, policy)
            refusal = not_with(wrong, policy) if wrong else None
            refusal = refusal or await self.workspace.dialling.refusal(policy, person, agent.purpose, call.id)
            if refusal:
                log.warning("a call is refused at the moment of dialling", call=call.id, why=refusal.reason)
                await self.workspace.calls.move(call.id, CallState.CANCELED, reason=f"refused: {refusal.reason}")
                raise refusal.error()
