"""Tables of people, events, words and organizations."""

from __future__ import annotations

import django_tables2 as tables
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts.models import Organization
from cadres.lists import ALARMING_HEALTH, SHORT_HEALTH, SHORT_PERIODS, SHORT_RANKS, age_of, community_name
from cadres.models import Cadre, CadreMerge, DuplicatePair, PairState, Standing, StatusEvent, ValueAlias
from common.codes import Category
from common.tables import Table

NOWRAP = {"td": {"class": "nw"}}
TWO = {"td": {"class": "two nw"}}
RIGHT = {"td": {"class": "r"}, "th": {"class": "r"}}
MASKED = {"td": {"class": "id"}}
#: Not on a phone, where a list keeps what decides the next step.
DESK = {"td": {"class": "nw no-ph"}, "th": {"class": "no-ph"}}
DESK_TWO = {"td": {"class": "two nw no-ph"}, "th": {"class": "no-ph"}}
DESK_MASKED = {"td": {"class": "id no-ph"}, "th": {"class": "no-ph"}}


def two_lines(first: object, second: object) -> SafeString:
    return format_html("{}<small>{}</small>", first, second) if second else format_html("{}", first)


class PartialColumn(tables.Column):
    """1932-05, as dates stand in table columns."""

    def render(self, value) -> str:
        return value.isoformat()


class CadreTable(Table):
    """People. All columns are declared here; the page leaves out those that the reader did not choose."""

    caption = "老干部名单"
    foot_note = "证件号、电话已遮盖；看全号须填事由并留记录"

    pick = tables.Column(accessor="pk", orderable=False, verbose_name="")
    name = tables.Column(order_by=("name_pinyin", "pk"), attrs=NOWRAP)
    category = tables.Column(verbose_name="类别", order_by=("category", "period", "pk"), attrs=TWO)
    age = tables.Column(verbose_name="年龄", accessor="birth", order_by=("-birth", "pk"), attrs=RIGHT)
    unit = tables.Column(
        verbose_name="原工作单位及职务", order_by=("unit__name", "pk"), attrs={"td": {"class": "two at"}}
    )
    rank = tables.Column(order_by=("rank", "pk"), attrs=NOWRAP)
    treatment_rank = tables.Column(attrs=NOWRAP)
    medical_rank = tables.Column(attrs=NOWRAP)
    id_number = tables.Column(accessor="masked_id", verbose_name="身份证号", orderable=False, attrs=MASKED)
    living = tables.Column(verbose_name="居住", attrs=NOWRAP)
    health = tables.Column(verbose_name="健康", attrs=NOWRAP)
    self_care = tables.Column(attrs=NOWRAP)
    phone = tables.Column(accessor="masked_phone", verbose_name="联系电话", orderable=False, attrs=MASKED)
    political_status = tables.Column(attrs=NOWRAP)
    party_joined = PartialColumn(attrs=NOWRAP)
    sex = tables.Column()
    ethnicity = tables.Column(attrs=NOWRAP)
    native_place = tables.Column(attrs=NOWRAP)
    birth = PartialColumn(attrs=NOWRAP)
    education = tables.Column(attrs=NOWRAP)
    marriage = tables.Column()
    work_started = PartialColumn(attrs=NOWRAP)
    revolution_joined = PartialColumn(attrs=NOWRAP)
    period = tables.Column(attrs=NOWRAP)
    retired_on = PartialColumn(attrs=NOWRAP)
    title = tables.Column(attrs=NOWRAP)
    nature = tables.Column()
    level = tables.Column(attrs=NOWRAP)
    district = tables.Column(orderable=False, attrs=NOWRAP)
    managing_unit = tables.Column(orderable=False, attrs=NOWRAP)
    community = tables.Column(orderable=False, empty_values=(), attrs=NOWRAP)
    address = tables.Column(orderable=False)
    relocated = tables.Column()
    away = tables.Column()
    away_to = tables.Column(orderable=False, attrs=NOWRAP)
    standing = tables.Column(attrs=NOWRAP)
    updated_at = tables.Column(attrs=NOWRAP)

    class Meta(Table.Meta):
        model = Cadre
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        order_by = ()
        default = ""
        empty_text = "这些条件下没有人"

    empty_hint = "少选一个条件，或换个写法再找：姓名、拼音首字母、证件后四位、电话都可以"

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.today = timezone.localdate()

    def render_name(self, record: Cadre) -> SafeString:
        url = reverse("cadres:cadre_detail", args=[record.pk])
        gone = ""
        if record.standing != Standing.PRESENT:
            gone = format_html(' <span class="tag">{}</span>', record.get_standing_display())
        return format_html(
            '<a class="name" href="{}">{}</a> <span class="muted note">{}</span>{}',
            url, record.name, record.get_sex_display(), gone,
        )  # fmt: skip

    def render_category(self, record: Cadre) -> SafeString:
        period = SHORT_PERIODS.get(record.period, "") if record.category == Category.LEAVE else ""
        return two_lines(record.get_category_display(), period)

    def render_age(self, record: Cadre) -> object:
        age = age_of(record, self.today)
        return "" if age is None else age

    def render_unit(self, record: Cadre) -> SafeString:
        return two_lines(record.unit.short_name or record.unit.name, record.post)

    def render_rank(self, record: Cadre) -> str:
        return SHORT_RANKS.get(record.rank) or record.get_rank_display()

    def render_health(self, record: Cadre) -> str | SafeString:
        if record.health in ALARMING_HEALTH:
            return format_html('<span class="tag ochre">{}</span>', SHORT_HEALTH[record.health])
        return record.get_health_display()

    def render_self_care(self, record: Cadre) -> str | SafeString:
        if record.self_care == "3":
            return format_html('<span class="tag ochre">{}</span>', record.get_self_care_display())
        return record.get_self_care_display()

    def render_community(self, record: Cadre) -> str:
        return community_name(record)

    def render_relocated(self, value: bool) -> str:
        return "是" if value else ""

    render_away = render_relocated

    def render_updated_at(self, value) -> str:
        return timezone.localtime(value).strftime("%Y-%m-%d")


