"""Normalising and checking people."""

import io
import pickle
from datetime import date

import openpyxl
import pytest

from cadres.roster import read_workbook
from cadres.roster.lunar_text import read_lunar
from common.lunar import LunarDay
from tests.cadres.roster.books import HEADERS, TODAY, book_of, number_of, person


def codes(row):
    return {problem.code: problem.level for problem in row.problems}


def test_a_good_row_has_national_codes_and_no_problem(read_one):
    row = read_one(民族="回", 文化程度="大本", 政治面貌="党员", 联系电话=13912345678, 级别="副县")
    assert row.values == {
        "name": "马骏",
        "sex": "1",
        "birth_date": row.values["birth_date"],
        "id_number": number_of(),
        "work_started_on": row.values["work_started_on"],
        "revolution_joined_on": row.values["work_started_on"],
        "retired_on": row.values["retired_on"],
        "category": "leave",
        "unit_name": "区防疫站",
        "ethnicity": "03",
        "education": "20",
        "political_status": "01",
        "phone": "13912345678",
        "rank": "132",
    }
    assert row.values["birth_date"].isoformat() == "1932-05"
    assert row.problems == [] and row.accepted


@pytest.mark.parametrize(
    "number, code",
    [
        (number_of()[:-1] + ("0" if number_of()[-1] != "0" else "1"), "id_checksum"),
        ("990104193213060110", "id_date"),
        ("990104193202300110", "id_date"),
        ("9901041932050601", "id_length"),
        ("1.50102E+17", "id_scientific"),
        (990104193205060112, "id_scientific"),
        ("99010419320506O11X", "id_characters"),
        ("身份证丢失", "id_characters"),
    ],
)
def test_broken_numbers_refuse_the_row(read_one, number, code):
    row = read_one(身份证号=number)
    assert row.rejected == code
    problem = next(problem for problem in row.problems if problem.code == code)
    assert (problem.sheet, problem.row, problem.column, problem.level) == ("名册", 2, "E", "error")
    assert problem.message and problem.hint
    assert "19320506" not in problem.shown + problem.message


@pytest.mark.parametrize("number", ["990104320506011", 990104320506011])
def test_old_numbers_are_lengthened_even_from_a_numeric_cell(read_one, number):
    assert read_one(身份证号=number).values["id_number"] == number_of()


def test_name_missing_refuses_and_other_problems_are_listed_too(read_one):
    row = read_one(姓名=" 　", 身份证号="123", 级别="科级及以下")
    assert row.rejected == "name_missing"
    assert codes(row) == {"name_missing": "error", "id_length": "error", "value_unmapped": "warning"}
    assert row.raw == {"rank": "科级及以下"}


@pytest.mark.parametrize(
    "birth, rejected, level",
    [("1932.05", None, "warning"), (None, "id_missing", "error"), ("不记得了", "date_unreadable", "error")],
)
def test_without_a_number_name_and_birth_must_be_there(read_one, birth, rejected, level):
    row = read_one(身份证号=None, 出生年月=birth)
    assert row.rejected == rejected
    assert level in codes(row).values()


def test_without_any_birth_column_the_number_gives_birth_and_sex(read):
    row = read([["姓名", "身份证号", "单位", "籍贯"], ["葛秀云", number_of("19350102", 20), "市一局", "甘肃"]]).rows[0]
    assert row.values["birth_date"].isoformat() == "1935-01-02"
    assert row.values["sex"] == "2"


def test_numeric_birth_that_lost_its_zero_is_asked_not_guessed(read_one):
    row = read_one(出生年月=1932.1)
    assert codes(row) == {"date_ambiguous": "question"}
    assert row.accepted and row.raw["birth_date"] == "1932.1"
    assert row.values["birth_date"].isoformat() == "1932-05-06", "the number still knows"
    assert read_one(出生年月=1932.1, 身份证号=None).rejected == "date_ambiguous"


