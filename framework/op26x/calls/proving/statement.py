"""What a proof says of a call. Nothing personal is in it: no number, no word of anybody, no blind index."""

import base64
import hashlib
from datetime import datetime

import msgspec

from op26x.processors import ProcessorAcceptance

FORM = "op26x call proof 1"
KIND = "proof"


class ProvedCall(msgspec.Struct, frozen=True):
    """The call, as it is on record. Times are UTC."""

    id: str
    direction: str
    agent: str
    agent_version: int | None
    state: str
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    recording_mode: str
    recording_outcome: str
    policy: str
    erased_at: datetime | None


class ProvedField(msgspec.Struct, frozen=True):
    """A field of the policy in words, and the law that decided it."""

    field: str
    value: str
    decided_by: list[str]


class ProvedPolicy(msgspec.Struct, frozen=True):
    """The policy that the call was held under.

    Attributes:
        hash: SHA-256 of ``content``, in hexadecimal.
        content: Its canonical JSON.
        fields: What it demands, in words, with citations.
    """

    hash: str
    content: str
    fields: list[ProvedField]


class ProvedConsent(msgspec.Struct, frozen=True):
    """What the person decided, and how it shows: a mark that came back, a key, a word of a fixed list.

    Attributes:
        announcement: Version of what they were told: the language, and the beginning of the SHA-256 of text and audio.
        text: What they were told, as far as it is a text that is known by that version still.
    """

    id: str
    purpose: str
    state: str
    evidence: str
    value: str
    announcement: str
    text: str
    policy: str
    at: datetime


class ProvedRecording(msgspec.Struct, frozen=True):
    """What is kept of the call's sound."""

    id: str
    mode: str
    state: str
    announcement: str
    sha256: str
    size: int
    duration_ms: int
    created_at: datetime
    expires_at: datetime
    erased_at: datetime | None


class ProvedDisclosure(msgspec.Struct, frozen=True):
    """What a company was given in the call, and under which terms; their acceptance is among the acceptances."""

    processor: str
    role: str
    purpose: str
    categories: str
    terms: str
    version: str
    begun_at: datetime
    whole: bool
    requests: int
    bytes_out: int
    bytes_in: int
    first_at: datetime | None
    last_at: datetime | None
    entities: str | None = None


class ProvedAcceptance(msgspec.Struct, frozen=True):
    """That the organization had accepted these terms of the company."""

    id: str
    processor: str
    fingerprint: str
    version: str
    agreement: str
    at: datetime
    ended_at: datetime | None


def held_at(acceptance: ProvedAcceptance | ProcessorAcceptance, moment: datetime) -> bool:
    """Whether terms were accepted at a moment: before it, and not taken back by then."""
    return acceptance.at <= moment and (acceptance.ended_at is None or moment <= acceptance.ended_at)


class ProvedEntry(msgspec.Struct, frozen=True):
    """An entry of the audit log, and what proves that it is in the log (RFC 9162, 2.1.3).

    Attributes:
        entry: What the tree hashes of it, as text.
        position: Where it stands.
        hashes: From the leaf up, in hexadecimal.
    """

    entry: str
    position: int
    hashes: list[str]


class Statement(msgspec.Struct, frozen=True):
    """What is said of a call.

    Attributes:
        form: Of this statement.
        organization: Identifier of the organization.
        name: Its name.
        made_at: When, UTC.
        call: The call.
        policy: What it was held under; nothing of a call from before there were policies.
        consents: What the person decided.
        recording: What is kept of it.
        disclosures: What companies were given.
        acceptances: The terms under which they were.
        entries: What was done about the call, its recording, its consents and these terms.
        checkpoint: The signed note that the proofs of the entries lead up to.
    """

    form: str
    organization: str
    name: str
    made_at: datetime
    call: ProvedCall
    policy: ProvedPolicy | None
    consents: list[ProvedConsent]
    recording: ProvedRecording | None
    disclosures: list[ProvedDisclosure]
    acceptances: list[ProvedAcceptance]
    entries: list[ProvedEntry]
    checkpoint: str


class CallProof(msgspec.Struct, frozen=True):
    """The file.

    Attributes:
        statement: A ``Statement`` as JSON, byte for byte as it was signed.
        note: A signed note (https://c2sp.org/signed-note) of its hash.
        key: What the signatures of note and checkpoint are checked with.
    """

    statement: str
    note: str
    key: str


def signed_text(organization_id: str, call_id: str, statement: str) -> str:
    """What is signed: whose proof of which call it is, and the SHA-256 of the statement in base64."""
    digest = base64.b64encode(hashlib.sha256(statement.encode()).digest()).decode()
    return f"op26x/{KIND}/{organization_id}\n{call_id}\n{digest}\n"
