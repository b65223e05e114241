"""生存状况核实: the year's due list, how far each unit is, and recording one or many."""

from __future__ import annotations

import datetime
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig
from import_export import resources

from cadres import actions
from cadres.exports import WordField
from cadres.forms.upkeep import VerificationForm, VerifyManyForm
from cadres.lists import link_of
from cadres.models import Cadre, LifeVerification, VerificationResult, VerificationWay
from cadres.querysets.upkeep import needing_verification, verified_in, with_verification
from cadres.tables import DESK, DESK_MASKED, DESK_TWO, NOWRAP, RIGHT, TWO, two_lines
from cadres.upkeep import verification_due
from cadres.views.places import PlaceFilterSet, list_context
from common.codes import Category, Level
from common.tables import Table
from common.views import FormPage, ListPage, Page

YEARS_BACK = 5
BULK_MOST = 500
WHY = (("relocated", "易地安置"), ("away", "长期外地居住"), ("survivor", "遗属"))
#: Paper tabs over the list.
VIEWS = (("", "还没有核实"), ("lost", "失联"), ("deceased", "核实时已去世"), ("done", "已核实健在"), ("all", "全部"))


def why_of(cadre: Cadre) -> str:
    """Why somebody is on the list, in words."""
    words = [cadre.category == Category.SURVIVOR and "遗属"]
    words.append(cadre.relocated and "易地安置")
    words.append(cadre.away and "长期外地居住")
    return "、".join(word for word in words if word)


def place_of(cadre: Cadre) -> str:
    return (cadre.relocated and cadre.relocated_to) or (cadre.away and cadre.away_to) or ""


