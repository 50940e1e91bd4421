"""The offline STT service: PocketSphinx with the US-English model of its wheel, fed while the caller speaks.

Decoding happens in processes of its own (`stt_worker` says why and how), one per utterance, forked from a
worker that has the model loaded. Here lives the side that the call sees: plain objects that never block.

    utterance = LocalSTT.shared().utterance()
    utterance.feed(pcm)              # as often as audio arrives
    hearing = await utterance.finish()
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from op26x.hardening import only_needed
from op26x_local.stt_worker import READY

WORKER = Path(__file__).with_name("stt_worker.py")
# 100 ms of audio a message: five times fewer wake-ups than Twilio's 20 ms frames, and nothing lost at the end.
BATCH_BYTES = 1600


class STTError(RuntimeError):
    """The STT service could not hear an utterance, or could not start; the message says what to do."""


@dataclass(frozen=True)
class Word:
    """A word that was heard.

    Attributes:
        text: In lower case, as the CMU dictionary spells it.
        start_ms: Where it begins, in milliseconds from the first sample fed.
        end_ms: Where it ends, in milliseconds from the first sample fed.
        confidence: Posterior probability, 0 to 1.
    """

    text: str
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True)
class Hearing:
    """What was heard in an utterance.

    Attributes:
        text: The words joined by spaces; empty if nothing was said.
        words: The words, in order.
        confidence: Mean confidence of the words, 0 to 1; 0 if there are none.
    """

    text: str
    words: tuple[Word, ...]
    confidence: float


class LocalSTT:
    """Starts utterances; one per process, shared by all calls.

    The worker process starts with the first utterance, or with `warm`, and again after it has died.
    """

    _shared: ClassVar[LocalSTT | None] = None
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self._worker: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ready = False
        self._warming = threading.Lock()

    @classmethod
    def shared(cls) -> LocalSTT:
        """The STT service of this process; its worker is ended when the process ends."""
        with cls._lock:
            if cls._shared is None:
                cls._shared = cls()
                atexit.register(cls._shared.close)
            return cls._shared

    def begin(self) -> None:
        """Starts the worker without waiting for it: the model loads while the service loads other things.

        Raises:
            STTError: If the worker cannot start.
        """
        with self._warming:
            self._start()

    async def warm(self) -> None:
        """Loads the model now (about 0.6 s), so that the first caller need not wait for it.

        Raises:
            STTError: If the worker cannot start.
        """
        await asyncio.to_thread(self._wait_ready)

    def utterance(self) -> Utterance:
        """A new utterance, for one stretch of speech; costs one small message to the worker.

        Audio may be fed at once, even while the model is still loading.

        Raises:
            STTError: If the worker cannot start.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            self._hand_over(theirs)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return Utterance(ours)

    def close(self) -> None:
        """Ends the worker; utterances under way still finish. A later utterance starts a new worker."""
        worker, self._worker = self._worker, None
        control, self._control = self._control, None
        self._ready = False
        if control is not None:
            control.close()
        if worker is not None:
            try:
                worker.wait(timeout=2)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()

    def _hand_over(self, audio: socket.socket) -> None:
        for _ in range(2):
            control = self._start()
            try:
                socket.send_fds(control, [b"u"], [audio.fileno()])
                return
            except OSError:
                # The worker died since the last utterance: once more, with a new one.
                self.close()
        raise STTError(_NOT_STARTED)

    def _start(self) -> socket.socket:
        if self._worker is not None and self._worker.poll() is not None:
            self.close()
        if self._control is None:
            ours, theirs = socket.socketpair()
            try:
                # By path, so that the worker imports neither this package nor what its siblings need.
                self._worker = subprocess.Popen(  # noqa: S603 - our own file, run by this Python
                    [sys.executable, "-P", str(WORKER), str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    env=only_needed(os.environ),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
            except OSError as error:
                ours.close()
                raise STTError(f"The STT service's worker process could not start: {error}") from error
            finally:
                theirs.close()
            self._control = ours
        return self._control

    def _wait_ready(self) -> None:
        with self._warming:
            if self._ready and self._worker is not None and self._worker.poll() is None:
                return
            control = self._start()
            try:
                self._ready = control.recv(len(READY), socket.MSG_WAITALL) == READY
            except OSError:
                self._ready = False
            if not self._ready:
                self.close()
                raise STTError(_NOT_STARTED)


class Utterance:
    """One stretch of speech, decoded while it comes in. Made by `LocalSTT.utterance`.

    Use it from one thread, and end it with `finish` or `cancel`.
    """

    def __init__(self, audio: socket.socket) -> None:
        self._audio = audio
        self._pending = bytearray()
        self._lost = False

    def feed(self, pcm: bytes) -> None:
        """Takes the next audio: 16-bit mono little-endian PCM at 8 kHz, of any length. Returns at once.

        An STT service that died or cannot keep up does not show here: audio waits in memory, and `finish` reports.
        """
        if self._lost:
            return
        self._pending += pcm
        if len(self._pending) < BATCH_BYTES:
            return
        try:
            sent = self._audio.send(self._pending)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._lost = True
            self._pending.clear()
            return
        del self._pending[:sent]

    async def finish(self) -> Hearing:
        """Ends the utterance: what was heard. It may be called once.

        Raises:
            STTError: If the process that decoded this utterance died, or `cancel` came first.
        """
        loop = asyncio.get_running_loop()
        answer = bytearray()
        try:
            await loop.sock_sendall(self._audio, bytes(self._pending))
            self._audio.shutdown(socket.SHUT_WR)
            while chunk := await loop.sock_recv(self._audio, 65536):
                answer += chunk
        except OSError as error:
            raise STTError(_LOST) from error
        finally:
            self.cancel()
        if not answer:
            raise STTError(_LOST)
        return _hearing(bytes(answer))

    def cancel(self) -> None:
        """Forgets the utterance: its decoding stops, and its audio is dropped. Harmless after `finish`."""
        self._lost = True
        self._pending.clear()
        self._audio.close()


_NOT_STARTED = (
    "The STT service's worker process ended while it started. What it printed says why; check that the packages "
    "pocketsphinx and numpy are installed for this Python (pip install -e .) and that 200 MB of memory are free."
)
_LOST = (
    "The STT service's process for this utterance ended before it answered, so what was said is lost. The next "
    "utterance gets a new process; if this happens again, check the memory (25 MB an utterance) and the system log."
)


def _hearing(answer: bytes) -> Hearing:
    try:
        heard = json.loads(answer)
    except ValueError as error:
        raise STTError(_LOST) from error
    words = tuple(Word(*word) for word in heard["words"])
    return Hearing(" ".join(word.text for word in words), words, heard["confidence"])
