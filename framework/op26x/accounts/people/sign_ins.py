"""Sessions: they begin with a password, a link or an OpenID provider, and end by themselves."""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select, update

from op26x.accounts.actor import USER, Actor
from op26x.accounts.api_keys import digest_of
from op26x.accounts.model import Organization
from op26x.accounts.noting import note
from op26x.accounts.people.model import SignIn, User
from op26x.accounts.people.users import actions_of_member, belongs_to, end_all, lacks_second_factor
from op26x.accounts.permissions import actions_of
from op26x.audit import Note, nothing
from op26x.clock import Clock
from op26x.errors import Forbidden, NotFound
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import Secret

PREFIX = "op26xs_"
OWN = frozenset({"me.read", "me.change"})
"""What somebody may do whose second factor is missing."""
TO_PROVE = timedelta(minutes=5)
"""How long a one-time code may take after the password."""
NOTED_EVERY = timedelta(minutes=1)
BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
"""Families as they name themselves, those first that name others as well."""
FAMILIES = {"Edg": "Edge", "OPR": "Opera"}


class SignIns:
    """The sessions of people.

    Args:
        database: Where they are kept.
        ids: Makes tokens.
        clock: Tells which are over.
        idle: How long one may be quiet.
        longest: How long one may last.
    """

    def __init__(self, database: Database, ids: Ids, clock: Clock, *, idle: timedelta, longest: timedelta) -> None:
        self._database = database
        self._ids = ids
        self._clock = clock
        self._idle = idle
        self._longest = longest

    async def begin(self, user: User, address: str, agent: str, *, proved: bool, note: Note = nothing) -> Secret:
        """Begins a session; its token is new, whatever there was before, and is returned here and nowhere else.

        Args:
            user: Who signs in.
            address: Where from; its network alone is kept.
            agent: The browser's ``User-Agent``; its family alone is kept.
            proved: Whether all was shown; else the one-time code must follow within five minutes.
            note: Makes the entries of audit logs that are written together with it.
        """
        now, token = self._clock.now(), Secret(PREFIX + self._ids.token())
        row = SignIn(
            id=self._ids.new(),
            user_id=user.id,
            digest=digest_of(token.reveal()),
            proved=proved,
            network=network_of(address),
            browser=browser_of(agent),
            created_at=now,
            last_seen_at=now,
            expires_at=now + (self._longest if proved else TO_PROVE),
        )
        await self._database.run(lambda session: session.add_all([row, *note(user.id)]))
        return token

    async def find(self, token: str, *, proved: bool = True) -> SignIn | None:
        """A session that goes on; its use is noted, to the minute."""
        now = self._clock.now()

        def read(session: Session) -> SignIn | None:
            row = session.exec(select(SignIn).where(SignIn.digest == digest_of(token))).first()
            return row if row and row.proved is proved and self._goes_on(session, row, now) else None

        found = await self._database.run(read)
        if found is not None and now - found.last_seen_at >= NOTED_EVERY:
            change = update(SignIn).where(col(SignIn.id) == found.id).values(last_seen_at=now)
            await note(self._database, lambda session: session.execute(change))
            found.last_seen_at = now
        return found

    async def actor(self, token: str, organization: str = "") -> Actor | None:
        """Who acts in a session; ``None`` if it is over.

        Args:
            token: The session's.
            organization: Name or identifier of the organization they act for; the one they chose last, or else the
                first of theirs, if empty.

        Raises:
            NotFound: They belong to no organization of that name.
            Forbidden: They belong to no organization that is open.
        """
        row = await self.find(token)
        if row is None:
            return None

        def read(session: Session) -> Actor | None:
            theirs = belongs_to(session, row.user_id)
            wanted = organization or row.organization_id
            chosen = next((pair for pair in theirs if wanted in (pair[0].id, pair[0].name)), None)
            if chosen is None and organization:
                raise NotFound(f"There is no organization {organization}.", "Choose one of yours.")
            chosen = chosen or (theirs[0] if theirs else None)
            if chosen is None:
                raise Forbidden("You belong to no organization here any more.", "Ask an owner for an invitation.")
            lacks = lacks_second_factor(chosen[0], session.get_one(User, row.user_id))
            actions = actions_of(chosen[1]) & OWN if lacks else actions_of(chosen[1])
            return Actor(chosen[0].id, f"{USER}{row.user_id}", actions, row.id, lacks_second_factor=lacks)

        return await self._database.run(read)

    async def still(self, actor: Actor, action: str) -> bool:
        """Whether an actor's session goes on, and they may do something still."""
        now = self._clock.now()

        def read(session: Session) -> bool:
            row = session.get(SignIn, actor.session_id)
            if row is None or not self._goes_on(session, row, now):
                return False
            organization = session.get_one(Organization, actor.organization_id)
            if action not in OWN and lacks_second_factor(organization, session.get_one(User, row.user_id)):
                return False
            return action in actions_of_member(session, actor.organization_id, row.user_id)

        return await self._database.run(read)

    async def act_for(self, sign_in_id: str, organization_id: str) -> None:
        """From now on a session is for that organization, if none is named."""

        def write(session: Session) -> None:
            row = session.get_one(SignIn, sign_in_id)
            row.organization_id = organization_id
            session.add(row)

        await self._database.run(write, alone=True)

    async def list(self, user_id: str) -> Sequence[SignIn]:
        """A person's sessions that go on, newest first."""
        now = self._clock.now()

        def read(session: Session) -> list[SignIn]:
            query = select(SignIn).where(SignIn.user_id == user_id, col(SignIn.proved).is_(True))
            rows = session.exec(query.order_by(col(SignIn.id).desc())).all()
            return [row for row in rows if self._goes_on(session, row, now)]

        return await self._database.run(read)

    async def stored(self, user_id: str) -> Sequence[SignIn]:
        """All that is stored of a person's sessions, those that are over included, newest first."""
        query = select(SignIn).where(SignIn.user_id == user_id).order_by(col(SignIn.id).desc())
        return await self._database.run(lambda session: session.exec(query).all())

    async def end(self, user_id: str, sign_in_id: str) -> None:
        """Ends one session of a person.

        Raises:
            NotFound: They have none of that identifier.
        """

        def write(session: Session) -> None:
            row = session.get(SignIn, sign_in_id)
            if row is None or row.user_id != user_id:
                raise NotFound(f"There is no session {sign_in_id}.", "See your account's page.")
            row.ended_at = row.ended_at or self._clock.now()
            session.add(row)

        await self._database.run(write, alone=True)

    async def end_others(self, user_id: str, but: str = "", note: Note = nothing) -> None:
        """Ends all sessions of a person, but for one.

        Args:
            user_id: Whose.
            but: The one that goes on.
            note: Makes the entries of audit logs that are written together with it.
        """
        now = self._clock.now()

        def write(session: Session) -> None:
            end_all(session, user_id, now, but=but)
            session.add_all(note(user_id))

        await self._database.run(write, alone=True)

    async def forget(self) -> int:
        """Removes sessions that are over; returns how many."""
        over = delete(SignIn).where(col(SignIn.expires_at) <= self._clock.now())
        return await self._database.run(lambda session: int(session.exec(over).rowcount), alone=True)

    def _goes_on(self, session: Session, row: SignIn, now: datetime) -> bool:
        if row.ended_at is not None or row.expires_at <= now or row.last_seen_at + self._idle <= now:
            return False
        user = session.get(User, row.user_id)
        return user is not None and user.erased_at is None


def network_of(address: str) -> str:
    """An address without what tells one subscriber from the next: an IPv4 /24, an IPv6 /48."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def browser_of(agent: str) -> str:
    """The family of a browser, nothing else of what it says of itself; empty if it is none that is known."""
    found = next((name for name in BROWSERS if f"{name}/" in agent), "")
    return FAMILIES.get(found, found)
