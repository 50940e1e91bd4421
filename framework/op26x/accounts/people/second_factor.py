"""The second factor: one-time codes of an authenticator (RFC 6238), and recovery codes for when it is lost."""

import base64
import hashlib
import secrets

import pyotp
from sqlmodel import Session, col, delete, select

from op26x.accounts.people.model import RecoveryCode, User
from op26x.audit import Note, nothing
from op26x.clock import Clock
from op26x.errors import UsageError
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import Personal, Secret
from op26x.vault import KeyKind, Keyring, open_cell, seal_cell

ISSUER = "op26x"
STEP_S = 30
SECRET_BYTES = 20
"""As long as the hash: RFC 4226, section 4."""
SLACK = 1
"""Time steps by which an authenticator's clock may be off, either way."""
RECOVERY_CODES, RECOVERY_DIGITS = 10, 28
"""112 bits each, so that a plain digest of one can be kept (OWASP ASVS 5.0, 6.5.2)."""


class SecondFactor:
    """The second factor of people.

    Args:
        database: Where they are kept.
        keys: The installation's; has each person's own key.
        ids: Makes identifiers and codes.
        clock: Tells the time step.
    """

    def __init__(self, database: Database, keys: Keyring, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._ids = ids
        self._clock = clock

    async def prepare(self, user: User) -> Secret:
        """A new shared secret for an authenticator. It is in force once a code of it was shown."""
        secret = Secret(base64.b32encode(bytes.fromhex(self._ids.token())[:SECRET_BYTES]).decode())
        key = await self._keys.create(KeyKind.USER, user.id)
        sealed = seal_cell(key, user, "totp_pending", Personal(secret.reveal()))

        def write(session: Session) -> None:
            stored = session.get_one(User, user.id)
            if stored.erased_at is None:
                stored.totp_pending = sealed
                session.add(stored)

        await self._database.run(write, alone=True)
        return secret

    async def begin(self, user: User, code: str, note: Note = nothing) -> list[Secret]:
        """Asks for codes from now on, once one was shown; returns the recovery codes, this once.

        Args:
            user: Whom.
            code: What their authenticator shows.
            note: Makes the entries of the audit log that are written together with it.

        Raises:
            UsageError: The code is wrong, nothing was prepared, or codes are asked for already.
        """
        if user.totp_since is not None:
            raise UsageError("A one-time code is asked for already.", "Turn it off first.")
        matching = await self._matching(user, "totp_pending", code)
        if not matching:
            raise UsageError("This code is not right.", "Check the clock of your authenticator, and try the next one.")
        key = await self._keys.get(KeyKind.USER, user.id)
        secret = seal_cell(key, user, "totp_secret", open_cell(key, user, "totp_pending"))
        codes = [Secret(self._ids.token()[:RECOVERY_DIGITS]) for _ in range(RECOVERY_CODES)]
        rows = [RecoveryCode(id=self._ids.new(), user_id=user.id, digest=_digest(user.id, code)) for code in codes]

        def write(session: Session) -> None:
            stored = session.get_one(User, user.id)
            if stored.erased_at is not None or stored.totp_since is not None:
                raise UsageError("A one-time code is asked for already.", "Turn it off first.")
            stored.totp_secret, stored.totp_pending, stored.totp_step = secret, None, matching[0]
            stored.totp_since = self._clock.now()
            session.add(stored)
            session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
            session.add_all([*rows, *note(user.id)])

        await self._database.run(write, alone=True)
        return codes

    async def end(self, user_id: str, note: Note = nothing) -> None:
        """Asks for no code any more.

        Args:
            user_id: Whom.
            note: Makes the entries of the audit log that are written together with it.
        """

        def write(session: Session) -> None:
            stored = session.get_one(User, user_id)
            stored.totp_secret = stored.totp_pending = stored.totp_since = None
            session.add(stored)
            session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
            session.add_all(note(user_id))

        await self._database.run(write, alone=True)

    async def passes(self, user: User, code: str) -> bool:
        """Whether a code is the authenticator's, or a recovery code; none passes twice."""
        code = code.strip().replace(" ", "").replace("-", "").lower()
        return await self._takes(user, code) or await self._recovers(user.id, Secret(code))

    async def _takes(self, user: User, code: str) -> bool:
        """Takes a code of the present time step, or one beside it, that is later than the last one taken."""
        matching = await self._matching(user, "totp_secret", code)

        def write(session: Session) -> bool:
            stored = session.get_one(User, user.id)
            fresh = [step for step in matching if step > stored.totp_step]
            if fresh:
                stored.totp_step = fresh[0]
                session.add(stored)
            return bool(fresh)

        return bool(matching) and await self._database.run(write, alone=True)

    async def _matching(self, user: User, column: str, code: str) -> list[int]:
        """The time steps, now or beside it, of which a code is the secret's in a column."""
        if getattr(user, column) is None:
            return []
        key = await self._keys.get(KeyKind.USER, user.id)
        totp = pyotp.TOTP(open_cell(key, user, column).reveal())
        now = int(self._clock.now().timestamp()) // STEP_S
        steps = range(now - SLACK, now + SLACK + 1)
        return [step for step in steps if secrets.compare_digest(totp.at(step * STEP_S).encode(), code.encode())]

    async def _recovers(self, user_id: str, code: Secret) -> bool:
        digest, now = _digest(user_id, code), self._clock.now()

        def write(session: Session) -> bool:
            query = select(RecoveryCode).where(
                RecoveryCode.digest == digest, RecoveryCode.user_id == user_id, col(RecoveryCode.used_at).is_(None)
            )
            found = session.exec(query).first()
            if found is None:
                return False
            found.used_at = now
            session.add(found)
            return True

        return await self._database.run(write, alone=True)


def otpauth_uri(secret: Secret, email: str) -> str:
    """What an authenticator reads as a QR code: an ``otpauth://`` address."""
    return pyotp.TOTP(secret.reveal()).provisioning_uri(name=email, issuer_name=ISSUER)


def _digest(user_id: str, code: Secret) -> str:
    return hashlib.sha256(f"{user_id} {code.reveal()}".encode()).hexdigest()
