"""Tables of the yearly reporting: the board and the ranking."""

from __future__ import annotations

import django_tables2 as tables
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.tables import Table
from common.templatetags.songhe import icon
from reports.assessment import Score, days_late, due_of
from reports.models import ReportingYear, Submission, SubmissionState

NOWRAP = {"td": {"class": "nw"}, "th": {"class": "nw"}}
DESK = {"td": {"class": "nw no-ph"}, "th": {"class": "nw no-ph"}}
LONG = {"td": {"class": "long no-ph"}, "th": {"class": "no-ph"}}
NUMBER = {"td": {"class": "r"}, "th": {"class": "r"}}
TONES = {
    SubmissionState.DRAFT: "",
    SubmissionState.SUBMITTED: "indigo",
    SubmissionState.RETURNED: "ochre",
    SubmissionState.APPROVED: "pine",
    SubmissionState.SEALED: "indigo",
}


def state_tag(row: Submission) -> SafeString:
    lock = icon("lock") if row.state == SubmissionState.SEALED else ""
    return format_html(
        '<span class="tag {}">{}{}</span>', TONES[SubmissionState(row.state)], lock, row.get_state_display()
    )


class SubmissionTable(Table):
    unit = "家"
    caption = "各单位上报进度"
    empty_hint = "换个条件再找"

    organization = tables.Column(verbose_name="单位", order_by=("organization__path",))
    district = tables.Column(
        verbose_name="所在区县",
        accessor="organization__district",
        order_by=("organization__district__code",),
        attrs=DESK,
    )
    level = tables.Column(verbose_name="层级", attrs=DESK)
    state = tables.Column(verbose_name="进展", attrs=NOWRAP)
    submitted_at = tables.Column(verbose_name="上报", attrs=DESK, empty_values=())
    returned_words = tables.Column(verbose_name="退回意见", orderable=False, attrs=LONG)
    reminded_at = tables.Column(verbose_name="催办", attrs=DESK)
    open = tables.Column(verbose_name="", orderable=False, empty_values=())

    class Meta(Table.Meta):
        model = Submission
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        default = ""
        empty_text = "这些条件下没有单位"

    def __init__(self, *args, year: ReportingYear, reviewable: set[int], **kwargs) -> None:
        self.year, self.reviewable, self.today = year, reviewable, timezone.localdate()
        super().__init__(*args, **kwargs)

    def render_organization(self, record: Submission) -> SafeString:
        url = reverse("reports:submission", args=[record.pk])
        return format_html('<a class="name" href="{}">{}</a>', url, record.organization.name)

    def render_state(self, record: Submission) -> SafeString:
        late = days_late(record, due_of(record, self.year), self.today)
        if late and record.state in (SubmissionState.DRAFT, SubmissionState.RETURNED):
            return format_html(
                '{} <span class="tag cin"><span class="dot"></span>逾期 {} 天</span>', state_tag(record), late
            )
        return state_tag(record)

    def render_submitted_at(self, record: Submission) -> SafeString:
        if record.submitted_at is None:
            return format_html('<span class="muted">{}</span>', "还没有")
        late = days_late(record, due_of(record, self.year), self.today)
        day = timezone.localtime(record.submitted_at).strftime("%m-%d %H:%M")
        words = f"迟 {late} 天" if late else str(record.submitted_by or "")
        return format_html('{}<br><span class="note muted">{}</span>', day, words)

    def render_reminded_at(self, value) -> str:
        return timezone.localtime(value).strftime("%m-%d")

    def render_open(self, record: Submission) -> SafeString:
        waits = record.state == SubmissionState.SUBMITTED and record.pk in self.reviewable
        return format_html(
            '<a class="btn2 {} sm" href="{}">{}<span class="vh">：{}</span></a>',
            "ton" if waits else "txt", reverse("reports:submission", args=[record.pk]),
            "去审核" if waits else "打开", record.organization.name,
        )  # fmt: skip


class RankingTable(Table):
    unit = "家"
    caption = "考核得分"

    place = tables.Column(verbose_name="名次", empty_values=(), orderable=False, attrs=NUMBER)
    organization = tables.Column(verbose_name="单位", accessor="row__organization", orderable=False)
    level = tables.Column(verbose_name="层级", accessor="row__level", orderable=False, attrs=DESK)
    parts = tables.Column(
        verbose_name="怎么得的",
        orderable=False,
        empty_values=(),
        attrs={"td": {"class": "long no-ph"}, "th": {"class": "no-ph"}},
    )
    total = tables.Column(verbose_name="得分", orderable=False, attrs=NUMBER)

    class Meta(Table.Meta):
        empty_text = "还没有可以排名的单位"

    def render_level(self, record) -> str:
        return record["row"].get_level_display()

    def render_organization(self, record) -> SafeString:
        url = reverse("reports:submission", args=[record["row"].pk])
        return format_html('<a class="name" href="{}">{}</a>', url, record["row"].organization.name)

    def render_parts(self, record) -> str:
        return score_words(record["score"])

    def render_total(self, value) -> str:
        return f"{value:.1f}"


def score_words(score: Score) -> str:
    return "，".join(
        f"{part.rule.name} {'＋' if part.points > 0 else '−'}{abs(part.points).normalize():f}"
        for part in score.parts
        if part.points
    )
