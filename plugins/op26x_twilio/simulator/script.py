"""Callers' scripts: YAML, one per caller."""

from pathlib import Path

import msgspec

from op26x.errors import UsageError

HERE = Path(__file__).parent
AUDIO = HERE / "audio"
AGENT_FINISHED, AGENT_SPEAKING = "agent-finished", "agent-speaking"
KEYS = set("0123456789*#")


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that the caller does.

    Attributes:
        when: ``agent-finished`` or ``agent-speaking``.
        after: Seconds after that moment.
        pause_ms: More milliseconds to wait, for the viewer; left out by ``--fast``.
        say: Words with a recording of their own.
        press: Keys.
        hang_up: Ends the call.
    """

    when: str = AGENT_FINISHED
    after: float = 0.0
    pause_ms: int = 0
    say: str = ""
    press: str = ""
    hang_up: bool = False


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A caller.

    Attributes:
        name: Name of the file.
        about: What the caller does.
        assent: Answer to the question whether the call may be recorded: words with a recording of their own, or a
            key; empty stays silent.
        steps: In order, after that answer.
    """

    name: str
    about: str
    assent: str = "yes please"
    steps: tuple[Step, ...] = ()

    def steps_with(self, assent: str) -> tuple[Step, ...]:
        """All steps, with an answer before them; empty leaves it out."""
        if not assent:
            return self.steps
        return (Step(press=assent) if assent in KEYS else Step(say=assent), *self.steps)


def scripts() -> list[str]:
    """Names of the callers there are."""
    return sorted(path.stem for path in (HERE / "scripts").glob("*.yaml"))


def load_script(name: str) -> Script:
    """Reads a caller's script: one of ours by its name, or any by its path.

    Raises:
        UsageError: There is no such caller.
    """
    path = Path(name) if name.endswith(".yaml") else HERE / "scripts" / f"{name}.yaml"
    if not path.is_file():
        raise UsageError(f"There is no caller {name!r}.", f"The callers are: {', '.join(scripts())}.")
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Script)
    except msgspec.DecodeError as error:
        raise UsageError(f"{path.name} is no caller's script: {error}.", "Compare it with the built-in ones.") from None


def recording(words: str) -> bytes:
    """What is said, as 8 kHz mu-law.

    Raises:
        UsageError: There is no recording of these words.
    """
    path = AUDIO / f"{slug(words)}.ulaw"
    if not path.is_file():
        raise UsageError(f"There is no recording of {words!r}.", "Make it with plugins/make_recordings.py.")
    return path.read_bytes()


def slug(words: str) -> str:
    """The file name of a recording: lower-case words joined by hyphens."""
    return "-".join("".join(c for c in words.lower() if c.isalnum() or c == " ").split())
