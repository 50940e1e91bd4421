"""Callers' scripts: YAML, one per caller."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from op26x.agents.fields import faults_of
from op26x.errors import Fault, UsageError
from op26x.types import primary_language

HERE = Path(__file__).parent
AUDIO = HERE / "audio"
AGENT_FINISHED: Final = "agent-finished"
AGENT_SPEAKING: Final = "agent-speaking"
KEYS = set("0123456789*#")


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that the caller does.

    Attributes:
        when: ``agent-finished`` or ``agent-speaking``.
        after: Seconds after that moment.
        pause_ms: More milliseconds to wait, for the viewer; left out by ``--fast``.
        say: Words: a recording of ours if there is one, or else spoken by whatever plugin speaks the language.
        audio: A WAV file instead of words, beside the script.
        press: Keys.
        hang_up: Ends the call.
    """

    when: Literal["agent-finished", "agent-speaking"] = AGENT_FINISHED
    after: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    pause_ms: Annotated[int, msgspec.Meta(ge=0)] = 0
    say: str = ""
    audio: str = ""
    press: Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]*(?!\n)$")] = ""
    hang_up: bool = False


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A caller.

    Attributes:
        name: Name of the file.
        about: What the caller does.
        language: What the caller speaks, as in BCP 47.
        assent: Answer to the question whether the call may be recorded: words, or a key; empty stays silent.
            Without one the caller says "yes please", or in another language than English presses 1.
        steps: In order, after that answer.
    """

    name: str
    about: str = ""
    language: str = "en"
    assent: str | None = None
    steps: tuple[Step, ...] = ()

    def all_steps(self, *, asked: bool) -> tuple[Step, ...]:
        """The steps, after the answer of whoever is asked if the call may be recorded."""
        assent = self.assent
        if assent is None:
            assent = "yes please" if primary_language(self.language) == "en" else "1"
        if not (asked and assent):
            return self.steps
        return (Step(press=assent) if assent in KEYS else Step(say=assent), *self.steps)


def scripts() -> list[str]:
    """Names of the callers there are."""
    return sorted(path.stem for path in (HERE / "scripts").glob("*.yaml"))


def script_file(name: str) -> Path:
    """Where the script of a caller is: one of ours by its name, or any by its path.

    Raises:
        UsageError: There is no such caller.
    """
    if name.endswith((".yaml", ".yml")):
        if not Path(name).is_file():
            raise UsageError(f"There is no file {name}.", "Name a caller's script, or one of: op26x callers list.")
        return Path(name)
    path = HERE / "scripts" / f"{name}.yaml"
    if not path.is_file():
        raise UsageError(f"There is no caller {name!r}.", f"The callers are: {', '.join(scripts())}.")
    return path


def load_script(name: str) -> Script:
    """Reads a caller's script.

    Raises:
        UsageError: There is no such caller, or the file is no script; with all that is wrong in it.
    """
    path = script_file(name)
    try:
        document = msgspec.yaml.decode(path.read_bytes())
    except msgspec.DecodeError as error:
        raise UsageError(f"{path.name} is not valid YAML: {error}.", "Check indentation and quotes.") from None
    if not isinstance(document, dict):
        raise UsageError(f"{path.name}: a caller's script is a mapping.", "See one with: op26x callers show books.")
    if faults := [f"{fault.message} {fault.remedy}" for fault in _faults(document)]:
        raise UsageError(f"{path.name}: {' '.join(faults)}", "See a script with: op26x callers show books.")
    return msgspec.convert(document, Script)


def _faults(document: dict[str, Any]) -> Iterator[Fault]:
    yield from faults_of({key: value for key, value in document.items() if key != "steps"}, Script)
    steps = document.get("steps") or []
    if not isinstance(steps, list):
        yield Fault("steps", "steps is no list.", "Write each step on a line that begins with a hyphen.")
        return
    for number, step in enumerate(steps, 1):
        if isinstance(step, dict):
            yield from faults_of(step, Step, path=f"step {number}: ")
        else:
            yield Fault(
                "steps",
                f"step {number}: {step!r} is no step.",
                "Write what is done: say, press, hang_up.",
            )


def is_recorded(words: str) -> bool:
    """Whether there is a recording of these words."""
    return (AUDIO / f"{slug(words)}.ulaw").is_file()


def recording(words: str) -> bytes:
    """Our recording of English words, as 8 kHz mu-law.

    Raises:
        UsageError: There is none.
    """
    if not is_recorded(words):
        raise UsageError(f"There is no recording of {words!r}.", "Make it with plugins/make_recordings.py.")
    return (AUDIO / f"{slug(words)}.ulaw").read_bytes()


def slug(words: str) -> str:
    """The file name of a recording: lower-case words joined by hyphens."""
    return "-".join("".join(c for c in words.lower() if c.isalnum() or c == " ").split())