class EventTable(Table):
    unit = "件"
    caption = "增减变动"
    empty_hint = "新建档案、登记转入转出和去世时自动记下，导入名册也会记"

    on = tables.Column(verbose_name="日期", order_by=("on", "pk"), attrs=NOWRAP)
    kind = tables.Column(verbose_name="事项", attrs=NOWRAP)
    cadre = tables.Column(verbose_name="姓名", order_by=("cadre__name_pinyin", "pk"), attrs=NOWRAP)
    category = tables.Column(attrs=NOWRAP)
    at_unit = tables.Column(verbose_name="单位", accessor="unit", orderable=False, attrs=NOWRAP)
    rank = tables.Column(verbose_name="级别", attrs=NOWRAP)
    other = tables.Column(verbose_name="转入来处／转出去向", empty_values=(), orderable=False)
    note = tables.Column(orderable=False)
    recorded_by = tables.Column(verbose_name="登记人", orderable=False, default="随名册", attrs=NOWRAP)

    class Meta(Table.Meta):
        model = StatusEvent
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        order_by = ()
        default = ""
        empty_text = "这些条件下没有增减变动"

    def render_on(self, value) -> str:
        return value.isoformat()

    def render_kind(self, record: StatusEvent) -> SafeString:
        return format_html('<span class="tag">{}</span>', record.get_kind_display())

    def render_cadre(self, record: StatusEvent) -> str | SafeString:
        if not record.reachable:
            return record.cadre.name
        url = reverse("cadres:cadre_detail", args=[record.cadre_id])
        return format_html('<a class="name" href="{}">{}</a>', url, record.cadre.name)

    def render_category(self, value: str) -> str:
        return dict(Category.choices).get(value, value)

    def render_rank(self, value: str) -> str:
        return RANKS.get(value, value)

    def render_other(self, record: StatusEvent) -> str:
        return record.other_unit.name if record.other_unit else record.other_place


