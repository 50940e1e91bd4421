"""Law 1: unless a call is recorded, no word, no number and no sound of it is ever in a file or in the output.

And if it is recorded, law 4: nothing of it is there in clear, although all of it reads back.
"""

import asyncio
import random
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeys.documents import agent, write_agents
from journeys.house import House, OtherProcess
from journeys.kept import blobs, call_keys, kept, nothing_kept
from journeys.line import BRIEFLY, Line
from journeys.stubs import FIXED_S, NOTICES, tone
from op26x import g711
from op26x.agents.document import parse_agent
from op26x.audit import Access
from op26x.consent import Notice
from workspaces import close_workspace, open_workspace

HEARD, PRESSED, SAID, GREETED = "zephyrine quokka", "830174926", "marmalade xylophone", "tangerine bassoon"
FAILED = "vermilion ocarina"
NUMBER = "+12125557345"
NUMBER_FORMS = (
    "2125557345",
    "212-555-7345",
    "212 555 7345",
    "212.555.7345",
    "(212) 555-7345",
    "5557345",
    "555-7345",
)
NOISE = random.Random(26).randbytes(8000)
"""A second of caller's audio that is like no other."""
OVER_S = 9.0
"""How long a call takes to end with a goodbye, once an LLM has failed twice in a row."""
NEEDLE = 48
AGENT_PITCH = 1240
QUESTION = tone(NOTICES[Notice.ASSENT], FIXED_S)


@cache
def _needles() -> dict[str, list[bytes]]:
    """What must not be found, by kind."""
    words = [HEARD, PRESSED, SAID, GREETED, FAILED, *HEARD.split(), *SAID.split()]
    agent_audio = tone(AGENT_PITCH, 0.2)
    pieces = [NOISE[at : at + NEEDLE] for at in range(0, len(NOISE) - NEEDLE, 400)]
    pieces += [g711.encode(audio)[400 : 400 + NEEDLE] for audio in (agent_audio, QUESTION)]
    return {
        "words": [form for word in words for form in _spellings(word)],
        "number": [form for number in NUMBER_FORMS for form in _spellings(number)],
        "mu-law": pieces,
        "pcm": [g711.decode(piece) for piece in pieces] + [a[800 : 800 + 2 * NEEDLE] for a in (agent_audio, QUESTION)],
        "base64": [b64encode(piece[shift:])[4:-4] for piece in pieces for shift in range(3)],
    }


def _spellings(text: str) -> Iterator[bytes]:
    for variant in (text, text.upper(), text.title(), text.replace(" ", "_"), text.replace(" ", "%20")):
        yield variant.encode()
        yield variant.encode("utf-16-le")
    yield text.encode().hex().encode()
    yield b64encode(text.encode())[:-4]


def _found(folder: Path, leave_out: tuple[Path, ...] = (), published: tuple[bytes, ...] = ()) -> set[tuple[str, str]]:
    """Kinds of needle that are in files under a folder, with the files' names.

    Args:
        folder: Where to look.
        leave_out: Where not to.
        published: What stands in the database whoever calls: an agent's document, whole and as it was written.
    """
    found = set()
    for file in folder.rglob("*"):
        if file.is_file() and not any(file.is_relative_to(path) for path in leave_out):
            content = file.read_bytes()
            for known in published if file.name.startswith("op26x.db") else ():
                content = content.replace(known, b"")
            for kind, needles in _needles().items():
                if any(needle in content for needle in needles):
                    found.add((kind, file.name))
    return found


def _document(stt: str = "scripted", recording: str = "off") -> dict[str, Any]:
    said = {"say": f"At {AGENT_PITCH} {SAID} it is."}
    use = {"use": "note", "arguments": {"words": "{heard}"}}
    return agent(
        greeting=f"At {AGENT_PITCH} {GREETED}.",
        stt={"use": stt, "words": [HEARD, f"!{FAILED}", HEARD, HEARD]},
        llm={"use": "scripted", "answers": [[said, use], [said], [said], [{"raise": f"{FAILED} {HEARD}"}]]},
        recording=recording,
    )


def _search(service: OtherProcess) -> set[tuple[str, str]]:
    """What is found anywhere but in the agent's document: data, keys, temporary files, output."""
    folder = service.data.parent
    return _found(folder, (folder / "agents",), _published(folder / "agents"))


def _published(agents: Path) -> tuple[bytes, ...]:
    """The documents of a directory, as written and as read."""
    documents = [file.read_text() for file in agents.iterdir()]
    read = [msgspec.json.encode(parse_agent(document, "agent")) for document in documents]
    return (*(document.encode() for document in documents), *read)


async def _speak_until_over(line: Line) -> None:
    for _ in range(2):
        line.say(BRIEFLY + NOISE)
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(line.over())), OVER_S)
            return
    await line.over()


