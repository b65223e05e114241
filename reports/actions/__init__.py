"""Writes of the yearly reporting."""

from reports.actions.narrative import restore_wording, save_wording

__all__ = ["restore_wording", "save_wording"]
