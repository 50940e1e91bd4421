"""What an organization adds to the law for its own calls: rows that demand more, and overrides that lift a row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import yaml

from op26x.errors import PolicyError
from op26x.policy.demands import END, SLUG, Days, Demands
from op26x.policy.effective import Fragment
from op26x.policy.places import UNKNOWN, families_of, known_places
from op26x.policy.rows import CallPurpose, Circumstances
from op26x.policy.rules import LOOSEST, Duration, Providers, Redaction, Rules, stricter
from op26x.policy.yaml_text import parsed

Name = Annotated[str, msgspec.Meta(pattern=f"^{SLUG}{END}", max_length=60)]
Campaign = Annotated[str, msgspec.Meta(pattern=f"^({SLUG})?{END}", max_length=60)]
"""What a campaign is called; empty of a call that belongs to none."""
SomePlaces = str | Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
"""One place or several, as in ISO 3166."""


def check_campaign(name: str) -> str:
    """The name of a campaign, or an empty one.

    Raises:
        PolicyError: No campaign is called so.
    """
    try:
        return msgspec.convert(name.strip(), Campaign)
    except msgspec.ValidationError:
        raise PolicyError(
            f"No campaign is called {name!r}.", "Use lower-case letters, digits and hyphens: spring-2027."
        ) from None


PLACE_KEYS = {"place", "processed_in"}
OWN = "row "
"""How the sources of such demands begin."""


@dataclass(frozen=True, slots=True)
class OwnCall:
    """What rows of an organization can tell its calls apart by, besides what the law can.

    Attributes:
        agent: Name of the agent.
        line: Identifier and label of the phone line; nothing if the number is on none.
        campaign: The campaign that it belongs to.
    """

    agent: str = ""
    line: tuple[str, ...] = ()
    campaign: str = ""


class OwnRow(Demands, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of an organization; the attributes are those of ``Demands``, and which calls it is about: every one, as far
    as nothing is said.

    Attributes:
        name: Names it for ever.
        why: Why it is there.
        place: Where it holds; everywhere, if nothing is said.
        purpose: For which calls.
        agent: For those of this agent.
        campaign: For those of this campaign.
        line: For those on this phone line, by its identifier or label.
        keep_days: How long recording, transcript and numbers may be kept.
        longest_s: How long a call may be, in seconds.
        providers: Who may answer, listen, speak and carry a call, by the names of their providers.
        processed_in: Where they may process it.
        redact: What becomes of personal data before it goes anywhere.
    """

    name: Name
    why: Annotated[str, msgspec.Meta(min_length=1)]
    place: SomePlaces = ()
    purpose: CallPurpose | None = None
    agent: str = ""
    campaign: Campaign = ""
    line: str = ""
    keep_days: Days | None = None
    longest_s: Duration | None = None
    providers: Providers = Providers()
    processed_in: SomePlaces = ()
    redact: tuple[Redaction, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """Where it holds; nothing is everywhere."""
        return _several(self.place)

    @property
    def only_outbound(self) -> bool:
        """Whether it is about calls that we place, as in ``Demands``; how long, and by whom, is about every call."""
        return super().only_outbound and self._limits() == LOOSEST

    def about(self, call: OwnCall) -> bool:
        """Whether it is about a call."""
        return (
            self.agent in ("", call.agent)
            and self.campaign in ("", call.campaign)
            and (not self.line or self.line in call.line)
        )

    def rules(self, place: str) -> Rules:
        """What it demands, for a person in a place."""
        return stricter(super().rules(place), self._limits())

    def _limits(self) -> Rules:
        """What it demands of every call, whoever places it: how long, by whom, and where."""
        regions = frozenset(_several(self.processed_in))
        return Rules(
            keep_at_most_days=self.keep_days,
            longest_s=self.longest_s,
            providers=self.providers,
            processed_in=regions or None,
            redact=frozenset(self.redact),
        )

    def somewhere(self) -> Rules:
        """What it demands, for a person in the first of its places."""
        return self.rules(self.places[0] if self.places else UNKNOWN)

    def fragments(self, places: Iterable[str], to: Circumstances) -> Iterator[Fragment]:
        """What it demands of a call that touches these places; who may be anywhere may be in one of its own."""
        if not self.holds_on(to.day) or (self.purpose and to.purpose not in (self.purpose, None)):
            return
        if not to.outbound and self.only_outbound:
            return
        for place in sorted(places):
            if not self.places or place == UNKNOWN or {*self.places} & {*families_of(place)}:
                yield Fragment(OWN + self.name, self.rules(place))


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """An organization's word that a row of the law does not hold for its calls, for a time.

    Attributes:
        id: Names it for ever.
        row: The row.
        why: Why it does not hold.
        approved_by: The person who answers for it, as in the audit log.
        until: From then on the row holds again, UTC.
        agent: It is about calls of this agent; of every one, if nothing is said.
        campaign: It is about calls of this campaign; likewise.
    """

    id: str
    row: str
    why: str
    approved_by: str
    until: datetime
    agent: str = ""
    campaign: Campaign = ""

    def about(self, call: OwnCall) -> bool:
        """Whether it is about a call."""
        return self.agent in ("", call.agent) and self.campaign in ("", call.campaign)

    def __str__(self) -> str:
        """As a policy names it."""
        return f"override {self.id} until {self.until:%Y-%m-%d}: {self.why}"


def read_own_rows(text: bytes) -> list[OwnRow]:
    """Reads rows out of a YAML document: a list.

    Raises:
        PolicyError: One is not valid; nothing of the document counts.
    """
    try:
        rows = msgspec.convert(_as_meant(parsed(text)), list[OwnRow], builtin_types=(date, datetime))
        for row in rows:
            _check(row)
    except (msgspec.MsgspecError, yaml.YAMLError, ValueError) as error:
        raise PolicyError(f"These are no rows: {error}.", "Compare them with the page Law tables.") from None
    names = [row.name for row in rows]
    if doubled := [name for name in names if names.count(name) > 1]:
        raise PolicyError(f"Two rows are called {doubled[0]}.", "Give one another name.")
    if not rows:
        raise PolicyError("There is no row in the document.", "Write a list: - name: …")
    return rows


def _as_meant(document: Any) -> Any:
    """YAML reads a bare ``off`` as false, and Norway's ``NO`` as well."""
    rows = document if isinstance(document, list) else []
    for row in (one for one in rows if isinstance(one, dict)):
        if row.get("mode") is False:
            row["mode"] = "off"
        for key in PLACE_KEYS & row.keys():
            row[key] = [_norway(one) for one in row[key]] if isinstance(row[key], list) else _norway(row[key])
    return document


def _norway(place: Any) -> Any:
    return "NO" if place is False else place


def _several(places: str | tuple[str, ...]) -> tuple[str, ...]:
    return (places,) if isinstance(places, str) else places


def _check(row: OwnRow) -> None:
    if unknown := [place for place in (*row.places, *_several(row.processed_in)) if place not in known_places()]:
        raise PolicyError(f"The row {row.name}: there is no place {unknown[0]!r}.", "Write it as in ISO 3166: US-CA.")
    if not row.why.strip():
        raise PolicyError(f"The row {row.name} does not say why it is there.", "Write it under why.")
    if row.effective and row.until and row.until < row.effective:
        raise PolicyError(f"The row {row.name} ends before it begins.", "Mend one of its dates.")
    if row.somewhere() == LOOSEST:
        raise PolicyError(
            f"The row {row.name} demands nothing.", "Say what it demands, as window: 09:00-17:00; see Law tables."
        )
