"""One call in progress: joins ears, mouth and conversation, and keeps the call's limits.

What each part knows stays in its module; here is only what happens *between* them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from op26x import logs
from op26x.agents import Agent, Tool, ToolCall, call_tool
from op26x.calls import Call, TurnInfo, Wire
from op26x.consent import Evidence, Notice, Proof, RecordingMode, Right
from op26x.errors import ProviderError
from op26x.recording import WireTap
from op26x.types import Word
from op26x.voice.call.answer_watch import AnswerWatch
from op26x.voice.call.call_report import CallReport
from op26x.voice.call.call_tasks import CallTasks
from op26x.voice.call.conversation import Conversation
from op26x.voice.call.dependencies import CallDependencies
from op26x.voice.call.phase import Phase
from op26x.voice.call.services import CallServices
from op26x.voice.call.silence_watch import SilenceWatch
from op26x.voice.call.transport import CallTransport
from op26x.voice.call.turns import TurnBook
from op26x.voice.consent.assent import AssentListener
from op26x.voice.consent.callers_word import CallersWord
from op26x.voice.consent.recorded_call import RecordedCall
from op26x.voice.consent.tapped_wire import TappedWire
from op26x.voice.hearing.ears import Ears
from op26x.voice.hearing.word_ear import WordEar
from op26x.voice.speaking.mouth import Mouth
from op26x.voice.speaking.sentences import Sentence
from op26x.voice.timers import Timer
from op26x.voice.vendors.speech_to_speech import AudioIntoPipeline

log = logs.get("voice")

GREETING_LATE_S = 2.5
VENDOR_FAILURES = 2
LAST_WORDS_S = 4.0
"""How long a call's end waits for what the caller is saying, or for a recogniser that is turning it into words."""
OVER = (Phase.ENDING, Phase.OVER)
QUESTIONS = (Notice.ASSENT, Notice.ASK_AGAIN)


