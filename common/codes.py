"""Dictionaries of national codes, and the lookup that reads what real rosters hold.

The database stores the code of the national standard; pages show its label. ``lookup`` answers
only what is certain: a word such as 科级 or 县级 fits two ranks and stays unresolved, so that a
person decides and the original text is kept.
"""

import re
import unicodedata
from functools import lru_cache
from typing import TypeVar

from django.db.models import TextChoices

from common.code_words import NO, UNSURE, WORDS, YES


class Sex(TextChoices):
    """GB/T 2261.1."""

    MALE = "1", "男"
    FEMALE = "2", "女"


class Category(TextChoices):
    LEAVE = "leave", "离休"
    RETIREE = "retiree", "退休"
    SURVIVOR = "survivor", "遗属"


class Nature(TextChoices):
    """Nature of the independently accounting unit; it decides who counts whom."""

    GOVERNMENT = "gov", "机关"
    INSTITUTION = "inst", "事业"
    ENTERPRISE = "ent", "企业"


class Level(TextChoices):
    MUNICIPAL = "city", "市直"
    DISTRICT = "district", "区县"
    ZONE = "zone", "功能区（新区、开发区）"
    TOWNSHIP = "township", "乡镇街道"


class Rank(TextChoices):
    """GB/T 12407."""

    PROVINCIAL_CHIEF = "111", "正省部级"
    PROVINCIAL_DEPUTY = "112", "副省部级"
    BUREAU_CHIEF = "121", "正厅局级"
    BUREAU_DEPUTY = "122", "副厅局级"
    COUNTY_CHIEF = "131", "正县处级"
    COUNTY_DEPUTY = "132", "副县处级"
    TOWNSHIP_CHIEF = "141", "正乡科级"
    TOWNSHIP_DEPUTY = "142", "副乡科级"
    STAFF = "150", "科员、办事员及其他"


class Education(TextChoices):
    """GB/T 4658."""

    POSTGRADUATE = "10", "研究生"
    BACHELOR = "20", "大学本科"
    COLLEGE = "30", "大学专科"
    VOCATIONAL = "40", "中专"
    HIGH_SCHOOL = "60", "高中"
    MIDDLE_SCHOOL = "70", "初中"
    PRIMARY = "80", "小学"
    ILLITERATE = "90", "文盲或半文盲"


class PoliticalStatus(TextChoices):
    """GB/T 4762."""

    PARTY_MEMBER = "01", "中共党员"
    PROBATIONARY = "02", "中共预备党员"
    LEAGUE_MEMBER = "03", "共青团员"
    KUOMINTANG_COMMITTEE = "04", "民革党员"
    DEMOCRATIC_LEAGUE = "05", "民盟盟员"
    NATIONAL_CONSTRUCTION = "06", "民建会员"
    PROMOTING_DEMOCRACY = "07", "民进会员"
    PEASANTS_AND_WORKERS = "08", "农工党党员"
    ZHI_GONG = "09", "致公党党员"
    JIU_SAN = "10", "九三学社社员"
    TAIWAN_LEAGUE = "11", "台盟盟员"
    NON_PARTISAN = "12", "无党派民主人士"
    MASSES = "13", "群众"


class Ethnicity(TextChoices):
    """GB/T 3304: the 56 peoples."""

    HAN = "01", "汉族"
    MONGOL = "02", "蒙古族"
    HUI = "03", "回族"
    ZANG = "04", "藏族"
    UYGUR = "05", "维吾尔族"
    MIAO = "06", "苗族"
    YI = "07", "彝族"
    ZHUANG = "08", "壮族"
    BUYEI = "09", "布依族"
    CHOSEN = "10", "朝鲜族"
    MAN = "11", "满族"
    DONG = "12", "侗族"
    YAO = "13", "瑶族"
    BAI = "14", "白族"
    TUJIA = "15", "土家族"
    HANI = "16", "哈尼族"
    KAZAK = "17", "哈萨克族"
    DAI = "18", "傣族"
    LI = "19", "黎族"
    LISU = "20", "傈僳族"
    VA = "21", "佤族"
    SHE = "22", "畲族"
    GAOSHAN = "23", "高山族"
    LAHU = "24", "拉祜族"
    SUI = "25", "水族"
    DONGXIANG = "26", "东乡族"
    NAXI = "27", "纳西族"
    JINGPO = "28", "景颇族"
    KIRGIZ = "29", "柯尔克孜族"
    TU = "30", "土族"
    DAUR = "31", "达斡尔族"
    MULAO = "32", "仫佬族"
    QIANG = "33", "羌族"
    BLANG = "34", "布朗族"
    SALAR = "35", "撒拉族"
    MAONAN = "36", "毛南族"
    GELAO = "37", "仡佬族"
    XIBE = "38", "锡伯族"
    ACHANG = "39", "阿昌族"
    PUMI = "40", "普米族"
    TAJIK = "41", "塔吉克族"
    NU = "42", "怒族"
    UZBEK = "43", "乌孜别克族"
    RUSSIANS = "44", "俄罗斯族"
    EWENKI = "45", "鄂温克族"
    DEANG = "46", "德昂族"
    BONAN = "47", "保安族"
    YUGUR = "48", "裕固族"
    GIN = "49", "京族"
    TATAR = "50", "塔塔尔族"
    DERUNG = "51", "独龙族"
    OROQEN = "52", "鄂伦春族"
    HEZHEN = "53", "赫哲族"
    MONBA = "54", "门巴族"
    LHOBA = "55", "珞巴族"
    JINO = "56", "基诺族"


