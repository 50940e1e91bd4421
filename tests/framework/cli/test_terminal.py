"""At a terminal, and at the end of a pipe: Ctrl-C ends a prompt, a reader who has had enough is no failure."""

import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
ELSEWHERE = """
import signal
import threading
from op26x.cli.output import read_line

threading.Timer(0.3, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT)).start()
read_line("? ")
"""
"""Another thread is the one that is interrupted, while the line is waited for."""
WAIT_S = 30.0


@contextmanager
def _at_a_terminal(program: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    own, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", program], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        yield process, own
    finally:
        process.kill()
        process.wait()
        os.close(own)


def _shown(terminal: int, until: bytes | None = None) -> bytes:
    """What is printed until something was, or until the program has ended."""
    shown = b""
    while until is None or until not in shown:
        assert select.select([terminal], [], [], WAIT_S)[0], shown
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # nobody has the other end any more
            assert until is None, shown
            return shown
    return shown


@pytest.mark.parametrize(("program", "prompt"), [(ASKS, b"Go on? [y/N] "), (CHAT, b"you   ")])
def test_ctrl_c_ends_a_prompt_at_once(program: str, prompt: bytes) -> None:
    with _at_a_terminal(program) as (process, terminal):
        _shown(terminal, prompt)
        process.send_signal(signal.SIGINT)
        shown = _shown(terminal)
        assert process.wait(WAIT_S) != 0, shown


def test_a_ctrl_c_that_another_thread_gets_wakes_up_who_reads() -> None:
    with _at_a_terminal(ELSEWHERE) as (process, terminal):
        assert b"KeyboardInterrupt" in _shown(terminal)
        assert process.wait(WAIT_S) != 0


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
