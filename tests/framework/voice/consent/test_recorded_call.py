"""The recording of one call: every way through it, and every step at which it may fail or the caller may hang up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from framework.consent.unwritable import unwritable, without_reserve
from framework.recording.given import FRAME, BrokenBlobs, talk
from op26x.audit import Access
from op26x.calls import Arrival, Call, CallState, TurnInfo, Workspace
from op26x.clock import ManualClock
from op26x.consent import Answer, ConsentDefaults, Evidence, NoAnswer, Notice, Proof, Right
from op26x.errors import BlobError, IllegalTransition, KeyGone, NotErased, NotNoted
from op26x.policy import RecordingMode
from op26x.recording import Recordings, WireTap
from op26x.storage import BlobStore
from op26x.storage.local_blobs import LocalBlobs
from op26x.types import Personal
from op26x.vault import KeyKind
from op26x.voice.consent.assent import AssentListener
from op26x.voice.consent.callers_word import CallersWord
from op26x.voice.consent.dependencies import RecordingDependencies
from op26x.voice.consent.recorded_call import RecordedCall
from op26x.voice.hearing.word_ear import WordEar
from op26x.voice.speaking.notices import Spoken
from persons import nobody

pytestmark = pytest.mark.journey

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
YES = (Answer.YES, Proof(Evidence.DIGIT, "1", AT))
NO = (Answer.NO, Proof(Evidence.WORDS, "no", AT))
SILENCE, UNCLEAR, NOT_HEARD = NoAnswer
ASKED_TWICE = [Notice.ASSENT, Notice.ASK_AGAIN, Notice.REFUSED]
WORD = Proof(Evidence.WORDS, "stop", AT)
ANNOUNCEMENT_S = 1.0
Arrive = Callable[..., Arrival]
Hook = Callable[[], Awaitable[None]]


class Hooked:
    """Something whose methods first do what the test says; each of them once."""

    def __init__(self, target: object, hooks: dict[str, Hook]) -> None:
        self._target = target
        self._hooks = hooks

    def before(self, name: str, hook: Hook) -> None:
        """Does that before the method is called next."""
        self._hooks[name] = hook

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)
        if not asyncio.iscoroutinefunction(method):
            return method

        async def first(*args: Any, **kwargs: Any) -> Any:
            hook = self._hooks.pop(name, None)
            if hook is not None:
                await hook()
            return await method(*args, **kwargs)

        return first


@dataclass
class Plan:
    """What happens in a call.

    Attributes:
        mode: Of recording.
        answers: To the question.
        lost_marks: How many of the first marks do not come back.
        missing: Notices that can't be spoken.
        hooks: What happens first at a step: ``notices``, ``announcement``, ``question``, ``ledger``, ``row``, ``keys``,
            ``blobs``, ``deadline``, ``thanks``.
        fail_append: Number of the append that fails.
    """

    mode: RecordingMode = RecordingMode.ASSENT
    answers: list[Any] = field(default_factory=lambda: [YES])
    lost_marks: int = 0
    missing: tuple[Notice, ...] = ()
    hooks: dict[str, Hook] = field(default_factory=dict)
    fail_append: int | None = None


class Scene:
    """A call on a real workspace; who speaks and who answers is played."""

    def __init__(self, workspace: Workspace, clock: ManualClock, call: Call, plan: Plan, blobs: BlobStore) -> None:
        self.workspace, self.clock, self.call, self.plan, self.blobs = workspace, clock, call, plan, blobs
        self.said: list[Notice] = []
        self.published: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.asked = 0
        self.tap = WireTap(workspace.clock)
        self.database = Hooked(workspace.database, _only(plan.hooks, row="run"))
        self.ledger = Hooked(workspace.consents, _only(plan.hooks, ledger="add"))
        self.keys = Hooked(workspace.keys, _only(plan.hooks, keys="create", deadline="bring_forward"))
        tell, spawn = self.published.append, asyncio.ensure_future
        self.recorded = RecordedCall(call, self._notice, plan.mode, self._shared(), self.tap, self.say, tell, spawn)

    def _shared(self) -> RecordingDependencies:
        w, hooks = self.workspace, self.plan.hooks
        blobs: Any = self.blobs
        if self.plan.fail_append is not None:
            blobs = BrokenBlobs(self.blobs, fail_at=self.plan.fail_append)
        recordings = Recordings(
            self.database,  # type: ignore[arg-type]
            Hooked(blobs, _only(hooks, blobs="create")),  # type: ignore[arg-type]
            self.keys,  # type: ignore[arg-type]
            *(w.audit, w.erasures, w.intents, w.organization_id, w.ids, w.clock),
        )
        return RecordingDependencies(
            calls=w.calls,
            recordings=recordings,
            erasures=w.erasures,
            transcripts=w.transcripts,
            consents=self.ledger,  # type: ignore[arg-type]
            suppressions=w.suppressions,
            clock=w.clock,
            started=self._tell("started"),
            paused=self._tell("paused"),
            sealed=self._tell("sealed"),
        )

    def _tell(self, what: str) -> Callable[..., Awaitable[None]]:
        async def tell(**told: Any) -> None:
            self.told.append((what, told["recording"].call_id))

        return tell

    def _notice(self, notice: Notice) -> Spoken | None:
        if self.plan.hooks.get("notices") is not None:
            raise OSError("notices are gone")
        return None if notice in self.plan.missing else Spoken(notice.value, f"en/{notice.value}", b"\x06" * FRAME)

    async def say(self, notice: Notice) -> str:
        """Plays a second of a notice; its mark comes back unless it is lost."""
        self.said.append(notice)
        if notice in (Notice.ASSENT, Notice.ANNOUNCE):
            await self._step("announcement")
        if notice is Notice.GRANTED:
            await self._step("thanks")
        if notice in self.plan.missing:
            return ""
        self.tap.agent(b"\x06" * int(ANNOUNCEMENT_S * 8000))
        self.hear(ANNOUNCEMENT_S, seed=7)
        if self.plan.lost_marks:
            self.plan.lost_marks -= 1
            return ""
        return str(len(self.said))

    async def wait(self) -> Any:
        """The listener's."""
        await self._step("question")
        self.asked += 1
        return self.plan.answers.pop(0) if self.plan.answers else NoAnswer.SILENCE

    async def _step(self, step: str) -> None:
        hook = self.plan.hooks.pop(step, None)
        if hook is not None:
            await hook()

    def hear(self, seconds: float, seed: int = 1) -> bytes:
        words = talk(int(seconds * 8000), seed)
        for at in range(0, len(words), FRAME):
            self.clock.advance(0.02)
            self.tap.caller(words[at : at + FRAME])
        return words

    async def begin(self) -> None:
        await self.recorded.begin(self)  # type: ignore[arg-type]

    async def talk(self) -> None:
        """Four seconds, in which both say something."""
        self.hear(4)
        self.recorded.turn(turn(10, "caller"))
        self.recorded.turn(turn(11, "agent"))

    async def whole_call(self) -> str:
        """From the first word to the last; what became of the recording."""
        self.recorded.turn(turn(1, "agent"))
        self.recorded.turn(turn(2, "caller"))
        await self.begin()
        await self.talk()
        await self.recorded.finish()
        return await self.outcome()

    async def outcome(self) -> str:
        call, _ = await self.workspace.calls.get(self.call.id)
        assert call.recording_mode == self.plan.mode
        return call.recording_outcome

    async def consents(self) -> list[tuple[str, str, str]]:
        entries = await self.workspace.consents.of_call(self.call.id)
        return [(entry.state, entry.evidence, entry.value) for entry in entries]

    async def words(self) -> list[int]:
        """Numbers of the turns that were kept."""
        turns = await self.workspace.transcripts.of_call(self.call.id, Access("test", "test"))
        return [kept.number for kept in turns]

    async def audio(self) -> tuple[bytes, bytes]:
        """Both tracks as 16-bit PCM."""
        _, reader = await self.workspace.recordings.open(self.call.id, Access("test", "test"))
        content = (await reader.read())[44:]
        left = b"".join(content[at : at + 2] for at in range(0, len(content), 4))
        return left, b"".join(content[at + 2 : at + 4] for at in range(0, len(content), 4))

    async def assert_nothing_is_kept(self) -> None:
        assert await self.blobs.list() == []
        assert await self.words() == []
        assert await self.workspace.recordings.find(self.call.id) is None
        with pytest.raises(KeyGone):
            await self.workspace.keys.get(KeyKind.CALL, self.call.id)
        assert not self.recorded.recording
        assert "on" not in self.published
        assert self.told == []