@pytest.mark.parametrize(
    "changes, code, column",
    [
        ({"出生年月": "1932.06"}, "id_birth_mismatch", "D"),
        ({"性别": "女"}, "id_sex_mismatch", "C"),
        ({"离退休时间": "1940.01"}, "retired_before_work", "G"),
        ({"参加工作时间": "1950.01"}, "leave_period", "F"),
        ({"参加工作时间": None}, "leave_without_revolution_date", "F"),
        ({"人员类别": None}, "category_missing", "H"),
        ({"人员类别": "老干部"}, "value_unmapped", "H"),
        ({"入党时间": "1945.01"}, "party_age", "J"),
        ({"备注": "2024年3月去世"}, "reported_deceased", "J"),
        ({"健康状况": "已故"}, "reported_deceased", "J"),
        ({"去世时间": "2024-03-01"}, "reported_deceased", "J"),
        ({"姓名": "马骏（已故）"}, "reported_deceased", "B"),
        ({"联系电话": "12345"}, "phone_unusual", "J"),
        ({"银行账号": 6222021234567890123}, "bank_scientific", "J"),
        ({"入党时间": "去年"}, "date_unreadable", "J"),
    ],
)
def test_doubtful_cells_warn_and_the_row_is_taken(read_one, changes, code, column):
    row = read_one(**changes)
    assert row.accepted
    assert codes(row) == {code: "warning"}
    assert row.problems[0].column == column


@pytest.mark.parametrize("text", ["老伴2010年去世", "配偶已故，独居", "儿子病故"])
def test_somebody_elses_death_is_not_the_cadres(read_one, text):
    row = read_one(备注=text, 婚姻状况="丧偶")
    assert row.problems == []


def test_remarks_that_say_more_than_the_columns_are_asked(read_one):
    row = read_one(备注="异地（陕西）、丧偶")
    assert codes(row) == {"remark_relocated": "question", "remark_widowed": "question"}
    assert "relocated" not in row.values and "marriage" not in row.values


def test_a_number_in_the_wrong_column_is_masked_there_too(read_one):
    row = read_one(入党时间=number_of())
    assert codes(row) == {"date_unreadable": "warning"}
    assert row.problems[0].shown == "990104********0116"


def test_impossible_age(read_one):
    assert "age_impossible" in codes(read_one(出生年月="1990.05", 身份证号=number_of("19900506")))


@pytest.mark.parametrize(
    "text, yes, place",
    [("是", True, None), ("否", False, None), ("陕西西安", True, "陕西西安"), (None, None, None)],
)
def test_relocated_holds_truth_and_place(read_one, text, yes, place):
    row = read_one(易地安置=text)
    assert (row.values.get("relocated"), row.values.get("relocated_place")) == (yes, place)


def test_names_lose_spaces_and_keep_the_minority_dot(read_one):
    assert read_one(姓名="张　三").values["name"] == "张三"
    assert read_one(姓名="阿布都拉•买买提").values["name"] == "阿布都拉·买买提"
    assert codes(read_one(姓名="马骏2")) == {"name_unusual": "warning"}


def test_lunar_birthdays():
    assert read_lunar("农历四月初九") == (None, LunarDay(4, 9))
    assert read_lunar("闰五月廿五")[1] == LunarDay(5, 25, True)
    assert read_lunar("阴历1932年腊月三十")[1] == LunarDay(12, 30)
    assert read_lunar("4.9")[1] == LunarDay(4, 9)
    assert read_lunar("十三月初一") == (None, None)


def test_lunar_birth_is_kept_beside_the_numbers_date(read_one):
    row = read_one(出生年月="农历1932年四月初一")
    assert row.values["lunar_birthday"] == LunarDay(4, 1)
    assert row.values["birth_date"].isoformat() == "1932-05-06"
    assert row.problems == []
    alone = read_one(出生年月="农历1932年四月初一", 身份证号=None)
    assert alone.values["birth_date"].isoformat() == "1932-05-06", "converted: 1 of the fourth month of 1932"


