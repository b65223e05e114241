"""Roster imports: upload, answer, commit, discard; and the one function that commits, for page, command and demo."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Organization, OrganizationKind, User
from cadres.actions.approval import finish_approval
from cadres.actions.jobs import release, still_mine
from cadres.models import RosterCollection, RosterFile, RosterImport, RosterLayout, RosterStatus, UnitRoster
from cadres.reconciliation.apply import Unsettled, settled_plan
from cadres.reconciliation.store import rosters_of, store_differences
from cadres.roster import WorkbookReading, read_many, read_workbook
from cadres.roster.annotate import annotate
from cadres.roster.archives import is_archive, unpack
from cadres.roster.fields import CATEGORY_ANSWER, FIELD, IGNORE
from cadres.roster.guards import UploadRefused, check_upload
from cadres.roster_import.commit import Committer
from cadres.roster_import.plan import Matches, Plan
from cadres.roster_import.planner import make_plan
from cadres.roster_import.preview import write_parts
from cadres.roster_import.report import build_report
from cadres.roster_import.sheets import describe
from cadres.roster_import.sources import original, settle_questions, store
from common import audit
from common.bulk import without_collector
from common.codes import Category
from common.models import AuditHead
from common.scope import require

_UNITS = {OrganizationKind.UNIT, OrganizationKind.CENTER, OrganizationKind.SYSTEM}


class PlanChanged(Exception):
    """What would happen is no longer what was shown: somebody changed people or units in between."""


def check_dates(year: int, as_of: datetime.date | None) -> datetime.date:
    """The roster's day: by default the year's last, or today if that is earlier. Raises ValidationError."""
    today = timezone.localdate()
    if not 1990 <= year <= today.year:
        raise ValidationError({"year": f"年度请填 1990 到 {today.year} 之间"})
    if as_of is None:
        return min(datetime.date(year, 12, 31), today)
    if as_of > today:
        raise ValidationError({"as_of": "截至日期还没到，请填今天或以前的日子"})
    return as_of


# -- upload -----------------------------------------------------------------------------------------------------
@transaction.atomic
def upload_roster(
    *,
    actor: User,
    files: Sequence[tuple[str, bytes]],
    year: int,
    as_of: datetime.date | None = None,
    create_organizations: bool = False,
    organization: Organization | None = None,
    right: str = "roster.import",
    collection: RosterCollection | None = None,
) -> RosterImport:
    """Keep the files and queue the job. Zips are unpacked; a refused file stays in the list with its sentence.

    ``right`` is what the uploader acts by: roster.submit for a unit's own roster. ``collection``: a heap for a
    yearly collection, whose files are to be given to their units.
    """
    if not actor.holds(right):
        raise PermissionDenied
    checked: list[tuple[str, bytes, tuple[str, str, str] | None]] = []
    for name, data in files:
        try:
            inside = unpack(data, name).files if is_archive(name) else ((name, data),)
            for inner, content in inside:
                checked.append((inner, content, _refusal_of(content, inner)))
        except UploadRefused as refused:
            checked.append((name, data, (refused.code, refused.message, refused.hint)))
    if not checked:
        raise ValidationError({"files": "请选择名册文件"})
    roster_import = RosterImport(
        year=year,
        as_of=check_dates(year, as_of),
        create_organizations=create_organizations,
        organization=organization or _home(actor),
        collection=collection,
        uploaded_by=actor,
        total=len(checked),
        words="排队等着读",
    )
    roster_import.full_clean()
    roster_import.save(force_insert=True)
    store(roster_import, checked)
    if organization is not None:
        require(actor, right, organization)
    audit.record(
        actor=actor,
        action="roster.upload",
        target=roster_import,
        changes={"files": [None, [name for name, _, _ in checked]], "year": [None, year]},
    )
    return roster_import


def _refusal_of(data: bytes, name: str) -> tuple[str, str, str] | None:
    try:
        check_upload(data, name)
    except UploadRefused as refused:
        return refused.code, refused.message, refused.hint
    return None


def _home(actor: User) -> Organization | None:
    from accounts.roles import rights_of

    return next((grant.organization for grant in actor.grants if "roster.import" in rights_of(grant.role)), None)


# -- reading ----------------------------------------------------------------------------------------------------
def read_import(roster_import: RosterImport) -> list[WorkbookReading] | None:
    """Read all files of a claimed import, reporting progress; None when the job is no longer ours."""
    files = list(roster_import.files.all())
    readable = [file for file in files if not file.refusal]
    mappings = mappings_for(roster_import)
    done: dict[int, WorkbookReading] = {}
    sources = ((original(file), file.name) for file in readable)
    for number, reading in enumerate(read_many(sources, mappings=mappings, year=roster_import.year)):
        done[readable[number].pk] = reading
        if not still_mine(roster_import, done=number + 1, total=len(readable), words=f"正在读：{reading.file}"[:200]):
            return None
    return [
        done.get(file.pk) or WorkbookReading(file.name, [], tuple(file.refusal))
        for file in files  # type: ignore[arg-type]
    ]


def mappings_for(roster_import: RosterImport) -> dict[str, dict[str, str]]:
    """Remembered layouts, and on top of them what was answered in this import."""
    known = dict(RosterLayout.objects.values_list("signature", "mapping"))
    for signature, answers in roster_import.answers.items():
        known[signature] = {**known.get(signature, {}), **answers}
    return known


@without_collector()
def prepare_import(roster_import: RosterImport, *, settled: Callable[[RosterImport], None]) -> None:
    """The reading job: read, validate, plan, keep the preview. Nothing of the people changes. ``settled`` is called
    in the transaction that ends the job."""
    began = time.monotonic()
    readings = read_import(roster_import)
    if readings is None:
        return
    questions = sum(len(sheet.questions) for book in readings for sheet in book.sheets)
    plan = plan_of(roster_import, readings)
    counts = {**plan.counts, "questions": questions}
    report = build_report(plan, year=roster_import.year, as_of=roster_import.as_of, committed=False)
    with transaction.atomic():
        status = RosterStatus.ASKING if questions else RosterStatus.PREVIEWED
        if not counts["rows"] and not questions:
            status = RosterStatus.FAILED
        if not release(
            roster_import, status, counts=counts, fingerprint=plan.fingerprint(), words="",
            seconds=round(time.monotonic() - began, 2),
        ):  # fmt: skip
            return
        for file, book in zip(roster_import.files.all(), readings, strict=True):
            file.sheets = describe(book, original(file) if questions and not file.refusal else None)
            file.refusal = list(book.refusal or ())
            file.save(update_fields=["sheets", "refusal"])
        write_parts(roster_import, plan, report)
        settled(roster_import)
        store_differences(plan, rosters_of(roster_import))


def right_on(user: User | None, organization: Organization | None) -> str:
    """By what right somebody acts for a unit's roster: as staff where he is staff, else as its liaison."""
    staff = Organization.objects.visible_to(user, "roster.import")
    return "roster.import" if organization is None or staff.filter(pk=organization.pk).exists() else "roster.submit"


