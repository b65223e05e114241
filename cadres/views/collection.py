"""名册催报: the collections, the board of one, and what staff do to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import Organization
from cadres import tasks
from cadres.actions import batches
from cadres.actions import collection as actions
from cadres.board import CITY, UnitRosterFilter, UnitRosterResource, UnitRosterTable
from cadres.forms.collection import (
    AddUnitForm,
    BatchForm,
    ChangeCollectionForm,
    ConfirmForm,
    OpenCollectionForm,
    RemindForm,
)
from cadres.lists import link_of
from cadres.models import RosterCollection, RosterImport, RosterStatus, UnitRoster, UnitRosterState
from cadres.querysets import liaisons_of
from cadres.views.people import chosen_conditions
from common.scope import scope_of
from common.views import FormPage, ListPage, Page

RIGHT = "dashboard.view"  # staff and leaders; liaisons have a page of their own
WORK = "roster.import"
DONE = (UnitRosterState.HANDED_IN, UnitRosterState.APPROVED)


def board_url(collection: RosterCollection) -> str:
    return reverse("cadres:collection_board", args=[collection.pk])


def is_citywide(user: Any) -> bool:
    return scope_of(user, WORK).everything


class CollectionListPage(Page):
    right = RIGHT
    template_name = "cadres/collection_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        collections = list(RosterCollection.objects.visible_to(user).order_by("-year"))
        mine = UnitRoster.objects.visible_to(user).order_by().values("collection_id")
        counts = {
            row["collection_id"]: row
            for row in mine.annotate(
                total=Count("pk"),
                done=Count("pk", filter=Q(state__in=DONE)),
                approved=Count("pk", filter=Q(state=UnitRosterState.APPROVED)),
            )
        }
        empty = {"total": 0, "done": 0, "approved": 0}
        rows = [{"collection": item, **counts.get(item.pk, empty)} for item in collections]
        return super().get_context_data(rows=rows, may_open=is_citywide(user), today=timezone.localdate(), **kwargs)


class CollectionBoardPage(ListPage):
    """Who owes, who handed in, who is late: totals, bars by district, the list of units."""

    model = UnitRoster
    right = RIGHT
    table_class = UnitRosterTable
    filterset_class = UnitRosterFilter
    template_name = "cadres/collection_board.html"
    export_resource = UnitRosterResource
    export_right = "dashboard.view"
    export_action = "organization.export"
    export_name = "名册催报进度"

    @cached_property
    def collection(self) -> RosterCollection:
        return get_object_or_404(RosterCollection.objects.visible_to(self.request.user), pk=self.kwargs["pk"])

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset().filter(collection=self.collection).for_lists()
        return rows.select_related("collection", "organization__district", "handed_in_by").order_by(
            "organization__path"
        )

    def get_table_kwargs(self) -> dict[str, Any]:
        return {} if self.may_work else {"exclude": ("pick",)}

    @property
    def may_work(self) -> bool:
        return self.request.user.holds(WORK)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        query, form, user = self.request.GET, context["filter"].form, self.request.user
        chosen = chosen_conditions(form, query)
        everything = super().get_queryset().filter(collection=self.collection)
        districts = self.districts(everything.progress())
        late = everything.late(timezone.localdate()).count()
        context.update(
            collection=self.collection,
            today=timezone.localdate(),
            tiles=self.tiles(districts, late),
            districts=districts,
            late=late,
            form=form,
            main=("district", "state", "late"),
            keep={name: query[name] for name in ("sort",) if query.get(name)},
            chosen=chosen,
            clear_url=link_of(query, **{item["name"]: None for item in chosen}) if chosen else "",
            count=context["table"].paginator.count,
            may_work=self.may_work,
            may_change=is_citywide(user),
            may_export=self.may_export,
            export_xlsx=link_of(query, export="xlsx"),
            batches=self.batches(),
        )
        return context

    def districts(self, progress: dict[int | None, dict[str, int]]) -> list[dict[str, Any]]:
        """One line a district: how many of how many are in, approved and returned; the reader's own only."""
        known = [pk for pk in progress if pk is not None]
        visible = Organization.objects.visible_to(self.request.user, "organization.view").filter(pk__in=known)
        names = dict(visible.order_by("path").values_list("pk", "name"))
        order = ([None] if None in progress else []) + [pk for pk in names if pk in progress]
        lines = []
        for pk in order:
            states = progress[pk]
            total = sum(states.values())
            done = sum(states.get(state, 0) for state in DONE)
            lines.append(
                {
                    "name": "市直" if pk is None else names[pk], "total": total, "done": done, "left": total - done,
                    "approved": states.get(UnitRosterState.APPROVED, 0), "states": states,
                    "waiting": states.get(UnitRosterState.HANDED_IN, 0),
                    "url": link_of(self.request.GET, district=CITY if pk is None else str(pk), page=None),
                }
            )  # fmt: skip
        return lines

    def tiles(self, districts: Sequence[dict[str, Any]], late: int) -> list[dict[str, Any]]:
        def count(state: str) -> int:
            return sum(line["states"].get(state, 0) for line in districts)

        total = sum(line["total"] for line in districts)
        tiles = [{"label": "该报的单位", "icon": "building", "value": total, "url": "?", "note": "", "tone": ""}]
        icons = {
            "owed": "clock",
            "handed_in": "file-spreadsheet",
            "returned": "arrow-back-up",
            "approved": "circle-check",
        }
        for state in UnitRosterState:
            url = f"?state={state.value}"
            tiles.append({"label": state.label, "icon": icons[state.value], "value": count(state), "url": url,
                          "note": "", "tone": ""})  # fmt: skip
        tiles.append({"label": "逾期未报", "icon": "alert-circle", "value": late, "url": "?late=1",
                      "note": "等着催" if late else "没有", "tone": "owed-t" if late else ""})  # fmt: skip
        return tiles

    def batches(self) -> list[RosterImport]:
        """The last heaps of workbooks, for staff."""
        if not self.may_work:
            return []
        found = RosterImport.objects.visible_to(self.request.user).filter(collection=self.collection)
        return list(found.select_related("uploaded_by").order_by("-pk")[:3])


