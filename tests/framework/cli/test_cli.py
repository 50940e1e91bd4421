"""The command line: exit codes, listings for programs, settings with their origins."""

import asyncio
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import msgspec
import pytest

from framework.cli.conftest import Run
from op26x import __version__
from op26x.__main__ import main as program
from op26x.calls import Arrival, CallState, Direction, Installation, TurnInfo
from op26x.cli import main
from op26x.client import Client
from op26x.client.types import Running
from op26x.errors import WorkError
from op26x.settings import Settings
from op26x.types import Personal, PhoneNumber
from workspaces import close_workspace, open_workspace


@pytest.fixture
def call_id(settings: Settings) -> Iterator[str]:
    """A call of two turns in the data directory."""
    workspace = open_workspace(settings)

    async def write() -> str:
        arrival = Arrival("twilio", "CA1", Direction.INBOUND, PhoneNumber("+12125559876"), PhoneNumber("+12125554321"))
        call = await workspace.calls.begin(arrival, "clinic", CallState.RINGING)
        await workspace.calls.move(call.id, CallState.IN_PROGRESS)
        await workspace.calls.add_turn(call.id, TurnInfo(1, "caller", Personal("my tooth"), 0, 900))
        await workspace.calls.add_turn(call.id, TurnInfo(2, "agent", Personal("Monday?"), 1500, 2500, 600))
        await workspace.calls.move(call.id, CallState.COMPLETED, reason="caller-hung-up", outcome="[booked]")
        return call.id

    yield asyncio.run(write())
    close_workspace(workspace)


LISTINGS = [
    ["calls", "list"],
    ["agents", "list"],
    ["plugins", "list"],
    ["settings", "list"],
    ["api-keys", "list"],
    ["organizations", "list"],
    ["phone-lines", "list"],
    ["agents", "versions", "clinic"],
]


def make_one_of_each(op26x: Run) -> None:
    """An API key, a phone line and an agent."""
    Path("clinic.yaml").write_text("name: clinic\ngreeting: Hi\ninstructions: Talk.\nllm: rehearsal\n")
    for made in (
        "api-keys create notebook --role owner",
        "phone-lines add +12125550199",
        "agents import clinic.yaml --publish",
    ):
        assert op26x(*made.split())[0] == 0


@pytest.mark.parametrize("command", LISTINGS, ids=" ".join)
def test_every_listing_is_an_array_of_objects_with_an_id(op26x: Run, call_id: str, command: list[str]) -> None:
    make_one_of_each(op26x)
    code, out, err = op26x(*command, "--json")
    rows = json.loads(out)
    assert (code, err) == (0, "")
    assert rows
    assert all(isinstance(row, dict) and isinstance(row["id"], str) for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("command", LISTINGS, ids=" ".join)
def test_every_listing_is_a_table_for_people(op26x: Run, call_id: str, command: list[str]) -> None:
    make_one_of_each(op26x)
    code, out, _ = op26x(*command)
    assert code == 0
    assert any(line.startswith(("id ", "version ")) for line in out.splitlines())


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("calls", "op26x calls simulate"),
        ("api-keys", "op26x api-keys create"),
        ("phone-lines", "op26x phone-lines add"),
    ],
)
def test_an_empty_listing_says_what_to_do(op26x: Run, empty: None, command: str, hint: str) -> None:
    assert op26x(command, "list", "--json")[:2] == (0, "[]\n")
    code, out, _ = op26x(command, "list")
    assert code == 0
    assert hint in out


