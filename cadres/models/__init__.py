"""The person, the dated facts that statistics count, and the events that bring people in and out of the count."""

from cadres.models.collection import RosterCollection, UnitRoster, UnitRosterState
from cadres.models.facts import COUNTED_COLUMNS, COUNTED_FIELDS, CountedFacts
from cadres.models.person import BirthdayCalendar, Cadre, FamilyMember, Standing
from cadres.models.reconciliation import DifferenceKind, RosterDifference, RosterRoll, Settlement
from cadres.models.roster import RosterFile, RosterImport, RosterLayout, RosterPart, RosterStatus
from cadres.models.state import FOREVER, CadreState, EventKind, StatusEvent
from cadres.models.values import OriginalText, ValueAlias

__all__ = [
    "COUNTED_COLUMNS",
    "COUNTED_FIELDS",
    "FOREVER",
    "BirthdayCalendar",
    "Cadre",
    "CadreState",
    "CountedFacts",
    "DifferenceKind",
    "EventKind",
    "FamilyMember",
    "OriginalText",
    "RosterCollection",
    "RosterDifference",
    "RosterFile",
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
]
