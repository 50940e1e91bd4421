"""All that an installation knows of people, put together."""

from dataclasses import dataclass
from datetime import timedelta

from op26x.accounts.people.attempts import Attempts
from op26x.accounts.people.links import Links
from op26x.accounts.people.passwords import Passwords
from op26x.accounts.people.providers import Providers
from op26x.accounts.people.second_factor import SecondFactor
from op26x.accounts.people.sign_ins import SignIns
from op26x.accounts.people.signing_in import SigningIn
from op26x.accounts.people.usage import Usage
from op26x.accounts.people.users import Users
from op26x.clock import Clock
from op26x.ids import Ids
from op26x.settings import CoreSettings
from op26x.storage import Database
from op26x.vault import BlindIndex, Keyring, KeyStore

PEOPLE = "people"
"""Stands for an organization where keys and indexes are of no single one."""
PROVIDERS = "providers"
DEVICES = b"op26x device cookies v1"


@dataclass(frozen=True)
class People:
    """Those who may sign in to an installation.

    Attributes:
        users: Who they are, and what they are in organizations.
        links: One-time links.
        second_factor: Their one-time codes.
        sign_ins: Their sessions.
        signing_in: Lets them in.
        usage: What they did in the dashboard.
        providers: Those for whom an OpenID provider vouches.
        clock: The time.
    """

    users: Users
    links: Links
    second_factor: SecondFactor
    sign_ins: SignIns
    signing_in: SigningIn
    usage: Usage
    providers: Providers
    clock: Clock

    @classmethod
    def of(
        cls, database: Database, keys: Keyring, store: KeyStore, core: CoreSettings, ids: Ids, clock: Clock
    ) -> "People":
        """The people of an installation.

        Args:
            database: Where they are kept.
            keys: Has their keys: one of ``PEOPLE``.
            store: Derives the keys of indexes and cookies.
            core: How long sessions last.
            ids: Makes identifiers and tokens.
            clock: The time.
        """
        users = Users(database, keys, BlindIndex(store, PEOPLE), ids, clock)
        links = Links(database, users, ids, clock)
        second_factor = SecondFactor(database, keys, ids, clock)
        idle, longest = timedelta(minutes=core.idle_minutes), timedelta(hours=core.session_hours)
        sign_ins = SignIns(database, ids, clock, idle=idle, longest=longest)
        signing_in = SigningIn(
            users,
            links,
            Passwords(),
            second_factor,
            sign_ins,
            Attempts(clock),
            ids,
            store.derive(DEVICES),
        )
        usage = Usage(database, keys, ids, clock, days=core.usage_days, address_days=core.usage_address_days)
        providers = Providers(database, users, BlindIndex(store, PROVIDERS), core, ids, clock)
        return cls(users, links, second_factor, sign_ins, signing_in, usage, providers, clock)

    async def sweep(self) -> None:
        """Removes sessions, links and usage data whose time is over."""
        await self.sign_ins.forget()
        await self.links.forget()
        await self.usage.sweep()
