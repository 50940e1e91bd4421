"""The table of whose terms an organization has accepted."""

from datetime import datetime

from sqlmodel import Index, SQLModel

from op26x.datamap import identifier, operational, organization
from op26x.storage import UtcDateTime


class ProcessorAcceptance(SQLModel, table=True):
    """That an organization accepted the terms of a processor, as they were then.

    Attributes:
        processor: The company.
        fingerprint: Of what was accepted: ``Processor.fingerprint``.
        version: Of the terms.
        agreement: An agreement of the organization's own, if it names one.
        accepted_by: Who did it, as in the audit log.
        ended_at: When it was taken back, or replaced by another.
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
    at: datetime = operational("when", sa_type=UtcDateTime)
    ended_at: datetime | None = operational("until when", default=None, sa_type=UtcDateTime)