class CallSession:
    """A call in progress; an ``op26x.calls.MediaSession``, and the listener and speaker of its parts.

    Args:
        call: As stored.
        agent: Who talks.
        wire: The way to the caller.
        services: Brain, voice, recogniser and tools, built for this call.
        shared: What all calls share.
        hang_up: Ends the call at the provider; the stream is closed in any case.
    """

    def __init__(
        self,
        call: Call,
        agent: Agent,
        wire: Wire,
        services: CallServices,
        shared: CallDependencies,
        hang_up: Callable[[], Awaitable[None]],
    ) -> None:
        self.call_id = call.id
        self._agent = agent
        self._wire = wire
        self._shared = shared
        self._hang_up = hang_up
        self._tasks = CallTasks(call.id)
        self._spawn = self._tasks.spawn
        self._pipeline = CallTasks(call.id)  # ends by itself when it is told to, a little later than the call
        self._book = TurnBook(shared.clock)
        self._report = CallReport(call, shared, self._book)
        self._tap = WireTap(shared.clock)
        self._mouth = Mouth(TappedWire(wire, self._tap), self)
        self._transport = CallTransport(self._mouth)
        self._word_ear = WordEar(agent.language, self._demanded)
        self._ears = Ears(services.recogniser, self, self._word_ear.words, self._spawn)
        self._conversation = Conversation(agent, self._transport, services)
        self._into_pipeline = AudioIntoPipeline(self._transport.ears.push_frame) if services.hears else None
        self._conversation.offer(services.tools, self._use_tool)
        self._conversation.user.add_event_handler("on_user_turn_stopped", self._on_caller_turn)
        self._conversation.worker.add_event_handler("on_pipeline_error", self._on_pipeline_error)
        self._silence = SilenceWatch(
            agent.limits.silence_s,
            lambda: self._say(Sentence.STILL_THERE),
            lambda: self._say_goodbye(Sentence.NOBODY_THERE, "silence"),
            self._spawn,
        )
        self._answer = AnswerWatch(agent.limits.reply_s, self._on_no_answer, self._spawn)
        self._limit = Timer(lambda: self._say_goodbye(Sentence.TIME_IS_UP, "time-limit"), self._spawn)
        recording, say, tell = shared.recording, self._say_notice, self._report.recording
        self.recorded = RecordedCall(call, agent, recording, self._tap, say, tell, self._spawn)
        self.word = CallersWord(call, self.recorded, recording.consents, say, self._spawn)
        self._assent = AssentListener(
            agent.language, shared.read_assent, self._take_back, self.word.told, shared.clock, self._spawn
        )
        self._phase = Phase.OPENING
        self._greeted = asyncio.Event()
        self.started = False
        self._failures = 0
        self._ending = ""
        self._outcome = ""
        self.finished = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        """Answers: starts the pipeline, tells the plugins, and opens the conversation."""
        await self._report.begin()
        self.started = True
        self._pipeline.spawn(self._conversation.run())
        self._limit.start(self._agent.limits.duration_s)
        self._ears.hold()
        self._spawn(self._open())

    async def _open(self) -> None:
        """Announcement, assent and recording first, then the greeting."""
        await self._conversation.started.wait()
        if self._agent.recording.mode is RecordingMode.ASSENT:
            self._ears.listener = self._assent
            self._ears.forget()
        await self.recorded.begin(self._assent)
        if self._agent.recording.mode is RecordingMode.ASSENT:
            await self._ears.settled(LAST_WORDS_S)  # a no that was begun before the thanks were over is one
        self._ears.listener = self
        if self._agent.recording.mode.announces:
            # What was said before the gate opened, or while it did, is nobody's business.
            self._ears.forget()
        await self.word.told()
        if self._ending or self._phase is not Phase.OPENING:
            return
        self._phase = Phase.GREETING
        self._ears.hold()
        self._mouth.protect()
        self._answer.expect_voice(GREETING_LATE_S)
        await self._conversation.speak(self._agent.greeting)

    # What the wire says.

    async def hear(self, ulaw: bytes) -> None:
        """Takes the caller's audio."""
        try:
            self._tap.caller(ulaw)
            await self._ears.hear(ulaw)
            if self._into_pipeline and self._phase is Phase.TALKING:
                await self._into_pipeline.hear(ulaw)
        except Exception as error:  # of ours: it must not look as if the caller had hung up
            self._spawn(self._vendor_failed("ears", error))

    async def mark(self, name: str) -> None:
        """A mark came back."""
        await self._mouth.mark_echoed(name)

    async def digit(self, digit: str) -> None:
        """The caller pressed a key; what is no key is ignored."""
        if self._word_ear.key(digit) is not False:
            return
        if self._ears.listener is self._assent:
            self._assent.digit(digit)
            return
        self._silence.broken()
        self._answer.drop()
        try:
            await self._transport.ears.digit(digit)
        except ValueError:
            log.warning("unknown key", call=self.call_id)

    async def hung_up(self) -> None:
        """The stream is over."""
        await self.finish(self._ending or "caller-hung-up")

    # What the ears say.

    async def speech_started(self) -> None:
        """The caller has begun to speak."""
        self._silence.broken()
        self._answer.drop()
        self._book.caller_started()
        self._report.publish("speaking", speaker="caller")
        await self._transport.ears.speech_started()

    async def speech_stopped(self) -> None:
        """The caller has stopped speaking."""
        self._book.caller_stopped()
        await self._transport.ears.speech_stopped()

    async def words_heard(self, text: str, words: tuple[Word, ...]) -> None:
        """The recogniser's words; without any, the turn ends by itself."""
        if text:
            self._book.caller_words(words)
            await self._transport.ears.words_heard(text)
        elif not self._mouth.speaking:
            self._silence.begin()

    async def right_demanded(self, right: Right) -> None:
        """The caller demanded something, which the brain is not told."""
        await self.words_heard("", ())

    async def recogniser_failed(self, error: Exception) -> None:
        """The recogniser raised; the stream goes on while the caller is told."""
        self._spawn(self._vendor_failed("recogniser", error))

    async def agent_started(self) -> None:
        """The caller hears the agent."""
        self._silence.pause()
        self._book.agent_started()
        self._report.publish("speaking", speaker="agent")

    async def agent_audio(self, ahead_s: float) -> None:
        """More audio went out; the next must follow in time, or the answer must be complete."""
        self._answer.heard(ahead_s)

    async def answer_begun(self) -> None:
        """The brain has begun to answer; words must follow in time."""
        self._answer.begun()

    async def answer_complete(self) -> None:
        """The brain's answer is over."""
        self._answer.complete()
        if self._ending and not self._mouth.speaking:
            self._spawn(self.finish(self._ending))

    async def agent_stopped(self, text: str, interrupted: bool) -> None:
        """The agent's turn is over; the brain may have more to say."""
        if interrupted or self._answer.nothing_owed:
            self._answer.drop()
        self._turn_over(self._book.agent_finished(text, interrupted=interrupted))
        if self._phase in OVER:
            return
        if self._ending:
            self._spawn(self.finish(self._ending))
            return
        if self._phase is Phase.GREETING:
            self._phase = Phase.TALKING
            self._greeted.set()
            await self._ears.release()
        if self._phase is Phase.TALKING and not self._ears.hearing_speech:
            self._silence.begin()

    async def _on_caller_turn(self, _aggregator: object, _strategy: object, message: Any) -> None:
        if not message.content:
            return
        self._answer.expect()
        self._turn_over(self._book.caller_finished(message.content))

    async def _on_pipeline_error(self, _worker: object, frame: Any) -> None:
        await self._vendor_failed("service", getattr(frame, "exception", None))

    async def _on_no_answer(self) -> None:
        if self._ending:
            await self.finish(self._ending)
        else:
            await self._vendor_failed("silence", None)

    async def _use_tool(self, tool: Tool, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if self._phase in OVER:
            return None
        self._answer.pause()
        self._report.publish("tool", text=tool.name, detail=dict(arguments))
        told = ToolCall(self.call_id, self._agent.name, self._shared.clock, self.recorded)
        result = await call_tool(tool, told, arguments)
        if result.outcome:
            self._outcome = result.outcome
            self._report.publish("outcome", text=result.outcome, detail=dict(result.data))
        if result.end_call:
            self._ending = "agent-hung-up"
        self._answer.expect()
        return result.data

    async def _vendor_failed(self, what: str, error: Exception | None) -> None:
        if self._ending or self._phase in OVER:
            return
        self._failures += 1
        log.error("a vendor failed", call=self.call_id, what=what, exc_info=error)
        self._report.vendor_failed(what)
        self._answer.drop()
        if self._phase is Phase.OPENING:
            return
        self._mouth.release()
        await self._conversation.interrupt()
        await self._mouth.cut_short()
        if self._failures < VENDOR_FAILURES and self._phase is Phase.TALKING:
            await self._say(Sentence.SAY_AGAIN)
        else:
            await self._say_goodbye(Sentence.TROUBLE, "vendor-error")

    async def _say(self, sentence: Sentence) -> None:
        said = self._shared.sentences.get(sentence, self._agent.language)
        await self._say_fixed(said.ulaw, said.text)

    async def _say_notice(self, notice: Notice) -> str:
        """Says a notice over whatever but the greeting; returns the mark that proves it, if it was proved."""
        spoken = self._shared.recording.notices.get(self._agent.name, notice)
        if self._phase is Phase.GREETING:
            await self._greeted.wait()
        if spoken is None or not self.recorded.holds(notice):
            return ""
        if self._phase is Phase.TALKING:
            await self._conversation.interrupt()
            await self._mouth.cut_short()
        mark = await self._say_fixed(spoken.ulaw, spoken.text)
        if notice in QUESTIONS:
            # Whoever answers a question that is not yet asked has not answered it.
            self._ears.forget()
        return mark

    async def _say_fixed(self, ulaw: bytes, text: str) -> str:
        if self._ears.listener is self:
            self._ears.hold()
        self._word_ear.saying(text)
        mark = await self._mouth.say(ulaw, text)
        if self._phase is Phase.TALKING:
            self._answer.pause()
            await self._ears.release()
        return mark

    def _demanded(self, right: Right, evidence: Evidence) -> None:
        """The caller's word, at whatever moment of the call."""
        if self._phase is Phase.OVER:
            return
        proof = Proof(evidence, right.value, self._shared.clock.now())
        self._report.publish("right", speaker="caller", text=right.value)
        if self._phase is Phase.TALKING:
            self._silence.broken()
            self._answer.drop()
        if right not in (Right.STOP, Right.DELETE) or not self._assent.refuse(proof):
            self.word.demand(right, proof)

    def _take_back(self, proof: Proof) -> None:
        """A no that came after the yes: what was recorded in between goes."""
        self.word.demand(Right.DELETE, proof)

    async def _say_goodbye(self, sentence: Sentence, reason: str) -> None:
        if self._ending:
            return
        self._ears.hold()
        await self._conversation.interrupt()
        await self._mouth.cut_short()
        self._ending = reason
        said = self._shared.sentences.get(sentence, self._agent.language)
        await self._mouth.say(said.ulaw, said.text)

    async def end(self, reason: str) -> None:
        """Ends the call from our side, for an operator or a stopping service."""
        self._ending = self._ending or reason
        await self.finish(self._ending)

    async def finish(self, reason: str) -> None:
        """Winds the call up, once: stops every part, hangs up, writes the record, tells the plugins."""
        if self._phase in OVER:
            await asyncio.shield(self.finished)
            return
        more_to_hear = self._phase is Phase.TALKING and reason not in ("caller-hung-up", "service-stopped")
        try:
            if self._mouth.speaking:
                await self._mouth.abandon()
            self._phase = Phase.ENDING
            self._stop_waiting()
            await self._conversation.fall_silent()
            await self._ears.end(LAST_WORDS_S, more_to_hear=more_to_hear)
            await self.word.settled()
            await self._conversation.stop()
            await self._finish_recording()
            await self._disconnect(reason)
            await self._report.end(reason, self._outcome)
        finally:
            self._phase = Phase.OVER
            if not self.finished.done():
                self.finished.set_result(None)
            self._tasks.stop()
            self._stop_watches()  # what was under way may have started one anew, which would keep all of this

    def _stop_waiting(self) -> None:
        """Nothing is said and nothing asked from now on."""
        self._mouth.close()
        self._greeted.set()
        self._stop_watches()
        self._assent.close()

    def _stop_watches(self) -> None:
        self._silence.pause()
        self._answer.drop()
        self._limit.stop()

    async def _finish_recording(self) -> None:
        try:
            await self.recorded.finish()
        except Exception as error:
            log.error("a recording could not be finished", call=self.call_id, exc_info=error)

    async def _disconnect(self, reason: str) -> None:
        if reason != "caller-hung-up":
            try:
                await self._hang_up()
            except ProviderError as error:
                log.warning("hang-up failed", call=self.call_id, exc_info=error)
        await self._wire.close()

    def _turn_over(self, turn: TurnInfo) -> None:
        if self._phase not in OVER:
            self._report.turn(turn)
            self.recorded.turn(turn)
