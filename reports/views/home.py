"""The home page of each role: what is to be done today, or the state of the city."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Organization, User
from common.models import AuditEntry
from common.views import Page
from reports.dashboard import COVERAGE_TARGET, Dashboard
from reports.today import Today, date_line, day_words
from reports.upkeep import upkeep_groups


def home(request: HttpRequest) -> HttpResponse:
    """Whoever logs visits sees duties; leaders the overview; administrators their own desk."""
    user = request.user
    if user.holds("visit.log"):
        today = Today(user)
        context = {
            "today": today,
            "dates": date_line(today.today),
            "tiles": today.tiles(),
            "groups": [*upkeep_groups(user, today.today), *today.groups()],
            "birthdays": [(day_words(item.on, today.today), item) for item in today.birthdays[:8]],
        }
        return render(request, "home/today.html", context)
    if user.holds("dashboard.view"):
        return dashboard(request)
    return render(request, "home/admin.html", {"desks": admin_desks(request)})


def admin_desks(request: HttpRequest) -> list[dict[str, object]]:
    """What each administrator may look after, with its size; no people anywhere."""
    user = request.user
    desks: list[dict[str, object]] = []
    if user.holds("account.manage"):
        accounts = User.objects.visible_to(user)
        desks.append(
            {
                "label": "账号与角色",
                "icon": "user-check",
                "route": "admin:index",
                "value": accounts.count(),
                "unit": "个账号",
                "note": f"停用 {accounts.filter(is_active=False).count()} 个，"
                f"没有角色 {accounts.filter(role_grants=None).count()} 个",
            }
        )
    if user.holds("lookup.change"):
        desks.append(
            {
                "label": "单位",
                "icon": "building",
                "route": "cadres:organization_list",
                "value": Organization.objects.visible_to(user).count(),
                "unit": "个单位",
                "note": "新建、改名、调整隶属",
            }
        )
    if user.holds("audit.view"):
        entries = AuditEntry.objects.visible_to(user)
        desks.append(
            {
                "label": "操作记录",
                "icon": "history",
                "route": "audit:entry_list",
                "value": entries.count(),
                "unit": "条",
                "note": "谁在什么时候看了、改了什么",
            }
        )
        desks.append(
            {
                "label": "链校验",
                "icon": "shield-check",
                "route": "audit:verify",
                "value": "",
                "unit": "",
                "note": "查有没有被改过、删过",
            }
        )
    return desks


def dashboard(request: HttpRequest) -> HttpResponse:
    return DashboardPage.as_view()(request)


class DashboardPage(Page):
    right = "dashboard.view"
    template_name = "reports/dashboard.html"

    def get_context_data(self, **kwargs):
        board = Dashboard(self.request.user)
        coverage = board.coverage()
        bands = board.pyramid()
        widest = max((max(band.men, band.women) for band in bands), default=0)
        trend = board.trend()
        values = trend["series"][0]["values"]
        return super().get_context_data(
            board=board,
            kpis=board.kpis(),
            coverage=coverage,
            target=COVERAGE_TARGET,
            matters=board.matters(coverage),
            bands=bands,
            widest=widest,
            men=sum(band.men for band in bands),
            women=sum(band.women for band in bands),
            old=sum(band.men + band.women for band in bands[:2]),
            trend=trend,
            trend_label=f"离休干部：{trend['labels'][0]} {values[0]} 人，现在 {values[-1]} 人",
            districts=board.districts(),
            occasions=board.occasions(),
            **kwargs,
        )
