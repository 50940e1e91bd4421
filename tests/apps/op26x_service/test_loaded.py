"""What a service has loaded when it is ready: an import budget, by modules and not by seconds."""

import os
import subprocess
import sys

import pytest

UP = """
import gc, os, signal, sys
from op26x_service import up

def ready(keep=up.keep_what_is_loaded):
    keep()
    print('loaded', gc.isenabled(), *sorted(sys.modules), file=sys.stderr)
    os.kill(os.getpid(), signal.SIGINT)

up.keep_what_is_loaded = ready
from op26x.cli.app import run
run(['up', '--no-dashboard', '--port', '0', '--data', sys.argv[1]])
"""
OF_NO_USE = {
    "anthropic",
    "fastapi",
    "langchain",
    "nltk",
    "obstore",
    "openai",
    "pandas",
    "pocketsphinx",
    "pyarrow",
    "scipy",
    "streamlit",
    "torch",
    "transformers",
}
"""What the built-in agent does without: SDKs of vendors that it does not use, and what lives in other processes."""


@pytest.fixture(scope="module")
def at_ready(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Whether garbage is collected, and all modules, of a service with the built-in agent that is ready."""
    folder = tmp_path_factory.mktemp("up")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OP26X_")}
    result = subprocess.run(
        [sys.executable, "-c", UP, str(folder / "data")],
        cwd=folder,
        env=environment | {"OP26X_TWILIO_AUTH_TOKEN": "a token"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    line = next((line for line in result.stderr.splitlines() if line.startswith("loaded ")), "")
    assert line, result.stderr[-2000:]
    return line.split()[1:]


def test_sdks_of_vendors_that_no_agent_uses_are_not_loaded(at_ready: list[str]) -> None:
    assert {name.partition(".")[0] for name in at_ready} & OF_NO_USE == set()


def test_garbage_is_collected_from_then_on(at_ready: list[str]) -> None:
    """While it starts it is not: there is none to speak of, and looking for it took a sixth of the time."""
    assert at_ready[0] == "True"
