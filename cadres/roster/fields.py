"""The columns of a roster, declared once.

Import (header synonyms, parsers), templates and exports are all driven by ``FIELDS``. Spaces, line breaks,
punctuation and brackets in a header mean nothing, 异地 is read as 易地, a leading 是否 is dropped.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.db.models import TextChoices

from cadres.roster.header_words import AMBIGUOUS, IGNORED, WORDS
from common.codes import (
    Category,
    Education,
    Ethnicity,
    Health,
    Living,
    Marriage,
    Nature,
    PoliticalStatus,
    Rank,
    SelfCare,
    Sex,
)

# How ``parsers.py`` reads a column.
NAME, ID, CODE, DATE, LUNAR, TRUTH = "name", "id", "code", "date", "lunar", "truth"
PHONE, BANK, TEXT, LIST, DEATH = "phone", "bank", "text", "list", "death"
IGNORE: Final = "-"  # answer to a column question: do not read this column
CATEGORY_ANSWER: Final = "@category"  # key of the sheet-level answer to "离休还是退休"


@dataclass(frozen=True)
class RosterField:
    """One field of the roster: what it is called, how it is read, where it goes."""

    key: str
    label: str
    kind: str
    synonyms: tuple[str, ...] = ()
    choices: type[TextChoices] | None = None
    identifying: bool = False
    required: bool = False
    template: bool = True  # offered as a column of the empty template and of the export
    example: str = ""
    width: int = 12

    @property
    def attribute(self) -> str:
        """Name of the value in ``RosterRow.values``."""
        return self.key


def _field(key: str, label: str, kind: str, **more: Any) -> RosterField:
    return RosterField(key, label, kind, tuple(WORDS.get(key, "").split()), **more)


FIELDS: Final[tuple[RosterField, ...]] = (
    _field("name", "姓名", NAME, identifying=True, required=True, example="王示例"),
    _field("sex", "性别", CODE, choices=Sex, example="男", width=6),
    _field("ethnicity", "民族", CODE, choices=Ethnicity, example="汉族", width=8),
    _field("birth_date", "出生年月", DATE, identifying=True, example="1932-05"),
    _field("lunar_birthday", "农历生日", LUNAR, example="四月初九"),
    _field("id_number", "身份证号", ID, identifying=True, required=True, example="", width=21),
    _field("education", "文化程度", CODE, choices=Education, example="大学本科"),
    _field("political_status", "政治面貌", CODE, choices=PoliticalStatus, example="中共党员"),
    _field("party_joined_on", "入党时间", DATE, example="1950-07"),
    _field("work_started_on", "参加工作时间", DATE, example="1950-03"),
    _field("revolution_joined_on", "参加革命工作时间", DATE, example="1948-09"),
    _field("retired_on", "离退休时间", DATE, example="1992-06"),
    _field("category", "离退休类型", CODE, choices=Category, required=True, example="离休"),
    _field("unit_name", "单位", TEXT, example="市示例局", width=24),
    _field("unit_post", "原单位及职务", TEXT, template=False, width=28),
    _field("nature", "单位性质", CODE, choices=Nature, example="机关", width=10),
    _field("affiliation", "隶属", TEXT, example="市直"),
    _field("system", "主管系统", TEXT, width=16, template=False),
    _field("rank", "级别", CODE, choices=Rank, example="副县处级"),
    _field("treatment_rank", "现享受待遇", CODE, choices=Rank, example="正县处级"),
    _field("medical_rank", "医疗待遇", CODE, choices=Rank),
    _field("post", "职务", TEXT, example="科长", width=16),
    _field("post_rank", "职务（职级）", TEXT, template=False),
    _field("title", "职称", TEXT),
    _field("health", "健康状况", CODE, choices=Health, example="一般"),
    _field("self_care", "自理能力", CODE, choices=SelfCare, example="能自理"),
    _field("living", "居住状况", CODE, choices=Living, example="与子女同住"),
    _field("marriage", "婚姻状况", CODE, choices=Marriage, example="已婚", width=10),
    _field("address", "常住地址", TEXT, example="示例路1号1栋101室", width=28),
    _field("registered_address", "户籍地址", TEXT, width=28),
    _field("native_place", "籍贯", TEXT),
    _field("street_name", "街道", TEXT, example="示例街道"),
    _field("community_name", "社区", TEXT, example="示例社区"),
    _field("phone", "联系电话", PHONE, example="13800000000", width=15),
    _field("bank_account", "银行账号", BANK, width=24),
    _field("relocated", "易地安置", TRUTH, width=10),
    _field("away", "长期外地居住", TRUTH, width=12),
    _field("managing_unit", "现管单位", TEXT, width=20),
    _field("hobbies", "兴趣爱好", TEXT),
    _field("specialties", "特长", TEXT),
    _field("spouse_name", "配偶姓名", TEXT),
    _field("spouse_phone", "配偶电话", PHONE, width=15),
    _field("children_names", "子女姓名", LIST, width=18),
    _field("children_phones", "子女电话", LIST, width=18),
    _field("family_names", "家庭成员姓名", LIST, width=18),
    _field("family_kinships", "家庭成员关系", LIST, width=14),
    _field("family_phones", "家庭成员电话", LIST, width=18),
    _field("deceased", "去世时间", DEATH, template=False),
    _field("remarks", "备注", TEXT, width=20),
)

FIELD: Final[dict[str, RosterField]] = {field.key: field for field in FIELDS}

_DROP = re.compile(r"[\s\u200b\ufeff()\[\]{}〔〕【】〈〉《》「」『』、,;.。·'\"‘’“”:：_/\\|*※★#—–-]+")
_WRAPPED = re.compile(r"[(\[【〔〈《{](.*)[)\]】〕〉》}]")
_NOTE = re.compile(r"[(\[【〔〈《{][^)\]】〕〉》}]*[)\]】〕〉》}]?")


@lru_cache(maxsize=4096)
def normalise_header(text: str) -> str:
    """A header without spaces, line breaks, brackets and punctuation; 异地 as 易地."""
    return _DROP.sub("", unicodedata.normalize("NFKC", text)).replace("异地", "易地").upper()


@lru_cache(maxsize=4096)
def header_forms(text: str) -> tuple[str, ...]:
    """The readings of a header, best first: whole, then without bracketed notes, 是否 or numbers."""
    plain = unicodedata.normalize("NFKC", text)
    last = list(_NOTE.finditer(plain))[-1:]
    forms = [normalise_header(plain)]
    if last:  # 离（退）休时间（必填）: the last note goes first, then all of them
        forms.append(normalise_header(plain[: last[0].start()] + plain[last[0].end() :]))
    inner = _WRAPPED.sub(r"\1", plain.strip())
    forms += [normalise_header(_NOTE.sub("", part)) for part in dict.fromkeys((plain, inner))]
    forms += [re.sub(r"^\d+|\d+$", "", form) for form in forms if re.search(r"^\d|\d$", form)]
    forms += [form.removeprefix("是否") for form in forms if form.startswith("是否")]
    return tuple(dict.fromkeys(form for form in forms if form))


def _synonyms() -> dict[str, str]:
    table: dict[str, str] = {}
    for field in FIELDS:
        for word in (field.label, *field.synonyms):
            owner = table.setdefault(normalise_header(word), field.key)
            if owner != field.key:
                raise ValueError(f"{word} belongs to {owner} and {field.key}")
    clash = (table.keys() & IGNORED.keys()) | (table.keys() & AMBIGUOUS.keys())
    if clash:
        raise ValueError(f"headers declared twice: {clash}")
    return table


SYNONYMS: Final[dict[str, str]] = _synonyms()
