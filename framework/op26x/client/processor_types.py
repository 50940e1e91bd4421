"""What the API says of those who are given data. Times are UTC."""

from datetime import datetime

import msgspec


class ProcessorSummary(msgspec.Struct, frozen=True):
    """A company that is given personal data, as it stands with the organization. Times are UTC.

    Attributes:
        id: Its name.
        plugin: The plugin that gives it data.
        roles: What the plugin does with it: ``llm``, ``stt``, ``tts``, ``telephony``, ``blobs``.
        hosts: Where it is connected to.
        purpose: What for.
        categories: Which data: ``communications``, ``account``, ``usage``.
        places: Countries in which it processes them; empty if it may be anywhere.
        keeps: What it keeps and for how long.
        subprocessors: Where it lists its own processors.
        terms: Where its terms can be read.
        version: Which version of them.
        trains_on_data: Whether they let it train models on the data.
        clause: What of them keeps it from that.
        standing: ``accepted``, ``changed`` (since they were accepted), ``new``, ``chosen`` (by a setting), ``here``.
        fingerprint: Names what is accepted: another one after any change.
        agreement: An agreement of the organization's own with it, if one was named.
        accepted_by: Who accepted, as in the audit log.
        accepted_at: When.
    """

    id: str
    plugin: str
    roles: list[str]
    hosts: list[str]
    purpose: str
    categories: list[str]
    places: list[str]
    keeps: str
    subprocessors: str
    terms: str
    version: str
    trains_on_data: bool
    clause: str
    standing: str
    fingerprint: str
    agreement: str = ""
    accepted_by: str = ""
    accepted_at: datetime | None = None


class ProcessorAccepted(msgspec.Struct, frozen=True):
    """That the terms of a company are accepted.

    Attributes:
        fingerprint: Of what was read and is accepted: that of ``ProcessorSummary``.
        agreement: An agreement of one's own with it; needed if nothing is known of its terms, or they let it train.
    """

    fingerprint: str
    agreement: str = ""
