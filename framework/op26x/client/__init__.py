"""The typed client of the service's API: what dashboard, notebooks, command line and users' programs use."""

from op26x.client.audio import AudioPart
from op26x.client.client import Client
from op26x.client.percentiles import percentiles
from op26x.client.types import (
    AgentSummary,
    CallDetail,
    CallSummary,
    ConsentSummary,
    ConsentsWanted,
    ListeningLink,
    Me,
    PersonSummary,
    PolicyExpected,
    PolicyExplanation,
    PolicyField,
    PolicySource,
    PolicyWanted,
    RecordingSummary,
    RetentionPeriod,
    SuppressionSummary,
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
    "PersonSummary",
    "PolicyExpected",
    "PolicyExplanation",
    "PolicyField",
    "PolicySource",
    "PolicyWanted",
    "RecordingSummary",
    "RetentionPeriod",
    "SuppressionSummary",
    "TranscriptTurn",
    "TranscriptWord",
    "TurnSummary",
    "percentiles",
]
