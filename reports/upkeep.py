"""What keeping records fresh asks of somebody today: proposals, the quarter's confirmation, the year's verification."""

from __future__ import annotations

import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from cadres.models import Cadre, Proposal
from cadres.querysets.upkeep import needing_verification, units_to_confirm, verified_in
from cadres.upkeep import Quarter, verification_due
from reports.today import Duty, Group

VERIFICATION_AHEAD = datetime.timedelta(days=60)


def upkeep_groups(user: Any, today: datetime.date | None = None) -> list[Group]:
    """One group of the home page, or none where nothing waits."""
    today = today or timezone.localdate()
    duties = [*_waiting(user), *_returned(user), *_confirmation(user, today), *_verification(user, today)]
    return [Group("名册和资料", len(duties), duties)] if duties else []


def _waiting(user: Any) -> list[Duty]:
    if not user.holds("cadre.change"):
        return []
    waiting = Proposal.objects.visible_to(user, "cadre.change").waiting()
    count = waiting.count()
    if not count:
        return []
    oldest = timezone.localtime(waiting.order_by("made_at").values_list("made_at", flat=True)[0])
    url = reverse("cadres:proposal_list")
    return [
        Duty(
            kind="待核提议", icon="edit", title=f"联络员的提议 {count} 件", url=url, soft="", words="更正、去世、转出、漏登，核过才改档案",
            due=f"{count} 件", due_note=f"最早{oldest.month}月{oldest.day}日", action="去核", action_url=url,
        )
    ]  # fmt: skip


def _returned(user: Any) -> list[Duty]:
    if not user.holds("proposal.make"):
        return []
    count = Proposal.objects.visible_to(user, "proposal.make").made_by_user(user).returned().count()
    if not count:
        return []
    url = f"{reverse('cadres:proposal_mine')}?state=returned"
    return [
        Duty(
            kind="退回的提议", icon="arrow-back-up", title=f"局里退回 {count} 件", url=url, soft="", words="看看退回的话，改好再提，或者收回",
            due=f"{count} 件", due_note="等您改", action="去改", action_url=url, soon=True,
        )
    ]  # fmt: skip


def _confirmation(user: Any, today: datetime.date) -> list[Duty]:
    if not user.holds("roster.confirm"):
        return []
    quarter = Quarter.of(today)
    owed = list(units_to_confirm(user, quarter).filter(confirmed=False)[:2])
    if not owed:
        return []
    people = Cadre.objects.visible_to(user, "roster.confirm").present().filter(unit=owed[0]).count()
    url = f"{reverse('cadres:roster_confirm')}?unit={owed[0].pk}"
    late = today > quarter.due_on
    return [
        Duty(
            kind="确认名册", icon="checklist", title=f"{owed[0].short_name or owed[0].name}名册 {people} 人", url=url,
            soft="等几个单位" if len(owed) > 1 else "", words="本季度还没有确认",
            due="已过期" if late else f"{quarter.due_on.month}月{quarter.due_on.day}日前", due_note=quarter.label,
            action="去确认", action_url=url, soon=True,
        )
    ]  # fmt: skip


def _verification(user: Any, today: datetime.date) -> list[Duty]:
    due = verification_due(today.year)
    if not user.holds("verification.record") or due - today > VERIFICATION_AHEAD:
        return []
    people = needing_verification(Cadre.objects.visible_to(user, "verification.record"))
    count = people.exclude(verified_in(today.year)).count()
    if not count:
        return []
    url = reverse("cadres:verification_list")
    late = (today - due).days
    return [
        Duty(
            kind="生存核实", icon="user-check", title=f"还有 {count} 人没有核实", url=url, soft="",
            words="易地安置、长期外地居住的人和遗属，每年一次",
            due=f"逾期 {late} 天" if late > 0 else f"{due.month}月{due.day}日前", due_note=f"{today.year}年",
            action="去核实", action_url=url, soon=True,
        )
    ]  # fmt: skip
