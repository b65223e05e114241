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
from cadres.actions import roster as roster_actions
from cadres.models import Cadre, FamilyMember, RosterImport, RosterStatus, ValueAlias
from cadres.tasks import read_roster
from reports import actions as report_actions
from reports.models import AssessmentRule, Submission
from tests import factories
from tests.conftest import Cast
from visits import actions as visit_actions
from visits.models import Notice, Visit, VisitPhoto
from visits.photos import check_photo

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
    return Targets(
        cast=cast,
        cadre_dead=Cadre.objects.get(pk=dead.pk),
        cadre_gone=Cadre.objects.get(pk=gone.pk),
        family=family,
        alias=ValueAlias.objects.create(field="rank", text="科级及以下"),
        visit=visit,
        visit_photo=visit.photos.get(),
        notice=notice,
        roster=previewed_roster(cast),
        submission=reported_years(cast),
        rule=AssessmentRule.objects.order_by("pk")[0],
    )
