"""The left menu by right, and what every page shows: text size, theme, unread notices.

A menu entry exists only for a feature that exists. Counts on the right are work that waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from cadres.querysets import waiting_pairs
from visits.querysets import unread_notices


@dataclass(frozen=True)
class Entry:
    """One line of the menu: shown to whoever holds ``right`` (blank: everyone signed in)."""

    label: str
    route: str = ""
    icon: str = ""
    right: str = ""
    children: tuple[Entry, ...] = field(default=())
    citywide: bool = False  # only for whoever holds the right on the whole city
    covers: str = ""  # a page that belongs to it though its address does not begin with the entry's


MENU: tuple[Entry, ...] = (
    Entry("今天", "home", "home"),
    Entry(
        "人员",
        icon="users",
        right="cadre.view",
        children=(
            Entry("老干部", "cadres:cadre_list", right="cadre.view"),
            Entry("增减变动", "cadres:event_list", right="cadre.view"),
            Entry("待核提议", "cadres:proposal_list", right="cadre.change"),
            Entry("我的提议", "cadres:proposal_mine", right="proposal.make"),
            Entry("确认名册", "cadres:roster_confirm", right="roster.confirm"),
            Entry("名册确认", "cadres:confirmation_list", right="dashboard.view"),
            Entry("久未更新", "cadres:stale_list", right="cadre.view"),
            Entry("生存状况核实", "cadres:verification_list", right="cadre.view"),
            Entry("名册导入", "cadres:roster_list", right="roster.import"),
            Entry("名册催报", "cadres:collection_list", right="dashboard.view", covers="/cadres/rosters/units/"),
            Entry("报名册", "cadres:duty_list", right="roster.submit", covers="/cadres/rosters/units/"),
            Entry("疑似重复", "cadres:duplicate_list", right="cadre.change"),
            Entry("字典外的值", "cadres:value_list", right="value.map", citywide=True),
            Entry("数据质量", "cadres:quality_list", right="cadre.view"),
            Entry("单位与管理责任", "cadres:organization_list", right="organization.view"),
        ),
    ),
    Entry("单位", "cadres:organization_list", "building", "organization.view"),
    Entry(
        "走访慰问",
        icon="heart-handshake",
        right="visit.view",
        children=(
            Entry("走访记录", "visits:visit_list", right="visit.view"),
            Entry("记一次走访", "visits:visit_create", right="visit.log"),
            Entry("该联系的人", "visits:contact_list", right="visit.view"),
            Entry("祝寿", "visits:birthday_list", right="visit.view"),
            Entry("提醒", "visits:notice_list", right="notice.receive"),
        ),
    ),
    Entry(
        "统计上报",
        icon="chart-bar",
        right="statistics.view",
        children=(
            Entry("年度统计表", "reports:table_list", right="statistics.view"),
            Entry("基本情况", "reports:narrative", right="statistics.view"),
            Entry("变化说明", "reports:change", right="statistics.view"),
            Entry("趋势预测", "reports:trend", right="statistics.view"),
            Entry("逐级上报", "reports:year_list", right="statistics.view"),
            Entry("全市概览", "reports:dashboard", right="dashboard.view"),
        ),
    ),
    Entry("字典", "admin:index", "settings", "lookup.change"),
    Entry("账号与角色", "admin:index", "settings", "account.manage"),
    Entry("操作记录", "audit:entry_list", "history", "audit.view"),
    Entry("链校验", "audit:verify", "shield-check", "audit.view"),
    Entry("帮助与手册", "help", "help-circle"),
)


#: Whoever has no duties of visiting finds another page at the same address.
HOME_OF_LEADERS = Entry("全市概览", "home", "chart-bar")
HOME_OF_OTHERS = Entry("首页", "home", "home")


def _line(entry: Entry, request: HttpRequest) -> dict[str, Any]:
    url = reverse(entry.route)
    current = request.path == url or (entry.route != "home" and request.path.startswith(url))
    covered = bool(entry.covers) and request.path.startswith(entry.covers)
    return {"label": entry.label, "icon": entry.icon, "url": url, "current": current or covered}


def build_menu(request: HttpRequest) -> list[dict[str, Any]]:
    user = request.user
    sees_people = user.holds("cadre.view")
    lines: list[dict[str, Any]] = []
    for entry in MENU:
        if entry.right and not user.holds(entry.right):
            continue
        if entry.label == "单位" and sees_people:  # people's readers have it under 人员
            continue
        if entry.route == "home" and not user.holds("visit.log"):
            lines.append(_line(HOME_OF_LEADERS if user.holds("dashboard.view") else HOME_OF_OTHERS, request))
            continue
        if entry.children:
            children = [
                _line(child, request)
                for child in entry.children
                if (not child.right or user.holds(child.right))
                and (not child.citywide or user.scope_for(child.right).everything)
                and (child.route != "reports:dashboard" or user.holds("visit.log"))  # a leader's home already
            ]
            _keep_longest_current(children)
            for child in children:
                if child["label"] == "疑似重复":
                    child["count"] = waiting_pairs(user)
                    child["owed"] = bool(child["count"])
            if children:
                lines.append(
                    {
                        "label": entry.label,
                        "icon": entry.icon,
                        "url": None,
                        "children": children,
                        "current": any(child["current"] for child in children),
                    }
                )
        else:
            lines.append(_line(entry, request))
    return lines


def _keep_longest_current(children: list[dict[str, Any]]) -> None:
    """Of two entries whose addresses both begin this page's, only the longer is the current one."""
    current = [child for child in children if child["current"]]
    for child in current:
        child["current"] = child["url"] == max((other["url"] for other in current), key=len)


#: The thumb's menu of whoever looks after people: label, route, icon, right.
TABS = (
    Entry("今天", "home", "home"),
    Entry("我的人", "cadres:cadre_list", "users", "cadre.view"),
    Entry("记走访", "visits:visit_create", "circle-plus", "visit.log"),
    Entry("提醒", "visits:notice_list", "bell", "notice.receive"),
    Entry("我的", "accounts:profile", "user"),
)


def build_tabbar(request: HttpRequest, unread: int) -> list[dict[str, Any]]:
    """The tab bar of a liaison's phone; nothing for whoever does not log visits."""
    if not request.user.holds("visit.log") or request.user.holds("cadre.change"):
        return []
    tabs = [_line(entry, request) for entry in TABS]
    for tab in tabs:
        tab["owed"] = tab["label"] == "提醒" and bool(unread)
    return tabs


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor of every page."""
    appearance = {"text": request.COOKIES.get("text", ""), "theme": request.COOKIES.get("theme", "")}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"appearance": appearance}
    gets_notices = user.holds("notice.receive")
    unread = unread_notices(user) if gets_notices else 0
    return {
        "appearance": appearance,
        "nav": build_menu(request),
        "tabbar": build_tabbar(request, unread),
        "unread_notices": unread,
        "hide_search": not user.holds("cadre.view"),
        "hide_notices": not gets_notices,
    }
