"""Why a unit's total changed: last year's total, and what has come and gone since, equal by construction.

Events say 新办, 转入, 去世, 转出 with their days between the two rosters. Whatever they do not explain, person by
person, is 更正: somebody entered late, a mistaken registration struck off, a death dated into the year before.
"""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from cadres.models import EventKind, StatusEvent, UnitRoster, UnitRosterState
from cadres.querysets import on_roll, rolls_before
from cadres.reconciliation.lines import previous_day

_SIGN: Final = {EventKind.ENROLLED: 1, EventKind.MOVED_IN: 1, EventKind.DIED: -1, EventKind.MOVED_OUT: -1}


@dataclass
class Balance:
    """``last + enrolled + moved_in - died - moved_out + corrected == total``; days are those of the two rosters."""

    last_day: datetime.date
    day: datetime.date
    approved_last: bool
    last: int
    total: int
    counts: Counter[str] = field(default_factory=Counter)
    corrected: int = 0
    #: people behind 更正: +1 came, -1 went without an event of these days
    corrections: dict[int, int] = field(default_factory=dict)

    @property
    def enrolled(self) -> int:
        return self.counts[EventKind.ENROLLED]

    @property
    def moved_in(self) -> int:
        return self.counts[EventKind.MOVED_IN]

    @property
    def died(self) -> int:
        return self.counts[EventKind.DIED]

    @property
    def moved_out(self) -> int:
        return self.counts[EventKind.MOVED_OUT]


def balance_of(roster: UnitRoster) -> Balance:
    """Of an approved roster, as it was approved; of another, as the system stands now."""
    unit, day = roster.organization_id, roster.roster_day
    before = rolls_before(roster.collection, [unit]).get(unit)
    last_day = before[0] if before else previous_day(roster.collection)
    last = before[1] if before else on_roll([unit], last_day)[unit]
    approved = roster.state == UnitRosterState.APPROVED and hasattr(roster, "roll")
    now = set(roster.roll.people) if approved else on_roll([unit], day)[unit]
    events = StatusEvent.objects.filter(unit_id=unit, on__gt=last_day, on__lte=day, kind__in=list(_SIGN))
    explained: Counter[int] = Counter()
    balance = Balance(last_day, day, before is not None, len(last), len(now))
    for person, kind in events.order_by().values_list("cadre_id", "kind"):
        balance.counts[kind] += 1
        explained[person] += _SIGN[EventKind(kind)]
    for person in last | now | explained.keys():
        rest = (person in now) - (person in last) - explained[person]
        if rest:
            balance.corrections[person] = rest
    balance.corrected = sum(balance.corrections.values())
    return balance
