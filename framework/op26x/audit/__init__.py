"""The record of acts on personal data: who did what to which record, when and why. Append-only, and it shows tampering.

``entries`` appends, ``tree`` takes entries into a Merkle tree (``merkle``, ``tiles``) and signs checkpoints
(``notes``), ``cosigning`` has them co-signed by witnesses, ``verifying`` compares all of it; ``witness`` is one for the
logs of others. Entries hold no personal data, only identifiers.
"""

from op26x.audit.entries import Access, AuditLog, Note, nothing
from op26x.audit.model import AuditCheckpoint, AuditEntry
from op26x.audit.tree import Proof, SignedCheckpoint, Tree, signed
from op26x.audit.verifying import Fault, Verified, verify

__all__ = [
    "Access",
    "AuditCheckpoint",
    "AuditEntry",
    "AuditLog",
    "Fault",
    "Note",
    "Proof",
    "SignedCheckpoint",
    "Tree",
    "Verified",
    "nothing",
    "signed",
    "verify",
]
