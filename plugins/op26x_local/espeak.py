"""The offline synthesiser: espeak-ng by ctypes, and pre-synthesised sentences where there are any.

The wheel ``espeakng-loader`` carries libespeak-ng, which is **GPL-3**. It is loaded in this module and nowhere else:
leave the local plugin out, and none of it is in the process.

The sentences in ``phrases/`` were spoken beforehand by flite's clearer voice (``plugins/make_recordings.py`` made
them); they are read from there when a text matches one word for word.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import threading
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

SAMPLE_RATE = 8000
PHRASES = Path(__file__).with_name("phrases")
# What callers ask for, and espeak-ng's name for it.
VOICES = {"en": "en-us", "hi": "hi", "es": "es", "fr": "fr", "de": "de"}

# Values from espeak-ng's speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_POS_CHARACTER = 1
_OK = 0
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EspeakError(RuntimeError):
    """The text could not be spoken; the message says why and what to do."""


class Espeak:
    """Turns text into speech; one per process, because espeak-ng keeps its state in globals.

    Args:
        phrases: Folder of the pre-synthesised sentences; without an index there, all speech is espeak-ng's.
    """

    _shared: ClassVar[Espeak | None] = None
    # Of the class: espeak-ng has one state and one callback per process, whoever asks.
    _lock: ClassVar[threading.Lock] = threading.Lock()
    _engine: ClassVar[_Espeak | None] = None

    def __init__(self, phrases: Path = PHRASES) -> None:
        self._phrases = _index(phrases)

    @classmethod
    def shared(cls) -> Espeak:
        """The synthesiser of this process; espeak-ng is loaded with the first text that needs it."""
        with cls._lock:
            if cls._shared is None:
                cls._shared = cls()
            return cls._shared

    def speak(self, text: str, *, language: str = "en") -> bytes:
        """Speaks `text`: 16-bit mono little-endian PCM at 8 kHz, about -20 dBFS RMS. Takes 1 ms per second of speech.

        Args:
            text: Plain text; white space is normalised. Empty text gives no audio.
            language: One of `VOICES`.

        Raises:
            ValueError: If the language is not known.
            SynthesiserError: If espeak-ng is missing or refuses.
        """
        voice = _voice(language)
        text = normalise(text)
        if not text:
            return b""
        phrase = self._phrases.get((language, text))
        if phrase is not None:
            return _read(phrase)
        with self._lock:
            engine = Espeak._engine = Espeak._engine or _Espeak()
            pcm = engine.speak(text, voice)
            rate = engine.sample_rate
        return _to_telephone(pcm, rate)

    async def speak_async(self, text: str, *, language: str = "en") -> bytes:
        """`speak`, off the event loop. Texts are spoken one after the other."""
        return await asyncio.to_thread(self.speak, text, language=language)


def normalise(text: str) -> str:
    """`text` with every run of white space as one space, and none at the ends."""
    return " ".join(text.replace("\0", " ").split())


def _voice(language: str) -> str:
    try:
        return VOICES[language]
    except KeyError:
        known = ", ".join(VOICES)
        raise ValueError(f"The local synthesiser can't speak {language!r}; it speaks {known}.") from None


def _index(folder: Path) -> dict[tuple[str, str], Path]:
    index = folder / "index.json"
    if not index.exists():
        return {}
    entries = json.loads(index.read_text(encoding="utf-8"))
    return {(entry["language"], normalise(entry["text"])): folder / entry["file"] for entry in entries}


def _read(phrase: Path) -> bytes:
    # The voice room brings Pipecat with it, which takes a second to import.
    from op26x import g711

    return g711.decode(phrase.read_bytes())


def _to_telephone(pcm: bytes, rate: int) -> bytes:
    import soxr

    samples = soxr.resample(np.frombuffer(pcm, np.int16), rate, SAMPLE_RATE)
    telephone: bytes = np.asarray(samples, "<i2").tobytes()
    return telephone


class _Espeak:
    """libespeak-ng, loaded and initialised. Not re-entrant: the caller holds the lock."""

    def __init__(self) -> None:
        self._library = _load_library()
        self._voice = ""
        self._pieces: list[bytes] = []
        # Held here: ctypes frees a callback that nobody refers to, and espeak-ng keeps only its address.
        self._callback = _Callback(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)
        self.sample_rate = int(self._library.espeak_ng_GetSampleRate())

    def speak(self, text: str, voice: str) -> bytes:
        if voice != self._voice:
            if self._library.espeak_SetVoiceByName(voice.encode()) != _OK:
                raise EspeakError(f"espeak-ng has no voice {voice!r}; reinstall the package espeakng-loader.")
            self._voice = voice
        data = text.encode(errors="replace")
        status = self._library.espeak_Synth(data, len(data) + 1, 0, _POS_CHARACTER, 0, _CHARS_UTF8, None, None)
        pieces, self._pieces = self._pieces, []
        if status != _OK:
            raise EspeakError(f"espeak-ng refused a text of {len(text)} characters (status {status}).")
        return b"".join(pieces)

    def _receive(self, samples: Any, count: int, _events: object) -> int:
        if samples and count > 0:
            self._pieces.append(ctypes.string_at(samples, 2 * count))
        return 0


def _load_library() -> ctypes.CDLL:
    try:
        import espeakng_loader

        library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
    except (ImportError, OSError, RuntimeError) as error:
        raise EspeakError(
            f"libespeak-ng could not be loaded ({error}); install the package espeakng-loader."
        ) from error
    library.espeak_Synth.argtypes = [
        *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int),
        *(ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p),
    ]
    library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
    if library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, _INITIALIZE_DONT_EXIT) < 0:
        raise EspeakError("espeak-ng found no voice data; reinstall the package espeakng-loader.")
    return library
