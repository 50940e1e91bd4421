"""Agent documents on scripted providers."""

from pathlib import Path
from typing import Any

import yaml


def agent(**changes: Any) -> dict[str, Any]:
    """An agent document on scripted providers: greets at 500 Hz, answers at 800 Hz."""
    return {
        "name": "tested",
        "greeting": "At 500 hello.",
        "instructions": "Be tested.",
        "llm": says("At 800 yes indeed."),
        "tts": {"use": "tone"},
        "stt": {"use": "scripted", "words": ["good morning"] * 9},
        "tools": ["note", "end_call"],
        "limits": {"silence_s": 60.0},
        "recording": "off",
        "purpose": "service",
        **changes,
    }


def says(*answers: str) -> dict[str, Any]:
    """An LLM that says these, one per turn."""
    return {"use": "scripted", "answers": [[{"say": text}] for text in answers]}


def does(*answers: list[dict[str, Any]]) -> dict[str, Any]:
    """An LLM that takes these steps, one list per turn."""
    return {"use": "scripted", "answers": list(answers)}


def write_agents(directory: Path, *documents: dict[str, Any]) -> Path:
    """Writes agent documents; returns their directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for number, document in enumerate(documents):
        (directory / f"{number}.yaml").write_text(yaml.safe_dump(document))
    return directory
