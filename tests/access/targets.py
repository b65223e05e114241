"""One object of every kind that a route may name, all of unit A's, and a fingerprint of the whole database."""

from __future__ import annotations

import datetime
import hashlib
import io
from dataclasses import dataclass
from typing import Any

import openpyxl
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from cadres import actions as cadre_actions
from cadres.actions import batches, hand_ins
from cadres.actions import collection as collection_actions
from cadres.actions import roster as roster_actions
from cadres.models import (
    Cadre,
    CadreMerge,
    DuplicatePair,
    Evidence,
    FamilyMember,
    LifeVerification,
    Proposal,
    RosterCollection,
    RosterDifference,
    RosterImport,
    RosterStatus,
    UnitRoster,
    ValueAlias,
)
from cadres.tasks import read_roster
from common.evidence import check_evidence
from common.photos import check_photo
from reports import actions as report_actions
from reports.models import AssessmentRule, Submission
from tests import factories
from tests.conftest import Cast
from visits import actions as visit_actions
from visits.models import Notice, Visit, VisitPhoto

#: Rows that reading itself writes.
READ_TRAILS = {"auditentry", "audithead", "session", "accessattempt", "accesslog", "accessfailurelog"}


@dataclass
class Targets:
    cast: Cast
    cadre_dead: Cadre
    cadre_gone: Cadre
    family: FamilyMember
    alias: ValueAlias
    visit: Visit
    visit_photo: VisitPhoto
    notice: Notice
    roster: RosterImport
    collection: RosterCollection
    unit_roster: UnitRoster
    batch: RosterImport
    pair: DuplicatePair
    merge: CadreMerge
    proposal: Proposal
    proposal_returned: Proposal
    evidence: Evidence
    verification: LifeVerification
    difference: RosterDifference
    submission: Submission
    rule: AssessmentRule

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cast, name)

    def fingerprint(self) -> str:
        """Changes whenever any row of ours does, the trail of who looked excepted."""
        digest = hashlib.sha256()
        for model in apps.get_models():
            if model._meta.model_name in READ_TRAILS or not model._meta.managed:
                continue
            columns = [field.attname for field in model._meta.concrete_fields if field.attname != "last_login"]
            for row in model._base_manager.order_by("pk").values_list(*columns):
                # PostgreSQL hands binary columns over as memoryviews, which print their address
                plain = [bytes(value) if isinstance(value, memoryview) else value for value in row]
                digest.update(repr((model._meta.label, plain)).encode())
        return digest.hexdigest()


def picture() -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(data, "JPEG")
    return SimpleUploadedFile("photo.jpg", data.getvalue(), "image/jpeg")


def previewed_roster(cast: Cast) -> RosterImport:
    """A roster that was read and waits for its reader's word: one good row, one refused."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["姓名", "性别", "身份证号", "出生年月", "人员类别", "单位", "隶属"],
        ["仇广林", "男", factories.id_number(datetime.date(1948, 1, 8)), "1948-01", "退休", "市水利局", "市直"],
        ["祁连生", "男", "99010119480108", "1948-01", "退休", "市水利局", "市直"],
    ):
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    job = roster_actions.upload_roster(actor=cast.staff, files=[("名册.xlsx", data.getvalue())], year=2025)
    read_roster(job.pk)
    job.refresh_from_db()
    assert job.status == RosterStatus.PREVIEWED, job.status
    return job


def handed_in_roster(cast: Cast) -> UnitRoster:
    """What unit A owes in an open collection: handed in, read, waiting for staff. It names
    somebody new and leaves 韩松年 out. Unit B still owes its own."""
    today = timezone.localdate()
    collection = collection_actions.open_collection(
        actor=cast.staff, year=today.year, as_of=today, due_on=today + datetime.timedelta(days=9)
    )
    owed = UnitRoster.objects.get(collection=collection, organization=cast.unit_a)
    book = openpyxl.Workbook()
    for row in (
        ["姓名", "性别", "身份证号", "出生年月", "人员类别", "单位", "隶属"],
        ["葛天民", "男", factories.id_number(datetime.date(1949, 1, 8)), "1949-01", "退休", "市水利局", "市直"],
    ):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    found = hand_ins.hand_in(actor=cast.liaison_a, unit_roster=owed, files=[("市水利局名册.xlsx", data.getvalue())])
    read_roster(found.roster_import_id)
    found.refresh_from_db()
    return found


def unsorted_batch(cast: Cast, collection: RosterCollection) -> RosterImport:
    job = batches.upload_batch(actor=cast.staff, collection=collection, files=[("哪个单位.xlsx", b"no workbook")])
    read_roster(job.pk)
    job.refresh_from_db()
    assert job.status == RosterStatus.SORTED, job.status
    return job


def merged_files(cast: Cast) -> CadreMerge:
    first, second = (factories.make_cadre(cast.unit_a, name="柳静之", id_number="") for _ in range(2))
    return cadre_actions.merge_cadres(actor=cast.staff, kept=first, absorbed=second)


def reported_years(cast: Cast) -> Submission:
    """2024 is sealed, 2025 is on its way; unit A's report of 2025."""
    days = {"unit_due": datetime.date(2026, 1, 10), "district_due": datetime.date(2026, 1, 20)}
    for year in (2024, 2025):
        opened = report_actions.open_year(actor=None, year=year, as_of=datetime.date(year, 12, 31), **days)
        if year == 2024:
            report_actions.seal_year(actor=None, year=opened, words="补录往年")
    return opened.submissions.get(organization=cast.unit_a)