class CollectionOpenPage(FormPage):
    right = WORK
    form_class = OpenCollectionForm
    template_name = "cadres/collection_form.html"
    success_message = "{object}已发起，应报的单位都列好了"

    def allow(self) -> None:
        if not is_citywide(self.request.user):
            raise PermissionDenied

    def perform(self, form: OpenCollectionForm) -> RosterCollection:
        return actions.open_collection(actor=self.request.user, **form.values())

    def get_success_url(self) -> str:
        return board_url(self.object)


class CollectionPage(FormPage):
    """A step about one collection, for staff."""

    model = RosterCollection
    right = WORK
    change_right = WORK
    citywide = True
    template_name = "cadres/collection_step.html"
    title = ""
    verb = ""
    lead = ""

    def allow(self) -> None:
        if self.citywide and not is_citywide(self.request.user):
            raise PermissionDenied

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = {"title": self.title, "verb": self.verb, "lead": self.lead, "consequences": self.consequences()}
        return super().get_context_data(collection=self.instance, back=board_url(self.instance), **{**words, **kwargs})

    def consequences(self) -> list[str]:
        return []

    def get_success_url(self) -> str:
        return board_url(self.instance)


class CollectionChangePage(CollectionPage):
    form_class = ChangeCollectionForm
    title = "改期限和说明"
    verb = "保存"
    success_message = "已改好"

    def perform(self, form: ChangeCollectionForm) -> RosterCollection:
        return actions.change_collection(
            actor=self.request.user, collection=self.instance, version=form.cleaned_data["version"], **form.values()
        )


class CollectionClosePage(CollectionPage):
    form_class = ConfirmForm

    @property
    def title(self) -> str:  # type: ignore[override]
        return f"结束{self.instance}？" if self.instance.closed_at is None else f"重新开放{self.instance}？"

    @property
    def verb(self) -> str:  # type: ignore[override]
        return "结束" if self.instance.closed_at is None else "重新开放"

    def consequences(self) -> list[str]:
        if self.instance.closed_at is not None:
            return ["没有报的单位又可以报了，逾期的照旧催"]
        waiting = UnitRoster.objects.visible_to(self.request.user).filter(collection=self.instance).waited_for().count()
        return [
            f"还有 {waiting} 个单位没有报，结束以后不能再报" if waiting else "各单位都报了",
            "不再发提醒；报来的名册、退回意见都留着，可以再看",
            "需要时可以重新开放",
        ]

    def perform(self, form: ConfirmForm) -> RosterCollection:
        reopen = self.instance.closed_at is not None
        return actions.close_collection(actor=self.request.user, collection=self.instance, reopen=reopen)


class CollectionUnitPage(CollectionPage):
    form_class = AddUnitForm
    citywide = False
    title = "添一个该报的单位"
    verb = "添上"
    lead = "发起时名下有人的单位都已列上；后来新建的、漏了的在这里添"

    def perform(self, form: AddUnitForm) -> UnitRoster:
        return actions.add_unit(
            actor=self.request.user, collection=self.instance, organization=form.cleaned_data["unit"]
        )