RANKS = dict(Cadre._meta.get_field("rank").choices)


class ValueTable(Table):
    unit = "个"
    caption = "字典外的值"
    empty_hint = "导入名册时碰到字典里没有的写法，会排在这里等您认定；先把原文留着，人照样入库"

    column = tables.Column(verbose_name="栏目", accessor="field", attrs=NOWRAP)
    text = tables.Column(verbose_name="名册原文")
    people = tables.Column(verbose_name="涉及", attrs=RIGHT)
    code = tables.Column(verbose_name="认定为", empty_values=())
    first_seen = tables.Column(verbose_name="首次出现", attrs=NOWRAP)
    next = tables.Column(verbose_name="", empty_values=(), orderable=False, attrs=NOWRAP)

    class Meta(Table.Meta):
        model = ValueAlias
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        order_by = ()
        default = ""
        empty_text = "没有等着认定的值"

    def render_column(self, record: ValueAlias) -> str:
        return str(Cadre._meta.get_field(record.field).verbose_name)

    def render_text(self, value: str) -> SafeString:
        return format_html("“<b>{}</b>”", value)

    def render_people(self, value: int) -> str:
        return f"{value:,} 人"

    def render_code(self, record: ValueAlias) -> str:
        return str(dict(Cadre._meta.get_field(record.field).choices or ()).get(record.code, "")) or "等着认定"

    def render_first_seen(self, value) -> str:
        return timezone.localtime(value).strftime("%Y-%m-%d")

    def render_next(self, record: ValueAlias) -> SafeString:
        verb = "改认定" if record.code else "去认定"
        return format_html(
            '<a class="btn2 ton sm" href="{}">{}</a>', reverse("cadres:value_map", args=[record.pk]), verb
        )


class OrganizationTable(Table):
    unit = "个单位"
    caption = "单位"
    empty_hint = "换个写法再找，或在上一级下面新增"

    name = tables.Column(order_by=("name", "pk"))
    code = tables.Column(attrs=MASKED)
    kind = tables.Column(attrs=NOWRAP)
    nature = tables.Column(attrs=NOWRAP)
    level = tables.Column(attrs=NOWRAP)
    below = tables.Column(verbose_name="下级", empty_values=(), orderable=False, attrs=RIGHT)
    people = tables.Column(verbose_name="在册", empty_values=(), orderable=False, attrs=RIGHT)

    class Meta(Table.Meta):
        model = Organization
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        order_by = ()
        default = ""
        empty_text = "没有这样的单位"

    def __init__(self, *args, below: dict[int, int], people: dict[int, int], flat: bool, **kwargs) -> None:
        self.below, self.people_of, self.flat = below, people, flat
        super().__init__(*args, **kwargs)

    def render_name(self, record: Organization) -> SafeString:
        url = reverse("cadres:organization_detail", args=[record.pk])
        off = mark_safe(' <span class="tag">停用</span>') if not record.active else ""
        where = record.parent.name if self.flat and record.parent else ""
        return format_html(
            '<a class="name" href="{}">{}</a>{}{}', url, record.name, off,
            format_html(' <span class="muted note">{}</span>', where) if where else "",
        )  # fmt: skip

    def render_below(self, record: Organization) -> str | SafeString:
        count = self.below.get(record.pk, 0)
        if not count:
            return ""
        return format_html(
            '<a class="row-link" href="?under={}" aria-label="{}的下级 {} 个">{} 个</a>',
            record.pk, record.name, count, f"{count:,}",
        )  # fmt: skip

    def render_people(self, record: Organization) -> str:
        count = self.people_of.get(record.pk, 0)
        return f"{count:,}" if count else ""


