"""The switchboard: takes calls from telephony plugins, starts their sessions, and knows which are in progress."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from functools import partial
from weakref import WeakValueDictionary

from op26x import logs, redaction
from op26x.agents import Agent
from op26x.calls import (
    Admission,
    Arrival,
    Call,
    CallState,
    Direction,
    Installation,
    LiveEvent,
    MediaSession,
    NewCall,
    Telephony,
    Wire,
    Workspace,
)
from op26x.calls.policies import places_in, regions_in
from op26x.calls.tokens import TOKEN_LIFE_S, StreamTokens
from op26x.errors import (
    AdmissionRefused,
    ArrivedBefore,
    AskAnother,
    IllegalTransition,
    NotInService,
    Op26xError,
    UsageError,
)
from op26x.plugins import Plugins, Registry
from op26x.types import PhoneNumber, ServiceRequest
from op26x.voice.call.deadlines import Deadlines
from op26x.voice.call.orders import Orders
from op26x.voice.call.organization_calls import AgentsReady, OrganizationCalls
from op26x.voice.call.session import CallSession
from op26x.voice.conversation.dependencies import Meters
from op26x.voice.conversation.services import ServiceBuilder
from op26x.voice.hearing import vad

log = logs.get("switchboard")

STREAM, REPORT = "stream", "report"
POLL_S, RELIEVED_POLL_S = 0.1, 1.0
PLACED_S = 1.0
"""Within that time another service that placed a call has written what the provider calls it."""
REPORT_S = 180.0
"""A provider that placed a call tells within that time what became of it: Twilio rings for 60 s."""


class VoiceSwitchboard:
    """Where calls come in; an ``op26x.calls.Switchboard``.

    Args:
        installation: The organizations and their records.
        plugins: Whose hooks are called.
        registry: What the plugins provide.
        meters: Told what can be counted.
    """

    def __init__(
        self, installation: Installation, plugins: Plugins, registry: Registry, meters: Meters | None = None
    ) -> None:
        self.sessions: dict[str, CallSession] = {}
        self.accepting = False
        self._relieved = False
        self._placing = asyncio.Lock()
        self._arriving: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._connecting: set[str] = set()
        self._deadlines = Deadlines(self._overdue)
        self._installation = installation
        self.orders = Orders(installation, installation.services, self.session)
        self._plugins = plugins
        self._registry = registry
        self._meters = meters or Meters()
        self._services = ServiceBuilder(registry, installation.settings)
        self._prepared = AgentsReady(plugins, self._services)
        self._tokens = StreamTokens(installation.streams, installation.clock)
        self._organizations: dict[str, OrganizationCalls] = {}
        self._telephony: dict[str, Telephony] = {}
        self._ended = plugins.notifier("op26x_call_ended")
        self._changed = plugins.notifier("op26x_consent_changed")
        installation.when_opened(self._listen)

    async def open(self) -> None:
        """Loads what is slow to load, and begins to take calls.

        Raises:
            PolicyError: The setting ``place`` or ``processed_in`` names what is no place.
            SettingsError: A recognizer of a plugin can't do what its settings say.
            PluginError: A recognizer of a plugin fails.
        """
        core = self._installation.settings.core
        places_in(core.place)
        regions_in(core.processed_in)
        vad.warm()
        await asyncio.to_thread(redaction.warm)
        await asyncio.to_thread(redaction.try_out, self._registry.recognizers)
        first = await self.of(self._installation.first)
        for published in await first.workspace.agents.published():
            await first.ready(published.agent)
        await self._installation.services.open(self.orders.answer)
        if not self._installation.database.seat:  # else another may go on with what seems to be left
            await self.close_left()
        self.accepting = True

    async def close_left(self, of: Collection[int] | None = None) -> None:
        """Closes what killed services left open.

        Args:
            of: Only what these left, by their seats.
        """
        for organization_id in await self._installation.across.with_open_calls():
            workspace = await self._installation.opened(organization_id)
            await workspace.calls.fail_unfinished(of=of)
            await workspace.late_ends.close_recordings()

    def check(self, agent: Agent) -> None:
        """Makes sure that an agent can take calls; errors as of ``ServiceBuilder.check``."""
        self._services.check(agent)

    async def of(self, organization_id: str) -> OrganizationCalls:
        """What the calls of an organization share."""
        if organization_id not in self._organizations:
            workspace = await self._installation.opened(organization_id)
            feed = self._installation.services.feed(organization_id)
            name = await self._name_of(organization_id)
            made = OrganizationCalls(
                workspace, name, self._plugins, self._registry, self._prepared, self._tokens, feed, self._meters
            )
            return self._organizations.setdefault(organization_id, made)
        return self._organizations[organization_id]

    async def _name_of(self, organization_id: str) -> str:
        return next(one.name for one in await self._installation.organizations.list() if one.id == organization_id)

    def forget(self, organization_id: str) -> None:
        """Lets go of an organization that was erased."""
        self._organizations.pop(organization_id, None)
        self._installation.services.forget(organization_id)

    def session(self, organization_id: str, call_id: str) -> CallSession | None:
        """A call of an organization that is in progress."""
        session = self.sessions.get(call_id)
        return session if session is not None and session.organization_id == organization_id else None

    async def drain(self, seconds: float) -> None:
        """Takes no more calls, lets those in progress end, and ends what is left after a while."""
        self._relieved = bool(await self._installation.services.others())
        self.accepting = False
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self._tokens.outstanding and (seconds := until - loop.time()) > 0:
            await asyncio.sleep(min(seconds, RELIEVED_POLL_S if self._relieved else POLL_S))
            if self._relieved:
                await self._drop_those_taken()
        waiting = [asyncio.shield(session.finished) for session in self.sessions.values()]
        if waiting:
            _, left = await asyncio.wait(waiting, timeout=max(0.0, seconds))
            for _ in left:
                self._meters.missed("drain")
        ends = [session.end("service-stopped") for session in self.sessions.values()]
        for result in await asyncio.gather(*ends, return_exceptions=True):
            if isinstance(result, Exception):
                log.error("a call could not be ended in good order", exc_info=result)
        self._deadlines.close()
        running_on = {tool for calls in self._organizations.values() for tool in calls.shared.tools_running_on}
        if running_on:
            await asyncio.wait(running_on, timeout=max(0.0, seconds))

    async def _drop_those_taken(self) -> None:
        """Expects no more streams of calls whose streams came to another service."""
        for call_id, organization_id in self._tokens.expected.items():
            try:
                call, _ = await (await self._installation.opened(organization_id)).calls.get(call_id)
            except Op26xError as error:  # then it is expected until its time is over
                log.error("it is not known whether a stream still comes", call=call_id, exc_info=error)
                continue
            if call.state not in (CallState.QUEUED, CallState.RINGING):
                self._tokens.drop(call_id)

    async def close(self) -> None:
        """Hears no other service any more, after the last call."""
        await self._installation.services.close()

    @property
    def takes_streams(self) -> bool:
        """Whether a media stream should come here: not to a service that stops while another goes on."""
        return self.accepting or not self._relieved or bool(self._tokens.outstanding)

    @property
    def in_progress(self) -> int:
        """Calls that go on, or were admitted a moment ago."""
        return len(self.sessions) + self._tokens.outstanding

    def fall_silent(self) -> None:
        """Tells whoever listens to live events that nothing more comes."""
        for calls in self._organizations.values():
            calls.feed.close()

    async def arrive(self, arrival: Arrival) -> Admission:
        """Takes a call, or raises ``AdmissionRefused``."""
        if not self.accepting:
            refused = AskAnother if self._relieved else AdmissionRefused
            raise refused("The service is not taking calls.", again=self._installation.clock.now())
        # One at a time for each call: its webhook may be sent again before it was answered.
        async with self._arriving.setdefault(f"{arrival.provider}/{arrival.provider_call_id}", asyncio.Lock()):
            admission = await self._admitted_before(arrival)
            if admission is None:
                arrival = await self._owned(arrival)
                try:
                    admission = await (await self.of(arrival.organization_id)).arrive(arrival)
                except ArrivedBefore:  # at another service, a moment ago
                    if (admission := await self._admitted_before(arrival)) is None:
                        raise
        inbound = arrival.direction is Direction.INBOUND
        if inbound:
            self._deadlines.set(admission.organization_id, admission.call_id, STREAM, TOKEN_LIFE_S)
        await self._publish_state(
            admission.organization_id, admission.call_id, CallState.RINGING if inbound else CallState.QUEUED
        )
        return admission

    async def _owned(self, arrival: Arrival) -> Arrival:
        """An arrival with the organization that it is for: the one that owns the number that was called.

        Raises:
            NotInService: The number is nobody's and there are several organizations, or its organization is closed.
        """
        if arrival.organization_id:
            return arrival
        line, is_open = await self._installation.across.line(arrival.provider, arrival.called)
        if line is not None and is_open:
            return replace(arrival, organization_id=line.organization_id, agent=arrival.agent or line.agent)
        if line is None and (only := await self._only_organization()):
            return replace(arrival, organization_id=only)
        why = "the number's organization is closed" if line is not None else "the number is no organization's"
        log.warning("a call is refused", provider=arrival.provider, called=str(arrival.called), why=why)
        raise NotInService(f"The call was refused: {why}.")

    async def _only_organization(self) -> str | None:
        """The organization of an installation that has one; ``None`` if it has several."""
        there = [one.id for one in await self._installation.organizations.list() if one.closed_at is None]
        return there[0] if len(there) == 1 else None

    async def _admitted_before(self, arrival: Arrival) -> Admission | None:
        """Admits the call of a webhook that the provider sent again because it got no answer."""
        call = await self._by_provider_id(arrival.provider, arrival.provider_call_id)
        if call is not None and call.state != CallState.RINGING:
            raise AdmissionRefused("That call was answered or refused before.")
        return None if call is None else self._tokens.issue(call)

    async def admission_of(self, provider: str, provider_call_id: str) -> Admission | None:
        """A fresh token for a call that this service placed."""
        call = await self._call_of(provider, provider_call_id)
        if call is None or call.direction != Direction.OUTBOUND or CallState(call.state).is_final:
            return None
        if not await self._installation.across.is_open(call.organization_id):
            return None
        organization = await self.of(call.organization_id)
        try:
            await organization.check_again(call)
        except AdmissionRefused:  # by what has changed since it was placed
            return None
        self._deadlines.set(call.organization_id, call.id, STREAM, TOKEN_LIFE_S)
        return self._tokens.issue(call)

    async def connect(self, token: str, provider_call_id: str, wire: Wire) -> MediaSession:
        """Starts the session of a call whose media stream has come, or raises ``AdmissionRefused``.

        A call has one session, from its first stream to its end: a second stream is refused, whatever its token.
        """
        organization_id, call_id = self._tokens.redeem(token, provider_call_id)
        if call_id in self.sessions or call_id in self._connecting:
            raise AdmissionRefused("That call has a media stream already.")
        self._connecting.add(call_id)
        try:
            session = await self._connect(organization_id, call_id, wire)
            self._deadlines.drop(call_id)
            return session
        finally:
            self._connecting.discard(call_id)

    async def _connect(self, organization_id: str, call_id: str, wire: Wire) -> CallSession:
        organization = await self.of(organization_id)
        calls = organization.workspace.calls
        call, _ = await calls.get(call_id)
        if CallState(call.state).is_final or call.state == CallState.IN_PROGRESS:
            raise AdmissionRefused(f"That call is {call.state}.")
        agent = (await organization.agent_of(call)).agent
        try:
            if call.service == self._installation.database.seat:
                await organization.ready_again(agent)
            else:  # it was admitted elsewhere: what callers are told may have changed since this service last looked
                await organization.ready(agent)
            policy = await organization.policy_of(call)
            await organization.ready_for(agent, policy)
            services = self._services.build(agent, call.id)
            disclosures = await organization.disclosures(call, agent, hears=services.hears)
            services = disclosures.counted(services)
        except AdmissionRefused as error:
            log.warning("a call is refused as it begins", call=call.id, why=error.reason)
            await calls.move(call.id, CallState.FAILED, reason=f"refused: {error.reason}")
            raise
        except Exception as error:
            log.error("a service can't be built", call=call.id, exc_info=error)
            await calls.move(call.id, CallState.FAILED, reason="no-service")
            raise AdmissionRefused("A service of the agent can't be built; see the log.") from error
        hang_up, transfer = partial(self._hang_up, call), partial(self._transfer, call)
        shared = organization.shared
        session = CallSession(call, agent, policy, wire, services, shared, disclosures, hang_up, transfer)
        self.sessions[call.id] = session
        session.finished.add_done_callback(lambda _: self.sessions.pop(call.id, None))
        try:
            await session.start()
        except IllegalTransition:  # it ended meanwhile, and was never answered
            raise AdmissionRefused("That call has ended.") from None
        finally:
            if not session.started:
                session.finished.set_result(None)
        return session

    async def report(self, provider: str, provider_call_id: str, state: CallState) -> None:
        """Notes what the provider says of a call; a session in progress speaks for itself."""
        call = await self._call_of(provider, provider_call_id)
        if call is None:
            log.warning("status of an unknown call", provider=provider)
            return
        if call.id in self.sessions:
            if state.is_final:
                await self.sessions[call.id].hung_up()
            return
        if call.state == state.value or state is CallState.IN_PROGRESS:
            return
        if call.state == CallState.IN_PROGRESS and call.service in await self._installation.services.others():
            return  # that service speaks for it
        workspace = await self._installation.opened(call.organization_id)
        try:
            await workspace.calls.move(call.id, state, reason=f"provider: {state.value}" if state.is_final else "")
        except IllegalTransition:
            log.info("late status ignored", call=call.id, state=state.value)
            return
        await self._publish_state(call.organization_id, call.id, state)

    async def place(
        self, organization_id: str, new: NewCall, still: Callable[[], Awaitable[None]] | None = None
    ) -> str:
        """Places a call of an organization and returns its identifier.

        Args:
            organization_id: Whose it is.
            new: The call.
            still: Asked right before the carrier is; raises if the call is not to be placed any more.

        Raises:
            UsageError: No such agent, or no number to call from is set.
            AdmissionRefused: It may not happen.
            ProviderError: The provider refused or did not answer.
        """
        if not await self._installation.across.is_open(organization_id):
            raise AdmissionRefused("The organization is closed: it places no calls.")
        organization = await self.of(organization_id)
        arrival = await self.arrival_of(organization_id, new)
        telephony = self._line(new.provider)
        admission = await self.arrive(arrival)
        calls, why = organization.workspace.calls, "not placed"
        async with self._placing:
            try:
                call, _ = await calls.get(admission.call_id)
                await organization.check_again(call)
                if still is not None:
                    await still()
                why = "provider refused"
                provider_call_id = await telephony.place_call(to=new.to, caller=arrival.caller)
            except AdmissionRefused:
                raise
            except Exception:
                await calls.move(admission.call_id, CallState.FAILED, reason=why)
                raise
            await calls.placed(admission.call_id, provider_call_id)
            self._deadlines.set(organization_id, admission.call_id, REPORT, REPORT_S)
        return admission.call_id

    async def arrival_of(self, organization_id: str, new: NewCall) -> Arrival:
        """A call that is to be placed, with the number that it comes from; errors as of ``place``."""
        organization = await self.of(organization_id)
        there = [published.agent.name for published in await organization.workspace.agents.published()]
        if new.agent not in there:
            raise UsageError(f"There is no agent {new.agent!r}.", f"The agents are: {', '.join(there)}.")
        if not new.to:
            raise UsageError("There is no number to call.", "Write it as +12125550123.")
        telephony = self._line(new.provider)
        telephony.check_settings()
        # The provider's own number is the installation's: it speaks for an organization only if there is no other.
        own = telephony.own_number if await self._only_organization() else PhoneNumber("")
        caller = await organization.caller_id(new.provider, own)
        return Arrival(
            new.provider,
            "",
            Direction.OUTBOUND,
            caller,
            new.to,
            new.agent,
            organization_id,
            places=new.places,
            campaign=new.campaign,
        )

    async def _overdue(self, organization_id: str, call_id: str, deadline: str) -> None:
        """What should have happened to a call did not, and nobody will tell us: it is over."""
        workspace = await self._installation.opened(organization_id)
        call, _ = await workspace.calls.get(call_id)
        if call_id in self._connecting or call.state not in (CallState.QUEUED, CallState.RINGING):
            return
        log.error("a call came to nothing", call=call_id, waited_for=deadline)
        self._meters.missed(deadline)
        state = CallState.FAILED if deadline == STREAM else CallState.NO_ANSWER
        try:
            await workspace.calls.move(call_id, state, reason=f"no-{deadline}", was=CallState(call.state))
        except IllegalTransition:
            return
        await self._publish_state(organization_id, call_id, state)

    async def _call_of(self, provider: str, provider_call_id: str) -> Call | None:
        """A call by the provider's identifier, which may come in before it is written, here or by another service."""
        call = await self._by_provider_id(provider, provider_call_id)
        if call is None and self._placing.locked():
            async with self._placing:
                call = await self._by_provider_id(provider, provider_call_id)
        if call is None and await self._installation.services.others():
            await asyncio.sleep(PLACED_S)
            call = await self._by_provider_id(provider, provider_call_id)
        return call

    async def _by_provider_id(self, provider: str, provider_call_id: str) -> Call | None:
        """A call by the provider's identifier, whoever it belongs to: the provider knows no organizations."""
        owner = await self._installation.across.owner_of_call(provider, provider_call_id) if provider_call_id else None
        if owner is None:
            return None
        return await (await self._installation.opened(owner)).calls.by_provider_id(provider, provider_call_id)

    def _listen(self, workspace: Workspace) -> None:
        """Tells plugins of what ends and changes in a workspace, whoever has it written."""
        workspace.calls.when_ended(lambda call: self._ended(call=call, records=workspace.records))
        workspace.consents.when_changed(lambda consent: self._changed(consent=consent))

    def _line(self, provider: str) -> Telephony:
        if provider not in self._telephony:
            request = ServiceRequest(settings_of=self._installation.settings.of)
            self._telephony[provider] = self._registry.provider("telephony", provider).build(request)
        return self._telephony[provider]

    async def _hang_up(self, call: Call) -> None:
        telephony = self._line(call.provider)
        if telephony.can_hang_up:
            await telephony.hang_up(call.provider_call_id or "")

    async def _transfer(self, call: Call, to: PhoneNumber) -> None:
        await self._line(call.provider).transfer(call.provider_call_id or "", to)

    async def _publish_state(self, organization_id: str, call_id: str, state: CallState) -> None:
        (await self.of(organization_id)).feed.publish(LiveEvent(call_id, "state", text=state.value))
