"""What keys and links may do: never more than whoever made them may do now."""

from datetime import datetime

from sqlmodel import Session

from op26x.accounts.actor import USER
from op26x.accounts.api_keys import HOLDER
from op26x.accounts.model import ApiKey, Organization
from op26x.accounts.people.users import actions_of_member
from op26x.accounts.permissions import permissions


def may_do(session: Session, key: ApiKey, now: datetime) -> frozenset[str]:
    """What a key may do: what it was made for, and of that no more than its maker may do now."""
    return key.granted & may_now(session, key.organization_id, key.made_by, now)


def may_now(session: Session, organization_id: str, who: str, now: datetime) -> frozenset[str]:
    """What a maker of keys and links may do now, as the audit log names them.

    A key may do no more than whoever made it, and so on up to a person or the operator.
    """
    if who.startswith(USER):
        return actions_of_member(session, organization_id, who.removeprefix(USER))
    if who.startswith(HOLDER):
        key = session.get(ApiKey, who.removeprefix(HOLDER))
        return may_do(session, key, now) if key is not None and stands(session, key, now) else frozenset()
    return frozenset(permissions())


def stands(session: Session, key: ApiKey, now: datetime) -> bool:
    """Whether a key lets anybody in: it has not ended, and its organization is open."""
    organization = session.get(Organization, key.organization_id)
    return key.stands(now) and organization is not None and organization.closed_at is None
