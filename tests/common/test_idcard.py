"""ID numbers: what is read, what is refused and why, and what a mask leaves."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.codes import Sex
from common.idcard import IdProblem, check_digit, mask_bank, mask_id, mask_phone, parse_id

WEIGHTS = [2**power % 11 for power in range(17, 0, -1)]  # GB 11643: 2^(i-1) mod 11, i from 18 down to 2


def by_the_standard(first17: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True))
    return "0123456789X"[(1 - total) % 11]


births = st.dates(min_value=date(1900, 1, 1), max_value=date(2020, 12, 31))
regions = st.integers(110000, 829999).map(str)
orders = st.integers(0, 999).map("{:03}".format)


@st.composite
def first17s(draw):
    return draw(regions) + draw(births).strftime("%Y%m%d") + draw(orders)


def code_of(value, **kwargs) -> str:
    with pytest.raises(IdProblem) as caught:
        parse_id(value, **kwargs)
    problem = caught.value
    assert problem.message and problem.hint
    text = str(value).strip()
    assert len(text) < 6 or text not in problem.message + problem.hint
    return problem.code


@given(first17s())
def test_check_digit_is_the_standard_one(first17):
    assert check_digit(first17) == by_the_standard(first17)


@given(first17s(), st.sampled_from(["", " ", "'", "　"]), st.booleans())
def test_every_right_number_is_read(first17, lead, wide):
    number = first17 + by_the_standard(first17)
    written = lead + number
    if wide:
        written = written.translate({ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789X"})
    found = parse_id(written.lower())
    assert found.number == number
    assert found.birth.strftime("%Y%m%d") == number[6:14]
    assert found.sex == (Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)
    assert not found.was_15


@given(first17s(), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(first17, place, shift):
    wrong = str((int(first17[place]) + shift) % 10)
    number = first17[:place] + wrong + first17[place + 1 :] + by_the_standard(first17)
    assert code_of(number) in {"id_checksum", "id_date"}
    assert check_digit(number[:17]) != number[17]


@given(first17s(), st.sampled_from("0123456789X"))
def test_a_wrong_last_character_names_the_right_one(first17, last):
    expected = by_the_standard(first17)
    if last == expected:
        assert parse_id(first17 + last).number == first17 + last
        return
    with pytest.raises(IdProblem) as caught:
        parse_id(first17 + last)
    assert caught.value.code == "id_checksum"
    assert f"末位应是 {expected}" in caught.value.message


@given(regions, st.dates(date(1900, 1, 1), date(1999, 12, 31)), orders)
def test_fifteen_digits_become_eighteen(region, birth, order):
    old = region + birth.strftime("%y%m%d") + order
    found = parse_id(old)
    assert found.was_15
    assert found.birth == birth
    assert found.sex == (Sex.MALE if int(order) % 2 else Sex.FEMALE)
    assert found.number[:17] == f"{region}19{old[6:]}"
    assert parse_id(found.number)[:3] == found[:3]
    assert parse_id(int(old)) == found  # Excel keeps 15 digits


@pytest.mark.parametrize("blank", [None, "", "  ", "　", "'", "无", "—"])
def test_blank(blank):
    assert parse_id(blank) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1.50102E+17", "id_scientific"),
        ("1.50102e+17", "id_scientific"),
        ("6.20102E17", "id_scientific"),
        (1.50102e17, "id_scientific"),
        (620102193301130018, "id_scientific"),
        (6201021933011300.0, "id_scientific"),
        ("62010219330113001", "id_length"),
        ("6201021933011300180", "id_length"),
        (12345, "id_length"),
        ("62010219330113001X8", "id_characters"),
        ("6201021933O1130018", "id_characters"),
        ("62010219330113001*", "id_characters"),
        ("62010219330113001Ａ", "id_characters"),
        ("62010233011300X", "id_characters"),
        ("X20102193301130018", "id_characters"),
        ("待查", "id_characters"),
        (True, "id_characters"),
        (float("nan"), "id_characters"),
        (1.5, "id_characters"),
        ("620102193313130018", "id_date"),
        ("620102193302300018", "id_date"),
        ("620102000001010018", "id_date"),
        ("620102330230001", "id_date"),
        ("620102103301130018", "id_date"),
    ],
)
def test_refusals(value, code):
    assert code_of(value) == code


def test_a_birth_date_ahead_is_refused():
    number = "62010220170601001"
    number += by_the_standard(number)
    assert parse_id(number, today=date(2017, 6, 1)).birth == date(2017, 6, 1)
    assert code_of(number, today=date(2017, 5, 31)) == "id_date"
    assert code_of("62010220990601001" + by_the_standard("62010220990601001")) == "id_date"


@given(st.one_of(st.text(max_size=24), st.integers(), st.floats(), st.text("0123456789Xx .E+", max_size=20)))
def test_nothing_else_escapes(value):
    try:
        found = parse_id(value)
    except IdProblem as problem:
        assert problem.code in {"id_scientific", "id_length", "id_characters", "id_date", "id_checksum"}
    else:
        assert found is None or len(found.number) == 18


def test_masks():
    assert mask_id("990104195001010917") == "990104********0917"
    assert mask_id("620102330113001") == "620102*****3001"
    assert mask_id("1.50102E+17") == "1.5********"
    assert mask_id("待查") == "待查"
    assert mask_id(None) == mask_id("") == ""
    assert (
        mask_phone("13812346625")
        == mask_phone("138 1234 6625")
        == mask_phone("１３８１２３４６６２５")
        == "138****6625"
    )
    assert mask_phone("0931-8471234") == "0931-****234"
    assert mask_phone("13812346625、13912346625") == "138****6625、139****6625"
    assert mask_phone("138 1234 66255") == "138****55"
    assert mask_phone("") == mask_phone(None) == ""
    assert mask_bank("6222 0202 0001 1234") == "****1234"
    assert mask_bank("1234") == "****"
    assert mask_bank(None) == ""


@given(st.integers(10**14, 10**18 - 1).map(str))
def test_a_masked_number_hides_the_middle(number):
    masked = mask_id(number)
    assert len(masked) == len(number)
    assert masked[6:-4] == "*" * (len(number) - 10)


def test_separators_brackets_and_other_signs_for_x():
    number = next(
        n
        for order in range(200)
        if (n := f"99010419320506{order:03}" + check_digit(f"99010419320506{order:03}"))[-1] == "X"
    )
    first = number[:-1]
    for text in (
        f"{first}×",
        f"{first}Х",
        f"({number})",
        f"{number}，",
        f'="{number}"',
        f"{number[:6]}-{number[6:14]}-{number[14:]}",
    ):
        assert parse_id(text).number == number
    for text in (f"{first}*", f"{number}（本人）", f"身份证{number}"):
        with pytest.raises(IdProblem) as caught:
            parse_id(text)
        assert caught.value.code == "id_characters"
    wrong = next(digit for digit in "0123456789" if digit != first[-1])
    with pytest.raises(IdProblem) as caught:
        parse_id(f"{first[:-1]}{wrong}×")
    assert caught.value.code == "id_checksum"


@pytest.mark.parametrize("text", ["不详", "未知", "待补", "——"])
def test_words_for_no_number(text):
    assert parse_id(text) is None
