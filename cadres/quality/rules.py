"""The rules of data quality: each is a set of people (a condition), a sentence, and how much it weighs.

The conditions are code; weight and whether a rule is in use are data (`QualityRule`), and what stands here is their
default. A rule is asked of a *population*, which depends on the person's category alone: filling in or blanking the
questioned fields never takes somebody out of it, so a new flaw can only lower a score.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.models import OrganizationKind
from cadres.models import Cadre, FamilyMember, IdConflict, OriginalText, Standing
from cadres.quality.conditions import (
    after,
    any_of,
    before_year,
    died_before,
    known_as,
    none_of,
    surely_before,
    years_above,
    years_below,
)
from common.codes import Category, PoliticalStatus

#: From this weight on a finding is 要紧: figures or payments may be wrong because of it.
CRITICAL = 4
WEIGHTS = range(1, 6)
OLDEST, YOUNGEST = 115, 40
#: Whoever had joined the revolution by September 1949 was twelve at least.
LATEST_LEAVE_BIRTH = 1937
LEAVE_BEFORE = "1949-10"
PARTY_AGE, WORK_AGE, REVOLUTION_AGE = 16, 14, 10
YOUNGEST_RETIRED, OLDEST_RETIRED = 40, 80
SHARED_PHONE = 3

GROUPS = {"missing": "缺项", "date": "日期", "id": "证件", "logic": "前后矛盾", "unit": "单位"}

_HERE = Q(standing=Standing.PRESENT)
_PARTY = Q(political_status__in=[PoliticalStatus.PARTY_MEMBER, PoliticalStatus.PROBATIONARY])
_CADRES = _HERE & Q(category__in=[Category.LEAVE, Category.RETIREE])

#: population -> (its words, its condition)
POPULATIONS: dict[str, tuple[str, Q]] = {
    "all": ("在册的人", _HERE),
    "cadres": ("离休、退休", _CADRES),
    "leave": ("离休", _HERE & Q(category=Category.LEAVE)),
    "retiree": ("退休", _HERE & Q(category=Category.RETIREE)),
    "survivor": ("遗属", _HERE & Q(category=Category.SURVIVOR)),
    "dead": ("已去世的人", Q(standing=Standing.DECEASED)),
}

#: What is not mended on the form of the person's own data.
_ROUTES = {"no_contact": "cadres:family_create", "died_before": "cadres:cadre_undo_death",
           "unit_closed": "cadres:cadre_move_out"}  # fmt: skip

Condition = Q | Callable[[datetime.date], Q]


@dataclass(frozen=True)
class Rule:
    """``wrong``: the condition, or a function of the day; ``fields``: what the work list shows beside the name."""

    code: str
    name: str
    group: str
    weight: int
    population: str
    sentence: str
    mend: str
    wrong: Condition
    fields: tuple[str, ...] = ()

    def finding(self, today: datetime.date) -> Q:
        wrong = self.wrong if isinstance(self.wrong, Q) else self.wrong(today)
        return POPULATIONS[self.population][1] & wrong

    @property
    def route(self) -> str:
        """Where it is mended, for whoever may: a page of one person, by URL name."""
        return _ROUTES.get(self.code, "cadres:cadre_change")

    @property
    def population_words(self) -> str:
        return POPULATIONS[self.population][0]


def _dates(*names: str) -> tuple[str, ...]:
    return names


_LIFE = _dates("birth", "party_joined", "work_started", "revolution_joined", "retired_on")


def _missing(code: str, name: str, weight: int, population: str, field: str, why: str, wrong: Condition) -> Rule:
    return Rule(code, f"没有{name}", "missing", weight, population, f"没有填{name}，{why}。", f"照档案或问本人，补上{name}",
                wrong, (field,) if field else ())  # fmt: skip


def _shared_phone(today: datetime.date) -> Q:
    """One number on more than three files of people on the roll is seldom everybody's own."""
    common = (
        Cadre.objects.present()
        .exclude(phone_digest="")
        .order_by()
        .values("phone_digest")
        .annotate(people=Count("pk"))
        .filter(people__gt=SHARED_PHONE)
    )
    return Q(phone_digest__in=common.values("phone_digest"))


def _impossible_age(today: datetime.date) -> Q:
    """The earliest and the latest year of birth that somebody on a roll may have."""
    too_old = before_year("birth", today.year - OLDEST)
    too_young = Q(birth__gte=str(today.year - YOUNGEST + 1), category__in=[Category.LEAVE, Category.RETIREE])
    return too_old | too_young


