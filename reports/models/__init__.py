"""The yearly reporting: who has handed in, what was sealed. The tables themselves are declarations, not rows."""

from reports.models.narrative import NarrativeWording
from reports.models.sealed import (
    SealedEvent,
    SealedOrganization,
    SealedPerson,
    SealedState,
    SealedTable,
    SealedWorkbook,
    Sealing,
)
from reports.models.years import (
    AssessmentRule,
    CheckExplanation,
    ReportingYear,
    Submission,
    SubmissionEvent,
    SubmissionLevel,
    SubmissionState,
    YearState,
)

__all__ = [
    "AssessmentRule",
    "CheckExplanation",
    "NarrativeWording",
    "ReportingYear",
    "SealedEvent",
    "SealedOrganization",
    "SealedPerson",
    "SealedState",
    "SealedTable",
    "SealedWorkbook",
    "Sealing",
    "Submission",
    "SubmissionEvent",
    "SubmissionLevel",
    "SubmissionState",
    "YearState",
]
