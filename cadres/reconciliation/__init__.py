"""Reconciling a unit's new roster with last year's and with the system.

``lines`` finds the differences of a plan, ``pairs`` sees that two of them are one person, ``store`` keeps them and the
decisions of those that did not change, ``apply`` writes the decisions into the plan that approval commits, ``balance``
explains why a total changed. Only ``store`` and ``pairs`` write, and only differences: people change through actions.
"""
