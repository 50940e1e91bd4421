"""One call in progress: joins ears, mouth and conversation, and keeps the call's limits.

What each part knows stays in its module; here is only what happens *between* them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
from pipecat.services.tts_service import TTSService

from op26x import logs
from op26x.agents import Agent, HumanMode, Tool
from op26x.calls import Call, Direction, Wire
from op26x.consent import MEANT, Evidence, Notice, Proof, Right, said_first, second_language
from op26x.g711 import SAMPLE_RATE, silence
from op26x.policy import EffectivePolicy
from op26x.recording import WireTap
from op26x.types import Personal, PhoneNumber, Word
from op26x.voice.call.call_limits import CallLimits
from op26x.voice.call.call_tasks import CallTasks
from op26x.voice.call.ending import OPTED_OUT, TRANSFERRED, Ending
from op26x.voice.call.opening import Opening
from op26x.voice.consent.assent import AssentListener
from op26x.voice.consent.callers_word import CallersWord
from op26x.voice.consent.person_request import PersonRequest, owed
from op26x.voice.consent.recorded_call import RecordedCall
from op26x.voice.consent.tapped_wire import TappedWire
from op26x.voice.conversation.call_report import CallReport
from op26x.voice.conversation.conversation import Conversation
from op26x.voice.conversation.dependencies import CallDependencies
from op26x.voice.conversation.disclosed import CallDisclosures
from op26x.voice.conversation.failures import Failures
from op26x.voice.conversation.prompts import Prompts
from op26x.voice.conversation.redacted import CallRedaction
from op26x.voice.conversation.refusals import Refusals
from op26x.voice.conversation.secure_entry import SecureEntry
from op26x.voice.conversation.services import CallServices
from op26x.voice.conversation.tool_runner import ToolRunner
from op26x.voice.conversation.transport import CallTransport
from op26x.voice.conversation.unanswered import Unanswered
from op26x.voice.hearing.ears import Ears, Understood
from op26x.voice.hearing.echo import EchoDetector, EchoReference
from op26x.voice.hearing.word_ear import WordEar
from op26x.voice.speaking.mouth import Mouth
from op26x.voice.turns.answer_watch import AnswerWatch
from op26x.voice.turns.floor import AgentFloor
from op26x.voice.turns.phase import Phase, Progress
from op26x.voice.turns.turn_taking import TurnTaking
from op26x.voice.turns.turns import TurnBook, UnredactedTurn
from op26x.voice.vendors.frames import Refusal
from op26x.voice.vendors.speech_to_speech import AudioIntoPipeline

log = logs.get("voice")

KEYS = frozenset("0123456789*#")
AGENT_HUNG_UP = "agent-hung-up"
LAST_WORDS_S = 4.0
"""How long a call's end waits for what the caller is saying, or for an STT service that is turning it into words."""


