"""Reads of people, their states, events and rosters; every one narrowed by scope and by named filters."""

from cadres.querysets.collection import (
    RosterCollectionQuerySet,
    RosterHandInQuerySet,
    UnitRosterQuerySet,
    liaisons_of,
    present_on,
    unit_rosters_due,
)
from cadres.querysets.people import (
    CadreQuerySet,
    CadreStateQuerySet,
    FamilyMemberQuerySet,
    StatusEventQuerySet,
    person_in_scope,
)
from cadres.querysets.quality import QualityRuleQuerySet, QualityScoreQuerySet
from cadres.querysets.roster import (
    RosterFileQuerySet,
    RosterImportQuerySet,
    remembered_files,
    running_imports,
)
from cadres.querysets.values import ValueAliasQuerySet, waiting_words

__all__ = [
    "CadreQuerySet",
    "CadreStateQuerySet",
    "FamilyMemberQuerySet",
    "QualityRuleQuerySet",
    "QualityScoreQuerySet",
    "RosterCollectionQuerySet",
    "RosterFileQuerySet",
    "RosterHandInQuerySet",
    "RosterImportQuerySet",
    "StatusEventQuerySet",
    "UnitRosterQuerySet",
    "ValueAliasQuerySet",
    "liaisons_of",
    "person_in_scope",
    "present_on",
    "remembered_files",
    "running_imports",
    "unit_rosters_due",
    "waiting_words",
]
