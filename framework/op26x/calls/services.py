"""What the services of one installation tell each other: what happens in calls, and what is ordered in another's call.

They speak through the database, whose queue may reach its disk. So each message is sealed from one process to another,
under keys that are in their memories alone; who is who is proved by the root key.
"""

import asyncio
import itertools
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from op26x import logs
from op26x.calls.live import LiveEvent, LiveFeed
from op26x.calls.messages import Answer, Happened, Hello, Question
from op26x.clock import Clock
from op26x.errors import Op26xError, ServiceUnreachable, StorageLost
from op26x.storage import Database
from op26x.storage.notices import LONGEST
from op26x.vault import KeyStore, ProcessKey
from op26x.vault.aead import bind, seal, unseal

log = logs.get("services")

ALL, ONE = "op26x", "op26x_{}"
"""Channels: of all services, and of the one that has a seat."""
LABEL = b"op26x services v1"
HELLO_S = 10.0
SILENT_S = 35.0
"""A service that has not said hello for so long is told nothing any more."""
ANSWER_S, MOMENT_S = 10.0, 1.0
MOST_WAITING = 50
EVERY, MOST_NAMED = "*", 100
"""So that a hello fits in a message."""
MOST = LONGEST * 3 // 4 - 100
"""Bytes of a message before it is sealed and written in base64."""


@dataclass
class _Other:
    """Another service, as it said last."""

    key: bytes
    hears: frozenset[str]
    heard_at: float
    last: int = -1
    """Number of its last message: an older one is none of its own."""


