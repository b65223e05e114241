"""Writes about people. Views, imports, commands and tasks all come through here."""

from cadres.actions.people import change_cadre, create_cadre, reveal
from cadres.actions.status import correct_death, decease_cadre, move_in, move_out
from cadres.actions.values import map_value

__all__ = [
    "change_cadre",
    "correct_death",
    "create_cadre",
    "decease_cadre",
    "map_value",
    "move_in",
    "move_out",
    "reveal",
]
