"""待核提议 of staff and 我的提议 of liaisons: filter, table, export, and settling many at once."""

from __future__ import annotations

import datetime
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from import_export import resources

from cadres import actions, proposed
from cadres.exports import WordField
from cadres.models import Proposal, ProposalKind, ProposalState
from cadres.tables import DESK, DESK_TWO, NOWRAP, TWO, two_lines
from cadres.views.places import PlaceFilterSet, list_context
from common.tables import Table
from common.views import ListPage

AGES = (("3", "等了 3 天以上"), ("7", "等了一周以上"), ("30", "等了一个月以上"))
STATES = ((ProposalState.ACCEPTED, "已采纳"), (ProposalState.RETURNED, "已退回"), ("any", "全部"))
SHOWN = 3
DESK_WRAP = {"td": {"class": "no-ph"}, "th": {"class": "no-ph"}}
#: One click settles so many at most; each is a transaction of its own work.
BULK_MOST = 200
#: What a list leaves to the page of one proposal.
HIDDEN = ("unit", "community", "name")
TONES = {
    ProposalState.WAITING: "indigo",
    ProposalState.RETURNED: "ochre",
    ProposalState.ACCEPTED: "pine",
}


def summary(proposal: Proposal) -> list[str]:
    """What it says, a line each: 联系电话 138****6625 → 139****0011."""
    if proposal.kind == ProposalKind.DEATH:
        return [f"{proposal.on:%Y-%m-%d}去世"]
    if proposal.kind == ProposalKind.MOVE_OUT:
        return [f"{proposal.on:%Y-%m-%d}转到{'本市' if proposal.in_city else ''}{proposal.to_place}"]
    lines = [line for line in proposed.lines_of(proposal.changes, None) if line.field not in HIDDEN]
    if proposal.kind == ProposalKind.NEW:
        return [f"{line.label} {line.new}" for line in lines]
    return [f"{line.label} {line.old} → {line.new}" for line in lines]


