"""The agent document: YAML, validated with errors that name file, line and remedy."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from op26x.agents.fields import faults_of, near
from op26x.errors import AgentError, Fault, SettingsError, UsageError
from op26x.policy import CallPurpose, RecordingMode, check_place
from op26x.types import PhoneNumber, check_language

BUILT_IN = Path(__file__).parent / "rehearsal.yaml"
NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
SERVICES = {"llm", "stt", "tts"}
LONGEST_S = 86400.0
DEFAULT_LANGUAGE = "en"
Seconds = Annotated[float, msgspec.Meta(gt=0, le=LONGEST_S)]


class ServiceChoice(msgspec.Struct, frozen=True):
    """Which provider, with which options.

    Attributes:
        use: The provider's name.
        options: Whatever else the document says under this key.
    """

    use: str
    options: dict[str, Any] = {}


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of a call, in seconds.

    Attributes:
        duration_s: The call is ended with a goodbye after this long.
        silence_s: The caller is asked whether they are still there after this long; after twice as long the
            call ends.
        reply_s: An LLM or TTS service that has not begun to answer by then is taken as failed.
        end_of_speech_s: Quiet that ends a turn, on top of the 0.2 s that voice detection needs.
    """

    duration_s: Seconds = 600.0
    silence_s: Seconds = 10.0
    reply_s: Seconds = 2.2
    end_of_speech_s: Annotated[float, msgspec.Meta(ge=0, le=LONGEST_S)] = 0.2


class InterruptedBy(StrEnum):
    """What of a caller's ends the agent's turn.

    Attributes:
        WORDS: Words that were understood; until then the agent speaks on.
        VOICE: The same, but a voice that lasts for a while makes the agent fall silent until it is known what it said.
        NONE: Nothing; what the caller says is heard when the agent has finished.
    """

    WORDS = "words"
    VOICE = "voice"
    NONE = "none"


class Interruptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens when the caller speaks while the agent does.

    An echo of the agent's own voice, a cough and a backchannel ("uh-huh", "okay") never end its turn.

    Attributes:
        by: ``words``, ``voice`` or ``none``.
        after_s: With ``voice``, how long the caller's voice must last before the agent falls silent, in seconds.
        backchannels: What is said to show that one listens, besides what is usual in the agent's language.
    """

    by: InterruptedBy = InterruptedBy.VOICE
    after_s: Annotated[float, msgspec.Meta(ge=0.2, le=10)] = 0.5
    backchannels: tuple[str, ...] = ()


class RecordingChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether calls are recorded, and for how long they are kept.

    Attributes:
        mode: ``off``; ``one-party``: from the start, unannounced; ``announce``: once the announcement was played;
            ``assent``: once the caller has agreed as well.
        keep_days: Days that recording, transcript and numbers are kept; the organization's period if it is shorter.
    """

    mode: RecordingMode = RecordingMode.ASSENT
    keep_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None


class HumanMode(StrEnum):
    """What becomes of a caller who asks for a person.

    Attributes:
        NONE: They are told that they can't be put through.
        CALL_BACK: It is noted, and they are told that they will be called back.
        TRANSFER: They are put through to a number.
        AGENT: The agent is told the words, and does what its instructions and tools say.
    """

    NONE = "none"
    CALL_BACK = "call-back"
    TRANSFER = "transfer"
    AGENT = "agent"


class HumanChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of a caller who asks for a person.

    Attributes:
        mode: ``none``, ``call-back``, ``transfer`` or ``agent``.
        number: With ``transfer``: who answers there, in E.164 form, ``"+12125550100"``.
    """

    mode: HumanMode = HumanMode.NONE
    number: str = ""


class Agent(msgspec.Struct, frozen=True):
    """One agent.

    Attributes:
        name: Lower-case letters, digits, hyphens.
        greeting: Spoken first, always heard whole.
        instructions: What the LLM is told.
        llm: The LLM service.
        tts: The TTS service.
        stt: The STT service.
        language: As in BCP 47; empty means the organization's.
        tools: Names of tools that it may call.
        tools_know_number: Whether tools are told the number of the person on the phone; each time is in the audit log.
        limits: Limits of a call.
        recording: When calls are recorded, and for how long they are kept.
        purpose: What it calls people for: ``solicitation``, ``debt`` or ``service``; if it says nothing, what the law
            demands of any of them is heeded.
        place: Where the people behind it are, whose law counts as well, ``US-NY``.
        interruptions: What happens when the caller speaks while the agent does.
        human: What becomes of a caller who asks for a person.
        emergency: Which danger to health or safety it calls people about; that lifts what a law demands of other calls.
    """

    name: str
    greeting: str
    instructions: str
    llm: ServiceChoice
    tts: ServiceChoice = ServiceChoice("local")
    stt: ServiceChoice = ServiceChoice("local")
    language: str = ""
    tools: tuple[str, ...] = ()
    tools_know_number: bool = False
    limits: Limits = Limits()
    recording: RecordingChoice = RecordingChoice()
    purpose: CallPurpose | None = None
    place: str = ""
    interruptions: Interruptions = Interruptions()
    human: HumanChoice = HumanChoice()
    emergency: str = ""


_OFF = RecordingChoice(RecordingMode.OFF)


@cache
def built_in() -> Agent:
    """The rehearsal agent, which takes the calls of an organization that has no agent of its own."""
    return read_agent(BUILT_IN)


def load_documents(directory: str) -> dict[str, str]:
    """Reads every ``*.yaml`` of a directory.

    Args:
        directory: Where the documents are.

    Returns:
        Documents by the name of their agent, in the order of their files' names.

    Raises:
        AgentError: A document does not validate, or two have the same name.
        SettingsError: There is no such directory, or it holds no document.
    """
    files = sorted(Path(directory).glob("*.yaml"))
    if not files:
        raise SettingsError(
            f"There is no agent document (*.yaml) in {directory}.",
            "Name a directory." if Path(directory).is_file() else "Copy one from docs/examples, or unset agents.",
        )
    documents: dict[str, str] = {}
    for file in files:
        agent = read_agent(file)
        if agent.name in documents:
            raise AgentError(f"{file.name}: there is another agent named {agent.name}.", "Rename one of them.")
        documents[agent.name] = file.read_text(encoding="utf-8")
    return documents


def in_force(agent: Agent, *, llm: str = "", recording: Iterable[str] = (), language: str = DEFAULT_LANGUAGE) -> Agent:
    """An agent as the settings let it be.

    Args:
        agent: As its document describes it.
        llm: Replaces its llm: ``openai`` or ``openai:model``.
        recording: What installation and organization say of recording; one ``off`` switches it off.
        language: The organization's, for an agent whose document names none.
    """
    if llm:
        use, _, model = llm.partition(":")
        agent = msgspec.structs.replace(agent, llm=ServiceChoice(use, {"model": model} if model else {}))
    if "off" in recording:
        agent = msgspec.structs.replace(agent, recording=_OFF)
    return agent if agent.language else msgspec.structs.replace(agent, language=language)


@dataclass(frozen=True)
class Document:
    """A document, what is wrong with it, and where in it is what.

    Attributes:
        agent: What it describes, without what is wrong; ``None`` if too much is.
        faults: What is wrong.
        file: Its name.
        lines: The line of each key, by its dotted path.
    """

    agent: Agent | None
    faults: tuple[Fault, ...]
    file: str
    lines: Mapping[str, int]

    def valid(self, faults: Iterable[Fault] = ()) -> Agent:
        """The agent, if nothing is wrong.

        Args:
            faults: What else was found to be wrong.

        Raises:
            AgentError: With file, line, what is wrong and what to do, for each fault.
        """
        everything = (*self.faults, *faults)
        if everything or self.agent is None:
            raise _error(everything, self.file, self.lines)
        return self.agent


def read_agent(file: Path) -> Agent:
    """Reads the agent of the document in a file.

    Raises:
        AgentError: It can't be read, or does not validate.
    """
    return read_document(file).valid()


def read_document(file: Path) -> Document:
    """Reads the document in a file.

    Raises:
        AgentError: It can't be read, or is no mapping in YAML.
    """
    if not file.exists():
        raise AgentError(f"There is no file {file}.", "Name the YAML file of an agent.")
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise AgentError(f"{file} can't be read: {error.strerror}.", "Name a file that you may read.") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise AgentError(f"{file.name}, line {line}: this is not UTF-8.", "Save the file as UTF-8.") from None
    return parse_document(text, file.name)


def parse_agent(text: str, file: str = "agent") -> Agent:
    """Reads the agent of one document.

    Raises:
        AgentError: With file, line, what is wrong and what to do, for each fault.
    """
    return parse_document(text, file).valid()


def parse_document(text: str, file: str = "agent") -> Document:
    """Reads one document.

    Raises:
        AgentError: It is no mapping in YAML.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise AgentError(f"{file}, line {line}: this is not valid YAML.", "Check indentation and quotes.") from None
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):  # PyYAML's, of a value like 2026-99-99
        raise AgentError(f"{file}, line 1: a value is not what it looks like.", "Put it in quotes.") from None
    if not isinstance(document, dict):
        raise AgentError(f"{file}, line 1: an agent document is a mapping.", "Begin with: name: my-agent")
    keys = list(_keys(node))
    lines = {path: line for path, line, _ in keys}
    values = {key: value for key, value in document.items() if key in Agent.__struct_fields__}
    faults = {fault.where: fault for fault in (*_faults_of_values(values), *_faults_of_keys(keys))}
    sound = {key: value for key, value in values.items() if key not in {where.partition(".")[0] for where in faults}}
    try:
        agent = msgspec.convert(sound, Agent)
    except msgspec.ValidationError:  # something that must be there is not
        agent = None
    return Document(agent, tuple(faults.values()), file, lines)


