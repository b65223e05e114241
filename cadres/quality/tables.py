"""Tables of data quality: units by score, and the people behind a rule."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cadres.exports import values_of
from cadres.models import Cadre, QualityScore
from cadres.quality.pages import POOR
from cadres.quality.rules import Rule
from cadres.tables import NOWRAP, RIGHT, two_lines
from common.tables import Table


class QualityTable(Table):
    unit = "个单位"
    caption = "各单位数据质量"
    foot_note = "分数连同下级一起算；在册没有人的单位不打分"
    empty_hint = "每天夜里自动打分；刚导入的名册，第二天就有分数"

    name = tables.Column(verbose_name="单位", accessor="organization__name", order_by=("organization__name", "pk"))
    score = tables.Column(verbose_name="得分", order_by=("score", "-lost", "pk"), attrs=RIGHT)
    change = tables.Column(verbose_name="比上年末", empty_values=(), orderable=False, attrs=RIGHT)
    people = tables.Column(verbose_name="在册", order_by=("people", "pk"), attrs=RIGHT)
    findings = tables.Column(verbose_name="问题", order_by=("findings", "pk"), attrs=RIGHT)
    critical = tables.Column(verbose_name="其中要紧", order_by=("critical", "pk"), attrs=RIGHT)

    class Meta(Table.Meta):
        model = QualityScore
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        order_by = ()
        default = ""
        empty_text = "还没有分数"

    def render_name(self, record: QualityScore) -> SafeString:
        url = reverse("cadres:quality_detail", args=[record.organization_id])
        organization = record.organization
        words = [str(organization.get_kind_display())]
        if organization.district and organization.district_id != organization.pk:
            words.append(organization.district.name)
        return format_html(
            '<a class="name" href="{}">{}</a> <span class="muted note">{}</span>',
            url, organization.name, " · ".join(words),
        )  # fmt: skip

    def render_score(self, value: Any) -> SafeString:
        return format_html('<b class="{}">{}</b>', "owed-t" if value < POOR else "num", f"{value:.1f}")

    def render_change(self, record: Any) -> str:
        return signed_points(record.score - record.before) if record.before is not None else ""

    def render_people(self, value: int) -> str:
        return f"{value:,}"

    def render_findings(self, value: int) -> str:
        return f"{value:,}"

    def render_critical(self, value: int) -> str | SafeString:
        return format_html('<span class="tag cin"><span class="dot"></span>{}</span>', f"{value:,}") if value else ""


def signed_points(change: Any) -> str:
    """＋1.2, －0.4 or 0.0."""
    return f"{'＋' if change > 0 else '－' if change < 0 else ''}{abs(change):.1f}"


class QualityPeopleTable(Table):
    caption = "要改的人"
    foot_note = "证件号、电话已遮盖；看全号须填事由并留记录"
    empty_hint = "都改好了。分数在夜里重算，或在单位页上按“现在重算”"

    name = tables.Column(order_by=("name_pinyin", "pk"), attrs=NOWRAP)
    category = tables.Column(verbose_name="类别", attrs=NOWRAP)
    workplace = tables.Column(
        verbose_name="单位及职务", accessor="unit", order_by=("unit__name", "pk"), attrs={"td": {"class": "two at"}}
    )
    values = tables.Column(verbose_name="档案里现在是", empty_values=(), orderable=False)
    next = tables.Column(verbose_name="", empty_values=(), orderable=False, attrs=NOWRAP)

    class Meta(Table.Meta):
        model = Cadre
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        order_by = ()
        default = ""
        empty_text = "没有这样的人"

    def __init__(self, *args: Any, rule: Rule, today: Any, **kwargs: Any) -> None:
        self.rule, self.today = rule, today
        super().__init__(*args, **kwargs)

    def render_name(self, record: Cadre) -> SafeString:
        url = reverse("cadres:cadre_detail", args=[record.pk])
        return format_html(
            '<a class="name" href="{}">{}</a> <span class="muted note">{}</span>',
            url, record.name, record.get_sex_display(),
        )  # fmt: skip

    def render_category(self, record: Cadre) -> str:
        return str(record.get_category_display())

    def render_workplace(self, record: Cadre) -> SafeString:
        return two_lines(record.unit.short_name or record.unit.name, record.post)

    def render_values(self, record: Cadre) -> SafeString:
        shown = values_of(record, self.rule, self.today)
        if not shown:
            return format_html('<span class="muted">{}</span>', "没有填")
        return format_html_join("", '<span class="nw">{} <b>{}</b></span><br>', shown)

    def render_next(self, record: Any) -> SafeString:
        """Whoever may change the person mends it; everybody else looks at the file and tells the bureau."""
        route, words, look = "cadres:cadre_detail", "看档案", "btn2 sm"
        if record.changeable:
            route, words, look = self.rule.route, "去改", "btn2 ton sm"
        return format_html(
            '<a class="{}" href="{}" aria-label="{}：{}">{}</a>',
            look, reverse(route, args=[record.pk]), words, record.name, words,
        )  # fmt: skip
