"""Usage data: what people did in the dashboard, from where and with which browser. Little of it, and not for long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Update
from sqlmodel import Session, col, delete, select, update

from op26x.accounts.actor import Actor
from op26x.accounts.noting import note
from op26x.accounts.people.model import UsageEvent, User
from op26x.accounts.people.sign_ins import browser_of, network_of
from op26x.clock import Clock
from op26x.errors import VaultError
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import Personal
from op26x.vault import KeyKind, Keyring, open_cell, seal_cell

AGAIN_S = 600.0
"""The same thing done again within ten minutes is no further entry."""
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Used:
    """An entry in clear.

    Attributes:
        at: When, UTC.
        action: What, as in the permission table.
        address: From where.
        browser: With which family of browsers.
    """

    at: datetime
    action: str
    address: Personal
    browser: str


class Usage:
    """The usage data of an installation.

    Args:
        database: Where it is kept.
        keys: Has each person's own key.
        ids: Makes identifiers.
        clock: Tells when.
        days: How long an entry is kept.
        address_days: How long an address is kept whole.
    """

    def __init__(
        self, database: Database, keys: Keyring, ids: Ids, clock: Clock, *, days: int, address_days: int
    ) -> None:
        self._database = database
        self._keys = keys
        self._ids = ids
        self._clock = clock
        self._days = timedelta(days=days)
        self._address_days = timedelta(days=address_days)
        self._noted: dict[tuple[str, str], float] = {}

    async def note(self, actor: Actor, action: str, address: str, agent: str) -> None:
        """Notes what a person did, unless they did the same within ten minutes.

        Args:
            actor: Who.
            action: What.
            address: From where.
            agent: The browser's ``User-Agent``; its family alone is kept.
        """
        now, key = self._clock.monotonic(), (actor.session_id, action)
        if not actor.session_id or now - self._noted.get(key, now - AGAIN_S) < AGAIN_S:
            return
        self._noted.pop(key, None)
        self._noted[key] = now
        while len(self._noted) > MOST:
            del self._noted[next(iter(self._noted))]
        row = UsageEvent(
            id=self._ids.new(),
            user_id=actor.user_id,
            organization_id=actor.organization_id,
            at=self._clock.now(),
            action=action,
            browser=browser_of(agent),
        )
        try:
            row.address = seal_cell(await self._keys.get(KeyKind.USER, row.user_id), row, "address", Personal(address))
        except VaultError:  # without the key there is no address, and what was done goes on
            row.address = None
        await note(self._database, partial(_add, row=row))

    async def of(self, user_id: str, limit: int = 200) -> Sequence[Used]:
        """What is kept of a person, newest first."""
        query = select(UsageEvent).where(UsageEvent.user_id == user_id).order_by(col(UsageEvent.id).desc()).limit(limit)
        rows = await self._database.run(lambda session: session.exec(query).all())
        if not rows:
            return []
        key = await self._keys.get(KeyKind.USER, user_id)
        return [Used(row.at, row.action, open_cell(key, row, "address"), row.browser) for row in rows]

    async def sweep(self) -> int:
        """Removes what is over and shortens addresses that are; returns how many entries were removed."""
        now = self._clock.now()
        await self._shorten(now - self._address_days)
        over = delete(UsageEvent).where(col(UsageEvent.at) <= now - self._days)
        return await self._database.run(lambda session: int(session.exec(over).rowcount), alone=True)

    async def _shorten(self, before: datetime) -> None:
        query = select(UsageEvent).where(col(UsageEvent.at) <= before, col(UsageEvent.shortened).is_(False))
        for row in await self._database.run(lambda session: session.exec(query).all()):
            short = None
            if row.address is not None:
                try:
                    key = await self._keys.get(KeyKind.USER, row.user_id)
                    network = network_of(open_cell(key, row, "address").reveal())
                    short = seal_cell(key, row, "address", Personal(network))
                except VaultError:
                    short = None
            change = update(UsageEvent).where(col(UsageEvent.id) == row.id).values(address=short, shortened=True)
            await self._database.run(partial(_execute, change=change))


def _execute(session: Session, change: Update) -> None:
    session.execute(change)


def _add(session: Session, row: UsageEvent) -> None:
    user = session.get(User, row.user_id)
    if user is not None and user.erased_at is None:
        session.add(row)