class VerificationFilter(PlaceFilterSet):
    year = filters.ChoiceFilter(label="年度", empty_label=None, method="as_given")
    why = filters.ChoiceFilter(label="人员", choices=WHY, empty_label="全部人员", method="by_why")
    view = filters.ChoiceFilter(label="视图", choices=[view for view in VIEWS if view[0]], method="as_given")

    class Meta:
        model = Cadre
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        this = timezone.localdate().year
        self.filters["year"].extra["choices"] = [(str(y), f"{y}年") for y in range(this, this - YEARS_BACK, -1)]

    @property
    def chosen_year(self) -> int:
        asked = self.data.get("year", "") if self.data else ""
        return int(asked) if asked in dict(self.filters["year"].extra["choices"]) else timezone.localdate().year

    @property
    def chosen_view(self) -> str:
        asked = self.data.get("view", "") if self.data else ""
        return asked if asked in dict(VIEWS) else ""

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """``everybody``: the whole list of the year under the other conditions; what is shown is one view of it."""
        self.everybody = super().filter_queryset(queryset)
        return with_verification(of_view(self.everybody, self.chosen_view, self.chosen_year), self.chosen_year)

    def as_given(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        return queryset

    def by_why(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(category=Category.SURVIVOR) if value == "survivor" else queryset.filter(**{value: True})


def of_view(people: QuerySet, view: str, year: int) -> QuerySet:
    if view == "all":
        return people
    if view == "done":
        return people.filter(verified_in(year, VerificationResult.ALIVE))
    return people.filter(verified_in(year, view)) if view else people.exclude(verified_in(year))


def counts_of(people: QuerySet, year: int) -> dict[str, int]:
    """How many stand in each view, in one query."""
    own = Q(verifications__year=year)
    found = people.order_by().aggregate(
        all=Count("pk", distinct=True),
        **{
            result: Count("pk", filter=own & Q(verifications__result=result), distinct=True)
            for result in VerificationResult.values
        },
    )
    done = sum(found[result] for result in VerificationResult.values)
    return {
        "": found["all"] - done, "all": found["all"], "done": found[VerificationResult.ALIVE],
        "lost": found[VerificationResult.LOST], "deceased": found[VerificationResult.DECEASED],
    }  # fmt: skip


class VerificationTable(Table):
    caption = "生存状况核实"

    pick = tables.Column(accessor="pk", orderable=False, verbose_name="")
    name = tables.Column(verbose_name="姓名", order_by=("name_pinyin", "pk"), attrs=NOWRAP)
    why = tables.Column(verbose_name="人员", empty_values=(), orderable=False, attrs=DESK_TWO)
    unit_name = tables.Column(verbose_name="单位", accessor="unit", order_by=("unit__path", "pk"), attrs=DESK)
    phone = tables.Column(verbose_name="联系电话", accessor="masked_phone", orderable=False, attrs=DESK_MASKED)
    state = tables.Column(verbose_name="本年核实", empty_values=(), orderable=False, attrs=TWO)
    next = tables.Column(verbose_name="", empty_values=(), orderable=False, attrs=NOWRAP)

    class Meta(Table.Meta):
        model = Cadre
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        default = ""
        empty_text = "这里没有人"
        empty_hint = "易地安置、长期外地居住的人和遗属，每年核实一次；都核实过就不在“还没有核实”里"

    def __init__(self, *args, year: int, may_record: bool, **kwargs) -> None:
        self.year, self.today, self.due = year, timezone.localdate(), verification_due(year)
        super().__init__(*args, **kwargs)
        if not may_record:
            self.columns.hide("next")

    def render_name(self, record: Cadre) -> SafeString:
        url = reverse("cadres:cadre_detail", args=[record.pk])
        return format_html('<a class="name" href="{}">{}</a>', url, record.name)

    def render_why(self, record: Cadre) -> SafeString:
        return two_lines(why_of(record), place_of(record))

    def render_unit_name(self, record: Cadre) -> str:
        return record.unit.short_name or record.unit.name

    def render_state(self, record: Any) -> SafeString:
        if record.verified_id is None:
            late = (self.today - self.due).days
            if late > 0:
                return two_lines(mark_safe('<span class="tag cin"><span class="dot"></span>逾期</span>'), f"{late} 天")
            return two_lines("待核实", f"{self.due.month}月{self.due.day}日前")
        result, day = VerificationResult(record.verified_result), f"{record.verified_on:%Y-%m-%d}"
        tone = {"alive": "pine", "lost": "ochre"}.get(result, "")
        tag = format_html('<span class="tag {}">{}</span>', tone, result.label)
        return two_lines(tag, f"{day} {VerificationWay(record.verified_way).label}")

    def render_next(self, record: Any) -> SafeString | str:
        if record.verified_id is None and self.year != self.today.year:
            return ""
        route, key, verb = "cadres:verification_change", record.verified_id, "改"
        if record.verified_id is None:
            route, key, verb = "cadres:verification_record", record.pk, "登记核实"
        elif record.verified_result == VerificationResult.LOST:
            verb = "再核实"
        return format_html(
            '<a class="btn2 ton sm" href="{}">{}<span class="vh">：{}</span></a>',
            reverse(route, args=[key]), verb, record.name,
        )  # fmt: skip


class VerificationResource(resources.ModelResource):
    name = WordField("姓名", lambda row: row.name)
    why = WordField("人员", why_of)
    place = WordField("居住地", place_of)
    unit = WordField("单位", lambda row: row.unit.name)
    phone = WordField("联系电话", lambda row: row.masked_phone)
    done_on = WordField("核实日期", lambda row: row.verified_on or "")
    way = WordField("方式", lambda row: VerificationWay(row.verified_way).label if row.verified_way else "")
    result = WordField(
        "结果", lambda row: VerificationResult(row.verified_result).label if row.verified_result else "没有核实"
    )

    class Meta:
        model = Cadre
        fields = ("name", "why", "place", "unit", "phone", "done_on", "way", "result")
        export_order = fields


class VerificationListPage(ListPage):
    """The year's list; whoever was not verified yet is shown first of all."""

    model = Cadre
    right = "cadre.view"
    table_class = VerificationTable
    filterset_class = VerificationFilter
    template_name = "cadres/verification_list.html"
    export_resource = VerificationResource
    export_right = "cadre.export"
    export_action = "upkeep.export"
    export_name = "生存状况核实"

    def get_queryset(self) -> QuerySet:
        people = Cadre.objects.visible_to(self.request.user).select_related("unit")
        return needing_verification(people).order_by("unit__path", "pk")

    @property
    def may_record(self) -> bool:
        return self.request.user.holds("verification.record")

    @property
    def may_pick(self) -> bool:
        chosen = self.filterset
        this_year = chosen.chosen_year == timezone.localdate().year
        return self.may_record and this_year and chosen.chosen_view == ""

    def get_table_kwargs(self) -> dict[str, Any]:
        return {
            "year": self.filterset.chosen_year, "may_record": self.may_record,
            "exclude": () if self.may_pick else ("pick",),
        }  # fmt: skip

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        query, chosen = self.request.GET, self.filterset
        year, now = chosen.chosen_year, chosen.chosen_view
        counts = counts_of(chosen.everybody, year)
        due, today = verification_due(year), timezone.localdate()
        return context | list_context(self, context, ("year", "unit", "district", "why")) | {
            "views": [
                {"label": label, "count": counts[key], "current": key == now, "url": link_of(query, view=key or None)}
                for key, label in VIEWS
            ],
            "year": year, "due": due, "late": today > due, "counts": counts, "may_pick": self.may_pick and counts[""],
            "many": VerifyManyForm(initial={"done_on": today, "way": VerificationWay.CERTIFICATE}),
            "coverage_url": f"{reverse('cadres:verification_coverage')}?year={year}",
        }  # fmt: skip


# -- how far each unit and district is ----------------------------------------------------------------------


class CoverageTable(Table):
    unit = "行"
    caption = "核实进度"

    place = tables.Column(verbose_name="单位", order_by=("place",))
    due = tables.Column(verbose_name="该核实", attrs=RIGHT)
    alive = tables.Column(verbose_name="健在", attrs=RIGHT)
    deceased = tables.Column(verbose_name="去世", attrs=RIGHT)
    lost = tables.Column(verbose_name="失联", attrs=RIGHT)
    owed = tables.Column(verbose_name="还没有核实", attrs=RIGHT)
    share = tables.Column(verbose_name="完成", attrs=RIGHT)

    class Meta(Table.Meta):
        order_by_field = "sort"
        default = ""
        empty_text = "没有要核实的人"

    def render_place(self, record: dict[str, Any]) -> SafeString | str:
        if not record["url"]:
            return record["place"]
        return format_html('<a class="name" href="{}">{}</a>', record["url"], record["place"])

    def render_share(self, value: float) -> str:
        return f"{value:.1f}%"


class CoveragePage(Page):
    """By unit or by district: how many are due and how many were verified."""

    right = "cadre.view"
    template_name = "cadres/verification_coverage.html"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        query, this = self.request.GET, timezone.localdate().year
        asked = query.get("year", "")
        year = int(asked) if asked.isdigit() and this - YEARS_BACK < int(asked) <= this else this
        by = "district" if query.get("by") == "district" else "unit"
        rows = coverage(self.request.user, year, by)
        table = CoverageTable(rows, order_by="-owed")
        table.columns["place"].column.verbose_name = "区县" if by == "district" else "单位"
        RequestConfig(self.request, paginate={"per_page": 50}).configure(table)
        total = {name: sum(row[name] for row in rows) for name in ("due", "alive", "deceased", "lost", "owed")}
        return super().get_context_data(
            table=table, year=year, by=by, total=total, due=verification_due(year),
            share=100 * (total["alive"] + total["deceased"]) / total["due"] if total["due"] else 0,
            tabs=[
                {"label": label, "url": link_of(query, by=key), "current": by == (key or "unit")}
                for key, label in ((None, "按单位"), ("district", "按区县"))
            ],
            **kwargs,
        )  # fmt: skip


def coverage(user: Any, year: int, by: str) -> list[dict[str, Any]]:
    """One row a unit or district of the people due; one query. 失联 counts as not finished."""
    people = needing_verification(Cadre.objects.visible_to(user))
    own = Q(verifications__year=year)
    rows = (
        people.order_by()
        .values(f"{by}_id", f"{by}__name", f"{by}__code")
        .annotate(
            due=Count("pk", distinct=True),
            **{
                result: Count("pk", filter=own & Q(verifications__result=result), distinct=True)
                for result in VerificationResult.values
            },
        )
    )
    found = []
    for row in rows:
        counts = {name: row[name] for name in ("due", *VerificationResult.values)}
        done = counts["alive"] + counts["deceased"]
        code = row[f"{by}__code"]
        query = f"year={year}&" + (f"unit={code}" if by == "unit" else f"district={row['district_id'] or 'city'}")
        found.append(
            {
                **counts,
                "place": row[f"{by}__name"] or Level.MUNICIPAL.label,
                "url": f"{reverse('cadres:verification_list')}?{query}",
                "owed": counts["due"] - done - counts["lost"],
                "share": 100 * done / counts["due"],
            }
        )
    return found


# -- recording ----------------------------------------------------------------------------------------------


def after(user: Any, row: LifeVerification) -> str:
    """Where recording leads: a death found out goes on to the death itself."""
    if row.result != VerificationResult.DECEASED or row.cadre.standing == "deceased":
        return reverse("cadres:verification_list")
    staff = Cadre.objects.visible_to(user, "cadre.change").filter(pk=row.cadre_id).exists()
    route = "cadres:cadre_decease" if staff else "cadres:proposal_death"
    return f"{reverse(route, args=[row.cadre_id])}?verified={row.pk}"


def words_of(user: Any, key: str) -> str:
    """What a verification says of a death, to begin the next form with; blank for a strange key."""
    if not key.isdigit():
        return ""
    row = LifeVerification.objects.visible_to(user).filter(pk=int(key)).first()
    if row is None:
        return ""
    return f"{row.done_on:%Y-%m-%d}核实生存状况（{row.get_way_display()}）时得知"


class VerifyPage(FormPage):
    form_class = VerificationForm
    right = "cadre.view"
    change_right = "verification.record"
    template_name = "cadres/verification_form.html"
    object: LifeVerification

    @property
    def cadre(self) -> Cadre:
        return self.instance

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        cadre = self.cadre
        return super().get_context_data(
            cadre=cadre, why=why_of(cadre), place=place_of(cadre), files_lost=bool(self.request.FILES), **kwargs
        )

    def get_success_url(self) -> str:
        if self.object.result == VerificationResult.DECEASED:
            self.success_message = "核实记好了，请接着登记去世"
        return after(self.request.user, self.object)


class VerificationRecordPage(VerifyPage):
    model = Cadre
    success_message = "{object.cadre.name}核实好了"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": None}

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        """Whoever was verified this year is changed, not verified twice."""
        this = timezone.localdate().year
        rows = LifeVerification.objects.visible_to(request.user, self.change_right)
        done = rows.filter(cadre=self.cadre, year=this).first()
        if done is not None:
            return HttpResponseRedirect(reverse("cadres:verification_change", args=[done.pk]))
        return super().get(request, *args, **kwargs)

    def perform(self, form: VerificationForm) -> LifeVerification:
        return actions.record_verification(
            actor=self.request.user, cadre=self.cadre, values=form.values(), evidence=form.cleaned_data["evidence"]
        )


class VerificationChangePage(VerifyPage):
    model = LifeVerification
    success_message = "{object.cadre.name}的核实改好了"

    @property
    def cadre(self) -> Cadre:
        return self.instance.cadre

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(verification=self.instance, kept=list(self.instance.evidence.all()), **kwargs)

    def perform(self, form: VerificationForm) -> LifeVerification:
        return actions.change_verification(
            actor=self.request.user,
            verification=self.instance,
            values=form.values(),
            version=form.cleaned_data["version"],
            evidence=form.cleaned_data["evidence"],
        )


@require_POST
def verification_bulk(request: HttpRequest) -> HttpResponse:
    """Everybody ticked was found alive, by certificate say, on one day."""
    user: Any = request.user
    if not user.holds("verification.record"):
        raise PermissionDenied
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("cadres:verification_list")
    keys = [int(value) for value in request.POST.getlist("pk") if value.isdigit()][:BULK_MOST]
    form = VerifyManyForm(request.POST)
    if not keys:
        messages.warning(request, "还没有勾选，请先在每行前面打勾")
    elif not form.is_valid():
        messages.error(request, "；".join(problem for problems in form.errors.values() for problem in problems))
    else:
        day: datetime.date = form.cleaned_data["done_on"]
        try:
            count, left = actions.record_many(actor=user, cadres=keys, done_on=day, way=form.cleaned_data["way"])
        except ValidationError as problem:
            messages.error(request, "；".join(problem.messages))
            return HttpResponseRedirect(target)
        messages.success(request, f"{count} 人核实为健在")
        if left:
            names = "、".join(left[:10]) + ("等" if len(left) > 10 else "")
            messages.warning(request, f"{names} {len(left)} 人{day.year}年已经核实过，没有再记")
    return HttpResponseRedirect(target)
