"""Writes about people. Views, imports, commands and tasks all come through here."""

from cadres.actions.duplicates import find_duplicates, mark_different, merge_cadres, reopen_pair, unmerge_cadres
from cadres.actions.family import (
    add_family_member,
    change_family_member,
    readable_photo,
    remove_family_member,
    set_photo,
)
from cadres.actions.people import change_cadre, create_cadre, reveal
from cadres.actions.quality import change_rule, compute_score, compute_scores
from cadres.actions.status import correct_death, decease_cadre, move_in, move_out
from cadres.actions.values import map_value

__all__ = [
    "add_family_member",
    "change_cadre",
    "change_family_member",
    "change_rule",
    "compute_score",
    "compute_scores",
    "correct_death",
    "create_cadre",
    "decease_cadre",
    "find_duplicates",
    "map_value",
    "mark_different",
    "merge_cadres",
    "move_in",
    "move_out",
    "readable_photo",
    "remove_family_member",
    "reopen_pair",
    "reveal",
    "set_photo",
    "unmerge_cadres",
]