def _only(hooks: dict[str, Hook], **methods: str) -> dict[str, Hook]:
    return {method: hooks[step] for step, method in methods.items() if step in hooks}


def turn(number: int, speaker: str) -> TurnInfo:
    return TurnInfo(number, speaker, Personal(f"words of {speaker}"), number * 1000, number * 1000 + 500)


Stage = Callable[[Plan], Awaitable[Scene]]


@pytest.fixture
def stage(workspace: Workspace, clock: ManualClock, arrival: Arrive, data: Any) -> Stage:
    """Sets the scene for a plan."""

    async def set_scene(plan: Plan) -> Scene:
        call = await workspace.calls.begin(arrival(), "clinic", CallState.RINGING)
        return Scene(workspace, clock, call, plan, LocalBlobs(data / "blobs"))

    return set_scene


# Every way through.


@pytest.mark.parametrize(
    ("mode", "said", "consents", "kept"),
    [
        (RecordingMode.ONE_PARTY, [], [], [10, 11]),
        (RecordingMode.ANNOUNCE, [Notice.ANNOUNCE], [("granted", "mark", "1")], [1, 10, 11]),
        (RecordingMode.ASSENT, [Notice.ASSENT, Notice.GRANTED], [("granted", "digit", "1")], [1, 10, 11]),
    ],
)
async def test_recorded_once_what_is_required_is_proved(
    stage: Stage, mode: RecordingMode, said: list[Notice], consents: list[tuple[str, str, str]], kept: list[int]
) -> None:
    scene = await stage(Plan(mode))
    assert await scene.whole_call() == "recorded"
    assert scene.said == said
    assert await scene.consents() == consents
    assert await scene.words() == kept
    row = await scene.workspace.recordings.get(scene.call.id)
    assert (row.state, row.mode, row.end_reason) == ("completed", mode, "call-ended")
    assert row.announcement == (f"en/{said[0].value}" if said else "")
    assert scene.told == [("started", scene.call.id), ("sealed", scene.call.id)]
    assert scene.published[-2:] == ["on", "recorded"]
    caller, agent = await scene.audio()
    spoken = int(ANNOUNCEMENT_S * 8000) * 2
    if said:
        assert len(set(agent[:spoken])) == 2, "the announcement first"
        assert caller[:spoken] == bytes(spoken), "and nothing of the caller before they had heard it"


