"""Writes of the yearly reporting."""

from reports.actions.narrative import restore_wording, save_wording
from reports.actions.sealing import reopen_year, seal_year
from reports.actions.submissions import (
    approve_submission,
    explain_check,
    move,
    remind,
    return_submission,
    submit,
    withdraw,
)
from reports.actions.years import add_missing_units, change_year, open_year, save_rule

__all__ = [
    "add_missing_units",
    "approve_submission",
    "change_year",
    "explain_check",
    "move",
    "open_year",
    "remind",
    "reopen_year",
    "restore_wording",
    "return_submission",
    "save_rule",
    "save_wording",
    "seal_year",
    "submit",
    "withdraw",
]
