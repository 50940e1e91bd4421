"""The process behind `stt`: loads PocketSphinx once, then forks a child per utterance.

PocketSphinx holds Python's interpreter lock while it decodes, so it must not run beside the media of other calls.
This file is run as a program, never imported by the service, with one argument: the descriptor of a Unix stream
socket, the control socket.

* On the control socket the worker writes ``ready`` once the model is loaded. Then each byte that it receives carries
  one descriptor (``SCM_RIGHTS``): the audio socket of a new utterance.
* On an audio socket the child reads raw PCM (16-bit mono, little-endian, 8 kHz) until the end of the stream, writes
  one JSON object ``{"confidence": float, "words": [[text, start_ms, end_ms, confidence], ...]}`` and ends.

A forked child shares the loaded model (copy on write: about 25 MB of its own), starts from the same state for every
caller, and takes what it heard with it when it ends. The operating system shares the processor fairly among children.
When the parent goes, in whatever way, its sockets close, and worker and children end without a word.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import re
import select
import signal
import socket
import sys
from typing import Any

import numpy as np

READY = b"ready"
SAMPLE_RATE = 8000
# Silence put before and after, because the language model expects to see a sentence begin and end.
PADDING_MS = 200
FRAME_MS = 10
# Cepstral means of telephone speech, averaged over three voices. PocketSphinx's own default belongs to 16 kHz
# microphones, and until it has adapted, which takes longer than most answers last, nearly every word comes out wrong.
TELEPHONE_MEANS = "49.3,0.2,9.0,14.2,4.9,-2.8,3.0,0,-12.2,4.4,-3.4,6.2,-2.5"
# The second pass over the whole utterance (fwdflat) would only start after the caller has stopped, and gains nothing
# measurable; more than 5,000 live states a frame cost a fifth of the time and gain nothing either.
TUNING: dict[str, Any] = {"fwdflat": False, "maxhmmpf": 5000}
# A little below the service itself, whose 20 ms frames go first; not so low that a busy machine starves hearing.
NICENESS = 2
PR_SET_DUMPABLE = 4  # linux/prctl.h


def main(descriptor: int) -> int:
    """Serves the control socket `descriptor` until its other end closes; returns the exit code."""
    # Ctrl-C reaches the whole process group: ending is the parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if sys.platform == "linux":
        # What callers say is in this memory: no core file of it. The parent's mark was lost when this program began.
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    control = socket.socket(fileno=descriptor)
    try:
        os.nice(NICENESS)
        decoder = _load()
        control.sendall(READY)
        gc.freeze()
        _serve(control, decoder)
    except (BrokenPipeError, ConnectionResetError):
        return 0
    except Exception as error:
        print(f"op26x stt: the worker stopped: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def _load() -> Any:
    from pocketsphinx import Decoder, set_loglevel

    set_loglevel("FATAL")
    return Decoder(**TUNING)


def _serve(control: socket.socket, decoder: Any) -> None:
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        for descriptor in descriptors:
            _fork(control, decoder, descriptor)


def _fork(control: socket.socket, decoder: Any, descriptor: int) -> None:
    try:
        child = os.fork()
    except OSError as error:
        # The parent sees the audio socket close, and reports that utterance as lost.
        print(f"op26x stt: no process for an utterance: {error}", file=sys.stderr)
        child = -1
    if child != 0:
        os.close(descriptor)
        return
    code = 0
    try:
        control.close()
        _hear(socket.socket(fileno=descriptor), decoder)
    except (BrokenPipeError, ConnectionResetError):
        pass
    except BaseException as error:
        print(f"op26x stt: an utterance failed: {type(error).__name__}: {error}", file=sys.stderr)
        code = 1
    finally:
        # No interpreter shutdown: what the worker registered to run at exit is the worker's.
        os._exit(code)


def _hear(audio: socket.socket, decoder: Any) -> None:
    hang_up = select.poll()
    hang_up.register(audio, 0)
    padding = bytes(2 * SAMPLE_RATE * PADDING_MS // 1000)
    decoder.set_cmn(TELEPHONE_MEANS)
    decoder.start_utt()
    decoder.process_raw(_upsample(padding), False, False)
    samples, odd = 0, b""
    while chunk := audio.recv(3200):
        if hang_up.poll(0):
            return
        chunk = odd + chunk
        whole = len(chunk) // 2 * 2
        odd = chunk[whole:]
        samples += whole // 2
        decoder.process_raw(_upsample(chunk[:whole]), False, False)
    if hang_up.poll(0):
        return
    decoder.process_raw(_upsample(padding), False, False)
    decoder.end_utt()
    audio.sendall(json.dumps(_heard(decoder, samples * 1000 // SAMPLE_RATE)).encode())


def _upsample(pcm: bytes) -> bytes:
    """8 kHz to 16 kHz by repeating samples.

    A proper interpolator leaves 4 to 8 kHz empty, which the acoustic model has never seen; the mirror image that
    repeating leaves there resembles the fricatives it expects (word error 9 % against 23 %).
    """
    return np.repeat(np.frombuffer(pcm, dtype="<i2"), 2).tobytes()


def _heard(decoder: Any, length_ms: int) -> dict[str, Any]:
    words: list[tuple[str, int, int, float]] = []
    for segment in decoder.seg() or ():
        if segment.word.startswith(("<", "[", "+")):
            continue
        text = re.sub(r"\(\d+\)$", "", segment.word)
        start = max(0, segment.start_frame * FRAME_MS - PADDING_MS)
        end = min(length_ms, (segment.end_frame + 1) * FRAME_MS - PADDING_MS)
        if start < end and _plausible(text, end - start):
            words.append((text, start, end, round(min(1.0, max(0.0, segment.prob)), 4)))
    confidence = sum(word[3] for word in words) / len(words) if words else 0.0
    return {"confidence": round(confidence, 4), "words": words}


def _plausible(text: str, duration_ms: int) -> bool:
    # Steady noise comes out as one short word stretched over all of it.
    return duration_ms <= 500 + 150 * len(text)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