MISSING = (
    _missing("no_id", "身份证号", 5, "all", "", "查重、待遇和统计都靠它", Q(id_digest="")),
    _missing("no_birth", "出生年月", 5, "all", "", "算不出年龄，祝寿和年龄统计会漏掉他", Q(birth="")),
    _missing("no_sex", "性别", 3, "all", "", "统计表里男女合不上", Q(sex="")),
    _missing("no_ethnicity", "民族", 1, "cadres", "", "少数民族人数会少算", Q(ethnicity="")),
    _missing("no_political", "政治面貌", 2, "cadres", "", "党员人数会少算", Q(political_status="")),
    _missing("no_party_joined", "入党时间", 1, "cadres", "political_status", "党龄算不出来",
             _PARTY & Q(party_joined="")),
    _missing("no_work", "参加工作时间", 2, "retiree", "", "工龄算不出来", Q(work_started="")),
    _missing("no_revolution", "参加革命工作时间", 5, "leave", "", "分不出参加革命工作时期，待遇没有依据",
             Q(revolution_joined="")),
    _missing("no_retired", "离退休时间", 4, "cadres", "", "说不清哪年起计入统计", Q(retired_on="")),
    _missing("no_rank", "级别", 3, "cadres", "", "由谁管理、走访标准都看级别", Q(rank="")),
    _missing("no_treatment", "现享受待遇", 3, "leave", "", "离休干部的医疗、用车待遇看它", Q(treatment_rank="")),
    _missing("no_address", "常住地址", 2, "all", "", "走访找不到门", Q(address="")),
    _missing("no_phone", "联系电话", 2, "all", "", "联系不上本人", Q(phone_digest="")),
    _missing("no_community", "所在社区", 2, "all", "", "社区看不到他，没法就近照顾",
             Q(community=None, community_name="")),
    _missing("no_contact", "家属联系人", 2, "cadres", "", "有急事找不到家里人", none_of(FamilyMember.objects.all())),
    _missing("no_living", "居住状态", 1, "cadres", "", "独居、空巢的人会漏掉", Q(living="")),
    _missing("no_self_care", "自理能力", 1, "cadres", "", "不能自理的人会漏掉", Q(self_care="")),
    _missing("no_place", "易地安置的地方", 2, "all", "", "写了易地安置，却不知道安置在哪里",
             Q(relocated=True, relocated_to="")),
)  # fmt: skip

DATES = (
    Rule("date_future", "日期在今天以后", "date", 5, "all", "有一个日期还没有到。", "照档案核对年份，多半是打错了一位",
         lambda today: any_of([after(name, today) for name in _LIFE]), _LIFE),
    Rule("date_ancient", "日期早于1900年", "date", 4, "all", "有一个日期在1900年以前，不像真的。",
         "照档案核对年份，多半是打错了一位", any_of([before_year(name, 1900) for name in _LIFE]), _LIFE),
    Rule("birth_year_only", "出生只有年份", "date", 2, "all", "出生年月只写了年，没有月，祝寿排不进去。",
         "照档案或证件补上月份", known_as("birth", 4), ("birth",)),
    Rule("retired_year_only", "离退休时间只有年份", "date", 1, "cadres", "离退休时间只写了年，没有月。",
         "照审批表补上月份", known_as("retired_on", 4), ("retired_on",)),
)  # fmt: skip

IDENTITY = (
    Rule("id_birth", "身份证号与出生年月不符", "id", 5, "all", "身份证号里的出生日期和出生年月不一样。",
         "先看档案，再看证件：哪个错改哪个；两个都没错就留着，在备注里写明",
         Q(id_conflict__in=[IdConflict.BIRTH, IdConflict.BOTH]), ("birth", "id_number")),
    Rule("id_sex", "身份证号与性别不符", "id", 5, "all", "照身份证号倒数第二位，性别和填的不一样。",
         "照证件核对，改正错的一处", Q(id_conflict__in=[IdConflict.SEX, IdConflict.BOTH]), ("sex", "id_number")),
)  # fmt: skip

