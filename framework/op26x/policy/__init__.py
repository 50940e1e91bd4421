"""The policy of a call: what law, installation, organization, agent and plugins demand; the strictest wins.

``rules`` has the fields and how each is joined, ``effective`` joins fragments into the one policy that a call is held
under, ``tables`` reads the law out of ``tables/*.yaml``, ``places`` tells where a number may be, ``resolving`` puts a
call's policy together, ``explaining`` says who decided what in it, ``held`` keeps those that calls were held under.
"""

from op26x.policy.effective import EffectivePolicy, Fragment, Source, join
from op26x.policy.explaining import Line, demands_in_words, explained, what_differs
from op26x.policy.held import HeldPolicies
from op26x.policy.hours import ALWAYS, CallingHours
from op26x.policy.model import HeldPolicy
from op26x.policy.modes import RecordingMode
from op26x.policy.places import ANYWHERE, UNKNOWN, Whereabouts, check_place, families_of, whereabouts
from op26x.policy.resolving import Policies, PolicyCall
from op26x.policy.rows import CallPurpose, Circumstances, Confidence, Ground, Row
from op26x.policy.rules import Attempts, CallConsent, Disclosure, Rules, stricter
from op26x.policy.tables import LAW, LawTables, Table

__all__ = [
    "ALWAYS",
    "ANYWHERE",
    "LAW",
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
    "LawTables",
    "Line",
    "Policies",
    "PolicyCall",
    "RecordingMode",
    "Row",
    "Rules",
    "Source",
    "Table",
    "Whereabouts",
    "check_place",
    "demands_in_words",
    "explained",
    "families_of",
    "join",
    "stricter",
    "what_differs",
    "whereabouts",
]
