"""A workspace: what a process needs to work on one data directory, opened from settings."""

from dataclasses import dataclass

from op26x.accounts import ApiKeys, default_organization
from op26x.calls.log import CallLog
from op26x.clock import Clock, SystemClock
from op26x.ids import Ids
from op26x.settings import Settings
from op26x.storage import Database
from op26x.vault import BlindIndex, read_or_create


@dataclass(frozen=True)
class Workspace:
    """The records of one organization on one data directory.

    Attributes:
        settings: All settings.
        database: The open database.
        organization_id: ULID.
        calls: The organization's calls.
        api_keys: Its API keys.
        ids: Makes identifiers.
        clock: The time.
    """

    settings: Settings
    database: Database
    organization_id: str
    calls: CallLog
    api_keys: ApiKeys
    ids: Ids
    clock: Clock

    @classmethod
    def open(cls, settings: Settings, clock: Clock | None = None, ids: Ids | None = None) -> "Workspace":
        """Opens the data directory, which is made if need be.

        Raises:
            KeyFileError: The root key can't be used.
        """
        clock = clock or SystemClock()
        ids = ids or Ids(clock)
        root_key = read_or_create(settings.core.key_path)
        database = Database.open(settings.core.data)
        with database.session(alone=True) as session:
            organization_id = default_organization(session, ids, clock).id
        index = BlindIndex(root_key, organization_id)
        return cls(
            settings=settings,
            database=database,
            organization_id=organization_id,
            calls=CallLog(database, organization_id, index, ids, clock),
            api_keys=ApiKeys(database, organization_id, ids, clock),
            ids=ids,
            clock=clock,
        )

    def close(self) -> None:
        """Closes the database."""
        self.database.close()
