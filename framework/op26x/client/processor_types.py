"""What the API says of those who are given data. Times are UTC."""

from datetime import datetime

import msgspec


class ProcessorSummary(msgspec.Struct, frozen=True):
    """A company that is given personal data, as it stands with the organization. Times are UTC.

    Attributes:
        id: Its name.
        plugin: The plugin that gives it data.
        roles: What the plugin does with it: ``llm``, ``stt``, ``tts``, ``telephony``, ``tool``, ``blobs``.
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
        standing: ``accepted``, ``announced`` (for a later day), ``changed`` (since they were accepted), ``new``,
            ``chosen`` (by a setting), ``here``.
        fingerprint: Names what is accepted: another one after any change.
        agreement: An agreement of the organization's own with it, if one was named.
        accepted_by: Who accepted, as in the audit log.
        accepted_at: From when on.
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
        from_at: From when on; now by default.
    """

    fingerprint: str
    agreement: str = ""
    from_at: datetime | None = None


class DisclosureSummary(msgspec.Struct, frozen=True):
    """What a company was given in a call.

    Attributes:
        id: ULID.
        call_id: The call.
        processor: The company.
        role: What it did: ``llm``, ``stt``, ``tts``, ``telephony``, or ``tool NAME``.
        purpose: What for.
        categories: Which data: ``voice``, ``words``, ``phone numbers``.
        version: The version of its terms then.
        terms: Fingerprint of what was accepted of it then: that of ``ProcessorSummary``.
        whole: Whether all is counted. If not, the call goes on or broke off, and it may be more.
        requests: How often it was asked for something.
        bytes_out: Bytes of what it was given: audio as it was handed over, words in UTF-8.
        bytes_in: Bytes of what came back.
        first_at: When it was given something for the first time.
        last_at: When for the last time.
        entities: How many different values of each kind of personal data were found in clear in it: ``CARD 1, PERSON
            2``; empty if none was found, ``null`` if none was looked for.
    """

    id: str
    call_id: str
    processor: str
    role: str
    purpose: str
    categories: list[str]
    version: str
    terms: str
    whole: bool
    requests: int
    bytes_out: int
    bytes_in: int
    first_at: datetime | None
    last_at: datetime | None
    entities: str | None


class DisclosuresWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which entries of the disclosure ledger are wanted.

    Attributes:
        number: Only of calls with one person, by their number.
        processor: Only to one company.
        since: Only in calls that began then or later.
        limit: At most so many, up to 1,000.
        why: For the audit log, if a number is given.
    """

    number: str = ""
    processor: str = ""
    since: datetime | None = None
    limit: int = 100
    why: str = "not said"


class DisclosureTotal(msgspec.Struct, frozen=True):
    """What a company was given on a day.

    Attributes:
        day: The day, in UTC.
        processor: The company.
        calls: In how many calls.
        requests: How often it was asked.
        bytes_out: Bytes of what it was given.
        bytes_in: Bytes of what came back.
    """

    day: str
    processor: str
    calls: int
    requests: int
    bytes_out: int
    bytes_in: int