async def test_off_nothing_happens(stage: Stage) -> None:
    scene = await stage(Plan(RecordingMode.OFF))
    assert await scene.whole_call() == ""
    assert (scene.said, scene.asked, scene.published, await scene.consents()) == ([], 0, [], [])
    await scene.assert_nothing_is_kept()


@pytest.mark.parametrize(
    ("answers", "outcome", "consent", "said"),
    [
        ([NO], "refused", ("refused", "words", "no"), [Notice.ASSENT, Notice.REFUSED]),
        ([SILENCE, NO], "refused", ("refused", "words", "no"), [Notice.ASSENT, Notice.ASK_AGAIN, Notice.REFUSED]),
        ([SILENCE, SILENCE], "silence", ("refused", "silence", ""), ASKED_TWICE),
        ([SILENCE, UNCLEAR], "unclear", ("refused", "unclear", ""), ASKED_TWICE),
        ([NOT_HEARD, SILENCE], "not-heard", None, ASKED_TWICE),
        ([UNCLEAR, NOT_HEARD], "not-heard", None, ASKED_TWICE),
    ],
)
async def test_without_a_yes_nothing_is_kept(
    stage: Stage, answers: list[Any], outcome: str, consent: tuple[str, str, str] | None, said: list[Notice]
) -> None:
    scene = await stage(Plan(answers=answers))
    assert await scene.whole_call() == outcome
    assert await scene.consents() == ([consent] if consent else []), "what nobody heard is no decision"
    assert scene.said == said
    await scene.assert_nothing_is_kept()


async def test_asked_again_the_caller_may_agree(stage: Stage) -> None:
    scene = await stage(Plan(answers=[SILENCE, YES]))
    assert await scene.whole_call() == "recorded"
    assert scene.said == [Notice.ASSENT, Notice.ASK_AGAIN, Notice.GRANTED]
    assert scene.asked == 2


@pytest.mark.parametrize("mode", [RecordingMode.ANNOUNCE, RecordingMode.ASSENT])
async def test_an_announcement_that_is_not_proved_is_none(stage: Stage, mode: RecordingMode) -> None:
    scene = await stage(Plan(mode, lost_marks=1))
    assert await scene.whole_call() == "lost-mark"
    assert (scene.asked, await scene.consents()) == (0, [])
    assert scene.said[1:] == [Notice.NOT_RECORDED]
    await scene.assert_nothing_is_kept()


@pytest.mark.parametrize(
    ("mode", "notice"), [(RecordingMode.ANNOUNCE, Notice.ANNOUNCE), (RecordingMode.ASSENT, Notice.ASSENT)]
)
async def test_without_an_announcement_nothing_is_kept(stage: Stage, mode: RecordingMode, notice: Notice) -> None:
    scene = await stage(Plan(mode, missing=(notice,)))
    assert await scene.whole_call() == "no-announcement"
    assert (scene.said, scene.asked, await scene.consents()) == ([], 0, [])
    await scene.assert_nothing_is_kept()


# Every step that may fail.


async def fails() -> None:
    raise OSError("dead")


async def fails_by_us() -> None:
    raise BlobError("dead")


STEPS = {
    RecordingMode.ONE_PARTY: ["row", "keys", "blobs", "deadline"],
    RecordingMode.ANNOUNCE: ["notices", "announcement", "ledger", "row", "keys", "blobs", "deadline"],
    RecordingMode.ASSENT: ["notices", "announcement", "question", "ledger", "row", "keys", "blobs", "deadline"],
}
ALL_STEPS = [(mode, step) for mode, steps in STEPS.items() for step in steps]