LOGIC = (
    Rule("retired_before_work", "离退休早于参加工作", "logic", 4, "cadres", "离退休时间在参加工作时间以前。",
         "照档案核对两个日期", surely_before("retired_on", "work_started"), ("work_started", "retired_on")),
    Rule("retired_age", "离退休年龄不对", "logic", 4, "cadres",
         f"离退休那年不满 {YOUNGEST_RETIRED} 岁，或者超过 {OLDEST_RETIRED} 岁（按年份算）。", "照档案核对出生年月和离退休时间",
         years_below("retired_on", "birth", YOUNGEST_RETIRED) | years_above("retired_on", "birth", OLDEST_RETIRED),
         ("birth", "retired_on")),
    Rule("work_age", "参加工作年龄太小", "logic", 3, "retiree",
         f"参加工作那年还不满 {WORK_AGE} 岁（按年份算）。", "照档案核对出生年月和参加工作时间",
         years_below("work_started", "birth", WORK_AGE), ("birth", "work_started")),
    Rule("revolution_age", "参加革命年龄太小", "logic", 3, "leave",
         f"参加革命工作那年还不满 {REVOLUTION_AGE} 岁（按年份算）。", "照档案核对出生年月和参加革命工作时间",
         years_below("revolution_joined", "birth", REVOLUTION_AGE), ("birth", "revolution_joined")),
    Rule("party_age", "入党年龄太小", "logic", 3, "cadres", f"入党那年还不满 {PARTY_AGE} 岁（按年份算）。",
         "照档案核对出生年月和入党时间", years_below("party_joined", "birth", PARTY_AGE), ("birth", "party_joined")),
    Rule("party_status", "有入党时间却不是党员", "logic", 2, "cadres", "填了入党时间，政治面貌却不是中共党员。",
         "照档案核对政治面貌；已出党的，清掉入党时间并在备注里写明",
         ~_PARTY & Q(party_joined__gt="") & Q(political_status__gt=""), ("political_status", "party_joined")),
    Rule("age_impossible", "年龄不可能", "logic", 5, "all",
         f"照出生年月，已经超过 {OLDEST} 岁，或者离退休了还不满 {YOUNGEST} 岁。",
         "照档案核对出生年月；老人已经去世的，请登记去世", _impossible_age, ("birth", "category")),
    Rule("leave_born_late", "离休干部出生太晚", "logic", 5, "leave",
         f"{LATEST_LEAVE_BIRTH} 年以后出生，1949年9月还不满 12 岁，不像离休。", "照档案核对是离休还是退休，或核对出生年月",
         Q(birth__gte=str(LATEST_LEAVE_BIRTH + 1)), ("birth", "revolution_joined")),
    Rule("leave_joined_late", "离休干部参加革命太晚", "logic", 5, "leave",
         "参加革命工作时间在1949年10月1日以后，不合离休条件。", "照档案核对是离休还是退休，或核对时间",
         Q(revolution_joined__gte=LEAVE_BEFORE), ("revolution_joined",)),
    Rule("died_before", "去世早于出生或离退休", "logic", 4, "dead", "去世的年份在出生或离退休的年份以前。",
         "照档案和销户证明核对，用“更正去世登记”改", died_before("birth") | died_before("retired_on"),
         ("birth", "retired_on", "died_on")),
    Rule("phone_shared", "同一个电话几个人用", "logic", 2, "all", f"这个电话写在 {SHARED_PHONE} 个以上的人名下。",
         "多半是填了单位或联络员的电话，换成本人或家里的", _shared_phone, ("phone",)),
    Rule("survivor_alone", "遗属没有对应的老干部", "logic", 3, "survivor", "没有写是哪位已故老干部的遗属。",
         "在档案里选上已故干部", Q(survivor_of=None)),
)  # fmt: skip

UNIT = (
    Rule("unit_unknown", "单位没有落实", "unit", 4, "all", "人挂在上级局、主管系统或“未知”“其他”这样的名下，不知道是哪个单位的。",
         "查清由哪个单位发离退休费，改到那个单位",
         Q(unit__kind__in=[OrganizationKind.CITY_BUREAU, OrganizationKind.DISTRICT_BUREAU, OrganizationKind.SYSTEM])
         | any_of([Q(unit__name__contains=word) for word in ("未知", "不详", "待定", "其他单位")]), ("unit",)),
    Rule("unit_closed", "单位已停用", "unit", 2, "all", "单位已经停用，人还挂在下面。", "办理转出，转到接收的单位",
         Q(unit__active=False), ("unit",)),
    Rule("no_nature", "单位性质没有定", "unit", 3, "cadres", "不知道是机关、事业还是企业，统计表分不了栏。",
         "在单位资料里定下性质，再到档案里选上", Q(nature=""), ("unit",)),
    Rule("no_level", "隶属没有定", "unit", 3, "cadres", "不知道是市直还是哪个区县的。", "在单位资料里定下隶属", Q(level=""),
         ("unit",)),
    Rule("word_unknown", "有字典外的值", "unit", 1, "all", "名册里有的写法字典里没有，这一栏还空着。",
         "局里在“字典外的值”认定，或直接改档案",
         ~none_of(OriginalText.objects.all())),
)  # fmt: skip

RULES: dict[str, Rule] = {rule.code: rule for rule in (*MISSING, *DATES, *IDENTITY, *LOGIC, *UNIT)}