def build_targets(cast: Cast) -> Targets:
    today = timezone.localdate()
    dead = factories.make_cadre(cast.unit_a, name="白茂林", community=cast.community)
    cadre_actions.decease_cadre(actor=None, cadre=dead, died_on=today)
    gone = factories.make_cadre(cast.unit_a, name="陶静仪", community=cast.community)
    cadre_actions.move_out(actor=None, cadre=gone, on=today, to_place="江苏南京")
    family = FamilyMember.objects.create(cadre=cast.cadre_a, name="韩敏", kinship="")
    visit = visit_actions.create_visit(
        actor=cast.liaison_a,
        cadre=cast.cadre_a,
        values={"visited_on": today, "occasion": "ordinary", "manner": "home", "words": "精神好"},
        photos=[check_photo(picture())],
    )
    notice = Notice.objects.create(
        reader=cast.liaison_a, kind="birthday", cadre=cast.cadre_a, due_on=today, words="生日"
    )
    unit_roster = handed_in_roster(cast)
    proposal = cadre_actions.make_proposal(
        actor=cast.liaison_a, kind="change", cadre=cast.cadre_a, values={"phone": "13900001234"}, reason="本人来电",
        evidence=[check_evidence(picture())],
    )  # fmt: skip
    returned = cadre_actions.make_proposal(
        actor=cast.liaison_a, kind="change", cadre=cast.cadre_a, values={"hobbies": "书法"}, reason="本人来电"
    )
    cadre_actions.return_proposal(actor=cast.staff, proposal=returned, words="请附说明")
    other = factories.make_cadre(cast.unit_a, name="郭远行", community=cast.community, away=True, away_to="广东深圳")
    return Targets(
        cast=cast,
        unit_roster=unit_roster,
        collection=unit_roster.collection,
        batch=unsorted_batch(cast, unit_roster.collection),
        cadre_dead=Cadre.objects.get(pk=dead.pk),
        cadre_gone=Cadre.objects.get(pk=gone.pk),
        family=family,
        alias=ValueAlias.objects.create(field="rank", text="科级及以下"),
        visit=visit,
        visit_photo=visit.photos.get(),
        notice=notice,
        roster=previewed_roster(cast),
        pair=DuplicatePair.objects.create(low=cast.cadre_a, high=dead, reasons={"name_birth": 60}, weight=60),
        merge=merged_files(cast),
        proposal=proposal,
        proposal_returned=returned,
        evidence=proposal.evidence.get(),
        verification=cadre_actions.record_verification(
            actor=cast.liaison_a, cadre=other, values={"done_on": today, "way": "video", "result": "alive"}
        ),
        difference=unit_roster.differences.get(cadre=cast.cadre_a),
        submission=reported_years(cast),
        rule=AssessmentRule.objects.order_by("pk")[0],
    )
