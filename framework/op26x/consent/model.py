"""The tables of the room. A person is a blind index; what they said is at most a word of a fixed list."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlmodel import SQLModel, UniqueConstraint

from op26x.datamap import (
    DECISION,
    PHONE_NUMBER,
    DataCategory,
    DataSubject,
    Erase,
    Kept,
    PersonalData,
    Purpose,
    hashed,
    identifier,
    indexed,
    operational,
    organization,
    personal,
    reference,
)
from op26x.storage import UtcDateTime

WHO_DECIDED = PersonalData(
    PHONE_NUMBER,
    DataSubject.CALLER,
    DataCategory.COMMUNICATIONS,
    purposes=(Purpose.CONSENT,),
    kept=Kept.CONSENT,
    erase=Erase.DELETE,
)
DECIDED = replace(
    WHO_DECIDED,
    kind=DECISION,
    exported="consents",
    ground="It is a word of a fixed list; whose it is stands in the blind index alone.",
)
NOT_TO_BE_CALLED = replace(WHO_DECIDED, kept=Kept.SUPPRESSION, exported="do-not-call list")
REGISTERED = replace(WHO_DECIDED, kept=Kept.REGISTRY, exported="do-not-call registries")


class ConsentState(StrEnum):
    """Where a consent stands."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ConsentPurpose(StrEnum):
    """What somebody may agree to.

    Attributes:
        RECORDING: That a call is recorded.
        CALL: To be called by an automated voice.
        MARKETING: To be called by one that sells something; whoever agreed to that agreed to be called.
        CONTRACT: To be a customer: calls about that contract.
        RESEARCH: That their calls are studied.
    """

    RECORDING = "recording"
    CALL = "call"
    MARKETING = "marketing"
    CONTRACT = "contract"
    RESEARCH = "research"


class Consent(SQLModel, table=True):
    """An entry of the ledger: appended, never changed; the newest of a person and purpose counts.

    Attributes:
        id: ULID.
        organization_id: The organization whose ledger it is.
        subject_index: Blind index of the person's number; empty if withheld.
        call_id: In which call.
        purpose: As in ``ConsentPurpose``.
        state: ``granted``, ``refused``, ``withdrawn`` or ``expired``.
        evidence: ``mark``, ``digit``, ``words``, ``operator``, or why there was no answer: ``silence``, ``unclear``.
        value: The mark's name, the key, or the recognised word of the fixed list.
        announcement: Version of what was announced.
        policy: Hash of the policy that the call was held under; nothing of what was decided in no call.
        at: When, UTC.
        valid_until: Until when it was granted; without end if there is nothing.
        expires_at: When the entry itself may go.
    """

    __tablename__ = "consent"

    id: str = identifier()
    organization_id: str = organization()
    subject_index: str = indexed(WHO_DECIDED)
    call_id: str = reference("call", bound=False, index=True)
    purpose: str = personal(DECIDED)
    state: str = personal(DECIDED)
    evidence: str = personal(DECIDED)
    value: str = personal(DECIDED)
    announcement: str = operational("which announcement was played")
    policy: str | None = operational("which policy the call was held under", default=None)
    at: datetime = operational("when it was decided", sa_type=UtcDateTime)
    valid_until: datetime | None = operational("until when it was granted", default=None, sa_type=UtcDateTime)
    expires_at: datetime = operational("until when the entry is kept", sa_type=UtcDateTime)

    def state_at(self, now: datetime) -> ConsentState:
        """Where it stands at a moment: what was granted for a time, or is kept no longer, is ``expired`` then."""
        over = min(self.expires_at, self.valid_until or self.expires_at) <= now
        state = ConsentState(self.state)
        return ConsentState.EXPIRED if state is ConsentState.GRANTED and over else state


class OwnAnnouncement(SQLModel, table=True):
    """A notice in an organization's own words.

    Attributes:
        notice: Which.
        language: Of the agents that say it, as in BCP 47.
        text: In words: what every caller hears, and nothing of any caller.
        changed_at: When it was last written.
    """

    __tablename__ = "announcement"
    __table_args__ = (UniqueConstraint("organization_id", "notice", "language"),)

    id: str = identifier()
    organization_id: str = organization()
    notice: str = operational("which sentence it is")
    language: str = operational("in which language")
    text: str = operational("what every caller hears", default="")
    changed_at: datetime | None = operational("when it was written", default=None, sa_type=UtcDateTime)


class Suppression(SQLModel, table=True):
    """A person who is not to be called again.

    Attributes:
        subject_index: Blind index of the number.
        call_id: The call in which they said so.
        campaign: For this campaign; for any, if it is empty.
        until: They may be called again from then on, UTC; never, if nothing is said.
    """

    __tablename__ = "suppression"

    id: str = identifier()
    organization_id: str = organization()
    subject_index: str = indexed(NOT_TO_BE_CALLED)
    call_id: str = reference("call", bound=False)
    campaign: str = operational("for which campaign; empty for any", default="")
    at: datetime = operational("when they said so", sa_type=UtcDateTime)
    until: datetime | None = operational("until when it holds", default=None, sa_type=UtcDateTime)


class InstallationSuppression(SQLModel, table=True):
    """A number that no organization of the installation calls.

    Attributes:
        number_index: Blind index under a key of the installation, not of an organization.
        at: When it was put there, UTC.
    """

    __tablename__ = "installation_suppression"

    id: str = identifier()
    number_index: str = indexed(NOT_TO_BE_CALLED, index=False, unique=True)
    at: datetime = operational("when it was put there", sa_type=UtcDateTime)


class Registry(SQLModel, table=True):
    """A do-not-call registry that was read in: the newest file of it.

    Attributes:
        name: As rows of the law name it, ``us``.
        as_of: When the file was made, UTC.
        imported_at: When it was read in, UTC.
        numbers: How many there are in it.
        covers: How the numbers begin that it vouches for, with commas between; empty for every number.
        expires_at: When it is erased, if no newer one takes its place.
    """

    __tablename__ = "registry"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: str = identifier()
    organization_id: str = organization(index=False)
    name: str = operational("which registry it is")
    as_of: datetime = operational("when its file was made", sa_type=UtcDateTime)
    imported_at: datetime = operational("when it was read in", sa_type=UtcDateTime)
    numbers: int = operational("how many numbers there are in it")
    covers: str = operational("for which area codes it vouches")
    expires_at: datetime = operational("when it is erased", sa_type=UtcDateTime)


class RegistryPart(SQLModel, table=True):
    """A part of a registry.

    Attributes:
        part: How the blind indexes of its numbers begin.
        entries: What follows of each, one behind the other.
    """

    __tablename__ = "registry_part"
    __table_args__ = (UniqueConstraint("registry_id", "part"),)

    id: str = identifier()
    organization_id: str = organization()
    registry_id: str = reference("registry", index=False)
    part: str = operational("which part of the registry it is")
    entries: bytes = hashed(REGISTERED)
