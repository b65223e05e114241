"""How a difference reads on the page. Names of other units only for readers who may see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from accounts.models import Organization
from cadres.models import Cadre, DifferenceKind, RosterDifference, Settlement, Standing
from cadres.reconciliation.lines import shown_number
from common.dates import PartialDate

ELSEWHERE: Final = "另一单位"
#: Buttons in the order of the page; the proposed one comes first.
_BUTTONS: Final = {
    DifferenceKind.NEW: ("enrolled", "moved_in", "backfilled", "same_person", "refused"),
    DifferenceKind.MISSING: ("died", "moved_out", "forgotten", "mistaken", "same_person"),
    DifferenceKind.CHANGED: ("changed", "corrected", "kept"),
}
_SHORT: Final = {
    "same_person": "写错了", "refused": "不收", "forgotten": "漏报", "mistaken": "登记错误", "backfilled": "漏登补登",
    "recorded": "知道了",
}  # fmt: skip


class Shown:
    """The differences of one page in words, with the names that this reader may see read at once."""

    def __init__(
        self, rows: Iterable[RosterDifference], *, user: Any, may_settle: bool, one_click: Collection[str]
    ) -> None:
        self.rows, self.may_settle, self.one_click = list(rows), may_settle, one_click
        units: set[int] = set()
        people = {row.cadre_id for row in self.rows if row.cadre_id}
        for row in self.rows:
            units |= {pk for pk in (row.other_unit_id, _counterpart_unit(row)) if pk}
            units |= {row.cadre.unit_id} if row.cadre else set()
        self.units = dict(Organization.objects.visible_to(user).filter(pk__in=units).values_list("pk", "name"))
        self.people = set(Cadre.objects.visible_to(user).filter(pk__in=people).values_list("pk", flat=True))
        self._items: list[dict[str, Any]] | None = None

    def unit(self, pk: int | None) -> str:
        return self.units.get(pk, ELSEWHERE) if pk else ""

    def items(self) -> list[dict[str, Any]]:
        if self._items is None:
            self._items = [self._item(row) for row in self.rows]
        return self._items

    def _item(self, row: RosterDifference) -> dict[str, Any]:
        details = row.details
        birth = PartialDate.parse_iso(details["birth"]).display() if details["birth"] else ""
        return {
            "row": row,
            "name": details["name"] or "（没有姓名）",
            "number": shown_number(details),
            "birth": birth,
            "category": details["category"],
            "linked": row.cadre_id in self.people,
            "changes": details["changes"],
            "chosen": [
                {"line": line, "choice": Settlement(row.choices[line[0]]).label}
                for line in details["changes"]
                if line[0] in row.choices
            ],
            "columns": self._columns(row),
            "proposal": "" if row.settled else self._proposal(row),
            "buttons": self._buttons(row) if self.may_settle and not row.settled else [],
            "decision": self._decision(row) if row.settled else "",
            "may_take_back": self.may_settle and row.settled,
            "pickable": self.may_settle and not row.settled and bool(row.proposal),
        }

    def _columns(self, row: RosterDifference) -> list[tuple[str, str, bool]]:
        """(column, what it says, whether the person stands there)"""
        last = ("上年名册", "有" if row.in_last_roster else "没有", row.in_last_roster)
        missing = row.kind == DifferenceKind.MISSING
        file = ("新报名册", "没有" if missing else f"有，第 {row.row} 行", not missing)
        if row.kind == DifferenceKind.NEW and row.other_unit_id and (not row.settled or row.event_id):
            system = ("系统现在", f"在{self.unit(row.other_unit_id)}", False)
        elif row.kind == DifferenceKind.NEW:
            system = ("系统现在", "已转出" if row.row_refused else "没有", False)
        else:
            system = ("系统现在", "在册", True)
            if row.cadre and row.cadre.standing != Standing.PRESENT and not row.event_id:
                system = ("系统现在", row.cadre.get_standing_display(), False)
        return [last, system, file]

    def _proposal(self, row: RosterDifference) -> str:
        day = f"，{row.proposed_on:%Y-%m-%d}" if row.proposed_on else ""
        if row.proposal == Settlement.MOVED_IN:
            source = row.other_unit_id or _counterpart_unit(row)
            return f"从{self.unit(source)}转入{day}" if source else f"转回本单位{day}"
        if row.proposal == Settlement.MOVED_OUT:
            return f"转出到{self.unit(_counterpart_unit(row))}{day}"
        if row.proposal == Settlement.SAME_PERSON and row.counterpart:
            other = row.counterpart.details
            where = f"名册第 {row.counterpart.row} 行的" if row.counterpart.row else "系统里的"
            number = shown_number(other)
            return f"疑似写错，是{where}{other['name']}{f'（{number}）' if number else ''}"
        if row.proposal == Settlement.RECORDED:
            return "名册截至日以后已登记离开，不用再办"
        return f"{Settlement(row.proposal).label}{day}" if row.proposal else ""

    def _buttons(self, row: RosterDifference) -> list[dict[str, Any]]:
        words = list(_BUTTONS[DifferenceKind(row.kind)])
        if row.kind == DifferenceKind.NEW and row.of_known_person:
            words = ["moved_in", "refused"]
        if row.proposal == Settlement.RECORDED:
            words = ["recorded"]
        if row.proposal in words:
            words.remove(row.proposal)
            words.insert(0, row.proposal)
        return [
            {
                "word": word,
                "label": _SHORT.get(word, Settlement(word).label),
                "click": word == row.proposal or word in self.one_click,
                "main": word == row.proposal,
            }
            for word in words
        ]

    def _decision(self, row: RosterDifference) -> str:
        parts = [row.get_decision_display()]
        if row.decision == Settlement.MOVED_IN:
            parts.append(
                f"从{self.unit(row.other_unit_id) or row.other_place}转来"
                if row.other_unit_id or row.other_place
                else ""
            )
        elif row.decision == Settlement.MOVED_OUT:
            parts.append(f"到{self.unit(row.other_unit_id) or row.other_place}")
        elif row.decision == Settlement.SAME_PERSON and row.counterpart:
            parts.append(row.counterpart.details["name"])
        by_day = row.decision not in {Settlement.CHANGED, Settlement.CORRECTED, Settlement.KEPT}
        parts.append(f"{row.on:%Y-%m-%d}" if row.on and by_day else "")
        return "，".join(part for part in parts if part)


def _counterpart_unit(row: RosterDifference) -> int | None:
    return row.counterpart.unit_roster.organization_id if row.counterpart else None
