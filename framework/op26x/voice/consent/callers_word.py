"""The caller's word is final: does what a caller demands, in any call, and confirms it by a fixed sentence."""

from collections.abc import Awaitable, Callable

from op26x import logs
from op26x.audit import Access
from op26x.calls import Call
from op26x.consent import DEMANDED, Notice, Proof, Right, Suppressions
from op26x.errors import NotNoted, UsageError
from op26x.task_queue import TaskQueue
from op26x.voice.consent.person_request import PersonRequest
from op26x.voice.consent.recorded_call import RecordedCall

log = logs.get("voice")


class CallersWord:
    """Exercises rights, one after the other in the order in which they were demanded.

    Args:
        call: As stored.
        recorded: The call's recording.
        suppressions: The do-not-call list.
        say: Plays a notice.
        spawn: Starts a task that ends with the call.
        person: Answers those who want to talk to a person.
        leave: Ends the call, for somebody who wants no calls and is in one that the law has end then.
    """

    def __init__(
        self,
        call: Call,
        recorded: RecordedCall,
        suppressions: Suppressions,
        say: Callable[[Notice], Awaitable[str]],
        spawn: Callable[[Awaitable[object]], object],
        person: PersonRequest,
        leave: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._call = call
        self._recorded = recorded
        self._suppressions = suppressions
        self._say = say
        self._spawn = spawn
        self._person = person
        self._leave = leave
        self._doing = TaskQueue()
        self._telling = TaskQueue()

    def demand(self, right: Right, evidence: Proof) -> None:
        """Does what the caller demands, and says so; returns at once.

        Args:
            right: What is demanded.
            evidence: The words or the key.
        """
        self._doing.add(lambda: self._do_and_tell(right, evidence))

    async def settled(self) -> None:
        """Waits until everything that was demanded is done; not until it was said."""
        await self._doing.done()

    async def told(self) -> None:
        """Waits until the caller was told of all that was done."""
        await self._doing.done()
        await self._telling.done()

    async def order(self, right: Right, evidence: Proof, access: Access) -> Notice:
        """Does what an operator wants done, and returns what the caller is then told of it.

        Args:
            right: What is to be done.
            evidence: That it was an operator.
            access: Who, and why.

        Raises:
            IllegalTransition: The caller paused the recording, and nobody else resumes it.
        """
        notice = await self._do(right, evidence, access)
        self._spawn(self._say(notice))
        return notice

    async def _do_and_tell(self, right: Right, evidence: Proof) -> None:
        notice = await self._do(right, evidence, DEMANDED)
        self._telling.add(lambda: self._tell(notice))
        if right is Right.SUPPRESS and self._leave is not None:
            self._spawn(self._leave_once_told(self._leave))

    async def _leave_once_told(self, leave: Callable[[], Awaitable[None]]) -> None:
        await self.told()
        await leave()

    async def _tell(self, notice: Notice) -> None:
        await self._say(notice)
        if failed := await self._person.told(notice):
            await self._say(failed)

    async def _do(self, right: Right, evidence: Proof, access: Access) -> Notice:
        by_caller = access is DEMANDED
        match right:
            case Right.STOP:
                return Notice.STOPPED if await self._recorded.stop(evidence, access) else Notice.NOT_RECORDED
            case Right.DELETE:
                return await self._delete(evidence, access)
            case Right.PAUSE:
                return Notice.PAUSED if await self._recorded.pause(by_caller=by_caller) else Notice.NOT_RECORDED
            case Right.RESUME:
                return await self._resume(by_caller=by_caller)
            case Right.SUPPRESS:
                return await self._suppress()
            case Right.MACHINE:
                return Notice.MACHINE
            case Right.HUMAN:
                return await self._person.note()

    async def _resume(self, *, by_caller: bool) -> Notice:
        if await self._recorded.resume(by_caller=by_caller):
            return Notice.RESUMED
        return Notice.PAUSED if self._recorded.paused else Notice.NOT_RECORDED

    async def _delete(self, evidence: Proof, access: Access) -> Notice:
        try:
            return Notice.DELETED if await self._recorded.erase(evidence, access) else Notice.NOT_RECORDED
        except NotNoted as error:
            log.error("a deletion could not even be noted", call=self._call.id, exc_info=error)
            return Notice.NOT_NOTED
        except Exception as error:
            log.error("a recording could not be deleted yet", call=self._call.id, exc_info=error)
            return Notice.NOT_DELETED

    async def _suppress(self) -> Notice:
        try:
            await self._suppressions.add(self._call.subject_index, self._call.id, policy=self._call.policy)
        except UsageError:
            log.info("a withheld number can't be suppressed", call=self._call.id)
            return Notice.NOT_SUPPRESSED
        except Exception as error:
            log.error("a suppression could not be noted", call=self._call.id, exc_info=error)
            return Notice.NOT_NOTED
        return Notice.SUPPRESSED
