"""The yearly tables, one declaration each. Adding a table is adding its declaration to this list."""

from reports.declarations.documents import D1, D2
from reports.declarations.management import D4
from reports.declarations.national import N1, N5
from reports.declarations.situation import N2, N3, N4, N6
from reports.engine.model import Table

TABLES: dict[str, Table] = {table.id: table for table in (N1, N2, N3, N4, N5, N6, D1, D2, D4)}

#: Tables whose register is not kept in the system yet: (number, title, the register it waits for). None is faked.
AWAITED: tuple[tuple[str, str, str], ...] = (
    ("资料表三", "易地安置和遗属情况统计表", "遗属登记"),
    ("资料表五", "党组织和党员情况统计表", "党支部登记"),
    ("资料表六", "政治待遇落实情况统计表", "组织生活和活动登记"),
    ("资料表七", "走访慰问和祝寿情况统计表", "慰问活动登记"),
    ("资料表八", "生活待遇落实情况统计表", "两费和待遇标准登记"),
    ("资料表九", "困难帮扶情况统计表", "帮扶登记"),
    ("资料表十", "健康服务情况统计表", "体检和住院登记"),
    ("资料表十一", "来信来访来电情况统计表", "信访登记"),
    ("资料表十二", "文化阵地情况统计表", "老年大学和活动中心登记"),
    ("资料表十三", "社区四就近情况统计表", "社区服务登记"),
    ("资料表十四", "机构队伍经费情况统计表", "机构和经费登记"),
    ("资料表十五", "作用发挥情况统计表", "作用发挥登记"),
    ("资料表十六", "需求与满意度情况统计表", "问卷登记"),
)
