"""Flaws of the demo city's files, and scores of its past: quality cannot be computed backwards, so earlier year ends are made up from today's.

Files got better from year to year: each year back about a sixth more was wrong.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from cadres.actions import change_cadre, compute_scores
from cadres.models import Cadre, QualityScore
from cadres.quality.score import score_of
from common.dates import PartialDate

YEARS = 3
OFFICE_PHONE = "19900000000"
#: Files of the demo liaison's own unit that are spoiled too.
LIAISON_FILES = 8
WORSE = (116, 135, 160)  # percent of today's flaws at the end of last year, of the one before …


def spoil(seed: int) -> int:
    """Give some files the flaws that files have: a slip of the pen, a gap, the office's telephone."""
    rng = random.Random(seed)
    people = list(Cadre.objects.present().exclude(birth="").order_by("pk"))
    rng.shuffle(people)
    spoiled = 0
    for flaw, number in FLAWS:
        for _ in range(number):
            cadre = people.pop()
            change_cadre(actor=None, cadre=cadre, values=flaw(cadre))
            spoiled += 1
    liaison = Cadre.objects.present().filter(unit__name="市水利局").order_by("pk")[:LIAISON_FILES]
    for index, cadre in enumerate(liaison):
        flaw, _ = FLAWS[index % len(FLAWS)]
        change_cadre(actor=None, cadre=cadre, values=flaw(cadre))
    return spoiled


def _born(cadre: Cadre, **changes: int) -> dict[str, Any]:
    birth = cadre.birth or PartialDate(1940, 1)
    parts = {"year": birth.year, "month": birth.month or 1, **changes}
    return {"birth": PartialDate(parts["year"], parts["month"])}


def _year_only(cadre: Cadre) -> dict[str, Any]:
    return {"birth": PartialDate(cadre.birth.year if cadre.birth else 1940)}


#: (what is wrong with a file, how many files have it); only facts that no statistics table counts, or barely.
FLAWS: tuple[tuple[Callable[[Cadre], dict[str, Any]], int], ...] = (
    (lambda cadre: {"address": ""}, 46),
    (lambda cadre: {"phone": ""}, 38),
    (lambda cadre: {"phone": OFFICE_PHONE}, 7),
    (lambda cadre: {"ethnicity": ""}, 12),
    (lambda cadre: _born(cadre, month=(cadre.birth.month or 1) % 12 + 1), 24),
    (_year_only, 16),
    (lambda cadre: {"party_joined": PartialDate(cadre.birth.year + 12, 7)}, 9),
    (lambda cadre: {"work_started": PartialDate(cadre.birth.year + 10, 3)}, 6),
)


def score_with_past() -> int:
    """Score every unit as of today, and invent the last scores of the years before."""
    compute_scores()
    now = timezone.localdate()
    rows = []
    for score in list(QualityScore.objects.current()):
        for back, percent in zip(range(1, YEARS + 1), WORSE, strict=True):
            lost = min(score.lost * percent // 100, score.possible)
            counts = {code: [min(n * percent // 100, of), of] for code, (n, of) in score.counts.items()}
            rows.append(
                QualityScore(
                    organization_id=score.organization_id,
                    day=datetime.date(now.year - back, 12, 31),
                    current=False,
                    people=score.people,
                    findings=sum(n for n, _ in counts.values()),
                    critical=score.critical * percent // 100,
                    lost=lost,
                    possible=score.possible,
                    score=score_of(lost, score.possible),
                    counts=counts,
                    computed_at=score.computed_at,
                )
            )
    QualityScore.objects.bulk_create(rows, batch_size=1000)
    return len(rows)
