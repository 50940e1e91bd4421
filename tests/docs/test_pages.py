"""The pages say what is: their blocks parse, their commands exist, no hook and no setting is missing."""

import ast
import importlib.util
import json
import re
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import cyclopts
import pytest
import yaml

from op26x import ServiceRequest, hookspecs
from op26x.agents import ServiceChoice, parse_agent
from op26x.cli import build
from op26x.plugins import build_registry, load
from op26x.settings import resolve

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("decisions/*.md"))]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(op26x [a-z][^`]*)`")
PARSERS: dict[str, Callable[[str], Any]] = {
    "python": ast.parse,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
    "json": json.loads,
}
LONGEST_DECISION = 30


def _made_from_code() -> ModuleType:
    spec = importlib.util.spec_from_file_location("made_from_code", DOCS / "mkdocs" / "made_from_code.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = _made_from_code()


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Language and text of each fenced block."""
    for _, language, text in FENCE.findall(page.read_text()):
        yield language, textwrap.dedent(text)


def commands(page: Path) -> Iterator[str]:
    """Every command of ours that a page shows."""
    for _, text in blocks(page):
        for line in text.splitlines():
            for part in line.split("&&"):
                command = part.partition("#")[0].strip().removeprefix(".venv/bin/")
                if command.startswith("op26x "):
                    yield command
    for command in INLINE.findall(page.read_text()):
        if "…" not in command:
            yield command


@pytest.fixture(scope="module")
def cli() -> cyclopts.App:
    """The command line."""
    return build()


def subcommands(app: cyclopts.App) -> list[str]:
    """The names of an application's commands, without --help and the like."""
    return [name for name in app if not name.startswith("-")]


def unknown(cli: cyclopts.App, command: str) -> str:
    """The first word of a command that the command line does not know; empty if there is none."""
    app, words = cli, re.sub(r"[\[\],]", " ", command).split()[1:]
    while words and words[0] in subcommands(app):
        app = app[words.pop(0)]
    if subcommands(app):
        return words[0] if words else ""
    options = {name for argument in app.assemble_argument_collection() for name in argument.names}
    return next((word for word in words if word.startswith("--") and word not in options), "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_its_blocks_parse(page: Path) -> None:
    for language, text in blocks(page):
        if language in PARSERS:
            PARSERS[language](text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_its_commands_exist(page: Path, cli: cyclopts.App) -> None:
    wrong = {command: word for command in commands(page) if (word := unknown(cli, command))}

    assert not wrong


def test_a_command_that_does_not_exist_is_noticed(cli: cyclopts.App) -> None:
    assert unknown(cli, "op26x rings --data DIR") == "rings"
    assert unknown(cli, "op26x calls delete ID") == "delete"
    assert unknown(cli, "op26x up --color red") == "--color"
    assert not unknown(cli, "op26x up [--host H] [--no-dashboard]")


def test_every_command_is_on_its_page(cli: cyclopts.App) -> None:
    page = (DOCS / "commands.md").read_text()

    def leaves(app: cyclopts.App, path: str) -> Iterator[str]:
        for name in subcommands(app):
            yield from leaves(app[name], f"{path} {name}")
        if not subcommands(app):
            yield path

    assert not [command for command in leaves(cli, "op26x") if f"`{command}" not in page]


def test_every_hook_is_in_the_reference() -> None:
    page = (DOCS / "hooks.md").read_text()

    names = [spec.__name__ for module in hookspecs.MODULES for spec in made.specs(module)]
    assert names
    assert not [name for name in names if f"### {name}\n" not in page]


@pytest.mark.parametrize("page", made.pages(), ids=lambda page: page.name)
def test_what_is_made_from_the_code_is_current(page: Path) -> None:
    text = page.read_text()
    assert made.rendered(text) == text, "run: python docs/mkdocs/made_from_code.py"
    assert text.count("<!-- made: ") == text.count("<!-- end -->") == len(made.MADE.findall(text))


def test_the_picture_is_current() -> None:
    assert made.PICTURE.read_text() == made.drawn(), "run: python docs/mkdocs/made_from_code.py"


def test_every_type_that_a_hook_hands_over_is_described_whole() -> None:
    types = (DOCS / "hooks.md").read_text().partition("\n## Types\n")[2]
    described = re.findall(r"^### (\w+)$", types, re.MULTILINE)
    assert {"Arrival", "CallInfo", "TurnInfo", "Notice", "KeyStore", "Telephony", "Settings", "ToolCall"} <= set(
        described
    )
    assert not [line for line in types.splitlines() if line.startswith("| `") and line.endswith("|  |")]
    assert "<class" not in types


def test_every_setting_is_on_the_page() -> None:
    page = (DOCS / "settings.md").read_text()

    rows = resolve(made.sections(), environ={}).rows()
    assert {"data", "twilio.auth_token", "openai.api_key", "anthropic.api_key"} <= {row.id for row in rows}
    assert not [row.environment for row in rows if f"| `{row.environment}` |" not in page]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_it_names_no_place_on_a_machine(page: Path) -> None:
    assert not re.search(r"/(home|root|Users|work)/", page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_its_links_lead_somewhere(page: Path) -> None:
    targets = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", page.read_text()) if "://" not in link]

    assert not [target for target in targets if target and not (page.parent / target).exists()]


@pytest.mark.parametrize("page", sorted(DOCS.glob("decisions/*.md")), ids=lambda page: page.stem)
def test_a_decision_is_short(page: Path) -> None:
    assert len(page.read_text().splitlines()) <= LONGEST_DECISION


@pytest.mark.parametrize("kind", ["llm", "stt", "tts"])
@pytest.mark.parametrize("document", sorted(DOCS.glob("examples/agents/*.yaml")), ids=lambda path: path.stem)
async def test_the_options_of_an_example_fit_its_provider(document: Path, kind: str) -> None:
    choice: ServiceChoice = getattr(parse_agent(document.read_text()), kind)
    settings = resolve(made.sections(), environ={"OP26X_OPENAI_API_KEY": "a", "OP26X_ANTHROPIC_API_KEY": "a"})
    request = ServiceRequest(options=choice.options, settings_of=settings.of)
    provider = build_registry(load()).provider(kind, choice.use)

    assert provider.build(request)


def test_the_floors_in_the_architecture_page_are_those_that_are_enforced() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    floors = next(c["layers"] for c in config["contracts"] if c["name"] == "Rooms stand on floors")
    page = (DOCS / "architecture.md").read_text()
    drawn = page.partition("```\n")[2].partition("```")[0].splitlines()

    assert [re.split(r" {3,}", line)[0].split(" · ") for line in drawn] == [floor.split(" : ") for floor in floors]


def test_every_page_is_in_the_navigation() -> None:
    named = re.findall(r"^ +- (?:[^:]+: )?(\S+\.md)$", (DOCS / "mkdocs" / "mkdocs.yml").read_text(), re.MULTILINE)
    assert sorted(named) == sorted(str(page.relative_to(DOCS)) for page in PAGES[1:])
