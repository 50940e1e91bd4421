"""Two hundred overlaps: the share that is handled rightly, and how long a real interruption takes.

Whole calls on a loop whose time passes at once: the real session, voice detection, echo detection and Pipecat's
pipeline. The STT service is a perfect one that takes 0.3 s; what a real one mishears is not measured here.
"""

import argparse
import asyncio
import logging
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from rich.console import Console
from rich.table import Table

import op26x_local
from journeys.line import SPEECH
from op26x import Provider, g711, hookimpl
from op26x.testing.scripted_llm import Say, Script
from op26x.testing.virtual_loop import happen
from results import machine, write
from situations import RATE, Overlap, overlaps
from virtual.call import VirtualLine, board

ANSWER = "At 800 the clinic is open from Monday to Friday, and on Saturday in the morning, but never on a Sunday."
ASKED_S, ANSWERED_S = 2.5, 20.0


@dataclass(frozen=True)
class Result:
    """What became of one.

    Attributes:
        kind: Of overlap.
        right: Whether it was handled rightly.
        silent_after_s: From the first sound of a real interruption until the agent is silent.
    """

    kind: str
    right: bool
    silent_after_s: float | None = None


class Voice:
    """Speaks all its fixed phrases, which is speech to voice and echo detection."""

    @hookimpl
    def op26x_tts_service(self) -> Provider[Any]:
        """The voice."""
        return Provider("speaking", _speaking)


def _speaking(request: Any) -> Any:
    from pipecat.frames.frames import TTSAudioRawFrame

    from journeys.stubs import ToneVoice

    phrases = sorted((Path(op26x_local.__file__).parent / "phrases").glob("*.ulaw"))
    pcm = g711.decode(b"".join(phrase.read_bytes() for phrase in phrases)[: 8 * RATE])

    class Speaking(ToneVoice):
        async def run_tts(self, text: str, context_id: str) -> Any:
            length = min(len(pcm), 2 * int(len(text) * 0.05 * RATE))
            for start in range(0, length, RATE):
                yield TTSAudioRawFrame(pcm[start : min(start + RATE, length)], RATE, 1, context_id=context_id)

    return Speaking(request)


async def _overlapped(overlap: Overlap, by: str, folder: Path) -> Result:
    script = Script([Say(ANSWER)], [Say("At 900 well then.")])
    document = script.document(voice="speaking", language=overlap.language, interruptions={"by": by})
    async with board(folder, script, Voice(), **document) as one:
        line = await one.ring()
        line.echo = overlap.echo
        await asyncio.sleep(ASKED_S)
        line.say("when are you open")
        while not _answering(line, script):
            await asyncio.sleep(0.02)
        await asyncio.sleep(overlap.at)
        one.stt.words = overlap.words
        began, clears = line.now(), len([what for _, what in line.sent if what == "clear"])
        if overlap.kind != "echo":
            line.sound(_sound(overlap))
        await asyncio.sleep(ANSWERED_S)
        whole = ANSWER in one.turns()
        silent = [at - line._began for at, what in line.sent if what == "clear"][clears:]
        await line.hang_up()
        await line.over()
    if overlap.real:
        taken = overlap.words in script.heard and not whole
        return Result(overlap.kind, taken, silent[0] - began if silent else None)
    return Result(overlap.kind, whole and len(script.asked) == 1)


def _answering(line: VirtualLine, script: Script) -> bool:
    return bool(script.asked) and line._play_end > line._loop.time()


def _sound(overlap: Overlap) -> bytes:
    if overlap.sound is None:
        return SPEECH[: int(overlap.seconds * RATE)]
    return g711.encode(np.clip(overlap.sound, -32000, 32000).astype("<i2").tobytes())


def _measure(by: str, told: Callable[[str], None]) -> list[Result]:
    results = []
    for number, overlap in enumerate(overlaps(), 1):
        with tempfile.TemporaryDirectory() as folder:
            result = happen(lambda overlap=overlap, folder=folder: _overlapped(overlap, by, Path(folder)))
        if not result.right:
            told(f"{number}: {overlap}")
        results.append(result)
    return results


def _report(measured: dict[str, list[Result]], console: Console) -> None:
    table = Table("interruptions by", "kind", "handled rightly", "silent after, p50", "p95")
    for by, results in measured.items():
        kinds: dict[str, list[Result]] = defaultdict(list)
        for result in results:
            kinds[result.kind].append(result)
        for kind, them in kinds.items():
            took = sorted(r.silent_after_s for r in them if r.silent_after_s is not None and r.right)
            p50 = f"{statistics.median(took):.2f} s" if took and kind == "interruption" else ""
            p95 = f"{took[int(0.95 * (len(took) - 1))]:.2f} s" if took and kind == "interruption" else ""
            table.add_row(by, kind, f"{sum(r.right for r in them)} of {len(them)}", p50, p95)
    console.print(table)


def main() -> None:
    """Measures, prints, and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--by", default="voice,words", help="which rules for interruptions, with commas")
    parser.add_argument("--json", type=Path, default=Path("build/bench/overlaps.json"), help="where the result goes")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    console = Console()
    measured = {by: _measure(by, console.print) for by in options.by.split(",")}
    _report(measured, console)
    figures = {by: [asdict(result) for result in results] for by, results in measured.items()}
    write({"machine": machine(["pipecat-ai", "onnxruntime"]), "results": figures}, options.json)


if __name__ == "__main__":
    main()
