"""Finding the roster in a sheet."""

import io
import zipfile

import pytest

from cadres.roster import read_many, read_workbook
from tests.cadres.roster.books import HEADERS, TODAY, book_of, edit_part, number_of, part_of, person


def fields(reading):
    return {column.letter: column.field for column in reading.layout.columns if column.field}


def test_title_unit_date_total_and_signature_rows(read):
    reading = read(
        [
            ["北坪区卫生局2025年离退休干部名册"],
            ["填报单位：北坪区卫生局（盖章）", None, "截止日期：2025年12月31日"],
            HEADERS,
            ["例", *person(姓名="张三")[1:]],
            person(),
            [2, None, None],
            [None, "　", " "],
            person(姓名="葛秀云", 身份证号=number_of("19350101", 20), 性别="女", 出生年月="1935.01"),
            ["合计", "2人"],
            ["填表人：贺晓梅　　审核人：　　联系电话："],
            ["说明：1. 本表由各单位填报。"],
        ]
    )
    layout = reading.layout
    assert [row.values["name"] for row in reading.rows] == ["马骏", "葛秀云"]
    assert [row.row for row in reading.rows] == [5, 8]
    assert (layout.header_rows, layout.reporting_unit, layout.title_unit) == (
        (3,),
        "北坪区卫生局",
        "北坪区卫生局",
    )
    assert (layout.cut_off.isoformat(), layout.year) == ("2025-12-31", 2025)
    kinds = {skipped.row: skipped.kind for skipped in layout.skipped_rows}
    assert kinds == {
        1: "title",
        2: "title",
        4: "example",
        6: "blank",
        7: "blank",
        9: "total",
        10: "signature",
        11: "note",
    }
    assert reading.stated_total.agrees is True
    assert not reading.problems and not reading.questions


def test_total_that_does_not_agree_is_said(read):
    reading = read([HEADERS, person(), ["合计", "214 人（离休 9，退休 205）"]])
    assert (reading.stated_total.stated, reading.stated_total.counted) == (214, 1)
    assert "不符" in reading.notices[0]
    assert not reading.rejected


def test_subtotals_count_since_the_one_before(read):
    rows = [person(身份证号=number_of(order=n)) for n in (1, 3, 5)]
    reading = read([HEADERS, rows[0], ["小计", 1], *rows[1:], ["小计", 2], ["总计", 3]])
    assert [total.agrees for total in reading.totals] == [True, True, True]
    assert len(reading) == 3


def test_province_template_with_two_row_header_and_banner(read):
    banner = "基础信息（时间如果是2000年1月，填写成2000-01）"
    top = [
        "序号",
        "姓名",
        "手机号码",
        "人员类别\n（公务员/事业编/国有企业）",
        "单位全称",
        "身份证号码",
        "职务（职级）",
        "组织区域",
        banner,
    ]
    lower = [*[None] * 8, "性别", "出生日期", "民族", "籍贯", "政治面貌", "入党时间", "文化程度", "职称"]
    data = [
        ["附件4"],
        ["退休公职人员信息表"],
        top,
        lower,
        [1, "张三", "13800000000", "公务员", "某局", "460100200001011234", "科员", "海口", "男", "2000-01"],
        [1, "田素云", "13912345678", "事业编", "区中医院", number_of("19400115", 22), "主任（正科级）",
         "北坪", "女", "1940-01", "黎族", "海南", "中共党员", "1965-07", "大学本科", "副主任医师"],
        ["说明：人员类别按退休时的身份填写，身份证号码用文本格式，时间照上面的例子写。"],
    ]  # fmt: skip
    merges = ["A3:A4", "B3:B4", "C3:C4", "D3:D4", "E3:E4", "F3:F4", "G3:G4", "H3:H4", "I3:P3"]
    reading = read(data, merges=merges)
    assert [row.row for row in reading.rows] == [6]
    assert reading.layout.header_rows == (3, 4)
    row = reading.rows[0]
    assert row.values["nature"] == "inst" and row.values["category"] == "retiree"
    assert row.values["birth_date"].isoformat() == "1940-01"
    assert row.values["rank"] == "141" and row.values["post"] == "主任（正科级）"
    assert {question.letter: question.code for question in reading.questions} == {"H": "header_ambiguous"}
    assert {skipped.row: skipped.kind for skipped in reading.layout.skipped_rows} == {
        1: "title", 2: "title", 5: "example", 7: "note",
    }  # fmt: skip


