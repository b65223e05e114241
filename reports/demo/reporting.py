"""The yearly reporting of the demo city: last year sealed, this year on its way, in every state."""

from __future__ import annotations

import datetime
import random

from accounts.models import User
from reports import actions
from reports.actions.submissions import failing, figures_of
from reports.models import CheckExplanation, ReportingYear, Submission, SubmissionEvent, SubmissionLevel

#: How far the units of this year are, in a hundred.
SHARES = (("approved", 45), ("submitted", 70), ("returned", 76), ("draft", 100))
RETURNED = "全国表六的级别还有没认定的，请补齐再报"


def _days(today: datetime.date, unit: int, district: int) -> dict[str, datetime.date]:
    return {
        "unit_due": today + datetime.timedelta(days=unit),
        "district_due": today + datetime.timedelta(days=district),
    }


def seal_last_year(today: datetime.date) -> None:
    """Sealed in January, with the checks that did not hold explained."""
    staff = User.objects.get(username="hezhiyuan")
    year = today.year - 1
    opened = actions.open_year(
        actor=staff, year=year, as_of=datetime.date(year, 12, 31),
        unit_due=datetime.date(year + 1, 1, 10), district_due=datetime.date(year + 1, 1, 20),
    )  # fmt: skip
    everybody = opened.submissions.exclude(level=SubmissionLevel.CITY)
    handed = datetime.datetime(year + 1, 1, 8, 9, 30, tzinfo=datetime.UTC)
    everybody.update(
        state="approved", submitted_at=handed, first_submitted_at=handed, approved_at=handed, approved_by=staff
    )
    _explain(opened.submissions.get(level=SubmissionLevel.CITY), staff)
    actions.seal_year(actor=staff, year=opened)


def _explain(submission: Submission, staff: User) -> None:
    for table, check in failing(figures_of(submission)):
        CheckExplanation.objects.create(
            submission=submission, table_id=table, check_name=check.name, left=check.left, right=check.right, by=staff,
            words="名册里“科级及以下”的写法还没有认定，已发函核实，下年补齐",
        )  # fmt: skip


def begin_this_year(today: datetime.date, *, seed: int) -> ReportingYear:
    """Units approved, waiting, returned and owing; a liaison of the demo still has hers to hand in."""
    rng, staff = random.Random(seed), User.objects.get(username="hezhiyuan")
    opened = actions.open_year(
        actor=staff, year=today.year, as_of=datetime.date(today.year, 12, 31), **_days(today, -3, 12),
        words="请先看校核，不平的改资料；一时改不了的，逐项写明原因再报。",
    )  # fmt: skip
    rows = list(opened.submissions.filter(level=SubmissionLevel.UNIT).select_related("organization"))
    events: list[SubmissionEvent] = []
    now = datetime.datetime.combine(today, datetime.time(1, 20), tzinfo=datetime.UTC)
    for row in rows:
        chance = rng.randrange(100)
        target = next(state for state, share in SHARES if chance < share)
        if row.organization.name in {"市水利局", "北坪区教育局"}:
            target = "draft"
        if target == "draft":
            continue
        row.submitted_at = row.first_submitted_at = now - datetime.timedelta(days=rng.randrange(1, 12))
        steps = [("submit", "draft", "submitted", "")]
        if target == "approved":
            row.approved_by, row.approved_at = staff, row.submitted_at + datetime.timedelta(hours=20)
            steps.append(("approve", "submitted", "approved", ""))
        if target == "returned":
            row.times_returned, row.returned_words = 1, RETURNED
            steps.append(("return", "submitted", "returned", RETURNED))
        row.state = target
        events += [
            SubmissionEvent(submission=row, action=a, from_state=f, to_state=t, words=w, by=staff)
            for a, f, t, w in steps
        ]
    names = [
        "state",
        "submitted_at",
        "first_submitted_at",
        "approved_by",
        "approved_at",
        "times_returned",
        "returned_words",
    ]
    Submission.objects.bulk_update(rows, names, batch_size=200)
    SubmissionEvent.objects.bulk_create(events, batch_size=500)
    return opened
