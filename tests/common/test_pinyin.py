"""Pinyin of names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.pinyin import pinyin_of


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("张三", "zhangsan", "zs"),
        ("张　三", "zhangsan", "zs"),
        (" 李 四 ", "lisi", "ls"),
        ("曾国强", "zengguoqiang", "zgq"),
        ("翟志刚", "zhaizhigang", "zzg"),
        ("单田芳", "shantianfang", "stf"),
        ("仇英", "qiuying", "qy"),
        ("解放", "xiefang", "xf"),
        ("查良镛", "zhaliangyong", "zly"),
        ("区大为", "oudawei", "odw"),
        ("盖叫天", "gejiaotian", "gjt"),
        ("朴正", "piaozheng", "pz"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("尉健行", "weijianxing", "wjx"),
        ("万俟卨", "moqixie", "mqx"),
        ("单于", "shanyu", "sy"),
        ("欧阳修", "ouyangxiu", "oyx"),
        ("吕布", "lvbu", "lb"),
        ("王长江", "wangchangjiang", "wcj"),
        ("古丽·买买提", "gulimaimaiti", "glmmt"),
        ("Abc", "abc", "abc"),
        ("", "", ""),
        ("　", "", ""),
    ],
)
def test_names(name, full, initials):
    assert pinyin_of(name) == (full, initials)


@given(st.text(max_size=12))
def test_any_text_gives_plain_letters(text):
    full, initials = pinyin_of(text)
    assert full == full.lower() and full.isascii()
    assert set(initials) <= set(full)
    assert not (full + initials) or (full + initials).isalnum()