@pytest.mark.parametrize("failure", [fails, fails_by_us])
@pytest.mark.parametrize(("mode", "step"), ALL_STEPS)
async def test_a_step_that_fails_means_no_recording_and_the_call_goes_on(
    stage: Stage, mode: RecordingMode, step: str, failure: Hook
) -> None:
    scene = await stage(Plan(mode, hooks={step: failure}))
    assert await scene.whole_call() == "failed"
    await scene.assert_nothing_is_kept()
    told = mode is not RecordingMode.ONE_PARTY and step != "notices"
    assert scene.said[-1:] == ([Notice.NOT_RECORDED] if told else []), "whoever was told of it hears that it is not so"


async def test_a_wire_that_dies_over_the_last_word_changes_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await stage(Plan(RecordingMode.ASSENT))
    say = scene.recorded._say

    async def dies(notice: Notice) -> str:
        if notice is Notice.GRANTED:
            raise OSError("dead")
        return await say(notice)

    monkeypatch.setattr(scene.recorded, "_say", dies)
    assert await scene.whole_call() == "recorded"


@pytest.mark.parametrize("answer", [NO, SILENCE])
async def test_a_refusal_that_can_not_be_noted_is_a_refusal(stage: Stage, answer: Any) -> None:
    scene = await stage(Plan(answers=[answer], hooks={"ledger": fails}))
    assert await scene.whole_call() in ("failed", "refused", "silence")
    await scene.assert_nothing_is_kept()


@pytest.mark.parametrize(
    ("mode", "told"), [(RecordingMode.ONE_PARTY, []), (RecordingMode.ANNOUNCE, [Notice.ANNOUNCE, Notice.STOPPED])]
)
@pytest.mark.parametrize("fail_append", [0, 1, 2])
async def test_storage_that_fails_ends_the_recording(
    stage: Stage, fail_append: int, mode: RecordingMode, told: list[Notice]
) -> None:
    scene = await stage(Plan(mode, fail_append=fail_append))
    await scene.begin()
    for _ in range(5):
        scene.hear(1)
        await settle()
    assert not scene.recorded.recording
    scene.recorded.turn(turn(20, "caller"))
    await scene.recorded.finish()
    assert await scene.outcome() == "failed"
    assert await scene.words() == []
    row = await scene.workspace.recordings.get(scene.call.id)
    assert (row.state, row.end_reason) == ("interrupted", "storage-failed")
    assert scene.said == told
    assert not await scene.recorded.pause()


async def test_a_recording_whose_key_is_lost_is_not_whole(stage: Stage) -> None:
    scene = await stage(Plan(RecordingMode.ONE_PARTY))
    await scene.begin()
    await scene.talk()
    keys = scene.workspace.settings.core.keys_path
    keys.rename(keys.with_name("elsewhere.db"))
    await scene.recorded.finish()
    assert await scene.outcome() == "failed"
    row = await scene.workspace.recordings.get(scene.call.id)
    assert (row.state, row.end_reason) == ("interrupted", "key-lost")


async def test_storage_that_fails_while_it_is_begun_ends_the_recording(stage: Stage) -> None:
    scene = await stage(Plan(RecordingMode.ANNOUNCE, fail_append=0))

    async def announcement_is_sealed() -> None:
        scene.hear(4)
        await settle()

    scene.keys.before("bring_forward", announcement_is_sealed)
    await scene.begin()
    assert not scene.recorded.recording
    assert "on" not in scene.published
    assert scene.said == [Notice.ANNOUNCE, Notice.STOPPED]
    await scene.talk()
    await scene.recorded.finish()
    assert await scene.outcome() == "failed"
    assert await scene.words() == []


async def settle() -> None:
    """Lets everything that is ready run."""
    for _ in range(50):
        await asyncio.sleep(0)


# Every step at which the caller may hang up, or say no in another way.


class Halt:
    """A step at which a call stands still until the test lets it go on."""

    def __init__(self) -> None:
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.reached.set()
        await self.go_on.wait()


@asynccontextmanager
async def halted(scene: Scene, halt: Halt) -> AsyncIterator["asyncio.Task[None]"]:
    """The call, standing still at that step."""
    scene.recorded.turn(turn(1, "agent"))
    beginning = asyncio.create_task(scene.begin())
    async with asyncio.timeout(10):
        await halt.reached.wait()
        yield beginning
        halt.go_on.set()
        with suppress(asyncio.CancelledError):
            await beginning


HALTS = [(mode, step) for mode, step in ALL_STEPS if step != "notices"]