class Services:
    """The other services of an installation, where there can be any.

    Args:
        database: Through which they speak.
        key_store: Proves that they are of this installation.
        clock: Tells who has been silent for too long.
    """

    def __init__(self, database: Database, key_store: KeyStore, clock: Clock) -> None:
        self._database = database
        self._key_store = key_store
        self._clock = clock
        self._own = ProcessKey()
        self._proof = b""
        self._others: dict[int, _Other] = {}
        self._feeds: dict[str, LiveFeed] = {}
        self._awaited: dict[int, asyncio.Future[Answer]] = {}
        self._asked, self._sent = itertools.count(1), itertools.count()
        self._answering: Callable[[Question], Awaitable[Answer]] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._told = logs.Tally(log, clock)
        self._stop: Callable[[], None] | None = None

    async def open(self, answer: Callable[[Question], Awaitable[Answer]]) -> None:
        """Begins to speak and to hear, if there can be others.

        Args:
            answer: Answers their questions; what it raises of op26x's own errors is the answer.
        """
        if not self._database.seat:
            return
        self._proof = self._key_store.derive(LABEL)
        self._answering = answer
        loop = asyncio.get_running_loop()
        channels = [ALL, ONE.format(self._database.seat)]

        def heard(channel: str, said: str) -> None:
            with suppress(RuntimeError):  # the loop is closed, and so is this service
                loop.call_soon_threadsafe(self._hear, channel, said)

        self._stop = await asyncio.to_thread(self._database.listen, channels, heard)
        self._begin(self._keep_greeting())

    async def close(self) -> None:
        """Hears and says nothing any more."""
        if self._stop is not None:
            await asyncio.to_thread(self._stop)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def others(self) -> frozenset[int]:
        """The seats of the others that run, as far as the database can tell within a moment."""
        with suppress(TimeoutError, Op26xError):
            async with asyncio.timeout(MOMENT_S):
                return await self._database.other_seats()
        return frozenset()

    def feed(self, organization_id: str) -> LiveFeed:
        """A feed of an organization's calls, at whichever service they are."""
        made = LiveFeed(lambda event: self._pass_on(organization_id, event), self._greet)
        return self._feeds.setdefault(organization_id, made)

    def forget(self, organization_id: str) -> None:
        """Lets go of an organization that was erased."""
        self._feeds.pop(organization_id, None)

    async def ask(self, seat: int, question: Question, within_s: float = ANSWER_S) -> Answer:
        """What another service answers.

        Raises:
            ServiceUnreachable: It does not within that time, or was not heard of lately.
        """
        if (other := self._others.get(seat)) is None or not self._is_there(other):
            raise _unreachable()
        number = next(self._asked)
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._awaited[number] = answered
        try:
            async with asyncio.timeout(within_s):
                await self._send(seat, msgspec.structs.replace(question, number=number))
                return await answered
        except (TimeoutError, StorageLost):
            raise _unreachable() from None
        finally:
            del self._awaited[number]

    def _pass_on(self, organization_id: str, event: LiveEvent) -> None:
        for seat, other in self._others.items():
            if not other.hears.isdisjoint((organization_id, EVERY)) and self._is_there(other):
                if self._database.waiting > MOST_WAITING:  # the database is away, or has more important things to do
                    self._told.note("live events are not passed on")
                    return
                self._begin(self._send(seat, Happened(organization_id, event)))

    def _is_there(self, other: _Other) -> bool:
        return self._clock.monotonic() - other.heard_at < SILENT_S

    def _greet(self) -> None:
        if self._answering is not None:
            self._begin(self._say_hello())

    async def _keep_greeting(self) -> None:
        while True:
            try:
                await self._say_hello()
            except Exception as error:
                log.error("other services can't be told of this one", exc_info=error)
            await asyncio.sleep(HELLO_S)

    async def _say_hello(self) -> None:
        hears = [organization_id for organization_id, feed in self._feeds.items() if feed.is_heard]
        named = hears if len(hears) <= MOST_NAMED else [EVERY]
        hello = msgspec.json.encode(Hello(self._database.seat, self._own.public, named))
        await self._database.tell(ALL, b64encode(seal(self._proof, hello, bind("hello"))).decode())

    async def _send(self, seat: int, message: Happened | Question | Answer) -> None:
        other = self._others.get(seat)
        if other is None:
            return
        own, number = self._database.seat, next(self._sent)
        where = bind("message", str(own), str(seat), str(number))
        encoded = msgspec.json.encode(message)
        if len(encoded) > MOST and isinstance(message, Happened):  # that it was said, without the words
            bare = msgspec.structs.replace(message.event, text="…", detail={})
            encoded = msgspec.json.encode(Happened(message.organization_id, bare))
        sealed = self._own.seal_for(other.key, encoded, where)
        await self._database.tell(ONE.format(seat), f"{own} {number} {b64encode(sealed).decode()}")

    def _hear(self, channel: str, said: str) -> None:
        """What was not said by a service of this installation, to this one and now, is nothing."""
        try:
            if channel == ALL:
                self._hear_hello(unseal(self._proof, b64decode(said), bind("hello")))
            else:
                self._hear_message(*said.split(" "))
        except (Op26xError, ValueError, TypeError, msgspec.MsgspecError) as error:
            self._told.note("a message is not of another service", why=type(error).__name__)

    def _hear_hello(self, said: bytes) -> None:
        hello = msgspec.json.decode(said, type=Hello)
        if hello.seat == self._database.seat:
            return
        known = self._others.get(hello.seat)
        if known is None or known.key != hello.key:
            self._others[hello.seat] = known = _Other(hello.key, frozenset(), 0.0)
            self._greet()
        known.hears, known.heard_at = frozenset(hello.hears), self._clock.monotonic()

    def _hear_message(self, seat: str, number: str, sealed: str) -> None:
        other = self._others.get(int(seat))
        if other is None or int(number) <= other.last:
            return
        where = bind("message", seat, str(self._database.seat), number)
        plain = self._own.open_from(other.key, b64decode(sealed), where)
        other.last = int(number)
        message = msgspec.json.decode(plain, type=Happened | Question | Answer)
        if isinstance(message, Happened):
            if (feed := self._feeds.get(message.organization_id)) is not None:
                feed.put(message.event)
        elif isinstance(message, Question):
            self._begin(self._reply(int(seat), message))
        elif (waits := self._awaited.get(message.number)) is not None and not waits.done():
            waits.set_result(message)

    async def _reply(self, seat: int, question: Question) -> None:
        assert self._answering is not None
        try:
            answer = await self._answering(question)
        except Op26xError as error:
            answer = Answer(error=type(error).__name__, message=error.message, remedy=error.remedy)
        except Exception as error:
            log.error("what another service asked for failed", call=question.call_id, exc_info=error)
            answer = Answer(error="WorkError", message="The call's service failed; its log has the place.")
        await self._send(seat, msgspec.structs.replace(answer, number=question.number))

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._told.note("another service could not be told something", why=type(error).__name__)


def _unreachable() -> ServiceUnreachable:
    return ServiceUnreachable(
        "The call is at another service, which does not answer.",
        "Try again. If that service is gone, its calls are closed within a minute.",
    )
