"""The offline synthesiser speaks five languages at one loudness, and knows the pre-synthesised sentences."""

import asyncio
import gc
from pathlib import Path

import numpy as np
import pytest

from op26x import g711
from op26x_local.espeak import PHRASES, VOICES, Espeak

TEXTS = {
    "en": "I have free times at nine, ten and eleven.",
    "hi": "नमस्ते, मैं आपकी क्या मदद कर सकती हूँ",
    "es": "Buenos días, en qué puedo ayudarle",
    "fr": "Bonjour, que puis-je faire pour vous",
    "de": "Guten Tag, was kann ich für Sie tun",
}


def level(pcm: bytes) -> float:
    """RMS in dBFS."""
    samples = np.frombuffer(pcm, "<i2") / 32768
    return float(20 * np.log10(np.sqrt(np.mean(samples**2))))


@pytest.mark.parametrize("language", VOICES)
def test_speaks_a_language(language: str) -> None:
    pcm = Espeak.shared().speak(TEXTS[language], language=language)
    assert 1.0 < len(pcm) / 16000 < 6.0
    assert -24 < level(pcm) < -17


def test_a_known_sentence_is_the_recording_whatever_its_spaces() -> None:
    pcm = Espeak.shared().speak("  The recording\n has  stopped. ")
    assert pcm == g711.decode((PHRASES / "the-recording-has-stopped.ulaw").read_bytes())
    assert -21.5 < level(pcm) < -18.5


def test_another_language_is_not_the_english_recording() -> None:
    text = "This call is being recorded."
    assert Espeak.shared().speak(text, language="de") != Espeak.shared().speak(text)


def test_without_phrases_everything_is_synthesised(tmp_path: Path) -> None:
    text = "This call is being recorded."
    assert Espeak(tmp_path).speak(text) != Espeak.shared().speak(text)


def test_a_second_synthesiser_does_not_take_the_voice_from_the_first(tmp_path: Path) -> None:
    assert Espeak.shared().speak("Hello.")
    # espeak-ng keeps the address of one callback: an engine per synthesiser crashed the process here.
    assert Espeak(tmp_path).speak("Hello.")
    gc.collect()
    assert Espeak.shared().speak("Hello.")


@pytest.mark.parametrize("text", ["", " \n\t ", "\0"])
def test_nothing_to_say_is_no_audio(text: str) -> None:
    assert Espeak.shared().speak(text) == b""


@pytest.mark.parametrize("text", ["<b>&amp;", "[[nonsense]]", "\ud800", "日本", "😀", "." * 2000])
def test_odd_text_is_no_error(text: str) -> None:
    assert len(Espeak.shared().speak(text)) % 2 == 0


def test_an_unknown_language_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'xx'.*en, hi, es, fr, de"):
        Espeak.shared().speak("hello", language="xx")


async def test_texts_at_once_come_out_as_alone() -> None:
    synthesiser = Espeak.shared()
    alone = [synthesiser.speak(text, language=language) for language, text in TEXTS.items()]
    spoken = (synthesiser.speak_async(text, language=language) for language, text in TEXTS.items())
    together = await asyncio.gather(*spoken)
    # No two renderings are the same to the byte: espeak-ng's voice wavers on purpose.
    assert [len(pcm) for pcm in together] == pytest.approx([len(pcm) for pcm in alone], rel=0.02)


def test_every_recording_is_in_the_index() -> None:
    assert {path.stem for path in PHRASES.glob("*.ulaw")} == {path.stem for path in Espeak()._phrases.values()}
