"""Units, posts and districts from titles, headings, joint columns and merged cells."""

import pytest

from cadres.roster.places import affiliation_of, district_of, split_unit_post
from tests.cadres.roster.books import number_of


@pytest.mark.parametrize(
    "name, district",
    [
        ("安河县", "安河县"), ("江北市城东区委老干部局", "城东区"), ("安河县农业局", "安河县"), ("江北新区管委会", "江北新区"),
        ("门源回族自治县", "门源回族自治县"), ("经济技术开发区", "经济技术开发区"), ("江北市市直单位", ""), ("江北市", ""),
        ("江北市幸福社区", ""), ("市区防疫站", ""), ("县农业局", ""), ("某军区干休所", ""), ("全县", ""),
    ],
)  # fmt: skip
def test_district_that_a_name_begins_with(name, district):
    assert district_of(name) == district


@pytest.mark.parametrize(
    "text, of, answer",
    [
        ("安河县县直", "", "安河县"), ("安河县（县直）", "", "安河县"), ("安河县城关镇", "", "安河县"), ("江北市城东区", "", "城东区"),
        ("江北市市直", "", "市直"), ("市 直", "", "市直"), ("县直", "安河县", "安河县"), ("城关镇", "安河县", "安河县"),
        ("安河", "安河县", "安河县"), ("本级", "安河县", "安河县"), ("市直", "安河县", "市直"), ("城东区", "安河县", "城东区"),
        ("县直", "", "县直"), ("城关镇", "", "城关镇"), ("省属", "安河县", "省属"), ("江北市", "", "江北市"), ("江北新区", "", "江北新区"),
    ],
)  # fmt: skip
def test_affiliation_as_a_district_where_its_words_are_certain(text, of, answer):
    assert affiliation_of(text, of) == answer


@pytest.mark.parametrize(
    "text, parts",
    [
        ("安河县农业局局长", ("安河县农业局", "局长")), ("县一中 校长（正科级）", ("县一中", "校长（正科级）")),
        ("县农业局种子站站长", ("县农业局种子站", "站长")), ("区卫生局党委书记兼局长", ("区卫生局", "党委书记兼局长")),
        ("县委副书记", ("县委", "副书记")), ("市第一人民医院主任医师", ("市第一人民医院", "主任医师")),
        ("县供销社主任、党支部书记", None), ("局长", None), ("农业局", None), ("", None),
    ],
)  # fmt: skip
def test_joint_unit_and_post(text, parts):
    assert split_unit_post(text) == parts


HEADS = ["姓名", "身份证号", "出生年月", "参加革命工作时间"]
ROW = ["马骏", number_of(), "1932.05", "1948.09"]


def values(reading, key):
    return [row.values.get(key) for row in reading.rows]


def test_joint_column_gives_unit_and_post_unless_the_sheet_is_one_unit(read):
    head, row = [*HEADS, "原工作单位及职务"], [*ROW, "安河县农业局局长"]
    many = read([["安河县离休干部名册"], head, row])
    assert (values(many, "unit_name"), values(many, "post")) == (["安河县农业局"], ["局长"])
    assert values(many, "affiliation") == ["安河县"]
    one = read([["安河县种子公司离休干部名册"], head, row])
    assert (values(one, "unit_name"), values(one, "post")) == ([None], ["安河县农业局局长"])


def test_district_of_the_title_serves_rows_that_name_none(read):
    title, bureau = ["江北市安河县2025年离休干部名册"], ["填报单位：安河县委老干部局"]
    without = read([title, bureau, [*HEADS, "单位"], [*ROW, "县农业局"]])
    assert values(without, "affiliation") == ["安河县"]
    rows = [[*ROW, "县农业局", text] for text in (None, "县直", "市直", "城东区")]
    assert values(read([title, [*HEADS, "单位", "隶属"], *rows]), "affiliation") == [
        "安河县",
        "安河县",
        "市直",
        "城东区",
    ]


def test_unit_headings_between_the_people(read):
    reading = read([["安河县离退休干部名册"], HEADS, ["一、县农业局（1人）"], ["离休干部"], ROW, ["县教育局"], ROW])
    assert values(reading, "unit_name") == ["县农业局", "县教育局"]
    assert values(reading, "category") == ["leave", "leave"]


def test_merged_and_ditto_cells_are_filled_but_blank_ones_are_not(read):
    rows = [[*ROW, "县农业局", "安河县"], [*ROW, None, "同上"], [*ROW, None, "〃"], [*ROW, None, None]]
    reading = read([[*HEADS, "单位", "隶属"], *rows], merges=["E2:E3"])
    assert values(reading, "unit_name") == ["县农业局", "县农业局", None, None]
    assert values(reading, "affiliation") == ["安河县", "安河县", "安河县", None]


def test_merged_names_and_numbers_are_never_taken_over(read):
    reading = read([["序号", *HEADS], [1, *ROW], [2, None, None, "1933.01", "1948.09"]], merges=["B2:B3", "C2:C3"])
    assert [row.rejected for row in reading.rows] == [None, "name_missing"]
