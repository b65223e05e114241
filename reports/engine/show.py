"""How a figure is written."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from reports.engine.measures import AgeOf, Formula, Measure, Share, Value


def decimals(measure: Measure | None) -> int:
    if isinstance(measure, Share):
        return measure.decimals
    return measure.decimals if isinstance(measure, AgeOf) and measure.stat == "mean" else 0


def text(value: Value, measure: Measure | None) -> str:
    """38,111 · 88.0 · −7; a blank for nothing."""
    if not value:
        return ""
    places = decimals(measure)
    number = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    signed = isinstance(measure, Formula) and measure.signed
    sign = "−" if number < 0 else ("＋" if signed else "")
    return f"{sign}{abs(number):,f}"