@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.parametrize(("mode", "step"), HALTS)
async def test_whoever_hangs_up_before_it_has_begun_is_not_recorded(
    stage: Stage, mode: RecordingMode, step: str, cancelled: bool
) -> None:
    halt = Halt()
    scene = await stage(Plan(mode, hooks={step: halt}))
    async with halted(scene, halt) as beginning:
        ending = asyncio.create_task(scene.recorded.finish())
        await settle()
        if cancelled:
            beginning.cancel()
            await settle()
    await ending
    await settle()
    assert await scene.outcome() == "hung-up"
    await scene.assert_nothing_is_kept()


@pytest.mark.parametrize("demand", ["stop", "erase"])
@pytest.mark.parametrize(("mode", "step"), HALTS)
async def test_whoever_refuses_before_it_has_begun_is_not_recorded(
    stage: Stage, mode: RecordingMode, step: str, demand: str
) -> None:
    halt = Halt()
    scene = await stage(Plan(mode, hooks={step: halt}))
    async with halted(scene, halt):
        assert not await getattr(scene.recorded, demand)(WORD)
        assert not await getattr(scene.recorded, demand)(WORD), "twice is once"
    await scene.talk()
    await scene.recorded.finish()
    assert await scene.outcome() == "refused"
    states = [state for state, _, _ in await scene.consents()]
    if step == "ledger":
        assert sorted(states) == ["granted", "refused"], "it was agreed, and then taken back"
    elif step in ("announcement", "question"):
        assert await scene.consents() == [("refused", "words", "stop")]
    else:
        assert states[-1] == "refused"
    await scene.assert_nothing_is_kept()


# What may be demanded of a recording under way.


async def recording(stage: Stage, mode: RecordingMode = RecordingMode.ASSENT, **plan: Any) -> Scene:
    scene = await stage(Plan(mode, **plan))
    await scene.begin()
    await scene.talk()
    assert scene.recorded.recording
    return scene


async def test_stopped_it_keeps_what_was_before_and_nothing_after(stage: Stage) -> None:
    scene = await recording(stage)
    assert await scene.recorded.stop(WORD)
    assert not scene.recorded.recording
    scene.hear(3, seed=9)
    scene.recorded.turn(turn(20, "caller"))
    assert not await scene.recorded.stop(WORD)
    assert not await scene.recorded.pause()
    assert not await scene.recorded.resume()
    await scene.recorded.finish()
    assert await scene.outcome() == "stopped"
    assert await scene.words() == [10, 11]
    assert [state for state, _, _ in await scene.consents()] == ["granted", "withdrawn"]
    row = await scene.workspace.recordings.get(scene.call.id)
    assert (row.state, row.end_reason) == ("completed", "caller-stopped")
    assert row.duration_ms == int((2 * ANNOUNCEMENT_S + 4) * 1000)


@pytest.mark.parametrize("stopped_before", [False, True])
async def test_deleted_it_is_gone_in_the_call(stage: Stage, stopped_before: bool) -> None:
    scene = await recording(stage)
    if stopped_before:
        await scene.recorded.stop(WORD)
    assert await scene.recorded.erase(WORD)
    assert await scene.blobs.list() == []
    scene.recorded.turn(turn(20, "caller"))
    scene.hear(3)
    await scene.recorded.finish()
    assert await scene.outcome() == "deleted"
    assert await scene.words() == []
    assert await scene.blobs.list() == []
    assert (await scene.workspace.recordings.get(scene.call.id)).state == "erased"
    assert [state for state, _, _ in await scene.consents()][-1] == "withdrawn"


@pytest.mark.parametrize(("demand", "outcome"), [("stop", "stopped"), ("erase", "deleted")])
async def test_whoever_hangs_up_over_their_demand_has_it_done(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, demand: str, outcome: str
) -> None:
    scene = await recording(stage)
    halt = Halt()
    recordings, keys = scene.recorded._shared.recordings, scene.workspace.keys
    step = {"stop": (recordings, "finish"), "erase": (keys, "destroy_all")}[demand]
    monkeypatch.setattr(*step, slowly(halt, getattr(*step)))
    demanding = asyncio.create_task(getattr(scene.recorded, demand)(WORD))
    async with asyncio.timeout(10):
        await halt.reached.wait()
        finishing = asyncio.create_task(scene.recorded.finish())
        await settle()
        assert not finishing.done(), "the call's end waits"
        halt.go_on.set()
        assert await demanding
        await finishing
    assert await scene.outcome() == outcome
    assert [state for state, _, _ in await scene.consents()] == ["granted", "withdrawn"]
    assert bool(await scene.blobs.list()) is (demand == "stop")


async def test_a_deletion_that_comes_while_the_call_is_wound_up_is_done_and_noted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await recording(stage)
    halt = Halt()
    recordings = scene.recorded._shared.recordings
    monkeypatch.setattr(recordings, "finish", slowly(halt, recordings.finish))
    finishing = asyncio.create_task(scene.recorded.finish())
    async with asyncio.timeout(10):
        await halt.reached.wait()
        deleting = asyncio.create_task(scene.recorded.erase(WORD))
        halt.go_on.set()
        await finishing
        assert await deleting
    assert (await scene.outcome(), await scene.blobs.list(), await scene.words()) == ("deleted", [], [])


