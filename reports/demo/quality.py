"""Scores of the demo city's past: quality cannot be computed backwards, so earlier year ends are made up from today's.

Files got better from year to year: each year back about a sixth more was wrong.
"""

from __future__ import annotations

import datetime

from django.utils import timezone

from cadres.actions import compute_scores
from cadres.models import QualityScore
from cadres.quality.score import score_of

YEARS = 3
WORSE = (116, 135, 160)  # percent of today's flaws at the end of last year, of the one before …


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
