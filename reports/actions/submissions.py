"""One report on its way: explaining checks, handing in, taking back, returning, approving, reminding."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import RoleGrant, User
from accounts.roles import RIGHTS
from common import audit
from common.scope import require
from reports.actions.years import require_city, waiting
from reports.declarations import TABLES
from reports.engine.checks import CheckResult
from reports.engine.compute import Result, compute
from reports.engine.scope import Asked
from reports.models import CheckExplanation, ReportingYear, Submission, SubmissionEvent, SubmissionLevel
from reports.transitions import TRANSITIONS, Side, Transition, allowed
from visits.actions import tell_of_report

WORDS_AT_LEAST = 4


def may(user: User, step: Transition, submission: Submission) -> bool:
    """Whether the user's side is the one that takes this step; the state is asked elsewhere."""
    try:
        _require_side(user, step, submission)
    except PermissionDenied:
        return False
    return True


def _require_side(user: User | None, step: Transition, submission: Submission) -> None:
    if user is None:
        return
    if step.side is Side.OWN:
        require(user, "statistics.submit", submission)
    elif step.side is Side.CITY or submission.reviewer is None:
        require_city(user)
    else:
        require(user, "statistics.review", submission.reviewer)


def locked(submission: Submission) -> Submission:
    """The row for update. The year is locked first, everywhere, so that sealing and steps wait for each other."""
    ReportingYear.objects.select_for_update().get(pk=submission.reporting_year_id)
    rows = Submission.objects.select_for_update(of=("self",)).select_related(
        "organization", "reviewer", "reporting_year"
    )
    return rows.get(pk=submission.pk)


def move(*, actor: User | None, submission: Submission, action: str, words: str = "") -> Submission:
    """Take one step of `TRANSITIONS` on a locked row: the side, the state and the words are looked at here alone."""
    step = TRANSITIONS[action]
    _require_side(actor, step, submission)
    if (
        step.citywide
        or step.target is None
        or not allowed(action, submission.state)
        or submission.reporting_year.sealed
    ):
        raise ValidationError(
            f"{submission.organization.name}现在是“{submission.get_state_display()}”，不能{step.label}"
        )
    words = words.strip()
    if len(words) < step.words:
        raise ValidationError({"words": f"请写明{step.label}的原因，至少 {step.words} 个字"})
    before = submission.state
    submission.state = step.target
    submission.version += 1
    submission.save()
    SubmissionEvent.objects.create(
        submission=submission, action=action, from_state=before, to_state=step.target, words=words, by=actor
    )
    audit.record(
        actor=actor, action=step.audit, target=submission, changes={"state": [before, step.target]}, reason=words
    )
    return submission


def figures_of(submission: Submission) -> dict[str, Result]:
    """Every table of the organization as of the year's cut-off, whoever asks."""
    asked = Asked(submission.reporting_year.as_of, organization=submission.organization, whole_city=True)
    return compute(asked, TABLES.values(), TABLES)


def failing(results: dict[str, Result]) -> list[tuple[str, CheckResult]]:
    """(table, check) of all that does not hold."""
    return [(key, check) for key, result in results.items() for check in result.checks if not check.ok]


def unexplained(submission: Submission, results: dict[str, Result]) -> list[tuple[str, CheckResult]]:
    """What does not hold and has no words, or words about other sums."""
    said = {(row.table_id, row.check_name): (row.left, row.right) for row in submission.explanations.all()}
    return [(key, c) for key, c in failing(results) if said.get((key, c.name)) != (c.left, c.right)]


@transaction.atomic
def explain_check(
    *, actor: User | None, submission: Submission, table_id: str, check: CheckResult, words: str
) -> CheckExplanation | None:
    """Say why a check does not hold; blank words take an earlier explanation back."""
    current = locked(submission)
    _require_side(actor, TRANSITIONS["submit"], current)
    if not allowed("submit", current.state) or current.reporting_year.sealed:
        raise ValidationError(f"现在是“{current.get_state_display()}”，说明不能再改；要改请先撤回或请上级退回")
    words = words.strip()
    known = current.explanations.filter(table_id=table_id, check_name=check.name)
    if not words:
        known.delete()
        return None
    if len(words) < WORDS_AT_LEAST:
        raise ValidationError(f"“{check.name}”的说明太短，请写清楚差在哪里，至少 {WORDS_AT_LEAST} 个字")
    row, _ = CheckExplanation.objects.update_or_create(
        submission=current, table_id=table_id, check_name=check.name,
        defaults={"left": check.left, "right": check.right, "words": words[:300], "by": actor},
    )  # fmt: skip
    audit.record(
        actor=actor, action="report.explain", target=current, changes={f"{table_id}.{check.name}": [None, words]}
    )
    return row


