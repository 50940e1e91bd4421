"""An organization's own words for what callers are told, before the plugins' and the core's."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from op26x.audit import Access, AuditEntry, AuditLog
from op26x.clock import Clock
from op26x.consent.model import OwnAnnouncement
from op26x.consent.texts import Notice
from op26x.errors import NotFound, UsageError
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import check_language, primary_language

LONGEST = 600
"""Characters: about 40 seconds."""


class OwnAnnouncements:
    """What one organization says in its own words.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        audit: Each change is an entry.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(self, database: Database, organization_id: str, audit: AuditLog, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._organization_id = organization_id
        self._audit = audit
        self._ids = ids
        self._clock = clock

    async def list(self) -> Sequence[OwnAnnouncement]:
        """All of them, by language and notice."""
        order = col(OwnAnnouncement.language), col(OwnAnnouncement.notice)
        query = select(OwnAnnouncement).where(OwnAnnouncement.organization_id == self._organization_id)
        return await self._database.run(lambda session: session.exec(query.order_by(*order)).all())

    async def of(self, language: str) -> Mapping[Notice, str]:
        """What is said in a language, as in BCP 47; what ``en-IN`` has no words for is said as in ``en``."""
        several = {primary_language(language), language.lower()}
        query = select(OwnAnnouncement).where(
            OwnAnnouncement.organization_id == self._organization_id, col(OwnAnnouncement.language).in_(several)
        )
        found = await self._database.run(lambda session: session.exec(query).all())
        return {Notice(one.notice): one.text for one in sorted(found, key=lambda one: len(one.language))}

    async def set(self, notice: Notice, language: str, text: str, who: str) -> OwnAnnouncement:
        """Has a notice said in the organization's own words, from the next call on.

        Args:
            notice: Which.
            language: Of the agents that say it, as in BCP 47.
            text: In words, at most 600 characters.
            who: For the audit log.

        Raises:
            UsageError: The text has no words or is too long, or the language is none.
        """
        words = " ".join(text.split())
        language = check_language(language).lower()
        if not any(letter.isalpha() for letter in words):
            raise UsageError("The text has no words.", "Callers must be told something: write a sentence.")
        if len(words) > LONGEST:
            raise UsageError(f"The text has {len(words)} characters.", f"At most {LONGEST} are said: shorten it.")

        def write(session: Session) -> OwnAnnouncement:
            found = self._one(session, notice, language) or OwnAnnouncement(
                id=self._ids.new(), organization_id=self._organization_id, notice=notice, language=language
            )
            found.text, found.changed_at = words, self._clock.now()
            session.add_all([found, self._entry("announcement.changed", found, who)])
            session.flush()
            return found

        return await self._database.run(write, alone=True)

    async def remove(self, notice: Notice, language: str, who: str) -> OwnAnnouncement:
        """Has a notice said in the standard words again.

        Raises:
            NotFound: The organization has no words of its own for it.
        """

        language = language.lower()

        def write(session: Session) -> OwnAnnouncement:
            found = self._one(session, notice, language)
            if found is None:
                raise NotFound(f"There are no own words for {notice} in {language}.", "See op26x announcements list.")
            session.delete(found)
            session.add(self._entry("announcement.removed", found, who))
            return found

        return await self._database.run(write, alone=True)

    def _one(self, session: Session, notice: Notice, language: str) -> OwnAnnouncement | None:
        query = select(OwnAnnouncement).where(
            OwnAnnouncement.organization_id == self._organization_id,
            OwnAnnouncement.notice == notice,
            OwnAnnouncement.language == language,
        )
        return session.exec(query).first()

    def _entry(self, what: str, one: OwnAnnouncement, who: str) -> AuditEntry:
        return self._audit.entry(what, one.id, Access(who, f"{one.notice} {one.language}"))
