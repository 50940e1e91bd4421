"""Records of the API about what calls are held under: policies and rows, consents, whom not to call."""

from datetime import datetime
from typing import Literal

import msgspec


class ConsentSummary(msgspec.Struct, frozen=True):
    """An entry of the consent ledger; the attributes are those of ``op26x.consent.Consent``."""

    id: str
    purpose: str
    state: str
    evidence: str
    value: str
    announcement: str
    at: datetime
    call_id: str = ""
    policy: str | None = None
    valid_until: datetime | None = None


class PolicySource(msgspec.Struct, frozen=True):
    """Who decided a field of a policy.

    Attributes:
        source: A row of a law table, or ``row NAME``, ``agent``, ``installation``, ``plugin NAME``.
        cite: The statute or other text; empty if it is no law.
        confidence: Of a law: ``high``, ``medium`` or ``low``.
        place: Where that is the law.
        note: What is said of it besides.
        loosened_by: What would lift it.
    """

    source: str
    cite: str
    confidence: str
    place: str
    note: str
    loosened_by: str


class PolicyField(msgspec.Struct, frozen=True):
    """One field of a policy.

    Attributes:
        field: Its name.
        value: In words.
        decided_by: Who decided it; nobody, if nobody demanded anything.
    """

    field: str
    value: str
    decided_by: list[PolicySource]


class PolicyLifted(msgspec.Struct, frozen=True):
    """A row of the law that would demand something, if it were not lifted.

    Attributes:
        row: Its name.
        cite: The statute or other text.
        by: What lifts it: a proved ground, or an override with its end and reason.
        override: Whether it is an organization's override, and no exception that the law itself makes.
    """

    row: str
    cite: str
    by: str
    override: bool


class PolicyExplanation(msgspec.Struct, frozen=True):
    """What a call is held under, and why.

    Attributes:
        hash: Names the policy.
        places: Where either side may be.
        zones: Every time zone in which the person may be.
        tables: Versions of the law tables.
        fields: Each field, those first that somebody demanded something of.
        lifted: What would be demanded, and is not.
        languages: The official languages of where the person may be: notices are said in one besides the agent's.
    """

    hash: str
    places: list[str]
    zones: list[str]
    tables: dict[str, str]
    fields: list[PolicyField]
    lifted: list[PolicyLifted] = []
    languages: list[str] = []


class PolicyExpected(PolicyExplanation, frozen=True):
    """What a call would be held under, and why, as ``PolicyExplanation``; and whether it may be placed.

    Attributes:
        refusal: Why it may not be placed now; empty if it may, and of a call that comes in.
        remedy: What to do about that.
    """

    refusal: str = ""
    remedy: str = ""


class PolicyWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which call's policy is wanted.

    Attributes:
        caller: The calling number, with its country code; empty is withheld.
        called: The called number.
        outbound: Whether we call.
        agent: Name of an agent; empty means the one that takes calls if nobody else does.
        at: When; now if it is left out.
        place: Where the person is besides, known from a form for instance: ``US-CA``.
        campaign: The campaign that it belongs to, if to any.
        provider: Name of the telephony plugin, for plugins that ask.
    """

    caller: str = ""
    called: str = ""
    outbound: bool = False
    agent: str = ""
    at: datetime | None = None
    place: str = ""
    campaign: str = ""
    provider: str = "twilio"


class ConsentsWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which entries of the consent ledger are wanted.

    Attributes:
        number: Only of one person, by their number.
        purpose: Only for one purpose: ``recording``, ``call`` or ``marketing``.
        limit: At most so many, up to 1,000.
        why: For the audit log.
    """

    number: str = ""
    purpose: Literal["", "recording", "call", "marketing", "contract", "research"] = ""
    limit: int = 100
    why: str = "not said"


class SuppressionSummary(msgspec.Struct, frozen=True):
    """An entry of the do-not-call list.

    Attributes:
        id: ULID.
        at: When they said so.
        call_id: In which call; empty if it was elsewhere.
        campaign: For which campaign; empty for any.
        until: They may be called again from then on; never, if nothing is said.
    """

    id: str
    at: datetime
    call_id: str
    campaign: str = ""
    until: datetime | None = None


class SuppressionWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person who is not to be called.

    Attributes:
        number: With its country code.
        why: How they said so, for the audit log.
        campaign: For which campaign; empty for any.
        until: They may be called again from then on; never, if it is left out.
    """

    number: str
    why: str
    campaign: str = ""
    until: datetime | None = None


class PolicyRowSummary(msgspec.Struct, frozen=True):
    """A row of the organization's own, or an override of a row of the law.

    Attributes:
        name: Names it for ever.
        kind: ``row`` or ``override``.
        demands: What a row demands, in words; of an override, the row that it lifts.
        about: Which calls it is about, in words; empty means every one.
        why: Why it is there.
        approved_by: Of an override, who answers for it.
        until: When an override ends.
        added_by: Who added it, as in the audit log.
        added_at: When.
        ended_at: When it was taken away; nothing while it is there.
    """

    name: str
    kind: str
    demands: str
    about: str
    why: str
    approved_by: str
    until: datetime | None
    added_by: str
    added_at: datetime
    ended_at: datetime | None


class PolicyRowsWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows that are to be added.

    Attributes:
        document: A list in YAML, as on the page Law tables.
        why: Why, for the audit log; each row says why it is there as well.
    """

    document: str
    why: str = "not said"


class OverrideWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the law that is not to hold for the organization's calls.

    Attributes:
        row: The row.
        why: Why it does not hold.
        until: From then on it holds again; a year ahead at most.
        agent: Only for calls of this agent.
        campaign: Only for calls of this campaign.
    """

    row: str
    why: str
    until: datetime
    agent: str = ""
    campaign: str = ""


class RegistrySummary(msgspec.Struct, frozen=True):
    """A do-not-call registry that was read in.

    Attributes:
        name: As rows of the law name it.
        as_of: When its file was made.
        imported_at: When it was read in.
        numbers: How many there are in it.
        covers: How the numbers begin that it vouches for, with commas between; empty for every number.
        expires_at: When it is erased, if no newer one takes its place.
    """

    name: str
    as_of: datetime
    imported_at: datetime
    numbers: int
    covers: str
    expires_at: datetime