def test_two_row_header_without_merge_information(read):
    top = ["序号", "姓名", "基本情况", None, None, "单位"]
    lower = [None, None, "性别", "出生年月", "身份号码", None]
    reading = read([top, lower, [1, "马骏", "男", "1932.05", number_of(), "区防疫站"]])
    assert fields(reading) == {"B": "name", "C": "sex", "D": "birth_date", "E": "id_number", "F": "unit_name"}
    assert len(reading) == 1


def test_same_word_under_another_person_is_theirs(read):
    top = ["姓名", "身份证号", "出生年月", "配偶", None, "家庭成员", None, None]
    lower = [None, None, None, "姓名", "电话", "姓名", "关系", "电话"]
    reading = read(
        [
            top,
            lower,
            [
                "马骏",
                number_of(),
                "1932.05",
                "田素云",
                "13912345678",
                "马强,马芳",
                "儿子，女儿",
                "13800000001、13800000002",
            ],
        ],
        merges=["D1:E1", "F1:H1", "A1:A2", "B1:B2", "C1:C2"],
    )  # fmt: skip
    family = reading.rows[0].values["family"]
    assert [(one.name, one.kinship, one.phone) for one in family] == [
        ("田素云", "10", "13912345678"),
        ("马强", "20", "13800000001"),
        ("马芳", "30", "13800000002"),
    ]


def test_column_numbers_and_repeated_headers_are_not_people(read):
    reading = read([HEADERS, range(1, 10), person(), HEADERS, person(身份证号=number_of(order=13))])
    assert [row.row for row in reading.rows] == [3, 5]
    assert {s.row: s.kind for s in reading.layout.skipped_rows} == {2: "numbers", 4: "repeat"}


@pytest.mark.parametrize(
    "header, key",
    [
        ("公民身份\n号码", "id_number"), ("身 份 证 号（18位）", "id_number"), ("离(退)休时间", "retired_on"),
        ("离〔退〕休批准时间", "retired_on"), ("是否异地安置", "relocated"), ("*联系方式", "phone"),
        ("族　别", "ethnicity"), ("原工作单位及职务", "unit_post"), ("现居住地", "address"),
        ("户籍地址", "registered_address"), ("最高学历", "education"), ("现管单位", "managing_unit"),
        ("职务层次", "rank"), ("现享受待遇级别", "treatment_rank"),
    ],
)  # fmt: skip
def test_header_synonyms(read, header, key):
    reading = read(
        [
            ["姓名", header, "籍贯", "职称", "特长", "身份证号" if key != "id_number" else "出生年月"],
            ["马骏", "x"],
        ]
    )
    assert fields(reading)["B"] == key


def test_unknown_and_ambiguous_headers_are_asked_and_answers_remembered(read):
    rows = [[*HEADERS, "待遇", "血型", "时间", None, "空列"], [*person(), "副县", "A", "1990", "x"]]
    reading = read(rows)
    assert {q.letter: q.code for q in reading.questions} == {
        "J": "header_ambiguous", "K": "header_unknown", "L": "header_ambiguous", "M": "header_blank",
    }  # fmt: skip
    assert "treatment_rank" not in reading.rows[0].values
    treatment = next(q for q in reading.questions if q.letter == "J")
    assert [key for key, _ in treatment.choices] == ["treatment_rank", "medical_rank", "rank", "-"]
    assert treatment.samples == ("副县",)
    answers = {reading.layout.signature: {"J": "treatment_rank", "K": "-", "L": "party_joined_on", "M": "-"}}
    again = read(rows, mappings=answers)
    assert not again.questions
    assert again.rows[0].values["treatment_rank"] == "132"
    assert again.rows[0].values["party_joined_on"].isoformat() == "1990"


def test_two_columns_for_one_field_are_asked_and_samples_masked(read):
    reading = read([[*HEADERS, "电话", "手机号码"], [*person(), "0931-8888888", "13912345678"]])
    assert {q.letter: q.code for q in reading.questions} == {"J": "header_conflict", "K": "header_conflict"}
    assert "13912345678" not in str(reading.questions)
    assert "phone" not in reading.rows[0].values


def test_an_empty_twin_column_is_no_question(read):
    reading = read([[*HEADERS, "电话", "手机号码"], [*person(), None, "13912345678"]])
    assert not reading.questions
    assert reading.rows[0].values["phone"] == "13912345678"


def test_both_joining_dates_side_by_side_stay_two(read_one):
    row = read_one(参加革命工作时间="1947.03")
    assert row.values["work_started_on"].isoformat() == "1948-09"
    assert row.values["revolution_joined_on"].isoformat() == "1947-03"


def test_one_joining_date_serves_both_only_for_leave(read_one):
    assert read_one().values["revolution_joined_on"].isoformat() == "1948-09"
    retiree = read_one(人员类别="退休", 参加工作时间="1955.01")
    assert "revolution_joined_on" not in retiree.values
    assert retiree.values["work_started_on"].isoformat() == "1955-01"


