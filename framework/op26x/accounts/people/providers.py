"""People for whom an OpenID provider vouches: found or made, with the role that its claims give them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from op26x import logs
from op26x.accounts.model import Organization
from op26x.accounts.people.model import Membership, User
from op26x.accounts.people.users import Users, end_all, keep_an_owner, membership
from op26x.accounts.permissions import Role
from op26x.audit import Access
from op26x.clock import Clock
from op26x.errors import SettingsError, SignInRefused, UsageError
from op26x.exposure import is_loopback
from op26x.ids import Ids
from op26x.settings import CoreSettings
from op26x.storage import Database
from op26x.types import Personal
from op26x.vault import BlindIndex

log = logs.get("accounts")

NO_ROLE = "The provider vouches for you, and you have no role here."


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider says of somebody.

    Attributes:
        issuer: Who says so.
        subject: What the provider calls them; it never changes.
        email: Their address, if the provider has verified it.
        name: What they are called.
        role: What they are by the provider's claims; ``None`` if these give them none.
        decides: Whether the claims decide about roles at all.
    """

    issuer: str
    subject: Personal
    email: Personal
    name: Personal
    role: Role | None
    decides: bool

    @classmethod
    def of(cls, claims: dict[str, Any], core: CoreSettings) -> "Claims":
        """Out of an ID token's claims, as the settings read them."""
        verified = claims.get("email_verified") in (True, "true")
        roles = roles_of(core.oidc_roles)
        given = claims.get(core.oidc_roles_claim)
        several = given if isinstance(given, list) else [given]
        words = [word for word in several if isinstance(word, str)]
        theirs = [roles[word] for word in words if word in roles]
        return cls(
            str(claims["iss"]),
            Personal(str(claims["sub"])),
            Personal(str(claims.get("email", "")) if verified else ""),
            Personal(str(claims.get("name", ""))[:100]),
            min(theirs, key=list(Role).index) if theirs else None,
            decides=bool(roles),
        )


def roles_of(setting: str) -> dict[str, Role]:
    """The setting ``oidc_roles`` as a table: ``staff=viewer, admins=admin``.

    Raises:
        SettingsError: It is none.
    """
    table = {}
    for pair in filter(None, map(str.strip, setting.split(","))):
        word, _, role = pair.partition("=")
        try:
            table[word.strip()] = Role(role.strip())
        except ValueError:
            raise SettingsError(
                f"{pair!r} in oidc_roles names no role.", f"Write WORD=ROLE; the roles are: {', '.join(Role)}."
            ) from None
    return table


def check_provider(core: CoreSettings) -> None:
    """Sees that the provider of the settings can be trusted and asked; nothing if there is none.

    Raises:
        SettingsError: It is not encrypted, or something that belongs to it is missing.
    """
    parts = urlsplit(core.oidc_issuer)
    if not core.oidc_issuer:
        return
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise SettingsError("oidc_issuer is not encrypted.", "Write it as https://login.example.com.")
    if not core.oidc_client_id:
        raise SettingsError("oidc_issuer is set, and oidc_client_id is not.", "Register this service there first.")
    roles_of(core.oidc_roles)


class Providers:
    """Finds and makes those for whom a provider vouches.

    Args:
        database: Where they are kept.
        users: Makes people.
        index: Finds people by what a provider calls them.
        core: Name the organization that the provider's claims are about.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(
        self, database: Database, users: Users, index: BlindIndex, core: CoreSettings, ids: Ids, clock: Clock
    ) -> None:
        self._database = database
        self._users = users
        self._index = index
        self._core = core
        self._ids = ids
        self._clock = clock

    async def known(self, claims: Claims) -> User:
        """The person of some claims, with the role that these give them from now on.

        Somebody is known by what the provider calls them; the first time, by their verified address.

        Raises:
            SignInRefused: They have no role here.
        """
        subject = self._index.of(Personal(f"{claims.issuer} {claims.subject.reveal()}"))
        user = await self._database.run(
            lambda session: session.exec(select(User).where(User.subject_index == subject)).first()
        )
        if user is None:
            user = await self._first_time(claims, subject)
        if claims.decides:
            await self._database.run(lambda session: self._decide(session, user.id, claims.role), alone=True)
        if not await self._users.organizations(user.id):
            raise SignInRefused(NO_ROLE, "Ask an owner of your organization.")
        return user

    async def _first_time(self, claims: Claims, subject: str) -> User:
        if not claims.email:
            raise SignInRefused("The provider does not say that it has verified your address.", "Ask an owner.")
        user = await self._users.find(claims.email.reveal())
        if user is None:
            if claims.role is None:
                raise SignInRefused(NO_ROLE, "Ask an owner of your organization.")
            user = await self._users.create(claims.email.reveal(), claims.name.reveal())
        if user.subject_index:
            raise SignInRefused("Somebody else signs in here with your address.", "Ask the operator.")
        await self._database.run(lambda session: self._link(session, user.id, claims.issuer, subject), alone=True)
        return await self._users.get(user.id)

    def _link(self, session: Session, user_id: str, issuer: str, subject: str) -> None:
        """From now on the provider vouches for somebody, and nothing else lets them in: whoever chose the password of
        the account before need not have been the person whose address it is."""
        user = session.get_one(User, user_id)
        user.issuer, user.subject_index, user.password_hash = issuer, subject, ""
        user.totp_secret = user.totp_pending = user.totp_since = None
        session.add(user)
        end_all(session, user_id, self._clock.now())

    def _decide(self, session: Session, user_id: str, role: Role | None) -> None:
        """What somebody is in the organization that the claims are about; the last owner stays one."""
        organization = self._organization(session)
        row = membership(session, organization.id, user_id)
        try:
            if row is not None and role is not Role.OWNER:
                keep_an_owner(session, row)
        except UsageError:
            log.warning("the last owner stays one, whatever the provider says", user=user_id)
            return
        if role is None:
            if row is not None:
                session.delete(row)
                self._note(session, organization.id, "member.removed", user_id)
            return
        if row is None or row.role != role:
            self._note(session, organization.id, "member.changed" if row else "member.added", user_id, role)
        if row is None:
            row = Membership(
                id=self._ids.new(),
                organization_id=organization.id,
                user_id=user_id,
                role=role.value,
                created_at=self._clock.now(),
            )
        row.role = role.value
        session.add(row)

    def _note(self, session: Session, organization_id: str, what: str, user_id: str, role: Role | None = None) -> None:
        audit = self._users.audit(organization_id)
        session.add(audit.entry(what, user_id, Access("oidc-provider", role.value if role else "")))

    def _organization(self, session: Session) -> Organization:
        query = select(Organization).order_by(col(Organization.id))
        if self._core.oidc_organization:
            query = query.where(Organization.name == self._core.oidc_organization)
        found = session.exec(query).first()
        if found is None or found.closed_at is not None:
            raise SignInRefused(NO_ROLE, "Ask the operator to look at the setting oidc_organization.")
        return found
