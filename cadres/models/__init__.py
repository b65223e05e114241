"""The person, the dated facts that statistics count, and the events that bring people in and out of the count."""

from cadres.models.collection import RosterCollection, UnitRoster, UnitRosterState
from cadres.models.confirmation import RosterConfirmation
from cadres.models.facts import COUNTED_COLUMNS, COUNTED_FIELDS, CountedFacts
from cadres.models.person import BirthdayCalendar, Cadre, FamilyMember, Standing
from cadres.models.proposals import Evidence, Proposal, ProposalKind, ProposalState
from cadres.models.roster import RosterFile, RosterImport, RosterLayout, RosterPart, RosterStatus
from cadres.models.state import FOREVER, CadreState, EventKind, StatusEvent
from cadres.models.values import OriginalText, ValueAlias
from cadres.models.verification import LifeVerification, VerificationResult, VerificationWay

__all__ = [
    "COUNTED_COLUMNS",
    "COUNTED_FIELDS",
    "FOREVER",
    "BirthdayCalendar",
    "Cadre",
    "CadreState",
    "CountedFacts",
    "EventKind",
    "Evidence",
    "FamilyMember",
    "LifeVerification",
    "OriginalText",
    "Proposal",
    "ProposalKind",
    "ProposalState",
    "RosterCollection",
    "RosterConfirmation",
    "RosterFile",
    "RosterImport",
    "RosterLayout",
    "RosterPart",
    "RosterStatus",
    "Standing",
    "StatusEvent",
    "UnitRoster",
    "UnitRosterState",
    "ValueAlias",
    "VerificationResult",
    "VerificationWay",
]