def test_family_lists_that_do_not_match_are_kept_as_text(read_one):
    row = read_one(家庭成员姓名="马强、马芳", 关系="儿子", 家庭成员电话="")
    assert "family" not in row.values
    assert codes(row) == {"family_mismatch": "warning"}
    assert row.raw["family_names"] == "马强、马芳；儿子"


def test_formula_errors_are_named():
    book = openpyxl.Workbook()
    book.active.append(HEADERS)
    book.active.append(person())
    book.active["E2"].value, book.active["E2"].data_type = "#N/A", "e"
    out = io.BytesIO()
    book.save(out)
    row = read_workbook(out.getvalue(), "名册.xlsx", year=2025, today=TODAY).sheets[0].rows[0]
    assert row.rejected == "cell_error"


def test_date_cells_and_serial_numbers(read_one):
    assert read_one(出生年月=date(1932, 5, 6)).values["birth_date"].isoformat() == "1932-05-06"
    assert read_one(离退休时间=33756).values["retired_on"].isoformat() == "1992-06-01"


def test_readings_can_be_pickled():
    data = book_of(("名册", [HEADERS, person(), person(姓名=None)]))
    reading = read_workbook(data, "名册.xlsx", year=2025, today=TODAY)
    again = pickle.loads(pickle.dumps(reading))
    assert again.sheets[0].rows == reading.sheets[0].rows
    assert again.rejected == 1


def test_another_year_in_the_title_is_said(read):
    reading = read([["某局2019年离退休干部名册"], HEADERS, person()])
    assert reading.notices == ["表头写的是2019年，这次导入的是2025年"]


def test_notes_in_brackets_leave_a_certain_word_certain(read_one):
    assert read_one(人员类别="离休（副县）").values["category"] == "leave"
    assert codes(read_one(人员类别="退休（离休）")) == {"value_unmapped": "warning"}
    dead = read_one(人员类别="离休（已故）")
    assert dead.values["category"] == "leave" and codes(dead) == {"reported_deceased": "warning"}


def test_medical_treatment_in_the_column_of_treatment_is_not_taken_for_it(read_one):
    row = read_one(现享受待遇="享受副厅级医疗待遇", 医疗待遇="享受副厅级医疗待遇")
    assert "treatment_rank" not in row.values and row.values["medical_rank"] == "122"
    assert row.raw["treatment_rank"] == "享受副厅级医疗待遇"


@pytest.mark.parametrize("text, code", [("是", "1"), ("否", "3"), ("半自理", "2")])
def test_self_care_asked_as_a_question(read_one, text, code):
    assert read_one(生活能否自理=text).values["self_care"] == code


def test_a_number_that_ends_in_zeros_is_taken_but_said(read_one):
    number = next(
        n for day in range(1, 29) for order in range(100, 1000, 100)
        if (n := number_of(f"193205{day:02}", order)).endswith("000")
    )  # fmt: skip
    row = read_one(身份证号=number, 性别=None, 出生年月=None)
    assert row.accepted and codes(row) == {"id_zeros": "warning"}


def test_a_relative_named_in_two_columns_is_one(read_one):
    row = read_one(
        配偶姓名="田素云",
        子女姓名="马强",
        家庭成员姓名="田素云，马强",
        与本人关系="妻子，长子",
        家庭成员电话="13912345678，",
    )
    assert [(one.name, one.kinship, one.phone) for one in row.values["family"]] == [
        ("田素云", "10", "13912345678"),
        ("马强", "22", ""),
    ]


@pytest.mark.parametrize("typed, name", [("李兰（女）", "李兰"), ("马骏(回族)", "马骏"), ("才让 卓玛", "才让卓玛")])
def test_sex_and_people_noted_beside_the_name(read_one, typed, name):
    row = read_one(姓名=typed)
    assert row.values["name"] == name and not row.problems
