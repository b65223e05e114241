"""The sentences as they are shipped, in the order in which such a report tells. Staff may word them otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Sentence:
    """``key`` lasts; ``text`` names figures in braces."""

    key: str
    section: str
    text: str


SECTIONS: Final = {
    "leave": "离休干部",
    "retiree": "退休干部",
    "management": "管理责任分工",
    "party": "党员和党组织",
    "elsewhere": "易地安置和遗属",
    "services": "本年服务工作",
}

SENTENCES: Final = (
    Sentence("leave_total", "leave", "截至{日期}，{范围}共有离休干部{离休总数}人，占离退休干部总数的{离休占离退休比例}%。"),
    Sentence("leave_level", "leave", "按隶属关系分，市直{离休市直}人，各区县{离休区县}人，功能区{离休功能区}人。"),
    Sentence("leave_districts", "leave", "各区县分别为：{离休各区县}。"),
    Sentence("leave_nature", "leave", "按单位性质分，机关{离休机关}人，事业单位{离休事业}人，企业{离休企业}人。"),
    Sentence("leave_senior", "leave", "其中副地级及以上{离休副地级以上}人。"),
    Sentence(
        "leave_age", "leave",
        "平均年龄{离休平均年龄}岁，最大{离休最大年龄}岁，最小{离休最小年龄}岁；80岁及以上{离休80岁以上}人，占{离休80岁以上比例}%。",
    ),
    Sentence("leave_care", "leave", "生活不能自理的{离休不能自理}人，独居的{离休独居}人，需要重点照料。"),
    Sentence(
        "leave_decline", "leave",
        "上年末{离休上年末}人，本年去世{离休本年去世}人，占上年末的{离休去世比例}%，年末比上年末减少{离休减少}人。",
    ),
    Sentence(
        "retiree_total", "retiree",
        "{范围}共有退休干部{退休总数}人，其中机关{退休机关}人，事业单位{退休事业}人，企业{退休企业}人。",
    ),
    Sentence("retiree_rank", "retiree", "机关、事业、企业退休干部中，正地级{退休正地级}人，副地级{退休副地级}人，县级{退休县级}人，科级{退休科级}人。"),
    Sentence("retiree_who", "retiree", "女干部{退休女}人，少数民族干部{退休少数民族}人。"),
    Sentence("retiree_age", "retiree", "60岁及以下{退休60岁以下}人，61至70岁{退休61到70岁}人，71岁及以上{退休71岁以上}人。"),
    Sentence("retiree_school", "retiree", "大专及以上文化程度{退休大专以上}人。"),
    Sentence("retiree_change", "retiree", "上年末{退休上年末}人，本年办理退休{退休本年新办}人，去世{退休本年去世}人。"),
    Sentence("managed_senior", "management", "地级退休干部由老干部局和原单位共同管理服务，现有{地级由局管}人。"),
    Sentence("managed_county", "management", "县级退休干部由退管中心和原单位共同管理服务，现有{县级由退管中心管}人。"),
    Sentence("managed_below", "management", "科级及以下退休干部由原单位管理服务，现有{科级以下由单位管}人。"),
    Sentence(
        "party_members", "party",
        "{范围}共有离退休干部党员{党员总数}人，占离退休干部的{党员比例}%，其中离休干部党员{离休党员}人，退休干部党员{退休党员}人。",
    ),
    Sentence("party_branches", "party", "建有离退休干部党支部{党支部总数}个。"),
    Sentence("relocated", "elsewhere", "离休干部中易地安置{离休易地安置}人。"),
    Sentence("survivors", "elsewhere", "易地安置、长期外地居住的离退休干部和遗属{易地安置和遗属}人，已故离休干部无固定收入遗属{遗属总数}人。"),
    Sentence("learning", "services", "{年度}举办学习培训{学习培训场次}场，{学习培训人次}人次参加。"),
    Sentence("visits", "services", "{年度}走访慰问{走访人数}人、{走访人次}人次。"),
    Sentence("aid", "services", "{年度}帮扶困难老干部和遗属{帮扶人数}人。"),
    Sentence("letters", "services", "{年度}办理来信来访来电{信访件次}件次。"),
)  # fmt: skip
