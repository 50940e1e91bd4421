"""Several organizations on the command line: each command is for one of them, and says which if there are several."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from framework.cli.conftest import Run
from op26x.accounts import actions_of
from op26x.calls import Arrival, CallState, Direction
from op26x.settings import Settings
from op26x.types import PhoneNumber
from workspaces import open_workspace

DOCUMENT = "name: {name}\ngreeting: {greeting}\ninstructions: Talk.\nllm: rehearsal\n"


def written(name: str = "clinic", greeting: str = "Hi") -> str:
    """The name of a file with an agent's document."""
    Path(f"{name}.yaml").write_text(DOCUMENT.format(name=name, greeting=greeting))
    return f"{name}.yaml"


def done(op26x: Run, *words: str) -> Any:
    """What a command prints as JSON."""
    code, out, err = op26x(*words, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.fixture
def two(op26x: Run, empty: None) -> None:
    """A second organization."""
    assert op26x("organizations", "create", "acme")[0] == 0


# Which one.


READING = [
    *("calls list", "recordings list", "retention show", "agents list", "agents versions clinic"),
    *("api-keys list", "phone-lines list", "recordings reconcile"),
]


@pytest.mark.parametrize(
    "command",
    [*READING, "api-keys create notebook --role viewer", "phone-lines add +12125550123", "retention set 20 --yes"],
)
def test_of_several_one_must_be_named(op26x: Run, two: None, command: str) -> None:
    code, out, err = op26x(*command.split())
    assert (code, out) == (2, "")
    assert "--organization" in err
    assert "default, acme" in err.replace("\n", " ")


@pytest.mark.parametrize("command", [name for name in READING if name != "agents versions clinic"])
def test_the_one_that_is_named_answers(op26x: Run, two: None, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    for name in ("acme", "default"):
        assert op26x(*command.split(), "--organization", name)[0] == 0
    monkeypatch.setenv("OP26X_ORGANIZATION", "acme")
    assert op26x(*command.split())[0] == 0
    monkeypatch.setenv("OP26X_ORGANIZATION", "nobody")
    code, _, err = op26x(*command.split())
    assert (code, "no organization nobody" in err) == (2, True)


def test_what_one_has_the_other_does_not_see(op26x: Run, two: None, settings: Settings) -> None:
    acme, default = ("--organization", "acme"), ("--organization", "default")
    key = done(op26x, "api-keys", "create", "notebook", "--role", "viewer", *acme)
    line = done(op26x, "phone-lines", "add", "+12125550199", *acme)
    agent = done(op26x, "agents", "import", written(), "--publish", *acme)
    assert [done(op26x, *listing, "list", *default) for listing in (["api-keys"], ["phone-lines"])] == [[], []]
    assert [one["id"] for one in done(op26x, "agents", "list", *default)] == ["rehearsal"]
    assert [one["id"] for one in done(op26x, "agents", "list", *acme)] == ["clinic"]
    for words in (
        ("api-keys", "delete", key["id"], "--yes"),
        ("phone-lines", "set", line["id"], "--agent", ""),
        ("phone-lines", "delete", line["id"], "--yes"),
        ("agents", "export", "clinic"),
        ("agents", "publish", "clinic"),
        ("agents", "withdraw", "clinic"),
    ):
        assert op26x(*words, *default)[0] == 2, words
    assert agent["takes_calls"]
    assert op26x("phone-lines", "add", "+12125550199", *default)[0] == 2


def test_calls_are_the_ones_of_the_organization(op26x: Run, settings: Settings) -> None:
    workspace = open_workspace(settings)
    arrival = Arrival("twilio", "CA1", Direction.INBOUND, PhoneNumber("+12125559876"), PhoneNumber("+12125554321"))
    call = asyncio.run(workspace.calls.begin(arrival, "clinic", CallState.RINGING))
    workspace.keys.close()
    workspace.database.close()
    done(op26x, "organizations", "create", "acme")
    assert [one["id"] for one in done(op26x, "calls", "list", "--organization", "default")] == [call.id]
    assert done(op26x, "calls", "list", "--organization", "acme") == []
    assert op26x("calls", "show", call.id, "--organization", "acme")[0] == 2
    assert op26x("calls", "show", call.id, "--organization", "default")[0] == 0


# Organizations.


def test_one_is_founded_shown_and_changed(op26x: Run, empty: None) -> None:
    code, out, _ = op26x("organizations", "create", "acme", "--closing-days", "7")
    assert (code, "op26x phone-lines add" in out) == (0, True)
    shown = done(op26x, "organizations", "show", "acme")
    assert (shown["name"], shown["closing_days"], shown["recording"], shown["closed_at"]) == ("acme", 7, "", None)
    for word, meant in (("off", "off"), ("agents", "")):
        assert done(op26x, "organizations", "set", "acme", "--recording", word)["recording"] == meant
    assert done(op26x, "organizations", "set", "acme", "--closing-days", "60")["closing_days"] == 60
    assert [one["name"] for one in done(op26x, "organizations", "list")] == ["default", "acme"]


@pytest.mark.parametrize(
    "words",
    [
        "create default",
        "create Acme",
        "create acme --closing-days -1",
        "set default",
        "set default --recording on",
        "set nobody --recording off",
        "set default --language english_please",
        "show nobody",
        "close nobody --yes",
        "close default --yes",
        "close default --yes --days 99999",
    ],
)
def test_what_does_not_fit_changes_nothing(op26x: Run, empty: None, words: str) -> None:
    before = done(op26x, "organizations", "list")
    assert op26x("organizations", *words.split())[0] == 2
    assert done(op26x, "organizations", "list") == before


def test_a_closed_one_is_listed_with_its_end_and_needs_a_name(op26x: Run, two: None) -> None:
    closed = done(op26x, "organizations", "close", "acme", "--yes", "--days", "3")
    assert closed["closed_at"] < closed["erased_by"]
    assert op26x("organizations", "close", "acme", "--yes")[0] == 2
    assert op26x("api-keys", "list")[0] == 0, "there is one that is open"
    assert "closed" in op26x("organizations", "list")[1]
    code, out, _ = op26x("organizations", "create", "other")
    assert code == 0
    code, out, _ = op26x("organizations", "close", "other", "--yes", "--days", "0")
    assert (code, "other is closed. Everything of it is erased on" in out) == (0, True)
    assert "first one now" not in out


def test_who_closes_the_first_one_is_told_which_takes_its_place(op26x: Run, two: None) -> None:
    code, out, _ = op26x("organizations", "close", "default", "--yes")
    assert (code, "acme is the first one now" in " ".join(out.split())) == (0, True)


def test_recording_is_switched_off_for_one_alone(op26x: Run, two: None) -> None:
    done(op26x, "organizations", "set", "acme", "--recording", "off")
    for name, recording in (("acme", "off"), ("default", "assent")):
        assert [one["recording"] for one in done(op26x, "agents", "list", "--organization", name)] == [recording]


def test_a_language_is_set_where_the_agents_speak_it(op26x: Run, two: None) -> None:
    assert done(op26x, "organizations", "set", "acme", "--language", "en-IN")["language"] == "en-IN"
    done(op26x, "agents", "import", written(), "--publish", "--organization", "acme")
    assert [one["language"] for one in done(op26x, "agents", "list", "--organization", "acme")] == ["en-IN"]
    code, _, err = op26x("organizations", "set", "acme", "--language", "hi")
    assert (code, "rehearsal" in err) == (2, True), "the LLM of its agent does not speak Hindi"
    assert done(op26x, "organizations", "show", "acme")["language"] == "en-IN"


# What callers are told.


def test_own_words_are_set_listed_and_given_up(op26x: Run, two: None) -> None:
    acme = "--organization", "acme"
    made = done(op26x, "announcements", "set", "announce", "Acme records this call.", *acme)
    assert (made["notice"], made["language"], made["text"]) == ("announce", "en", "Acme records this call.")
    said = {one["notice"]: (one["words"], one["text"]) for one in done(op26x, "announcements", "list", *acme)}
    assert said["announce"] == ("own", "Acme records this call.")
    assert said["assent"][0] == "standard"
    theirs = {one["words"] for one in done(op26x, "announcements", "list", "--organization", "default")}
    assert theirs == {"standard"}
    for words in ("set annouce Hi", "set announce 123", "delete assent", "delete announce --language de"):
        assert op26x("announcements", *words.split(), *acme)[0] == 2, words
    assert done(op26x, "announcements", "delete", "announce", *acme)["text"] == "Acme records this call."
    assert {one["words"] for one in done(op26x, "announcements", "list", *acme)} == {"standard"}


def test_a_language_in_which_nothing_is_said_says_so(op26x: Run, empty: None) -> None:
    code, out, _ = op26x("announcements", "list", "--language", "tlh")
    assert (code, "calls in it are not recorded" in " ".join(out.split())) == (0, True)


# Phone lines.


def test_a_line_is_added_answered_and_given_up(op26x: Run, empty: None) -> None:
    done(op26x, "agents", "import", written(), "--publish")
    line = done(op26x, "phone-lines", "add", "+1 212 555-0199", "--label", "desk", "--agent", "clinic")
    assert (line["number"], line["provider"], line["label"], line["agent"]) == ("…99", "twilio", "desk", "clinic")
    assert done(op26x, "phone-lines", "list") == [line]
    assert "2125550199" not in op26x("phone-lines", "list")[1]
    assert done(op26x, "phone-lines", "set", "desk", "--agent", "")["agent"] == ""
    assert done(op26x, "phone-lines", "delete", line["id"], "--yes")["id"] == line["id"]
    assert done(op26x, "phone-lines", "list") == []


def test_an_agent_that_is_not_there_answers_no_line(op26x: Run, empty: None) -> None:
    assert op26x("phone-lines", "add", "+12125550199", "--agent", "nobody")[0] == 2
    assert done(op26x, "phone-lines", "list") == []
    done(op26x, "phone-lines", "add", "+12125550199", "--label", "desk")
    assert op26x("phone-lines", "set", "desk", "--agent", "nobody")[0] == 2
    assert done(op26x, "phone-lines", "list")[0]["agent"] == ""


# API keys.


def test_a_key_has_the_role_that_is_asked_for_and_none_by_default(op26x: Run, empty: None) -> None:
    assert op26x("api-keys", "create", "notebook")[0] == 2, "it must say what it may do"
    viewer = done(op26x, "api-keys", "create", "wall", "--role", "viewer", "--expires", "2100-01-01")
    assert (viewer["role"], viewer["actions"], viewer["made_by"]) == ("viewer", [], "command-line")
    assert viewer["expires_at"] == "2100-01-01T00:00:00Z"
    few = done(op26x, "api-keys", "create", "pager", "--action", "metrics.read", "--action", "calls.read")
    assert (few["role"], few["actions"]) == ("", ["calls.read", "metrics.read"])
    assert op26x("api-keys", "create", "both", "--role", "viewer", "--action", "calls.read")[0] == 2
    assert [key["name"] for key in done(op26x, "api-keys", "list")] == ["wall", "pager"]


def test_every_role_can_be_given_to_a_key(op26x: Run, empty: None) -> None:
    for role in ("owner", "admin", "agent-builder", "privacy-officer", "researcher", "viewer"):
        assert done(op26x, "api-keys", "create", role, "--role", role)["role"] == role
        assert actions_of(role)  # type: ignore[arg-type]


# Agents.


def test_a_document_is_a_draft_until_it_is_published(op26x: Run, empty: None) -> None:
    code, out, _ = op26x("agents", "import", written())
    assert (code, "is a draft. Next: op26x agents publish clinic" in " ".join(out.split())) == (0, True)
    assert done(op26x, "agents", "list") == []
    assert done(op26x, "agents", "publish", "clinic")["takes_calls"]
    (agent,) = done(op26x, "agents", "list")
    assert (agent["id"], agent["version"]) == ("clinic", 1)
    assert done(op26x, "agents", "show", "clinic") == agent
    done(op26x, "agents", "withdraw", "clinic")
    assert done(op26x, "agents", "list") == []


def test_its_versions_say_what_becomes_of_them(op26x: Run, empty: None) -> None:
    for greeting in ("Hi", "Hello", "Good morning"):
        done(
            op26x,
            "agents",
            "import",
            written(greeting=greeting),
            *(["--publish"] if greeting != "Good morning" else []),
        )
    versions = done(op26x, "agents", "versions", "clinic")
    assert [(one["number"], one["takes_calls"], one["created_by"]) for one in versions] == [
        (3, False, "command-line"),
        (2, True, "command-line"),
        (1, False, "command-line"),
    ]
    told = op26x("agents", "versions", "clinic")[1].splitlines()
    assert [any(words in line for line in told) for words in ("draft", "takes calls", "published before")] == [True] * 3
    assert done(op26x, "agents", "publish", "clinic", "--version", "1")["number"] == 1
    assert done(op26x, "agents", "list")[0]["greeting"] == "Hi"


def test_what_is_exported_is_what_was_imported(op26x: Run, empty: None) -> None:
    before = Path(written()).read_text()
    Path("clinic.yaml").write_text("# Ours.\n" + before)
    done(op26x, "agents", "import", "clinic.yaml")
    written(greeting="Hello")
    done(op26x, "agents", "import", "clinic.yaml")
    assert op26x("agents", "export", "clinic", "--version", "1")[1] == "# Ours.\n" + before
    assert done(op26x, "agents", "export", "clinic")["document"] == Path("clinic.yaml").read_text()
    assert done(op26x, "agents", "export", "clinic")["number"] == 2


@pytest.mark.parametrize("content", ["name: [", "name: clinic\ncolour: red\n"])
def test_what_does_not_validate_is_not_imported(op26x: Run, empty: None, content: str) -> None:
    Path("clinic.yaml").write_text(content)
    code, _, err = op26x("agents", "import", "clinic.yaml")
    assert (code, "clinic.yaml, line" in err) == (2, True)
    assert op26x("agents", "versions", "clinic")[0] == 2


def test_what_no_plugin_offers_can_be_drafted_and_not_published(op26x: Run, empty: None) -> None:
    Path("clinic.yaml").write_text("name: clinic\ngreeting: Hi\ninstructions: Talk.\nllm: opnai\n")
    done(op26x, "agents", "import", "clinic.yaml")
    code, _, err = op26x("agents", "publish", "clinic")
    assert (code, "llm 'opnai'" in err) == (2, True)
    assert done(op26x, "agents", "list") == []


def test_what_no_plugin_offers_is_not_published_at_once_either(op26x: Run, empty: None) -> None:
    Path("clinic.yaml").write_text("name: clinic\ngreeting: Hi\ninstructions: Talk.\nllm: opnai\n")
    assert op26x("agents", "import", "clinic.yaml", "--publish")[0] == 2
    assert "opnai" not in op26x("agents", "list", "--json")[1]
