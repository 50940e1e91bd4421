"""The tests' own floor: a test that hangs ends with what it started, and none inherits a disposition of signals."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIMIT_S = 60


def pytest_on(folder: Path, text: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs a test module under this project's settings and conftest, with SIGINT ignored as scripts have it."""
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (folder / "test_it.py").write_text(textwrap.dedent(text))
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder)]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", *arguments, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )


def runs(process: int) -> bool:
    """Whether it runs; one that has ended and that nobody has asked for does not."""
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
def test_a_test_that_hangs_ends_with_the_processes_it_started(tmp_path: Path) -> None:
    done = pytest_on(
        tmp_path,
        f"""
        import subprocess
        import sys
        from pathlib import Path

        CHILD = '''
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        print(child.pid, flush=True)
        time.sleep(600)
        '''

        def test_hangs() -> None:
            with subprocess.Popen([sys.executable, "-c", CHILD.replace("        ", "")], stdout=-1) as child:
                Path({str(tmp_path / "pid")!r}).write_bytes(child.stdout.readline())
                child.wait()
        """,
        "--timeout=5",
        "-o",
        "timeout_func_only=true",
    )
    assert "Timeout" in done.stdout, done.stdout + done.stderr
    assert not runs(int((tmp_path / "pid").read_text()))


def test_a_test_whose_loop_swallows_its_limit_ends_all_the_same(tmp_path: Path) -> None:
    """What is raised in a callback goes to the loop's handler of exceptions, and the loop spins on."""
    done = pytest_on(
        tmp_path,
        """
        import asyncio
        import time

        async def test_spins() -> None:
            loop, seen = asyncio.get_running_loop(), []
            loop.set_exception_handler(lambda _loop, context: seen.append(context))

            def spin() -> None:
                if not seen:
                    loop.call_soon(spin)
                    time.sleep(0.05)

            spin()
            await asyncio.get_running_loop().create_future()
        """,
        "--timeout=3",
    )
    assert "1 failed" in done.stdout, done.stdout + done.stderr
    assert "Timeout" in done.stdout


def test_no_test_inherits_an_ignored_interrupt(tmp_path: Path) -> None:
    done = pytest_on(
        tmp_path,
        """
        import signal
        import subprocess
        import sys

        def test_is_as_in_a_terminal() -> None:
            ask = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
            assert subprocess.run([sys.executable, "-c", ask], capture_output=True).stdout == b"True\\n"
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        """,
    )
    assert done.returncode == 0, done.stdout + done.stderr
