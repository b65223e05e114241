"""Units, posts and districts as rosters name them: 隶属 “安河县县直”, 原单位及职务 “县农业局局长”, titles.

Only what the words themselves say is taken; everything else stays as it was typed.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_NAME = r"[^\W\d_局委院厂校部司直市县区厅处会社\s]"
_DISTRICT = re.compile(
    r"(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区))?(?:[\u4e00-\u9fff]{1,8}?(?:市|自治州|地区|盟))?"
    rf"({_NAME}{{1,10}}?(?:自治县|自治旗|新区|开发区|高新区|经开区|县|旗|区))"
)
_NOT_DISTRICTS = re.compile(
    r".*(?:小|校|军|景|灌|库|街|院|厂|片|辖|全|本|我|各|林|保护|地|自治|服务|山|牧|社)区|[全本我各]县"
)
_MUNICIPAL = re.compile(r"(?:[\u4e00-\u9fff]{2,4}市)?市?(?:直|属|本级|级)(?:单位|机关|部门)?|全市")
_OWN = re.compile(
    r"(?:本|各)?[区县](?:区县|市区)?(?:直|直属|属|级|本级|里|内)?(?:单位|机关|部门)?|本级|各?乡镇|各?街道|乡镇街道|镇街"
)
_BELOW = re.compile(r".+(?:镇|乡|街道|街道办|办事处|系统)")
_WITHIN = re.compile(
    r"(?:[县区旗]?直(?:属)?(?:单位|机关|部门)?|属|级|本级|机关|委.{0,12}|政府.{0,8}|人民政府.{0,8}|管委会"
    r"|老干部?(?:工作)?局|人社局|.{1,12}(?:镇|乡|街道|街道办|街道办事处|系统))?"
)


@lru_cache(maxsize=1024)
def district_of(name: str) -> str:
    """The district that a unit's or a title's name begins with: 江北市城东区委老干部局 is of 城东区."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", name))
    match = _DISTRICT.match(text)
    if not match or len(match[1]) < 2 or _NOT_DISTRICTS.fullmatch(match[1]):
        return ""
    return match[1]


@lru_cache(maxsize=4096)
def affiliation_of(text: str, district: str) -> str:
    """隶属 as one of 市直 and the districts, where its words are certain: 安河县县直 is 安河县.

    ``district`` is the one the sheet is of: 县直, 城关镇 and the like are in it.
    """
    plain = re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", text))
    if not plain or plain == district:
        return plain or text
    if district and (_OWN.fullmatch(plain) or district.removesuffix("区").removesuffix("县") == plain):
        return district
    if _MUNICIPAL.fullmatch(plain):
        return "市直" if plain != "本级" else text
    match = _DISTRICT.match(plain)
    if match and len(match[1]) > 1 and not _NOT_DISTRICTS.fullmatch(match[1]):
        return match[1] if _WITHIN.fullmatch(plain[match.end() :]) else text
    return district if district and _BELOW.fullmatch(plain) else text


_SUFFIX = (
    r"(?:局|委|委员会|院|厂|公司|中心|办|办公室|处|社|校|学|中|小|站|所|会|部|室|馆|行|集团|政府|街道|社区|镇|乡|队|厅|台|园|矿|场"
    r"|法院|检察院|联合会|单位|银行|党校|政协|人大)"
)
_RANKED = (
    r"(?:书记|[局处科股所站院校厂场矿队社部室馆园台行厅镇乡县区市村园州组会团连营班师]长|主任|主席|部长|经理|董事长|委员|常委|组长"
    r"|调研员|巡视员|主任科员|科员|办事员|干部|会计|出纳|教师|医师|工程师|农艺师|会计师|经济师|护士长|护士|秘书|司机|工人|职工"
    r"|教导员|指导员|检察长|庭长|审判员|检察员|协理员|督导员|教授|讲师|总监|顾问|理事长|秘书长|社长|行长|台长|馆长|主编|编辑|记者)"
)
_POST = re.compile(
    rf"(?:原|任|党委|党组|党总支|党支部|总支|支部|纪委|纪检组?|工会|常务|第一|正|副|总|兼|正科级|副科级|正县级|副县级|正处级|副处级"
    rf"|高级|中级|助理|主治|主管|政治|人大|政协)*{_RANKED}"
    rf"(?:[、,兼]?(?:原|党委|党组|党总支|党支部|纪委|纪检组?|工会|常务|副|总)*{_RANKED})*"
)
_UNIT: Final = re.compile(rf"[\u4e00-\u9fff0-9（）()]+(?<!党){_SUFFIX}(?<!党委)(?<!党组)(?<!支部)")
_BRACKETED = re.compile(r"[(（][^()（）]*[)）]$")


@lru_cache(maxsize=65536)
def split_unit_post(text: str) -> tuple[str, str] | None:
    """原单位及职务 as (unit, post): 县农业局局长, 县一中　校长（正科级）; None where the cut is not certain."""
    plain = text.strip()
    parts = re.split(r"[\s、,，;；]+", plain, maxsplit=1)
    if len(parts) == 2 and _UNIT.fullmatch(parts[0]) and not _post(parts[0]):
        return parts[0], parts[1]
    if len(parts) == 2:
        return None
    for cut in range(len(plain) - 2, 1, -1):  # the longest name that leaves a post
        if _UNIT.fullmatch(plain[:cut]) and _post(plain[cut:]):
            return plain[:cut], plain[cut:]
    return None


def _post(text: str) -> bool:
    return bool(_POST.fullmatch(_BRACKETED.sub("", text)))
