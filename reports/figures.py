"""The figures that the bureaus' documents print, as one flat object taken from the cells of the tables.

Counts are numbers, the mean age has one decimal, ``share`` figures are percentages with one decimal.
"""

from __future__ import annotations

from common.codes import Education, Rank
from reports.declarations import TABLES
from reports.engine.compute import Figures
from reports.engine.measures import Count, Value
from reports.engine.model import CellRef
from reports.engine.scope import Asked

_NATURES = (("government", "机关"), ("institution", "事业"), ("enterprise", "企业"))
_SCHOOLS = ("研究生", "大学本科", "大学专科", "中专", "高中", "初中", "小学")
_PREFIXES = (("leave", "retired_leave"), ("retiree", "retirees"))


def cells(districts: list[tuple[str, str]]) -> dict[str, CellRef]:
    """{figure: the cell it is}; ``districts`` are (row key of D1, name)."""
    d1 = {
        "retired_leave.total": ("leave", "number"),
        "retired_leave.municipal": ("leave_city", "number"),
        "retired_leave.districts": ("leave_districts", "number"),
        "retired_leave.zones": ("leave_zones", "number"),
        **{f"retired_leave.district.{name}": (key, "number") for key, name in districts},
        "retired_leave.age.mean": ("leave_age_mean", "number"),
        "retired_leave.age.min": ("leave_age_min", "number"),
        "retired_leave.age.max": ("leave_age_max", "number"),
        "retired_leave.age.80plus": ("leave_age80", "number"),
        "retired_leave.age.80plus_share": ("leave_age80", "share"),
        "retired_leave.share_of_all": ("leave", "share"),
        "retired_leave.relocated": ("leave_relocated", "number"),
        "retired_leave.rank.副厅局级及以上": ("leave_senior", "number"),
        "retirees.total": ("retiree", "number"),
    }
    for prefix, figure in _PREFIXES:
        d1 |= {f"{figure}.nature.{label}": (f"{prefix}_{key}", "number") for key, label in _NATURES}
        d1 |= {f"{figure}.rank.{rank.label}": (f"{prefix}_rank{rank.value}", "number") for rank in Rank}
    d2 = {
        "retirees.age.50-60": ("age50_60", "retiree"),
        "retirees.age.61-70": ("age61_70", "retiree"),
        "retirees.age.71plus": ("age71", "retiree"),
        **{
            f"retirees.education.{label}": (f"education{value}", "retiree")
            for value, label in Education.choices
            if label in _SCHOOLS
        },
        "party.retired_leave": ("party", "leave"),
        "party.retirees": ("party", "retiree"),
    }
    return {
        **{figure: CellRef("D1", *cell) for figure, cell in d1.items()},
        **{figure: CellRef("D2", *cell) for figure, cell in d2.items()},
    }


def figures(asked: Asked) -> dict[str, Value]:
    """Every figure; a count of nobody is 0, an age of nobody is None."""
    computed = Figures(asked, [TABLES["D1"], TABLES["D2"]], TABLES, checks=False)
    districts = [
        (row.key, row.label) for row in computed.lines("D1") if row.key.startswith(("leave_district:", "leave_zone:"))
    ]
    found: dict[str, Value] = {}
    for name, cell in cells(districts).items():
        value = computed.value(cell)
        table = TABLES[cell.table]
        column = table.column(cell.column)
        measure = table.measure(computed.row(cell.table, cell.row), column) if column else None
        found[name] = value or 0 if isinstance(measure, Count) else value
    return found