async def _converse(service: OtherProcess, home: House, answer: str = "") -> tuple[Line, set[tuple[str, str]]]:
    """A call with everything in it; returns what was found while it was going on."""
    line = await home.ring(caller=NUMBER)
    if answer:
        await line.heard_whole(NOTICES[Notice.ASSENT])
        await line.press(answer)
    await line.heard_whole(AGENT_PITCH)
    before = len(line.stream.ears.first_audio_at)
    line.say(BRIEFLY + NOISE)
    await line.heard_out(before + 1)
    for digit in PRESSED:
        await line.stream.press(digit)
    await line.heard_out(before + 2)
    during = await asyncio.to_thread(_search, service)
    line.say(BRIEFLY + NOISE)
    await line.heard_out(before + 3)
    # Where the answer to the keys was heard only after the STT service had failed, the LLM must fail twice now.
    await _speak_until_over(line)
    record = await home.record()
    assert record.call.end_reason == "vendor-error"
    assert record.call.vendor_errors in (2, 3)
    assert record.call.caller == f"…{NUMBER[-2:]}"
    return line, during | await asyncio.to_thread(_search, service)


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("recording", "answer", "outcome"), [("off", "", ""), ("assent", "2", "refused")], ids=["off", "refused"]
)
async def test_nothing_is_kept(tmp_path: Path, recording: str, answer: str, outcome: str) -> None:
    service = OtherProcess(tmp_path, _document(recording=recording), log_level="debug")
    async with service.running() as home:
        _, during = await _converse(service, home, answer)
        await nothing_kept(home, outcome)
    assert during == set()
    assert _search(service) == set()
    assert "a vendor failed" in service.output.read_text(), "the output is that of the service"
    assert {"op26x.db", "work.db"} <= {file.name for file in service.data.iterdir()}
    assert service.settings.core.keys_path.exists()


@pytest.mark.real_time
async def test_of_a_recorded_call_nothing_is_kept_in_clear(tmp_path: Path) -> None:
    service = OtherProcess(tmp_path, _document(recording="assent"), log_level="debug", redact="off")
    async with service.running() as home:
        line, during = await _converse(service, home, "1")
        record = await kept(home)
        assert (record.detail.call.recording_outcome, record.recording.state) == ("recorded", "completed")
        caller, voice = (g711.encode(track.tobytes()) for track in (record.caller, record.agent))
        assert caller.count(g711.encode(g711.decode(NOISE[:4000]))) in (3, 4), (
            "all that is looked for is in the recording"
        )
        assert g711.encode(tone(AGENT_PITCH, 0.2))[400 : 400 + NEEDLE] in voice
        assert g711.encode(QUESTION)[400 : 400 + NEEDLE] in voice
        said = " ".join(text for _, text in record.words)
        assert all(words in said for words in (HEARD, PRESSED, SAID, GREETED))
        assert [len(wrapped or b"") > 0 for wrapped in call_keys(service.settings)] == [True]
        during |= await asyncio.to_thread(_search, service)
    assert during == set()
    assert _search(service) == set()
    (blob,) = blobs(service.settings)
    assert blob.stat().st_size == record.recording.size > len(line.stream.spoken)
    workspace = open_workspace(service.settings)
    try:
        caller_number, _ = await workspace.calls.numbers(record.detail.call.id, Access("test", "a test"))
    finally:
        close_workspace(workspace)
    assert caller_number.reveal() == NUMBER, "the number, too, is there and not in clear"


@pytest.mark.real_time
async def test_the_search_finds_what_a_leaky_plugin_keeps(tmp_path: Path) -> None:
    plugins = "journeys.stubs,journeys.leaky"
    service = OtherProcess(tmp_path, _document("leaky"), log_level="debug", plugins=plugins)
    async with service.running() as home:
        line = await home.ring(caller=NUMBER)
        await line.heard_whole(AGENT_PITCH)
        line.say(BRIEFLY + NOISE)
        await line.heard_whole(AGENT_PITCH, 2)
        await line.hang_up()
    found = _search(service)
    assert {("words", "output.txt"), ("number", "output.txt"), ("pcm", "voice.raw")} <= found


def test_the_search_finds_what_stands_beside_a_published_document(tmp_path: Path) -> None:
    agents = write_agents(tmp_path / "agents", _document())
    published = _published(agents)
    database = tmp_path / "op26x.db-wal"
    database.write_bytes(b"\0".join(published * 2))
    assert _found(tmp_path, (agents,), published) == set()
    for piece in (HEARD.encode(), published[0][:-1], published[1][1:]):
        database.write_bytes(b"\0".join((*published, piece, *published)))
        assert _found(tmp_path, (agents,), published) == {("words", "op26x.db-wal")}


@pytest.mark.parametrize(
    ("kind", "leak"),
    [
        ("words", b"..." + HEARD.encode() + b"..."),
        ("words", HEARD.upper().encode()),
        ("words", f'{{"text":"{SAID}"}}'.encode()),
        ("number", b"caller=(212) 555-7345"),
        ("number", NUMBER.encode()),
        ("mu-law", NOISE[1000:1800]),
        ("pcm", g711.decode(NOISE[2000:2800])),
        ("base64", b'"payload":"' + b64encode(NOISE[3001:3801])),
        ("mu-law", g711.encode(tone(AGENT_PITCH, 0.5))),
        ("mu-law", g711.encode(QUESTION)),
        ("pcm", QUESTION),
        ("base64", b64encode(g711.encode(QUESTION))),
        ("words", b'{"content":["' + HEARD.encode() + b'",[]]}'),
    ],
)
def test_the_search_finds(tmp_path: Path, kind: str, leak: bytes) -> None:
    (tmp_path / "deep" / "down").mkdir(parents=True)
    (tmp_path / "deep" / "down" / "file").write_bytes(b"\0" * 999 + leak + b"\0")
    assert (kind, "file") in _found(tmp_path)
