"""Reads of people, their states, events and rosters; every one narrowed by scope and by named filters."""

from cadres.querysets.people import (
    CadreQuerySet,
    CadreStateQuerySet,
    FamilyMemberQuerySet,
    StatusEventQuerySet,
    person_in_scope,
)
from cadres.querysets.reconciliation import (
    RosterDifferenceQuerySet,
    RosterRollQuerySet,
    on_roll,
    rolls_before,
    same_person_candidates,
    waiting_unit_roster,
)
from cadres.querysets.roster import (
    RosterCollectionQuerySet,
    RosterFileQuerySet,
    RosterImportQuerySet,
    UnitRosterQuerySet,
    remembered_files,
    running_imports,
)
from cadres.querysets.values import ValueAliasQuerySet, waiting_words

__all__ = [
    "CadreQuerySet",
    "CadreStateQuerySet",
    "FamilyMemberQuerySet",
    "RosterCollectionQuerySet",
    "RosterDifferenceQuerySet",
    "RosterFileQuerySet",
    "RosterImportQuerySet",
    "RosterRollQuerySet",
    "StatusEventQuerySet",
    "UnitRosterQuerySet",
    "ValueAliasQuerySet",
    "on_roll",
    "person_in_scope",
    "remembered_files",
    "rolls_before",
    "running_imports",
    "same_person_candidates",
    "waiting_unit_roster",
    "waiting_words",
]
