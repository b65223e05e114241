"""Dictionaries: national codes are complete, roster words resolve, doubtful words do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import codes
from common.code_words import WORDS
from common.codes import (
    Category,
    Education,
    Ethnicity,
    Health,
    Level,
    Living,
    Marriage,
    Nature,
    Period,
    PoliticalStatus,
    Rank,
    SelfCare,
    Sex,
    lookup,
    lookup_benefit,
    lookup_noted,
    normalise,
    truth,
)

WRITTEN = [
    (Sex, "男 1 男性 １", Sex.MALE),
    (Sex, "女 2 女性", Sex.FEMALE),
    (Category, "离休 离休干部 离休人员", Category.LEAVE),
    (Category, "退休 退休干部 退休人员", Category.RETIREE),
    (Category, "遗属", Category.SURVIVOR),
    (Nature, "机关 行政 行政机关 党政机关 公务员(参公) 公务员（参公）", Nature.GOVERNMENT),
    (Nature, "事业 事业单位 事业编", Nature.INSTITUTION),
    (Nature, "企业 国有企业 企业单位", Nature.ENTERPRISE),
    (Level, "市直 市本级 市直单位", Level.MUNICIPAL),
    (Level, "功能区(新区、开发区) 开发区 新区", Level.ZONE),
    (Rank, "正厅 正厅级 正厅局级 厅级正职 正地级 地厅级正职 正厅（局）级", Rank.BUREAU_CHIEF),
    (Rank, "副厅 副厅级 副厅局级 厅级副职 副地级", Rank.BUREAU_DEPUTY),
    (Rank, "正处 正处级 正县 正县级 正县处级 县处级正职 正县（处）级", Rank.COUNTY_CHIEF),
    (Rank, "副处 副处级 副县 副县级 副县处级 县处级副职", Rank.COUNTY_DEPUTY),
    (Rank, "正科 正科级 正乡科级 乡科级正职", Rank.TOWNSHIP_CHIEF),
    (Rank, "副科 副科级 副乡科级 乡科级副职", Rank.TOWNSHIP_DEPUTY),
    (Rank, "科员 办事员 科员级 办事员级 其他 科员、办事员及其他", Rank.STAFF),
    (Education, "研究生 硕士 博士 硕士研究生", Education.POSTGRADUATE),
    (Education, "本科 大学 大学本科 大本", Education.BACHELOR),
    (Education, "大专 专科 大学专科", Education.COLLEGE),
    (Education, "中师 中专 中等专科 职高", Education.VOCATIONAL),
    (Education, "小学 高小", Education.PRIMARY),
    (PoliticalStatus, "党员 中共党员 中国共产党党员 共产党员", PoliticalStatus.PARTY_MEMBER),
    (PoliticalStatus, "群众 13", PoliticalStatus.MASSES),
    (PoliticalStatus, "无党派人士 无党派民主人士", PoliticalStatus.NON_PARTISAN),
    (Ethnicity, "汉 汉族 01 漢族", Ethnicity.HAN),
    (Ethnicity, "僳僳族 傈僳族 傈僳 栗僳族", Ethnicity.LISU),
    (Ethnicity, "维族 维吾尔 维吾尔族", Ethnicity.UYGUR),
    (Ethnicity, "畬族 畲族", Ethnicity.SHE),
    (Marriage, "丧偶 丧偶（未再婚）", Marriage.WIDOWED),
    (Marriage, "已婚 初婚", Marriage.MARRIED),
    (Health, "良好 健康 健康或良好 好 较好", Health.HEALTHY),
    (Health, "一般", Health.FAIR),
    (Health, "较差 差 体弱 有慢性病", Health.POOR),
    (Health, "长期卧床 卧床 不能自理 失能 不能自理（长期卧床）", Health.BEDRIDDEN),
    (Health, "长期住院 住院", Health.HOSPITAL),
    (SelfCare, "能自理 自理 完全自理", SelfCare.FULL),
    (SelfCare, "部分自理 半自理 部分", SelfCare.PARTIAL),
    (SelfCare, "不能自理 失能 不能", SelfCare.NONE),
    (Living, "独居 独居老人", Living.ALONE),
    (Living, "空巢 空巢老人", Living.EMPTY_NEST),
    (Period, "第一次国内革命战争时期（大革命） 第一次国内革命战争时期 大革命", Period.P1),
    (Period, "解放战争时期 解放战争", Period.P5),
]


@pytest.mark.parametrize(
    ("choices", "word", "member"),
    [(choices, word, member) for choices, words, member in WRITTEN for word in words.split()],
)
def test_roster_words_resolve(choices, word, member):
    assert lookup(choices, word) is member


@pytest.mark.parametrize("word", ["科级及以下", "处级", "科级", "县级", "县处级", "厅级", "地级", "局级", ""])
def test_a_rank_that_could_be_two_stays_unresolved(word):
    assert lookup(Rank, word) is None


@pytest.mark.parametrize(
    ("choices", "word"),
    [(Category, "离退休"), (Category, "退职"), (Nature, "参公"), (Health, "3"), (Sex, "3"), (Sex, None)],
)
def test_other_doubtful_words_stay_unresolved(choices, word):
    assert lookup(choices, word) is None


def test_national_codes_are_complete():
    assert [member.value for member in Ethnicity] == [f"{n:02}" for n in range(1, 57)]
    assert [member.value for member in PoliticalStatus] == [f"{n:02}" for n in range(1, 14)]
    assert [member.value for member in Rank] == [
        "111",
        "112",
        "121",
        "122",
        "131",
        "132",
        "141",
        "142",
        "150",
    ]
    assert [member.value for member in Education] == ["10", "20", "30", "40", "60", "70", "80", "90"]
    assert [member.value for member in Marriage] == ["10", "20", "22", "30", "40"]
    assert all(member.label.endswith("族") for member in Ethnicity)


ALL = codes._ALL


def test_words_name_only_dictionaries_and_members_that_exist():
    names = {choices.__name__: set(choices.names) for choices in ALL}
    assert {(d, m) for d, words in WORDS.items() for m in words if m not in names.get(d, ())} == set()


@pytest.mark.parametrize("choices", ALL, ids=lambda choices: choices.__name__)
def test_every_label_resolves_to_its_member(choices):
    for member in choices:
        assert lookup(choices, member.label) is member


@given(
    member=st.sampled_from([member for choices in ALL for member in choices]),
    gaps=st.lists(st.sampled_from(["", " ", "　", "\n", "\t"]), min_size=20, max_size=20),
    brackets=st.sampled_from(["", "()", "（）"]),
)
def test_spaces_and_brackets_mean_nothing(member, gaps, brackets):
    written = "".join(a + b for a, b in zip(gaps, member.label, strict=False))
    written = f"{brackets[:1]}{written}{brackets[1:]}"
    assert normalise(written) == normalise(member.label)
    assert lookup(type(member), written) is member


def test_a_number_cell_reads_as_its_code():
    assert lookup(Sex, 1.0) is Sex.MALE
    assert lookup(Education, 20) is Education.BACHELOR


@pytest.mark.parametrize("word", ["享受副厅局级待遇", "副厅级待遇", "副厅级", "享受副厅（局）级医疗待遇"])
def test_benefits_may_say_so(word):
    assert lookup_benefit(word) is Rank.BUREAU_DEPUTY


def test_a_benefit_is_not_taken_for_a_rank():
    assert lookup(Rank, "享受副厅级待遇") is None
    assert lookup_benefit("享受待遇") is None
    assert lookup_benefit("") is None


@pytest.mark.parametrize("word", ["是", "有", "√", "1", 1, 1.0, True, "易地", "异地", "陕西西安", "无锡", "去世"])
def test_yes(word):
    assert truth(word) is True


@pytest.mark.parametrize("word", ["否", "无", "", None, "　", "0", 0, False, "×", "未异地", "本地", "健在", "/"])
def test_no(word):
    assert truth(word) is False


@pytest.mark.parametrize("word", ["不详", "待核实", "2016.3", "？", "7"])
def test_neither_yes_nor_no(word):
    assert truth(word) is None


@pytest.mark.parametrize(
    "choices, text, member",
    [
        (Rank, "副厅（地）级", Rank.BUREAU_DEPUTY), (Rank, "正处级干部", Rank.COUNTY_CHIEF), (Rank, "副县职", Rank.COUNTY_DEPUTY),
        (Rank, "三级调研员", Rank.COUNTY_DEPUTY), (Rank, "一级主任科员", Rank.TOWNSHIP_CHIEF), (Rank, "县处级副职", Rank.COUNTY_DEPUTY),
        (Rank, "处级", None), (Rank, "科级及以下", None), (Rank, "正高级职称", None), (Rank, "副县级待遇", None), (Rank, "正团", None),
        (Category, "退休改离休", Category.LEAVE), (Category, "建国前参加工作的退休工人", Category.RETIREE),
        (Category, "企业退休", Category.RETIREE), (Category, "离退休", None),
        (Education, "初中肄业", Education.MIDDLE_SCHOOL), (Education, 31, Education.COLLEGE), (Education, "50", Education.VOCATIONAL),
        (Ethnicity, 1, Ethnicity.HAN), (Marriage, "丧偶再婚", Marriage.REMARRIED), (Marriage, 1, None),
        (Health, 10, Health.HEALTHY), (Health, "半自理", None),
    ],
)  # fmt: skip
def test_words_of_other_cities(choices, text, member):
    assert lookup(choices, text) is member


@pytest.mark.parametrize(
    "text, member",
    [
        ("大学（学士）", Education.BACHELOR), ("专科(大专)", Education.COLLEGE), ("高中（中专）", None), ("大专（未毕业）", None),
        ("大专（？）", None),
    ],
)  # fmt: skip
def test_notes_that_agree_or_cast_doubt(text, member):
    assert lookup_noted(Education, text) is member


@pytest.mark.parametrize("text", ["未安置", "随子女居住", "暂未定", "不在本地"])
def test_a_sentence_is_no_place(text):
    assert truth(text) is None


@pytest.mark.parametrize("text", ["未央区", "无锡", "随州", "陕西西安"])
def test_places_that_begin_like_a_no_are_places(text):
    assert truth(text) is True


@pytest.mark.parametrize(
    "text", ["按正县级待遇", "正县级（1985.3）", "享受正县级政治待遇", "享受副处级单项医疗待遇", "享受处级待遇"]
)
def test_benefits_in_more_words(text):
    expected = {"享受处级待遇": None, "享受副处级单项医疗待遇": Rank.COUNTY_DEPUTY}.get(text, Rank.COUNTY_CHIEF)
    assert lookup_benefit(text) is expected
