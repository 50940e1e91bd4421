"""Consent: what must be told and asked before a call is recorded, what the caller answered, and what they may demand.

``modes`` says what is required, ``announcement`` and ``texts`` what is played, ``own_announcements`` what an
organization says in words of its own, ``answers`` reads yes and no, ``gate`` gives the permit without which nothing is
recorded, ``ledger`` keeps what was decided, ``rights`` reads the caller's word.
"""

from op26x.consent.announcement import Announcement, ConsentDefaults, fits_announcement, fits_answer
from op26x.consent.answers import Answer, NoAnswer, read_key
from op26x.consent.gate import Evidence, Gate, Permit, Proof
from op26x.consent.ledger import ConsentGiven, ConsentLedger
from op26x.consent.model import Consent, ConsentState, OwnAnnouncement, Suppression
from op26x.consent.modes import RecordingMode
from op26x.consent.own_announcements import OwnAnnouncements
from op26x.consent.rights import Right, StarKeys, all_demanded, demanded
from op26x.consent.texts import Notice, notice_named
from op26x.datamap import Purpose

__all__ = [
    "Announcement",
    "Answer",
    "Consent",
    "ConsentDefaults",
    "ConsentGiven",
    "ConsentLedger",
    "ConsentState",
    "Evidence",
    "Gate",
    "NoAnswer",
    "Notice",
    "OwnAnnouncement",
    "OwnAnnouncements",
    "Permit",
    "Proof",
    "Purpose",
    "RecordingMode",
    "Right",
    "StarKeys",
    "Suppression",
    "all_demanded",
    "demanded",
    "fits_announcement",
    "fits_answer",
    "notice_named",
    "read_key",
]
