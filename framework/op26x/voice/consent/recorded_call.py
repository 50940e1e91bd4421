"""The recording of one call, from the announcement to the seal: what is said, asked and proved before a byte is kept.

Whatever goes wrong on this path ends in "not recorded", never in "no call". It is a state machine::

    OPENING ──all that is required is proved──► STARTING ──► RECORDING ──stopped, deleted, failed, over──► ENDED
       └────────refused, no answer, no proof, failed, over─────────┴─────────────────────────────────────────► ENDED

A recording that is paused is still RECORDING; who paused it says who may resume it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from op26x import logs
from op26x.audit import Access
from op26x.calls import Call, TurnInfo
from op26x.consent import DEMANDED, Answer, ConsentState, Evidence, Gate, NoAnswer, Notice, Permit, Proof, Right
from op26x.errors import IllegalTransition
from op26x.policy import RecordingMode
from op26x.recording import Recorder, RecordingState, SpokenTurn, WireTap
from op26x.task_queue import TaskQueue
from op26x.vault import DataKey
from op26x.voice.consent.assent import AssentListener
from op26x.voice.consent.call_consents import CallConsents
from op26x.voice.consent.dependencies import RecordingDependencies
from op26x.voice.consent.recording_hooks import RecordingHooks
from op26x.voice.consent.stage import Stage
from op26x.voice.speaking.notices import Spoken

log = logs.get("recording")


@dataclass
class _Active:
    """A recording under way.

    Attributes:
        permit: Leave for it.
        recorder: Writes the audio.
        key: The call's, which the transcript needs.
    """

    permit: Permit
    recorder: Recorder
    key: DataKey


class RecordedCall:
    """Asks for leave, records, pauses, stops and erases.

    Args:
        call: As stored.
        spoken: The notices, as they are said in this call.
        mode: What must have happened before anything is kept.
        shared: What all calls share.
        tap: The wire tap of this call.
        say: Plays a notice to its end; returns the mark that proves it, or nothing.
        published: Told what happens, for whoever watches live.
        spawn: Starts a task that ends with the call.
    """

    def __init__(
        self,
        call: Call,
        spoken: Callable[[Notice], Spoken | None],
        mode: RecordingMode,
        shared: RecordingDependencies,
        tap: WireTap,
        say: Callable[[Notice], Awaitable[str]],
        published: Callable[[str], None],
        spawn: Callable[[Awaitable[None]], object],
    ) -> None:
        self._call = call
        self._spoken = spoken
        self._mode = mode
        self._shared = shared
        self._tap = tap
        self._say = say
        self._published = published
        self._spawn = spawn
        self._gate = Gate(call.id, self._mode)
        self._consents = CallConsents(call, shared.consents)
        self._stage = Stage.OPENING
        self._active: _Active | None = None
        self._kept_something = False
        self._withdrawn = False
        self._paused_by_caller = False
        self._opening: asyncio.Future[None] | None = None
        self._announced = False
        self._own_words: list[TurnInfo] = []
        self._acting = asyncio.Lock()
        self._tasks = TaskQueue()
        self._hooks = RecordingHooks(shared, call.id)
        self._outcome = ""
        self._answered_by_word = False
        self._settled = False
        self._call_over = False

    @property
    def recording(self) -> bool:
        """Whether what is said is kept."""
        return self._active is not None and not self._active.recorder.paused

    @property
    def paused(self) -> bool:
        """Whether it is kept again after ``resume``; a recording that has not begun yet may be paused already."""
        if self._active is None:
            return self._paused_by_caller and self._may_begin
        return self._active.recorder.paused

    @property
    def mode(self) -> RecordingMode:
        """What must have happened before anything is kept."""
        return self._mode

    async def begin(self, listener: AssentListener) -> None:
        """Does what the mode requires, and starts to record if all of it is proved.

        Args:
            listener: Hears the answer.
        """
        try:
            if self._mode.announces:
                self._tap.remember_agent()
                await self._announce(listener)
            if self._stage is Stage.OPENING and self._mode is not RecordingMode.OFF:
                # What has begun to be opened is seen through, even if the call ends meanwhile: ``finish`` waits for it.
                permit, self._stage = self._gate.open(), Stage.STARTING
                self._opening = asyncio.ensure_future(self._open(permit))
                await asyncio.shield(self._opening)
        except Exception as error:
            log.error("not recorded", call=self._call.id, exc_info=error)
            self._not_recorded(self._outcome or "failed")
        finally:
            self._tap.forget()
        await self._tell_how_it_stands()
        self._settled = True

    async def _tell_how_it_stands(self) -> None:
        if self.recording and self._mode is RecordingMode.ASSENT:
            await self._tell(Notice.GRANTED)
        elif self._outcome in ("refused", *NoAnswer) and not self._answered_by_word:
            await self._tell(Notice.REFUSED)
        if self._announced and self._outcome in ("failed", "lost-mark"):
            await self._tell(Notice.STOPPED if self._kept_something else Notice.NOT_RECORDED)

    def concerns(self, right: Right) -> bool:
        """Whether there is something that a demand could change now; what is not about a recording always can."""
        going_on = self.recording or self.paused
        possible = {
            Right.STOP: going_on,
            Right.DELETE: going_on or self._kept_something,
            Right.PAUSE: self.recording,
            Right.RESUME: self.paused,
        }
        return possible.get(right, True)

    def holds(self, notice: Notice) -> bool:
        """Whether a notice is still true when its turn to be said has come."""
        still = {Notice.PAUSED: self.paused, Notice.RESUMED: self.recording, Notice.GRANTED: self.recording}
        return still.get(notice, True)

    def turn(self, turn: TurnInfo) -> None:
        """Keeps the words of a turn if all of it was recorded; forgets them otherwise.

        Before the gate is open, only our own announcement is remembered.
        """
        if self._active is not None:
            if self._active.recorder.heard_all(turn.started_ms, turn.ended_ms):
                self._keep(self._active, turn)
        elif self._stage is not Stage.ENDED and self._mode.announces and turn.speaker == "agent":
            self._own_words.append(turn)

    @property
    def _may_begin(self) -> bool:
        return self._mode is not RecordingMode.OFF and self._stage in (Stage.OPENING, Stage.STARTING)

    async def pause(self, *, by_caller: bool = False) -> bool:
        """Keeps nothing for a while; ``False`` if nothing is recorded.

        Args:
            by_caller: Then nobody else resumes it; and it holds for a recording that is only about to begin.
        """
        if self._active is None and not (by_caller and self._may_begin):
            return False
        self._paused_by_caller |= by_caller
        if self._active is not None and not self._active.recorder.paused:
            self._active.recorder.pause()
            self._tell_paused(paused=True)
        return True

    async def resume(self, *, by_caller: bool = False) -> bool:
        """Keeps what is said again; ``False`` if nothing is recorded.

        Raises:
            IllegalTransition: The caller paused it, and somebody else wants to go on.
        """
        if self._active is None and not self.paused:
            return False
        if self._paused_by_caller and not by_caller:
            raise IllegalTransition("The caller paused the recording: nobody but the caller resumes it.")
        self._paused_by_caller = False
        if self._active is not None and self._active.recorder.paused:
            self._active.recorder.resume()
            self._tell_paused(paused=False)
        return True

    async def stop(self, evidence: Proof, access: Access = DEMANDED) -> bool:
        """Ends the recording for good, at once; what was recorded before stays. ``False`` if nothing is recorded."""
        active = self._end()
        if active is None:
            return await self._refuse(evidence)
        active.recorder.stop()
        self._withdrawn = True
        async with self._acting:
            # Withdrawn first: whoever is killed now leaves a ledger that says so, and nothing that goes on.
            await self._consents.note_word(ConsentState.WITHDRAWN, evidence)
            await self._seal(active, f"{access.who}-stopped", "stopped")
            active.permit.withdraw()
        return True

    async def erase(self, evidence: Proof, access: Access = DEMANDED) -> bool:
        """Ends the recording and destroys its key and its bytes. ``False`` if there is none.

        Raises:
            NotErased: It is stopped and nobody can read it, but it could not be erased yet; the next sweep goes on.
            NotNoted: The same, and not even the demand could be written down.
        """
        active = self._end()
        if not self._kept_something:
            return await self._refuse(evidence)
        self._withdrawn = True
        if active is not None:
            active.permit.withdraw()
            active.recorder.stop()
        async with self._acting:
            try:
                await self._demand_erasure(active, evidence, access)
                await self._shared.erasures.erase(self._call.id, access)
                self._outcome = "deleted"
                self._published("deleted")
            except BaseException:
                self._outcome = "not-deleted"
                raise
            finally:
                if self._call_over:  # it was noted before that
                    await self._note_outcome()
        return True

    async def finish(self) -> None:
        """The call is over: seals what there is, and notes what became of it."""
        self._call_over = True
        self._gate.shut()
        if self._opening is not None:
            await asyncio.gather(self._opening, return_exceptions=True)
        async with self._acting:  # what the caller demanded before they hung up is done first
            active = self._end()
            if active is not None:
                await self._seal(active, "call-ended", "recorded")
            elif not self._outcome and self._mode is not RecordingMode.OFF:
                self._outcome = "hung-up"
            await self._note_outcome()
        await self._tasks.done()
        await self._hooks.told()

    def _end(self) -> _Active | None:
        """Nothing is kept from now on; returns the recording that was under way."""
        active, self._active = self._active, None
        if self._stage is not Stage.STARTING:  # which sees for itself that it came too late
            self._stage = Stage.ENDED
        return active

    async def _note_outcome(self) -> None:
        await self._shared.calls.recording(self._call.id, self._mode, self._outcome)

    async def _demand_erasure(self, active: _Active | None, evidence: Proof, access: Access) -> None:
        withdrawn = self._consents.given(ConsentState.WITHDRAWN, evidence)
        try:
            await self._shared.erasures.demand(self._call.id, access, withdrawn)
        finally:
            if active is not None:
                await active.recorder.discard()

    async def _announce(self, listener: AssentListener) -> None:
        question = self._mode is RecordingMode.ASSENT
        notice = Notice.ASSENT if question else Notice.ANNOUNCE
        spoken = self._spoken(notice)
        self._announced = spoken is not None
        mark = await self._say(notice) if spoken is not None else ""
        now = self._shared.clock.now()
        if self._stage is not Stage.OPENING:  # refused while it was said
            return
        if spoken is None or not mark:
            self._gate.announced("", None)
            self._not_recorded("lost-mark" if spoken else "no-announcement")
            return
        proof = Proof(Evidence.MARK, mark, now)
        self._gate.announced(spoken.version, proof)
        self._published("announced")
        if question:
            await self._ask(listener, spoken.version)
        else:
            await self._consents.note(ConsentState.GRANTED, proof, spoken.version)

    async def _ask(self, listener: AssentListener, version: str) -> None:
        given = first = await listener.wait()
        if isinstance(first, NoAnswer) and self._stage is Stage.OPENING:
            await self._say(Notice.ASK_AGAIN)
            given = await listener.wait() if self._stage is Stage.OPENING else first
        if self._stage is not Stage.OPENING:  # refused in another way meanwhile
            return
        if isinstance(given, NoAnswer):
            await self._unanswered(NoAnswer.NOT_HEARD if NoAnswer.NOT_HEARD in (first, given) else given, version)
            return
        answer, proof = given
        if answer is Answer.YES:
            await self._consents.note(ConsentState.GRANTED, proof, version)
            self._gate.answered(answer, proof)
            self._published("agreed")
            return
        self._not_recorded("refused")
        await self._consents.note_word(ConsentState.REFUSED, proof, version)

    async def _unanswered(self, why: NoAnswer, version: str) -> None:
        """Nothing is recorded. What the caller said and nobody heard is no decision of theirs, so none is entered."""
        self._not_recorded(why.value)
        if why is not NoAnswer.NOT_HEARD:
            await self._consents.note_word(ConsentState.REFUSED, why, version)

    async def _open(self, permit: Permit) -> None:
        row, recorder, key = await self._shared.recordings.begin(permit, self._tap, self._on_storage_failed)
        if self._call_over or self._outcome:  # hung up, or refused, meanwhile
            self._stage = Stage.ENDED
            permit.withdraw()
            await recorder.discard()
            await self._shared.erasures.undo(self._call.id)
            return
        self._stage = Stage.RECORDING
        self._active = active = _Active(permit, recorder, key)
        self._kept_something = True
        if recorder.broken:  # before anybody listened to it
            self._give_up(active)
            return
        for turn in self._own_words:
            self._keep(active, turn)
        self._own_words.clear()
        self._published("on")
        self._hooks.started(row)
        if self._paused_by_caller:
            await self.pause(by_caller=True)

    def _on_storage_failed(self) -> None:
        if self._active is not None:
            self._give_up(self._active)
            if self._announced and self._settled:
                self._spawn(self._tell(Notice.STOPPED))

    def _give_up(self, active: _Active) -> None:
        self._active = None
        self._not_recorded("failed")
        self._tasks.add(lambda: self._shared.recordings.finish(self._call.id, active.recorder, "storage-failed"))

    def _keep(self, active: _Active, turn: TurnInfo) -> None:
        spoken = SpokenTurn(turn.number, turn.speaker, turn.started_ms, turn.ended_ms, turn.text, turn.words)
        self._tasks.add(lambda: self._shared.transcripts.add(active.permit, active.key, spoken))

    async def _seal(self, active: _Active, reason: str, outcome: str) -> None:
        await self._tasks.done()  # the seal counts the lines of the transcript
        await active.recorder.finish()
        try:
            row = await self._shared.recordings.finish(self._call.id, active.recorder, reason)
            self._outcome = outcome if row.state == RecordingState.COMPLETED else "failed"
            self._hooks.sealed(row)
        except Exception as error:
            log.error("the end of a recording could not be noted", call=self._call.id, exc_info=error)
            self._outcome = "failed"
        self._published(self._outcome)

    async def _refuse(self, evidence: Proof) -> bool:
        """Whoever does not want to be recorded need not wait for the question; ``True`` if they were and it failed."""
        if self._kept_something and not self._withdrawn:
            self._withdrawn = True
            await self._consents.note_word(ConsentState.WITHDRAWN, evidence)
            return True
        if not self._outcome and not self._kept_something:
            self._answered_by_word = True
            self._not_recorded("refused")
            await self._consents.note_word(ConsentState.REFUSED, evidence)
        return False

    def _not_recorded(self, why: str) -> None:
        self._gate.shut()
        self._end()
        self._own_words.clear()
        self._outcome = why
        self._published(why)

    async def _tell(self, notice: Notice) -> None:
        """Says how it stands; what is so does not depend on whether it could be said."""
        try:
            await self._say(notice)
        except Exception as error:
            log.error("a notice could not be said", call=self._call.id, notice=notice.value, exc_info=error)

    def _tell_paused(self, *, paused: bool) -> None:
        self._published("paused" if paused else "resumed")
        self._hooks.paused(paused=paused)
