"""The person, the dated facts that statistics count, and the events that bring people in and out of the count."""

from cadres.models.collection import (
    HandInEnd,
    RosterCollection,
    RosterHandIn,
    UnitRoster,
    UnitRosterState,
)
from cadres.models.confirmation import RosterConfirmation
from cadres.models.duplicates import (
    WEIGHTS,
    CadreMerge,
    DuplicatePair,
    PairState,
    Reason,
)
from cadres.models.effects import RosterEffect
from cadres.models.facts import COUNTED_COLUMNS, COUNTED_FIELDS, CountedFacts
from cadres.models.person import (
    BirthdayCalendar,
    Cadre,
    FamilyMember,
    IdConflict,
    Standing,
)
from cadres.models.proposals import (
    Evidence,
    Proposal,
    ProposalKind,
    ProposalState,
)
from cadres.models.quality import QualityRule, QualityScore
from cadres.models.reconciliation import (
    DifferenceKind,
    RosterDifference,
    RosterRoll,
    Settlement,
)
from cadres.models.roster import (
    RosterFile,
    RosterImport,
    RosterLayout,
    RosterPart,
    RosterStatus,
)
from cadres.models.state import (
    FOREVER,
    CadreState,
    EventKind,
    StatusEvent,
)
from cadres.models.values import OriginalText, ValueAlias
from cadres.models.verification import LifeVerification, VerificationResult, VerificationWay

__all__ = [
    "COUNTED_COLUMNS",
    "COUNTED_FIELDS",
    "FOREVER",
    "WEIGHTS",
    "BirthdayCalendar",
    "Cadre",
    "CadreMerge",
    "CadreState",
    "CountedFacts",
    "DifferenceKind",
    "DuplicatePair",
    "EventKind",
    "Evidence",
    "FamilyMember",
    "HandInEnd",
    "IdConflict",
    "LifeVerification",
    "OriginalText",
    "PairState",
    "Proposal",
    "ProposalKind",
    "ProposalState",
    "QualityRule",
    "QualityScore",
    "Reason",
    "RosterCollection",
    "RosterConfirmation",
    "RosterDifference",
    "RosterEffect",
    "RosterFile",
    "RosterHandIn",
    "RosterImport",
    "RosterLayout",
    "RosterPart",
    "RosterRoll",
    "RosterStatus",
    "Settlement",
    "Standing",
    "StatusEvent",
    "UnitRoster",
    "UnitRosterState",
    "ValueAlias",
    "VerificationResult",
    "VerificationWay",
]
