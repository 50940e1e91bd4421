"""People and what they are in organizations."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, select, update

from op26x import datamap
from op26x.accounts.actor import Actor
from op26x.accounts.model import Organization
from op26x.accounts.people.model import (
    EMAIL,
    NAME_OF_USER,
    Membership,
    OneTimeLink,
    RecoveryCode,
    SignIn,
    UsageEvent,
    User,
)
from op26x.accounts.permissions import Role, actions_of
from op26x.audit import Access, AuditLog, Note, nothing
from op26x.clock import Clock
from op26x.datamap import PersonalColumns
from op26x.errors import Forbidden, NotFound, UsageError
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import Personal
from op26x.vault import BlindIndex, KeyKind, Keyring

_EMAIL, _NAME = PersonalColumns(User, EMAIL), PersonalColumns(User, NAME_OF_USER)

ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
LONGEST_NAME = 100
BELONGS = "You belong to this organization already."


@dataclass(frozen=True, slots=True)
class Person:
    """A person in clear.

    Attributes:
        id: ULID.
        email: Their address.
        name: What they are called; may be empty.
        role: What they are in the organization that was asked for, if one was.
        second_factor: Whether a one-time code is asked of them.
    """

    id: str
    email: Personal
    name: Personal
    role: Role | None
    second_factor: bool


class Users:
    """Those who may sign in, of all organizations.

    Args:
        database: Where they are kept.
        keys: The installation's; has each person's own key.
        index: Finds people by their address.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(self, database: Database, keys: Keyring, index: BlindIndex, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._index = index
        self._ids = ids
        self._clock = clock

    def index_of(self, email: str) -> str:
        """The blind index of an address, however it is written.

        Raises:
            UsageError: It is no address.
        """
        return self._index.of(normalised(email))

    async def find(self, email: str) -> User | None:
        """Whose an address is; ``None`` if it is nobody's, or no address."""
        try:
            index = self.index_of(email)
        except UsageError:
            return None
        return await self._database.run(
            lambda session: session.exec(select(User).where(User.email_index == index)).first()
        )

    async def get(self, user_id: str) -> User:
        """A person by their identifier.

        Raises:
            NotFound: There is none.
        """
        found = await self._database.run(lambda session: session.get(User, user_id))
        if found is None or found.erased_at is not None:
            raise NotFound(f"There is no user {user_id}.", "See op26x users list.")
        return found

    async def email_of(self, user: User) -> Personal:
        """A person's address in clear."""
        return _EMAIL.open(user, await self._keys.get(KeyKind.USER, user.id))

    async def create(self, email: str, name: str, password_hash: str = "") -> User:
        """A new person, who belongs to no organization yet.

        Raises:
            UsageError: The address is none, or taken; or the name is too long.
        """
        address = normalised(email)
        if len(name) > LONGEST_NAME:
            raise UsageError(f"A name has at most {LONGEST_NAME} characters.", "Shorten it.")
        user = User(
            id=self._ids.new(),
            password_hash=password_hash,
            created_at=self._clock.now(),
        )
        _EMAIL.note(user, address, self._index)
        key = await self._keys.create(KeyKind.USER, user.id)
        _EMAIL.seal(user, address, key)
        _NAME.seal(user, Personal(name.strip()), key)

        def write(session: Session) -> User:
            if session.exec(select(User).where(User.email_index == user.email_index)).first() is not None:
                raise UsageError("Somebody has this address already.", "Sign in with it, or use another one.")
            session.add(user)
            return user

        try:
            return await self._database.run(write, alone=True)
        except UsageError:
            await self._keys.destroy(KeyKind.USER, user.id)
            raise

    async def set_password(self, user_id: str, password_hash: str, note: Note = nothing) -> None:
        """Gives a person another password, and ends every session of theirs."""
        now = self._clock.now()

        def write(session: Session) -> None:
            user = session.get_one(User, user_id)
            user.password_hash = password_hash
            session.add_all([user, *note(user_id)])
            end_all(session, user_id, now)

        await self._database.run(write, alone=True)

    async def must_not_belong(self, user_id: str, organization_id: str) -> None:
        """Sees that a person does not belong to an organization yet.

        Raises:
            UsageError: They do.
        """
        if await self._database.run(lambda session: membership(session, organization_id, user_id)) is not None:
            raise UsageError(BELONGS, "Sign in.")

    async def join(self, user_id: str, organization_id: str, role: Role, note: Note = nothing) -> None:
        """Makes a person a member of an organization.

        Args:
            user_id: Who.
            organization_id: Of which.
            role: What they are there.
            note: Makes the entries of the audit log that are written together with it.

        Raises:
            UsageError: They are one already.
        """
        row = Membership(
            id=self._ids.new(),
            organization_id=organization_id,
            user_id=user_id,
            role=role.value,
            created_at=self._clock.now(),
        )

        def write(session: Session) -> None:
            if membership(session, organization_id, user_id) is not None:
                raise UsageError(BELONGS, "Sign in.")
            session.add_all([row, *note(user_id)])

        await self._database.run(write, alone=True)

    async def organizations(self, user_id: str) -> Sequence[tuple[Organization, Role]]:
        """The open organizations that a person belongs to, oldest first, and what they are there."""
        return await self._database.run(lambda session: belongs_to(session, user_id))

    async def members(self, organization_id: str) -> Sequence[Person]:
        """Who belongs to an organization, in the order in which they came."""

        def read(session: Session) -> list[tuple[User, str]]:
            query = (
                select(User, Membership.role)
                .join(Membership, col(Membership.user_id) == col(User.id))
                .where(Membership.organization_id == organization_id)
                .order_by(col(Membership.id))
            )
            return list(session.exec(query).all())

        return [await self.person(user, Role(role)) for user, role in await self._database.run(read)]

    async def change_role(self, actor: Actor, user_id: str, role: Role, note: Note = nothing) -> None:
        """Makes a member of the actor's organization something else; it holds from their next click on.

        Args:
            actor: Who decides.
            user_id: About whom.
            role: What they are from now on.
            note: Makes the entries of the audit log that are written together with it.

        Raises:
            NotFound: There is no such member.
            Forbidden: The actor may not do what they are, or are to be.
            UsageError: The organization would be left without an owner.
        """

        def write(session: Session) -> None:
            row = self._member(session, actor.organization_id, user_id)
            must_reach(actor, Role(row.role))
            must_reach(actor, role)
            if role is not Role.OWNER:
                keep_an_owner(session, row)
            row.role = role.value
            session.add_all([row, *note(user_id)])

        await self._database.run(write, alone=True)

    async def leave(self, actor: Actor, user_id: str, note: Note = nothing) -> None:
        """Ends a membership in the actor's organization, of somebody else or of the actor.

        Args:
            actor: Who decides.
            user_id: About whom.
            note: Makes the entries of the audit log that are written together with it.

        Raises:
            NotFound: There is no such member.
            Forbidden: The actor may not do what they are.
            UsageError: The organization would be left without an owner.
        """

        def write(session: Session) -> None:
            row = self._member(session, actor.organization_id, user_id)
            must_reach(actor, Role(row.role))
            keep_an_owner(session, row)
            session.delete(row)
            session.add_all(note(user_id))

        await self._database.run(write, alone=True)

    async def erase(self, user_id: str, who: str) -> None:
        """Erases a person's key, then address, name and password; the row stays, so that acts are somebody's.

        Each organization that they belonged to has it on record. It may be repeated until it is done.

        Args:
            user_id: Which person.
            who: Has it done, for the audit log.

        Raises:
            NotFound: There is no such person.
            UsageError: An organization would be left without an owner.
        """
        now = self._clock.now()
        await self.get(user_id)

        def leave(session: Session) -> None:
            for row in session.exec(select(Membership).where(Membership.user_id == user_id)).all():
                keep_an_owner(session, row)
                session.delete(row)
                session.add(self.audit(row.organization_id).entry("account.erased", user_id, Access(who, "")))

        await self._database.run(leave, alone=True)
        await self.destroy_key(user_id)
        await self._database.run(lambda session: clear(session, user_id, now), alone=True)

    def audit(self, organization_id: str) -> AuditLog:
        """The audit log of an organization."""
        return AuditLog(self._database, organization_id, self._ids, self._clock)

    async def noting(self, user_id: str, what: str, access: Access) -> Note:
        """Has the logs of all organizations that a person belongs to say what they did, or what is done for them."""
        theirs = [self.audit(organization.id) for organization, _ in await self.organizations(user_id)]
        return lambda record_id: [log.entry(what, record_id, access) for log in theirs]

    async def destroy_key(self, user_id: str) -> None:
        """Destroys a person's key; what it protected can't be read any more."""
        await self._keys.destroy(KeyKind.USER, user_id)

    async def must_govern(self, actor: Actor, user_id: str) -> None:
        """Sees that an actor may decide about a person's account, not only about what they are in an organization.

        Raises:
            NotFound: There is no such member in the actor's organization.
            Forbidden: The person may do more than the actor, or belongs to another organization as well.
        """

        def read(session: Session) -> tuple[str, int]:
            row = self._member(session, actor.organization_id, user_id)
            theirs = session.exec(select(Membership.id).where(Membership.user_id == user_id)).all()
            return row.role, len(theirs)

        role, memberships = await self._database.run(read)
        must_reach(actor, Role(role))
        if memberships > 1:
            raise Forbidden(
                "This person belongs to another organization as well.",
                "Their account is theirs: the operator can help them, with op26x users reset.",
            )

    async def has_owner(self, organization_id: str) -> bool:
        """Whether anybody owns an organization."""
        return bool(await self._database.run(lambda session: _owners(session, organization_id)))

    async def person(self, user: User, role: Role | None = None) -> Person:
        """A person in clear.

        Args:
            user: Who.
            role: What they are in the organization that is asked about.
        """
        key = await self._keys.get(KeyKind.USER, user.id)
        return Person(user.id, _EMAIL.open(user, key), _NAME.open(user, key), role, user.totp_since is not None)

    @staticmethod
    def _member(session: Session, organization_id: str, user_id: str) -> Membership:
        found = membership(session, organization_id, user_id)
        if found is None:
            raise NotFound(f"There is no user {user_id}.", "See op26x users list.")
        return found


def normalised(email: str) -> Personal:
    """An address as it is compared: without spaces around it, in lower case.

    Raises:
        UsageError: It is no address.
    """
    text = email.strip().lower()
    if not ADDRESS.fullmatch(text) or len(text) > 254:
        raise UsageError("This is not an e-mail address.", "Write it as name@example.com.")
    return Personal(text)


def must_reach(actor: Actor, role: Role) -> None:
    """Sees that an actor may do all that a role may.

    Raises:
        Forbidden: They may not: nobody makes, changes or removes somebody who is more than they are.
    """
    if role is Role.OWNER:
        actor.must("people.owners")
    if not actions_of(role) <= actor.actions:
        raise Forbidden(f"You may not decide who is {role.value}: they may do more than you.", "Ask an owner.")


def end_all(session: Session, user_id: str, now: datetime, *, but: str = "") -> None:
    """Ends every session of a person, but for one."""
    for row in session.exec(select(SignIn).where(SignIn.user_id == user_id, col(SignIn.ended_at).is_(None))).all():
        if row.id != but:
            row.ended_at = now
            session.add(row)


def clear(session: Session, user_id: str, now: datetime) -> None:
    """Clears what is personal of a person, and ends what they could sign in with."""
    user = session.get_one(User, user_id)
    theirs = (col(OneTimeLink.email_index) == user.email_index) & (col(OneTimeLink.email_index) != "")
    session.execute(update(OneTimeLink).where(theirs).values(email_index="", ended_at=now))
    session.execute(update(OneTimeLink).where(col(OneTimeLink.user_id) == user_id).values(ended_at=now))
    datamap.clear(user)
    user.totp_since, user.issuer, user.erased_at = None, "", now
    session.add(user)
    for table in (SignIn, RecoveryCode, UsageEvent):
        session.execute(delete(table).where(col(table.user_id) == user_id))


def actions_of_member(session: Session, organization_id: str, user_id: str) -> frozenset[str]:
    """What a person may do in an organization; nothing if they do not belong to it, or it is closed."""
    row = membership(session, organization_id, user_id)
    organization = session.get(Organization, organization_id)
    if row is None or organization is None or organization.closed_at is not None:
        return frozenset()
    return actions_of(Role(row.role))


def lacks_second_factor(organization: Organization, user: User) -> bool:
    """Whether an organization asks for a second factor that somebody has not; what a provider asks is its affair."""
    return organization.second_factor and user.totp_since is None and not user.issuer


def belongs_to(session: Session, user_id: str) -> list[tuple[Organization, Role]]:
    """The open organizations that a person belongs to, oldest first, and what they are there."""
    query = (
        select(Organization, Membership.role)
        .join(Membership, col(Membership.organization_id) == col(Organization.id))
        .where(Membership.user_id == user_id, col(Organization.closed_at).is_(None))
        .order_by(col(Organization.id))
    )
    return [(organization, Role(role)) for organization, role in session.exec(query).all()]


def membership(session: Session, organization_id: str, user_id: str) -> Membership | None:
    """What a person is in an organization; ``None`` if they do not belong to it."""
    query = select(Membership).where(Membership.organization_id == organization_id, Membership.user_id == user_id)
    return session.exec(query).first()


def _owners(session: Session, organization_id: str) -> Sequence[str]:
    query = select(Membership.user_id).where(
        Membership.organization_id == organization_id, Membership.role == Role.OWNER.value
    )
    return session.exec(query).all()


def keep_an_owner(session: Session, row: Membership) -> None:
    """Sees that an organization has another owner, before one of them leaves or becomes something else.

    Raises:
        UsageError: It has not.
    """
    if row.role == Role.OWNER and len(_owners(session, row.organization_id)) == 1:
        raise UsageError(
            "The organization's last owner can't leave or become something else.", "Make somebody else an owner first."
        )
