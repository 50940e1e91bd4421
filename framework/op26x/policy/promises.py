"""What the privacy policy promises, sentence by sentence, with what enforces it. It is data, in ``promises.yaml``."""

from functools import cache
from pathlib import Path
from typing import Literal, get_args

import msgspec

FILE = Path(__file__).with_name("promises.yaml")
Language = Literal["en", "de", "es", "fr", "hi"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Section = Literal["hold", "use", "share", "consent", "security", "rights"]


class Promise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence of the policy.

    Attributes:
        id: Where it stands in the policy: ``5.3``.
        section: What it is about.
        says: The sentence, by language. It may hold ``{organization}``, ``{days}`` and ``{processors}``.
        enforced_by: What keeps it, in a sentence.
        checks: Names of the checks that would show that it does not hold.
        duty: What the customer must do for it, which nothing here can see; empty if nothing.
    """

    id: str
    section: Section
    says: dict[str, str]
    enforced_by: str
    checks: tuple[str, ...]
    duty: str = ""


@cache
def promises() -> tuple[Promise, ...]:
    """All of them, in the order of the policy."""
    return msgspec.yaml.decode(FILE.read_bytes(), type=tuple[Promise, ...])
