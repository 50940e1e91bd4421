"""An organization's agents: drafts, published versions, and documents that come from a directory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from op26x.accounts import Organization
from op26x.agents.document import Agent, built_in, in_force, parse_agent
from op26x.agents.model import AgentRecord, AgentVersion
from op26x.audit import Access, AuditLog
from op26x.clock import Clock
from op26x.errors import NotFound
from op26x.ids import Ids
from op26x.settings import CoreSettings
from op26x.storage import Database


@dataclass(frozen=True, slots=True)
class PublishedAgent:
    """An agent that takes calls.

    Attributes:
        agent: As its document describes it, and as the settings let it be.
        number: Of the version; nothing of the built-in agent.
    """

    agent: Agent
    number: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an agent stands.

    Attributes:
        name: Its name.
        published: Number of the version that takes calls; nothing if none does.
        latest: Number of its last version.
        directory: Whether it follows a directory of documents.
    """

    name: str
    published: int | None
    latest: int
    directory: bool


class AgentVersions:
    """The agents of one organization. A version is written once; publishing is all that changes.

    An organization that has none has the built-in rehearsal agent.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        core: The installation's settings, which hold for each of them.
        audit: Each change is an entry.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(
        self,
        database: Database,
        organization_id: str,
        core: CoreSettings,
        audit: AuditLog,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._core = core
        self._audit = audit
        self._ids = ids
        self._clock = clock

    async def list(self) -> Sequence[Standing]:
        """Where each agent stands, by name."""

        def read(session: Session) -> list[Standing]:
            agents = session.exec(self._agents().order_by(col(AgentRecord.name))).all()
            return [Standing(a.name, a.published, self._latest(session, a).number, a.directory) for a in agents]

        return await self._database.run(read)

    async def versions(self, name: str) -> Sequence[AgentVersion]:
        """All versions of an agent, newest first.

        Raises:
            NotFound: There is no such agent.
        """

        def read(session: Session) -> Sequence[AgentVersion]:
            query = select(AgentVersion).where(AgentVersion.agent_id == self._agent(session, name).id)
            return session.exec(query.order_by(col(AgentVersion.number).desc())).all()

        return await self._database.run(read)

    async def version(self, name: str, number: int | None = None) -> AgentVersion:
        """One version of an agent; the last one if no number is given.

        Raises:
            NotFound: There is none.
        """
        return await self._database.run(lambda session: self._version(session, self._agent(session, name), number))

    async def name_of(self, version: AgentVersion) -> str:
        """The name of the agent that a version is of."""
        return await self._database.run(lambda session: session.get_one(AgentRecord, version.agent_id).name)

    async def published(self, language: str = "") -> Sequence[PublishedAgent]:
        """Every agent that takes calls, in the order in which they came.

        Args:
            language: What they would be in if this were the organization's; empty means what it is now.
        """
        return await self._database.run(lambda session: self._published(session, language=language))

    async def language(self) -> str:
        """The organization's language, for agents whose document names none."""
        return await self._database.run(lambda session: session.get_one(Organization, self._organization_id).language)

    async def choose(self, name: str = "") -> PublishedAgent | None:
        """The agent that takes calls under a name; ``None`` if none does.

        Args:
            name: The agent's; empty means the one of the setting ``agent``, or else the first.
        """
        found = await self._database.run(lambda session: self._published(session, name))
        if name:
            return next((one for one in found if one.agent.name == name), None)
        return next((one for one in found if one.agent.name == self._core.agent), found[0] if found else None)

    async def held_with(self, name: str, number: int | None) -> PublishedAgent:
        """The version of an agent that a call was admitted with, published still or not.

        Raises:
            NotFound: There is none.
        """

        def read(session: Session) -> PublishedAgent:
            if number is None:
                return self._in_force(session, built_in(), None)
            return self._read(session, self._version(session, self._agent(session, name), number))

        return await self._database.run(read)

    async def save(self, document: str, who: str, file: str = "agent") -> AgentVersion:
        """Writes a document as a draft; one that says what the last version says is that version.

        Args:
            document: YAML.
            who: For the audit log.
            file: Its name, for messages.

        Raises:
            AgentError: It does not validate.
        """
        agent = parse_agent(document, file)
        return await self._database.run(lambda session: self._save(session, agent, document, who), alone=True)

    async def publish(self, name: str, who: str, number: int | None = None) -> AgentVersion:
        """Has a version take calls from now on. Calls in progress go on with theirs.

        Args:
            name: The agent's.
            who: For the audit log.
            number: Of the version; the last one if left out.

        Raises:
            NotFound: There is none.
        """

        def write(session: Session) -> AgentVersion:
            agent = self._agent(session, name)
            version = self._version(session, agent, number)
            agent.directory = False
            self._publish(session, agent, version, who)
            return version

        return await self._database.run(write, alone=True)

    async def withdraw(self, name: str, who: str) -> None:
        """Has an agent take no calls any more. Its versions stay.

        Raises:
            NotFound: There is no such agent.
        """

        def write(session: Session) -> None:
            self._publish(session, self._agent(session, name), None, who)

        await self._database.run(write, alone=True)

    async def follow(self, documents: Mapping[str, str], who: str) -> None:
        """Publishes the documents of a directory; agents of that directory that are not there any more are withdrawn.

        Args:
            documents: YAML that is known to be valid, by the agent's name.
            who: For the audit log.
        """

        def write(session: Session) -> None:
            for name, document in documents.items():
                version = self._save(session, parse_agent(document, name), document, who)
                agent = self._agent(session, name)
                agent.directory = True
                self._publish(session, agent, version, who)
            for agent in session.exec(self._agents().where(col(AgentRecord.directory).is_(True))).all():
                if agent.name not in documents:
                    self._publish(session, agent, None, who)

        await self._database.run(write, alone=True)

    def _save(self, session: Session, agent: Agent, document: str, who: str) -> AgentVersion:
        now = self._clock.now()
        record = session.exec(self._agents().where(AgentRecord.name == agent.name)).first()
        if record is None:
            record = AgentRecord(
                id=self._ids.new(), organization_id=self._organization_id, name=agent.name, created_at=now
            )
            session.add(record)
            session.flush()
            number = 1
        else:
            latest = self._latest(session, record)
            if latest.document == document:
                return latest
            number = latest.number + 1
        version = self._new(record, number, agent, document, now, who)
        session.add_all([version, self._audit.entry("agent.saved", version.id, Access(who, f"version {number}"))])
        session.flush()
        return version

    def _new(
        self, record: AgentRecord, number: int, agent: Agent, document: str, now: datetime, who: str
    ) -> AgentVersion:
        return AgentVersion(
            id=self._ids.new(),
            organization_id=self._organization_id,
            agent_id=record.id,
            number=number,
            document=document,
            content=msgspec.json.encode(agent).decode(),
            created_at=now,
            created_by=who,
        )

    def _publish(self, session: Session, agent: AgentRecord, version: AgentVersion | None, who: str) -> None:
        number = version.number if version is not None else None
        if agent.published != number:
            what = "agent.published" if version is not None else "agent.withdrawn"
            why = f"version {number}" if version is not None else ""
            session.add(self._audit.entry(what, version.id if version is not None else agent.id, Access(who, why)))
        agent.published = number
        if version is not None and version.published_at is None:
            version.published_at = self._clock.now()
            session.add(version)
        session.add(agent)

    def _published(self, session: Session, name: str = "", language: str = "") -> Sequence[PublishedAgent]:
        """Every agent that takes calls, or the one of that name; the built-in one where there is none at all."""
        query = (
            select(AgentVersion)
            .join(AgentRecord, col(AgentRecord.id) == col(AgentVersion.agent_id))
            .where(
                AgentRecord.organization_id == self._organization_id,
                col(AgentRecord.published) == col(AgentVersion.number),
            )
            .order_by(col(AgentRecord.id))
        )
        if name:
            query = query.where(AgentRecord.name == name)
        found = [self._read(session, version, language) for version in session.exec(query).all()]
        if not found and session.exec(self._agents()).first() is None:
            return [self._in_force(session, built_in(), None, language)]
        return found

    def _read(self, session: Session, version: AgentVersion, language: str = "") -> PublishedAgent:
        return self._in_force(session, msgspec.json.decode(version.content, type=Agent), version.number, language)

    def _in_force(self, session: Session, agent: Agent, number: int | None, language: str = "") -> PublishedAgent:
        own = session.get_one(Organization, self._organization_id)
        said = self._core.recording, own.recording
        held = in_force(agent, llm=self._core.llm, recording=said, language=language or own.language)
        return PublishedAgent(held, number)

    def _agents(self) -> SelectOfScalar[AgentRecord]:
        return select(AgentRecord).where(AgentRecord.organization_id == self._organization_id)

    def _agent(self, session: Session, name: str) -> AgentRecord:
        found = session.exec(self._agents().where(AgentRecord.name == name)).first()
        if found is None:
            there = ", ".join(agent.name for agent in session.exec(self._agents().order_by(col(AgentRecord.name))))
            raise NotFound(
                f"There is no agent {name!r}.", f"The agents are: {there}." if there else "There is none yet."
            )
        return found

    @staticmethod
    def _latest(session: Session, agent: AgentRecord) -> AgentVersion:
        query = select(AgentVersion).where(AgentVersion.agent_id == agent.id)
        return session.exec(query.order_by(col(AgentVersion.number).desc())).first()  # type: ignore[return-value]

    def _version(self, session: Session, agent: AgentRecord, number: int | None) -> AgentVersion:
        if number is None:
            return self._latest(session, agent)
        query = select(AgentVersion).where(AgentVersion.agent_id == agent.id, AgentVersion.number == number)
        found = session.exec(query).first()
        if found is None:
            latest = self._latest(session, agent).number
            raise NotFound(f"Agent {agent.name} has no version {number}.", f"The last one is {latest}.")
        return found
