"""What a command loads before it does anything: an import budget, by modules and not by seconds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from op26x.cli.app import build

HEAVY = [
    "alembic",
    "anthropic",
    "asyncio",
    "cryptography",
    "dbos",
    "httpx",
    "httpx2",
    "litestar",
    "loguru",
    "numpy",
    "onnxruntime",
    "openai",
    "phonenumbers",
    "pipecat",
    "pocketsphinx",
    "soxr",
    "sqlalchemy",
    "sqlmodel",
    "streamlit",
    "structlog",
    "twilio",
    "uvicorn",
    "uvloop",
    "websockets",
    "yaml",
]
NEVER_BY_A_COMMAND_THAT_READS = [
    "anthropic",
    "litestar",
    "loguru",
    "numpy",
    "onnxruntime",
    "openai",
    "pipecat",
    "pocketsphinx",
    "soxr",
    "streamlit",
    "twilio",
    "uvicorn",
    "uvloop",
    "websockets",
]
OURS_BY_HELP = {
    "op26x",
    "op26x_anthropic",
    "op26x_dashboard",
    "op26x_gliner",
    "op26x_local",
    "op26x_openai",
    "op26x_presidio",
    "op26x_s3",
    "op26x_service",
    "op26x_twilio",
}


SECTIONS = ("anthropic", "openai", "presidio", "s3", "twilio")


def loaded(folder: Path, *arguments: str, **environ: str) -> set[str]:
    """Modules that a command has loaded when it is done, with more variables in its environment."""
    code = (
        "import sys; from op26x.cli.app import run; code = run(sys.argv[1:]); "
        "print('loaded', *sorted(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(result.stderr.rpartition("loaded")[2].split())


def roots(modules: set[str]) -> set[str]:
    """Their top-level packages."""
    return {name.partition(".")[0] for name in modules}


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    modules = loaded(tmp_path, "--help")
    assert roots(modules) & set(HEAVY) == set()
    assert {name for name in modules if name.startswith("rich.markdown")} == set()


def test_help_loads_no_command_and_of_plugins_only_settings(tmp_path: Path) -> None:
    ours = {name for name in loaded(tmp_path, "--help") if name.startswith("op26x_")}
    assert ours - OURS_BY_HELP <= {f"op26x_{plugin}.settings" for plugin in SECTIONS}


@pytest.mark.parametrize("command", ["--version", "settings list", "calls --help", "demo --help"])
def test_small_commands_load_nothing_heavy(tmp_path: Path, command: str) -> None:
    assert roots(loaded(tmp_path, *command.split())) & set(HEAVY) == set()


def test_a_command_that_reads_loads_no_vendor_and_no_server(
    tmp_path: Path, data: Path, empty: None, in_other_processes: dict[str, str]
) -> None:
    modules = roots(loaded(tmp_path, "calls", "list", "--data", str(data), **in_other_processes))
    assert modules & set(NEVER_BY_A_COMMAND_THAT_READS) == set()


def test_every_command_is_there_and_says_in_its_own_words_what_it_does_in_the_list() -> None:
    """Commands are registered by name and loaded when they are called: a wrong name would show only then."""
    app = build()
    for name in [name for name in app if not name.startswith("-")]:
        group = app[name]
        if group.default_command is not None:
            assert group.help == str(group.default_command.__doc__).partition("\n")[0]
        for inner in [inner for inner in group if not inner.startswith("-")]:
            assert group[inner].default_command is not None
