"""What tests of people begin with: an installation, somebody in it, a browser at its door."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from op26x.accounts import Actor, Role, actions_of
from op26x.accounts.actor import USER
from op26x.accounts.people import People, SignIn, User, Visitor
from op26x.accounts.people.passwords import HASHER
from op26x.calls import Installation
from op26x.clock import ManualClock
from op26x.types import Secret

PASSWORD = Secret("four green umbrellas sing")
ANOTHER = Secret("seven quiet tractors dream")
WRONG = Secret("nine loud bicycles whisper")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BROWSER = Visitor("192.0.2.7", FIREFOX)


@cache
def hash_of(password: Secret) -> str:
    """The hash of a password; made once, for it takes its time."""
    return HASHER.hash(password.reveal())


@dataclass(frozen=True)
class Town:
    """An installation with people.

    Attributes:
        installation: The installation.
        clock: Its clock.
    """

    installation: Installation
    clock: ManualClock

    @property
    def people(self) -> People:
        """Those who may sign in."""
        return self.installation.people

    @property
    def organization(self) -> str:
        """The first organization."""
        return self.installation.first

    async def person(
        self,
        email: str = "anna@example.com",
        role: Role | None = Role.OWNER,
        *,
        organization: str = "",
        name: str = "Anna Amsel",
        password: Secret | None = PASSWORD,
    ) -> User:
        """Somebody new who belongs to an organization, by default the first."""
        user = await self.people.users.create(email, name, hash_of(password) if password else "")
        if role is not None:
            await self.people.users.join(user.id, organization or self.organization, role)
        return user

    def actor(self, user: User, role: Role = Role.OWNER, organization: str = "") -> Actor:
        """Somebody as they act with a role."""
        return Actor(organization or self.organization, f"{USER}{user.id}", actions_of(role))

    async def session(self, user: User, address: str = "192.0.2.7", agent: str = FIREFOX) -> Secret:
        """A new session of somebody's."""
        return await self.people.sign_ins.begin(user, address, agent, proved=True)

    async def row(self, token: Secret) -> SignIn:
        """The row of a session that goes on."""
        found = await self.people.sign_ins.find(token.reveal())
        assert found is not None
        return found

    async def again(self, user: User) -> User:
        """Somebody as they are stored now."""
        return await self.people.users.get(user.id)

    async def bytes_on_disk(self) -> bytes:
        """All files of the installation, once the databases' logs are empty."""
        await self.installation.database.checkpoint()
        await self.installation.key_database.checkpoint()
        core = self.installation.settings.core
        return b"".join(contents(core.data) + contents(core.keys_path.parent))


def contents(directory: Path) -> list[bytes]:
    """What every file of a directory holds."""
    found = []
    for file in sorted(directory.rglob("*")):
        with suppress(IsADirectoryError):
            found.append(file.read_bytes())
    return found
