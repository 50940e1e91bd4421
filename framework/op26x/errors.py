"""Every error that op26x raises, as one tree.

::

    Op26xError
    ├── UsageError            the request was wrong; the command line exits with 2, the API answers 4xx
    │   ├── SettingsError     a setting is missing, unknown or of the wrong form
    │   ├── AgentError        an agent document does not validate
    │   ├── PolicyError       a law table or a policy does not validate
    │   ├── PluginError       a plugin can't be loaded or names a hook that does not exist
    │   ├── NotSignedIn       nothing shows who asks; the API answers 401
    │   ├── SignInRefused     whoever signs in is not let in; in words that tell nothing of whom
    │   ├── Forbidden         who asks may not do that; the API answers 403
    │   └── NotFound          no such record in this organization
    │       └── BlobMissing   no such blob
    └── WorkError             the request was right and the work failed; exit code 1, the API answers 5xx or 409
        ├── IllegalTransition a call can't go from one state to the other
        ├── AdmissionRefused  a call may not happen
        │   ├── ArrivedBefore its provider announced it before
        │   ├── AskAnother    this service stops, and another one takes calls
        │   └── NotInService  the number that was called is nobody's
        ├── HookFailed        a deciding hook raised: the decision is taken as "no"
        ├── BlobError         a blob can't be written, read or deleted
        ├── VaultError        what is sealed can't be opened, or nothing can be sealed
        │   ├── KeyFileError  the key file can't be used
        │   ├── KeyGone       the key was destroyed, or its time is over
        │   └── Tampered      it was changed, moved, cut off, or sealed with another key
        ├── StorageLost       a database is gone, or another one is in its place
        ├── NotNoted          what somebody demanded could not be written down anywhere
        ├── NotErased         it can't be read any more, but could not be erased yet
        ├── GateClosed        a call may not be recorded
        ├── EgressRefused     a connection to where nothing may be sent, an OSError as well
        ├── ProviderError     a vendor's service failed or did not answer
        └── ServiceUnreachable no service is running or it did not answer

Each carries what happened and what to do about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


class Op26xError(Exception):
    """Base of the tree.

    Attributes:
        message: What happened, to what.
        remedy: What to do about it; empty where nothing can be done.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()


class UsageError(Op26xError):
    """The request was wrong."""


class SettingsError(UsageError):
    """A setting is missing, unknown or of the wrong form."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with an agent.

    Attributes:
        where: Dotted path of the key: ``limits.silence_s``; of an option for a provider's service, its name.
        message: What is wrong.
        remedy: What to do about it.
    """

    where: str
    message: str
    remedy: str


class AgentError(UsageError):
    """An agent document does not validate.

    Attributes:
        faults: All that is wrong; ``message`` is of the first one, ``remedy`` goes on with the others, one a line.
    """

    def __init__(self, message: str, remedy: str = "", faults: Sequence[Fault] = ()) -> None:
        super().__init__(message, remedy)
        self.faults = tuple(faults) or (Fault("", message, remedy),)

    @classmethod
    def of(cls, faults: Sequence[Fault]) -> "AgentError":
        """The error that tells of all faults; at least one."""
        first, *others = faults
        further = (f"{fault.message} {fault.remedy}".rstrip() for fault in others)
        return cls(first.message, "\n".join((first.remedy, *further)), faults)


class PolicyError(UsageError):
    """A row of a law table does not validate, or a place, time or purpose that a policy is asked for is none."""


class PluginError(UsageError):
    """A plugin can't be loaded, or implements a hook that does not exist or that takes other arguments."""


class NotSignedIn(UsageError):
    """Nothing shows who asks: no key, no session, or one that has ended."""


class SignInRefused(UsageError):
    """Whoever signs in is not let in.

    Attributes:
        wait_s: Seconds to wait before the next attempt.
    """

    def __init__(self, message: str, remedy: str = "", *, wait_s: float = 0.0) -> None:
        super().__init__(message, remedy)
        self.wait_s = wait_s


class Forbidden(UsageError):
    """Who asks may not do that."""


class NotFound(UsageError):
    """No such record in this organization."""


class BlobMissing(NotFound):
    """There is no blob of that key."""


class WorkError(Op26xError):
    """The request was right and the work failed."""


class IllegalTransition(WorkError):
    """A call can't go from its state to the one asked for."""


class AdmissionRefused(WorkError):
    """A call may not happen; ``message`` says why.

    Attributes:
        again: From when on it may, if nothing but time is in the way, UTC.
        reason: Why not, in a word or two; empty if that is the whole message.
    """

    def __init__(self, message: str, remedy: str = "", again: datetime | None = None, reason: str = "") -> None:
        super().__init__(message, remedy)
        self.again = again
        self.reason = reason


class ArrivedBefore(AdmissionRefused):
    """The provider announced the call before."""


class AskAnother(AdmissionRefused):
    """This service takes no more calls, and another one does."""


class NotInService(AdmissionRefused):
    """The number that was called is no organization's, or that of one that is closed."""


class HookFailed(WorkError):
    """A deciding hook raised; whatever it was asked is denied."""


class VaultError(WorkError):
    """What is sealed can't be opened, or nothing can be sealed."""


class KeyFileError(VaultError):
    """The key file is missing, malformed or readable by others."""


class BlobError(WorkError):
    """A blob can't be written, read or deleted: the disk is full, the store does not answer, the key is taken."""


class KeyGone(VaultError):
    """The key was destroyed, or its time is over: what it sealed is gone for good."""


class Tampered(VaultError):
    """A sealed value or stream was changed, moved, cut off, or sealed with another key."""


class StorageLost(WorkError):
    """A database is gone, or another one is in its place: SQLite itself would go on writing into nothing."""


class NotErased(WorkError):
    """Nobody can read it any more, but it could not be erased yet; the work that erases goes on every minute."""


class NotNoted(WorkError):
    """What somebody demanded could not be written down anywhere: it holds for as long as this process lives."""


class EgressRefused(WorkError, PermissionError):
    """A connection to a host that nobody declared was refused before a packet left.

    It is an ``OSError`` as well: to a library, a host that can't be reached.
    """


class GateClosed(WorkError):
    """A call may not be recorded: nothing is stored, and the call goes on."""


class ProviderError(WorkError):
    """A vendor's service failed or did not answer."""


class ServiceUnreachable(WorkError):
    """No service is running, or it did not answer."""
