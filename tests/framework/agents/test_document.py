"""Agent documents: an agent, or an error that names file, line and remedy; never anything else."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from op26x.agents import Agent, Limits, ServiceChoice, built_in, in_force, load_documents, parse_agent, read_agent
from op26x.agents.document import parse_document
from op26x.errors import AgentError, Fault, SettingsError
from op26x.policy import CallPurpose

SHORT = """\
name: clinic
greeting: Hello.
instructions: Book appointments.
llm: rehearsal
"""
FULL = """\
name: clinic-2
greeting: नमस्ते
instructions: |
  Book appointments.
  Be brief.
llm:
  use: openai
  model: gpt-5-mini
  temperature: 0.2
tts: {use: openai, voice: alloy}
stt: local
language: hi
tools: [free_slots, book_appointment]
limits:
  duration_s: 120
  silence_s: 5
  end_of_speech_s: 0
"""


def changed(**keys: str) -> str:
    """The short document with keys added or replaced."""
    lines = [line for line in SHORT.splitlines() if line.partition(":")[0] not in keys]
    return "\n".join([*lines, *(f"{key}: {value}" for key, value in keys.items())])


def test_a_short_document_gets_defaults() -> None:
    assert parse_agent(SHORT) == Agent(
        name="clinic", greeting="Hello.", instructions="Book appointments.", llm=ServiceChoice("rehearsal")
    )


def test_a_full_document_is_taken_as_it_is() -> None:
    assert parse_agent(FULL) == Agent(
        name="clinic-2",
        greeting="नमस्ते",
        instructions="Book appointments.\nBe brief.\n",
        llm=ServiceChoice("openai", {"model": "gpt-5-mini", "temperature": 0.2}),
        tts=ServiceChoice("openai", {"voice": "alloy"}),
        stt=ServiceChoice("local"),
        language="hi",
        tools=("free_slots", "book_appointment"),
        limits=Limits(duration_s=120.0, silence_s=5.0, end_of_speech_s=0.0),
    )


ERRORS = {
    "empty": ("", 1, "mapping", "name:"),
    "a list": ("- name: clinic", 1, "mapping", "name:"),
    "a word": ("clinic", 1, "mapping", "name:"),
    "two documents": (SHORT + "---\n" + SHORT, 5, "YAML", "indentation"),
    "bad indentation": ("name: clinic\n  greeting: Hello", 2, "YAML", "indentation"),
    "an open quote": ('name: clinic\ngreeting: "Hello', 2, "YAML", "quotes"),
    "a tab": ("name: clinic\nlimits:\n\tduration_s: 1", 3, "YAML", "indentation"),
    "a forbidden character": ("name: \x00", 1, "YAML", "quotes"),
    "a foreign tag": ("name: !!python/object:os.system x", 1, "YAML", "quotes"),
    "no such day": (changed(greeting="2026-99-99"), 1, "value", "quotes"),
    "no such truth": (changed(greeting="!!bool perhaps"), 1, "value", "quotes"),
    "no such moment": (changed(greeting="!!timestamp soon"), 1, "value", "quotes"),
    "no number": (changed(greeting="0x_"), 1, "value", "quotes"),
    "a bottomless list": ("[" * 400, 1, "", "quotes"),
    "a missing name": ("greeting: Hello.\ninstructions: Book.\nllm: x", 1, "name is missing", "name:"),
    "a missing LLM": ("name: a\ngreeting: Hello.\ninstructions: Book.", 1, "llm is missing", "llm:"),
    "an unknown key": (SHORT + "greting: Hi", 5, "'greting'", "greeting"),
    "a quite unknown key": (SHORT + "colour: red", 5, "'colour'", "name, greeting"),
    "a key that is true": (SHORT + "yes: 1", 5, "'yes'", "name, greeting"),
    "a key that is a number": ("0x10: 1\n" + SHORT, 1, "'0x10'", "name, greeting"),
    "a merge": ("\n<<: {llm: local}\n" + SHORT, 2, "'<<'", "name, greeting"),
    "itself": ("name: &a\n  name: *a", 1, "name", "name"),
    "a number for a greeting": (changed(greeting="5"), 4, "greeting", "greeting"),
    "nothing for a greeting": (changed(greeting=""), 4, "greeting", "greeting"),
    "an LLM without use": (changed(llm="{model: x}"), 4, "llm", "llm: local"),
    "an LLM that is a list": (changed(llm="[openai]"), 4, "llm", "llm: local"),
    "an LLM that is a number": (changed(llm="{use: 5}"), 4, "llm", "llm: local"),
    "an option with a number for a name": (changed(llm="{use: x, 1: 2}"), 4, "llm", "llm"),
    "a tool that is a number": (SHORT + "tools: [book, 5]", 5, "tools", "tools"),
    "tools that are a word": (SHORT + "tools: book", 5, "tools", "tools"),
    "an unknown limit": (SHORT + "limits:\n  patience_s: 3", 6, "limits.patience_s", "duration_s, silence_s"),
    "a limit that is a word": (SHORT + "limits:\n  reply_s: 2\n  silence_s: long", 7, "silence_s", "limits.silence_s"),
    "a limit below nothing": (SHORT + "limits:\n  silence_s: -1", 6, "silence_s", "limits.silence_s"),
    "a limit of nothing": (SHORT + "limits: {duration_s: 0}", 5, "duration_s", "limits.duration_s"),
    "a limit that is no number": (SHORT + "limits: {reply_s: .nan}", 5, "reply_s", "limits.reply_s"),
    "a limit without end": (SHORT + "limits: {duration_s: .inf}", 5, "duration_s", "limits.duration_s"),
    "a quiet below nothing": (SHORT + "limits: {end_of_speech_s: -0.1}", 5, "end_of_speech_s", "limits"),
    "a purpose that there is not": (SHORT + "purpose: sales", 5, "purpose", "debt, service, solicitation"),
    "a purpose that is a list": (SHORT + "purpose: [debt, service]", 5, "purpose", "purpose"),
    "nobody to be put through to": (SHORT + "human: transfer", 5, "human.number is missing", '"+12125550100"'),
    "a number for nobody": (SHORT + 'human: {number: "+12125550100"}', 5, "put through", "mode: transfer"),
    "a number without a plus": (SHORT + 'human: {mode: transfer, number: "212 555"}', 5, "number", "+12125550123"),
    "a number without quotes": (SHORT + "human: {mode: transfer, number: +12125550100}", 5, "plus", '"+12125550100"'),
    "no such way to a person": (SHORT + "human: calback", 5, "calback", "call-back"),
    "a place that there is not": (SHORT + "place: US-XX", 5, "'US-XX'", "ISO 3166: DE, US-CA"),
    "a place in small letters": (SHORT + "place: us-ca", 5, "'us-ca'", "ISO 3166: DE, US-CA"),
    "a place in words": (SHORT + "place: California", 5, "'California'", "ISO 3166: DE, US-CA"),
    "a place that is unknown": (SHORT + "place: unknown", 5, "'unknown'", "ISO 3166: DE, US-CA"),
    "a place of many laws": (SHORT + "place: US", 5, "all of US", "US-CA"),
    "a place of many countries": (SHORT + "place: EU", 5, "all of EU", "country"),
    "a place that is a number": (SHORT + "place: 49", 5, "place", "place"),
    "a name with a capital": (changed(name="Clinic"), 4, "'Clinic'", "lower-case"),
    "a name with a space": (changed(name="my clinic"), 4, "'my clinic'", "hyphens"),
    "a name beginning with a digit": (changed(name="1st"), 4, "'1st'", "letter"),
    "a name too long": (changed(name="a" * 64), 4, "aaa", "letters"),
    "a name of two lines": (changed(name='"a\\nb"'), 4, "name", "letters"),
}


@pytest.mark.parametrize(("text", "line", "what", "remedy"), ERRORS.values(), ids=ERRORS.keys())
def test_an_error_names_file_line_and_remedy(text: str, line: int, what: str, remedy: str) -> None:
    with pytest.raises(AgentError) as caught:
        parse_agent(text, "clinic.yaml")
    assert caught.value.message.startswith(f"clinic.yaml, line {line}: ")
    assert what in caught.value.message
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("purpose", CallPurpose)
def test_a_document_says_what_its_agent_calls_for(purpose: CallPurpose) -> None:
    assert parse_agent(SHORT).purpose is None
    assert parse_agent(changed(purpose=purpose)).purpose is purpose


@pytest.mark.parametrize("place", ["US-NY", "CA-ON", "DE"])
def test_a_document_says_where_the_people_behind_its_agent_are(place: str) -> None:
    assert parse_agent(SHORT).place == ""
    assert parse_agent(changed(place=place)).place == place


SEVERAL = """\
name: My Clinic
greting: Hello.
instructions: 5
llm: {model: x}
tts: local
tts: openai
limits:
  silense_s: 3
  reply_s: long
  duration_s: 0