def test_category_from_title_else_asked(read):
    headers = [h for h in HEADERS if h != "人员类别"]
    row = [v for h, v in zip(HEADERS, person(), strict=True) if h != "人员类别"]
    assert read([["某局离休干部名册"], headers, row]).rows[0].values["category"] == "leave"
    asked = read([["某局离退休干部名册"], headers, row])
    assert [q.code for q in asked.questions] == ["category_missing"]
    answered = read([["某局离退休干部名册"], headers, row], mappings={asked.layout.signature: {"@category": "retiree"}})
    assert answered.rows[0].values["category"] == "retiree" and not answered.questions


def test_headings_inside_the_table_say_the_category(read):
    headers = [h for h in HEADERS if h != "人员类别"]
    row = [v for h, v in zip(HEADERS, person(), strict=True) if h != "人员类别"]
    reading = read([["某局离退休干部名册"], headers, ["一、离休干部（1人）"], row, ["二、退休干部"], row])
    assert [row.values["category"] for row in reading.rows] == ["leave", "retiree"]
    assert not reading.questions


def test_three_row_header(read):
    rows = [
        ["序号", "个人信息", None, None, "工作信息", None],
        [None, "姓名", "证件", None, "单位", "离退休"],
        [None, None, "身份证号", "民族", None, "时间"],
        [1, "马骏", number_of(), "汉", "甲局", "1992.6"],
    ]
    reading = read(rows, merges=["A1:A3", "B1:D1", "E1:F1", "B2:B3", "C2:D2", "E2:E3"])
    assert reading.layout.header_rows == (1, 2, 3)
    assert fields(reading) == {
        "B": "name", "C": "id_number", "D": "ethnicity", "E": "unit_name", "F": "retired_on",
    }  # fmt: skip
    assert len(reading) == 1


def test_sheets_that_are_not_rosters_say_why():
    data = book_of(
        ("名册", [HEADERS, person()]),
        ("填表说明", [["填表说明"], ["1. 本表由各单位填报。"]]),
        ("空", []),
        ("汇总表", [["单位", "离休人数"], ["甲局", 3]]),
        ("签到", [["序号", "姓名", "签字"], [1, "马骏", ""]]),
        ("旧表", [HEADERS, person()]),
        hidden="旧表",
    )
    sheets = read_workbook(data, "名册.xlsx", year=2025, today=TODAY).sheets
    reasons = {sheet.sheet: sheet.skipped for sheet in sheets}
    assert reasons["名册"] is None and len(sheets[0]) == 1
    assert reasons["填表说明"] == "填表说明，不是名册"
    assert reasons["空"] == "空表"
    assert reasons["汇总表"] == "汇总统计，不是名册"
    assert reasons["签到"] and reasons["旧表"].startswith("隐藏")


def test_wps_sheet_declared_as_a1_is_read_fully():
    data = book_of(("名册", [HEADERS, *[person(身份证号=number_of(order=n)) for n in range(1, 100, 2)]]))
    assert b'<dimension ref="A1:I51"' in part_of(data, "xl/worksheets/sheet1.xml")
    data = edit_part(data, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'ref="A1:I51"', b'ref="A1:A1"'))
    reading = read_workbook(data, "名册.xlsx", year=2025, today=TODAY).sheets[0]
    assert (len(reading), len(reading.rejected)) == (50, 0)


def test_rows_keep_excels_numbers_when_the_sheet_starts_lower_and_right(read):
    shifted = [[], [], [None, None, *HEADERS], [None, None, *person()]]
    row = read(shifted).rows[0]
    assert (row.row, row.values["name"]) == (4, "马骏")
    bad = read([*shifted[:3], [None, None, *person(身份证号="123")]]).problems[0]
    assert (bad.row, bad.column) == (4, "G")


def test_signature_ignores_spaces_and_brackets(read):
    one = read([HEADERS, person()]).layout.signature
    spaced = [f" {header[0]} {header[1:]}（）" for header in HEADERS]
    assert read([["某局名册"], spaced, person()]).layout.signature == one
    assert read([[*HEADERS, "备注"], person()]).layout.signature != one


ODS = """<?xml version="1.0"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet><table:table table:name="名册">{}</table:table></office:spreadsheet>
</office:body></office:document-content>"""


