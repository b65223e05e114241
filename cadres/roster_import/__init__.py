"""Roster import with the database: who each row is, what it would change, and the one short transaction.

``plan`` looks and never writes; ``commit`` writes what a plan says. Page, command and demo city come through
``cadres.actions.roster``.
"""
