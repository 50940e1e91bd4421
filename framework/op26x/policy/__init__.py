"""The policy of a call: what law, installation, organization, agent and plugins demand; the strictest wins.

``rules`` has the fields and how each is joined, ``effective`` joins fragments into the one policy that a call is held
under, ``demands`` is what a row may say, ``tables`` reads the law out of ``tables/*.yaml``, ``own_rows`` and
``kept_rows`` are what an organization adds to it, ``places`` tells where a number may be, ``resolving`` puts a
call's policy together, ``explaining`` says who decided what in it, ``held`` keeps those that calls were held under.
"""

from op26x.policy.effective import PLACES, TERMS, EffectivePolicy, Fragment, join
from op26x.policy.explaining import Lifted, Line, demands_in_words, explained, lifted, what_differs
from op26x.policy.held import HeldPolicies
from op26x.policy.hours import ALWAYS, CallingHours
from op26x.policy.kept_rows import Kept, OwnRows
from op26x.policy.model import HeldPolicy, PolicyRow
from op26x.policy.modes import RecordingMode, RedactAction, Sink
from op26x.policy.own_rows import Override, OwnCall, OwnRow, check_campaign, read_own_rows
from op26x.policy.places import (
    ANYWHERE,
    UNKNOWN,
    Whereabouts,
    check_place,
    families_of,
    is_inside,
    known_places,
    whereabouts,
)
from op26x.policy.resolving import Policies, PolicyCall
from op26x.policy.rows import CallPurpose, Circumstances, Confidence, Ground, Row
from op26x.policy.rules import Attempts, CallConsent, Disclosure, Providers, Redaction, Rules, stricter
from op26x.policy.tables import LAW, LawTables, Table

__all__ = [
    "ALWAYS",
    "ANYWHERE",
    "LAW",
    "PLACES",
    "TERMS",
    "UNKNOWN",
    "Attempts",
    "CallConsent",
    "CallPurpose",
    "CallingHours",
    "Circumstances",
    "Confidence",
    "Disclosure",
    "EffectivePolicy",
    "Fragment",
    "Ground",
    "HeldPolicies",
    "HeldPolicy",
    "Kept",
    "LawTables",
    "Lifted",
    "Line",
    "Override",
    "OwnCall",
    "OwnRow",
    "OwnRows",
    "Policies",
    "PolicyCall",
    "PolicyRow",
    "Providers",
    "RecordingMode",
    "RedactAction",
    "Redaction",
    "Row",
    "Rules",
    "Sink",
    "Table",
    "Whereabouts",
    "check_campaign",
    "check_place",
    "demands_in_words",
    "explained",
    "families_of",
    "is_inside",
    "join",
    "known_places",
    "lifted",
    "read_own_rows",
    "stricter",
    "what_differs",
    "whereabouts",
]
