"""Writes about people. Views, imports, commands and tasks all come through here."""

from cadres.actions.duplicates import (
    find_duplicates,
    mark_different,
    merge_cadres,
    reopen_pair,
    unmerge_cadres,
)
from cadres.actions.evidence import read_evidence
from cadres.actions.family import (
    add_family_member,
    change_family_member,
    readable_photo,
    remove_family_member,
    set_photo,
)
from cadres.actions.people import change_cadre, create_cadre, reveal
from cadres.actions.proposals import (
    ProposalConflict,
    accept_many,
    accept_proposal,
    make_proposal,
    may_settle,
    return_many,
    return_proposal,
    reveal_proposed,
    withdraw_proposal,
)
from cadres.actions.quality import change_rule, compute_score, compute_scores
from cadres.actions.status import (
    correct_death,
    decease_cadre,
    move_in,
    move_out,
)
from cadres.actions.upkeep import (
    change_verification,
    confirm_roster,
    record_many,
    record_verification,
)
from cadres.actions.values import map_value

__all__ = [
    "ProposalConflict",
    "accept_many",
    "accept_proposal",
    "add_family_member",
    "change_cadre",
    "change_family_member",
    "change_rule",
    "change_verification",
    "compute_score",
    "compute_scores",
    "confirm_roster",
    "correct_death",
    "create_cadre",
    "decease_cadre",
    "find_duplicates",
    "make_proposal",
    "map_value",
    "mark_different",
    "may_settle",
    "merge_cadres",
    "move_in",
    "move_out",
    "read_evidence",
    "readable_photo",
    "record_many",
    "record_verification",
    "remove_family_member",
    "reopen_pair",
    "return_many",
    "return_proposal",
    "reveal",
    "reveal_proposed",
    "set_photo",
    "unmerge_cadres",
    "withdraw_proposal",
]