def test_open_document_sheets_are_read_too():
    rows = ""
    for row in (HEADERS, person()):
        cells = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        rows += f"<table:table-row>{cells}</table:table-row>"
    manifest = """<?xml version="1.0"?><manifest:manifest
     xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(rows))
        archive.writestr("META-INF/manifest.xml", manifest)
    reading = read_workbook(out.getvalue(), "名册.ods", year=2025, today=TODAY).sheets[0]
    assert [row.values["name"] for row in reading.rows] == ["马骏"]
    assert not reading.problems


def test_many_files_come_back_in_order_and_one_bad_file_costs_no_other():
    good = book_of(("名册", [HEADERS, person()]))
    files = [(good, "一.xlsx"), (b"MZ", "二.xlsx"), (good, "三.xlsx"), (good, "四.exe")]
    readings = list(read_many(files, year=2025, today=TODAY))
    assert [reading.file for reading in readings] == ["一.xlsx", "二.xlsx", "三.xlsx", "四.exe"]
    assert [reading.refusal and reading.refusal[0] for reading in readings] == [
        None,
        "renamed",
        None,
        "extension",
    ]
    assert [len(sheet) for reading in readings for sheet in reading.sheets] == [1, 1]


def test_a_second_title_below_changes_the_category(read):
    headers = [h for h in HEADERS if h != "人员类别"]
    row = [v for h, v in zip(HEADERS, person(), strict=True) if h != "人员类别"]
    reading = read(
        [
            ["某局离休干部名册"],
            headers,
            row,
            [],
            ["北坪区某某局二〇二五年退休干部花名册"],
            headers,
            row,
            row,
            ["合计：2人"],
        ]
    )
    assert [row.values["category"] for row in reading.rows] == ["leave", "retiree", "retiree"]
    assert [total.agrees for total in reading.totals] == [True]


def test_a_second_table_with_other_columns_is_refused_row_by_row(read):
    swapped = ["序号", "姓名", "性别", "身份证号", "出生年月", *HEADERS[5:]]
    other = person()
    other[3], other[4] = other[4], other[3]
    reading = read([HEADERS, person(), swapped, other])
    assert [row.rejected for row in reading.rows] == [None, "header_changed"]
    problem = next(problem for problem in reading.problems if problem.code == "header_changed")
    assert (problem.row, problem.column) == (4, "B") and problem.message and problem.hint


def test_column_numbers_may_begin_with_letters(read):
    reading = read([HEADERS, ["甲", "乙", "丙", 1, 2, 3, 4, 5, 6], person()])
    assert [(s.row, s.kind) for s in reading.layout.skipped_rows] == [(2, "numbers")]


def test_headings_in_the_column_of_names_are_not_people(read):
    headers = ["姓名", "身份证号", "出生年月"]
    reading = read([headers, ["退休干部名册"], ["马骏", number_of(), "1932.05"], ["县教育局"], ["李中心", None, None]])
    assert [row.row for row in reading.rows] == [3, 5]


def test_three_row_header_under_one_banner(read):
    rows = [
        ["序号", "基本信息", None, None, None, "备注"],
        [None, "个人", None, "单位", None, None],
        [None, "姓名", "身份证号", "单位名称", "隶属关系", None],
        [1, "马骏", number_of(), "县农业局", "安河县", "x"],
    ]
    reading = read(rows, merges=["A1:A3", "B1:E1", "B2:C2", "D2:E2", "F1:F3"])
    assert reading.layout.header_rows == (1, 2, 3)
    assert fields(reading) == {"B": "name", "C": "id_number", "D": "unit_name", "E": "affiliation", "F": "remarks"}


@pytest.mark.parametrize(
    "header, key",
    [
        ("离（退）休时间（必填）", "retired_on"), ("（身份证号（18位））", "id_number"), ("1、是否易地安置", "relocated"),
        ("离(退)休类别\n（离休/退休）", "category"), ("原单位、职务（职级）", "unit_post"), ("参革时间", "revolution_joined_on"),
        ("退（离）休时间", "retired_on"), ("县（市、区）（必填）", "affiliation"), ("学历（学位）", "education"),
    ],
)  # fmt: skip
def test_headers_with_brackets_within_and_after(read, header, key):
    assert (
        fields(read([["姓名", "身份证号" if key != "id_number" else "出生年月", header], ["马骏", "x", "y"]]))["C"]
        == key
    )


def test_unit_and_time_cells_above_the_header_are_title_and_the_year_is_no_unit(read):
    reading = read(
        [["2025年度安河县教育局离退休人员花名册"], ["单位：安河县教育局", None, "时间：2025.12.31"], HEADERS, person()]
    )
    layout = reading.layout
    assert (layout.header_rows, layout.reporting_unit, layout.title_unit) == ((3,), "安河县教育局", "安河县教育局")
    assert (layout.district, layout.own_unit, len(reading)) == ("安河县", "安河县教育局", 1)
