"""Pinyin of names, for search and order."""

import re
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

# Surnames read otherwise than their characters alone.
_SURNAME_READINGS = """
    曾zeng 翟zhai 单shan 仇qiu 解xie 查zha 区ou 盖ge 朴piao 乐yue 覃qin 缪miao 员yun 贠yun 隗wei
    洗xian 黑he 郇xun 句gou 召shao 都du 折she 种chong 繁po 秘bi 薄bo 祭zhai 藏zang 卜bu 能nai 佴nai
    重chong 长chang 阚kan 颉xie 尉迟yu-chi 万俟mo-qi 单于chan-yu 澹台tan-tai 乐正yue-zheng
"""
_SURNAMES = {match[1]: match[2].split("-") for match in re.finditer(r"([^a-z\s-]+)([a-z-]+)", _SURNAME_READINGS)}
# Readings usual in given names where the dictionary's first one is another.
_GIVEN = {"长": "chang", "都": "du", "曾": "zeng", "晟": "sheng"}


@lru_cache(maxsize=32768)
def _syllable(character: str) -> str:
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    found = lazy_pinyin(character, style=Style.NORMAL, errors="ignore")
    return found[0] if found else ""


@lru_cache(maxsize=32768)
def _given(character: str) -> str:
    return _GIVEN.get(character) or _syllable(character)


@lru_cache(maxsize=8192)
def _surname(character: str) -> str:
    return _SURNAMES[character][0] if character in _SURNAMES else _syllable(character)


def pinyin_of(name: str) -> tuple[str, str]:
    """Full pinyin and initials of a name: 张三 -> ("zhangsan", "zs"); 吕 is written lv."""
    name = "".join(name.split())
    if not name:
        return "", ""
    double = _SURNAMES.get(name[:2])
    if double and len(name) > 2:
        syllables = [*double, *map(_given, name[2:])]
    else:
        syllables = [_surname(name[0]), *map(_given, name[1:])]
    return "".join(syllables), "".join(syllable[:1] for syllable in syllables)