def is_hand_in(roster_import: RosterImport) -> bool:
    """Whether it is a unit's own roster for a yearly collection."""
    return bool(roster_import.organization_id and roster_import.hand_ins.exists())  # type: ignore[attr-defined]


def right_of(roster_import: RosterImport) -> str:
    """The right that its uploader acts by."""
    own = is_hand_in(roster_import)
    return right_on(roster_import.uploaded_by, roster_import.organization) if own else "roster.import"


def plan_of(roster_import: RosterImport, readings: Sequence[WorkbookReading], matched: Matches | None = None) -> Plan:
    organization = roster_import.organization
    return make_plan(
        readings,
        actor=roster_import.uploaded_by,
        right=right_of(roster_import),
        only=organization if is_hand_in(roster_import) else None,
        as_of=roster_import.as_of,
        create_organizations=roster_import.create_organizations,
        target=organization if organization and organization.kind in _UNITS else None,
        matched=matched,
    )


def annotated_file(*, actor: User, file: RosterFile) -> tuple[bytes, str]:
    """The workbook with its problems marked, those found against the database included; the download is audited."""
    roster_import = file.roster_import
    try:
        data = original(file)
        reading = read_workbook(data, file.name, mappings=mappings_for(roster_import), year=roster_import.year)
    except UploadRefused as refused:
        raise ValidationError(f"{refused.message}。{refused.hint}") from refused
    plan_of(roster_import, [reading])
    content, name = annotate(data, file.name, reading)
    changes = {"file": [None, file.name]}
    audit.record(actor=actor, action="roster.download", target=roster_import, changes=changes)
    return content, name