def _keys(node: Any, path: str = "", depth: int = 2) -> Iterator[tuple[str, int, bool]]:
    """Dotted path of each key, its line, and whether it is the second of that name; as deep as an agent's fields go."""
    seen = set[str]()
    for key, value in node.value if depth and isinstance(node, yaml.MappingNode) else ():
        name = f"{path}.{key.value}" if path else str(key.value)
        yield name, key.start_mark.line + 1, name in seen
        seen.add(name)
        yield from _keys(value, name, depth - 1)


def _faults_of_keys(keys: Iterable[tuple[str, int, bool]]) -> Iterator[Fault]:
    known = Agent.__struct_fields__
    for path, _, again in keys:
        if "." not in path and path not in known:
            remedy = near(path, known) or f"The keys are: {', '.join(known)}."
            yield Fault(path, f"there is no key {path!r}.", remedy)
        elif again:
            yield Fault(path, f"there are two keys {path!r}.", "Remove one of them.")


def _faults_of_values(values: dict[str, Any]) -> Iterator[Fault]:
    """Brings values into the form of an agent's, and tells what does not fit."""
    unchosen = set[str]()
    for key in SERVICES & values.keys():
        if (choice := _choice(values[key])) is None:
            unchosen.add(key)
            yield Fault(key, f"{key} does not say which provider to use.", f"Write {key}: local")
        else:
            values[key] = choice
    if "recording" in values:
        values["recording"] = _recording(values["recording"])
    if isinstance(values.get("human"), str):
        values["human"] = {"mode": values["human"]}
    if wrong := [*_faults_of_human(values.get("human"))]:
        yield from wrong
        values.pop("human")
    yield from (fault for fault in faults_of(values, Agent) if fault.where not in unchosen)
    if isinstance(language := values.get("language"), str) and language:
        yield from _fault_of("language", check_language, language)
    if isinstance(place := values.get("place"), str) and place:
        yield from _fault_of("place", check_place, place)
    name = values.get("name")
    if isinstance(name, str) and not NAME.fullmatch(name):
        yield Fault(
            "name",
            f"{name!r} is no name for an agent.",
            "Use lower-case letters, digits and hyphens, beginning with a letter.",
        )


def _fault_of(key: str, check: Callable[[str], object], value: str) -> Iterator[Fault]:
    try:
        check(value)
    except UsageError as error:
        yield Fault(key, error.message, error.remedy)


def _faults_of_human(human: Any) -> Iterator[Fault]:
    """A number and the wish to be put through to it belong together."""
    mode, number = (human.get("mode"), human.get("number")) if isinstance(human, dict) else (None, None)
    if mode == HumanMode.TRANSFER and not number:
        yield Fault("human", "human.number is missing.", 'Add the number of a person: number: "+12125550100"')
    elif number and mode != HumanMode.TRANSFER:
        yield Fault("human", "human.number is for callers who are put through.", "Add mode: transfer, or remove it.")
    elif isinstance(number, int):
        yield Fault("human.number", "human.number is no text: YAML drops the plus.", 'Write number: "+12125550100"')
    elif isinstance(number, str):
        yield from _fault_of("human.number", PhoneNumber.given, number)


def _choice(value: Any) -> dict[str, Any] | None:
    if isinstance(value, str):
        return {"use": value}
    if isinstance(value, dict) and isinstance(value.get("use"), str):
        return {"use": value["use"], "options": {k: v for k, v in value.items() if k != "use"}}
    return None


def _recording(value: Any) -> Any:
    """``recording: assent`` for ``recording: {mode: assent}``; YAML reads a bare ``off`` as false."""
    value = value if isinstance(value, dict) else {"mode": value}
    return {**value, "mode": "off"} if value.get("mode") is False else value


def _error(faults: Iterable[Fault], file: str, lines: Mapping[str, int]) -> AgentError:
    placed = sorted(((_line(fault.where, lines), fault) for fault in faults), key=lambda pair: pair[0])
    return AgentError.of([replace(fault, message=f"{file}, line {line}: {fault.message}") for line, fault in placed])


def _line(where: str, lines: Mapping[str, int]) -> int:
    while where not in lines and "." in where:
        where = where.rpartition(".")[0]
    return lines.get(where, 1)