@transaction.atomic
def submit(*, actor: User | None, submission: Submission, words: str = "") -> Submission:
    """上报. Refused while a check fails unexplained; a district says why it does not wait for all its units."""
    current = locked(submission)
    open_checks = unexplained(current, figures_of(current))
    if allowed("submit", current.state) and open_checks:
        names = "；".join(f"{TABLES[key].number}“{check.name}”" for key, check in open_checks[:3])
        raise ValidationError(
            f"还有 {len(open_checks)} 项校核不平又没有说明，不能上报：{names}。请改数据，或者逐项写明原因"
        )
    if current.level != SubmissionLevel.UNIT:
        owing = waiting(current.reporting_year, current.organization)
        if owing and len(words.strip()) < WORDS_AT_LEAST:
            raise ValidationError({"words": f"还有 {owing} 个下级没有审核通过。要先报，请写明原因"})
    now = timezone.now()
    current.submitted_by, current.submitted_at = actor, now
    current.first_submitted_at = current.first_submitted_at or now
    current.returned_words = ""
    return move(actor=actor, submission=current, action="submit", words=words)


@transaction.atomic
def withdraw(*, actor: User | None, submission: Submission, words: str) -> Submission:
    """撤回 by the organization itself, as long as nobody has approved."""
    return move(actor=actor, submission=locked(submission), action="withdraw", words=words)


@transaction.atomic
def return_submission(*, actor: User | None, submission: Submission, words: str) -> Submission:
    """退回 with a word on what to mend. A returned unit takes no district back with it."""
    current = locked(submission)
    current.times_returned += 1
    current.returned_words = words.strip()[:300]
    current.approved_by, current.approved_at = None, None
    return move(actor=actor, submission=current, action="return", words=words)


@transaction.atomic
def approve_submission(*, actor: User | None, submission: Submission, words: str = "") -> Submission:
    """审核通过 by the bureau above."""
    current = locked(submission)
    current.approved_by, current.approved_at = actor, timezone.now()
    return move(actor=actor, submission=current, action="approve", words=words)


@transaction.atomic
def remind(*, actor: User, submissions: Iterable[Submission]) -> int:
    """催办: tell whoever hands in for these organizations, in their inboxes. Returns how many were reminded.

    Only what the actor reviews and what still owes is reminded; all of it in a few statements.
    """
    ids = [submission.pk for submission in submissions]
    rows = list(
        Submission.objects.reviewable_by(actor).owing().filter(pk__in=ids)
        .exclude(reporting_year__state="sealed").select_related("organization", "reporting_year")
    )  # fmt: skip
    if not rows:
        return 0
    told: list[tuple[int, str, str]] = []
    grants = _submitters([row.organization.path for row in rows])
    for row in rows:
        due = row.reporting_year.unit_due if row.level == SubmissionLevel.UNIT else row.reporting_year.district_due
        words = f"{row.organization.name}{row.reporting_year.year}年度统计表还没有上报，期限{due.month}月{due.day}日"
        key = f"report-{row.pk}"
        told += [(user, key, words) for user, path in grants if _is_told(row, path)]
    tell_of_report(told)
    Submission.objects.filter(pk__in=[row.pk for row in rows]).update(reminded_at=timezone.now())
    audit.record(actor=actor, action="report.remind", changes={"submissions": [None, len(rows)]})
    return len(rows)


def _submitters(paths: list[str]) -> list[tuple[int, str]]:
    """(user, path of the organization where they may hand in) of those who sit at one of these paths."""
    roles = [role for role, rights in RIGHTS.items() if "statistics.submit" in rights]
    grants = RoleGrant.objects.of_active_users().filter(Q(organization__path__in=paths), role__in=roles)
    return list(grants.values_list("user_id", "organization__path"))


def _is_told(row: Submission, path: str) -> bool:
    """Those who sit with the organization itself; not the bureau above, which reminds."""
    return row.organization.path == path
