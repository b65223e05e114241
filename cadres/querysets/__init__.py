"""Reads of people, their states, events and rosters; every one narrowed by scope and by named filters."""

from cadres.querysets.collection import (
    RosterCollectionQuerySet,
    RosterHandInQuerySet,
    UnitRosterQuerySet,
    liaisons_of,
    present_on,
    unit_rosters_due,
)
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
from cadres.querysets.quality import QualityRuleQuerySet, QualityScoreQuerySet
from cadres.querysets.reconciliation import (
    RosterDifferenceQuerySet,
    RosterRollQuerySet,
    on_roll,
    rolls_before,
    same_person_candidates,
    waiting_unit_roster,
)
from cadres.querysets.roster import (
    RosterFileQuerySet,
    RosterImportQuerySet,
    remembered_files,
    running_imports,
)
from cadres.querysets.upkeep import (
    EvidenceQuerySet,
    LifeVerificationQuerySet,
    ProposalQuerySet,
    RosterConfirmationQuerySet,
)
from cadres.querysets.values import ValueAliasQuerySet, waiting_words

__all__ = [
    "CadreMergeQuerySet",
    "CadreQuerySet",
    "CadreStateQuerySet",
    "DuplicatePairQuerySet",
    "EvidenceQuerySet",
    "FamilyMemberQuerySet",
    "LifeVerificationQuerySet",
    "ProposalQuerySet",
    "QualityRuleQuerySet",
    "QualityScoreQuerySet",
    "RosterCollectionQuerySet",
    "RosterConfirmationQuerySet",
    "RosterDifferenceQuerySet",
    "RosterFileQuerySet",
    "RosterHandInQuerySet",
    "RosterImportQuerySet",
    "RosterRollQuerySet",
    "StatusEventQuerySet",
    "UnitRosterQuerySet",
    "ValueAliasQuerySet",
    "file_that_took_in",
    "liaisons_of",
    "on_roll",
    "people_of_import",
    "person_in_scope",
    "present_on",
    "remembered_files",
    "rolls_before",
    "running_imports",
    "same_person_candidates",
    "unit_rosters_due",
    "waiting_pairs",
    "waiting_unit_roster",
    "waiting_words",
]
