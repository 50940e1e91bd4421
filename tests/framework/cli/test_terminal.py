"""At a terminal, and at the end of a pipe: Ctrl-C ends a prompt, a reader who has had enough is no failure."""

import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from framework.cli.conftest import Run

ASKS = """
import asyncio
from op26x.cli.output import make_sure

async def delete():
    make_sure("delete it", yes=False)

asyncio.run(delete())
"""
CHAT = "from op26x.cli import main; main(['calls', 'chat', 'rehearsal'])"


@pytest.mark.parametrize(("program", "prompt"), [(ASKS, b"Go on? [y/N] "), (CHAT, b"you   ")])
def test_ctrl_c_ends_a_prompt_at_once(program: str, prompt: bytes) -> None:
    own, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", program], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        shown = b""
        while prompt not in shown:
            assert select.select([own], [], [], 30)[0], shown
            shown += os.read(own, 4096)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) != 0
    finally:
        process.kill()
        process.wait()
        os.close(own)


def test_a_reader_who_has_had_enough_is_no_failure(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "op26x", "settings", "list", "--json"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, cwd=tmp_path, check=False)
    os.close(write)

    assert (done.returncode, done.stderr) == (0, b"")


def test_into_a_pipe_a_row_is_a_line(op26x: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("OP26X_PUBLIC_URL", "https://" + "calls." * 30 + "example.com")
    lines = op26x("settings", "list")[1].splitlines()

    (line,) = (line for line in lines if line.startswith("public_url"))
    assert line.split()[1:] == [os.environ["OP26X_PUBLIC_URL"], "OP26X_PUBLIC_URL", "OP26X_PUBLIC_URL"]
