"""Signing in: by password and one-time code, by a one-time link, by an OpenID provider. Pages only show what this says.

What is refused is refused in the same words and takes as long, whether the address, the password or both are wrong.
"""

import hashlib
import hmac
from dataclasses import dataclass

from op26x import logs
from op26x.accounts.actor import USER
from op26x.accounts.people.attempts import Attempts
from op26x.accounts.people.links import LinkKind, Links
from op26x.accounts.people.model import OneTimeLink, User
from op26x.accounts.people.passwords import Passwords, check_strength
from op26x.accounts.people.second_factor import SecondFactor
from op26x.accounts.people.sign_ins import SignIns, network_of
from op26x.accounts.people.users import Users, normalised
from op26x.accounts.permissions import Role
from op26x.audit import Access, Note
from op26x.errors import KeyGone, SignInRefused, UsageError
from op26x.exposure import address_class
from op26x.ids import Ids, same_secret
from op26x.types import Secret

log = logs.get("accounts")

WRONG = "Address or password is not right."
WRONG_CODE = "This code is not right."
ANEW = "Sign in anew."


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser at the door.

    Attributes:
        address: Where it is.
        agent: Its ``User-Agent``.
        device: The value of its device cookie; empty if it shows none.
    """

    address: str
    agent: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has begun.

    Attributes:
        token: The session's.
        needs_code: Whether the one-time code must follow before it is good for anything.
        device: What the browser shows from now on, so that nobody's guesses elsewhere slow it down; empty before it
            has signed in.
    """

    token: Secret
    needs_code: bool
    device: str = ""


