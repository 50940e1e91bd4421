"""Organizations: founding, finding and closing them."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from op26x.accounts.model import Organization
from op26x.audit import Note, nothing
from op26x.clock import Clock
from op26x.errors import NotFound, UsageError
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import check_language

DEFAULT_NAME = "default"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
LONGEST_DAYS = 3650


class Organizations:
    """The organizations of one installation.

    Args:
        database: Where they are kept.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(self, database: Database, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._ids = ids
        self._clock = clock

    def first(self) -> Organization:
        """The oldest one that is open; on first use it is made."""

        def find_or_make(session: Session) -> Organization:
            found = next((one for one in _all(session) if one.closed_at is None), None)
            if found is None:
                found = Organization(id=self._ids.new(), name=DEFAULT_NAME, created_at=self._clock.now())
                session.add(found)
                session.flush()
            return found

        return self._database.at_once(find_or_make, alone=True)

    def named(self, name: str) -> Organization:
        """An organization by its name or identifier; the only one that is open if nothing is named.

        Raises:
            NotFound: There is none of that name.
            UsageError: Nothing was named, and there are several.
        """
        return self._database.at_once(lambda session: self._named(session, name) if name else self._only(session))

    async def list(self) -> Sequence[Organization]:
        """All of them, oldest first, closed ones included."""
        return await self._database.run(_all)

    async def create(self, name: str, *, closing_days: int = 30, note: Note = nothing) -> Organization:
        """Founds one.

        Args:
            name: Lower-case letters, digits, hyphens; at most 63.
            closing_days: Days from its closing until everything of it is erased, as its contract says.
            note: Makes the entries of the audit log that are written together with it.

        Raises:
            UsageError: The name is taken, or is none; or the days are not from 0 to ten years.
        """
        if not NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} is no name for an organization.",
                "Use lower-case letters, digits and hyphens, as in acme-uk.",
            )
        _check_days(closing_days)

        def write(session: Session) -> Organization:
            if session.exec(select(Organization).where(Organization.name == name)).first() is not None:
                raise UsageError(f"There is an organization named {name} already.", "Choose another name.")
            made = Organization(id=self._ids.new(), name=name, created_at=self._clock.now(), closing_days=closing_days)
            session.add(made)
            session.flush()
            session.add_all(note(made.id))
            return made

        return await self._database.run(write, alone=True)

    async def change(
        self,
        organization_id: str,
        *,
        recording: str | None = None,
        language: str | None = None,
        second_factor: bool | None = None,
        closing_days: int | None = None,
        note: Note = nothing,
    ) -> Organization:
        """Changes its settings; what is left out stays as it is.

        Args:
            organization_id: Which.
            recording: ``off``, or empty to leave it to the agents.
            language: Of its agents whose document names none, as in BCP 47.
            second_factor: Whether whoever signs in with a password must have a second factor.
            closing_days: Days from its closing until everything of it is erased.
            note: Makes the entries of the audit log that are written together with it.

        Raises:
            NotFound: There is none.
            UsageError: The language is none, or the days are not from 0 to ten years.
        """
        if closing_days is not None:
            _check_days(closing_days)
        if language is not None:
            check_language(language)

        def write(session: Session) -> Organization:
            found = self._named(session, organization_id)
            found.recording = found.recording if recording is None else recording
            found.language = found.language if language is None else language
            found.second_factor = found.second_factor if second_factor is None else second_factor
            found.closing_days = found.closing_days if closing_days is None else closing_days
            session.add_all([found, *note(found.id)])
            return found

        return await self._database.run(write, alone=True)

    async def close(self, organization_id: str, days: int | None = None, note: Note = nothing) -> Organization:
        """Closes one: from now on it takes no calls and lets nobody in. Everything of it is erased at its deadline.

        Args:
            organization_id: Which.
            days: Until when it is erased; what its contract says if left out.
            note: Makes the entries of the audit log that are written together with it.

        Raises:
            NotFound: There is none.
            UsageError: It was closed before, it is the only one, or the days are not from 0 to ten years.
        """
        if days is not None:
            _check_days(days)
        now = self._clock.now()

        def write(session: Session) -> Organization:
            found = self._named(session, organization_id)
            if found.closed_at is not None:
                raise UsageError(
                    f"The organization {found.name} was closed on {found.closed_at:%Y-%m-%d}.",
                    f"Everything of it is erased on {found.erased_by:%Y-%m-%d}.",
                )
            if not [one for one in _all(session) if one.closed_at is None and one.id != found.id]:
                raise UsageError(
                    f"The organization {found.name} is the only one that is open.",
                    "Create another one first, or remove the data directory and the keys.",
                )
            found.closed_at = now
            found.erased_by = now + timedelta(days=found.closing_days if days is None else days)
            session.add_all([found, *note(found.id)])
            return found

        return await self._database.run(write, alone=True)

    async def due(self, at: datetime) -> Sequence[str]:
        """Closed organizations whose deadline was over at a moment and that are not erased yet."""
        query = select(Organization.id).where(col(Organization.erased_by) <= at, col(Organization.erased_at).is_(None))
        return await self._database.run(lambda session: session.exec(query).all())

    def _named(self, session: Session, name: str) -> Organization:
        found = (
            session.get(Organization, name)
            or session.exec(select(Organization).where(Organization.name == name)).first()
        )
        if found is None:
            raise NotFound(f"There is no organization {name}.", "See op26x organizations list.")
        return found

    def _only(self, session: Session) -> Organization:
        there = [one for one in _all(session) if one.closed_at is None]
        if len(there) != 1:
            raise UsageError(
                f"There are {len(there)} organizations.",
                f"Say which one with --organization: {', '.join(one.name for one in there)}.",
            )
        return there[0]


def _all(session: Session) -> Sequence[Organization]:
    return session.exec(select(Organization).order_by(col(Organization.id))).all()


def _check_days(days: int) -> None:
    if not 0 <= days <= LONGEST_DAYS:
        raise UsageError(f"{days} days until everything is erased are not possible.", f"Give 0 to {LONGEST_DAYS} days.")


def changes(**settings: str | int | None) -> str:
    """What of an organization's settings is changed, as the audit log has it; what is ``None`` is not."""
    words = {True: "on", False: "off"}
    said = {
        name.replace("_", " "): words[value] if isinstance(value, bool) else value
        for name, value in settings.items()
        if value is not None
    }
    return ", ".join(f"{name} {value}" if value != "" else f"{name} as before" for name, value in said.items())


def is_open(session: Session, organization_id: str) -> bool:
    """Whether an organization takes calls."""
    found = session.get(Organization, organization_id)
    return found is not None and found.closed_at is None


def spoken_name(name: str) -> str:
    """An organization's name as it is said: ``acme-uk`` is ``Acme Uk``."""
    return name.replace("-", " ").title()
