"""The disclosure ledger: what each company was given in a call, how much of it, when and what for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from op26x.clock import Clock
from op26x.ids import Ids
from op26x.processors.model import Disclosure
from op26x.processors.register import Registered, Standing
from op26x.storage import Database

VOICE, WORDS, NUMBERS = "voice", "words", "phone numbers"
GIVEN = {"llm": (WORDS,), "stt": (VOICE,), "tts": (WORDS,), "telephony": (VOICE, NUMBERS)}
"""Which personal data a company is given, by what it does in a call."""
TOOL = "tool "
"""How the role of a tool begins: its name follows."""


@dataclass(slots=True)
class Given:
    """What a company was given, as it is counted.

    Attributes:
        requests: How often it was asked for something.
        bytes_out: Bytes of what it was given: of audio as it was handed over, of words in UTF-8.
        bytes_in: Bytes of what came back.
        first_at: When it was given something for the first time, UTC.
        last_at: When for the last time.
        entities: How many different values of each kind of personal data were found in it: ``CARD 1, PERSON 2``;
            ``None`` if none was looked for.
    """

    requests: int = 0
    bytes_out: int = 0
    bytes_in: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    entities: str | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A company that a call may give something.

    Attributes:
        role: What it does: ``llm``, ``stt``, ``tts``, ``telephony``, or ``tool NAME``.
        categories: Which personal data it is given.
        found: The company.
    """

    role: str
    categories: tuple[str, ...]
    found: Registered


def planned(
    found: Iterable[Registered], owners: Mapping[str, str], hearing: Collection[str] = (), *, knowing: bool = False
) -> list[Planned]:
    """The companies that a call may give something: none that is on this machine.

    Args:
        found: How companies stand with the organization.
        owners: The plugin of each role of the call.
        hearing: Roles that are given the caller's voice besides.
        knowing: Whether tools are told the number of the person on the phone.
    """
    several = list(found)
    of_tools = (WORDS, NUMBERS) if knowing else (WORDS,)
    return [
        Planned(role, (*GIVEN.get(role, of_tools), *((VOICE,) if role in hearing else ())), one)
        for role, plugin in owners.items()
        for one in several
        if one.plugin == plugin and one.standing is not Standing.HERE
    ]


@dataclass(frozen=True, slots=True)
class Total:
    """What a company was given on a day.

    Attributes:
        day: The day, in UTC.
        processor: The company.
        calls: In how many calls.
        requests: How often it was asked.
        bytes_out: Bytes of what it was given.
        bytes_in: Bytes of what came back.
    """

    day: str
    processor: str
    calls: int
    requests: int
    bytes_out: int
    bytes_in: int


class DisclosureLedger:
    """The ledger of one organization. It is written before a call gives anything to anybody, and again at its end.

    Args:
        database: Where it is kept.
        organization_id: Whose it is.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(self, database: Database, organization_id: str, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._organization_id = organization_id
        self._ids = ids
        self._clock = clock

    async def begin(self, call_id: str, several: Sequence[Planned]) -> None:
        """Notes whom a call may give something. If that can't be written, nothing may be given."""
        if not several:
            return
        now = self._clock.now()
        rows = [
            Disclosure(
                id=self._ids.new(),
                organization_id=self._organization_id,
                call_id=call_id,
                processor=one.found.processor.name,
                role=one.role,
                purpose=one.found.processor.purpose,
                categories=", ".join(one.categories),
                terms=one.found.processor.fingerprint,
                version=one.found.processor.version,
                begun_at=now,
                day=f"{now:%Y-%m-%d}",
            )
            for one in several
        ]
        await self._database.run(lambda session: session.add_all(rows))

    async def end(self, call_id: str, given: Mapping[str, Given]) -> None:
        """Notes how much it was, by role; whoever was given nothing after all is not in the ledger.

        A role with several companies, as one that reaches another company on its way, counts for each of them.
        """

        def write(session: Session) -> None:
            for row in session.exec(select(Disclosure).where(*self._of([call_id]))).all():
                counted = given.get(row.role, Given())
                if not counted.requests and not counted.bytes_out:
                    session.delete(row)
                    continue
                row.requests, row.bytes_out, row.bytes_in = counted.requests, counted.bytes_out, counted.bytes_in
                row.first_at, row.last_at, row.whole = counted.first_at, counted.last_at, True
                if counted.entities is not None:
                    row.entities = counted.entities
                session.add(row)

        await self._database.run(write)

    async def list(
        self,
        *,
        call_ids: Collection[str] | None = None,
        processor: str = "",
        since: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[Disclosure]:
        """What was given, newest first.

        Args:
            call_ids: In these calls; nothing for all.
            processor: To this company; empty for all.
            since: In calls that began to give something then or later.
            limit: At most so many.
        """
        query = select(Disclosure).where(*self._of(call_ids))
        if processor:
            query = query.where(Disclosure.processor == processor)
        if since is not None:
            query = query.where(col(Disclosure.begun_at) >= since)
        newest = query.order_by(col(Disclosure.begun_at).desc(), col(Disclosure.id)).limit(limit)
        return await self._database.run(lambda session: session.exec(newest).all())

    async def totals(self, since: date) -> Sequence[Total]:
        """What each company was given on each day from that one on, newest first; of calls in progress not yet."""
        table, counted = Disclosure, (Disclosure.requests, Disclosure.bytes_out, Disclosure.bytes_in)
        sums = [func.coalesce(func.sum(column), 0) for column in counted]
        query = (
            sa.select(col(table.day), col(table.processor), func.count(func.distinct(table.call_id)), *sums)
            .where(*self._of(None), col(table.day) >= f"{since:%Y-%m-%d}")
            .group_by(col(table.day), col(table.processor))
            .order_by(col(table.day).desc(), col(table.processor))
        )
        found = await self._database.run(lambda session: session.execute(query).all())
        return [Total(day, processor, *map(int, counts)) for day, processor, *counts in found]

    def _of(self, call_ids: Collection[str] | None) -> Sequence[ColumnElement[bool]]:
        own = [col(Disclosure.organization_id) == self._organization_id]
        return own if call_ids is None else [*own, col(Disclosure.call_id).in_(call_ids)]
