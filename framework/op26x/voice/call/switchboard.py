"""The switchboard: takes calls from telephony plugins, starts their sessions, and knows which are in progress."""

import asyncio
from weakref import WeakValueDictionary

from op26x import logs
from op26x.agents import Agent
from op26x.calls import (
    Admission,
    Admissions,
    Arrival,
    Call,
    CallState,
    Direction,
    LiveEvent,
    LiveFeed,
    MediaSession,
    Telephony,
    Wire,
    Workspace,
)
from op26x.calls.admission import TOKEN_LIFE_S
from op26x.consent import RecordingMode, fits_answer
from op26x.errors import AdmissionRefused, IllegalTransition, Op26xError, UsageError
from op26x.plugins import Plugins, Registry
from op26x.types import PhoneNumber, ServiceRequest
from op26x.voice.call.deadlines import Deadlines
from op26x.voice.call.session import CallSession
from op26x.voice.consent.dependencies import RecordingDependencies
from op26x.voice.conversation.dependencies import CallDependencies, Meters
from op26x.voice.conversation.services import ServiceBuilder
from op26x.voice.hearing import vad
from op26x.voice.speaking.notices import Notices
from op26x.voice.speaking.sentences import Sentences

log = logs.get("switchboard")

STREAM, REPORT = "stream", "report"
POLL_S = 0.1
REPORT_S = 180.0
"""A provider that placed a call tells within that time what became of it: Twilio rings for 60 s."""