def slowly(halt: "Halt", act: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The same act, which stands still until the test lets it go on."""

    async def acting(*arguments: Any) -> Any:
        await halt()
        return await act(*arguments)

    return acting


async def test_what_can_not_be_deleted_now_is_unreadable_now_and_deleted_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await recording(stage)

    async def fail(*_: object) -> bool:
        raise BlobError("dead")

    with monkeypatch.context() as patch:
        patch.setattr(scene.workspace.keys, "destroy_all", fail)
        with pytest.raises(NotErased):
            await scene.recorded.erase(WORD)
    assert not scene.recorded.recording
    assert (await scene.workspace.recordings.get(scene.call.id)).state == "erasing"
    with pytest.raises(KeyGone):
        await scene.audio()
    await scene.recorded.finish()
    assert await scene.outcome() == "not-deleted"
    assert [state for state, _, _ in await scene.consents()] == ["granted", "withdrawn"]
    assert await scene.workspace.erasures.demanded() == [scene.call.id]
    await scene.workspace.erasures.erase(scene.call.id, Access("sweep", "again"))
    assert await scene.blobs.list() == []


async def test_a_deletion_demanded_twice_is_one_withdrawal(stage: Stage) -> None:
    scene = await recording(stage)
    assert await asyncio.gather(scene.recorded.erase(WORD), scene.recorded.erase(WORD)) == [True, True]
    assert await scene.recorded.erase(WORD)
    await scene.recorded.finish()
    assert [state for state, _, _ in await scene.consents()] == ["granted", "withdrawn"]
    assert await scene.outcome() == "deleted"


async def test_paused_nothing_is_kept(stage: Stage) -> None:
    scene = await recording(stage)
    assert await scene.recorded.pause()
    assert await scene.recorded.pause()
    assert not scene.recorded.recording
    scene.recorded.turn(turn(20, "caller"))
    secret = scene.hear(2, seed=9)
    assert await scene.recorded.resume()
    assert await scene.recorded.resume()
    assert scene.recorded.recording
    scene.recorded.turn(turn(21, "caller"))
    scene.hear(1)
    await scene.recorded.finish()
    assert await scene.words() == [10, 11, 21]
    row = await scene.workspace.recordings.get(scene.call.id)
    (gap,) = row.info().gaps
    assert gap.end_ms - gap.start_ms == 2000
    assert [what for what, _ in scene.told] == ["started", "paused", "paused", "sealed"]
    assert len(secret) == 2 * 8000


async def test_nobody_but_the_caller_resumes_what_the_caller_paused(stage: Stage) -> None:
    scene = await recording(stage)
    assert await scene.recorded.pause(by_caller=True)
    assert await scene.recorded.pause()
    with pytest.raises(IllegalTransition):
        await scene.recorded.resume()
    assert scene.recorded.paused
    assert not scene.recorded.recording
    assert await scene.recorded.resume(by_caller=True)
    assert scene.recorded.recording
    assert await scene.recorded.pause()
    assert await scene.recorded.resume(), "whose pause it was before plays no part"
    await scene.recorded.finish()
    assert await scene.outcome() == "recorded"


async def test_the_caller_resumes_what_anybody_paused_and_may_make_a_pause_their_own(stage: Stage) -> None:
    scene = await recording(stage)
    assert await scene.recorded.pause()
    assert await scene.recorded.resume(by_caller=True)
    assert await scene.recorded.pause()
    assert await scene.recorded.pause(by_caller=True)
    with pytest.raises(IllegalTransition):
        await scene.recorded.resume()
    await scene.recorded.finish()


@pytest.mark.parametrize("resumed", [False, True])
@pytest.mark.parametrize(("mode", "step"), HALTS)
async def test_a_pause_that_the_caller_demands_before_it_has_begun_holds(
    stage: Stage, mode: RecordingMode, step: str, resumed: bool
) -> None:
    halt = Halt()
    scene = await stage(Plan(mode, hooks={step: halt}))
    async with halted(scene, halt):
        assert not await scene.recorded.pause(), "nobody else pauses what is not there"
        assert await scene.recorded.pause(by_caller=True)
        assert scene.recorded.paused
        with pytest.raises(IllegalTransition):
            await scene.recorded.resume()
        if resumed:
            assert await scene.recorded.resume(by_caller=True)
    assert scene.recorded.recording is resumed
    scene.recorded.turn(turn(10, "caller"))
    scene.hear(3)
    if not resumed:
        assert await scene.recorded.resume(by_caller=True)
    scene.hear(1)
    await scene.recorded.finish()
    assert await scene.outcome() == "recorded"
    assert (10 in await scene.words()) is resumed
    assert (Notice.GRANTED in scene.said) is (resumed and mode is RecordingMode.ASSENT)


async def test_a_stop_holds_even_if_it_can_not_be_noted(stage: Stage) -> None:
    scene = await recording(stage)

    async def nowhere() -> None:
        raise NotNoted("nowhere")

    scene.ledger.before("add_surely", nowhere)
    assert await scene.recorded.stop(WORD)
    assert not scene.recorded.recording
    await scene.recorded.finish()
    assert await scene.outcome() == "stopped"


@pytest.mark.parametrize("reserve", [True, False])
async def test_a_stop_that_can_not_be_written_now_is_noted_later(stage: Stage, reserve: bool) -> None:
    scene = await recording(stage)
    with unwritable(scene.workspace.database):
        if reserve:
            assert await scene.recorded.stop(WORD)
        else:
            with without_reserve(scene.workspace):
                assert await scene.recorded.stop(WORD)
    assert not scene.recorded.recording
    await scene.recorded.finish()
    assert [state for state, _, _ in await scene.consents()] == ["granted"]
    assert await scene.workspace.intents.carry_out() == []
    assert await scene.consents() == [("granted", "digit", "1"), ("withdrawn", "words", "stop")]


@pytest.mark.parametrize("error", [NotErased, NotNoted])
async def test_a_deletion_that_can_not_be_written_now_is_done_later(stage: Stage, error: type[Exception]) -> None:
    scene = await recording(stage)
    with unwritable(scene.workspace.database):
        if error is NotErased:
            with pytest.raises(NotErased):
                await scene.recorded.erase(WORD)
        else:
            with without_reserve(scene.workspace), pytest.raises(NotNoted):
                await scene.recorded.erase(WORD)
        assert not scene.recorded.recording
        with pytest.raises(KeyGone):
            await scene.audio()
    scene.hear(3)
    await scene.recorded.finish()
    assert await scene.outcome() == "not-deleted"
    with pytest.raises(KeyGone):
        await scene.audio()
    assert await scene.workspace.intents.carry_out() == []
    await scene.workspace.erasures.erase(scene.call.id, Access("sweep", "again"))
    assert await scene.blobs.list() == []
    assert await scene.words() == []
    assert [state for state, _, _ in await scene.consents()] == ["granted", "withdrawn"]
    row = await scene.workspace.recordings.get(scene.call.id)
    assert (row.state, row.erasure_by, row.erasure_why) == ("erased", "caller", "demanded")


async def test_a_deletion_is_noted_before_anything_else_is_done(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = await recording(stage)
    found: list[tuple[str, list[str]]] = []

    async def look(*_: object) -> bool:
        states = [state for state, _, _ in await scene.consents()]
        found.append(((await scene.workspace.recordings.get(scene.call.id)).state, states))
        raise OSError("dead")

    monkeypatch.setattr(scene.workspace.keys, "destroy_all", look)
    with pytest.raises(NotErased):
        await scene.recorded.erase(WORD)
    assert found == [("erasing", ["granted", "withdrawn"])]


async def test_a_no_that_can_not_be_written_now_is_noted_later(stage: Stage) -> None:
    scene = await stage(Plan(answers=[NO]))
    with unwritable(scene.workspace.database):
        await scene.begin()
    await scene.recorded.finish()
    await scene.assert_nothing_is_kept()
    assert await scene.workspace.intents.carry_out() == []
    assert await scene.consents() == [("refused", "words", "no")]


async def test_a_refusal_while_it_begins_is_one_even_if_it_can_not_be_undone_yet(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    halt = Halt()
    scene = await stage(Plan(RecordingMode.ANNOUNCE, hooks={"deadline": halt}))

    async def fail(*_: object) -> bool:
        raise BlobError("dead")

    with monkeypatch.context() as patch:
        patch.setattr(scene.workspace.erasures._blobs, "delete", fail)
        async with halted(scene, halt):
            assert not await scene.recorded.stop(WORD)
        await scene.talk()
        await scene.recorded.finish()
    assert await scene.outcome() == "refused"
    with pytest.raises(KeyGone):
        await scene.audio()
    assert await scene.workspace.erasures.demanded() == [scene.call.id]


# The question, with everybody who listens.


class Asked:
    """A caller who is asked, with listener, ear and word as in a call."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.word = CallersWord(
            scene.call,
            scene.recorded,
            scene.workspace.suppressions,
            scene.say,
            asyncio.ensure_future,
            nobody(scene.call, scene.workspace.calls),
        )
        self.ear = WordEar("en", self._demanded, lambda right, text: False)
        self.listener = AssentListener(
            "en", self._read, self._take_back, self._failed, self.word.told, scene.clock, asyncio.ensure_future
        )

    def _demanded(self, right: Right, evidence: Evidence) -> None:
        proof = Proof(evidence, right.value, AT)
        if right not in (Right.STOP, Right.DELETE) or not self.listener.refuse(proof):
            self.word.demand(right, proof)

    async def _failed(self, error: Exception) -> None:
        raise AssertionError from error

    def _take_back(self, proof: Proof) -> None:
        self.word.demand(Right.DELETE, proof)

    async def _read(self, words: str, language: str) -> object:
        return ConsentDefaults().op26x_read_assent(words, language)

    async def says(self, words: str) -> None:
        """Between two words of ours."""
        meant = self.ear.words(words)
        if not isinstance(meant, Right):
            await self.listener.words_heard(Personal(meant), ())

    def press(self, keys: str) -> None:
        """All at once."""
        for key in keys:
            if self.ear.key(key) is False:
                self.listener.digit(key)

    async def call(self, keys: str) -> str:
        """A whole call in which these keys are the answer; what became of the recording."""
        beginning = asyncio.create_task(self.scene.recorded.begin(self.listener))
        while self.listener._answer is None and not beginning.done():
            await asyncio.sleep(0)
        self.press(keys)
        await beginning
        await self.word.told()
        await self.scene.talk()
        await self.scene.recorded.finish()
        return await self.scene.outcome()

    async def noes(self) -> list[tuple[str, str, str]]:
        """Refusals and withdrawals in the ledger."""
        return [entry for entry in await self.scene.consents() if entry[0] != "granted"]