# -- columns ------------------------------------------------------------------------------------------------------
@transaction.atomic
def answer_columns(
    *, actor: User, roster_import: RosterImport, answers: dict[str, dict[str, str]], remember: bool
) -> RosterImport:
    """What the asked columns mean ({signature: {letter: field or "-"}}); the files are read anew with it."""
    current = locked(roster_import, actor, {RosterStatus.ASKING, RosterStatus.PREVIEWED, RosterStatus.FAILED})
    for mapping in answers.values():
        for letter, key in mapping.items():
            known = Category.values if letter == CATEGORY_ANSWER else (*FIELD, IGNORE)
            if key not in known:
                raise ValidationError("请从列表里选一项")
    merged = {**current.answers}
    for signature, mapping in answers.items():
        merged[signature] = {**merged.get(signature, {}), **mapping}
    if remember:
        titles = {
            sheet["signature"]: file.name for file in current.files.all() for sheet in file.sheets if sheet["signature"]
        }
        for signature, mapping in answers.items():
            lasting = {letter: key for letter, key in mapping.items() if letter != CATEGORY_ANSWER}
            if lasting:
                layout, _ = RosterLayout.objects.get_or_create(signature=signature)
                layout.mapping = {**layout.mapping, **lasting}
                layout.title, layout.changed_by = titles.get(signature, "")[:200], actor
                layout.save()
                audit.record(actor=actor, action="roster.layout", target=layout, changes={"mapping": [None, lasting]})
    current.answers, current.status = merged, RosterStatus.UPLOADED
    current.done, current.words, current.claim, current.claimed_at = 0, "排队等着读", "", None
    current.save()
    return current


def locked(roster_import: RosterImport, actor: User, states: Collection[str]) -> RosterImport:
    """The import for this transaction alone; ValidationError unless it stands in one of ``states``."""
    current = RosterImport.objects.select_for_update(of=("self",)).get(pk=roster_import.pk)
    require(actor, "roster.import", current)
    if current.status not in states:
        raise ValidationError(f"这批名册现在是“{current.get_status_display()}”，不能这样办，请刷新看看")
    return current


# -- commit -------------------------------------------------------------------------------------------------------
@transaction.atomic
def request_commit(
    *, actor: User, roster_import: RosterImport, accept_good_rows: bool, fingerprint: str
) -> RosterImport:
    """Queue the commit of what was shown. With refused rows it must be said that the good ones go in without them."""
    current = locked(roster_import, actor, {RosterStatus.PREVIEWED})
    if fingerprint != current.fingerprint:
        raise ValidationError("预览已经更新，请再看一遍后提交")
    if rosters_of(current):
        raise ValidationError("这是单位报来的名册，请到核对页逐条认定，再核准")
    counts = current.counts
    if counts.get("rejected") and not accept_good_rows:
        raise ValidationError("还有拒收的行：退回改好再传，或选“只入库没有问题的行”")
    if not counts.get("created") and not counts.get("changed"):
        raise ValidationError("没有要入库的内容：每一行都没有变化、重复或拒收")
    current.status, current.accept_good_rows, current.committed_by = RosterStatus.COMMITTING, accept_good_rows, actor
    current.claim, current.claimed_at, current.done, current.words = "", None, 0, "排队等着入库"
    current.save()
    return current


@without_collector()
def commit_import(roster_import: RosterImport) -> None:
    """The commit job of a claimed import: read again, compare with what was shown, write in one transaction."""
    began = time.monotonic()
    readings = read_import(roster_import)
    if readings is None:
        return
    rosters = rosters_of(roster_import)

    def plan_now() -> Plan:
        """Of a unit's roster, with what was decided in its reconciliation."""
        if not rosters:
            return plan_of(roster_import, readings)
        return settled_plan(lambda matched: plan_of(roster_import, readings, matched), rosters)

    still_mine(roster_import, words="正在写入花名册")

    def mine() -> RosterImport:
        """Inside the transaction: the job is still ours and whoever asked for it still may."""
        current = RosterImport.objects.select_for_update(of=("self",)).get(pk=roster_import.pk)
        if current.status != RosterStatus.COMMITTING or current.claim != roster_import.claim:
            raise PermissionDenied
        asked = [(current.committed_by, "roster.import")]
        if not rosters:  # a unit's roster goes in on the word of whoever approves it
            asked.append((current.uploaded_by, right_of(current)))
        for user, right in asked:
            if user is not None:
                require(user, right, current)
        return current

    try:
        plan = write_plan(
            plan_now(),
            again=plan_now,
            actor=roster_import.committed_by,
            owner=mine,
            shown=None if rosters else roster_import.fingerprint,
            began=began,
            approved=rosters,
        )
    except (PlanChanged, Unsettled) as changed:
        plan = changed.args[0]
        report = build_report(plan, year=roster_import.year, as_of=roster_import.as_of, committed=False)
        with transaction.atomic():
            words = "预览以后库里有人改过，已重新对过一遍，请再看后提交"
            if release(
                roster_import, RosterStatus.PREVIEWED, counts={**plan.counts, "questions": 0},
                fingerprint=plan.fingerprint(), words=words,
            ):  # fmt: skip
                write_parts(roster_import, plan, report)
                store_differences(plan, rosters)
    except PermissionDenied:
        words = "上传人或入库人已没有导入名册的权限，没有入库"
        release(roster_import, RosterStatus.PREVIEWED if rosters else RosterStatus.FAILED, words=words)


