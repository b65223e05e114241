"""Hundreds of workbooks handed in at once by staff, each given to the unit it is of.

The heap is one RosterImport with its ``collection`` set. The worker reads it once to learn whose each file is (the
填报单位 line, the title, else the one unit that all rows name), then moves the files into one RosterImport per unit:
from there on a unit's roster is the same thing whether its liaison or the bureau handed it in, with its own preview,
its own refusals and its own approval. What stays in the heap could not be given to anybody, with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cadres.actions.hand_ins import attach
from cadres.actions.jobs import release
from cadres.actions.roster import read_import, upload_roster
from cadres.models import RosterCollection, RosterFile, RosterImport, RosterStatus, UnitRoster, UnitRosterState
from cadres.roster import WorkbookReading
from cadres.roster_import.sheets import describe
from common import audit

Refusal = tuple[str, str, str]
_NAME_IT = "在表头上方写一行“填报单位：单位全称”再传，或到这个单位的页面上单独上传"


@transaction.atomic
def upload_batch(*, actor: User, collection: RosterCollection, files: Sequence[tuple[str, bytes]]) -> RosterImport:
    """Keep a heap of workbooks for this collection and queue its sorting."""
    current = RosterCollection.objects.select_for_update().get(pk=collection.pk)
    if current.closed_at is not None:
        raise ValidationError("这次催报已经结束，不能再报；要报请先重新开放")
    if not UnitRoster.objects.visible_to(actor, "roster.import").filter(collection=current).exists():
        raise PermissionDenied
    year = min(current.year, timezone.localdate().year)
    return upload_roster(actor=actor, files=files, year=year, as_of=current.day, collection=current)


def sort_batch(job: RosterImport) -> list[int]:
    """The job of a claimed heap. Returns the keys of the imports made, which are to be read."""
    readings = read_import(job)
    if readings is None:
        return []
    files = list(job.files.all())
    with transaction.atomic():
        directory = _Rosters(job)
        groups: dict[int, list[RosterFile]] = defaultdict(list)
        for file, book in zip(files, readings, strict=True):
            found = book.refusal or directory.roster_of(book)
            if isinstance(found, UnitRoster):
                groups[found.pk].append(file)
            else:
                file.refusal, file.sheets = list(found), describe(book, None)
                file.save(update_fields=["refusal", "sheets"])
        counts = {"matched": sum(map(len, groups.values())), "units": len(groups)}
        counts["unmatched"] = len(files) - counts["matched"]
        if not release(job, RosterStatus.SORTED, counts=counts, words="", done=len(files)):
            return []
        made = [(directory.by_key[pk], _split(job, directory.by_key[pk], own)) for pk, own in sorted(groups.items())]
        attach(actor=job.uploaded_by, rosters=made)
        details = [audit.Detail("roster.hand_in", "cadres.unitroster", str(roster.pk)) for roster, _ in made]
        audit.record(actor=job.uploaded_by, action="roster.hand_in", target=job, details=details)
    return [roster_import.pk for _, roster_import in made]


def _split(job: RosterImport, roster: UnitRoster, files: list[RosterFile]) -> RosterImport:
    """An import of its own for one unit, with its files moved there."""
    own = RosterImport(
        year=job.year, as_of=job.as_of, organization=roster.organization, uploaded_by=job.uploaded_by,
        total=len(files), words="排队等着读",
    )  # fmt: skip
    own.save(force_insert=True)
    for position, file in enumerate(files):
        file.roster_import, file.position = own, position
        file.save(update_fields=["roster_import", "position"])
    return own


class _Rosters:
    """What the uploader may hand in for this collection, by the names of its units; locked."""

    def __init__(self, job: RosterImport) -> None:
        self.collection = job.collection
        rows = UnitRoster.objects.visible_to(job.uploaded_by, "roster.import").filter(collection=job.collection)
        locked = rows.select_for_update(of=("self",)).select_related("organization__district", "collection")
        self.by_key = {row.pk: row for row in locked.order_by("pk")}
        self.by_name: dict[str, list[UnitRoster]] = defaultdict(list)
        for row in self.by_key.values():
            for name in {row.organization.name, row.organization.short_name} - {""}:
                self.by_name[name].append(row)

    def roster_of(self, book: WorkbookReading) -> UnitRoster | Refusal:
        names: set[str] = set()
        districts: set[str] = set()
        years: set[int] = set()
        for sheet in book.sheets:
            if sheet.layout is None or sheet.skipped or not len(sheet):
                continue
            own = sheet.layout.own_unit
            written = {name for name in sheet.columns.get("unit_name", ()) if name}
            names |= {own} if own in self.by_name or (own and not written) else written or {sheet.layout.reporting_unit}
            districts |= {sheet.layout.district} - {""}
            if sheet.layout.year:
                years.add(sheet.layout.year)
        return self._judge(names - {""}, districts, years)

    def _judge(self, names: set[str], districts: set[str], years: set[int]) -> UnitRoster | Refusal:
        assert self.collection is not None
        if years - {self.collection.year}:
            year = min(years - {self.collection.year})
            return ("other_year", f"表头上写的是{year}年，这次报的是{self.collection.year}年度", "核对是不是拿错了文件")
        if not names:
            return ("unit_unnamed", "看不出是哪个单位的名册", _NAME_IT)
        if len(names) > 1:
            return ("several_units", "表里有几个单位的人", "一个单位一个文件，拆开再传")
        name = names.pop()
        found = self.by_name.get(name, [])
        if len(found) > 1:
            within = [row for row in found if row.organization.district and row.organization.district.name in districts]
            if len(within) != 1:
                return ("unit_ambiguous", f"有几个单位都叫“{name}”", "到这个单位的页面上单独上传")
            found = within
        if not found:
            return ("unit_unknown", f"“{name}”不在这次催报的单位里", "核对单位全称；确实该报的，先在催报里添上它再传")
        if found[0].state == UnitRosterState.APPROVED:
            return ("approved", f"“{name}”的名册已经核准，没有换", "要改请先到这个单位的页面上看清楚")
        return found[0]