@pytest.mark.parametrize("keys", ["2", "22", "*1", "*1*1", "*1*1*1", "*2*2", "*1*2", "2*1", "*12"])
async def test_however_often_somebody_refuses_it_is_one_refusal(stage: Stage, keys: str) -> None:
    asked = Asked(await stage(Plan()))
    assert await asked.call(keys) == "refused"
    (refusal,) = await asked.noes()
    assert refusal[:2] == ("refused", "digit")
    await asked.scene.assert_nothing_is_kept()


@pytest.mark.parametrize("keys", ["12", "122", "1*2", "1*2*2"])
async def test_a_yes_that_is_taken_back_at_once_leaves_nothing(stage: Stage, keys: str) -> None:
    asked = Asked(await stage(Plan()))
    assert await asked.call(keys) in ("refused", "deleted")
    assert len(await asked.noes()) == 1
    assert await asked.scene.blobs.list() == []
    assert await asked.scene.words() == []
    assert not asked.scene.recorded.recording


async def test_a_no_while_they_are_thanked_for_their_yes_deletes_what_there_is(stage: Stage) -> None:
    scene = await stage(Plan())
    asked = Asked(scene)

    async def changes_their_mind() -> None:
        assert scene.recorded.recording
        await asked.says("no")
        await asked.says("no, no")

    scene.plan.hooks["thanks"] = changes_their_mind
    assert await asked.call("1") == "deleted"
    assert await scene.consents() == [("granted", "digit", "1"), ("withdrawn", "words", "no")]
    assert scene.said[-1] is Notice.DELETED
    assert await scene.blobs.list() == []
    assert await scene.words() == []


