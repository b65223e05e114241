"""Pieces of conditions on partial dates, all in the database so that a rule is one set of people.

Partial dates are text (1932, 1932-05, 1932-05-06), blank where unknown. An unknown date never fulfils a condition.
"""

from __future__ import annotations

import datetime

from django.db.models import CharField, Exists, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, ExtractYear, Length, NullIf, Substr
from django.db.models.lookups import Exact, GreaterThan, LessThan


def year_of(field: str) -> Combinable:
    """The year of a partial date, NULL where it is unknown."""
    return Cast(NullIf(Substr(field, 1, 4, output_field=CharField()), Value("")), IntegerField())


def years_below(later: str, earlier: str, years: int) -> Q:
    """From ``earlier`` to ``later`` the calendar years differ by less than ``years``."""
    return Q(LessThan(year_of(later) - year_of(earlier), years))


def years_above(later: str, earlier: str, years: int) -> Q:
    return Q(GreaterThan(year_of(later) - year_of(earlier), years))


def surely_before(earlier: str, later: str) -> Q:
    """``earlier`` lies before ``later`` by what both are known of: the years, or the months of one year."""
    months = Q(LessThan(_months(earlier), _months(later)))
    return years_below(earlier, later, 0) | months


def _months(field: str) -> Combinable:
    """Months since year 0, NULL where the month is unknown."""
    month = NullIf(Substr(field, 6, 2, output_field=CharField()), Value(""))
    return year_of(field) * 12 + Cast(month, IntegerField())


def known_as(field: str, characters: int) -> Q:
    """How much of the date is known: 4 the year alone, 7 year and month, 10 the day."""
    return Q(Exact(Length(field), characters))


def after(field: str, day: datetime.date) -> Q:
    return Q(**{f"{field}__gt": day.isoformat()})


def before_year(field: str, year: int) -> Q:
    return Q(**{f"{field}__gt": "", f"{field}__lt": str(year)})


def any_of(conditions: list[Q]) -> Q:
    found = conditions[0]
    for condition in conditions[1:]:
        found |= condition
    return found


def died_before(field: str) -> Q:
    return Q(LessThan(ExtractYear("died_on"), year_of(field)))


def none_of(rows: QuerySet) -> Q:
    """No row of ``rows`` belongs to the person."""
    return ~Q(Exists(rows.filter(cadre=OuterRef("pk"))))