def test_help_and_version(op26x: Run) -> None:
    code, out, _ = op26x("--help")
    assert code == 0
    assert all(word in out for word in ("calls", "agents", "plugins", "settings", "api-keys", "up", "demo"))
    assert all(word in out for word in ("organizations", "phone-lines"))
    assert op26x("--version")[:2] == (0, f"{__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["calls", "nonsense"],
        ["calls", "list", "--limit", "many"],
        ["calls", "list", "--nonsense"],
        ["calls", "show"],
        ["calls", "show", "01NOSUCHCALL"],
        ["calls", "place", "--to", "+12125550123"],
        ["api-keys", "delete", "nothing"],
        ["agents", "check", "nowhere.yaml"],
        ["agents", "list", "--agents", "nowhere"],
        ["organizations", "create", "No name"],
        ["organizations", "set", "default"],
        ["phone-lines", "add", "a number"],
        ["phone-lines", "set", "nothing", "--agent", ""],
        ["api-keys", "create", "notebook", "--role", "king"],
        ["api-keys", "create", "notebook", "--action", "calls.rule"],
        ["api-keys", "create", "notebook", "--expires", "2020-01-01"],
        ["agents", "publish", "nobody"],
        ["calls", "list", "--organization", "nobody"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_2(op26x: Run, arguments: list[str]) -> None:
    code, out, err = op26x(*arguments)
    assert code == 2
    assert out + err


@pytest.mark.parametrize("key", ["not a key", ""])
def test_failed_work_is_1_and_says_what_to_do(op26x: Run, settings: Settings, key: str) -> None:
    close_workspace(open_workspace(settings))
    settings.core.key_path.write_text(key)
    settings.core.key_path.chmod(0o600)
    code, out, err = op26x("calls", "list", "--json")
    assert (code, out) == (1, "")
    assert "backup" in err


def test_a_data_directory_that_can_not_be_made_is_1(op26x: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = op26x("api-keys", "create", "monitoring", "--role", "viewer", "--data", str(tmp_path / "file"))
    assert code == 1
    assert "file" in err


@pytest.mark.sqlite
def test_a_file_that_is_no_database_is_1(op26x: Run, settings: Settings) -> None:
    settings.core.data.mkdir()
    (settings.core.data / "op26x.db").write_text("just words, " * 20)
    code, _, err = op26x("calls", "list")
    assert code == 1
    assert "op26x.db" in err


def test_calls_are_listed_one_a_line_of_80_characters(op26x: Run, call_id: str) -> None:
    _, out, _ = op26x("calls", "list")
    assert [line.split()[0] for line in out.splitlines()] == ["id", call_id]
    assert all(len(line) <= 80 for line in out.splitlines())


def test_a_key_is_printed_unbroken(op26x: Run) -> None:
    _, out, _ = op26x("api-keys", "create", "notebook", "--role", "viewer")
    (key,) = [line for line in out.splitlines() if line.startswith("op26x_")]
    assert len(key) == len("op26x_") + 64


def test_interrupting_the_imports_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "op26x.cli", Interrupted("op26x.cli"))
    with pytest.raises(SystemExit) as ended:
        program()
    assert ended.value.code == 0


def test_what_was_interrupted_was_not_done(op26x: Run, empty: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Installation, "open", interrupted)
    assert op26x("calls", "list")[0] == 130


@pytest.mark.parametrize(("arguments", "code"), [(["settings", "list"], 0), (["nonsense"], 2)])
def test_the_program_exits_with_the_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    with pytest.raises(SystemExit) as given:
        main(arguments)
    monkeypatch.setattr("sys.argv", ["op26x", *arguments])
    with pytest.raises(SystemExit) as taken:
        main()
    assert given.value.code == taken.value.code == code


def test_the_module_is_the_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["op26x", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("op26x", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def shown(out: str) -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in json.loads(out)}


def test_config_show_names_origins(op26x: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Path("op26x.toml").write_text('host = "0.0.0.0"\n[twilio]\nnumber = "+12125550199"\n')
    monkeypatch.setenv("OP26X_PORT", "9000")
    _, out, _ = op26x("settings", "list", "--json", "--data", str(tmp_path / "elsewhere"))
    rows = shown(out)
    assert (rows["host"]["value"], rows["host"]["origin"]) == ("0.0.0.0", "op26x.toml")
    assert (rows["port"]["value"], rows["port"]["origin"]) == ("9000", "OP26X_PORT")
    assert (rows["data"]["value"], rows["data"]["origin"]) == (str(tmp_path / "elsewhere"), "command line")
    assert rows["drain_s"]["origin"] == "default"
    assert rows["twilio.number"]["origin"] == "op26x.toml"
    assert rows["twilio.number"]["environment"] == "OP26X_TWILIO_NUMBER"


def test_config_show_hides_secrets(op26x: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OP26X_TWILIO_AUTH_TOKEN", "hush-hush")
    for arguments in (["--json"], []):
        _, out, err = op26x("settings", "list", *arguments)
        assert "hush" not in out + err
        assert "twilio.auth_token" in out
    assert shown(op26x("settings", "list", "--json")[1])["twilio.auth_token"]["value"] == "…"


def test_an_unknown_setting_is_refused_with_a_suggestion(op26x: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OP26X_TWILIO_AUTH_TOKN", "hush-hush")
    code, _, err = op26x("settings", "list")
    assert code == 2
    assert "OP26X_TWILIO_AUTH_TOKEN?" in err
    assert "hush" not in err


def test_a_broken_settings_file_is_wrong_use(op26x: Run) -> None:
    for content in (b"port = = 1", b"\xff"):
        Path("op26x.toml").write_bytes(content)
        code, _, err = op26x("settings", "list")
        assert code == 2
        assert "op26x.toml" in err


def test_calls_show_has_times_but_no_words_and_no_number(op26x: Run, call_id: str) -> None:
    code, out, _ = op26x("calls", "show", call_id, "--json")
    detail = json.loads(out)
    call = detail["call"]
    assert code == 0
    assert (call["id"], call["caller"], call["outcome"]) == (call_id, "…76", "[booked]")
    assert [(t["number"], t["speaker"], t["latency_ms"]) for t in detail["turns"]] == [
        (1, "caller", None),
        (2, "agent", 600),
    ]
    assert "tooth" not in out
    assert "212555" not in out


def test_calls_show_for_people(op26x: Run, call_id: str) -> None:
    code, out, _ = op26x("calls", "show", call_id)
    assert code == 0
    assert all(word in out for word in (call_id, "caller-hung-up", "[booked]", "speaker", "600"))


def test_a_withheld_caller_is_said_to_be(op26x: Run, settings: Settings) -> None:
    workspace = open_workspace(settings)
    arrival = Arrival("twilio", "CA2", Direction.INBOUND, PhoneNumber(""), PhoneNumber("+12125554321"))
    asyncio.run(workspace.calls.begin(arrival, "clinic", CallState.RINGING))
    close_workspace(workspace)
    assert json.loads(op26x("calls", "list", "--json")[1])[0]["caller"] == "withheld"


def test_calls_list_takes_a_limit_and_a_data_directory(op26x: Run, call_id: str, data: Path, tmp_path: Path) -> None:
    assert json.loads(op26x("calls", "list", "--limit", "1", "--json")[1])[0]["id"] == call_id
    assert [op26x("calls", "list", "--limit", limit)[0] for limit in ("0", "501", "some")] == [2, 2, 2]
    assert json.loads(op26x("calls", "list", "--data", str(data), "--json")[1])[0]["id"] == call_id


def test_a_key_is_shown_once_and_can_be_revoked(op26x: Run, settings: Settings) -> None:
    code, out, _ = op26x("api-keys", "create", "notebook", "--role", "viewer", "--json")
    key = json.loads(out)
    assert (code, key["name"]) == (0, "notebook")
    assert key["key"].startswith("op26x_")
    assert key["key"] not in op26x("api-keys", "list", "--json")[1]
    assert op26x("api-keys", "create", "notebook", "--role", "viewer")[0] == 2
    code, out, _ = op26x("api-keys", "delete", key["id"], "--yes")
    assert (code, "notebook" in out) == (0, True)
    (row,) = json.loads(op26x("api-keys", "list", "--json")[1])
    assert row["revoked_at"]


def test_agents_list_and_check(op26x: Run, tmp_path: Path) -> None:
    (agent,) = json.loads(op26x("agents", "list", "--json")[1])
    assert agent == {
        "id": "rehearsal",
        "greeting": agent["greeting"],
        "llm": "rehearsal",
        "tts": "local",
        "stt": "local",
        "language": "en",
        "tools": ["free_slots", "book_appointment", "pay_deposit", "end_call"],
        "recording": "assent",
        "version": None,
    }
    good = tmp_path / "good.yaml"
    good.write_text("name: good\ngreeting: Hi\ninstructions: Talk.\nllm: openai\n")
    assert op26x("agents", "check", str(good))[:2] == (0, "good.yaml: agent good is valid.\n")
    assert json.loads(op26x("agents", "list", "--agents", str(tmp_path), "--json")[1])[0]["id"] == "good"


@pytest.mark.parametrize(
    ("asks", "missing"),
    [
        ("llm: opnai", "llm 'opnai'"),
        ("llm: openai\ntts: lokal", "tts 'lokal'"),
        ("llm: openai\ntools: [end_cal]", "tool 'end_cal'"),
    ],
)
def test_an_agent_that_asks_for_what_no_plugin_offers_is_wrong_use(
    op26x: Run, tmp_path: Path, asks: str, missing: str
) -> None:
    document = tmp_path / "asking.yaml"
    document.write_text(f"name: asking\ngreeting: Hi\ninstructions: Talk.\n{asks}\n")
    code, _, err = op26x("agents", "check", str(document))
    assert (code, missing in err, "Installed: " in err) == (2, True, True)


FAULTY = """\
name: faulty
greeting: Hi
instructions: Talk.
llm:
  use: openai
  temprature: 0.3
  max_tokens: many
tts: {use: openai, voice: nosuch}
stt: opnai
tools: [end_cal]
"""


def test_a_wrong_key_hides_no_fault_of_a_service(op26x: Run, tmp_path: Path) -> None:
    document = tmp_path / "bad.yaml"
    document.write_text(
        "name: bad\nlenguage: es\ngreeting: Hi\ninstructions: x\nllm: {use: openai, modle: a}\ntools: [x]\n"
    )
    told = op26x("agents", "check", str(document))[2].splitlines()
    assert [line.partition("line ")[2][0] for line in told] == ["2", "5", "6"]


def test_an_agent_whose_language_nobody_hears_is_wrong(op26x: Run, tmp_path: Path) -> None:
    document = tmp_path / "dentista.yaml"
    document.write_text("name: dentista\ngreeting: Hola\ninstructions: x\nllm: rehearsal\nlanguage: es\n")
    code, _, err = op26x("agents", "check", str(document))
    assert (code, "The stt 'local' hears English" in err, "stt: openai" in err) == (2, True, True)


def test_every_fault_of_a_document_and_its_services_has_file_line_and_remedy(op26x: Run, tmp_path: Path) -> None:
    document = tmp_path / "faulty.yaml"
    document.write_text(FAULTY)
    code, out, err = op26x("agents", "check", str(document))
    assert (code, out) == (2, "")
    told = err.removeprefix("Error: ").splitlines()
    assert [line.partition(": ")[0] for line in told] == [f"faulty.yaml, line {n}" for n in (6, 7, 8, 9, 10)]
    for line, words in zip(
        told,
        [
            ("'temprature'", "Did you mean temperature?"),
            ("max_tokens", "Change max_tokens"),
            ("'nosuch'", "nova"),
            ("'opnai'", "Did you mean openai?"),
            ("'end_cal'", "Did you mean end_call?"),
        ],
        strict=True,
    ):
        assert all(word in line for word in words)


def test_a_key_that_is_missing_is_told_of_a_valid_document(
    op26x: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "good.yaml"
    document.write_text("name: good\ngreeting: Hi\ninstructions: Talk.\nllm: openai\ntts: openai\n")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    code, out, err = op26x("agents", "check", str(document))
    assert (code, out, err.count("OP26X_OPENAI_API_KEY")) == (0, "good.yaml: agent good is valid.\n", 1)
    monkeypatch.setenv("OPENAI_API_KEY", "a")
    code, out, err = op26x("agents", "check", str(document))
    terms = (
        "To take calls it needs more: The terms of OpenAI are not accepted. Read them, then: op26x processors accept"
    )
    assert (code, out, err) == (0, "good.yaml: agent good is valid.\n", f"{terms} OpenAI\n")


def test_an_agent_lacks_nothing_once_the_terms_are_accepted(
    op26x: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "good.yaml"
    document.write_text("name: good\ngreeting: Hi\ninstructions: Talk.\nllm: openai\ntts: openai\n")
    monkeypatch.setenv("OPENAI_API_KEY", "a")
    op26x("api-keys", "create", "first", "--role", "viewer")
    code, out, _ = op26x("processors", "accept", "openai")
    assert code == 0
    for told in ("accepted 20", "30 days", "https://openai.com/policies", "api.openai.com"):
        assert told in out
    assert op26x("agents", "check", str(document)) == (0, "good.yaml: agent good is valid.\n", "")
    (entry,) = json.loads(op26x("audit", "show", "--what", "processor", "--json")[1])
    assert (entry["what"], entry["who"], entry["purpose"]) == ("processor.accepted", "command-line", "consent")
    assert op26x("processors", "withdraw", "OpenAI")[0] == 0
    assert "not accepted" in op26x("agents", "check", str(document))[2]
    assert op26x("processors", "accept", "Nobody")[0] == 2


def test_nothing_is_typed_to_somebody_whose_terms_are_not_accepted(
    op26x: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "good.yaml"
    document.write_text("name: good\ngreeting: Hi\ninstructions: Talk.\nllm: openai\n")
    monkeypatch.setenv("OPENAI_API_KEY", "a")
    code, out, err = op26x("calls", "chat", str(document))
    assert (code, out) == (2, "")
    assert "What you type would be given to OpenAI." in err


def test_nor_if_only_another_organization_has_accepted_them(
    op26x: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "good.yaml"
    document.write_text("name: good\ngreeting: Hi\ninstructions: Talk.\nllm: openai\n")
    monkeypatch.setenv("OPENAI_API_KEY", "a")
    assert op26x("organizations", "create", "other")[0] == 0
    assert op26x("processors", "accept", "OpenAI", "--organization", "other")[0] == 0
    code, _, err = op26x("calls", "chat", str(document), "--organization", "default")
    assert (code, "What you type would be given to OpenAI." in err) == (2, True)


@pytest.mark.parametrize("form", ["nftables", "systemd", "k8s"])
def test_the_kernels_rules_come_from_the_same_register(op26x: Run, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OP26X_EGRESS", "192.0.2.9")
    op26x("api-keys", "create", "first", "--role", "viewer")
    code, out, _ = op26x("processors", "firewall", "--format", form)
    assert (code, "192.0.2.9" in out, "openai" in out) == (0, True, False)
    (found,) = json.loads(op26x("processors", "firewall", "--json")[1])
    assert found == {"id": "192.0.2.9", "why": "setting egress", "addresses": ["192.0.2.9"]}


def test_checking_warns_of_nothing(tmp_path: Path) -> None:
    document = tmp_path / "good.yaml"
    document.write_text("name: good\ngreeting: Hi\ninstructions: Talk.\nllm: openai\ntts: openai\n")
    command = [sys.executable, "-W", "error", "-m", "op26x", "agents", "check", str(document)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "OPENAI_API_KEY": "a"}
    )
    assert (done.returncode, done.stdout) == (0, "good.yaml: agent good is valid.\n")
    assert done.stderr.startswith("To take calls it needs more: The terms of OpenAI")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("key", ["colour", "[bold]", "[/]", "[/bold]"])
def test_a_bad_document_is_wrong_use_and_its_words_are_shown_as_they_are(op26x: Run, tmp_path: Path, key: str) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(f'name: bad\n"{key}": red\n')
    code, _, err = op26x("agents", "check", str(bad))
    assert code == 2
    assert "bad.yaml, line 2" in err
    assert key in err


def test_plugins_say_whom_they_give_data_to(op26x: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    rehearsing = {row["id"]: row for row in json.loads(op26x("plugins", "list", "--json")[1])}
    assert rehearsing["twilio"]["processors"] == []
    monkeypatch.setenv("OP26X_PUBLIC_URL", "https://calls.example.com")
    rows = {row["id"]: row for row in json.loads(op26x("plugins", "list", "--json")[1])}
    assert [processor["hosts"] for processor in rows["twilio"]["processors"]] == [["api.twilio.com"]]
    assert rows["local"]["processors"] == []
    assert "op26x_telephony" in rows["twilio"]["hooks"]
    told = " ".join(op26x("plugins", "list")[1].split())
    assert "nobody" in told
    assert "telephony" in told


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module that is no installed plugin and adds commands."""
    name = f"plugin_{abs(hash(tmp_path))}"
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / f"{name}.py").write_text(
        "from op26x import hookimpl\n"
        "from op26x.errors import WorkError\n"
        "def fail():\n    raise WorkError('It broke.', 'Mend it.')\n"
        "def three():\n    return 3\n"
        "@hookimpl\ndef op26x_commands(cli):\n"
        "    cli.command(fail, name='fail')\n    cli.command(three, name='three')\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    yield name


def test_a_plugin_named_by_the_environment_adds_commands(
    op26x: Run, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OP26X_PLUGINS", f" {named} ,")
    code, _, err = op26x("fail")
    assert code == 1
    assert "It broke." in err
    assert "Mend it." in err
    assert op26x("three")[0] == 3


def test_a_plugin_named_by_the_file_adds_commands(op26x: Run, named: str) -> None:
    Path("op26x.toml").write_text(f'plugins = "{named}"\n')
    assert op26x("three")[0] == 3


def test_a_plugin_that_is_not_there_is_wrong_use(op26x: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OP26X_PLUGINS", "no_such_plugin")
    code, _, err = op26x("calls", "list")
    assert code == 2
    assert "no_such_plugin" in err


def test_placing_a_call_needs_a_running_service(op26x: Run) -> None:
    code, _, err = op26x("calls", "place", "--to", "+12125550123", "--agent", "clinic")
    assert code == 1
    assert "op26x up" in err


def answering(handler: Callable[[httpx.Request], httpx.Response], monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a counterpart in the place of the running service."""

    def client(settings: Settings, organization: str = "") -> Client:
        return Client("http://service.test", "key", httpx.MockTransport(handler), organization=organization)

    monkeypatch.setattr(Client, "of_running_service", client)


def test_a_placed_call_is_listed(op26x: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append((request.headers.get("Op26x-Organization"), json.loads(request.content)))
        call = {"id": "01CALL", "state": "queued", "direction": "outbound", "agent": "clinic", "caller": "…99"}
        call |= {"provider": "twilio", "provider_call_id": "CA1"}
        rest = {"called": "…23", "created_at": "2026-01-05T09:00:00Z", "end_reason": "", "outcome": ""}
        none = {"answered_at": None, "ended_at": None, "duration_s": None, "vendor_errors": 0}
        kept = {"recording_mode": "assent", "recording_outcome": "", "expires_at": "2026-02-04T09:00:00Z"}
        return httpx.Response(201, json=call | rest | none | kept | {"erased_at": None})

    answering(handler, monkeypatch)
    code, out, _ = op26x("calls", "place", "--to", "+12125550123", "--agent", "clinic", "--json")
    placed = json.loads(out)
    assert (code, placed["id"], placed["state"], placed["agent"]) == (0, "01CALL", "queued", "clinic")
    wanted = {"to": "+12125550123", "agent": "clinic", "provider": "twilio", "place": "", "campaign": ""}
    op26x("calls", "place", "--to", "+12125550123", "--agent", "clinic", "--organization", "acme")
    assert asked == [(None, wanted), ("acme", wanted)]


@pytest.mark.parametrize(("status", "expected"), [(400, 2), (409, 1), (502, 1)])
def test_what_the_service_answers_becomes_an_exit_code(
    op26x: Run, monkeypatch: pytest.MonkeyPatch, status: int, expected: int
) -> None:
    answering(lambda request: httpx.Response(status, json={"detail": "No.", "remedy": "Don't."}), monkeypatch)
    code, _, err = op26x("calls", "place", "--to", "+12125550123", "--agent", "clinic")
    assert code == expected
    assert "No." in err
    assert "Don't." in err


def test_a_service_that_died_is_said_to(op26x: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    running = Running("http://127.0.0.1:9", 1, "key")
    settings.core.data.mkdir()
    settings.core.runtime_path.write_bytes(msgspec.json.encode(running))
    code, _, err = op26x("calls", "place", "--to", "+12125550123", "--agent", "clinic")
    assert code == 1
    assert "op26x up" in err


def test_an_error_of_ones_own_kind_is_failed_work(op26x: Run, empty: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise WorkError("No room.")

    monkeypatch.setattr(Installation, "open", broken)
    assert op26x("calls", "list")[0] == 1


BROKEN = {
    "it can't be imported": "import nowhere_at_all\n",
    "it names no hook": "from op26x import hookimpl\n\n@hookimpl\ndef op26x_nonsense(): ...\n",
    "its commands fail": (
        "from op26x import hookimpl\n\n@hookimpl\ndef op26x_commands(cli): raise RuntimeError('commands')\n"
    ),
}


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_is_named_and_takes_no_help_away(
    op26x: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    name = f"broken_{abs(hash(code))}"
    (tmp_path / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("OP26X_PLUGINS", name)
    for asked in ("--help", "--version"):
        done, out, err = op26x(asked)
        assert (done, bool(out), name in err.replace("\n", "")) == (0, True, True)
    if "commands" not in code:
        done, out, err = op26x("plugins", "list", "--json")
        assert (done, name in err, "twilio" in [plugin["id"] for plugin in json.loads(out)]) == (1, True, True)
        done, _, err = op26x("api-keys", "create", "monitoring", "--role", "viewer")
        assert (done, name in err.replace("\n", "")) == (2, True), "nothing works without what was installed"