async def test_the_thanks_themselves_take_nothing_back(stage: Stage) -> None:
    scene = await stage(Plan())
    asked = Asked(scene)

    async def echoes() -> None:
        await asked.says("Thank you. This call is being recorded.")

    scene.plan.hooks["thanks"] = echoes
    assert await asked.call("1") == "recorded"
    assert await asked.noes() == []


@pytest.mark.parametrize(
    ("keys", "outcome"), [("*1*1", "stopped"), ("*2*2", "deleted"), ("*1*1*1", "stopped"), ("*2*1", "deleted")]
)
async def test_however_often_something_is_demanded_it_is_one_withdrawal(stage: Stage, keys: str, outcome: str) -> None:
    scene = await recording(stage)
    asked = Asked(scene)
    asked.press(keys)
    await asked.word.told()
    await scene.recorded.finish()
    assert await scene.outcome() == outcome
    assert [state for state, _, _ in await asked.noes()] == ["withdrawn"]


async def test_an_end_that_can_not_be_noted_is_said_to_have_failed(stage: Stage) -> None:
    scene = await recording(stage)
    scene.database.before("run", fails)
    assert await scene.recorded.stop(WORD), "it has stopped all the same"
    assert not scene.recorded.recording
    await scene.recorded.finish()
    assert await scene.outcome() == "failed"


async def test_without_a_recording_there_is_nothing_to_demand(stage: Stage) -> None:
    scene = await stage(Plan(RecordingMode.OFF))
    await scene.begin()
    assert not await scene.recorded.pause()
    assert not await scene.recorded.resume()
    assert not await scene.recorded.stop(WORD)
    assert not await scene.recorded.erase(WORD)
    await scene.assert_nothing_is_kept()