class ProposalFilter(PlaceFilterSet):
    place = "organization"

    kind = filters.ChoiceFilter(label="事项", choices=ProposalKind.choices, empty_label="全部事项")
    age = filters.ChoiceFilter(label="等了多久", choices=AGES, empty_label="不论久暂", method="by_age")
    state = filters.ChoiceFilter(label="进展", choices=STATES, empty_label="等着核的", method="by_state")

    class Meta:
        model = Proposal
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        if not self.form.cleaned_data.get("state"):
            queryset = queryset.waiting()
        return super().filter_queryset(queryset)

    def by_age(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(made_at__lte=timezone.now() - datetime.timedelta(days=int(value)))

    def by_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.exclude(state=ProposalState.WITHDRAWN) if value == "any" else queryset.filter(state=value)


class MyProposalFilter(PlaceFilterSet):
    place = "organization"

    state = filters.ChoiceFilter(label="进展", choices=ProposalState.choices, empty_label="全部进展")
    kind = filters.ChoiceFilter(label="事项", choices=ProposalKind.choices, empty_label="全部事项")

    class Meta:
        model = Proposal
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.filters.pop("unit")
        self.filters.pop("district", None)


class ProposalTable(Table):
    unit = "件"
    caption = "提议"
    foot_note = "号码已遮盖；看全号须填事由并留记录"

    pick = tables.Column(accessor="pk", orderable=False, verbose_name="")
    name = tables.Column(verbose_name="姓名", empty_values=(), orderable=False, attrs=NOWRAP)
    kind = tables.Column(verbose_name="事项", attrs=DESK)
    says = tables.Column(verbose_name="原来 → 提议", empty_values=(), orderable=False)
    reason = tables.Column(verbose_name="理由", orderable=False, attrs=DESK_WRAP)
    organization = tables.Column(verbose_name="单位", order_by=("organization__name", "pk"), attrs=DESK)
    made_at = tables.Column(verbose_name="提议", order_by=("made_at", "pk"), attrs=DESK_TWO)
    state = tables.Column(verbose_name="进展", attrs=TWO)
    next = tables.Column(verbose_name="", empty_values=(), orderable=False, attrs=NOWRAP)

    class Meta(Table.Meta):
        model = Proposal
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        default = ""
        empty_text = "没有等着核的提议"

    empty_hint = "联络员提出更正、报去世、报转出，都排在这里等您核"

    def __init__(self, *args, mine: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.mine = mine
        if mine:
            self.empty_text, self.foot_note = "您还没有提过", ""
            self.empty_hint = "打开一个人的档案，点“提出更正”；名册里漏了人，点上面的“报漏登的人”"

    def render_name(self, record: Proposal) -> SafeString:
        return format_html(
            '<a class="name" href="{}">{}</a>', reverse("cadres:proposal_detail", args=[record.pk]), record.person_name
        )

    def render_says(self, record: Proposal) -> SafeString:
        lines = summary(record)
        shown = format_html_join("", "<div>{}</div>", ((line,) for line in lines[:SHOWN]))
        more = format_html('<div class="note soft">还有 {} 项</div>', len(lines) - SHOWN) if len(lines) > SHOWN else ""
        return format_html("{}{}", shown, more)

    def render_organization(self, record: Proposal) -> str:
        return record.organization.short_name or record.organization.name

    def render_made_at(self, record: Proposal) -> SafeString:
        days = (timezone.localdate() - timezone.localtime(record.made_at).date()).days
        when = "今天" if days == 0 else f"{days} 天前"
        return two_lines(when, "" if self.mine else record.made_by.display_name)

    def render_state(self, record: Proposal) -> SafeString:
        tag = format_html(
            '<span class="tag {}">{}</span>', TONES.get(ProposalState(record.state), ""), record.get_state_display()
        )
        return two_lines(tag, record.settled_by.display_name if record.settled_by and not record.waiting else "")

    def render_next(self, record: Proposal) -> SafeString:
        url = reverse("cadres:proposal_detail", args=[record.pk])
        if self.mine and record.returned:
            url = reverse("cadres:proposal_again", args=[record.pk])
        verb = ("去改" if record.returned else "看") if self.mine else ("去核" if record.waiting else "看")
        return format_html(
            '<a class="btn2 ton sm" href="{}">{}<span class="vh">：{}</span></a>', url, verb, record.person_name
        )


class ProposalResource(resources.ModelResource):
    made_at = WordField("提议日期", lambda row: timezone.localtime(row.made_at).date())
    kind = WordField("事项", lambda row: row.get_kind_display())
    name = WordField("姓名", lambda row: row.person_name)
    organization = WordField("单位", lambda row: row.organization.name)
    says = WordField("原来 → 提议", lambda row: "；".join(summary(row)))
    reason = WordField("理由", lambda row: row.reason)
    made_by = WordField("提议人", lambda row: row.made_by.display_name)
    state = WordField("进展", lambda row: row.get_state_display())
    settled_by = WordField("核办人", lambda row: row.settled_by.display_name if row.settled_by else "")
    words = WordField("退回的话", lambda row: row.words)

    class Meta:
        model = Proposal
        fields = (
            "made_at",
            "kind",
            "name",
            "organization",
            "says",
            "reason",
            "made_by",
            "state",
            "settled_by",
            "words",
        )
        export_order = fields


class ProposalListPage(ListPage):
    """What waits for staff, the oldest first."""

    model = Proposal
    right = "cadre.change"
    table_class = ProposalTable
    filterset_class = ProposalFilter
    template_name = "cadres/proposal_list.html"
    export_resource = ProposalResource
    export_right = "cadre.change"
    export_action = "upkeep.export"
    export_name = "提议"

    def get_queryset(self) -> QuerySet:
        return Proposal.objects.visible_to(self.request.user, self.right).for_lists().order_by("made_at", "pk")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"mine": False, "exclude": () if self.waiting else ("pick",)}

    @property
    def waiting(self) -> bool:
        return not self.request.GET.get("state")

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return (
            context
            | list_context(self, context, ("unit", "district", "kind", "age", "state"))
            | {
                "may_settle": self.waiting and bool(context["table"].paginator.count),
            }
        )


class MyProposalListPage(ListPage):
    """What a liaison proposed, and what became of it; what came back stands first."""

    model = Proposal
    right = "proposal.make"
    table_class = ProposalTable
    filterset_class = MyProposalFilter
    template_name = "cadres/proposal_mine.html"

    def get_queryset(self) -> QuerySet:
        user = self.request.user
        return Proposal.objects.visible_to(user).made_by_user(user).for_lists().order_by("-made_at", "-pk")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"mine": True, "exclude": ("pick", "organization")}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | list_context(self, context, ("state", "kind"))


@require_POST
def proposal_bulk(request: HttpRequest) -> HttpResponse:
    """Accept or return the ticked ones; what cannot be is named and left waiting."""
    user: Any = request.user
    if not user.holds("cadre.change"):
        raise PermissionDenied
    keys = [int(value) for value in request.POST.getlist("pk") if value.isdigit()][:BULK_MOST]
    picked = Proposal.objects.visible_to(user, "cadre.change").for_lists().filter(pk__in=keys).order_by("made_at", "pk")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("cadres:proposal_list")
    if not keys:
        messages.warning(request, "还没有勾选，请先在每行前面打勾")
        return HttpResponseRedirect(target)
    accepting = request.POST.get("do") == "accept"
    try:
        if accepting:
            done, left = actions.accept_many(actor=user, proposals=picked)
        else:
            done, left = actions.return_many(actor=user, proposals=picked, words=request.POST.get("words", ""))
    except ValidationError as problem:
        messages.error(request, "；".join(problem.messages))
        return HttpResponseRedirect(target)
    if done:
        messages.success(request, f"{'采纳' if accepting else '退回'}了 {len(done)} 件")
    for proposal, why in left[:10]:
        messages.warning(request, f"{proposal.person_name}这一件还等着：{why}")
    if len(left) > 10:
        messages.warning(request, f"另有 {len(left) - 10} 件也没有办成，还在列表里")
    return HttpResponseRedirect(target)
