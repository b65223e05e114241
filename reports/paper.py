"""How an official table lies on its paper: widths and heights in points, and what fitting it to the page makes of them.

Sheets are fitted by shrinking only; letters that would come out smaller than 8 points go on to a second page instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

SHORT, LONG = 595.3, 841.9  # A4
SIDE, TOP = 0.5, 0.6  # margins, inches
INCH = 72
SLACK = 0.98  # programs round heights and fonts differently
BODY = 10.5  # points of the letters in the table
SMALLEST = 8 / BODY
TIGHT, USUAL, ROOMY = 15.0, 20.0, 30.0  # heights of a line


def column_points(width: float) -> float:
    """A column's width, given in characters as spreadsheets count them: 7 pixels each and 5 of padding."""
    return (int(width * 7 + 0.5) + 5) * 0.75


def characters(text: str) -> int:
    """How many characters wide a text is: 2 for each Chinese one."""
    return sum(2 if east_asian_width(letter) in "WFA" else 1 for letter in text)


def lines_of(text: str, width: float, size: float = BODY) -> int:
    """How many lines a text takes in a cell ``width`` characters wide."""
    room = max(width * 11 / size, 1)
    return sum(max(1, -(-characters(part) // int(room))) for part in text.split("\n"))


@dataclass(frozen=True)
class Paper:
    """``fixed``: the height of everything that is no line of the table, in points."""

    landscape: bool
    widths: Sequence[float]
    fixed: float
    lines: int

    @property
    def width(self) -> float:
        """What the page has room for."""
        return (LONG if self.landscape else SHORT) - 2 * SIDE * INCH

    @property
    def height(self) -> float:
        return ((SHORT if self.landscape else LONG) - 2 * TOP * INCH) * SLACK

    @property
    def table_width(self) -> float:
        return sum(map(column_points, self.widths))

    @property
    def by_width(self) -> float:
        """The scale at which the columns fit."""
        return min(1.0, self.width / self.table_width)

    @property
    def one_page(self) -> bool:
        """Whether everything fits one page in letters that can be read."""
        return (self.fixed + self.lines * TIGHT) * min(SMALLEST, self.by_width) <= self.height

    @property
    def line_height(self) -> float:
        """Lines as high as the page has room for."""
        if not self.one_page:
            return USUAL
        return min(ROOMY, max(TIGHT, (self.height / self.by_width - self.fixed) / max(self.lines, 1)))
