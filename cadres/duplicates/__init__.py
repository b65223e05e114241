"""Finding, comparing, merging and parting files that may be one person's.

`numbers` compares ID numbers, `search` finds pairs, `compare` lays two files side by side, `ledger` takes a merge back.
The writes are in `cadres.actions.duplicates`.
"""