class Marriage(TextChoices):
    """GB/T 2261.2."""

    SINGLE = "10", "未婚"
    MARRIED = "20", "已婚"
    REMARRIED = "22", "再婚"
    WIDOWED = "30", "丧偶"
    DIVORCED = "40", "离婚"


class Health(TextChoices):
    HEALTHY = "1", "健康"
    FAIR = "2", "一般"
    POOR = "3", "较差"
    BEDRIDDEN = "4", "不能自理（长期卧床）"
    HOSPITAL = "5", "长期住院"


class SelfCare(TextChoices):
    FULL = "1", "能自理"
    PARTIAL = "2", "部分自理"
    NONE = "3", "不能自理"


class Living(TextChoices):
    ALONE = "1", "独居"
    EMPTY_NEST = "2", "空巢"
    WITH_CHILDREN = "3", "与子女同住"
    WITH_CARER = "4", "与保姆同住"
    INSTITUTION = "5", "养老机构"


class Period(TextChoices):
    """Period in which a person joined the revolution; see ``common.dates.revolution_period``."""

    P1 = "1", "第一次国内革命战争时期（大革命）"
    P2 = "2", "土地革命战争时期"
    P3 = "3", "抗日战争前期"
    P4 = "4", "抗日战争后期"
    P5 = "5", "解放战争时期"


class Kinship(TextChoices):
    """GB/T 4761, the ones a bureau's family register uses."""

    SPOUSE = "10", "配偶"
    SON = "20", "儿子"
    FIRST_SON = "22", "长子"
    SECOND_SON = "23", "次子"
    THIRD_SON = "24", "三子"
    SON_IN_LAW = "28", "女婿"
    DAUGHTER = "30", "女儿"
    FIRST_DAUGHTER = "32", "长女"
    SECOND_DAUGHTER = "33", "次女"
    THIRD_DAUGHTER = "34", "三女"
    DAUGHTER_IN_LAW = "38", "儿媳"
    GRANDSON = "41", "孙子"
    GRANDDAUGHTER = "42", "孙女"
    DAUGHTERS_SON = "43", "外孙子"
    DAUGHTERS_DAUGHTER = "44", "外孙女"
    FATHER = "51", "父亲"
    MOTHER = "52", "母亲"
    SIBLING = "70", "兄弟姐妹"
    ELDER_BROTHER = "71", "哥哥"
    YOUNGER_BROTHER = "73", "弟弟"
    ELDER_SISTER = "75", "姐姐"
    YOUNGER_SISTER = "77", "妹妹"
    OTHER_RELATIVE = "97", "其他亲属"
    NOT_RELATED = "99", "非亲属"


# Dictionaries whose code itself may stand in a cell; the others use codes of our own.
_CODED = {Sex, Ethnicity, Education, PoliticalStatus, Marriage, Rank, Kinship}

_DROP = re.compile(r"[\s()\[\]{}〔〕【】〈〉《》「」『』、,;.。·'\"‘’“”:_\-\u200b\ufeff]+")

Member = TypeVar("Member", bound=TextChoices)


@lru_cache(maxsize=65536)
def normalise(text: str) -> str:
    """A roster word without spaces, brackets and punctuation, full-width turned to half-width."""
    return _DROP.sub("", unicodedata.normalize("NFKC", text)).upper()


def _table(choices: type[TextChoices]) -> dict[str, TextChoices]:
    table: dict[str, TextChoices] = {}
    for member in choices:
        words = [str(member.label), *WORDS[choices.__name__].get(member.name, "").split()]
        if choices in _CODED:
            words.append(str(member.value))
        if choices is Ethnicity:
            words += [word[:-1] for word in words if word[-1] in "族簇"]
        for word in words:
            owner = table.setdefault(normalise(word), member)
            if owner is not member:
                raise ValueError(f"{choices.__name__}: {word} belongs to {owner} and {member}")
    return table


