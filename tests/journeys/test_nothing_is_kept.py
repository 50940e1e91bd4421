"""Law 1: with recording off, no word, no number and no sound of a call is ever in a file or in the output."""

import asyncio
import random
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from journeys.house import SPEECH, OtherProcess, agent
from journeys.stubs import tone
from op26x import g711

HEARD, PRESSED, SAID, GREETED = "zephyrine quokka", "83017", "marmalade xylophone", "tangerine bassoon"
FAILED = "vermilion ocarina"
NUMBER = "+15550107345"
NUMBER_FORMS = (
    "5550107345",
    "555-010-7345",
    "555 010 7345",
    "555.010.7345",
    "(555) 010-7345",
    "0107345",
    "010-7345",
)
NOISE = random.Random(26).randbytes(8000)
"""A second of caller's audio that is like no other."""
NEEDLE = 48
AGENT_PITCH = 1230


def _needles() -> dict[str, list[bytes]]:
    """What must not be found, by kind."""
    words = [HEARD, PRESSED, SAID, GREETED, FAILED, *HEARD.split(), *SAID.split()]
    agent_audio = tone(AGENT_PITCH, 0.2)
    pieces = [NOISE[at : at + NEEDLE] for at in range(0, len(NOISE) - NEEDLE, 400)]
    pieces.append(g711.encode(agent_audio)[400 : 400 + NEEDLE])
    return {
        "words": [form for word in words for form in _spellings(word)],
        "number": [form for number in NUMBER_FORMS for form in _spellings(number)],
        "mu-law": pieces,
        "pcm": [g711.decode(piece) for piece in pieces] + [agent_audio[800 : 800 + 2 * NEEDLE]],
        "base64": [b64encode(piece[shift:])[4:-4] for piece in pieces for shift in range(3)],
    }


def _spellings(text: str) -> Iterator[bytes]:
    for variant in (text, text.upper(), text.title(), text.replace(" ", "_"), text.replace(" ", "%20")):
        yield variant.encode()
        yield variant.encode("utf-16-le")
    yield text.encode().hex().encode()
    yield b64encode(text.encode())[:-4]


def _found(folder: Path, leave_out: tuple[Path, ...] = ()) -> set[tuple[str, str]]:
    """Kinds of needle that are in files under a folder, with the files' names."""
    found = set()
    for file in folder.rglob("*"):
        if file.is_file() and not any(file.is_relative_to(path) for path in leave_out):
            content = file.read_bytes()
            for kind, needles in _needles().items():
                if any(needle in content for needle in needles):
                    found.add((kind, file.name))
    return found


def _document(recogniser: str) -> dict[str, Any]:
    said = {"say": f"At {AGENT_PITCH} {SAID} it is."}
    use = {"use": "note", "arguments": {"words": "{heard}"}}
    return agent(
        greeting=f"At {AGENT_PITCH} {GREETED}.",
        recogniser={"use": recogniser, "words": [HEARD, f"!{FAILED}", HEARD]},
        brain={"use": "scripted", "answers": [[said, use], [said], [said], [{"raise": f"{FAILED} {HEARD}"}]]},
    )


async def _converse(service: OtherProcess, tmp_path: Path) -> set[tuple[str, str]]:
    """A call with everything in it; returns what was found while it was going on."""
    async with service.running() as home:
        line = await home.ring(caller=NUMBER)
        await line.heard_out()
        line.say(SPEECH + NOISE)
        await line.heard_out(2)
        for digit in PRESSED:
            await line.stream.press(digit)
        await line.heard_out(3)
        during = await asyncio.to_thread(_found, tmp_path, (tmp_path / "agents",))
        line.say(SPEECH + NOISE)
        await line.heard_out(4)
        line.say(SPEECH + NOISE)
        await line.over()
        record = await home.record()
        assert (record.call.end_reason, record.call.vendor_errors) == ("vendor-error", 2)
        assert record.call.caller == f"…{NUMBER[-2:]}"
        during |= await asyncio.to_thread(_found, tmp_path, (tmp_path / "agents",))
    return during


async def test_nothing_is_kept(tmp_path: Path) -> None:
    service = OtherProcess(tmp_path, _document("scripted"), log_level="debug")
    during = await _converse(service, tmp_path)
    assert during == set()
    assert _found(tmp_path, (tmp_path / "agents",)) == set()
    assert "a vendor failed" in service.output.read_text(), "the output is that of the service"
    assert (service.data / "op26x.db").exists()


async def test_the_search_finds_what_a_leaky_plugin_keeps(tmp_path: Path) -> None:
    plugins = "journeys.stubs,journeys.leaky"
    service = OtherProcess(tmp_path, _document("leaky"), log_level="debug", plugins=plugins)
    await _converse(service, tmp_path)
    found = _found(tmp_path, (tmp_path / "agents",))
    assert {("words", "output.txt"), ("number", "output.txt"), ("pcm", "voice.raw")} <= found


@pytest.mark.parametrize(
    ("kind", "leak"),
    [
        ("words", b"..." + HEARD.encode() + b"..."),
        ("words", HEARD.upper().encode()),
        ("words", f'{{"text":"{SAID}"}}'.encode()),
        ("number", b"caller=(555) 010-7345"),
        ("number", NUMBER.encode()),
        ("mu-law", NOISE[1000:1800]),
        ("pcm", g711.decode(NOISE[2000:2800])),
        ("base64", b'"payload":"' + b64encode(NOISE[3001:3801])),
        ("mu-law", g711.encode(tone(AGENT_PITCH, 0.5))),
    ],
)
def test_the_search_finds(tmp_path: Path, kind: str, leak: bytes) -> None:
    (tmp_path / "deep" / "down").mkdir(parents=True)
    (tmp_path / "deep" / "down" / "file").write_bytes(b"\0" * 999 + leak + b"\0")
    assert (kind, "file") in _found(tmp_path)
