"""The figures that a sentence may name in braces: each is a cell of a table, or worked out of a few cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from common.codes import Education
from reports.declarations import TABLES
from reports.declarations.words import NATURES
from reports.engine.compute import Figures
from reports.engine.measures import Value
from reports.engine.model import CellRef
from reports.engine.scope import Asked
from reports.engine.show import text
from reports.official import chinese_day


@dataclass(frozen=True)
class Run:
    """A piece of a sentence; ``cell``: the figure it prints."""

    text: str
    cell: CellRef | None = None


@dataclass(frozen=True)
class Worked:
    """A figure made of others; the page opens the first of ``cells``."""

    cells: tuple[CellRef, ...]
    work: Callable[..., float | int | None]
    decimals: int = 0


@dataclass(frozen=True)
class Each:
    """One figure for every row whose key begins so, nobody's left out: 东关区13人、西岭区12人."""

    table: str
    rows: str
    column: str
    unit: str = "人"


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _d1(row: str, column: str = "number") -> CellRef:
    return CellRef("D1", row, column)


def _natures(prefix: str, words: str) -> dict[str, CellRef]:
    return {f"{words}{label}": _d1(f"{prefix}_{key}") for key, label, _ in NATURES}


#: name in braces -> where it comes from. A cell of a table that is not live has no figure yet.
FIGURES: dict[str, CellRef | Worked | Each] = {
    "离退休总数": _d1("total"),
    "离休总数": _d1("leave"),
    "离休占离退休比例": _d1("leave", "share"),
    "离休市直": _d1("leave_city"),
    "离休区县": _d1("leave_districts"),
    "离休功能区": _d1("leave_zones"),
    "离休各区县": Each("D1", "leave_district:", "number"),
    "离休各功能区": Each("D1", "leave_zone:", "number"),
    **_natures("leave", "离休"),
    "离休副地级以上": _d1("leave_senior"),
    "离休平均年龄": _d1("leave_age_mean"),
    "离休最大年龄": _d1("leave_age_max"),
    "离休最小年龄": _d1("leave_age_min"),
    "离休80岁以上": _d1("leave_age80"),
    "离休80岁以上比例": _d1("leave_age80", "share"),
    "离休易地安置": _d1("leave_relocated"),
    "离休上年末": CellRef("N1", "total", "last"),
    "离休本年新办": CellRef("N1", "total", "enrolled"),
    "离休本年去世": CellRef("N1", "total", "died"),
    "离休去世比例": Worked((CellRef("N1", "total", "died"), CellRef("N1", "total", "last")), _percent, 1),
    "离休减少": Worked((_d1("leave", "last"), _d1("leave")), lambda last, now: max(last - now, 0)),
    "离休党员": CellRef("D2", "party", "leave"),
    "离休不能自理": Worked(
        tuple(CellRef(f"N{n}", "total", "helpless") for n in (2, 3, 4)), lambda *parts: sum(parts)
    ),
    "离休独居": CellRef("D2", "living1", "leave"),
    "退休总数": _d1("retiree"),
    **_natures("retiree", "退休"),
    "退休正地级": _d1("retiree_rank121"),
    "退休副地级": _d1("retiree_rank122"),
    "退休地级": Worked((_d1("retiree_rank121"), _d1("retiree_rank122")), lambda *parts: sum(parts)),
    "退休县级": Worked((_d1("retiree_rank131"), _d1("retiree_rank132")), lambda *parts: sum(parts)),
    "退休科级": Worked((_d1("retiree_rank141"), _d1("retiree_rank142")), lambda *parts: sum(parts)),
    "退休女": CellRef("N6", "female", "total"),
    "退休少数民族": CellRef("N6", "minority", "total"),
    "退休党员": CellRef("D2", "party", "retiree"),
    "退休上年末": CellRef("N5", "total", "last"),
    "退休本年新办": CellRef("N5", "total", "enrolled"),
    "退休本年去世": CellRef("N5", "total", "died"),
    "退休60岁以下": Worked((CellRef("D2", "age_to49", "retiree"), CellRef("D2", "age50_60", "retiree")), lambda *p: sum(p)),
    "退休61到70岁": CellRef("D2", "age61_70", "retiree"),
    "退休71岁以上": CellRef("D2", "age71", "retiree"),
    "退休大专以上": Worked(
        tuple(
            CellRef("D2", f"education{value}", "retiree")
            for value in (Education.POSTGRADUATE, Education.BACHELOR, Education.COLLEGE)
        ),
        lambda *parts: sum(parts),
    ),
    "党员总数": CellRef("D2", "party", "all"),
    "党员比例": Worked((CellRef("D2", "party", "all"), CellRef("D2", "total", "all")), _percent, 1),
    "地级由局管": CellRef("D4", "senior", "retiree_bureau"),
    "县级由退管中心管": CellRef("D4", "county", "retiree_center"),
    "科级以下由单位管": CellRef("D4", "below", "retiree_unit"),
    "易地安置和遗属": CellRef("D3", "total", "all"),
    "遗属总数": CellRef("D3", "survivor", "all"),
    "党支部总数": CellRef("D5", "branches", "number"),
    "学习培训场次": CellRef("D6", "sessions", "number"),
    "学习培训人次": CellRef("D6", "attendance", "number"),
    "走访人数": CellRef("D7", "total", "people"),
    "走访人次": CellRef("D7", "total", "visits"),
    "帮扶人数": CellRef("D9", "total", "people"),
    "信访件次": CellRef("D11", "total", "number"),
}  # fmt: skip
#: Names that are no figures.
WORDS = ("日期", "年度", "范围")


