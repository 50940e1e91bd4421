"""The simulator's scripts: all of ours can be played, and what can't says why."""

import wave
from pathlib import Path
from types import SimpleNamespace
from typing import Self

import numpy as np
import pytest

from op26x import g711
from op26x.errors import UsageError
from op26x.types import Secret
from op26x_twilio.simulator import watch
from op26x_twilio.simulator.ring import _where_it_rang
from op26x_twilio.simulator.script import Step, load_script, recording, scripts
from op26x_twilio.simulator.speech import sounds


@pytest.mark.parametrize("name", scripts())
def test_every_word_of_our_callers_is_recorded(name: str) -> None:
    script = load_script(name)
    assert script.name == name
    assert script.about
    for step in script.steps:
        if step.say:
            assert 0.2 < len(recording(step.say)) / 8000 < 15
        assert set(step.press) <= set("0123456789*#")


def test_the_callers_of_the_manual_are_there() -> None:
    assert {"books", "brief", "silent", "hangs-up", "barges-in", "presses-keys"} <= set(scripts())


def test_an_unknown_caller() -> None:
    with pytest.raises(UsageError, match="no caller 'nobody'") as unknown:
        load_script("nobody")
    assert "books" in unknown.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "about: no name",
        "name: a\nsteps: [{shout: hello}]",
        "name: a\nsteps: [{when: agent-speakin}]",
        "name: a\nsteps: [{press: A}]",
        "name: a\nsteps: [{after: -1}]",
        "name: a\nsteps: [hello]",
        "name: [",
        "just words",
        "",
        "name: a\nabout: b\nsteps: 7",
    ],
)
def test_a_script_that_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"mine\.yaml"):
        load_script(str(file))


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("nam: a\nsteps: [{sy: hello}, {when: agent-speakin}]")
    with pytest.raises(UsageError) as caught:
        load_script(str(file))
    wanted = ("'nam'", "name is missing", "'step 1: sy'", "Did you mean say?", "step 2: when", "agent-speaking")
    assert all(words in str(caught.value) for words in wanted), str(caught.value)


def test_a_file_that_is_not_there_is_no_unknown_caller() -> None:
    with pytest.raises(UsageError, match=r"There is no file pacient\.yaml"):
        load_script("pacient.yaml")


def test_a_script_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nabout: Mine.\nsteps: [{press: '1'}, {hang_up: true}]")
    assert [step.press for step in load_script(str(file)).steps] == ["1", ""]


def test_words_without_a_recording() -> None:
    with pytest.raises(UsageError, match="no recording"):
        recording("words that nobody spoke")


async def _espeak(text: str, language: str) -> bytes | None:
    return b"\x01\x00" * 8000 if language == "fr" else None


async def test_words_of_ones_own_are_spoken_by_a_plugin_or_the_script_is_refused(tmp_path: Path) -> None:
    said = Step(say="je voudrais une table")
    assert len((await sounds([said], "fr", tmp_path, _espeak))[said]) == 8000
    with pytest.raises(UsageError, match=r"No plugin speaks 'xx'.*table"):
        await sounds([said], "xx", tmp_path, _espeak)
    with pytest.raises(UsageError, match="can't say"):
        await sounds([said], "en", tmp_path, _espeak)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (44100, 2)])
async def test_a_wav_file_beside_the_script_is_heard(tmp_path: Path, rate: int, channels: int) -> None:
    with wave.open(str(tmp_path / "hello.wav"), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(np.full(rate * channels, 3000, np.int16).tobytes())
    step = Step(audio="hello.wav")
    heard = (await sounds([step], "de", tmp_path, _espeak))[step]
    assert len(heard) == 8000
    assert abs(float(np.median(g711.samples(heard))) - 3000) < 100


@pytest.mark.parametrize("content", [None, b"", b"no sound", "8 bits"])
async def test_a_file_that_is_no_such_sound_is_told_of(tmp_path: Path, content: bytes | str | None) -> None:
    file = tmp_path / "hello.wav"
    if content == "8 bits":
        with wave.open(str(file), "wb") as writer:
            writer.setparams((1, 1, 8000, 0, "NONE", ""))
            writer.writeframes(bytes(100))
    elif isinstance(content, bytes):
        file.write_bytes(content)
    with pytest.raises(UsageError, match=r"hello\.wav") as refused:
        await sounds([Step(audio="hello.wav")], "de", tmp_path, _espeak)
    assert "16-bit PCM" in refused.value.remedy


@pytest.mark.parametrize(
    ("language", "assent", "first"),
    [
        ("en-GB", "", Step(say="yes please")),
        ("fr", "", Step(press="1")),
        ("fr", "assent: oui", Step(say="oui")),
        ("en", "assent: ''", Step(hang_up=True)),
    ],
)
def test_who_is_asked_answers_first(tmp_path: Path, language: str, assent: str, first: Step) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(f"name: mine\nabout: Mine.\nlanguage: {language}\n{assent}\nsteps: [{{hang_up: true}}]")
    script = load_script(str(file))
    assert script.all_steps(asked=True)[0] == first
    assert script.all_steps(asked=False) == (Step(hang_up=True),)


@pytest.mark.parametrize(
    ("service", "stream"),
    [
        ("http://127.0.0.1:8026", "ws://127.0.0.1:8026/twilio/media"),
        ("https://proxy.example:8443", "wss://proxy.example:8443/twilio/media"),
    ],
)
def test_a_rehearsal_stays_at_the_address_that_it_rang(service: str, stream: str) -> None:
    assert _where_it_rang("wss://calls.example.com/twilio/media", service) == stream


def test_a_service_that_refuses_does_so_before_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """One with several organizations asks which one; nobody rings, and no thread is left to say it."""

    class Refuses:
        def __init__(self, *_: object, **__: object) -> None: ...

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def agents(self) -> None:
            raise UsageError("There are 2 organizations.", "Say which one with --organization.")

    monkeypatch.setattr(watch, "Client", Refuses)
    monkeypatch.setattr(watch, "following", None)
    running = SimpleNamespace(url="http://127.0.0.1:1", key=Secret("key"))
    with pytest.raises(UsageError, match="2 organizations"), watch.watching(running, "CA1", print):  # type: ignore[arg-type]
        raise AssertionError("the call was begun")
