"""The page on policies shows what ``op26x policy explain`` prints; run as a script, this renews it."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
import pytest
import yaml

from op26x.policy import LAW, Row, Rules

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "policy.md"
SHOWN = re.compile(r"^```\n(op26x policy explain [^\n]* --at [^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A command with a fixed time, and what it prints."""
DOCUMENT = re.compile(r"^```yaml\n(name: .*?)^```$", re.MULTILINE | re.DOTALL)
WIDTH = "120"


def commands() -> list[str]:
    """The commands that the page shows with their output."""
    return [command for command, _ in SHOWN.findall(PAGE.read_text())]


def printed(command: str, folder: Path) -> str:
    """What a command prints in a terminal, with the agents of the page and no data."""
    agents = folder / "agents"
    agents.mkdir(exist_ok=True)
    for document in DOCUMENT.findall(PAGE.read_text()):
        (agents / f"{yaml.safe_load(document)['name']}.yaml").write_text(document)
    own = {name: value for name, value in os.environ.items() if not name.startswith("OP26X_")}
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        env={**own, "OP26X_DATA": str(folder / "data"), "OP26X_AGENTS": str(agents), "COLUMNS": WIDTH},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())


def renewed(page: str, folder: Path) -> str:
    """The page with what the commands print now."""
    return SHOWN.sub(lambda found: f"```\n{found[1]}\n\n{printed(found[1], folder)}\n```", page)


def test_there_are_five_calls_of_two_agents() -> None:
    assert len(commands()) == 5
    assert len(DOCUMENT.findall(PAGE.read_text())) == 2


@pytest.mark.parametrize("command", commands())
def test_it_shows_what_the_command_prints(command: str, tmp_path: Path) -> None:
    shown = dict(SHOWN.findall(PAGE.read_text()))[command]

    assert shown.strip("\n") == printed(command, tmp_path), "run: python tests/docs/test_policy_page.py"
    assert not (tmp_path / "data").exists()


def test_every_field_of_a_policy_is_on_the_page() -> None:
    page = PAGE.read_text()

    assert not [field for field in Rules.__struct_fields__ if f"`{field}`" not in page]


def test_every_field_of_a_row_and_every_table_is_on_the_page_of_the_law_tables() -> None:
    page = (DOCS / "law-tables.md").read_text()

    fields = [field.encode_name for field in msgspec.structs.fields(Row)]
    assert "closed" in fields
    assert not [name for name in [*fields, *LAW.versions] if f"`{name}`" not in page]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        PAGE.write_text(renewed(PAGE.read_text(), Path(made)))
