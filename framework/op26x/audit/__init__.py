"""The record of acts on personal data: who did what to which record, when and why.

First form: an append-only table. Entries hold no personal data, only identifiers.
"""

from op26x.audit.entries import Access, AuditEntry, AuditLog

__all__ = ["Access", "AuditEntry", "AuditLog"]
