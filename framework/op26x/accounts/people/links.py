"""One-time links: to become an owner, to accept an invitation, to choose a new password."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, delete, select

from op26x.accounts.actor import USER, Actor
from op26x.accounts.api_keys import HOLDER, digest_of
from op26x.accounts.organizations import is_open
from op26x.accounts.people.makers import may_now
from op26x.accounts.people.model import Membership, OneTimeLink
from op26x.accounts.people.users import Users, must_reach
from op26x.accounts.permissions import Role, actions_of
from op26x.audit import Note, nothing
from op26x.clock import Clock
from op26x.errors import KeyGone, NotFound
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import Secret


class LinkKind(StrEnum):
    """What a link is for."""

    OWNER = "owner"
    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105 - a kind, no password


LIFE = {
    LinkKind.OWNER: timedelta(hours=24),
    LinkKind.INVITATION: timedelta(days=7),
    LinkKind.PASSWORD: timedelta(hours=1),
}
GONE = "This link was used before, was taken back, or its time is over."


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link that was made just now; its token is nowhere else.

    Attributes:
        token: What names it; a secret of 256 bits.
        row: What is stored of it.
    """

    token: Secret
    row: OneTimeLink


class Links:
    """The links of an installation.

    Args:
        database: Where they are kept.
        users: Whose they are.
        ids: Makes tokens.
        clock: Tells which are over.
    """

    def __init__(self, database: Database, users: Users, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._users = users
        self._ids = ids
        self._clock = clock

    async def for_owner(self, organization_id: str, who: str) -> MadeLink:
        """A link that makes whoever uses it an owner. One that was made before ends."""
        await self._end(organization_id, LinkKind.OWNER)
        return await self._made(LinkKind.OWNER, who, organization_id=organization_id, role=Role.OWNER.value)

    async def invite(self, actor: Actor, email: str, role: Role, note: Note = nothing) -> MadeLink:
        """An invitation into the actor's organization, for one address.

        Args:
            actor: Who invites.
            email: Whom.
            role: To be what.
            note: Makes the entry of the audit log that says so, out of the link's identifier.

        Raises:
            UsageError: This is no address.
            Forbidden: The actor may not do all that the role may.
        """
        must_reach(actor, role)
        index = self._users.index_of(email)
        columns = {"organization_id": actor.organization_id, "role": role.value, "email_index": index}
        return await self._made(LinkKind.INVITATION, actor.who, note, **columns)

    async def for_password(self, user_id: str, who: str, note: Note = nothing) -> MadeLink:
        """A link by which a person chooses another password.

        Args:
            user_id: Which person.
            who: Who makes it, for the audit log.
            note: Makes the entry of the audit log that says so, out of the link's identifier.
        """
        return await self._made(LinkKind.PASSWORD, who, note, user_id=user_id)

    async def look(self, token: str) -> OneTimeLink:
        """A link that may be used; looking does not use it up.

        Raises:
            NotFound: There is none.
            KeyGone: It was used before, or its time is over.
        """
        return await self._database.run(lambda session: self._usable(session, token))

    async def use(self, token: str) -> OneTimeLink:
        """Uses a link up; errors as of ``look``. Of several who do so at once, one succeeds."""

        def write(session: Session) -> OneTimeLink:
            found = self._usable(session, token)
            found.ended_at = self._clock.now()
            session.add(found)
            return found

        return await self._database.run(write, alone=True)

    async def open_invitations(self, organization_id: str) -> Sequence[OneTimeLink]:
        """Invitations into an organization that wait to be used, oldest first."""
        now = self._clock.now()
        query = select(OneTimeLink).where(
            OneTimeLink.organization_id == organization_id,
            OneTimeLink.kind == LinkKind.INVITATION.value,
            col(OneTimeLink.ended_at).is_(None),
            col(OneTimeLink.expires_at) > now,
        )
        return await self._database.run(lambda session: session.exec(query.order_by(col(OneTimeLink.id))).all())

    async def take_back(self, actor: Actor, link_id: str, note: Note = nothing) -> None:
        """Ends an invitation into the actor's organization.

        Raises:
            NotFound: There is none.
            Forbidden: The actor may not decide who has the role that it gives.
        """

        def write(session: Session) -> None:
            found = session.get(OneTimeLink, link_id)
            of_theirs = found is not None and found.organization_id == actor.organization_id
            if found is None or not of_theirs or found.kind != LinkKind.INVITATION:
                raise NotFound(f"There is no invitation {link_id}.", "See who was invited.")
            must_reach(actor, Role(found.role))
            found.ended_at = found.ended_at or self._clock.now()
            session.add_all([found, *note(found.id)])

        await self._database.run(write, alone=True)

    async def forget(self) -> None:
        """Removes links that were over a day ago; until then, whoever opens one is told that it was used."""
        before = self._clock.now() - timedelta(days=1)
        over = (col(OneTimeLink.ended_at) <= before) | (col(OneTimeLink.expires_at) <= before)
        await self._database.run(lambda session: session.execute(delete(OneTimeLink).where(over)), alone=True)

    async def _made(self, kind: LinkKind, who: str, note: Note = nothing, **columns: Any) -> MadeLink:
        token, now = Secret(self._ids.token()), self._clock.now()
        row = OneTimeLink(
            id=self._ids.new(),
            kind=kind.value,
            digest=digest_of(token.reveal()),
            made_by=who,
            created_at=now,
            expires_at=now + LIFE[kind],
            **columns,
        )
        await self._database.run(lambda session: session.add_all([row, *note(row.id)]))
        return MadeLink(token, row)

    @staticmethod
    def _owned_since(session: Session, link: OneTimeLink) -> bool:
        """Whether somebody became an owner after a link for one was made."""
        query = select(Membership.id).where(
            Membership.organization_id == link.organization_id,
            Membership.role == Role.OWNER.value,
            col(Membership.created_at) > link.created_at,
        )
        return session.exec(query).first() is not None

    async def _end(self, organization_id: str, kind: LinkKind) -> None:
        query = select(OneTimeLink).where(
            OneTimeLink.organization_id == organization_id,
            OneTimeLink.kind == kind.value,
            col(OneTimeLink.ended_at).is_(None),
        )

        def write(session: Session) -> None:
            for row in session.exec(query).all():
                row.ended_at = self._clock.now()
                session.add(row)

        await self._database.run(write, alone=True)

    def _usable(self, session: Session, token: str) -> OneTimeLink:
        found = session.exec(select(OneTimeLink).where(OneTimeLink.digest == digest_of(token))).first()
        if found is None:
            raise NotFound("There is no such link.", "Ask for another one.")
        if found.ended_at is not None or found.expires_at <= self._clock.now():
            raise KeyGone(GONE, "Ask for another one.")
        if not self._may_still(session, found):
            raise KeyGone(GONE, "Ask for another one.")
        return found

    def _may_still(self, session: Session, link: OneTimeLink) -> bool:
        """Whether whoever made a link could make it now; an owner's is void once there is an owner."""
        now = self._clock.now()
        if link.kind == LinkKind.OWNER:
            return is_open(session, link.organization_id) and not self._owned_since(session, link)
        if link.kind == LinkKind.INVITATION:
            may = may_now(session, link.organization_id, link.made_by, now)
            return is_open(session, link.organization_id) and {"people.change", *actions_of(Role(link.role))} <= may
        theirs = session.exec(select(Membership).where(Membership.user_id == link.user_id)).all()
        if not link.made_by.startswith((USER, HOLDER)):
            return True
        return all(
            actions_of(Role(one.role)) <= may_now(session, one.organization_id, link.made_by, now) for one in theirs
        )
