"""封存 and 解封 of a whole year: the city's step, in one transaction with the copies it makes."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from common import audit
from reports.actions.submissions import WORDS_AT_LEAST, figures_of, unexplained
from reports.actions.years import require_city
from reports.assessment import score_all
from reports.engine.scope import Asked
from reports.models import (
    CheckExplanation,
    ReportingYear,
    Sealing,
    Submission,
    SubmissionEvent,
    SubmissionLevel,
    SubmissionState,
    YearState,
)
from reports.sealing.freeze import Explanations, copy_rows, store_tables, store_workbooks
from reports.transitions import TRANSITIONS

DONE = (SubmissionState.APPROVED, SubmissionState.SEALED)


def not_ready(year: ReportingYear) -> int:
    """How many reports below the city are not approved."""
    return year.submissions.exclude(level=SubmissionLevel.CITY).exclude(state__in=DONE).count()


def _step_all(year: ReportingYear, action: str, actor: User | None, words: str) -> None:
    """All submissions of the year take the step together, each with its line of history."""
    step = TRANSITIONS[action]
    rows = list(year.submissions.filter(state__in=step.sources).values_list("pk", "state"))
    before = {} if step.target is not None else _before_sealing(year)
    moves = [(pk, state, step.target or before.get(pk, SubmissionState.DRAFT)) for pk, state in rows]
    events = [
        SubmissionEvent(submission_id=pk, action=action, from_state=state, to_state=to, words=words[:500], by=actor)
        for pk, state, to in moves
    ]
    SubmissionEvent.objects.bulk_create(events, batch_size=1000)
    for target in {to for _, _, to in moves}:
        year.submissions.filter(pk__in=[pk for pk, _, to in moves if to == target]).update(state=target)


def _before_sealing(year: ReportingYear) -> dict[int, str]:
    """Where each submission stood when the year was sealed last."""
    sealed = SubmissionEvent.objects.filter(submission__reporting_year=year, action="seal").order_by("pk")
    return dict(sealed.values_list("submission_id", "from_state"))


def _explanations(year: ReportingYear) -> Explanations:
    rows = CheckExplanation.objects.filter(submission__reporting_year=year)
    names = ("submission__organization_id", "table_id", "check_name", "left", "right", "words")
    return {(organization, *check): words for organization, *check, words in rows.values_list(*names)}


@transaction.atomic
def seal_year(*, actor: User | None, year: ReportingYear, words: str = "") -> Sealing:
    """Freeze people and figures of the year. Refused unless all is approved (or ``words`` say why not) and the
    city's own checks hold or are explained. Two at once: the second finds the year sealed.
    """
    require_city(actor)
    current = ReportingYear.objects.select_for_update().get(pk=year.pk)
    if current.sealed:
        raise ValidationError(f"{current}已经封存了，不用再办")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")
    open_reports = not_ready(current)
    if open_reports and len(words.strip()) < WORDS_AT_LEAST:
        raise ValidationError({"words": f"还有 {open_reports} 个单位或区县没有审核通过。仍要封存，请写明原因"})
    city = current.submissions.select_related("organization").get(level=SubmissionLevel.CITY)
    silent = unexplained(city, figures_of(city))
    if silent:
        raise ValidationError(
            f"全市的表还有 {len(silent)} 项校核不平又没有说明，不能封存：{'；'.join(c.name for _, c in silent[:3])}。"
            "请先打开全市的上报，逐项写明原因"
        )
    sealing = Sealing.objects.create(
        reporting_year=current,
        number=current.sealings.count() + 1,
        as_of=current.as_of,
        sealed_at=timezone.now(),
        sealed_by=actor,
        words=words.strip(),
    )
    sealing.people = copy_rows(sealing, Asked(current.as_of, whole_city=True))
    organizations = current.submissions.values_list("organization_id", flat=True)
    sealing.digest = store_tables(sealing, organizations, _explanations(current))
    sealing.save()
    store_workbooks(sealing)
    _keep_points(current)
    _step_all(current, "seal", actor, words.strip())
    current.state = YearState.SEALED
    current.version += 1
    current.save()
    audit.record(
        actor=actor,
        action="report.seal",
        target=current,
        changes={
            "state": [YearState.OPEN, YearState.SEALED],
            "number": [None, sealing.number],
            "people": [None, sealing.people],
            "digest": [None, sealing.digest],
        },
        reason=words.strip(),
    )
    return sealing


def _keep_points(year: ReportingYear) -> None:
    rows = list(Submission.objects.filter(reporting_year=year).for_points())
    for row, score in zip(rows, score_all(rows, year), strict=True):
        row.points = score.total
    Submission.objects.bulk_update(rows, ["points"], batch_size=200)


@transaction.atomic
def reopen_year(*, actor: User | None, year: ReportingYear, words: str) -> ReportingYear:
    """解封 by the city's staff, with a reason that stays. What was sealed is kept as 第 n 次封存."""
    require_city(actor)
    current = ReportingYear.objects.select_for_update().get(pk=year.pk)
    if not current.sealed:
        raise ValidationError(f"{current}没有封存，不用解封")
    step = TRANSITIONS["reopen"]
    words = words.strip()
    if len(words) < step.words:
        raise ValidationError({"words": f"请写明解封的原因，至少 {step.words} 个字"})
    sealing = current.sealings.select_for_update().get(reopened_at=None)
    sealing.reopened_at, sealing.reopened_by, sealing.reopened_words = timezone.now(), actor, words[:500]
    sealing.save(update_fields=["reopened_at", "reopened_by", "reopened_words"])
    _step_all(current, "reopen", actor, words)
    current.submissions.update(points=None)
    current.state = YearState.OPEN
    current.version += 1
    current.save()
    audit.record(
        actor=actor,
        action="report.reopen",
        target=current,
        changes={"state": [YearState.SEALED, YearState.OPEN], "number": [sealing.number, None]},
        reason=words,
    )
    return current
