"""``op26x calls chat``: what is typed is answered."""

import io
import json
from pathlib import Path

import pytest

from framework.cli.conftest import Run

TYPED = "i would like an appointment on tuesday\n\nten o clock\njohn miller\nyes please\nno goodbye\nnot heard\n"


def test_the_built_in_agent_books_by_typing(op26x: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(TYPED))
    code, out, err = op26x("calls", "chat", "rehearsal", "--json")
    found = json.loads(out)
    assert (code, err, found["id"], found["ended_by"]) == (0, "", "rehearsal", "agent")
    (booked,) = [line["data"] for line in found["lines"] if line["text"] == "book_appointment"]
    assert (booked["status"], booked["day"], booked["name"]) == ("booked", "tuesday", "john miller")
    assert "not heard" not in out


def test_it_is_read_as_it_comes(op26x: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("hello\n"))
    code, out, _ = op26x("calls", "chat", "rehearsal")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["agent", "agent", "The"]


def test_an_agent_of_a_file_or_none(op26x: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    document = tmp_path / "mine.yaml"
    document.write_text("name: mine\ngreeting: Good day.\ninstructions: Talk.\nllm: rehearsal\n")
    code, out, _ = op26x("calls", "chat", str(document))
    assert (code, "Good day." in out) == (0, True)
    code, _, err = op26x("calls", "chat", "nobody")
    assert (code, "The agents are: rehearsal" in err) == (2, True)