class CallSession:
    """A call in progress; an ``op26x.calls.MediaSession``, and the listener and speaker of its parts.

    Args:
        call: As stored.
        agent: Who talks.
        policy: What the call is held under.
        wire: The way to the caller.
        services: LLM, TTS and STT services and tools, built for this call.
        shared: What all calls share.
        disclosures: Counts what the call gives to companies.
        hang_up: Ends the call at the provider; the stream is closed in any case.
        transfer: Puts the caller through to a number, at the provider.
    """

    def __init__(
        self,
        call: Call,
        agent: Agent,
        policy: EffectivePolicy,
        wire: Wire,
        services: CallServices,
        shared: CallDependencies,
        disclosures: CallDisclosures,
        hang_up: Callable[[], Awaitable[None]],
        transfer: Callable[[PhoneNumber], Awaitable[None]],
    ) -> None:
        self.call_id = call.id
        self.organization_id = call.organization_id
        self._shared = shared
        self._progress = Progress()
        self._tasks = CallTasks(call.id)
        self._spawn = self._tasks.spawn
        self._pipeline = CallTasks(call.id)  # ends by itself when it is told to, a little later than the call
        self._book = TurnBook(shared.clock)
        self._report = CallReport(call, shared, self._book)
        self._tap = WireTap(shared.clock)
        played = EchoReference()
        self._disclosures = disclosures
        self._wire = TappedWire(wire, self._tap, played)
        self._mouth = Mouth(self._wire, self)
        self._transport = CallTransport(self._mouth)
        self._answer = AnswerWatch(agent.limits.reply_s, self._on_no_answer, self._spawn)
        to_agent = frozenset({Right.HUMAN} if agent.human.mode is HumanMode.AGENT else ())
        self._word_ear = WordEar(agent.language, self._demanded, self._ask_back, to_agent)
        self.floor = AgentFloor(self._mouth, self._answer, lambda: self._tools.running, self._progress, self._spawn)
        self._turn_taking = TurnTaking(agent.interruptions, agent.language, self.floor, self._book, self, self._spawn)
        echo = EchoDetector(played, lambda: self._tap.position)
        self._ears = Ears(services.stt, self._turn_taking, echo, self._word_ear.words, self._spawn, self._unheard)
        self._redaction = CallRedaction(policy, agent.language, shared.recognizers)
        self._conversation = Conversation(agent, self._transport, services, self._llm_alive, self._redaction)
        self._unanswered = Unanswered(
            self._progress, self._answer, self._mouth, self._conversation, lambda: self._tools.running
        )
        self._into_pipeline = AudioIntoPipeline(self._transport.ears.push_frame) if services.hears else None
        spoken = partial(shared.notices.get, agent, second=second_language(policy, agent.language))
        self._prompts = Prompts(
            agent,
            shared,
            spoken,
            self._progress,
            self._mouth,
            self._answer,
            self._conversation,
            self._ears,
            self._turn_taking,
            self._word_ear,
        )
        self._refusals = Refusals(
            self._progress,
            self._prompts,
            self._answer,
            self._report,
            lambda: self._tools.running or self._unanswered.result,
            self._spawn,
        )
        self._failures = Failures(
            call.id, agent, self._progress, self._prompts, self._mouth, self._answer, self._refusals, self._report
        )
        self._conversation.offer(services.tools, self._use_tool)
        self._conversation.user.add_event_handler("on_user_turn_stopped", self._on_caller_turn)
        self._conversation.worker.add_event_handler("on_pipeline_error", self._on_pipeline_error)
        self._limits = CallLimits(
            msgspec.structs.replace(agent.limits, duration_s=policy.longest_s or agent.limits.duration_s),
            self._prompts,
            self._on_no_audio,
            self._spawn,
        )
        outbound = call.direction == Direction.OUTBOUND
        recording, say, tell = shared.recording, self._say_notice, self._report.recording
        self.recorded = RecordedCall(call, spoken, policy.recording, recording, self._tap, say, tell, self._spawn)
        self._ending = Ending(call.id, wire, self.recorded, hang_up, shared.meters.missed)
        human = owed(agent.human, policy)
        self._transfer, self._human = transfer, human.mode
        self._person = PersonRequest(call, human, shared.log, self._put_through)
        leave = partial(self.end, OPTED_OUT) if outbound and policy.ends_when_opted_out else None
        self.word = CallersWord(call, self.recorded, recording.suppressions, say, self._spawn, self._person, leave)
        self._keypad = SecureEntry(
            self._tap, self._redaction, lambda: self._mouth.speaking, self._prompts.ask_for_digits, self._spawn
        )
        self._tools = ToolRunner(
            call,
            agent,
            shared,
            self.recorded,
            self._progress,
            self._prompts,
            self._conversation,
            self._report,
            self._redaction,
            self._keypad,
            lambda: not (self._mouth.speaking or self._ears.hearing_speech),
            self._spawn,
        )
        self._assent = AssentListener(
            agent.language,
            shared.read_assent,
            lambda no: self.word.demand(Right.DELETE, no),
            self.stt_failed,
            self.word.told,
            shared.clock,
            self._spawn,
        )
        self._opening = Opening(
            said_first(policy, outbound=outbound),
            policy.recording,
            self._progress,
            self._conversation,
            self._ears,
            self._turn_taking,
            self._prompts,
            self.recorded,
            self._assent,
            self.word,
            self.end,
        )
        self.started, self.finished = False, asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        """Answers: starts the pipeline, tells the plugins, and opens the conversation."""
        await self._report.begin()
        self.started = True
        self._pipeline.spawn(self._conversation.run())
        self._limits.begin()
        self._ears.hold()
        self._spawn(self._opening.open())

    # What the wire says.

    async def hear(self, ulaw: bytes) -> None:
        """Takes the caller's audio."""
        try:
            self._tap.caller(ulaw)
            heard = await self._ears.hear(self._keypad.without_tones(ulaw))
            if self._into_pipeline and self._progress.talking:
                await self._into_pipeline.hear(silence(len(heard)) if self._keypad.running else heard)
        except Exception as error:  # of ours: it must not look as if the caller had hung up
            self._spawn(self._failures.failed("ears", error))

    async def mark(self, name: str) -> None:
        """A mark came back."""
        await self._mouth.mark_echoed(name)

    async def digit(self, digit: str) -> None:
        """The caller pressed a key; one that telephones do not have is nothing."""
        if digit not in KEYS:
            log.warning("unknown key", call=self.call_id)
        elif self._word_ear.key(digit) is False and not self._keypad.press(digit):
            await self._ears.key(digit)

    async def hung_up(self) -> None:
        """The stream is over."""
        await self.finish(self._progress.ending or "caller-hung-up")

    # What the ears say.

    def _unheard(self, since_ms: int) -> Understood:
        """The caller speaks: what they say is not kept before its words are known, and of these not all may be."""
        if not self._redaction.masks_audio:
            return lambda *_: None
        lost = self._lost
        stretch = self._tap.unheard(_samples(since_ms) + lost)

        def known(text: Personal | None, words: tuple[Word, ...], end_ms: int) -> None:
            whole = since_ms, end_ms
            unkept = self._redaction.unkept(text, words, whole)
            stretch.known([(_samples(start) + lost, _samples(end) + lost) for start, end in unkept])

        return known

    async def speech_started(self) -> None:
        """The caller's turn has begun."""
        self._unanswered.callers_turn = True
        self._limits.silence.broken()
        self._answer.drop()
        self._report.publish("speaking", speaker="caller")
        await self._transport.ears.speech_started()

    async def speech_stopped(self) -> None:
        """The caller has stopped speaking."""
        await self._transport.ears.speech_stopped()

    async def key_pressed(self, digit: str) -> None:
        """The caller pressed a key that is for the conversation."""
        self._limits.silence.broken()
        self._answer.drop()
        await self._transport.ears.digit(digit)

    async def words_heard(self, text: Personal, words: tuple[Word, ...]) -> None:
        """The STT service's words; without any, the turn ends by itself."""
        if text:
            words = self._on_wire(words)
            self._book.caller_words(words)
            await self._transport.ears.words_heard(self._redaction.heard(text, words))
        else:
            self._nobody_speaks()

    @property
    def _lost(self) -> int:
        """Samples of the caller's audio that were lost on the way, of which the ears know nothing."""
        return self._tap.position - self._ears.position

    def _on_wire(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        """Words with their times on the wire, by which recordings go."""
        lost = self._lost * 1000 // SAMPLE_RATE
        if not lost:
            return words
        return tuple(replace(word, start_ms=word.start_ms + lost, end_ms=word.end_ms + lost) for word in words)

    async def right_demanded(self, right: Right) -> None:
        """The caller demanded something, which the LLM is not told."""
        await self.words_heard(Personal(""), ())

    async def stt_failed(self, error: Exception) -> None:
        """The STT service raised; the stream goes on while the caller is told."""
        self._spawn(self._failures.failed("stt", error))

    # What the LLM and the mouth say.

    async def _llm_alive(self) -> None:
        self._answer.alive()

    async def answer_refused(self, reason: Refusal) -> None:
        """An answer without words, which is no failure: the caller is told, and may go on."""
        self._refusals.refused(reason)

    async def agent_started(self) -> None:
        """The caller hears the agent."""
        self._limits.agent_heard()
        self._tools.heard()
        self._keypad.agent_started()
        self._book.agent_started()
        self._report.publish("speaking", speaker="agent")

    async def agent_audio(self, ahead_s: float) -> None:
        """More audio went out; the next must follow in time, or the answer must be complete."""
        self._answer.heard(ahead_s)

    async def answer_begun(self) -> None:
        """The LLM has begun to answer; words must follow in time."""
        self._unanswered.result = False
        self._refusals.stop()
        self._answer.begun()

    async def answer_complete(self) -> None:
        """The LLM's answer is over."""
        if self._answer.complete():
            self._failures.none()
        if self._may_end and not self._mouth.speaking:
            self._spawn(self.finish(self._progress.ending))

    async def agent_stopped(self, text: str, interrupted: bool) -> None:
        """The agent's turn is over; the LLM may have more to say."""
        if interrupted or self._answer.nothing_owed:
            self._answer.drop()
        else:
            self._answer.go_on()
        if interrupted and self._progress.ending == AGENT_HUNG_UP and not self._progress.over:
            self._progress.ending = ""  # the caller has more to say
        self._keypad.agent_stopped()
        self._turn_over(self._book.agent_finished(text, interrupted=interrupted))
        if self._progress.over:
            return
        if self._may_end:
            self._spawn(self.finish(self._progress.ending))
            return
        if self._progress.phase is Phase.GREETING:
            self._progress.phase = Phase.TALKING
            self._progress.greeted.set()
            await self._ears.release()
        await self._turn_taking.agent_stopped(interrupted=interrupted)
        self._nobody_speaks()

    @property
    def _may_end(self) -> bool:
        """Whether the call ends with what was just said: an agent that hangs up waits for its tools first."""
        working = self._progress.ending == AGENT_HUNG_UP and self._tools.running
        return bool(self._progress.ending) and not working and not self._person.promised

    def _nobody_speaks(self) -> None:
        """From now on the caller's silence is watched, unless the agent is at work."""
        busy = self._ears.hearing_speech or self._mouth.speaking or self._tools.running
        if self._progress.talking and not busy:
            self._limits.silence.begin()

    async def _on_caller_turn(self, _aggregator: object, _strategy: object, message: Any) -> None:
        self._unanswered.callers_turn = False
        if not message.content:
            await self._unanswered.nothing_said()
            return
        self._failures.asked()
        self._answer.expect()
        self._turn_over(self._book.caller_finished(message.content))

    async def _on_pipeline_error(self, _worker: object, frame: Any) -> None:
        role = "tts" if isinstance(frame.processor, TTSService) else "llm"
        await self._failures.failed(role, frame.exception, of_an_answer=True)

    async def _on_no_audio(self) -> None:
        log.error("the caller heard nothing", call=self.call_id)
        self._shared.meters.missed("first-audio")
        await self.finish("no-audio")

    async def _on_no_answer(self) -> None:
        if self._progress.ending:
            await self.finish(self._progress.ending)
        else:
            await self._failures.failed("tts" if self._answer.spoken_for else "llm", None)

    async def _use_tool(self, tool: Tool, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if self._progress.over:
            return None
        self._answer.wait()
        self._failures.asked()
        self._limits.silence.pause()
        result = await self._tools.use(tool, arguments)
        if result.end_call:
            self._progress.ending = AGENT_HUNG_UP
        self._unanswered.tool_ended()
        told: Mapping[str, Any] = result.data
        return told

    async def _say_notice(self, notice: Notice) -> str:
        question = self._unanswered.notice_begins()
        mark = await self._prompts.notice(notice, self.recorded)
        await self._unanswered.notice_ended(question=question)
        return mark

    def _demanded(self, right: Right, evidence: Evidence) -> None:
        """The caller's word, at whatever moment of the call."""
        if self._progress.phase is Phase.OVER:
            return
        proof = Proof(evidence, right.value, self._shared.clock.now())
        self._report.publish("right", speaker="caller", text=right.value)
        if self._progress.talking:
            self._limits.silence.broken()
            self._unanswered.demanded()
        if right not in (Right.STOP, Right.DELETE) or not self._assent.refuse(proof):
            self.word.demand(right, proof)

    def _ask_back(self, right: Right, text: str) -> bool:
        """Asks whether a demand is meant, once the conversation has begun and if there is something to be done."""
        if not self._progress.talking or not self.recorded.concerns(right):
            return False
        if right is Right.HUMAN and self._human is HumanMode.NONE:
            return False
        self._limits.silence.broken()
        self._unanswered.demanded()
        self._spawn(self._ask_whether_meant(right, text))
        return True

    async def _ask_whether_meant(self, right: Right, text: str) -> None:
        if await self._say_notice(MEANT[right]):
            self._word_ear.asked(right, text)

    async def _put_through(self, number: PhoneNumber) -> None:
        if not self._progress.over:
            await self._transfer(number)
            await self.finish(TRANSFERRED)

    async def end(self, reason: str) -> None:
        """Ends the call from our side, for an operator or a stopping service."""
        self._progress.ending = self._progress.ending or reason
        await self.finish(self._progress.ending)

    async def finish(self, reason: str) -> None:
        """Winds the call up, once: stops every part, hangs up, writes the record, tells the plugins."""
        if self._progress.over:
            await asyncio.shield(self.finished)
            return
        reason = TRANSFERRED if self._person.transferring else reason
        more_to_hear = self._progress.talking and reason not in ("caller-hung-up", "service-stopped", TRANSFERRED)
        try:
            if self._mouth.speaking:
                await self._mouth.abandon()
            self._progress.phase = Phase.ENDING
            self._mouth.close()
            self._progress.greeted.set()
            self._stop_watches()
            self._assent.close()
            await self._ending.stop(self._conversation.fall_silent())
            await self._ears.end(LAST_WORDS_S, more_to_hear=more_to_hear)
            await self.word.settled()
            await self._ending.stop(self._conversation.stop())
            await self._ending.finish_recording()
            await self._ending.disconnect(reason)
            await self._tools.settled(LAST_WORDS_S)
            self._disclosures.carried(self._wire.sent, self._tap.position)
            await self._disclosures.end(self._redaction.clear)
            await self._report.end(reason, self._tools.outcome, self._redaction.counted)
        finally:
            self._progress.phase = Phase.OVER
            if not self.finished.done():
                self.finished.set_result(None)
            self._tasks.stop()
            self._stop_watches()  # what was under way may have started one anew, which would keep all of this

    def _stop_watches(self) -> None:
        self._limits.stop()
        self._answer.drop()
        self._refusals.stop()
        self._turn_taking.reset()

    def _turn_over(self, turn: UnredactedTurn) -> None:
        if not self._progress.over:
            seen = self._redaction.for_sinks(turn)
            self._report.turn(seen.live, seen.plugins)
            self.recorded.turn(seen.transcript)


def _samples(ms: int) -> int:
    return ms * SAMPLE_RATE // 1000
