"""Finding and founding organizations."""

from sqlmodel import Session, select

from op26x.accounts.model import Organization
from op26x.clock import Clock
from op26x.ids import Ids

DEFAULT_NAME = "default"


def default_organization(session: Session, ids: Ids, clock: Clock) -> Organization:
    """The organization of a single-tenant installation, made on first use."""
    found = session.exec(select(Organization).order_by(Organization.id)).first()
    if found is None:
        found = Organization(id=ids.new(), name=DEFAULT_NAME, created_at=clock.now())
        session.add(found)
        session.flush()
    return found
