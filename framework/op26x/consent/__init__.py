"""Consent: what must be told and asked before a call is recorded, what the caller answered, and what they may demand.

``announcement`` and ``texts`` are what is played, ``own_announcements`` what an organization says in words of its own;
``reading`` reads what callers say, yes and no among it, ``gate`` gives the permit without which nothing is recorded,
``ledger`` keeps what was decided, ``agreed`` tells whether that amounts to consent, ``rights`` says what the caller
demands. ``suppressions`` is the do-not-call list, ``registries`` those of countries.
"""

from op26x.consent.agreed import Decisions
from op26x.consent.announcement import Announcement, ConsentDefaults, fits_announcement, fits_answer
from op26x.consent.gate import Evidence, Gate, Permit, Proof
from op26x.consent.importing import read_consents
from op26x.consent.ledger import DEMANDED, ConsentGiven, ConsentLedger
from op26x.consent.model import (
    Consent,
    ConsentPurpose,
    ConsentState,
    InstallationSuppression,
    OwnAnnouncement,
    Registry,
    Suppression,
)
from op26x.consent.own_announcements import OwnAnnouncements
from op26x.consent.reading.answers import Answer, NoAnswer, read_key, read_reply, read_words
from op26x.consent.registries import LookedUp, Registries
from op26x.consent.registry_formats import RegistryFormat, RegistryFormats
from op26x.consent.rights import MEANT, Demand, Right, StarKeys, all_demanded, demanded, load_ahead
from op26x.consent.said_first import said_first, second_language
from op26x.consent.suppressions import Suppressions
from op26x.consent.texts import Notice, notice_named

__all__ = [
    "DEMANDED",
    "MEANT",
    "Announcement",
    "Answer",
    "Consent",
    "ConsentDefaults",
    "ConsentGiven",
    "ConsentLedger",
    "ConsentPurpose",
    "ConsentState",
    "Decisions",
    "Demand",
    "Evidence",
    "Gate",
    "InstallationSuppression",
    "LookedUp",
    "NoAnswer",
    "Notice",
    "OwnAnnouncement",
    "OwnAnnouncements",
    "Permit",
    "Proof",
    "Registries",
    "Registry",
    "RegistryFormat",
    "RegistryFormats",
    "Right",
    "StarKeys",
    "Suppression",
    "Suppressions",
    "all_demanded",
    "demanded",
    "fits_announcement",
    "fits_answer",
    "load_ahead",
    "notice_named",
    "read_consents",
    "read_key",
    "read_reply",
    "read_words",
    "said_first",
    "second_language",
]