class Told:
    """The figures of one question, computed together."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        live = {ref.table for source in FIGURES.values() for ref in _refs(source) if ref.table in TABLES}
        self._figures = Figures(asked, [TABLES[name] for name in sorted(live)], TABLES, checks=False)
        self.words = {
            "日期": chinese_day(asked.day),
            "年度": f"{asked.day.year}年",
            "范围": asked.organization.name if asked.organization is not None else "全市",
        }

    def runs(self, name: str) -> list[Run] | None:
        """What stands for ``{name}``; None: there is no such figure (yet)."""
        if name in self.words:
            return [Run(self.words[name])]
        source = FIGURES.get(name)
        if source is None:
            return None
        if isinstance(source, Each):
            return list(self._each(source)) or None
        if isinstance(source, Worked):
            values = [self._value(ref) for ref in source.cells]
            if any(value is None for value in values):
                return None
            found = source.work(*(value or 0 for value in values))
            return None if found is None else [Run(f"{found:.{source.decimals}f}", source.cells[0])]
        shown = self._shown(source)
        return None if shown is None else [Run(shown, source)]

    def _each(self, source: Each) -> Iterator[Run]:
        if source.table not in TABLES:
            return
        first = True
        for row in self._figures.lines(source.table):
            ref = CellRef(source.table, row.key, source.column)
            if row.key.startswith(source.rows) and self._value(ref):
                yield Run(f"{'' if first else '、'}{row.label}")
                yield Run(str(self._value(ref)), ref)
                yield Run(source.unit)
                first = False

    def _value(self, ref: CellRef) -> Value:
        """None: not live, or nobody to take it of; a count of nobody is 0."""
        return self._figures.value(ref) if ref.table in TABLES else None

    def _shown(self, ref: CellRef) -> str | None:
        value = self._value(ref)
        if value is None:
            return None
        table = TABLES[ref.table]
        column = table.column(ref.column)
        assert column is not None
        return text(value, table.measure(self._figures.row(ref.table, ref.row), column)).replace(",", "") or "0"


def _refs(source: CellRef | Worked | Each) -> tuple[CellRef, ...]:
    if isinstance(source, CellRef):
        return (source,)
    return source.cells if isinstance(source, Worked) else (CellRef(source.table, "", source.column),)
