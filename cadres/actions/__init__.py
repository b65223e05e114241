"""Writes about people. Views, imports, commands and tasks all come through here."""

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
from cadres.actions.status import correct_death, decease_cadre, move_in, move_out
from cadres.actions.upkeep import change_verification, confirm_roster, record_many, record_verification
from cadres.actions.values import map_value

__all__ = [
    "ProposalConflict",
    "accept_many",
    "accept_proposal",
    "add_family_member",
    "change_cadre",
    "change_family_member",
    "change_verification",
    "confirm_roster",
    "correct_death",
    "create_cadre",
    "decease_cadre",
    "make_proposal",
    "map_value",
    "may_settle",
    "move_in",
    "move_out",
    "read_evidence",
    "readable_photo",
    "record_many",
    "record_verification",
    "remove_family_member",
    "return_many",
    "return_proposal",
    "reveal",
    "reveal_proposed",
    "set_photo",
    "withdraw_proposal",
]
