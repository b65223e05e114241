"""Cells that take their value from a cell above: merged down a column, or marked 同上."""

from typing import Final

from cadres.roster.fields import FIELD, ID, NAME
from cadres.roster.layout import Layout
from cadres.roster.reading import RawSheet

_DITTO: Final = frozenset(["同上", "〃", "″", '"', "”", "“", "''", "″″", '""', "..", "同 上"])
_KEPT: Final = frozenset([NAME, ID])


def fill_down(sheet: RawSheet, layout: Layout) -> None:
    """Give people's rows what stands merged or marked above them; names and numbers are never taken over."""
    columns = [column.column for column in layout.columns if column.field and FIELD[column.field].kind not in _KEPT]
    if not layout.people:
        return
    people = set(layout.people)
    wanted, below = set(columns), layout.header_rows[-1]
    for top, left, bottom, right in sheet.merges:
        if left == right and left in wanted and top >= below and bottom > top:
            codes = sheet.columns[left].codes
            for row in range(top + 1, min(bottom, sheet.height - 1) + 1):
                if row in people and not codes[row]:
                    codes[row] = codes[top]
    for number in columns:
        column = sheet.columns[number]
        ditto = {code for code, value in enumerate(column.values) if isinstance(value, str) and value.strip() in _DITTO}
        if ditto:
            above = 0
            for row in layout.people:
                if column.codes[row] in ditto:
                    column.codes[row] = above
                above = column.codes[row]


__all__ = ["fill_down"]
