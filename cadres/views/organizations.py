"""单位与管理责任: the tree of organizations, one organization, its changes, and the plain import of their list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import actions
from accounts.models import Organization
from cadres import imports
from cadres.exports import OrganizationResource
from cadres.filters import OrganizationFilter
from cadres.forms import MoveOrganizationForm, OrganizationFileForm, OrganizationForm
from cadres.lists import link_of
from cadres.models import Cadre
from cadres.roster.guards import UploadRefused
from cadres.tables import OrganizationTable
from cadres.views.people import chosen_conditions
from cadres.widgets import KINDS, label_of
from common import editing
from common.codes import Category, Rank
from common.views import FormPage, ListPage, Page, RecordPage

SALT = "songhe.organization-import"


def people_by_path(user: Any, under: Organization | None = None) -> list[tuple[str, int]]:
    """(path of the unit, people on the roll whom the user sees), one query whatever the size of the tree."""
    people = Cadre.objects.visible_to(user).present()
    if under is not None:
        people = people.of_unit(under)
    return list(people.order_by().values_list("unit__path").annotate(n=Count("pk")))


def fold(rows: list[Organization], paths: list[tuple[str, int]]) -> dict[int, int]:
    """Sum what lies at or below each of ``rows``."""
    ids = {row.pk for row in rows}
    sums: dict[int, int] = {}
    for path, count in paths:
        for part in path.strip("/").split("/"):
            if int(part) in ids:
                sums[int(part)] = sums.get(int(part), 0) + count
    return sums


def ancestors_of(user: Any, organization: Organization) -> list[Organization]:
    """From the top of what the user sees down to the parent."""
    ids = [int(part) for part in organization.path.strip("/").split("/")][:-1]
    return list(Organization.objects.visible_to(user).filter(pk__in=ids).order_by("path")) if ids else []


class OrganizationListPage(ListPage):
    """Without a search the children of one node; with one, whatever matches below it."""

    model = Organization
    right = "organization.view"
    table_class = OrganizationTable
    filterset_class = OrganizationFilter
    template_name = "cadres/organization_list.html"
    export_resource = OrganizationResource
    export_right = "organization.view"
    export_action = "organization.export"
    export_name = "单位名单"
    per_page = 50

    @property
    def searching(self) -> bool:
        return any(self.request.GET.get(name) for name in ("q", "kind", "nature", "export"))

    @property
    def node(self) -> Organization | None:
        """The node whose children are listed: as asked, else the single top of what the reader sees."""
        if not hasattr(self, "_node"):
            visible = super().get_queryset()
            wanted = self.request.GET.get("under", "")
            self._node = visible.filter(pk=int(wanted)).first() if wanted.isdigit() and len(wanted) < 18 else None
            if self._node is None:
                tops = list(self.tops()[:2])
                self._node = tops[0] if len(tops) == 1 else None
        return self._node

    def tops(self) -> QuerySet:
        visible = super().get_queryset()
        return visible.filter(Q(parent=None) | ~Q(parent__in=visible)).order_by("path")

    def get_queryset(self) -> QuerySet:
        visible = super().get_queryset().select_related("parent")
        if self.searching:
            return visible.subtree(self.node).order_by("path") if self.node else visible.order_by("path")
        return visible.filter(parent=self.node).order_by("kind", "code") if self.node else self.tops()

    def get_table_kwargs(self) -> dict[str, Any]:
        user, rows = self.request.user, list(self.object_list.values_list("pk", flat=True)[:2000])
        stubs = [Organization(pk=pk) for pk in rows]
        below = [(path, 1) for path in super().get_queryset().values_list("path", flat=True)]
        counts = {pk: count - 1 for pk, count in fold(stubs, below).items()}
        people = fold(stubs, people_by_path(user, self.node)) if user.holds("cadre.view") else {}
        exclude = () if user.holds("cadre.view") else ("people",)
        return {"below": counts, "people": people, "flat": self.searching, "exclude": exclude}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        query, form, user = self.request.GET, context["filter"].form, self.request.user
        chosen = [item for item in chosen_conditions(form, query) if item["name"] != "under"]
        context.update(
            form=form,
            main=("kind", "nature"),
            keep={"under": query["under"]} if query.get("under") else {},
            chosen=chosen,
            clear_url=link_of(query, **{item["name"]: None for item in chosen}) if chosen else "",
            count=context["table"].paginator.count,
            node=self.node,
            ancestors=ancestors_of(user, self.node) if self.node else [],
            may_change=user.holds("organization.change"),
            may_export=self.may_export,
            export_xlsx=link_of(query, export="xlsx"),
        )
        return context


@require_safe
def organization_suggest(request: HttpRequest) -> HttpResponse:
    """Suggestions for a box of `OrganizationInput`: units that the user sees, at most twenty."""
    if not request.user.holds("organization.view"):
        raise PermissionDenied
    kinds = KINDS.get(request.GET.get("kinds", ""), KINDS["any"])
    typed = next((value.strip() for name, value in request.GET.items() if name != "kinds"), "")[:60]
    found: QuerySet | list = []
    if typed:
        units = Organization.objects.visible_to(request.user).filter(kind__in=kinds, active=True)
        match = Q(name__contains=typed) | Q(short_name__contains=typed) | Q(code__startswith=typed)
        found = units.filter(match).order_by("path")[:20]
    return render(request, "cadres/organization_suggest.html", {"labels": [label_of(unit) for unit in found]})


class OrganizationDetailPage(RecordPage):
    model = Organization
    right = "organization.view"
    template_name = "cadres/organization_detail.html"

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().select_related("parent", "district")

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        unit, user = self.object, self.request.user
        if user.holds("cadre.view"):
            context["responsibility"] = self.responsibility()
        children = list(Organization.objects.visible_to(user).filter(parent=unit).order_by("kind", "code")[:13])
        context.update(
            unit=unit,
            ancestors=ancestors_of(user, unit),
            children=children[:12],
            more_children=len(children) > 12,
            may_change=Organization.objects.visible_to(user, "organization.change").filter(pk=unit.pk).exists(),
            list_url=f"{reverse('cadres:cadre_list')}{link_of(self.request.GET, unit=label_of(unit))}",
        )
        return context

    def responsibility(self) -> dict[str, Any]:
        """By rank, who manages: 地级 the bureau and the unit, 县级 the centre and the unit, the others the unit."""
        people = Cadre.objects.visible_to(self.request.user).present().of_unit(self.object)
        bureau = Q(rank__in=[Rank.PROVINCIAL_CHIEF, Rank.PROVINCIAL_DEPUTY, Rank.BUREAU_CHIEF, Rank.BUREAU_DEPUTY])
        county = Q(rank__in=[Rank.COUNTY_CHIEF, Rank.COUNTY_DEPUTY])
        counts = people.order_by().aggregate(
            total=Count("pk"),
            leave=Count("pk", filter=Q(category=Category.LEAVE)),
            retiree=Count("pk", filter=Q(category=Category.RETIREE)),
            bureau=Count("pk", filter=bureau),
            county=Count("pk", filter=county),
            relocated=Count("pk", filter=Q(relocated=True)),
        )
        counts["others"] = counts["total"] - counts["bureau"] - counts["county"]
        return counts


class OrganizationCreatePage(FormPage):
    right = "organization.change"
    form_class = OrganizationForm
    template_name = "cadres/organization_form.html"
    success_message = "已新增{object.name}"

    def get_initial(self) -> dict[str, Any]:
        wanted = self.request.GET.get("parent", "")
        if not wanted.isdigit() or len(wanted) > 17:
            return {}
        places = Organization.objects.visible_to(self.request.user, "organization.change")
        return {"parent": places.filter(pk=int(wanted)).first()}

    def perform(self, form: OrganizationForm) -> Organization:
        return actions.create_organization(actor=self.request.user, **form.values())

    def get_success_url(self) -> str:
        return reverse("cadres:organization_detail", args=[self.object.pk])


class OrganizationChangePage(FormPage):
    model = Organization
    right = "organization.view"
    change_right = "organization.change"
    form_class = OrganizationForm
    template_name = "cadres/organization_form.html"
    success_message = "{object.name}的资料已改好"

    def perform(self, form: OrganizationForm) -> Organization:
        return actions.change_organization(
            actor=self.request.user,
            organization=self.instance,
            values=form.values(),
            version=form.cleaned_data["version"],
        )

    def get_success_url(self) -> str:
        return reverse("cadres:organization_detail", args=[self.instance.pk])


class OrganizationMovePage(FormPage):
    model = Organization
    right = "organization.view"
    change_right = "organization.change"
    form_class = MoveOrganizationForm
    template_name = "cadres/step_form.html"
    success_message = "{object.name}已调到新的上级下面"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        unit = self.instance
        below = Organization.objects.visible_to(self.request.user).subtree(unit).count() - 1
        return super().get_context_data(
            unit=unit,
            title=f"给{unit.name}换上级？",
            lead=f"现在的上级是{unit.parent.name}" if unit.parent else "",
            consequences=[
                f"连同下面的 {below} 个单位一起挪过去" if below else "下面没有单位，只挪这一个",
                "谁管得到这些单位，随新的上级走",
            ],
            verb="换上级",
            **kwargs,
        )

    def perform(self, form: MoveOrganizationForm) -> Organization:
        return actions.move_organization(
            actor=self.request.user, organization=self.instance, parent=form.cleaned_data["parent"]
        )

    def get_success_url(self) -> str:
        return reverse("cadres:organization_detail", args=[self.instance.pk])


class OrganizationImportPage(Page):
    """Upload, look at what would happen, confirm. The list travels in the page, signed; nothing is kept between."""

    right = "organization.change"
    template_name = "cadres/organization_import.html"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        kwargs.setdefault("form", OrganizationFileForm(user=self.request.user))
        return super().get_context_data(columns=imports.HEADERS.values(), step=1, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.confirm(request) if request.POST.get("rows") else self.preview(request)

    def preview(self, request: HttpRequest) -> HttpResponse:
        form = OrganizationFileForm(request.POST, request.FILES, user=request.user)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        file = form.cleaned_data["file"]
        try:
            table, head_row = imports.read_list(file.read(), file.name)
        except UploadRefused as refused:
            form.add_error("file", f"{refused.message}。{refused.hint}" if refused.hint else refused.message)
            return self.render_to_response(self.get_context_data(form=form), status=422)
        outcome = imports.run(user=request.user, table=table, head_row=head_row, commit=False)
        context = self.get_context_data(form=form)
        context.update(
            step=2,
            outcome=outcome,
            counts=outcome.counts,
            due=outcome.count("new") + outcome.count("changed"),
            name=file.name,
            rows=signing.dumps([table, head_row], salt=SALT, compress=True),
            form_key=editing.new_form_key(),
        )
        return self.render_to_response(context)

    def confirm(self, request: HttpRequest) -> HttpResponse:
        opened = editing.read_form_key(request.POST.get("form_key", ""))
        try:
            table, head_row = signing.loads(request.POST["rows"], salt=SALT, max_age=editing.MAX_AGE)
        except signing.BadSignature:
            opened = None
        if opened is None:
            messages.error(request, "这次预览已经过期，请重新选文件")
            return HttpResponseRedirect(reverse("cadres:organization_import"))
        url = reverse("cadres:organization_list")
        with transaction.atomic():
            claimed = editing.claim(request.user, opened)
            if claimed is None:
                return HttpResponseRedirect(url)
            outcome = imports.run(user=request.user, table=table, head_row=head_row, commit=True)
            claimed.result_url = url
            claimed.save(update_fields=["result_url"])
        counts = outcome.counts
        messages.success(request, f"新增 {counts['new']} 个，改动 {counts['changed']} 个，拒收 {counts['refused']} 行")
        return HttpResponseRedirect(url)
