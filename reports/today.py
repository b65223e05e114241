"""What somebody has to do today: the duties of staff and liaisons, in the order in which they fall due."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from cadres.models import Cadre, DuplicatePair, QualityScore, RosterImport, UnitRoster, UnitRosterState, ValueAlias
from cadres.models.roster import RUNNING, RosterStatus
from cadres.querysets.quality import worsened_or_critical
from common.codes import Category
from common.lunar import festivals_between, solar_to_lunar
from reports.models import Submission, SubmissionLevel
from visits.contacts import QUARTER, contact_url, lacking
from visits.models import Visit
from visits.querysets import DueBirthday, due_birthdays

WEEK = datetime.timedelta(days=6)
FESTIVAL_AHEAD = datetime.timedelta(days=45)
LISTED = 6
PAIRS_LISTED = 2

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


@dataclass(frozen=True)
class Tile:
    label: str
    icon: str
    value: int
    unit: str
    url: str
    note: str = ""
    soon: bool = False


@dataclass(frozen=True)
class Duty:
    """One line of the list: what, about whom, by when, and the button that does it."""

    kind: str
    icon: str
    title: str
    url: str
    soft: str
    words: str
    due: str
    due_note: str
    action: str
    action_url: str
    soon: bool = False


@dataclass(frozen=True)
class Group:
    label: str
    count: int
    duties: list[Duty]
    more_url: str = ""

    @property
    def rest(self) -> int:
        return self.count - len(self.duties)


def day_words(day: datetime.date, today: datetime.date) -> str:
    """今天, 明天, 周四 within the week, else 1月9日."""
    distance = (day - today).days
    if distance in (0, 1):
        return ("今天", "明天")[distance]
    return WEEKDAYS[day.weekday()] if distance < 7 else f"{day.month}月{day.day}日"


def date_line(today: datetime.date) -> list[str]:
    """1月8日 星期一 · 农历十一月廿二 · 距春节 39 天."""
    parts = [
        f"{today.month}月{today.day}日 星期{'一二三四五六日'[today.weekday()]}",
        solar_to_lunar(today)[1].display(),
    ]
    for festival in festivals_between(today, today + datetime.timedelta(days=200)):
        days = (festival.date - today).days
        parts.append(f"今天{festival.name}" if days == 0 else f"距{festival.name} {days} 天")
        break
    return parts


def visit_url(cadre_id: int, occasion: str = "") -> str:
    query = {"cadre": cadre_id} | ({"occasion": occasion} if occasion else {})
    return f"{reverse('visits:visit_create')}?{urlencode(query)}"


def cadre_url(cadre_id: int) -> str:
    return reverse("cadres:cadre_detail", args=[cadre_id])


def _collection_duty(title: str, year: int, words: str, due: str, action: str, url: str) -> Duty:
    return Duty(
        kind="名册催报",
        icon="file-spreadsheet",
        title=title,
        url=url,
        soft=f"{year}年度名册",
        words=words,
        due="今天",
        due_note=due,
        action=action,
        action_url=url,
        soon=True,
    )


class Today:
    """Everything on the home page of somebody who looks after people."""

    def __init__(self, user: Any, today: datetime.date | None = None) -> None:
        self.user = user
        self.today = today or timezone.localdate()
        own = Cadre.objects.visible_to(user)
        self.birthdays: list[DueBirthday] = list(due_birthdays(own, self.today, self.today + WEEK))
        waiting = lacking(Cadre.objects.visible_to(user, "visit.log"), QUARTER, self.today)
        self.uncontacted = list(waiting.select_related("unit").order_by("birth", "pk")[:LISTED])
        self.uncontacted_count = waiting.count()
        self.imports = self._imports()
        self.flawed: list[QualityScore] = worsened_or_critical(user, self.today)
        self.rosters = self._rosters()
        pairs = DuplicatePair.objects.visible_to(user).waiting()
        self.pairs_count = pairs.count() if user.holds("cadre.change") else 0
        self.pairs = list(pairs.select_related("low__unit", "high__unit")[:PAIRS_LISTED]) if self.pairs_count else []
        self.reports = self._reports()
        self.leaves = own.present().filter(category=Category.LEAVE).count()
        self.retirees = own.present().filter(category=Category.RETIREE).count()
        self.visits_this_year = (
            Visit.objects.visible_to(user).current().filter(visited_on__year=self.today.year).count()
        )

    def _imports(self) -> list[RosterImport]:
        if not self.user.holds("roster.import"):
            return []
        waiting = RosterImport.objects.visible_to(self.user).filter(
            status__in=[RosterStatus.ASKING, RosterStatus.PREVIEWED, *RUNNING], unit_rosters=None
        )
        return list(waiting.prefetch_related("files").order_by("pk"))

    def _rosters(self) -> list[UnitRoster]:
        """What the liaison's units have to hand in."""
        mine = UnitRoster.objects.visible_to(self.user, "roster.submit").open().waited_for().for_lists()
        return list(mine.order_by("collection__due_on", "organization__path")[:LISTED])

    def _collection_duties(self) -> list[Duty]:
        """For staff, of each open collection: how many rosters wait for them, how many units are late."""
        rosters = UnitRoster.objects.visible_to(self.user, "roster.import").open().order_by()
        late = Q(state__in=[UnitRosterState.OWED, UnitRosterState.RETURNED], collection__due_on__lt=self.today)
        counts = rosters.values_list("collection_id", "collection__year", "collection__due_on").annotate(
            arrived=Count("pk", filter=Q(state=UnitRosterState.HANDED_IN)), late=Count("pk", filter=late)
        )
        duties = []
        for pk, year, due_on, arrived, overdue in counts.order_by("collection__due_on"):
            board, due = reverse("cadres:collection_board", args=[pk]), f"{due_on.month}月{due_on.day}日到期"
            if arrived:
                url = f"{board}?state={UnitRosterState.HANDED_IN}"
                duties.append(_collection_duty(f"{arrived} 份名册报上来了", year, "等着核对", due, "去核对", url))
            if overdue:
                words = "催一催，或者打电话问问"
                url = f"{board}?late=1"
                duties.append(_collection_duty(f"{overdue} 个单位逾期未报", year, words, due, "去催报", url))
        return duties

    def _reports(self) -> list[Submission]:
        """Reports that this reader has to hand in; of the year's end only those whose time has come."""
        if not self.user.holds("statistics.submit"):
            return []
        mine = (
            Submission.objects.visible_to(self.user, "statistics.submit").owing().filter(reporting_year__state="open")
        )
        if self.user.holds("statistics.review"):  # staff hand in for their own bureau
            homes = [grant.organization_id for grant in self.user.grants]
            mine = mine.filter(organization__in=homes).exclude(level=SubmissionLevel.CITY)
        return list(mine.for_lists()[:LISTED])

    def _review_duty(self) -> Duty | None:
        waiting = Submission.objects.visible_to(self.user).reviewable_by(self.user)
        waiting = waiting.filter(state="submitted", reporting_year__state="open")
        first = waiting.for_lists().order_by("submitted_at").first()
        if first is None:
            return None
        count, year = waiting.count(), first.reporting_year
        url = f"{reverse('reports:year', args=[year.year])}?state=submitted"
        return Duty(
            kind="统计审核", icon="chart-bar", title=f"{year}统计表等您审核", url=url, soft=f"{count} 家",
            words=f"{first.organization.name}等已经上报" if count > 1 else f"{first.organization.name}已经上报",
            due=day_words(year.district_due, self.today), due_note="区县期限", action="去审核", action_url=url,
        )  # fmt: skip

    def _report_duty(self, row: Submission) -> Duty:
        year = row.reporting_year
        due = year.unit_due if row.level == SubmissionLevel.UNIT else year.district_due
        late = (self.today - due).days
        url = reverse("reports:submission", args=[row.pk])
        return Duty(
            kind="统计上报", icon="chart-bar", title=f"{year}统计表", url=url, soft=row.organization.name,
            words=f"退回：{row.returned_words}" if row.returned_words else "看校核、写说明，再上报",
            due=f"逾期 {late} 天" if late > 0 else day_words(due, self.today), due_note=f"{due.month}月{due.day}日以前",
            action="去上报", action_url=url, soon=late >= 0,
        )  # fmt: skip

    @property
    def people(self) -> int:
        return self.leaves + self.retirees

    @property
    def people_label(self) -> str:
        """Staff answer for a roll, a liaison for persons."""
        return "在册的人" if self.user.holds("cadre.change") else "我联系的人"

    def tiles(self) -> list[Tile]:
        milestones = sum(1 for birthday in self.birthdays if birthday.milestone)
        cadres = reverse("cadres:cadre_list")
        tiles = [
            Tile("该联系了", "heart-handshake", self.uncontacted_count, "人", contact_url(), "超过 90 天没有走访",
                 soon=bool(self.uncontacted_count)),
            Tile("本周生日", "cake", len(self.birthdays), "人", reverse("visits:birthday_list"),
                 f"大寿 {milestones} 人" if milestones else ""),
        ]  # fmt: skip
        if self.user.holds("roster.import"):
            waiting_imports = sum(not item.running for item in self.imports)
            url = reverse("cadres:roster_list")
            tiles.append(Tile("待入库名册", "file-spreadsheet", waiting_imports, "份", url))
        if self.user.scope_for("value.map").everything:
            waiting = ValueAlias.objects.visible_to(self.user).waiting().count()
            tiles.append(Tile("字典外的值", "book", waiting, "个", reverse("cadres:value_list"), "等您认定"))
        tiles += [
            Tile("今年走访", "notes", self.visits_this_year, "人次", reverse("visits:visit_list")),
            Tile("离休", "users", self.leaves, "人", f"{cadres}?view=leave"),
        ]
        if len(tiles) < 6:
            tiles.append(Tile("退休", "users", self.retirees, "人", f"{cadres}?view=retiree"))
        return tiles[:6]

    def groups(self) -> list[Group]:
        """Today's, this week's and what has been waiting, each with its first few lines."""
        now = [self._roster_duty(roster) for roster in self.rosters] + self._collection_duties()
        now += [self._import_duty(item) for item in self.imports]
        now += [self._report_duty(row) for row in self.reports]
        review = self._review_duty() if self.user.holds("statistics.review") else None
        now += [review] if review else []
        born_today = [birthday for birthday in self.birthdays if birthday.on == self.today]
        now += [self._birthday_duty(b) for b in sorted(born_today, key=lambda b: not b.milestone)]
        later = [self._birthday_duty(b) for b in self.birthdays if b.on > self.today and b.milestone]
        later += self._festival_duties()
        groups = []
        if now:
            groups.append(Group("今天", len(now), now[:LISTED], reverse("visits:birthday_list")))
        if later:
            groups.append(Group("本周和近期", len(later), later[:LISTED], reverse("visits:birthday_list")))
        if self.pairs:
            duties = [self._pair_duty(pair) for pair in self.pairs]
            groups.append(Group("等着核对", self.pairs_count, duties, reverse("cadres:duplicate_list")))
        if self.uncontacted:
            duties = [self._contact_duty(cadre) for cadre in self.uncontacted]
            groups.append(Group("该联系了", self.uncontacted_count, duties, contact_url()))
        if self.flawed:
            more = reverse("cadres:quality_list")
            groups.append(
                Group("数据质量", len(self.flawed), [self._quality_duty(score) for score in self.flawed[:LISTED]], more)
            )
        return groups

    def _roster_duty(self, roster: UnitRoster) -> Duty:
        url = reverse("cadres:unit_roster_detail", args=[roster.pk])
        collection = roster.collection
        returned = roster.state == UnitRosterState.RETURNED
        left = (collection.due_on - self.today).days
        return Duty(
            kind="报名册",
            icon="file-spreadsheet",
            title=f"{collection.year}年度名册",
            url=url,
            soft=roster.organization.name,
            words=f"已退回：{roster.returned_words}" if returned else "未报",
            due=f"{collection.due_on.month}月{collection.due_on.day}日前报",
            due_note=f"还有 {left} 天" if left > 0 else "今天到期" if left == 0 else f"逾期 {-left} 天",
            action="去报",
            action_url=url,
            soon=returned or left <= 7,
        )

    def _birthday_duty(self, birthday: DueBirthday) -> Duty:
        age = birthday.turning.full if birthday.turning else None
        return Duty(
            kind=birthday.milestone or "生日",
            icon="cake",
            title=birthday.name,
            url=cadre_url(birthday.pk),
            soft=f"{Category(birthday.category).label} · {birthday.organization}",
            words=(birthday.lunar or "公历生日") + (f"，满 {age} 岁" if age else ""),
            due=day_words(birthday.on, self.today),
            due_note=f"{birthday.on.month}月{birthday.on.day}日",
            action="登记祝寿",
            action_url=visit_url(birthday.pk, "birthday"),
            soon=bool(birthday.milestone),
        )

    def _import_duty(self, item: RosterImport) -> Duty:
        asking, running = item.status == RosterStatus.ASKING, item.running
        names = [file.name for file in item.files.all()]
        route = "cadres:roster_mapping" if asking else "cadres:roster_progress" if running else "cadres:roster_preview"
        arrived = timezone.localtime(item.uploaded_at)
        url = reverse(route, args=[item.pk])
        counts = item.counts or {}
        words = (
            "有几列认不出，请您定"
            if asking
            else f"{item.get_status_display()}：{item.words}".rstrip("：")
            if running
            else f"新增 {counts.get('created', 0)}、有改动 {counts.get('changed', 0)}、拒收 {counts.get('rejected', 0)} 行"
        )
        return Duty(
            kind=f"{item.year}年名册",
            icon="file-spreadsheet",
            title=names[0] if names else "名册",
            url=url,
            soft=f"等 {len(names)} 个文件" if len(names) > 1 else "",
            words=words,
            due="今天",
            due_note=f"{arrived.month}月{arrived.day}日收到",
            action="去认表头" if asking else "看进度" if running else "去预览",
            action_url=url,
        )

    def _quality_duty(self, score: QualityScore) -> Duty:
        before = getattr(score, "before", None) or Decimal(0)
        fall = before - score.score
        worse = fall > 0
        words = f"比一个星期前降了 {fall:.1f} 分" if worse else "缺项、日期和证件对不上的，先改要紧的"
        url = reverse("cadres:quality_detail", args=[score.organization_id])
        return Duty(
            kind="数据质量",
            icon="clipboard-check",
            title=f"{score.organization.name} {score.score:.1f} 分",
            url=url,
            soft=f"要紧的问题 {score.critical:,} 处",
            words=words,
            due="变差了" if worse else "有要紧的",
            due_note=f"{score.day.month}月{score.day.day}日打分",
            action="看要改的",
            action_url=url,
            soon=worse,
        )

    def _pair_duty(self, pair: DuplicatePair) -> Duty:
        units = dict.fromkeys(cadre.unit.short_name or cadre.unit.name for cadre in (pair.low, pair.high))
        url = reverse("cadres:duplicate", args=[pair.pk])
        found = timezone.localtime(pair.found_at)
        return Duty(
            kind="疑似重复",
            icon="users",
            title="、".join(dict.fromkeys([pair.low.name, pair.high.name])),
            url=url,
            soft=" 与 ".join(units),
            words="；".join(pair.reason_words),
            due="有空时",
            due_note=f"{found.month}月{found.day}日查出",
            action="去核对",
            action_url=url,
        )

    def _festival_duties(self) -> list[Duty]:
        return [
            Duty(
                kind=f"{festival.name}走访",
                icon="calendar-heart",
                title=f"{festival.name}走访慰问",
                url=reverse("visits:visit_list"),
                soft=f"离休 {self.leaves} 人",
                words="看看还有哪些老同志没有走到",
                due=day_words(festival.date, self.today),
                due_note=f"还有 {(festival.date - self.today).days} 天",
                action="记走访",
                action_url=f"{reverse('visits:visit_create')}?occasion={festival.key}",
                soon=(festival.date - self.today).days <= 14,
            )
            for festival in festivals_between(self.today, self.today + FESTIVAL_AHEAD)
        ]

    def _contact_duty(self, cadre: Cadre) -> Duty:
        facts = [cadre.get_living_display(), cadre.get_self_care_display()]
        return Duty(
            kind="季度联系",
            icon="phone",
            title=cadre.name,
            url=cadre_url(cadre.pk),
            soft=f"{cadre.get_category_display()} · {cadre.unit.name}",
            words="、".join(fact for fact in facts if fact) or "高龄",
            due="90 天以上",
            due_note="没有走访",
            action="登记走访",
            action_url=visit_url(cadre.pk),
        )