def who(cadre: Cadre) -> SafeString:
    """A person in a list of pairs: name, birth, unit, masked number."""
    facts = [cadre.unit.short_name or cadre.unit.name, cadre.birth.isoformat() if cadre.birth else "出生年月未填"]
    gone = ""
    if cadre.standing != Standing.PRESENT:
        gone = format_html(' <span class="tag">{}</span>', cadre.get_standing_display())
    return format_html(
        '<a class="name" href="{}">{}</a>{}<small>{}</small><small>{}</small>',
        reverse("cadres:cadre_detail", args=[cadre.pk]), cadre.name, gone, " · ".join(facts),
        cadre.masked_id or "没有身份证号",
    )  # fmt: skip


class DuplicateTable(Table):
    unit = "对"
    caption = "疑似重复"
    empty_hint = "每天夜里查一遍，名册入库后也查；查出来的排在这里等您核对"
    foot_note = "身份证号已遮盖；把握大的排在前面"

    low = tables.Column(verbose_name="先建的档案", order_by=("low__name_pinyin", "pk"), attrs=TWO)
    high = tables.Column(verbose_name="后建的档案", order_by=("high__name_pinyin", "pk"), attrs=TWO)
    reasons = tables.Column(
        verbose_name="为什么疑似", empty_values=(), orderable=False, attrs={"td": {"class": "twin-why"}}
    )
    weight = tables.Column(verbose_name="把握", order_by=("weight", "pk"), attrs=RIGHT)
    found_at = tables.Column(verbose_name="查出", attrs=NOWRAP)
    next = tables.Column(verbose_name="", empty_values=(), orderable=False, attrs=NOWRAP)

    class Meta(Table.Meta):
        model = DuplicatePair
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        order_by = ()
        default = ""
        empty_text = "没有等着核对的疑似重复"

    def render_low(self, record: DuplicatePair) -> SafeString:
        return who(record.low)

    def render_high(self, record: DuplicatePair) -> SafeString:
        return who(record.high)

    def render_reasons(self, record: DuplicatePair) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((words,) for words in record.reason_words))

    def render_found_at(self, value) -> str:
        return timezone.localtime(value).strftime("%Y-%m-%d")

    def render_next(self, record: DuplicatePair) -> SafeString:
        verb = "去核对" if record.state == PairState.OPEN else "再看看"
        return format_html(
            '<a class="btn2 ton sm" href="{}" aria-label="{}：{}">{}</a>',
            reverse("cadres:duplicate", args=[record.pk]), verb, str(record), verb,
        )  # fmt: skip


class MergeTable(Table):
    unit = "次"
    caption = "合并记录"
    empty_hint = "在“疑似重复”里把两份档案合成一份以后，记在这里，也从这里撤销"

    merged_at = tables.Column(verbose_name="合并时间", attrs=NOWRAP)
    kept = tables.Column(verbose_name="保留的档案", orderable=False, attrs=TWO)
    absorbed = tables.Column(verbose_name="并入的档案", accessor="absorbed_name", orderable=False, attrs=TWO)
    reason = tables.Column(verbose_name="怎么核对的", orderable=False)
    merged_by = tables.Column(verbose_name="合并人", orderable=False, attrs=NOWRAP)
    state = tables.Column(verbose_name="情况", empty_values=(), orderable=False, attrs=NOWRAP)

    class Meta(Table.Meta):
        model = CadreMerge
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        order_by = ()
        default = ""
        empty_text = "还没有合并过档案"

    def render_merged_at(self, value) -> str:
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")

    def render_kept(self, record: CadreMerge) -> SafeString:
        return who(record.kept)

    def render_absorbed(self, record: CadreMerge) -> SafeString:
        return two_lines(record.absorbed_name, record.absorbed_unit.short_name or record.absorbed_unit.name)

    def render_state(self, record: CadreMerge) -> SafeString:
        if record.undone_at is None:
            return format_html(
                '<a class="btn2 ton sm" href="{}" aria-label="撤销合并：{}">撤销合并</a>',
                reverse("cadres:merge_undo", args=[record.pk]), str(record),
            )  # fmt: skip
        return two_lines("已撤销", f"{record.undone_by} {timezone.localtime(record.undone_at):%Y-%m-%d}")
