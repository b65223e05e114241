"""The steps that a report may take: from which state, by whom, to which, and whether words are asked for.

Whoever sits with the organization itself hands in and takes back (``Side.OWN``: statistics.submit on it); whoever
sits with the bureau above looks at it (``Side.ABOVE``: statistics.review on the reviewing bureau); sealing is the
city's (``Side.CITY``: statistics.review on everything).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from reports.models import SubmissionState as S


class Side(Enum):
    OWN = "本单位"
    ABOVE = "审核单位"
    CITY = "市局"


@dataclass(frozen=True)
class Transition:
    """``words``: the fewest characters that must be said; 0: nothing need be. ``target`` None: where it was before."""

    action: str
    audit: str
    label: str
    side: Side
    sources: tuple[S, ...]
    target: S | None
    words: int = 0
    citywide: bool = False  # taken by the whole year at once, never by one submission


TRANSITIONS: dict[str, Transition] = {
    step.action: step
    for step in (
        Transition("submit", "report.submit", "上报", Side.OWN, (S.DRAFT, S.RETURNED), S.SUBMITTED),
        Transition("withdraw", "report.withdraw", "撤回", Side.OWN, (S.SUBMITTED,), S.DRAFT, words=2),
        Transition("return", "report.return", "退回", Side.ABOVE, (S.SUBMITTED, S.APPROVED), S.RETURNED, words=4),
        Transition("approve", "report.approve", "审核通过", Side.ABOVE, (S.SUBMITTED,), S.APPROVED),
        Transition(
            "seal", "report.seal", "封存", Side.CITY, tuple(s for s in S if s != S.SEALED), S.SEALED, citywide=True
        ),
        Transition("reopen", "report.reopen", "解封", Side.CITY, (S.SEALED,), None, words=10, citywide=True),
    )
}


def allowed(action: str, state: str) -> bool:
    return state in TRANSITIONS[action].sources
