"""Phone lines: which organization a telephone number belongs to, and which agent answers there."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from op26x.accounts.model import LINE_NUMBER, PhoneLine
from op26x.audit import Note, nothing
from op26x.clock import Clock
from op26x.datamap import PersonalColumns
from op26x.errors import NotFound, UsageError
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import PhoneNumber
from op26x.vault import BlindIndex, KeyKind, Keyring

_NUMBER = PersonalColumns(PhoneLine, LINE_NUMBER)


class PhoneLines:
    """The phone lines of one organization.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        index: Finds a number, whoever it belongs to: the installation's, not the organization's.
        keys: The organization's; has the keys that numbers are encrypted with.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(
        self, database: Database, organization_id: str, index: BlindIndex, keys: Keyring, ids: Ids, clock: Clock
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._index = index
        self._keys = keys
        self._ids = ids
        self._clock = clock

    async def list(self) -> Sequence[PhoneLine]:
        """All of them, oldest first."""
        query = select(PhoneLine).where(PhoneLine.organization_id == self._organization_id)
        return await self._database.run(lambda session: session.exec(query.order_by(col(PhoneLine.id))).all())

    async def get(self, line_id: str) -> PhoneLine:
        """One of them, by its identifier or its label.

        Raises:
            NotFound: There is no such line in this organization.
        """
        for line in await self.list():
            if line_id and line_id in (line.id, line.label):
                return line
        raise NotFound(f"There is no phone line {line_id}.", "See op26x phone-lines list.")

    async def find(self, provider: str, number: PhoneNumber) -> PhoneLine | None:
        """The line of a number; ``None`` if it is none of this organization's."""
        index = self._index.of(number)
        query = select(PhoneLine).where(
            PhoneLine.organization_id == self._organization_id,
            PhoneLine.provider == provider,
            PhoneLine.number_index == index,
        )
        return await self._database.run(lambda session: session.exec(query).first())

    async def number(self, line: PhoneLine) -> PhoneNumber:
        """The number of a line in clear."""
        key = await self._keys.get(KeyKind.LINE, line.id)
        return PhoneNumber(_NUMBER.open(line, key).reveal())

    async def add(
        self, provider: str, number: PhoneNumber, *, label: str = "", agent: str = "", note: Note = nothing
    ) -> PhoneLine:
        """Takes a number for this organization.

        Args:
            provider: Name of the telephony plugin.
            number: In E.164 form.
            label: What people call it; no other line of the organization is called so.
            agent: Who answers; empty leaves it to ``op26x_route_call`` and the organization's first agent.
            note: Makes the entries of the audit log that are written together with it.

        Raises:
            UsageError: There is no number, it belongs to an organization already, or the label is in use.
        """
        if not number:
            raise UsageError("A phone line needs a number.", "Write it as +12125550123.")
        line = PhoneLine(
            id=self._ids.new(),
            organization_id=self._organization_id,
            provider=provider,
            label=label,
            agent=agent,
            created_at=self._clock.now(),
        )
        _NUMBER.note(line, number, self._index)
        key = await self._keys.create(KeyKind.LINE, line.id)
        _NUMBER.seal(line, number, key)

        def write(session: Session) -> PhoneLine:
            taken = owner_of(session, provider, line.number_index)
            if taken is not None:
                whose = "this organization" if taken == self._organization_id else "another organization"
                raise UsageError(f"The number {number} belongs to {whose} already.", "Remove it there first.")
            own = select(PhoneLine).where(PhoneLine.organization_id == self._organization_id, PhoneLine.label == label)
            if label and session.exec(own).first() is not None:
                raise UsageError(f"There is a phone line {label!r} already.", "Choose another label.")
            session.add_all([line, *note(line.id)])
            return line

        try:
            return await self._database.of_everybody().run(write, alone=True)  # a number may be another's
        except BaseException:
            await self._keys.destroy(KeyKind.LINE, line.id)
            raise

    async def answer(self, line_id: str, agent: str, note: Note = nothing) -> PhoneLine:
        """Has an agent answer a line; empty leaves it to ``op26x_route_call`` and the organization's first agent.

        Raises:
            NotFound: There is no such line in this organization.
        """
        found = await self.get(line_id)

        def answer(session: Session) -> PhoneLine:
            line = session.get_one(PhoneLine, found.id)
            line.agent = agent
            session.add_all(note(line.id))
            return line

        return await self._database.run(answer)

    async def remove(self, line_id: str, note: Note = nothing) -> PhoneLine:
        """Gives a number up: its key first, then its row.

        Raises:
            NotFound: There is no such line in this organization.
        """
        line = await self.get(line_id)
        await self._keys.destroy(KeyKind.LINE, line.id)

        def write(session: Session) -> None:
            session.delete(line)
            session.add_all(note(line.id))

        await self._database.run(write)
        return line


def owner_of(session: Session, provider: str, number_index: str) -> str | None:
    """The organization that a number belongs to; ``None`` if it is nobody's."""
    line = line_of(session, provider, number_index)
    return None if line is None else line.organization_id


def line_of(session: Session, provider: str, number_index: str) -> PhoneLine | None:
    """The phone line of a number, whoever it belongs to; ``None`` if it is nobody's."""
    query = select(PhoneLine).where(PhoneLine.provider == provider, PhoneLine.number_index == number_index)
    return session.exec(query).first()