_ALL: tuple[type[TextChoices], ...] = (
    Sex, Category, Nature, Level, Rank, Education, PoliticalStatus, Ethnicity, Marriage, Health, SelfCare,
    Living, Period, Kinship,
)  # fmt: skip
_TABLES = {choices: _table(choices) for choices in _ALL}
_BENEFIT = re.compile(
    r"^(?:现|已|经批准)?(?:按照?|比照)?(?:享受|提高)?(?:单项)?(.+?)(?:单项)?(?:政治生活|政治|生活|医疗)?(?:待遇|标准)?$"
)
_STEPS = (
    ("121", "122", re.compile(r"[厅局地司]+级|地市级|厅+|地|地厅|地市")),
    ("131", "132", re.compile(r"[处县]+团?级?")),
    ("141", "142", re.compile(r"(?=.*[科乡镇])[科乡镇]+局?级?")),
)
_STEP = re.compile(r"([正副])(.+?)(?:干部|领导干部|领导|领导职务|职务|职)?|(.+?)([正副])职")
_NOTE = re.compile(r"[(（\[【〔]([^()（）\[\]【】〔〕]*)[)）\]】〕]")
_DOUBT = re.compile(r"[?？未待拟非不原]")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def lookup(choices: type[Member], text: object) -> Member | None:
    """The member that a roster cell means, or None where it is blank or not certain."""
    word = normalise(_text(text))
    found = _TABLES[choices].get(word)
    if found is None and word:
        if choices is Rank:
            found = _rank(word)
        elif word.isascii() and word.isdigit():
            found = _by_number(choices, word)
    return found  # type: ignore[return-value]


def lookup_noted(choices: type[Member], text: object) -> Member | None:
    """As ``lookup``, for a word with a note in brackets, 离休（副县）, unless the note casts doubt on it."""
    found = lookup(choices, text)
    plain = _text(text)
    notes = _NOTE.findall(plain)
    if found is not None or not notes:
        return found
    found = lookup(choices, _NOTE.sub("", plain))
    for note in notes:
        other = lookup(choices, note)
        if (other is not None and other is not found) or _DOUBT.search(note):
            return None
    return found


def _rank(word: str) -> Rank | None:
    """正县处级, 副厅地级, 县处级正职: a step and its half, in whatever order they are named."""
    match = _STEP.fullmatch(word)
    if match:
        half, step = (match[1], match[2]) if match[1] else (match[4], match[3])
        for chief, deputy, names in _STEPS:
            if names.fullmatch(step):
                return Rank(chief if half == "正" else deputy)
    return None


def _by_number(choices: type[TextChoices], digits: str) -> TextChoices | None:
    """National codes that lost their zero in a numeric cell; of education the finer ones, whose second digit
    tells 毕业, 肄业 and 相当 apart."""
    if choices in (Ethnicity, PoliticalStatus):
        return _TABLES[choices].get(digits.zfill(2)) if len(digits) == 1 else None
    if choices is Education and len(digits) == 2:
        return _TABLES[choices].get("40" if digits[0] == "5" else f"{digits[0]}0")  # 50 is 技工学校
    return None


def lookup_benefit(text: object) -> Rank | None:
    """As ``lookup(Rank, …)`` for the columns of benefits, which also say 享受副厅局级待遇."""
    plain = _text(text)
    for form in dict.fromkeys((plain, _NOTE.sub("", plain))):
        word = normalise(form)
        match = _BENEFIT.match(word)
        found = lookup(Rank, word) or (lookup(Rank, match[1]) if match else None)
        if found is not None:
            return found
    return None


_YES, _NO, _UNSURE = (frozenset(words.split()) for words in (YES, NO, UNSURE))
_NOT_A_PLACE = re.compile(r"未(?!央)|[非没暂待拟不与]|无(?![锡为棣极])|随(?![州县])|健康|良好|一般")
_PLACE = re.compile(r"[\u4e00-\u9fff]{2,30}")


def truth(text: object) -> bool | None:
    """Read a yes/no column such as 易地: a blank is no, a place name is yes, None is not certain.

    A date (in a 去世 column) is None too: the caller reads it as a date.
    """
    if isinstance(text, bool):
        return text
    word = normalise(_text(text))
    if not word or word in _NO:
        return False
    if word in _YES:
        return True
    if word in _UNSURE or _NOT_A_PLACE.match(word):
        return None
    return True if _PLACE.fullmatch(word) else None