class SigningIn:
    """Lets people in.

    Args:
        users: Who they are.
        links: One-time links.
        passwords: Verifies passwords.
        second_factor: Verifies one-time codes.
        sign_ins: Sessions.
        attempts: Slows down who guesses.
        ids: Makes random values.
        device_key: Signs device cookies; 32 bytes.
    """

    def __init__(
        self,
        users: Users,
        links: Links,
        passwords: Passwords,
        second_factor: SecondFactor,
        sign_ins: SignIns,
        attempts: Attempts,
        ids: Ids,
        device_key: bytes,
    ) -> None:
        self._users = users
        self._links = links
        self._passwords = passwords
        self._second_factor = second_factor
        self._sign_ins = sign_ins
        self._attempts = attempts
        self._ids = ids
        self._device_key = device_key

    async def with_password(self, email: str, password: Secret, visitor: Visitor) -> SignedIn:
        """Signs in with address and password.

        Raises:
            SignInRefused: They are not right, or there were too many attempts.
        """
        user = await self._verified(email, password, visitor)
        return await self._begin(user, visitor)

    async def with_code(self, half: str, code: str, visitor: Visitor) -> SignedIn:
        """Goes on with the authenticator's code, or a recovery code.

        Args:
            half: Token of the session that waits for it.
            code: As it was typed.
            visitor: The browser.

        Raises:
            SignInRefused: It is not right, it comes too late, or there were too many attempts.
        """
        waiting = await self._sign_ins.find(half, proved=False)
        if waiting is None:
            raise SignInRefused("The code came too late.", ANEW)
        user = await self._users.get(waiting.user_id)
        account, network = f"code {user.id}", network_of(visitor.address)
        self._begin_attempt(account, network, "")
        if not await self._second_factor.passes(user, code):
            raise SignInRefused(WRONG_CODE, "Type the one that your authenticator shows now.")
        self._attempts.succeeded(account, network)
        await self._sign_ins.end(user.id, waiting.id)
        return await self._prove(user, visitor)

    async def with_link(self, token: str, email: str, name: str, password: Secret, visitor: Visitor) -> SignedIn:
        """Follows a link that makes an owner, or an invitation, with an account that there is or a new one.

        Args:
            token: The link's.
            email: Address of the account; of an invitation, the one that was invited.
            name: What a new person is called.
            password: The account's, or that of a new one.
            visitor: The browser.

        Raises:
            NotFound: There is no such link.
            KeyGone: It was used before, or its time is over.
            SignInRefused: The account's password is not right, or there were too many attempts.
            UsageError: The address or a new password won't do.
        """
        link = await self._links.look(token)
        if link.kind == LinkKind.PASSWORD:
            raise UsageError("This link is for a new password.", "Open it as it was sent.")
        index = self._users.index_of(email)
        if link.email_index and link.email_index != index:
            raise UsageError("This invitation is for another address.", "Give the one that it was sent to.")
        known = await self._users.find(email)
        if known is not None:
            user = await self._verified(email, password, visitor)
            await self._users.must_not_belong(user.id, link.organization_id)
            await self._links.use(token)
        else:
            hashed = await self._passwords.hash(password, (*normalised(email).reveal().split("@"), *name.split()))
            user = await self._users.create(email, name, hashed)
            try:
                await self._links.use(token)
            except KeyGone:  # somebody else was faster with it
                await self._users.erase(user.id, USER + user.id)
                raise
        audit = self._users.audit(link.organization_id)
        note = audit.noting("member.joined", _by(user.id, visitor.address, link.role))
        await self._users.join(user.id, link.organization_id, Role(link.role), note)
        log.info("a link was used", kind=link.kind, user=user.id, organization=link.organization_id)
        return await self._begin(user, visitor)

    async def choose_password(self, token: str, password: Secret) -> str:
        """Gives the person of a link another password; all their sessions end.

        Returns:
            What the browser shows from now on, so that nobody's guesses elsewhere slow it down.

        Raises:
            NotFound: There is no such link.
            KeyGone: It was used before, or its time is over.
            UsageError: The password won't do.
        """
        link = await self._links.look(token)
        if link.kind != LinkKind.PASSWORD:
            raise UsageError("This link is not for a new password.", "Open it as it was sent.")
        user = await self._users.get(link.user_id)
        hashed = await self._passwords.hash(password, await self._about(user))
        await self._links.use(token)
        note = await self._noting(user.id, "password.changed", "")
        await self._users.set_password(link.user_id, hashed, note)
        return self._device_of(link.user_id)

    async def change_password(self, user: User, old: Secret, new: Secret, visitor: Visitor) -> None:
        """Changes a person's password; all their sessions end.

        Raises:
            SignInRefused: The old one is not right, or there were too many attempts.
            UsageError: The new one won't do.
        """
        about = await self._about(user)
        check_strength(new, about)
        await self._verified((await self._users.email_of(user)).reveal(), old, visitor)
        note = await self._noting(user.id, "password.changed", visitor.address)
        await self._users.set_password(user.id, await self._passwords.hash(new, about), note)

    async def confirm(self, user: User, password: Secret, visitor: Visitor) -> None:
        """Sees once more that it is the person, before something that an open browser alone must not do.

        Raises:
            SignInRefused: The password is not right, or there were too many attempts.
        """
        await self._verified((await self._users.email_of(user)).reveal(), password, visitor)

    async def turn_on_second_factor(self, user: User, code: str, visitor: Visitor) -> list[Secret]:
        """Asks for one-time codes from now on; returns the recovery codes, this once.

        Raises:
            SignInRefused: There were too many attempts.
            UsageError: The code is wrong, or codes are asked for already.
        """
        account, network = f"code {user.id}", network_of(visitor.address)
        self._begin_attempt(account, network, "")
        note = await self._noting(user.id, "second-factor.added", visitor.address)
        codes = await self._second_factor.begin(user, code, note)
        self._attempts.succeeded(account, network)
        return codes

    async def turn_off_second_factor(self, user: User, visitor: Visitor) -> None:
        """Asks for no code any more."""
        await self._second_factor.end(user.id, await self._noting(user.id, "second-factor.ended", visitor.address))

    async def vouched(self, user: User, visitor: Visitor) -> SignedIn:
        """Signs in whom an OpenID provider vouches for; what it asks for is the provider's affair."""
        return await self._prove(user, visitor)

    async def opened(self, token: str) -> OneTimeLink:
        """What a link is for; errors as of ``Links.look``."""
        return await self._links.look(token)

    async def _verified(self, email: str, password: Secret, visitor: Visitor) -> User:
        account, network = self._account(email), network_of(visitor.address)
        user = await self._users.find(email)
        device = visitor.device if user is not None and self._is_device(visitor.device, user.id) else ""
        self._begin_attempt(account, network, device)
        right = await self._passwords.verify(user.password_hash if user is not None else "", password)
        if user is None or not right or user.erased_at is not None:
            raise SignInRefused(WRONG, "Try again, or ask for a link to choose a new password.")
        self._attempts.succeeded(account, network, device)
        return user

    def _begin_attempt(self, account: str, network: str, device: str) -> None:
        wait = self._attempts.wait(account, network, device)
        if wait > 0:
            raise SignInRefused("There were too many attempts.", f"Wait {max(1, round(wait))} s.", wait_s=wait)
        self._attempts.begun(account, network, device)

    async def _begin(self, user: User, visitor: Visitor) -> SignedIn:
        if user.totp_since is not None:
            token = await self._sign_ins.begin(user, visitor.address, visitor.agent, proved=False)
            return SignedIn(token, needs_code=True)
        return await self._prove(user, visitor)

    async def _prove(self, user: User, visitor: Visitor) -> SignedIn:
        note = await self._noting(user.id, "user.signed-in", visitor.address)
        token = await self._sign_ins.begin(user, visitor.address, visitor.agent, proved=True, note=note)
        log.info("signed in", user=user.id)
        return SignedIn(token, needs_code=False, device=self._device_of(user.id))

    async def _noting(self, user_id: str, what: str, address: str) -> Note:
        """Has the logs of all organizations that a person belongs to say what they did."""
        return await self._users.noting(user_id, what, _by(user_id, address))

    async def _about(self, user: User) -> tuple[str, ...]:
        """What an attacker would try first as a person's password."""
        person = await self._users.person(user)
        return (*person.email.reveal().split("@"), *person.name.reveal().split())

    def _account(self, email: str) -> str:
        try:
            return self._users.index_of(email)
        except UsageError:
            return "no address"

    def _device_of(self, user_id: str) -> str:
        nonce = self._ids.token()
        return f"{nonce}.{self._signature(nonce, user_id)}"

    def _is_device(self, value: str, user_id: str) -> bool:
        nonce, _, signature = value.partition(".")
        return bool(nonce) and same_secret(signature, self._signature(nonce, user_id))

    def _signature(self, nonce: str, user_id: str) -> str:
        return hmac.new(self._device_key, f"{nonce} {user_id}".encode(), hashlib.sha256).hexdigest()


def _by(user_id: str, address: str, why: str = "") -> Access:
    """A person at the door, as the audit log has them."""
    return Access(f"{USER}{user_id}", why, address_class(address))
