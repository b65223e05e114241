"""Tables of visits and birthdays."""

from __future__ import annotations

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cadres.models import Cadre
from common.tables import Table
from common.templatetags.songhe import icon, money
from visits.models import Visit
from visits.querysets import kept_on, lunar_display, turning_of

WEEKDAYS = "一二三四五六日"
NOWRAP = {"td": {"class": "nw"}, "th": {"class": "nw"}}
#: Columns that a phone leaves out; the visit or the person itself shows them.
DESK = {"td": {"class": "nw no-ph"}, "th": {"class": "nw no-ph"}}
TWO = {"td": {"class": "two nw"}}


def two_lines(first: object, second: object) -> SafeString:
    return format_html("{}<small>{}</small>", first, second) if second else format_html("{}", first)


class VisitTable(Table):
    unit = "次"
    caption = "走访记录"
    empty_hint = "换个条件再找，或者现在就记一次"

    visited_on = tables.Column(verbose_name="日期", attrs=TWO)
    cadre = tables.Column(verbose_name="看望谁", order_by=("cadre__name_pinyin",), attrs=NOWRAP)
    unit_name = tables.Column(verbose_name="单位", accessor="cadre__unit", order_by=("cadre__unit__path",), attrs=DESK)
    occasion = tables.Column(verbose_name="缘由", attrs=TWO)
    visitors = tables.Column(
        verbose_name="谁去的", orderable=False, attrs={"td": {"class": "no-ph"}, "th": {"class": "no-ph"}}
    )
    gift_money = tables.Column(verbose_name="慰问金", attrs={"td": {"class": "r no-ph"}, "th": {"class": "r no-ph"}})
    gifts = tables.Column(verbose_name="慰问品", orderable=False, attrs=DESK)
    words = tables.Column(
        verbose_name="情况",
        orderable=False,
        empty_values=(),
        attrs={"td": {"class": "long no-ph"}, "th": {"class": "no-ph"}},
    )
    detail = tables.Column(verbose_name="", orderable=False, empty_values=())

    class Meta(Table.Meta):
        model = Visit
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        default = ""
        empty_text = "还没有走访记录"

    def render_visited_on(self, record: Visit) -> SafeString:
        return two_lines(f"{record.visited_on:%Y-%m-%d}", f"周{WEEKDAYS[record.visited_on.weekday()]}")

    def render_cadre(self, record: Visit) -> SafeString:
        url = reverse("cadres:cadre_detail", args=[record.cadre_id])
        return format_html('<a class="name" href="{}">{}</a>', url, record.cadre.name)

    def render_unit_name(self, record: Visit) -> str:
        return record.cadre.unit.short_name or record.cadre.unit.name

    def render_occasion(self, record: Visit) -> SafeString:
        return two_lines(record.get_occasion_display(), record.get_manner_display())

    def render_gift_money(self, value: object) -> str:
        return money(value)

    def render_words(self, record: Visit) -> SafeString:
        text = record.words[:24] + ("…" if len(record.words) > 24 else "")
        if not record.photo_count:  # type: ignore[attr-defined]
            return format_html("{}", text)
        return format_html(
            '{} <span class="muted nw note">{} {} 张</span>',
            text, icon("photo"), record.photo_count,  # type: ignore[attr-defined]
        )  # fmt: skip

    def render_detail(self, record: Visit) -> SafeString:
        url = reverse("visits:visit_detail", args=[record.pk])
        return format_html(
            '<a class="btn2 ton sm" href="{}">看这次<span class="vh">走访{}</span></a>', url, record.cadre.name
        )


class BirthdayTable(Table):
    caption = "祝寿名单"
    empty_hint = "生日按名册里的出生年月日和生日历法算，只有年月没有日子的人不在里面"

    kept_after = tables.Column(verbose_name="生日", attrs=TWO)
    name = tables.Column(verbose_name="姓名", order_by=("name_pinyin",), attrs=NOWRAP)
    turning = tables.Column(verbose_name="年龄", empty_values=(), order_by=("birth",), attrs=TWO)
    great = tables.Column(verbose_name="大寿", empty_values=(), orderable=False, attrs=DESK)
    category = tables.Column(verbose_name="类别", attrs=DESK)
    unit_name = tables.Column(verbose_name="单位", accessor="unit", order_by=("unit__path",), attrs=DESK)
    living = tables.Column(verbose_name="居住", attrs=DESK)
    log = tables.Column(verbose_name="", orderable=False, empty_values=())

    class Meta(Table.Meta):
        model = Cadre
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        default = ""
        empty_text = "这个月没有人过生日"

    def __init__(self, *args, window: tuple, may_log: bool, **kwargs) -> None:
        self.window = window
        super().__init__(*args, exclude=() if may_log else ("log",), **kwargs)

    def render_kept_after(self, record: Cadre) -> SafeString:
        on = kept_on(record, self.window[0])
        lunar = lunar_display(
            record.birthday_calendar, record.birthday_month, record.birthday_day, record.birthday_leap
        )
        day = format_html('{}<span class="no-ph"> 周{}</span>', f"{on.month}月{on.day}日", WEEKDAYS[on.weekday()])
        return two_lines(day, lunar or "公历")

    def render_name(self, record: Cadre) -> SafeString:
        return format_html(
            '<a class="name" href="{}">{}</a> <span class="muted note">{}</span>{}',
            reverse("cadres:cadre_detail", args=[record.pk]), record.name, record.get_sex_display(),
            self._tag(record, "only-ph"),
        )  # fmt: skip

    def render_turning(self, record: Cadre) -> SafeString | str:
        turned = turning_of(record, kept_on(record, self.window[0]))
        return two_lines(f"{turned.full}岁", f"虚岁 {turned.nominal}") if turned else ""

    def render_great(self, record: Cadre) -> SafeString | str:
        return self._tag(record)

    def _tag(self, record: Cadre, css: str = "") -> SafeString | str:
        turned = turning_of(record, kept_on(record, self.window[0]))
        if not turned or not turned.milestone:
            return ""
        return format_html('<span class="tag ochre {}">{}</span>', css, turned.milestone)

    def render_unit_name(self, record: Cadre) -> str:
        return record.unit.short_name or record.unit.name

    def render_log(self, record: Cadre) -> SafeString:
        return format_html(
            '<a class="btn2 ton sm" href="{}?cadre={}&amp;occasion=birthday">登记<span class="no-ph">祝寿</span><span class="vh">：{}</span></a>',
            reverse("visits:visit_create"), record.pk, record.name,
        )  # fmt: skip