class VoiceSwitchboard:
    """Where calls come in; an ``op26x.calls.Switchboard``.

    Args:
        workspace: The organization's records and settings.
        plugins: Whose hooks are called.
        registry: What the plugins provide.
        agents: The agents there are, by name.
        meters: Told what can be counted.

    Raises:
        AgentError: An agent asks for what no plugin offers.
    """

    def __init__(
        self,
        workspace: Workspace,
        plugins: Plugins,
        registry: Registry,
        agents: dict[str, Agent],
        meters: Meters | None = None,
    ) -> None:
        self.feed = LiveFeed()
        self.agents = agents
        self.sessions: dict[str, CallSession] = {}
        self.accepting = False
        self._placing = asyncio.Lock()
        self._arriving: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._connecting: set[str] = set()
        self._deadlines = Deadlines(self._overdue)
        self._workspace = workspace
        self._registry = registry
        self._services = ServiceBuilder(registry, workspace.settings)
        for agent in agents.values():
            self._services.check(agent)
        self._sentences = Sentences(plugins)
        self._telephony: dict[str, Telephony] = {}
        self._notices = Notices(plugins)
        self._admissions = Admissions(
            workspace.calls,
            plugins,
            lambda: set(agents),
            workspace.ids,
            workspace.clock,
            keep_days=self._keep_days,
            may_be_called=self._may_be_called,
        )
        recording = RecordingDependencies(
            calls=workspace.calls,
            recordings=workspace.recordings,
            erasures=workspace.erasures,
            transcripts=workspace.transcripts,
            consents=workspace.consents,
            notices=self._notices,
            clock=workspace.clock,
            started=plugins.notifier("op26x_recording_started"),
            paused=plugins.notifier("op26x_recording_paused"),
            sealed=plugins.notifier("op26x_recording_sealed"),
        )
        self._shared = CallDependencies(
            log=workspace.calls,
            late_ends=workspace.late_ends,
            feed=self.feed,
            sentences=self._sentences,
            clock=workspace.clock,
            recording=recording,
            read_assent=plugins.decider("op26x_read_assent", fits_answer),
            answered=plugins.notifier("op26x_call_answered"),
            turn_finished=plugins.notifier("op26x_turn_finished"),
            meters=meters or Meters(),
        )
        ended = plugins.notifier("op26x_call_ended")
        workspace.calls.when_ended(lambda call: ended(call=call))
        changed = plugins.notifier("op26x_consent_changed")
        workspace.consents.when_changed(lambda consent: changed(consent=consent))

    async def open(self) -> None:
        """Loads what is slow to load, and begins to take calls."""
        vad.warm()
        for agent in self.agents.values():
            await self._sentences.warm(agent.language)
            await self._services.warm(agent)
            await self._notices.warm(agent)
        await self._workspace.calls.fail_unfinished()
        for left in await self._workspace.recordings.interrupt_unfinished():
            await self._workspace.calls.recording(left.call_id, RecordingMode(left.mode), left.state)
        self.accepting = True

    async def drain(self, seconds: float) -> None:
        """Takes no more calls, lets those in progress end, and ends what is left after a while."""
        self.accepting = False
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self._admissions.outstanding and (seconds := until - loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(seconds, POLL_S))
        waiting = [asyncio.shield(session.finished) for session in self.sessions.values()]
        if waiting:
            _, left = await asyncio.wait(waiting, timeout=max(0.0, seconds))
            for _ in left:
                self._shared.meters.missed("drain")
        ends = [session.end("service-stopped") for session in self.sessions.values()]
        for result in await asyncio.gather(*ends, return_exceptions=True):
            if isinstance(result, Exception):
                log.error("a call could not be ended in good order", exc_info=result)
        self._deadlines.close()
        if self._shared.tools_running_on:
            await asyncio.wait(set(self._shared.tools_running_on), timeout=max(0.0, seconds))

    @property
    def in_progress(self) -> int:
        """Calls that go on, or were admitted a moment ago."""
        return len(self.sessions) + self._admissions.outstanding

    async def arrive(self, arrival: Arrival) -> Admission:
        """Takes a call, or raises ``AdmissionRefused``."""
        if not self.accepting:
            raise AdmissionRefused("The service is not taking calls.")
        # One at a time for each call: its webhook may be sent again before it was answered.
        async with self._arriving.setdefault(f"{arrival.provider}/{arrival.provider_call_id}", asyncio.Lock()):
            known = await self._announced_before(arrival)
            admission = self._admissions.issue(known) if known else await self._admissions.decide(arrival)
        inbound = arrival.direction is Direction.INBOUND
        if inbound:
            self._deadlines.set(admission.call_id, STREAM, TOKEN_LIFE_S)
        self._publish_state(admission.call_id, CallState.RINGING if inbound else CallState.QUEUED)
        return admission

    async def _announced_before(self, arrival: Arrival) -> Call | None:
        """The call of a webhook that the provider sent again because it got no answer."""
        if not arrival.provider_call_id:
            return None
        call = await self._workspace.calls.by_provider_id(arrival.provider, arrival.provider_call_id)
        if call is not None and call.state != CallState.RINGING:
            raise AdmissionRefused("That call was answered or refused before.")
        return call

    async def admission_of(self, provider: str, provider_call_id: str) -> Admission | None:
        """A fresh token for a call that this service placed."""
        call = await self._call_of(provider, provider_call_id)
        if call is None or call.direction != Direction.OUTBOUND or CallState(call.state).is_final:
            return None
        if await self._workspace.consents.is_suppressed(call.called_index):  # since it was placed
            await self._workspace.calls.move(call.id, CallState.CANCELED, reason="refused: do-not-call")
            return None
        self._deadlines.set(call.id, STREAM, TOKEN_LIFE_S)
        return self._admissions.issue(call)

    async def connect(self, token: str, provider_call_id: str, wire: Wire) -> MediaSession:
        """Starts the session of a call whose media stream has come, or raises ``AdmissionRefused``.

        A call has one session, from its first stream to its end: a second stream is refused, whatever its token.
        """
        admission = self._admissions.redeem(token, provider_call_id)
        if admission.call_id in self.sessions or admission.call_id in self._connecting:
            raise AdmissionRefused("That call has a media stream already.")
        self._connecting.add(admission.call_id)
        self._deadlines.drop(admission.call_id)
        try:
            return await self._connect(admission, provider_call_id, wire)
        finally:
            self._connecting.discard(admission.call_id)

    async def _connect(self, admission: Admission, provider_call_id: str, wire: Wire) -> CallSession:
        call, _ = await self._workspace.calls.get(admission.call_id)
        if CallState(call.state).is_final or call.state == CallState.IN_PROGRESS:
            raise AdmissionRefused(f"That call is {call.state}.")
        agent = self.agents[admission.agent]
        try:
            services = self._services.build(agent, call.id)
        except Exception as error:
            log.error("a service can't be built", call=call.id, exc_info=error)
            await self._workspace.calls.move(call.id, CallState.FAILED, reason="no-service")
            raise AdmissionRefused("A service of the agent can't be built; see the log.") from error
        session = CallSession(
            call, agent, wire, services, self._shared, lambda: self._hang_up(call.provider, provider_call_id)
        )
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
        try:
            await self._workspace.calls.move(
                call.id, state, reason=f"provider: {state.value}" if state.is_final else ""
            )
        except IllegalTransition:
            log.info("late status ignored", call=call.id, state=state.value)
            return
        self._publish_state(call.id, state)

    async def place(self, provider: str, to: PhoneNumber, agent: str) -> str:
        """Places a call and returns its identifier.

        Raises:
            UsageError: No such agent, or no number to call from is set.
            AdmissionRefused: It may not happen.
            ProviderError: The provider refused or did not answer.
        """
        if agent not in self.agents:
            raise UsageError(f"There is no agent {agent!r}.", f"The agents are: {', '.join(self.agents)}.")
        if not to:
            raise UsageError("There is no number to call.", "Write it as +15550100123.")
        telephony = self._line(provider)
        if not telephony.own_number:
            raise UsageError(
                "No number to call from is set.", f"Set OP26X_{provider.upper()}_NUMBER to a number of yours."
            )
        arrival = Arrival(provider, "", Direction.OUTBOUND, telephony.own_number, to, agent)
        admission = await self.arrive(arrival)
        async with self._placing:
            try:
                provider_call_id = await telephony.place_call(to=to, caller=telephony.own_number)
            except Op26xError:
                await self._workspace.calls.move(admission.call_id, CallState.FAILED, reason="provider refused")
                raise
            await self._workspace.calls.placed(admission.call_id, provider_call_id)
            self._deadlines.set(admission.call_id, REPORT, REPORT_S)
        return admission.call_id

    async def _overdue(self, call_id: str, deadline: str) -> None:
        """What should have happened to a call did not, and nobody will tell us: it is over."""
        call, _ = await self._workspace.calls.get(call_id)
        if call_id in self.sessions or call_id in self._connecting or CallState(call.state).is_final:
            return
        log.error("a call came to nothing", call=call_id, waited_for=deadline)
        self._shared.meters.missed(deadline)
        state = CallState.FAILED if deadline == STREAM else CallState.NO_ANSWER
        try:
            await self._workspace.calls.move(call_id, state, reason=f"no-{deadline}")
        except IllegalTransition:
            return
        self._publish_state(call_id, state)

    async def _call_of(self, provider: str, provider_call_id: str) -> Call | None:
        """A call by the provider's identifier, which may come in before the answer to its placement is written."""
        call = await self._workspace.calls.by_provider_id(provider, provider_call_id)
        if call is None and self._placing.locked():
            async with self._placing:
                call = await self._workspace.calls.by_provider_id(provider, provider_call_id)
        return call

    def _keep_days(self, agent: str) -> int | None:
        return self.agents[agent].recording.keep_days if agent in self.agents else None

    async def _may_be_called(self, number: PhoneNumber) -> bool:
        return not await self._workspace.consents.is_suppressed(self._workspace.index.of(number))

    def _line(self, provider: str) -> Telephony:
        if provider not in self._telephony:
            request = ServiceRequest(settings_of=self._workspace.settings.of)
            self._telephony[provider] = self._registry.provider("telephony", provider).build(request)
        return self._telephony[provider]

    async def _hang_up(self, provider: str, provider_call_id: str) -> None:
        telephony = self._line(provider)
        if telephony.can_hang_up:
            await telephony.hang_up(provider_call_id)

    def _publish_state(self, call_id: str, state: CallState) -> None:
        self.feed.publish(LiveEvent(call_id, "state", text=state.value))
