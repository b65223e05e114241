"""Reads of people, their states, events and rosters; every one narrowed by scope and by named filters."""

from cadres.querysets.duplicates import (
    CadreMergeQuerySet,
    DuplicatePairQuerySet,
    file_that_took_in,
    people_of_import,
    waiting_pairs,
)
from cadres.querysets.people import (
    CadreQuerySet,
    CadreStateQuerySet,
    FamilyMemberQuerySet,
    StatusEventQuerySet,
    person_in_scope,
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
    "CadreMergeQuerySet",
    "CadreQuerySet",
    "CadreStateQuerySet",
    "DuplicatePairQuerySet",
    "FamilyMemberQuerySet",
    "RosterCollectionQuerySet",
    "RosterFileQuerySet",
    "RosterImportQuerySet",
    "StatusEventQuerySet",
    "UnitRosterQuerySet",
    "ValueAliasQuerySet",
    "file_that_took_in",
    "people_of_import",
    "person_in_scope",
    "remembered_files",
    "running_imports",
    "waiting_pairs",
    "waiting_words",
]
