"""The words of the data map, with the terms that others use for them.

``dpv`` and ``pd`` are terms of the Data Privacy Vocabulary 2.0 of a W3C Community Group (https://w3id.org/dpv/2.0 and
https://w3id.org/dpv/2.0/pd); ``fides`` keys are those of fideslang's default taxonomy
(https://ethyca.github.io/fideslang).
"""

from dataclasses import dataclass
from enum import StrEnum

DPV = "https://w3id.org/dpv/2.0#"
PD = "https://w3id.org/dpv/2.0/pd#"


class DataCategory(StrEnum):
    """The categories of the privacy policy."""

    ACCOUNT = "account"
    COMMUNICATIONS = "communications"
    USAGE = "usage"


class DataSubject(StrEnum):
    """Whose data it is.

    Attributes:
        CALLER: The person on the phone, whoever called whom.
        USER: Somebody who signs in.
    """

    CALLER = "caller"
    USER = "user"

    @property
    def dpv(self) -> str:
        """A term of DPV."""
        return DPV + {self.CALLER: "Customer", self.USER: "User"}[self]

    @property
    def fides(self) -> str:
        """A key of fideslang."""
        return {self.CALLER: "customer", self.USER: "employee"}[self]


class Purpose(StrEnum):
    """What data is for, and what somebody may agree to."""

    CALL = "call"
    RECORDING = "recording"
    CONSENT = "consent"
    SIGN_IN = "sign-in"
    ACCOUNT = "account"
    SECURITY = "security"

    @property
    def about(self) -> str:
        """In words."""
        return _PURPOSES[self][0]

    @property
    def dpv(self) -> str:
        """A term of DPV."""
        return DPV + _PURPOSES[self][1]

    @property
    def fides(self) -> str:
        """A data use of fideslang."""
        return _PURPOSES[self][2]


_PURPOSES = {
    Purpose.CALL: ("Hold phone calls and tell whom they were with.", "RequestedServiceProvision", "essential.service"),
    Purpose.RECORDING: (
        "Keep what was said in calls that may be recorded.",
        "RecordManagement",
        "essential.service.operations",
    ),
    Purpose.CONSENT: (
        "Prove what people agreed to, and do what they demanded.",
        "RightsFulfillment",
        "essential.legal_obligation",
    ),
    Purpose.SIGN_IN: ("Let people in, and nobody else.", "IdentityAuthentication", "essential.service.authentication"),
    Purpose.ACCOUNT: ("Know who works for an organization.", "AccountManagement", "essential.service.operations"),
    Purpose.SECURITY: ("Find out who did what, and stop misuse.", "EnforceSecurity", "essential.service.security"),
}


class Kept(StrEnum):
    """Which period ends it: the data class for retention."""

    CALL = "call"
    SCHEDULED_CALL = "scheduled-call"
    ATTEMPT = "attempt"
    CONSENT = "consent"
    SUPPRESSION = "suppression"
    REGISTRY = "registry"
    ACCOUNT = "account"
    SESSION = "session"
    USAGE = "usage"
    CONTRACT = "contract"


class Form(StrEnum):
    """How a column holds what it holds."""

    CLEAR = "clear"
    SEALED = "sealed"
    INDEX = "index"
    MASKED = "masked"
    HASHED = "hashed"
    FILED = "filed"

    @property
    def about(self) -> str:
        """In words, with the algorithm."""
        return {
            self.CLEAR: "in clear",
            self.SEALED: "AES-256-GCM",
            self.INDEX: "a blind index: HMAC-SHA-256 under a key out of the root key",
            self.MASKED: "all but the last two digits left out",
            self.HASHED: "hashed: by Argon2id, or of something that can't be guessed",
            self.FILED: "in a file, sealed by AES-256-GCM-HKDF in segments",
        }[self]


class Erase(StrEnum):
    """What becomes of it at its end.

    Attributes:
        DELETE: Its row goes.
        SHRED: The key that it is encrypted with is destroyed, then it is cleared, or its row goes.
        CLEAR: It is cleared; its row stays.
        KEEP: It stays, for a ground that is named.
    """

    DELETE = "delete"
    SHRED = "shred"
    CLEAR = "clear"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of personal data.

    Attributes:
        about: In words: ``phone number``.
        dpv: Its term, with the namespace; empty if there is none.
        fides: Its key in fideslang's taxonomy of data categories.
    """

    about: str
    dpv: str = ""
    fides: str = "user"


PHONE_NUMBER = Kind("phone number", PD + "TelephoneNumber", "user.contact.phone_number")
VOICE = Kind("recorded voice", PD + "VoiceCommunicationRecording", "user.content.private")
WORDS = Kind("words that were said", PD + "Communication", "user.content.private")
DECISION = Kind("decision about one's data", PD + "Communication", "user.content.private")
EMAIL_ADDRESS = Kind("e-mail address", PD + "EmailAddress", "user.contact.email")
NAME = Kind("name", PD + "Name", "user.name")
CREDENTIAL = Kind("what proves who signs in", PD + "Authenticating", "user.authorization.credentials")
IDENTIFIER = Kind("identifier at an identity provider", PD + "UID", "user.unique_id")
PLACE = Kind("country or state", PD + "Location", "user.location")
NETWORK = Kind("network address", PD + "IPAddress", "user.device.ip_address")
BROWSER = Kind("browser", PD + "UserAgent", "user.device")
ACTIVITY = Kind("use of the dashboard", PD + "ServiceConsumptionBehavior", "user.behavior")
