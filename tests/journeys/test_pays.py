"""The caller who pays, as the demo plays it: a tool gets what it needs, and nobody else hears, reads or keeps it."""

import asyncio
import json
import os
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op26x_local.stt import LocalSTT

WHOLE_S = 150.0
pytestmark = [pytest.mark.real_time, pytest.mark.timeout(2 * WHOLE_S)]

TOLD = ("4242", "four two", "john at", "john@", "739164", "seven three nine")
PIECE_S = 5


async def _op26x(folder: Path, *arguments: str) -> str:
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "op26x", *arguments, "--data", str(folder / "data")),
        env={name: value for name, value in os.environ.items() if not name.startswith(("OP26X_", "COV_"))},
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(running.communicate(), WHOLE_S)
    assert running.returncode == 0
    return output.decode()


async def _heard(file: Path) -> str:
    """What a recogniser makes of the caller's side of a recording, in pieces of which each word is whole in one."""
    with wave.open(str(file)) as sound:
        stereo = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2)
        size = PIECE_S * sound.getframerate()
    stt = LocalSTT.shared()
    heard = []
    for start in range(0, len(stereo), size // 2):
        utterance = stt.utterance()
        utterance.feed(stereo[start : start + size, 0].tobytes())
        heard.append((await utterance.finish()).text)
    return " ".join(heard)


async def test_a_tool_is_paid_and_nobody_else_knows_with_what(tmp_path: Path) -> None:
    told: dict[str, Any] = json.loads(await _op26x(tmp_path, "demo", "--caller", "pays", "--fast", "--json"))
    assert (told["state"], told["outcome"]) == ("completed", "deposit-paid"), "a placeholder would have paid nothing"
    said = " ".join(turn["text"] for turn in told["transcript"])
    assert {"<CARD_1>", "<EMAIL_1>", "<ONE_TIME_CODE_1>"} <= set(said.split())
    await _op26x(tmp_path, "recordings", "export", told["id"], str(tmp_path / "call.wav"))
    heard = await _heard(tmp_path / "call.wav")
    assert "pay the deposit" in heard, "the rest is there"
    assert "the code" in heard
    shown = await _op26x(tmp_path, "calls", "show", told["id"])
    everything = [said, heard, shown, json.dumps(told)]
    everything += [file.read_text("latin-1") for file in (tmp_path / "data").rglob("*") if file.is_file()]
    assert not [mark for mark in TOLD for text in everything if mark in text.lower()]