def write_plan(
    plan: Plan,
    *,
    again: Callable[[], Plan],
    actor: User | None,
    owner: Callable[[], RosterImport],
    shown: str | None,
    began: float,
    approved: Sequence[UnitRoster] = (),
) -> Plan:
    """The one short transaction. Every write anywhere lengthens the audit chain: if it grew since the plan was made,
    the plan is made anew under its lock; one that differs from what was ``shown`` raises PlanChanged. ``approved``:
    the unit rosters that are approved with it."""
    with transaction.atomic():
        head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
        roster_import = owner()
        if head.count != plan.chain:
            plan.frame.restore()
            plan = again()
        if shown is not None and plan.fingerprint() != shown:
            raise PlanChanged(plan)
        committer = Committer(plan, actor=actor, target_type="cadres.rosterimport", target_id=str(roster_import.pk))
        number = committer.run()
        committer.effects.save(roster_import)
        report = build_report(plan, year=roster_import.year, as_of=roster_import.as_of, committed=True)
        write_parts(roster_import, plan, report)
        roster_import.status = RosterStatus.COMMITTED
        roster_import.counts = {**plan.counts, "questions": 0}
        roster_import.committed_at = timezone.now()
        roster_import.audit_number = number
        roster_import.claim, roster_import.claimed_at, roster_import.words = "", None, ""
        roster_import.seconds = round(time.monotonic() - began, 2)
        roster_import.save()
        if approved:
            finish_approval(roster_import, approved)
    return plan


@transaction.atomic
def discard_roster(*, actor: User, roster_import: RosterImport) -> RosterImport:
    """退回: nothing of it goes in. The files stay in the history."""
    states = {
        RosterStatus.UPLOADED,
        RosterStatus.READING,
        RosterStatus.ASKING,
        RosterStatus.PREVIEWED,
        RosterStatus.FAILED,
    }
    current = locked(roster_import, actor, states)
    current.status, current.claim, current.claimed_at, current.words = RosterStatus.DISCARDED, "", None, ""
    current.save()
    audit.record(actor=actor, action="roster.discard", target=current)
    return current


# -- command and demo city ----------------------------------------------------------------------------------------
@without_collector()
def import_files(
    *,
    files: Sequence[tuple[str, Path | bytes]],
    year: int,
    as_of: datetime.date | None = None,
    create_organizations: bool = False,
    commit: bool = False,
    actor: User | None = None,
) -> tuple[dict[str, Any], Plan]:
    """Read, plan and, if asked, commit the good rows. Without ``commit`` nothing at all is written."""
    began = time.monotonic()
    day = check_dates(year, as_of)
    mappings = dict(RosterLayout.objects.values_list("signature", "mapping"))
    readings = list(read_many(((source, name) for name, source in files), mappings=mappings, year=year))
    settle_questions(readings)

    def plan_now() -> Plan:
        return make_plan(readings, actor=actor, as_of=day, create_organizations=create_organizations)

    plan = plan_now()
    if not commit:
        return build_report(plan, year=year, as_of=day, committed=False), plan

    def opened() -> RosterImport:
        roster_import = RosterImport(
            year=year, as_of=day, create_organizations=create_organizations, accept_good_rows=True,
            uploaded_by=actor, committed_by=actor, total=len(files), done=len(files),
        )  # fmt: skip
        roster_import.save(force_insert=True)
        store(
            roster_import,
            [
                (name, source if isinstance(source, bytes) else source.read_bytes(), reading.refusal)
                for (name, source), reading in zip(files, readings, strict=True)
            ],
        )
        for file, book in zip(RosterFile.objects.filter(roster_import=roster_import), readings, strict=True):
            file.sheets = describe(book, None)
            file.save(update_fields=["sheets"])
        return roster_import

    plan = write_plan(plan, again=plan_now, actor=actor, owner=opened, shown=None, began=began)
    return build_report(plan, year=year, as_of=day, committed=True), plan
