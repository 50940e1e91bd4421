"""Runs commands as the program does."""

from collections.abc import Callable

import pytest

from op26x.cli import app
from op26x.settings import Settings
from workspaces import close_workspace, open_workspace

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def op26x(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; returns exit code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = app.run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def empty(settings: Settings) -> None:
    """A data directory in which nothing has happened yet."""
    close_workspace(open_workspace(settings))