recording: {mode: anounce, keep_days: 0}
tools: book
"""


def test_all_faults_are_named_at_once_in_their_order() -> None:
    with pytest.raises(AgentError) as caught:
        parse_agent(SEVERAL, "clinic.yaml")
    told = str(caught.value).splitlines()
    expected = [
        (1, "'My Clinic'", "lower-case"),
        (1, "greeting is missing", "greeting:"),
        (2, "'greting'", "greeting?"),
        (3, "instructions", "Change"),
        (4, "llm does not say", "Write llm: local"),
        (6, "two keys 'tts'", "Remove"),
        (8, "'limits.silense_s'", "silence_s?"),
        (9, "limits.reply_s", "Change"),
        (10, "limits.duration_s", "Change"),
        (
            11,
            "recording.mode",
            "Did you mean announce? Change recording.mode to one of: announce",
        ),
        (11, "recording.keep_days", "Change"),
        (12, "tools", "Change"),
    ]
    assert len(told) == len(expected) == len(caught.value.faults)
    for line, what, remedy in expected:
        (found,) = (text for text in told if text.startswith(f"clinic.yaml, line {line}: ") and what in text)
        assert remedy in found
    assert [_number(text) for text in told] == sorted(map(_number, told))


def _number(text: str) -> int:
    return int(text.partition("line ")[2].partition(":")[0])


def test_a_fault_that_is_found_later_gets_its_line() -> None:
    document = parse_document(FULL, "full.yaml")
    faults = [Fault(where, "wrong.", "") for where in ("tools", "llm.temperature", "tts.pitch", "stt", "")]
    with pytest.raises(AgentError) as caught:
        document.valid(faults)
    told = [fault.message for fault in caught.value.faults]
    assert told == [f"full.yaml, line {line}: wrong." for line in (1, 9, 10, 11, 13)]


def outcome(text: str) -> Agent | AgentError:
    """What a text gives; any other exception passes."""
    try:
        return parse_agent(text, "any.yaml")
    except AgentError as error:
        assert error.message.startswith("any.yaml, line ")
        assert error.remedy
        return error


SCALARS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["~", "yes", "0x_", "1e999", ".nan", "2026-13-01", "<<", "=", "*a", "&a x", "!!int x"]),
    st.integers().map(str),
)
KEYS = st.one_of(st.sampled_from([*Agent.__struct_fields__, "use", "duration_s", "<<", "? a"]), SCALARS)


@given(st.text())
@example("&a [*a]")
@example("? [a]\n: b")
@example("? {a: b}\n: c")
@example("a: " + "9" * 5000)
def test_any_text_gives_an_agent_or_an_agent_error(text: str) -> None:
    outcome(text)


@given(st.lists(st.tuples(KEYS, SCALARS | st.tuples(KEYS, SCALARS).map(lambda p: f"\n  {p[0]}: {p[1]}")), max_size=8))
def test_any_almost_right_document_does_too(pairs: list[tuple[str, str]]) -> None:
    outcome("\n".join(f"{key}: {value}" for key, value in pairs))
    outcome(SHORT + "\n".join(f"{key}: {value}" for key, value in pairs))


def test_aliases_of_aliases_cost_nothing() -> None:
    bomb = "a: &a0 {x: 1, y: 1}\n" + "".join(f"b{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}}}\n" for n in range(1, 60))
    assert isinstance(outcome(bomb), AgentError)


@given(st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True))
def test_every_proper_name_is_taken(name: str) -> None:
    assert parse_agent(changed(name=f'"{name}"')).name == name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """For documents."""
    made = tmp_path / "agents"
    made.mkdir()
    return made


def test_the_built_in_agent_rehearses() -> None:
    agent = built_in()
    assert (agent.name, agent.llm.use, agent.tts.use, agent.stt.use) == (
        "rehearsal",
        "rehearsal",
        "local",
        "local",
    )
    assert "end_call" in agent.tools


def test_a_directory_gives_its_documents_as_written_in_the_order_of_files(folder: Path) -> None:
    first, second = "# As it was.\n" + changed(name="first"), changed(name="second", greeting="नमस्ते")
    (folder / "b.yaml").write_text(first)
    (folder / "c.yaml").write_text(second, encoding="utf-8")
    (folder / "a.txt").write_text("no agent")
    assert list(load_documents(str(folder)).items()) == [("first", first), ("second", second)]


def test_two_agents_of_one_name_are_refused(folder: Path) -> None:
    (folder / "a.yaml").write_text(SHORT)
    (folder / "b.yaml").write_text(SHORT)
    with pytest.raises(AgentError, match=r"b\.yaml.*clinic"):
        load_documents(str(folder))


@pytest.mark.parametrize("name", ["agents", "nowhere"])
def test_a_directory_without_documents_is_a_settings_error(folder: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        load_documents(str(folder.with_name(name)))
    assert "docs/examples" in caught.value.remedy


@pytest.mark.parametrize(
    ("llm", "choice"),
    [
        ("openai", ServiceChoice("openai")),
        ("openai:gpt-5-mini", ServiceChoice("openai", {"model": "gpt-5-mini"})),
        ("openai:ft:x:1", ServiceChoice("openai", {"model": "ft:x:1"})),
        ("", ServiceChoice("rehearsal")),
    ],
)
def test_every_agents_llm_can_be_replaced(llm: str, choice: ServiceChoice) -> None:
    assert in_force(built_in(), llm=llm).llm == choice


@pytest.mark.parametrize(
    ("said", "mode"),
    [((), "assent"), (("", ""), "assent"), (("off", ""), "off"), (("", "off"), "off"), (("off",), "off")],
)
def test_one_word_off_is_enough_and_none_switches_recording_on(said: tuple[str, ...], mode: str) -> None:
    agent = parse_agent(changed(recording="{mode: assent, keep_days: 7}"))
    assert in_force(agent, recording=said).recording.mode == mode
    assert in_force(parse_agent(changed(recording="off")), recording=said).recording.mode == "off"


def test_settings_change_nothing_else_of_an_agent() -> None:
    agent = parse_agent(FULL)
    assert in_force(agent) == agent
    changed_back = msgspec.structs.replace(in_force(agent, llm="local", recording=["off"]), llm=agent.llm)
    assert msgspec.structs.replace(changed_back, recording=agent.recording) == agent


def test_an_error_in_a_file_names_it(folder: Path) -> None:
    (folder / "broken.yaml").write_text("name: [")
    with pytest.raises(AgentError, match=r"broken\.yaml, line 1"):
        load_documents(str(folder))


def test_a_file_that_is_not_text_names_the_line(folder: Path) -> None:
    (folder / "latin.yaml").write_bytes(b"name: clinic\ngreeting: gr\xfcezi")
    with pytest.raises(AgentError, match=r"latin\.yaml, line 2.*UTF-8"):
        load_documents(str(folder))


def test_a_file_that_is_not_there_is_an_agent_error(folder: Path) -> None:
    with pytest.raises(AgentError, match=r"nowhere\.yaml"):
        read_agent(folder / "nowhere.yaml")


def test_a_directory_is_no_document(folder: Path) -> None:
    (folder / "odd.yaml").mkdir()
    with pytest.raises(AgentError, match=r"odd\.yaml"):
        load_documents(str(folder))


def test_the_document_of_a_file_is_its_agent(folder: Path) -> None:
    (folder / "full.yaml").write_text(FULL, encoding="utf-8")
    assert read_agent(folder / "full.yaml") == parse_agent(FULL)
