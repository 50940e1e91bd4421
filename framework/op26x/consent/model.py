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
    """

    RECORDING = "recording"
    CALL = "call"
    MARKETING = "marketing"


class Consent(SQLModel, table=True):
    """An entry of the ledger: appended, never changed; the newest of a person and purpose counts.

    Attributes:
        id: ULID.
        organization_id: The organization whose ledger it is.
        subject_index: Blind index of the person's number; empty if withheld.
        call_id: In which call.
        purpose: ``recording``, ``call`` or ``marketing``.
        state: ``granted``, ``refused``, ``withdrawn`` or ``expired``.
        evidence: ``mark``, ``digit``, ``words``, ``operator``, or why there was no answer: ``silence``, ``unclear``.
        value: The mark's name, the key, or the recognised word of the fixed list.
        announcement: Version of what was announced.
        policy: Hash of the policy that the call was held under; nothing of what was decided in no call.
        at: When, UTC.
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
    expires_at: datetime = operational("until when the entry is kept", sa_type=UtcDateTime)


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
    """

    __tablename__ = "suppression"

    id: str = identifier()
    organization_id: str = organization()
    subject_index: str = indexed(NOT_TO_BE_CALLED)
    call_id: str = reference("call", bound=False)
    at: datetime = operational("when they said so", sa_type=UtcDateTime)
