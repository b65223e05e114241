"""Reads of people, their states, events and rosters; every one narrowed by scope and by named filters."""

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
from cadres.querysets.upkeep import (
    EvidenceQuerySet,
    LifeVerificationQuerySet,
    ProposalQuerySet,
    RosterConfirmationQuerySet,
)
from cadres.querysets.values import ValueAliasQuerySet, waiting_words

__all__ = [
    "CadreQuerySet",
    "CadreStateQuerySet",
    "EvidenceQuerySet",
    "FamilyMemberQuerySet",
    "LifeVerificationQuerySet",
    "ProposalQuerySet",
    "RosterCollectionQuerySet",
    "RosterConfirmationQuerySet",
    "RosterFileQuerySet",
    "RosterImportQuerySet",
    "StatusEventQuerySet",
    "UnitRosterQuerySet",
    "ValueAliasQuerySet",
    "person_in_scope",
    "remembered_files",
    "running_imports",
    "waiting_words",
]
