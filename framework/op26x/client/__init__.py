"""The typed client of the service's API: what dashboard, notebooks, command line and users' programs use."""

from op26x.client.audio import AudioPart
from op26x.client.client import Client
from op26x.client.percentiles import percentiles
from op26x.client.policy_types import (
    ConsentSummary,
    ConsentsWanted,
    OverrideWanted,
    PolicyExpected,
    PolicyExplanation,
    PolicyField,
    PolicyLifted,
    PolicyRowSummary,
    PolicyRowsWanted,
    PolicySource,
    PolicyWanted,
    RegistrySummary,
    SuppressionSummary,
)
from op26x.client.processor_types import ProcessorAccepted, ProcessorSummary
from op26x.client.types import (
    AgentSummary,
    CallDetail,
    CallSummary,
    ListeningLink,
    Me,
    PersonSummary,
    RecordingSummary,
    RetentionPeriod,
    TranscriptTurn,
    TranscriptWord,
    TurnSummary,
)

__all__ = [
    "AgentSummary",
    "AudioPart",
    "CallDetail",
    "CallSummary",
    "Client",
    "ConsentSummary",
    "ConsentsWanted",
    "ListeningLink",
    "Me",
    "OverrideWanted",
    "PersonSummary",
    "PolicyExpected",
    "PolicyExplanation",
    "PolicyField",
    "PolicyLifted",
    "PolicyRowSummary",
    "PolicyRowsWanted",
    "PolicySource",
    "PolicyWanted",
    "ProcessorAccepted",
    "ProcessorSummary",
    "RecordingSummary",
    "RegistrySummary",
    "RetentionPeriod",
    "SuppressionSummary",
    "TranscriptTurn",
    "TranscriptWord",
    "TurnSummary",
    "percentiles",
]