class CollectionRemindPage(CollectionPage):
    """催报: shows who will be told before anybody is."""

    form_class = RemindForm
    citywide = False
    verb = "发出催报"

    def get_initial(self) -> dict[str, Any]:
        return {"units": ",".join(pk for pk in self.request.GET.getlist("pk") if pk.isdigit())[:20000]}

    @cached_property
    def due(self) -> list[UnitRoster]:
        """Of what was picked, or of all late ones, those still waited for."""
        mine = UnitRoster.objects.visible_to(self.request.user, WORK).filter(collection=self.instance).for_lists()
        picked = [int(pk) for pk in self.request.GET.getlist("pk") if pk.isdigit() and len(pk) < 18]
        found = mine.waited_for().filter(pk__in=picked) if picked else mine.late(timezone.localdate())
        return list(found.order_by("organization__path"))

    @property
    def title(self) -> str:  # type: ignore[override]
        return f"催报 {len(self.due)} 个单位？" if self.due else "没有要催的单位"

    def consequences(self) -> list[str]:
        if not self.due:
            return ["选的单位都报了，或者还没有逾期的"]
        liaisons = liaisons_of(row.organization for row in self.due)
        alone = [row.organization.name for row in self.due if not liaisons.get(row.organization_id)]
        names = "、".join(row.organization.name for row in self.due[:10])
        lines = [f"{names}{'等' if len(self.due) > 10 else ''}，联络员的“提醒”里马上收到一条"]
        if alone:
            shown = "、".join(alone[:10])
            lines.append(f"{shown}{'等' if len(alone) > 10 else ''} {len(alone)} 个单位没有联络员，收不到，请打电话")
        lines.append("每个单位一天最多收到一条，今天已经提醒过的不再重复")
        return lines

    def perform(self, form: RemindForm) -> RosterCollection:
        self.count = actions.remind(actor=self.request.user, collection=self.instance, units=form.chosen())
        transaction.on_commit(tasks.tell_liaisons)
        return self.instance

    @property
    def success_message(self) -> str:  # type: ignore[override]
        return f"已催报 {self.count} 个单位"


class CollectionBatchPage(CollectionPage):
    """Hundreds of workbooks at once, each for the unit that its title names."""

    form_class = BatchForm
    citywide = False
    template_name = "cadres/collection_batch_form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        from django.conf import settings

        return super().get_context_data(limit=settings.SONGHE_UPLOAD_MAX_BYTES, **kwargs)

    def perform(self, form: BatchForm) -> RosterImport:
        files = [(file.name, file.read()) for file in form.values()["files"]]
        job = batches.upload_batch(actor=self.request.user, collection=self.instance, files=files)
        transaction.on_commit(lambda: tasks.read_roster.delay(job.pk))
        return job

    def get_success_url(self) -> str:
        return reverse("cadres:collection_batch", args=[self.object.pk])


class BatchResultPage(Page):
    """A heap while it is sorted, and what could not be given to a unit."""

    right = WORK
    template_name = "cadres/collection_batch.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        visible = RosterImport.objects.visible_to(request.user).exclude(collection=None)
        self.job = get_object_or_404(visible.select_related("collection", "uploaded_by"), pk=kwargs["pk"])
        if request.htmx and not self.job.running:
            return HttpResponseClientRedirect(request.path)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        left = list(self.job.files.all()) if not self.job.running else []
        failed = self.job.status == RosterStatus.FAILED
        return super().get_context_data(
            job=self.job, collection=self.job.collection, left=left, failed=failed, **kwargs
        )


class UnitRemovePage(FormPage):
    """The unit does not owe a roster after all."""

    model = UnitRoster
    right = WORK
    change_right = WORK
    form_class = ConfirmForm
    template_name = "cadres/collection_step.html"
    success_message = "已去掉"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        unit, collection = self.instance.organization, self.instance.collection
        return super().get_context_data(
            collection=collection,
            title=f"{unit.name}不用报？",
            verb="从催报里去掉",
            consequences=["不再提醒这个单位，也不算在进度里", "单位和人的资料都不变；需要时可以再添上"],
            back=reverse("cadres:unit_roster_detail", args=[self.instance.pk]),
            danger=True,
            **kwargs,
        )

    def perform(self, form: ConfirmForm) -> RosterCollection:
        return actions.remove_unit(actor=self.request.user, unit_roster=self.instance)

    def get_success_url(self) -> str:
        return board_url(self.object)
