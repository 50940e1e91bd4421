"""The tables: whose terms an organization has accepted, and what each company was given in a call."""

from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement
from sqlmodel import Index, SQLModel, col

from op26x.datamap import identifier, operational, organization, reference
from op26x.storage import UtcDateTime


class ProcessorAcceptance(SQLModel, table=True):
    """That an organization accepted the terms of a processor, as they were then.

    Attributes:
        processor: The company.
        fingerprint: Of what was accepted: ``Processor.fingerprint``.
        version: Of the terms.
        agreement: An agreement of the organization's own, if it names one.
        accepted_by: Who did it, as in the audit log.
        at: From when on it holds: at once, or from a day that was announced.
        ended_at: When it was taken back, or is replaced by another.
    """

    __tablename__ = "processor_acceptance"
    __table_args__ = (Index("ix_processor_acceptance_organization_id", "organization_id", "ended_at"),)

    id: str = identifier()
    organization_id: str = organization(index=False)
    processor: str = operational("a company")
    fingerprint: str = operational("which of its terms, hosts and places")
    version: str = operational("the version of its terms", default="")
    agreement: str = operational("an agreement with it that was named", default="")
    accepted_by: str = operational("who accepted: an identifier, or a word of a list")
    at: datetime = operational("from when on", sa_type=UtcDateTime)
    ended_at: datetime | None = operational("until when", default=None, sa_type=UtcDateTime)


def unended(now: datetime) -> ColumnElement[bool]:
    """Whether an acceptance holds, or is to hold from a later day on."""
    ended = col(ProcessorAcceptance.ended_at)
    return ended.is_(None) | (ended > now)


class Disclosure(SQLModel, table=True):
    """That a company was given personal data in a call.

    Attributes:
        processor: The company.
        role: What it did: ``llm``, ``stt``, ``tts``, ``telephony``, or ``tool NAME``.
        purpose: What for, as its plugin says.
        categories: Which data, with commas between them: ``voice``, ``words``, ``phone numbers``.
        terms: Fingerprint of what was accepted of it: ``Processor.fingerprint``.
        version: Of its terms.
        entities: How many different values of each kind of personal data were found in clear in what it was given:
            ``CARD 1, PERSON 2``; empty if none was found, nothing if none was looked for.
        begun_at: When the call began to be able to give it something.
        day: The day of that, in UTC: ``2026-11-28``.
        whole: Whether the call's end was noted; until then, and if it broke off, it may be more.
        requests: How often it was asked for something.
        bytes_out: Bytes of what it was given.
        bytes_in: Bytes of what came back.
        first_at: When it was given something for the first time.
        last_at: When for the last time.
    """

    __tablename__ = "disclosure"
    __table_args__ = (
        Index("ix_disclosure_call_id", "call_id", "organization_id"),
        Index("ix_disclosure_newest", "organization_id", "begun_at"),
        Index("ix_disclosure_day", "organization_id", "day", "processor"),
        Index("ix_disclosure_processor", "organization_id", "processor", "begun_at"),
    )

    id: str = identifier()
    organization_id: str = organization(index=False)
    call_id: str = reference("call", index=False)
    processor: str = operational("a company")
    role: str = operational("what it does in calls: a word of a list")
    purpose: str = operational("what for")
    categories: str = operational("which data: words of a list")
    terms: str = operational("which of its terms, hosts and places")
    version: str = operational("the version of its terms", default="")
    entities: str | None = operational("how many of each kind of personal data", default=None)
    begun_at: datetime = operational("when it could be given something", sa_type=UtcDateTime)
    day: str = operational("on which day", max_length=10)
    whole: bool = operational("whether all of it is counted", default=False)
    requests: int = operational("how often it was asked", default=0)
    bytes_out: int = operational("how much it was given", default=0, sa_type=BigInteger)
    bytes_in: int = operational("how much came back", default=0, sa_type=BigInteger)
    first_at: datetime | None = operational("when first", default=None, sa_type=UtcDateTime)
    last_at: datetime | None = operational("when last", default=None, sa_type=UtcDateTime)
