"""Rows of the law tables: what a law of one place demands, and when it applies."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

from op26x.policy.demands import END, SLUG, Demands


class Confidence(StrEnum):
    """How sure a row is.

    Attributes:
        HIGH: The statute or an official text was read, or several independent sources agree.
        MEDIUM: One good secondary source.
        LOW: Needs a lawyer before anybody relies on its looser side.
    """

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class CallPurpose(StrEnum):
    """What an agent calls for."""

    SOLICITATION = "solicitation"
    DEBT = "debt"
    SERVICE = "service"


class Ground(StrEnum):
    """What lifts a row that names it, once it is proved.

    Attributes:
        PRIOR_EXPRESS_CONSENT: The person agreed to be called, and the consent ledger has it.
        CURRENT_CONTRACT: They are a customer, and the call is about that contract.
        EMERGENCY: Health or safety is in danger, and the agent's document names the emergency.
        PROCESSORS_MAY_NOT_USE_DATA: No processor may use for itself what it hears, for training or anything else.
    """

    PRIOR_EXPRESS_CONSENT = "prior-express-consent"
    CURRENT_CONTRACT = "current-contract"
    EMERGENCY = "emergency"
    PROCESSORS_MAY_NOT_USE_DATA = "processor-may-not-use-data"


class Circumstances(msgspec.Struct, frozen=True):
    """What decides whether a row applies, besides the place.

    Attributes:
        day: On which day; nothing if not even that is known, and then whatever holds on any day holds.
        outbound: Whether we call.
        purpose: What for; of nothing, every row applies.
        grounds: What is proved.
        overridden: Rows that the organization has overridden, each with what is said of that.
    """

    day: date | None
    outbound: bool = False
    purpose: CallPurpose | None = None
    grounds: frozenset[Ground] = frozenset()
    overridden: tuple[tuple[str, str], ...] = ()


class Row(Demands, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row; the attributes are those of ``Demands``, and where and for whom it is the law.

    Attributes:
        id: Names it for ever.
        place: Where it is the law, or where several laws say the same.
        cite: The statute or other text.
        confidence: How sure it is.
        note: What is said of it besides.
        purpose: For which calls; every one if nothing is said.
        unless: What lifts it.
        partial: Nothing else of the table is known of the place, so what holds for unknown places holds as well.
    """

    id: Annotated[str, msgspec.Meta(pattern=f"^{SLUG}{END}")]
    place: str | tuple[str, ...]
    cite: str
    confidence: Confidence
    note: str = ""
    purpose: CallPurpose | None = None
    unless: tuple[Ground, ...] = ()
    partial: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        """Where it is the law."""
        return (self.place,) if isinstance(self.place, str) else self.place

    def applies(self, to: Circumstances) -> bool:
        """Whether it demands something of a call, if nothing lifts it."""
        if not self.holds_on(to.day):
            return False
        if self.purpose is not None and to.purpose is not None and self.purpose is not to.purpose:
            return False
        return to.outbound or not self.only_outbound

    def lifted_by(self, to: Circumstances) -> str:
        """What lifts it: a proved ground, or an organization's override; empty if nothing does."""
        proved = next((ground.value for ground in self.unless if ground in to.grounds), "")
        return proved or dict(to.overridden).get(self.id, "")
