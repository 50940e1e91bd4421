"""The offline STT service hears what is said, for many callers at once, and survives its processes."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import op26x_twilio.simulator
from op26x import g711
from op26x_local.stt import Hearing, LocalSTT, STTError

AUDIO = Path(op26x_twilio.simulator.__file__).with_name("audio")
PAUSE = bytes(2 * 8 * 200)


@pytest.fixture(scope="module")
def stt() -> Iterator[LocalSTT]:
    """One for all tests, as for all calls; it belongs to no event loop."""
    stt = LocalSTT()
    yield stt
    stt.close()


def spoken(name: str) -> bytes:
    """A caller's recording between two pauses, as PCM."""
    return PAUSE + g711.decode((AUDIO / f"{name}.ulaw").read_bytes()) + PAUSE


async def hear(stt: LocalSTT, pcm: bytes, step: int = 320) -> Hearing:
    utterance = stt.utterance()
    for start in range(0, len(pcm), step):
        utterance.feed(pcm[start : start + step])
    return await utterance.finish()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ten-oclock", "ten o'clock"),
        ("eleven-oclock", "eleven o'clock"),
        ("my-name-is-john-miller", "my name is john miller"),
        ("my-name-is-peter-wilson", "my name is peter wilson"),
        ("i-would-like-to-make-an-appointment", "i would like to make an appointment"),
    ],
)
async def test_hears_what_is_said(stt: LocalSTT, name: str, text: str) -> None:
    assert (await hear(stt, spoken(name))).text == text


async def test_the_worker_is_handed_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OP26X_TWILIO_AUTH_TOKEN", "hush-hush")
    monkeypatch.setenv("SOMEVOICE_API_KEY", "hush-hush")
    seen: list[dict[str, str]] = []
    start = subprocess.Popen

    def starting(*arguments: object, **options: object) -> "subprocess.Popen[bytes]":
        seen.append(options.get("env") or dict(os.environ))  # type: ignore[arg-type]
        return start(*arguments, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(subprocess, "Popen", starting)
    stt = LocalSTT()
    await stt.warm()
    stt.close()
    assert seen and not any("hush-hush" in environment.values() for environment in seen)


async def test_words_lie_in_order_within_the_speech(stt: LocalSTT) -> None:
    pcm = spoken("i-would-like-to-make-an-appointment")
    hearing = await hear(stt, pcm)
    times = [time for word in hearing.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert 150 <= times[0] <= 400
    assert times[-1] <= len(pcm) // 16 - 150
    assert all(0 < word.confidence <= 1 for word in hearing.words)
    assert 0 < hearing.confidence <= 1


@pytest.mark.parametrize("step", [1, 7, 320, 100_000])
async def test_the_size_of_the_pieces_does_not_matter(stt: LocalSTT, step: int) -> None:
    assert (await hear(stt, spoken("ten-oclock"), step)).text == "ten o'clock"


@pytest.mark.parametrize("level", [0, 30, 300, 1000])
async def test_silence_and_noise_are_no_words(stt: LocalSTT, level: int) -> None:
    noise = np.random.default_rng(1).normal(0, level, 12000).astype("<i2").tobytes()
    assert await hear(stt, noise) == Hearing("", (), 0.0)


async def test_nothing_fed_is_nothing_heard(stt: LocalSTT) -> None:
    assert await stt.utterance().finish() == Hearing("", (), 0.0)


async def test_ten_at_once_hear_what_they_hear_alone(stt: LocalSTT) -> None:
    names = ["ten-oclock", "eleven-oclock"] * 5
    heard = await asyncio.gather(*(hear(stt, spoken(name)) for name in names))
    assert [hearing.text for hearing in heard] == ["ten o'clock", "eleven o'clock"] * 5


async def test_a_caller_leaves_no_trace_in_the_next(stt: LocalSTT) -> None:
    alone = await hear(stt, spoken("my-name-is-john-miller"))
    await hear(stt, np.random.default_rng(2).normal(0, 8000, 8000).astype("<i2").tobytes())
    assert await hear(stt, spoken("my-name-is-john-miller")) == alone


async def test_a_cancelled_utterance_cannot_be_finished(stt: LocalSTT) -> None:
    utterance = stt.utterance()
    utterance.feed(PAUSE)
    utterance.cancel()
    utterance.feed(PAUSE)
    with pytest.raises(STTError, match="lost"):
        await utterance.finish()


async def test_a_dead_worker_loses_nothing_but_its_utterance(stt: LocalSTT) -> None:
    stt.close()
    utterance = stt.utterance()
    assert stt._worker is not None
    # Before the model is loaded, so the utterance still waits to be taken up.
    os.kill(stt._worker.pid, signal.SIGKILL)
    utterance.feed(spoken("ten-oclock"))
    with pytest.raises(STTError, match="next utterance gets a new process"):
        await utterance.finish()
    assert (await hear(stt, spoken("ten-oclock"))).text == "ten o'clock"


async def test_a_worker_that_cannot_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    stt = LocalSTT()
    monkeypatch.setattr("op26x_local.stt.WORKER", Path("missing.py"))
    with pytest.raises(STTError, match="pocketsphinx"):
        await stt.warm()


PARENT = """
import asyncio, os, signal
from op26x_local.stt import LocalSTT
stt = LocalSTT.shared()
asyncio.run(stt.warm())
utterance = stt.utterance()
utterance.feed(bytes(16000))
print(stt._worker.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_worker_and_children_end_with_a_killed_parent() -> None:
    # The pipe is inherited by worker and children: its end comes when the last of them is gone.
    parent = subprocess.run([sys.executable, "-c", PARENT], capture_output=True, timeout=10, check=False)
    assert parent.returncode == -signal.SIGKILL
    assert parent.stderr == b""


INTERRUPTED = """
import asyncio
from op26x_local.stt import LocalSTT
async def main():
    await LocalSTT.shared().warm()
    utterance = LocalSTT.shared().utterance()
    utterance.feed(bytes(16000))
    print("up", flush=True)
    await asyncio.Event().wait()
try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
"""


def test_ctrl_c_ends_without_a_traceback() -> None:
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=-1, stderr=-1, start_new_session=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        os.killpg(parent.pid, signal.SIGINT)
        _, errors = parent.communicate(timeout=10)
    assert parent.returncode == 0
    assert errors == b""
