"""Words that several rooms and every plugin share: personal values, secrets, providers, processors."""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, Never, Self, TypeVar
from urllib.parse import urlsplit

from op26x.errors import PluginError, UsageError

T = TypeVar("T")

E164_DIGITS = 15
LABEL = re.compile(r"[A-Z][A-Z_]*[A-Z]")
"""What a kind of personal data is called."""
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Secret:
    """A text that neither prints nor encodes itself; ``reveal()`` gives it to the one call that needs it.

    It is no ``str``, so that JSON, pickle and ``+`` refuse it instead of writing it in clear. Immutable; equal to
    another of the same type and text; false if empty.

    Args:
        text: The secret in clear.
    """

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "_text", text)

    def reveal(self) -> str:
        """The text in clear."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Secret) and type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self._text))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __str__(self) -> str:
        return "…" if self else ""

    def __format__(self, spec: str) -> str:
        return str(self)

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"A {type(self).__name__} can't be changed.")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"A {type(self).__name__} can't be changed.")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __getstate__(self) -> Never:
        raise TypeError(f"A {type(self).__name__} can't be pickled: its text would be written in clear.")


class Personal(Secret):
    """Personal data in memory: words of a caller, a name. Prints as ``…``; ``reveal()`` to use it."""

    __slots__ = ()


class PhoneNumber(Personal):
    """A phone number in E.164 form (ITU-T E.164: ``+`` and up to 15 digits). Prints its last two digits only."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"PhoneNumber({self})"

    def __str__(self) -> str:
        return f"…{self.last_two}" if self else ""

    @property
    def last_two(self) -> str:
        """The last two digits; empty for a withheld number."""
        return self._text[-2:]

    @classmethod
    def parse(cls, text: str) -> "PhoneNumber":
        """Normalises a number.

        Args:
            text: A number with its country code, with or without spaces and punctuation; empty or a word
                (``anonymous``) for a withheld one.

        Raises:
            UsageError: The text has digits but is no number with a country code.
        """
        if not any(c.isdigit() for c in text):
            return cls("")

        import phonenumbers

        try:
            number = phonenumbers.parse(text, None)
        except phonenumbers.NumberParseException:
            raise UsageError("This is not a phone number with its country code.", "Write it as +12125550123.") from None
        normalised = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if len(normalised) > 1 + E164_DIGITS:
            raise UsageError("This phone number has too many digits.", f"E.164 allows {E164_DIGITS}.")
        return cls(normalised)

    @classmethod
    def given(cls, text: str) -> "PhoneNumber":
        """A number that must be there; errors and arguments as of ``parse``, and a withheld one is an error."""
        if number := cls.parse(text):
            return number
        raise UsageError("There is no number.", "Write it as +12125550123.")

    @classmethod
    def from_carrier(cls, text: str, near: "PhoneNumber | None" = None) -> "PhoneNumber":
        """A number in whatever form a carrier writes it; the same person has the same number in all of them.

        Args:
            text: As ``carrier_numbers.read_number`` takes it.
            near: A number of the country that a national number belongs to: the other one of the call.

        Returns:
            The number; an empty one if it was withheld, or if there is none in the text.
        """
        from op26x.carrier_numbers import read_number

        return cls(read_number(text, near.reveal() if near else ""))


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """What a provider is told when a call needs one of its services.

    Attributes:
        options: The agent document's options for this service, ``{"model": …}`` and the like.
        language: Language of the call, as in BCP 47 (``en``, ``hi``).
        agent: Name of the agent.
        call_id: The call's ULID.
        sample_rate: Samples per second on the phone line.
        settings_of: Gives a plugin its own settings: ``request.settings_of(MySettings)``.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    language: str = "en"
    agent: str = ""
    call_id: str = ""
    sample_rate: int = 8000
    settings_of: Callable[[type[Any]], Any] = lambda cls: cls()


@dataclass(frozen=True, slots=True)
class Provider(Generic[T]):
    """A named way to build a service: what a provider hook returns.

    Attributes:
        name: The word by which an agent document chooses it, ``llm: {use: NAME}``.
        build: Makes one service for one call. Raises ``AgentError`` for wrong options, ``SettingsError`` for
            missing settings, ``ProviderError`` if it can't for another reason. Agents are checked by it, with an empty
            ``call_id``.
        about: One line for ``op26x plugins list`` and the dashboard.
        warm: Loads what is slow to load, once per process, before the first call. It may be async.
    """

    name: str
    build: Callable[[ServiceRequest], T]
    about: str = ""
    warm: Callable[[], Any] | None = None


@dataclass(frozen=True, slots=True)
class Recognizer:
    """Finds one kind of personal data in what is said.

    Attributes:
        label: What it is called in placeholders and policies: capitals and underscores, ``STAFF_NUMBER``.
        find: Takes a text and returns where it found some: pairs of the first character and the one behind the last.
        secret: Whether it is redacted where secrets are, as cards and passwords; else where everything is.
    """

    label: str
    find: Callable[[str], Iterable[tuple[int, int]]]
    secret: bool = True

    def __post_init__(self) -> None:
        """Sees that the label can stand in a placeholder.

        Raises:
            PluginError: It can't.
        """
        if not (isinstance(self.label, str) and LABEL.fullmatch(self.label)):
            raise PluginError(f"{self.label!r} is no label.", "Use capitals and underscores: STAFF_NUMBER.")

    @classmethod
    def pattern(cls, label: str, pattern: str, *, secret: bool = True) -> "Recognizer":
        """One that finds a regular expression, in capitals or not."""
        compiled = re.compile(pattern, re.IGNORECASE)
        return cls(label, lambda text: [match.span() for match in compiled.finditer(text)], secret)

    @classmethod
    def several(
        cls,
        labels: Iterable[str],
        find: Callable[[str], Iterable[tuple[str, int, int]]],
        *,
        secret: Collection[str] = (),
    ) -> "list[Recognizer]":
        """Those of a model that finds several kinds at once, and is asked once for each text.

        Args:
            labels: What the kinds are called.
            find: Takes a text and returns labels with first and last place, as ``find`` of one has them.
            secret: Labels that are redacted where secrets are; what the core calls a secret is one in any case.
        """
        names = list(dict.fromkeys(labels))
        shared = _Shared(find, frozenset(names))
        return [cls(label, partial(shared.of, label), label in secret) for label in names]


class _Shared:
    """What was found in the text that is being looked through; forgotten once every kind was asked for."""

    def __init__(self, find: Callable[[str], Iterable[tuple[str, int, int]]], labels: frozenset[str]) -> None:
        self._find = find
        self._labels = labels
        self._left: frozenset[str] = frozenset()
        self._text = ""
        self._found: list[tuple[str, int, int]] = []

    def of(self, label: str, text: str) -> list[tuple[int, int]]:
        if label not in self._left or text != self._text:
            self._found, self._text, self._left = list(self._find(text)), text, self._labels
        self._left -= {label}
        spans = [(start, end) for name, start, end in self._found if name == label]
        if not self._left:
            self._found, self._text = [], ""
        return spans


@dataclass(frozen=True, slots=True)
class Processor:
    """A company that a plugin gives personal data to (GDPR art. 28; "sub-processor").

    Attributes:
        name: The company.
        hosts: Host names the plugin connects to.
        purpose: What for, in a few words.
        categories: Which data: ``communications``, ``account``, ``usage``.
        terms: Where its data-processing terms can be read.
        trains_on_data: Whether those terms let it train models on the data.
        version: Which version of the terms this is about: the day from which they hold, or when they were read.
        clause: What of them keeps it from training, in a few words.
        places: Countries in which it processes the data, as in ISO 3166-1; empty if it may be anywhere.
        keeps: What it keeps and for how long, in words; empty if nothing is known of that.
        subprocessors: Where it lists its own processors.
    """

    name: str
    hosts: tuple[str, ...]
    purpose: str
    categories: tuple[str, ...]
    terms: str
    trains_on_data: bool = False
    version: str = ""
    clause: str = ""
    places: tuple[str, ...] = ()
    keeps: str = ""
    subprocessors: str = ""

    @property
    def fingerprint(self) -> str:
        """Names what somebody accepts: it changes with the company, its terms, its hosts, places and data."""
        said = [self.name, self.purpose, self.terms, self.version, self.clause, self.keeps, self.subprocessors]
        several = [sorted(self.hosts), sorted(self.categories), sorted(self.places)]
        return hashlib.sha256(repr((said, several, self.trains_on_data)).encode()).hexdigest()[:16]

    def reached_at(self, url: str) -> "Processor":
        """Who gets the data if the service is called at that address, which settings may have changed.

        Of a host that is not this company's nothing is known: no terms, so nothing that keeps it from training.
        """
        host = urlsplit(url).hostname or ""
        if host in self.hosts:
            return self
        return Processor(f"whoever runs {host}", (host,), self.purpose, self.categories, "", trains_on_data=True)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that an STT service heard, and when.

    Attributes:
        text: The word; prints as ``…``.
        start_ms: Where it begins.
        end_ms: Where it ends.
    """

    text: Personal
    start_ms: int
    end_ms: int


def check_language(tag: str) -> str:
    """A language as in BCP 47, as it was given.

    Raises:
        UsageError: It does not have that form.
    """
    if not LANGUAGE.fullmatch(tag):
        raise UsageError(f"{tag!r} is no language.", "Write it as in BCP 47: en, de, or en-IN.")
    return tag


def primary_language(tag: str) -> str:
    """A language without its region, in lower case: ``en-IN`` is ``en`` (BCP 47)."""
    return tag.partition("-")[0].lower()
