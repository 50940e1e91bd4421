"""The time by which things are erased: the watch over the clock, kept in the database that all processes share.

Each sweep reads the clock, and so does a running service once a minute: what one process saw, the others know, also
after a restart. An operator's word that the clock is right is written to the same place.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, SQLModel, col, delete, func, select

from op26x import logs
from op26x.audit import Access, AuditLog
from op26x.clock import FlooredClock
from op26x.datamap import identifier, operational
from op26x.retention.clock_watch import SLACK, ClockWatch, Doubt
from op26x.storage import Database, UtcDateTime

log = logs.get("clock")

MOST_BOOTS = 16
"""How many runs of machines are remembered: what a machine needs is the newest, its own last one."""


class ClockReading(SQLModel, table=True):
    """An ``op26x.retention.ClockWatch`` as of its last reading: one for each run of a machine.

    Attributes:
        boot: Identifies the run, as ``op26x.clock.Clock.boot`` does.
    """

    __tablename__ = "clock_watch"

    boot: str = identifier("a run of the machine", max_length=64)
    wall: datetime = operational("what the clock said", sa_type=UtcDateTime)
    uptime_s: float = operational("how long the machine had run")
    trusted: datetime = operational("what time it was", sa_type=UtcDateTime)
    doubted_wall: datetime | None = operational("what the clock said in doubt", default=None, sa_type=UtcDateTime)
    doubted_uptime_s: float | None = operational("since when it is doubted", default=None)

    @property
    def watch(self) -> ClockWatch:
        """As the state that it is."""
        doubted = self.doubted_wall is not None and self.doubted_uptime_s is not None
        doubt = Doubt(self.doubted_wall, self.doubted_uptime_s) if doubted else None  # type: ignore[arg-type]
        return ClockWatch(self.wall, self.uptime_s, self.trusted, doubt)

    @classmethod
    def of(cls, boot: str, watch: ClockWatch) -> "ClockReading":
        """To be stored."""
        doubt = watch.doubt
        return cls(
            boot=boot,
            wall=watch.wall,
            uptime_s=watch.uptime_s,
            trusted=watch.trusted,
            doubted_wall=doubt.wall if doubt else None,
            doubted_uptime_s=doubt.uptime_s if doubt else None,
        )


class TrustedTime:
    """Tells by when things may be erased, and what is wrong with the clock.

    Args:
        database: Where the watch is kept.
        clock: Is read; it is told the trusted time, so that what is over stays over when it is set back.
        audit: An operator's word is an entry of the oldest organization's.
    """

    def __init__(self, database: Database, clock: FlooredClock, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._watch: ClockWatch | None = None

    def begin(self) -> None:
        """Learns from the database how late it was; writes nothing."""
        self._clock.hold(self._database.at_once(self._next).trusted)

    async def erasable(self, *, note: bool = True) -> datetime:
        """Reads the clock: what was over by the time that this returns may be erased.

        Args:
            note: Write the reading down, and tell the operator of a jump.
        """

        def read(session: Session) -> ClockWatch:
            watch = self._next(session)
            if note:
                self._keep(session, watch)
            return watch

        watch = await self._database.run(read, alone=note)
        if note:
            self._tell(watch)
        self._watch = watch
        return watch.erasable

    async def confirm(self, who: str) -> timedelta:
        """Believes the clock as it is now, with an entry in the audit log; returns how far it was ahead.

        A service that runs beside this process believes it from its next reading on.

        Args:
            who: Says that it is right.
        """

        def write(session: Session) -> tuple[ClockWatch, timedelta]:
            watch = self._next(session)
            self._keep(session, watch.confirmed())
            for row in session.exec(select(ClockReading).where(col(ClockReading.doubted_wall).is_not(None))).all():
                session.merge(ClockReading.of(row.boot, row.watch.confirmed()))
            if watch.doubt is not None:
                access = Access(who, f"ahead by {watch.ahead.total_seconds():.0f} s")
                session.add(self._audit.entry("clock.trusted", self._audit.organization_id, access))
            return watch.confirmed(), watch.ahead if watch.doubt is not None else timedelta(0)

        watch, ahead = await self._database.run(write, alone=True)
        self._tell(watch)
        self._watch = watch
        return ahead

    def problems(self) -> list[str]:
        """What is wrong with the clock, and what to do about it, as of the last reading."""
        watch = self._watch
        if watch is None or watch.doubt is None:
            return []
        how_far = timedelta(seconds=abs(round(watch.ahead.total_seconds())))
        until = f"{watch.wall + watch.settles_in:%Y-%m-%d %H:%M} by this clock"
        if watch.ahead > timedelta(0):
            return [
                f"The clock is {how_far} ahead of the time reckoned here: it was set, or nothing ran here for so long. "
                f"What that made overdue is kept until {until}. If the clock is right, run op26x retention sweep "
                "--trust-clock; if not, set it."
            ]
        return [
            f"The clock is {how_far} behind the time reckoned here: it was set back. What was kept until then can't be "
            f"read, and is not erased until {until}. If the clock is right, run op26x retention sweep --trust-clock; "
            "if not, set it."
        ]

    def _next(self, session: Session) -> ClockWatch:
        row = session.get(ClockReading, self._clock.boot())
        wall, uptime = self._clock.now(), self._clock.uptime()
        if row is not None:
            return row.watch.read(wall, uptime)
        newest = session.exec(select(func.max(ClockReading.trusted))).one()
        return ClockWatch.begin(wall, uptime, newest)

    def _keep(self, session: Session, watch: ClockWatch) -> None:
        boot = self._clock.boot()
        session.merge(ClockReading.of(boot, watch))
        session.flush()
        others = col(ClockReading.boot) != boot
        if watch.doubt is None:  # what an earlier run took for later was an error
            session.execute(delete(ClockReading).where(others, col(ClockReading.trusted) > watch.trusted + SLACK))
        newest = select(ClockReading.boot).order_by(col(ClockReading.trusted).desc()).limit(MOST_BOOTS)
        session.execute(delete(ClockReading).where(others, col(ClockReading.boot).not_in(newest)))

    def _tell(self, watch: ClockWatch) -> None:
        self._clock.hold(watch.trusted)
        doubted = self._watch.doubt if self._watch is not None else None
        if watch.doubt is not None and watch.doubt != doubted:
            log.error("the clock jumped", ahead_s=round(watch.ahead.total_seconds()))
        elif watch.doubt is None and doubted is not None:
            log.warning("the clock is believed again", at=watch.wall.isoformat(timespec="seconds"))
